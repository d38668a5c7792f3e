// The mission that is followed: how it stands, what can be done about it, and the tabs below.

import { changeMission, complaint, direct, exportUrl, formatUrls } from '../api';
import type { App } from '../app';
import type { Mission } from '../model/mission';
import { legsAhead, length_m } from '../model/network';
import type { LonLat, StrategyView } from '../model/types';
import { reasonOf, routeOf } from '../model/types';
import { clock, count, metres, nameOf, plain, seconds } from '../model/words';
import { confirm } from './dialogs';
import { byId, h, say, write, writeFacts } from './dom';
import { writeBadge } from './missions';
import { StrategyForm } from './strategy';

export type Tab = 'now' | 'log' | 'compare';

const TABS: [Tab, string][] = [
  ['now', 'Now'],
  ['log', 'Log'],
  ['compare', 'Compare'],
];

export class MissionPanel {
  /** What the tabs hold. */
  readonly rooms: Record<Tab, HTMLElement>;
  readonly message = h('p', { class: 'message', role: 'status', id: 'mission-message' });
  tab: Tab = 'now';
  readonly #title = h('h2', { id: 'mission-title' });
  readonly #badge = h('span', { class: 'badge', id: 'mission-status' });
  readonly #outcome = h('p', { class: 'outcome', id: 'mission-outcome' });
  readonly #facts = h('dl', { class: 'facts', id: 'mission-facts' });
  readonly #controls = h('fieldset', { class: 'controls', 'aria-label': 'Mission control' });
  readonly #pause = h(
    'button',
    { type: 'button', id: 'pause', 'data-needs': 'operate', onclick: () => this.#togglePause() },
    'Pause',
  );
  readonly #cancel = h(
    'button',
    { type: 'button', id: 'cancel', class: 'danger', 'data-needs': 'operate', onclick: () => this.#askCancel() },
    'Cancel',
  );
  readonly #goal = h(
    'button',
    { type: 'button', id: 'move-goal', 'data-needs': 'operate', onclick: () => this.#moveGoal() },
    'Move goal',
  );
  readonly #replay: HTMLButtonElement;
  readonly #strategyText = h('span', { id: 'strategy-text' });
  readonly #change = h('details', { class: 'change', id: 'change-strategy' });
  readonly #formats = h('ul', { class: 'formats' });
  readonly #form = new StrategyForm('mission');
  readonly #tabs = new Map<Tab, HTMLButtonElement>();
  #strategies: StrategyView[] = [];

