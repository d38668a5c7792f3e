// The forecast under each strategy side by side, for the mission as it stands.

import { complaint, readForecast } from '../api';
import type { App } from '../app';
import type { ForecastView, StrategyView } from '../model/types';
import { clock, percent, plain, seconds, signed } from '../model/words';
import { h, write } from './dom';

export class Compare {
  #strategies: StrategyView[] = [];
  #asking: AbortController | null = null;
  #told = new Map<string, ForecastView | string>();
  #of: { mission: string; seq: number } | null = null;
  readonly #list = h('ul', { class: 'compare-list', id: 'compare' });
  readonly #status = h('p', { class: 'quiet', role: 'status', id: 'compare-status' });
  readonly #again = h('button', { type: 'button', id: 'compare-again', onclick: () => this.ask() }, 'Compare now');

  constructor(
    readonly app: App,
    readonly room: HTMLElement,
    readonly use: (strategy: string) => void,
  ) {
    room.append(
      h(
        'p',
        { class: 'quiet' },
        'When the UGV would arrive if from now on the drones scouted by another strategy, in the same sampled worlds.',
      ),
      h('div', { class: 'row' }, this.#again, this.#status),
      this.#list,
    );
  }

  setStrategies(strategies: StrategyView[]) {
    this.#strategies = strategies;
  }

  /** The mission is another, or has moved on. */
  refresh() {
    const mission = this.app.session?.mission;
    if (this.#of && this.#of.mission !== mission?.view.id) {
      this.#asking?.abort();
      this.#asking = null;
      this.#told.clear();
      this.#of = null;
    }
    if (this.room.hidden) return;
    this.#again.disabled = !mission || mission.ended || this.app.replaying();
    if (mission?.ended) write(this.#status, 'The mission is over.');
    else if (!this.#of && !this.#asking && mission) this.ask();
    else if (this.#of && mission && !this.#asking && mission.seq > this.#of.seq + 1) {
      write(this.#status, `As of event ${this.#of.seq}; ${mission.seq - this.#of.seq} have come since.`);
    }
    this.#draw();
  }

  /** Asks for one forecast after the other: the service makes one at a time. */
  async ask() {
    const { session } = this.app;
    const mission = session?.mission;
    if (!session || !mission || mission.ended) return;
    this.#asking?.abort();
    const mine = new AbortController();
    this.#asking = mine;
    this.#told.clear();
    this.#of = { mission: session.id, seq: mission.seq };
    for (const [i, { name }] of this.#strategies.entries()) {
      write(this.#status, `Asking: ${i + 1} of ${this.#strategies.length} …`);
      try {
        const told = await readForecast(session.id, { critical: 0, strategy: name }, mine.signal);
        if (this.#asking !== mine) return;
        this.#of.seq = told.seq;
        this.#told.set(name, told);
      } catch (error) {
        if (this.#asking !== mine) return;
        this.#told.set(name, complaint(error));
      }
      this.#draw();
    }
    this.#asking = null;
    write(this.#status, `As of event ${this.#of.seq}.`);
    document.body.dataset.compared = String(this.#told.size);
  }

  /** Asks no further. What has been told stays. */
  stop() {
    if (!this.#asking) return;
    this.#asking.abort();
    this.#asking = null;
    write(this.#status, '');
  }

  #draw() {
    const current = this.app.session?.mission?.view.strategy.name ?? '';
    const forecasts = [...this.#told.values()].filter(told => typeof told !== 'string');
    const ends = forecasts.flatMap(({ arrival_s }) => (arrival_s ? [arrival_s.p10, arrival_s.p90] : []));
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    const share = (s: number) => (most > least ? ((s - least) / (most - least)) * 100 : 50);
    const off = this.app.session?.mission?.ended || this.app.replaying();
    // Who has the focus in the list keeps it.
    const key = JSON.stringify([current, off, this.#strategies.map(({ name }) => this.#told.get(name) ?? null)]);
    if (this.#list.dataset.key === key) return;
    this.#list.dataset.key = key;
    const now = this.#told.get(current);
    const base_s = now && typeof now !== 'string' ? now.arrival_s?.p50 : undefined;
    const best_s = Math.min(...forecasts.map(({ arrival_s }) => arrival_s?.mean ?? Infinity));
    this.#list.replaceChildren(
      ...this.#strategies.map(strategy => this.#row(strategy, strategy.name === current, share, base_s, best_s)),
    );
  }

  #row(
    { name, summary }: StrategyView,
    isCurrent: boolean,
    share: (s: number) => number,
    base_s: number | undefined,
    best_s: number,
  ): HTMLElement {
    const told = this.#told.get(name);
    const arrival = told && typeof told !== 'string' ? told.arrival_s : null;
    const at = told && typeof told !== 'string' ? told.arrival_at : null;
    const bar = h('div', { class: 'bar', 'aria-hidden': 'true' });
    let words = told === undefined ? '…' : typeof told === 'string' ? told : 'no arrival to be expected';
    if (arrival && at && told && typeof told !== 'string') {
      const [from, to, middle] = [share(arrival.p10), share(arrival.p90), share(arrival.p50)];
      const span = h('span', { class: 'span' });
      span.style.left = `${from}%`;
      span.style.width = `${Math.max(1, to - from)}%`;
      const tick = h('span', { class: 'tick' });
      tick.style.left = `${middle}%`;
      bar.append(span, tick);
      const later_s = base_s === undefined || isCurrent ? 0 : arrival.p50 - base_s;
      const against = Math.abs(later_s) < 0.5 ? '' : ` (${signed(later_s, seconds)})`;
      const reach =
        typeof told.reach_probability === 'number' ? `, reaches it in ${percent(told.reach_probability)}` : '';
      words = `${clock(at.p50)}${against}, between ${clock(at.p10)} and ${clock(at.p90)}${reach}`;
    }
    const isBest = arrival?.mean === best_s;
    return h(
      'li',
      { 'data-strategy': name, class: isCurrent ? 'current' : '' },
      h(
        'div',
        { class: 'head' },
        h('strong', { title: summary }, plain(name)),
        isBest
          ? h('span', { class: 'badge', 'data-status': 'active', title: 'The earliest mean arrival' }, 'earliest')
          : null,
        isCurrent
          ? h('span', { class: 'badge' }, 'flown now')
          : h(
              'button',
              {
                type: 'button',
                class: 'small',
                'data-needs': 'operate',
                disabled: this.app.session?.mission?.ended || this.app.replaying(),
                'aria-label': `Use ${plain(name)}`,
                onclick: () => this.use(name),
              },
              'Use',
            ),
      ),
      bar,
      h('p', { class: 'quiet' }, words),
    );
  }
}
