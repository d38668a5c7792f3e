// A mission's event stream, kept alive: the browser resumes it by itself, and where it gives up, this does.

import { eventsUrl } from './api';

/** The kinds of events, all of which are also signs of life. */
const KINDS = ['snapshot', 'plan', 'report', 'closure', 'vehicle', 'mission', 'position', 'heartbeat'] as const;
export type StreamKind = (typeof KINDS)[number];
/** A heartbeat comes every 15 s; a link that is silent for longer than two of them is dead. */
const SILENCE_MS = 40_000;
const RETRY_MS = 2_000;

export type Connection = 'connecting' | 'live' | 'reconnecting';

export class Stream {
  /** When the newest message came, in milliseconds; 0 before the first. */
  heardAt = 0;
  #source: EventSource | null = null;
  #retry: number | undefined;
  readonly #watch: number;
  #last = 0;
  #silentSince = Date.now();
  #stopped = false;

  constructor(
    readonly mission: string,
    // biome-ignore lint/suspicious/noExplicitAny: the kind says what it is
    readonly receive: (kind: StreamKind, data: any) => void,
    readonly changed: (state: Connection) => void,
  ) {
    changed('connecting');
    this.#open();
    this.#watch = window.setInterval(() => this.#check(), 5_000);
    window.addEventListener('online', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
  }

  /** Begins anew with a snapshot: what was heard does not fit together. */
  restart() {
    this.#last = 0;
    this.#open();
  }

  stop() {
    this.#stopped = true;
    this.#source?.close();
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    window.removeEventListener('online', this.#wake);
    document.removeEventListener('visibilitychange', this.#wake);
  }

  #open() {
    this.#source?.close();
    clearTimeout(this.#retry);
    if (this.#stopped) return;
    this.#silentSince = Date.now();
    // A new EventSource does not know the last id of the one before; the address carries it.
    const source = new EventSource(eventsUrl(this.mission) + (this.#last ? `?after=${this.#last}` : ''));
    this.#source = source;
    source.onopen = () => {
      if (source === this.#source) this.changed('live');
    };
    source.onerror = () => {
      if (source !== this.#source) return;
      this.changed('reconnecting');
      if (source.readyState === EventSource.CLOSED) {
        // An answer that is no stream, such as a 503: the browser has given up.
        this.#retry = window.setTimeout(() => this.#open(), RETRY_MS);
      }
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, message => {
        if (this.#stopped || source !== this.#source) return;
        this.heardAt = this.#silentSince = Date.now();
        if (message.lastEventId) this.#last = Number(message.lastEventId);
        this.receive(kind, JSON.parse(message.data));
      });
    }
  }

  #check() {
    if (Date.now() - this.#silentSince > SILENCE_MS) {
      this.changed('reconnecting');
      this.#open();
    }
  }

  /** The network is back, or somebody looks again: no need to wait for a timer. */
  #wake = () => {
    if (!document.hidden && this.#source?.readyState === EventSource.CLOSED) this.#open();
  };
}