  constructor(
    readonly app: App,
    readonly on: { tab(tab: Tab): void; replay(): void },
  ) {
    this.#replay = h('button', { type: 'button', id: 'open-replay', onclick: () => on.replay() }, 'Replay');
    const room = (tab: Tab) =>
      h('div', { class: `tab-room ${tab}`, role: 'tabpanel', id: `room-${tab}`, 'aria-labelledby': `tab-${tab}` });
    this.rooms = { now: room('now'), log: room('log'), compare: room('compare') };
    this.#controls.append(this.#pause, this.#goal, this.#replay, this.#cancel);
    this.#change.append(
      h('summary', {}, 'Strategy: ', this.#strategyText),
      h(
        'form',
        {
          class: 'form',
          'data-needs': 'operate',
          onsubmit: event => {
            event.preventDefault();
            this.#changeStrategy();
          },
        },
        this.#form.element,
        h('button', { class: 'primary', id: 'apply-strategy' }, 'Change the strategy'),
      ),
    );
    byId('view-mission').append(
      h('header', {}, this.#title, this.#badge),
      this.#outcome,
      this.#facts,
      this.#controls,
      this.#change,
      h('details', { class: 'change', id: 'formats' }, h('summary', {}, 'Export'), this.#formats),
      this.#tabBar(),
      ...Object.values(this.rooms),
    );
    // In a line of its own, so that nothing moves when something is said.
    byId('panel').insertBefore(this.message, byId('panel').lastElementChild);
    this.show('now');
  }

  #tabBar(): HTMLElement {
    const bar = h('div', { role: 'tablist', class: 'tabs', 'aria-label': 'About the mission' });
    for (const [tab, text] of TABS) {
      const button = h(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${tab}`,
          'aria-controls': `room-${tab}`,
          onclick: () => this.show(tab),
        },
        text,
      );
      this.#tabs.set(tab, button);
      bar.append(button);
    }
    bar.addEventListener('keydown', event => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (!step) return;
      const index = TABS.findIndex(([tab]) => tab === this.tab);
      const [next] = TABS[(index + step + TABS.length) % TABS.length]!;
      this.show(next);
      this.#tabs.get(next)!.focus();
      event.preventDefault();
    });
    return bar;
  }

  show(tab: Tab) {
    this.tab = tab;
    for (const [name, button] of this.#tabs) {
      button.setAttribute('aria-selected', String(name === tab));
      button.tabIndex = name === tab ? 0 : -1;
      this.rooms[name].hidden = name !== tab;
    }
    this.on.tab(tab);
  }

  setStrategies(strategies: StrategyView[]) {
    this.#strategies = strategies;
    this.#form.setStrategies(strategies);
    this.refresh();
  }

  /** Another mission, or the same one anew. */
  begin() {
    say(this.message, '');
    const { mission } = this.app.session ?? {};
    const link = byId<HTMLAnchorElement>('export');
    link.hidden = !mission;
    if (!mission) return;
    link.href = exportUrl(mission.view.id);
    const { name, parameters } = mission.view.strategy;
    if (this.#strategies.length) this.#form.value = { name, parameters: { ...parameters } };
    this.refresh();
  }

  refresh() {
    const mission = this.app.shown();
    const network = this.app.session?.network;
    if (!mission || !network) return;
    const { view, plan, counts } = mission;
    const route = routeOf(plan);
    Object.assign(document.body.dataset, {
      mission: view.id,
      status: view.status,
      revision: String(mission.revision),
      planSeq: String(plan?.seq ?? ''),
      segments: route?.legs.map(leg => leg.segment).join(' ') ?? '',
    });
    document.title = `${nameOf(view)} · ${view.status} – Outrider`;
    write(this.#title, nameOf(view));
    writeBadge(this.#badge, view.status);
    const [words, bad] = outcomeInWords(mission);
    say(this.#outcome, words, bad);
    const left_m = this.#left(mission);
    const way = (m: number) => `${metres(m)} · ${seconds(m / view.ugv_speed_mps)}`;
    writeFacts(this.#facts, [
      ['Remaining', mission.ended || left_m === null ? '–' : way(left_m)],
      ['Plan', plan ? `${plan.seq}, ${clock(plan.recorded_at)} · ${count(view.uavs.length, 'UAV')}` : '–'],
      ['Known', `${counts.clear} clear · ${counts.blocked} blocked · of ${network.segments.length}`],
    ]);
    write(this.#strategyText, plain(view.strategy.name));
    this.#writeFormats(
      view.id,
      view.uavs.map(uav => uav.id),
    );
    const off = mission.ended || this.app.replaying();
    for (const button of [this.#pause, this.#goal, this.#cancel]) button.disabled = off;
    this.#change.classList.toggle('off', off);
    if (off) this.#change.open = false;
    write(this.#pause, view.status === 'paused' ? 'Resume' : 'Pause');
    this.#replay.setAttribute('aria-pressed', String(this.app.replaying()));
  }

  /** Links, anew only when they are others: one may have the focus. */
  #writeFormats(id: string, uavs: string[]) {
    const key = [id, ...uavs].join(' ');
    if (this.#formats.dataset.of === key) return;
    this.#formats.dataset.of = key;
    const link = ([text, href]: [string, string]) => h('li', {}, h('a', { href, download: '' }, text));
    this.#formats.replaceChildren(...formatUrls(id, uavs).map(link));
  }

  #left(mission: Mission): number | null {
    const network = this.app.session?.network;
    const route = routeOf(mission.plan);
    if (!network || !route || !mission.plan) return null;
    const ugv = mission.positions.get('ugv');
    const place =
      typeof ugv?.segment === 'number' && typeof ugv.offset_m === 'number'
        ? { segment: ugv.segment, offset_m: ugv.offset_m }
        : mission.plan.basis.ugv.place;
    const ahead = network.has(place.segment) ? legsAhead(network, route.legs, place) : null;
    return ahead ? length_m(ahead) : null;
  }

  async #attempt(request: () => Promise<unknown>, done = '') {
    say(this.message, 'Asking …');
    try {
      await request();
      say(this.message, done);
    } catch (error) {
      say(this.message, complaint(error), true);
    }
    this.refresh();
  }

  #togglePause() {
    const view = this.app.session?.mission?.view;
    if (view) this.#attempt(() => direct(view.id, view.status === 'paused' ? 'resume' : 'pause', view.version));
  }

  async #askCancel() {
    const id = this.app.session?.mission?.view.id;
    const name = this.app.session?.mission && nameOf(this.app.session.mission.view);
    if (
      !(await confirm(
        'Cancel this mission?',
        `“${name}” ends for good. Its log stays.`,
        'Cancel the mission',
        'Keep it going',
      ))
    ) {
      return;
    }
    const view = this.app.session?.mission?.view;
    if (!view || view.id !== id) return;
    this.#attempt(() => this.app.ends(view.id, () => direct(view.id, 'cancel', view.version)));
  }

  #moveGoal() {
    const id = this.app.session?.id;
    this.app.pick('Click where the goal is to be. Escape leaves it where it is.', (at: LonLat) => {
      this.app.pick(null);
      const view = this.app.session?.mission?.view;
      if (!view || view.id !== id) return;
      this.#attempt(() => changeMission(view.id, view.version, { goal: { position: at } }), 'The goal is moved.');
    });
  }

  #changeStrategy() {
    const view = this.app.session?.mission?.view;
    if (!view) return;
    if (!this.#form.isValid) return say(this.message, 'A parameter of the strategy is out of its range.', true);
    this.useStrategy(this.#form.value);
    this.#change.open = false;
  }

  useStrategy(strategy: { name: string; parameters: Record<string, unknown> }) {
    const view = this.app.session?.mission?.view;
    if (!view) return;
    this.#attempt(() => changeMission(view.id, view.version, { strategy }), `Strategy: ${plain(strategy.name)}.`);
  }
}

function outcomeInWords({ view, plan }: Mission): [string, boolean] {
  if (view.status === 'arrived') return ['The UGV has reached the goal.', false];
  if (view.status === 'cancelled') return ['An operator cancelled the mission.', true];
  if (view.status === 'paused') return ['Paused: reports are taken in, nothing is planned.', false];
  if (!plan) return ['The first plan is being made.', false];
  if (plan.outcome === 'no_way') return ['No way to the goal as far as is known.', true];
  if (plan.outcome === 'budget_spent') return [reasonOf(plan) ?? 'The search gave up.', true];
  if (plan.outcome === 'already_there') return ['The UGV is at the goal.', false];
  return [plan.provisional ? 'On a provisional route; the strategy is still planning.' : 'On its way.', false];
}
