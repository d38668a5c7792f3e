// What is to be expected of the mission: asked for after each plan, in numbers and as a small chart of how it has changed.

import { readForecast } from '../api';
import type { App } from '../app';
import type { ForecastView } from '../model/types';
import { clock, percent, seconds } from '../model/words';
import { type Band, chart } from './chart';
import { h, write, writeFacts } from './dom';

/** So many critical segments are drawn; the first is written down. */
const DRAWN = 5;
/** Plans may follow each other fast; forecasts need not. */
const PAUSE_MS = 1_500;
const MAX_BANDS = 240;

export class Forecast {
  readonly #room: HTMLElement;
  readonly #title = h('h3', {}, 'Arrival');
  readonly #facts = h('dl', { class: 'facts', id: 'forecast-facts' });
  readonly #numbers = h('div', { class: 'numbers' });
  readonly #chart = h('div', { class: 'chart' });
  /** The question under way. */
  #asking: AbortController | null = null;
  /** Whether the answer under way will be of yesterday. */
  #due = false;
  /** The mission that somebody here is ending: a question now would be refused, which every browser puts on its console. */
  #ending: string | null = null;
  /** What was expected when, in this mission, as far as this page asked. */
  #bands: Band[] = [];
  #mission: string | null = null;
  #told: ForecastView | null = null;

  constructor(
    readonly app: App,
    room: HTMLElement,
  ) {
    this.#room = h('section', { class: 'forecast', id: 'forecast', 'aria-label': 'Arrival forecast' });
    this.#room.append(this.#title, this.#numbers, this.#facts, this.#chart);
    room.append(this.#room);
    for (const [name, title] of [
      ['p10', 'Earlier than this in one of ten sampled worlds'],
      ['p50', 'Half of the sampled worlds arrive by then'],
      ['p90', 'Later than this in one of ten sampled worlds'],
    ] as const) {
      this.#numbers.append(
        h('div', { title, class: name }, h('span', { class: 'quiet' }, name), h('strong', { id: name })),
      );
    }
  }

  /** Turns to another mission, or to none. */
  begin() {
    this.#asking?.abort();
    this.#asking = null;
    this.#due = false;
    const id = this.app.session?.id ?? null;
    if (id !== this.#mission) {
      this.#mission = id;
      this.#bands = [];
      this.#show(null);
    }
    this.refresh();
  }

  /** The plan, the settings or the status have changed. */
  async refresh() {
    const { session } = this.app;
    const mission = session?.mission;
    if (!session || !mission || mission.ended) return this.#show(null);
    if (this.#ending === session.id) return;
    if (this.#asking) {
      this.#due = true;
      return this.draw();
    }
    const mine = new AbortController();
    this.#asking = mine;
    let told: ForecastView | null = null;
    try {
      told = await readForecast(session.id, { critical: DRAWN }, mine.signal);
    } catch {
      // The mission has just ended, or the service is busy: the next plan asks again.
    }
    if (this.#asking !== mine) return;
    if (told) this.#note(told);
    this.#show(told);
    await new Promise(resolve => {
      window.setTimeout(resolve, PAUSE_MS);
    });
    if (this.#asking !== mine) return;
    this.#asking = null;
    if (this.#due) {
      this.#due = false;
      this.refresh();
    }
  }

  /** Ends the mission. Nothing is asked about it meanwhile, nor until the stream has told of its end. */
  async ends<T>(id: string, request: () => Promise<T>): Promise<T> {
    this.#asking?.abort();
    this.#asking = null;
    this.#due = false;
    this.#ending = id;
    try {
      return await request();
    } catch (error) {
      this.#ending = null;
      this.refresh();
      throw error;
    }
  }

  #note(told: ForecastView) {
    const { arrival_at: at, computed_at } = told;
    if (!at) return;
    this.#bands.push({
      at: Date.parse(computed_at),
      p10: Date.parse(at.p10),
      p50: Date.parse(at.p50),
      p90: Date.parse(at.p90),
    });
    if (this.#bands.length > MAX_BANDS) this.#bands = this.#bands.filter((_, i) => i % 2 === 0 || i > MAX_BANDS - 20);
  }

  #show(told: ForecastView | null) {
    this.#told = told;
    const network = this.app.session?.network;
    const none = !told || !network || told.outcome === 'already_there' || told.outcome === 'budget_spent';
    document.body.dataset.forecastSeq = none ? '' : String(told.seq);
    this.app.map.showCritical(none ? [] : told.critical.map(critical => critical.segment));
    const at = none ? null : told.arrival_at;
    for (const name of ['p10', 'p50', 'p90'] as const) {
      write(this.#numbers.querySelector(`#${name}`)!, at ? clock(at[name]) : '–');
    }
    const most = none ? undefined : told.critical[0];
    const costs = most && (typeof most.delay_s === 'number' ? `+${seconds(most.delay_s)} if blocked` : 'no way round');
    const nothing = told?.outcome === 'route' ? 'nothing unknown' : '–';
    writeFacts(this.#facts, [
      [
        'Reaches goal',
        `${typeof told?.reach_probability === 'number' ? percent(told.reach_probability) : '–'}${told?.arrival_s ? `, in ${seconds(told.arrival_s.p50)}` : ''}`,
      ],
      [
        'Depends most on',
        most && network ? `${network.label(most.segment)}: ${costs} (${percent(most.blockage_probability)})` : nothing,
      ],
    ]);
    this.draw();
  }

  get told(): ForecastView | null {
    return this.#told;
  }

  /** Draws the chart: what plans expected, and what forecasts did. */
  draw() {
    const { session } = this.app;
    const mission = session?.mission;
    if (!session || !mission) return;
    const begins = Date.parse(mission.view.created_at);
    const ended = mission.view.status === 'arrived' ? Date.parse(mission.view.changed_at) : null;
    const now = mission.ended ? Date.parse(mission.view.changed_at) : Date.now();
    const cursor = this.app.replayTime();
    write(this.#title, cursor === null ? 'Arrival' : 'Arrival, as expected now');
    const drawn = chart(
      { begins, now, ended, cursor, plans: session.arrivals, bands: this.#bands },
      this.#chart.clientWidth || 352,
    );
    this.#chart.replaceChildren(drawn ?? h('p', { class: 'quiet' }, 'Nothing to draw yet.'));
  }
}
