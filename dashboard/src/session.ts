// One mission followed: its network, its stream folded into its state, its story and its log.

import { networkGeoJson, readLog } from './api';
import { Chronicle, type Entry } from './model/chronicle';
import { describe, type Line } from './model/describe';
import { type Changed, Mission } from './model/mission';
import { Network } from './model/network';
import { Timeline } from './model/timeline';
import { Trail } from './model/trail';
import type { MissionEvent, PositionView, SnapshotView } from './model/types';
import { type Connection, Stream, type StreamKind } from './stream';

/** The story and the log hold so many lines. */
export const MAX_ENTRIES = 200;
export const MAX_LINES = 2_000;
/** So many expected arrivals are kept for the chart; then every other one is dropped. */
const MAX_ARRIVALS = 400;
/** From so many events before the present the story begins. */
const HISTORY = 500;
const PAGE = 1_000;
const RETRY_MS = 2_000;
const MAX_NETWORKS = 3;

/** When the UGV would arrive if nothing more were found, as a plan has it; both in milliseconds. */
export interface Arrival {
  at: number;
  arrives: number | null;
}

export interface Listener {
  /** All is new: the mission is there for the first time, or again after a gap. */
  begun(): void;
  told(entry: Entry, merge: boolean): void;
  logged(line: Line): void;
  changed(changed: Changed): void;
  moved(position: PositionView): void;
  connection(state: Connection): void;
  failed(error: unknown): void;
}

/** Networks do not change; the latest few stay at hand. */
const networks = new Map<string, Promise<Network>>();

export function loadNetwork(id: string): Promise<Network> {
  let loading = networks.get(id);
  if (loading) {
    // The latest used is dropped last.
    networks.delete(id);
  } else {
    loading = networkGeoJson(id).then(geojson => new Network(id, geojson));
    loading.catch(() => networks.delete(id));
  }
  networks.set(id, loading);
  for (const oldest of networks.keys()) if (networks.size > MAX_NETWORKS) networks.delete(oldest);
  return loading;
}

export class Session {
  mission: Mission | null = null;
  network: Network | null = null;
  /** The newest first. */
  readonly entries: Entry[] = [];
  /** The newest last. */
  readonly lines: Line[] = [];
  /** The number of the first event that `lines` tell of. */
  firstSeq = 1;
  readonly arrivals: Arrival[] = [];
  readonly stream: Stream;
  timeline: Timeline | null = null;
  #chronicle: Chronicle | null = null;
  /** What came while a snapshot was being taken in; null while none is. */
  // biome-ignore lint/suspicious/noExplicitAny: as the stream has it
  #waiting: [StreamKind, any][] | null = null;
  readonly #stopping = new AbortController();

  constructor(
    readonly id: string,
    readonly listener: Listener,
  ) {
    this.stream = new Stream(
      id,
      (kind, data) => this.#receive(kind, data),
      state => listener.connection(state),
    );
  }

  stop() {
    this.#stopping.abort();
    this.stream.stop();
  }

  /** Reads the whole log, for the replay. */
  async openTimeline(progress: (share: number) => void): Promise<Timeline | null> {
    const { mission, network } = this;
    if (!mission || !network) return null;
    const { signal } = this.#stopping;
    const events: MissionEvent[] = [];
    for (;;) {
      const page = await readLog(this.id, events.at(-1)?.seq ?? 0, PAGE, signal);
      for (const event of page.events) events.push(event);
      progress(events.length / Math.max(1, this.mission?.seq ?? 1));
      // What comes from now on the stream brings.
      if (page.events.length < PAGE && (events.at(-1)?.seq ?? 0) >= (this.mission?.seq ?? 0)) break;
      if (!page.events.length) break;
    }
    if (signal.aborted) return null;
    this.timeline = new Timeline(network, mission.view, events);
    return this.timeline;
  }

  closeTimeline() {
    this.timeline = null;
  }

