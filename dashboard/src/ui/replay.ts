// The replay's bar: a slider over the mission's log, and how fast it plays.

import { complaint } from '../api';
import type { App } from '../app';
import { Chronicle, type Entry } from '../model/chronicle';
import type { Mission } from '../model/mission';
import type { Timeline } from '../model/timeline';
import type { MissionEvent } from '../model/types';
import { clock, seconds } from '../model/words';
import { byId, h, svg, write } from './dom';

const SPEEDS = [1, 2, 5, 10, 20, 30, 60];
/** Marks beyond this would be one band. */
const MAX_MARKS = 600;

export interface ReplayEvents {
  /** Another moment is shown: `events` came since the one before; `fresh`: everything may be another. */
  moved(mission: Mission, events: MissionEvent[], fresh: boolean): void;
  story(entries: Entry[]): void;
  opened(): void;
  closed(): void;
  failed(text: string): void;
}

export class ReplayBar {
  #timeline: Timeline | null = null;
  #time = 0;
  #mission: Mission | null = null;
  #playing = false;
  #opening = false;
  #frame = 0;
  #before = 0;
  #entries: { entry: Entry; merge: boolean }[] = [];
  #told = -1;
  #chronicle: Chronicle | null = null;
  #markedTo = 0;
  readonly #bar = byId('replay');
  readonly #slider = h('input', {
    type: 'range',
    id: 'replay-slider',
    min: 0,
    max: 1000,
    step: 1,
    value: '0',
    'aria-label': 'Moment of the mission',
    oninput: () => this.#slide(),
  });
  readonly #marks = svg('svg', {
    class: 'marks',
    preserveAspectRatio: 'none',
    viewBox: '0 0 1000 10',
    'aria-hidden': 'true',
  });
  readonly #play = h(
    'button',
    { type: 'button', class: 'icon', id: 'replay-play', 'aria-label': 'Play', onclick: () => this.toggle() },
    '▶',
  );
  readonly #speed = h(
    'select',
    { id: 'replay-speed', 'aria-label': 'Speed' },
    ...SPEEDS.map(speed => h('option', { value: String(speed) }, `${speed}×`)),
  );
  readonly #clock = h('output', { id: 'replay-clock', class: 'clock' });

  constructor(
    readonly app: App,
    readonly on: ReplayEvents,
  ) {
    this.#speed.value = '10';
    const live = h('button', { type: 'button', id: 'replay-live', onclick: () => this.close() }, 'Back to live');
    this.#bar.append(
      this.#play,
      h('div', { class: 'track' }, this.#slider, this.#marks as unknown as HTMLElement),
      this.#clock,
      this.#speed,
      live,
    );
    this.#bar.addEventListener('keydown', event => {
      if (event.key !== ' ' || (event.target as HTMLElement).tagName === 'BUTTON') return;
      event.preventDefault();
      this.toggle();
    });
  }

  get isOpen(): boolean {
    return this.#timeline !== null;
  }

  get time(): number | null {
    return this.#timeline ? this.#time : null;
  }

  get mission(): Mission | null {
    return this.#mission;
  }

  async open() {
    const { session } = this.app;
    if (!session?.mission || this.#timeline || this.#opening) return;
    this.#opening = true;
    this.#bar.hidden = false;
    this.#bar.classList.add('loading');
    write(this.#clock, 'Reading the log …');
    try {
      const timeline = await session.openTimeline(share =>
        write(this.#clock, `Reading the log: ${Math.round(share * 100)} %`),
      );
      if (!timeline || this.app.session !== session) return this.#hide();
      this.#begin(timeline);
    } catch (error) {
      this.on.failed(complaint(error));
      this.#hide();
    } finally {
      this.#opening = false;
      this.#bar.classList.remove('loading');
    }
  }

  #begin(timeline: Timeline) {
    this.#timeline = timeline;
    this.app.map.overlay.exact = true;
    this.#entries = [];
    this.#told = -1;
    this.#markedTo = 0;
    this.#marks.replaceChildren();
    this.#chronicle = new Chronicle(timeline.network, 0);
    this.#extend();
    this.on.opened();
    this.seek(timeline.begins, true);
    this.#setPlaying(true);
    this.#play.focus();
  }

  /** Takes in events that have come since. */
  #extend() {
    const timeline = this.#timeline!;
    for (const event of timeline.events.slice(this.#markedTo)) {
      const told = this.#chronicle!.tell(event);
      if (told) this.#entries.push(told);
    }
    this.#markedTo = timeline.events.length;
    const span = Math.max(1, timeline.ends - timeline.begins);
    const x = (time: number) => (((time - timeline.begins) / span) * 1000).toFixed(1);
    const path = (times: number[]) =>
      times
        .slice(-MAX_MARKS)
        .map(time => `M${x(time)} 0V10`)
        .join('');
    const blocked = timeline.marks(
      event =>
        (event.kind === 'report' && event.body.finding === 'blocked') ||
        (event.kind === 'closure' && (event.body.action === 'close' || event.body.action === 'close_each')),
    );
    const changed = timeline.marks(event => event.kind === 'mission_changed' || event.kind === 'mission_ended');
    this.#marks.replaceChildren(
      svg('path', { d: path(blocked), class: 's-blocked' }),
      svg('path', { d: path(changed), class: 's-route' }),
    );
  }

  #hide() {
    this.#bar.hidden = true;
  }

  close() {
    if (!this.#timeline) return;
    this.#setPlaying(false);
    this.#timeline = null;
    this.#mission = null;
    this.#entries = [];
    this.app.map.overlay.exact = false;
    this.app.session?.closeTimeline();
    document.body.dataset.replay = 'closed';
    this.#hide();
    this.on.closed();
  }

  toggle() {
    const timeline = this.#timeline;
    if (!timeline) return;
    if (!this.#playing && this.#time >= timeline.ends) this.seek(timeline.begins, true);
    this.#setPlaying(!this.#playing);
  }

  #setPlaying(playing: boolean) {
    this.#playing = playing;
    write(this.#play, playing ? '❚❚' : '▶');
    this.#play.setAttribute('aria-label', playing ? 'Stop' : 'Play');
    document.body.dataset.replay = this.#timeline ? (playing ? 'playing' : 'stopped') : 'closed';
    cancelAnimationFrame(this.#frame);
    if (!playing) return;
    this.#before = performance.now();
    const step = (now: number) => {
      const timeline = this.#timeline;
      if (!this.#playing || !timeline) return;
      const time = this.#time + (now - this.#before) * Number(this.#speed.value);
      this.#before = now;
      if (timeline.events.length > this.#markedTo) this.#extend();
      this.seek(Math.min(time, timeline.ends));
      if (time >= timeline.ends) this.#setPlaying(false);
      else this.#frame = requestAnimationFrame(step);
    };
    this.#frame = requestAnimationFrame(step);
  }

  #slide() {
    const timeline = this.#timeline;
    if (!timeline) return;
    if (timeline.events.length > this.#markedTo) this.#extend();
    const share = Number(this.#slider.value) / 1000;
    this.seek(timeline.begins + share * (timeline.ends - timeline.begins));
    this.#before = performance.now();
  }

  /** Shows the mission as it was at a time. */
  seek(time: number, anew = false) {
    const timeline = this.#timeline;
    if (!timeline) return;
    this.#time = time;
    const { mission, events, fresh } = timeline.at(time);
    const first = this.#mission === null;
    this.#mission = mission;
    const span = timeline.ends - timeline.begins;
    const share = span > 0 ? Math.round(((time - timeline.begins) / span) * 1000) : 1000;
    if (Number(this.#slider.value) !== share) this.#slider.value = String(share);
    const into = seconds((time - timeline.begins) / 1000);
    write(this.#clock, `${clock(time)} · ${into}`);
    this.#slider.setAttribute('aria-valuetext', `${into} into the mission, ${clock(time)}`);
    this.on.moved(mission, events, fresh || first || anew);
    this.#tell(mission.seq);
  }

  #tell(seq: number) {
    let last = -1;
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      if (this.#entries[i]!.entry.seq <= seq) {
        last = i;
        break;
      }
    }
    if (last === this.#told) return;
    this.#told = last;
    const entries: Entry[] = [];
    for (const { entry, merge } of this.#entries.slice(0, last + 1)) {
      if (merge) entries.shift();
      entries.unshift(entry);
    }
    this.on.story(entries);
  }
}
