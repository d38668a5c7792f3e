// One mission followed: its network, its stream folded into its state, and its story.

import { networkGeoJson, readLog } from './api.js';
import { Mission } from './mission.js';
import { Network } from './network.js';
import { Stream } from './stream.js';
import { Chronicle } from './words.js';

/** @typedef {import('./words.js').Entry} Entry
 *  @typedef {import('./stream.js').Connection} Connection
 *  @typedef {{ begun: () => void, told: (entry: Entry, merge: boolean) => void, planned: () => void, learned: () => void,
 *              moved: (vehicle: string) => void, changed: () => void, connection: (state: Connection) => void,
 *              failed: (error: Error) => void }} Listener
 */

/** The story holds so many lines. */
export const MAX_ENTRIES = 200;
/** From so many events before the present the story begins. */
const HISTORY = 150;
const RETRY_MS = 2_000;

/** Networks do not change; the latest few stay at hand. @type {Map<string, Network>} */
const networks = new Map();
const MAX_NETWORKS = 3;

/** @param {string} id @param {AbortSignal} signal */
async function load(id, signal) {
  const held = networks.get(id);
  if (held) return held;
  const network = new Network(id, await networkGeoJson(id, signal));
  networks.set(id, network);
  for (const oldest of networks.keys()) if (networks.size > MAX_NETWORKS) networks.delete(oldest);
  return network;
}

export class Following {
  /** @type {Mission | null} */ mission = null;
  /** @type {Network | null} */ network = null;
  /** @type {Entry[]} the newest first */ entries = [];
  /** @type {Chronicle | null} */ #chronicle = null;
  /** What came while a snapshot was being taken in; null while none is. @type {[string, any][] | null} */ #waiting = null;
  #stopping = new AbortController();

  /** @param {string} id @param {Listener} listener */
  constructor(id, listener) {
    this.id = id;
    this.listener = listener;
    this.stream = new Stream(id, (kind, data) => this.#receive(kind, data), state => listener.connection(state));
  }

  stop() {
    this.#stopping.abort();
    this.stream.stop();
  }

  /** @param {string} kind @param {any} data */
  #receive(kind, data) {
    if (kind === 'snapshot') this.#begin(data);
    else if (this.#waiting) this.#waiting.push([kind, data]);
    else this.#take(kind, data);
  }

  /** @param {any} snapshot */
  async #begin(snapshot) {
    /** @type {[string, any][]} */
    const waiting = this.#waiting = [];
    const { signal } = this.#stopping;
    try {
      const network = await load(snapshot.mission.network_id, signal);
      const history = await readLog(this.id, Math.max(0, snapshot.seq - HISTORY), HISTORY, signal);
      // Another snapshot came meanwhile, or nobody listens any more.
      if (signal.aborted || this.#waiting !== waiting) return;
      this.network = network;
      this.mission = new Mission(snapshot);
      this.#chronicle = new Chronicle(network, Math.max(0, (history[0]?.revision ?? 1) - 1));
      this.entries = [];
      for (const event of history) if (event.seq <= snapshot.seq) this.#tell(event);
    } catch (error) {
      if (signal.aborted || this.#waiting !== waiting) return;
      this.listener.failed(/** @type {Error} */ (error));
      window.setTimeout(() => { if (!signal.aborted && this.#waiting === waiting) this.stream.restart(); }, RETRY_MS);
      return;
    }
    this.#waiting = null;
    this.listener.begun();
    for (const [kind, data] of waiting) this.#take(kind, data);
  }

  /** @param {string} kind @param {any} data */
  #take(kind, data) {
    const { mission, listener } = this;
    if (!mission || kind === 'heartbeat') return;
    if (kind === 'position') {
      if (mission.move(data)) listener.moved(data.vehicle);
      return;
    }
    const outcome = mission.apply(data);
    if (outcome === 'gap') return this.stream.restart();
    if (outcome !== 'folded') return;
    const told = this.#tell(data);
    if (told) listener.told(told.entry, told.merge);
    if (kind === 'plan') listener.planned();
    else if (kind === 'report' || kind === 'closure') listener.learned();
    else listener.changed();
  }

  /** @param {import('./api.js').LogEvent} event */
  #tell(event) {
    const told = this.#chronicle?.tell(event);
    if (!told) return null;
    if (told.merge) this.entries.shift();
    this.entries.unshift(told.entry);
    this.entries.length = Math.min(this.entries.length, MAX_ENTRIES);
    return told;
  }
}