  /** Reads events from before those in the log so far; false if there are none, or no more are kept. */
  async readOlder(): Promise<boolean> {
    const { network } = this;
    if (!network || this.firstSeq <= 1 || this.lines.length >= MAX_LINES) return false;
    const after = Math.max(0, this.firstSeq - 1 - HISTORY);
    const { events } = await readLog(this.id, after, this.firstSeq - 1 - after, this.#stopping.signal);
    this.lines.unshift(...events.map(event => describe(event, network)));
    this.firstSeq = after + 1;
    return true;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the kind says what it is
  #receive(kind: StreamKind, data: any) {
    if (kind === 'snapshot') this.#begin(data);
    else if (kind !== 'position' && this.#waiting) this.#waiting.push([kind, data]);
    else if (!this.#waiting) this.#take(kind, data);
  }

  async #begin(snapshot: SnapshotView) {
    // biome-ignore lint/suspicious/noExplicitAny: as the stream has it
    const waiting: [StreamKind, any][] = [];
    this.#waiting = waiting;
    const { signal } = this.#stopping;
    const isStale = () => signal.aborted || this.#waiting !== waiting;
    try {
      const after = Math.max(0, snapshot.seq - HISTORY);
      const [network, history] = await Promise.all([
        loadNetwork(snapshot.mission.network_id),
        readLog(this.id, after, HISTORY, signal),
      ]);
      // Another snapshot came meanwhile, or nobody listens any more.
      if (isStale()) return;
      this.network = network;
      this.mission = new Mission(snapshot);
      const trail = new Trail(network);
      this.mission.trail = trail;
      for (const { kind, body, seq, recorded_at } of history.events) {
        if (kind === 'plan' && seq <= snapshot.seq) trail.take({ ...body, seq, recorded_at });
      }
      this.#chronicle = new Chronicle(network, Math.max(0, (history.events[0]?.revision ?? 1) - 1));
      this.entries.length = this.lines.length = this.arrivals.length = 0;
      this.firstSeq = after + 1;
      for (const event of history.events) if (event.seq <= snapshot.seq) this.#tell(event);
      if (this.timeline) await this.openTimeline(() => {});
      if (isStale()) return;
    } catch (error) {
      if (isStale()) return;
      this.listener.failed(error);
      window.setTimeout(() => {
        if (!isStale()) this.stream.restart();
      }, RETRY_MS);
      return;
    }
    this.#waiting = null;
    this.listener.begun();
    for (const [kind, data] of waiting) this.#take(kind, data);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the kind says what it is
  #take(kind: StreamKind, data: any) {
    const { mission, listener } = this;
    if (!mission || kind === 'heartbeat') return;
    if (kind === 'position') {
      if (mission.move(data)) listener.moved(data);
      return;
    }
    const event = data as MissionEvent;
    if (event.seq <= mission.seq) return;
    const changed = mission.apply(event);
    if (changed.what === 'gap') return this.stream.restart();
    this.timeline?.push(event);
    const told = this.#tell(event);
    if (told) listener.told(told.entry, told.merge);
    listener.logged(this.lines.at(-1)!);
    listener.changed(changed);
  }

  #tell(event: MissionEvent): { entry: Entry; merge: boolean } | null {
    this.lines.push(describe(event, this.network!));
    if (this.lines.length > MAX_LINES * 1.1) {
      this.lines.splice(0, this.lines.length - MAX_LINES);
      this.firstSeq = this.lines[0]!.seq;
    }
    if (event.kind === 'plan' && !event.body.provisional) this.#arrives(event);
    const told = this.#chronicle?.tell(event);
    if (!told) return null;
    if (told.merge) this.entries.shift();
    this.entries.unshift(told.entry);
    this.entries.length = Math.min(this.entries.length, MAX_ENTRIES);
    return told;
  }

  #arrives({ body, recorded_at }: Extract<MissionEvent, { kind: 'plan' }>) {
    const at = Date.parse(recorded_at);
    const arrives = body.outcome === 'route' ? at + body.route.duration_s * 1000 : null;
    this.arrivals.push({ at, arrives });
    if (this.arrivals.length <= MAX_ARRIVALS) return;
    // The first and the latest stay.
    const kept = this.arrivals.filter((_, i) => i % 2 === 0 || i === this.arrivals.length - 1);
    this.arrivals.splice(0, this.arrivals.length, ...kept);
  }
}
