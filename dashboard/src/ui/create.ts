// A new mission: start, goals, waypoints and UAVs are placed on the map, the rest is a form.

import { complaint, createMission, newId, Refusal } from '../api';
import type { MapView } from '../map/view';
import type { CreateMission, LonLat, NetworkView, StrategyView } from '../model/types';
import { byId, h, say, write } from './dom';
import { StrategyForm } from './strategy';

type Tool = 'start' | 'goal' | 'other' | 'via' | 'uav';

interface Uav {
  speed_mps: number;
  /** With the UGV if it is nowhere else. */
  start: LonLat | null;
}

const HINTS: Record<Tool, string> = {
  start: 'Click where the UGV starts. With keys: move the map, then Enter.',
  goal: 'Click where the UGV must get to.',
  other: 'Click where the UGV may get to instead, as often as there are such places: it goes to the nearest.',
  via: 'Click where the UGV is to come by before the goal, in its order.',
  uav: 'Click where a UAV starts, as often as there are UAVs; or create the mission.',
};
const MAX_UAVS = 100;
const MAX_GOALS = 50;
const MAX_WAYPOINTS = 20;

export interface CreateEvents {
  choose(network: NetworkView): void;
  created(id: string): void;
  /** What to click next; null when nothing is to be placed. */
  hint(text: string | null): void;
}

export class CreateView {
  network: NetworkView | null = null;
  readonly #form: HTMLFormElement;
  readonly #networks = h('select', { id: 'new-network', onchange: () => this.#chooseNetwork() });
  readonly #name = h('input', { id: 'new-name', maxlength: 200, autocomplete: 'off', placeholder: 'e.g. clinic run' });
  readonly #ugvSpeed = speedInput('new-ugv-speed', 10);
  readonly #uavSpeed = speedInput('new-uav-speed', 18);
  readonly #uavList = h('ul', { class: 'uavs', id: 'new-uavs' });
  readonly #otherList = h('ul', { class: 'uavs', id: 'new-goals' });
  readonly #viaList = h('ul', { class: 'uavs', id: 'new-waypoints' });
  readonly #places = { start: h('output', { id: 'new-start' }), goal: h('output', { id: 'new-goal' }) };
  readonly #tools = new Map<Tool, HTMLButtonElement>();
  readonly #message = h('p', { class: 'message', role: 'status' });
  readonly #strategy = new StrategyForm('new');
  #items: NetworkView[] = [];
  #tool: Tool = 'start';
  #at: { start: LonLat | null; goal: LonLat | null } = { start: null, goal: null };
  #others: LonLat[] = [];
  #vias: LonLat[] = [];
  #uavs: Uav[] = [];
  #open = false;
  /** Makes a second attempt harmless if the answer to the first was lost. */
  #key = newId();

  constructor(
    readonly map: MapView,
    readonly on: CreateEvents,
  ) {
    const tool = (name: Tool, text: string) => {
      const button = h(
        'button',
        { type: 'button', 'aria-pressed': 'false', id: `tool-${name}`, onclick: () => this.#use(name) },
        text,
      );
      this.#tools.set(name, button);
      return button;
    };
    this.#form = h(
      'form',
      {
        class: 'form',
        onsubmit: event => {
          event.preventDefault();
          this.#submit();
        },
      },
      field('Network', this.#networks),
      field('Name', this.#name),
      h(
        'fieldset',
        {},
        h('legend', {}, 'On the map'),
        h('div', { class: 'place' }, tool('start', 'Start'), this.#places.start),
        h('div', { class: 'place' }, tool('goal', 'Goal'), this.#places.goal),
        h('div', { class: 'place' }, tool('other', 'Other goals'), h('span', { class: 'quiet' }, 'any one will do')),
        this.#otherList,
        h(
          'div',
          { class: 'place' },
          tool('via', 'Waypoints'),
          h('span', { class: 'quiet' }, 'before the goal, in order'),
        ),
        this.#viaList,
        h(
          'div',
          { class: 'place' },
          tool('uav', 'UAVs'),
          h('button', { type: 'button', id: 'add-uav', onclick: () => this.#addUav(null) }, 'Add with the UGV'),
        ),
        this.#uavList,
      ),
      h('div', { class: 'pair' }, field('UGV speed, m/s', this.#ugvSpeed), field('UAV speed, m/s', this.#uavSpeed)),
      this.#strategy.element,
      h('button', { class: 'primary', id: 'create' }, 'Create the mission'),
      this.#message,
    );
    this.#uavSpeed.addEventListener('change', () => {
      for (const uav of this.#uavs) uav.speed_mps = this.#uavSpeed.valueAsNumber;
      this.#draw();
    });
    byId('view-new').append(h('header', {}, h('h2', { id: 'new-title' }, 'New mission')), this.#form);
  }

  setStrategies(strategies: StrategyView[]) {
    this.#strategy.setStrategies(strategies);
    if (strategies.some(({ name }) => name === 'shortest_path')) {
      this.#strategy.value = { name: 'shortest_path', parameters: {} };
    }
  }

  setNetworks(items: NetworkView[]) {
    const same = items.map(it => it.id).join() === this.#items.map(it => it.id).join();
    this.#items = items;
    if (same) return;
    const none = items.length ? [] : [h('option', { value: '' }, 'none yet: import one first')];
    this.#networks.replaceChildren(...none, ...items.map(({ id, name }) => h('option', { value: id }, name)));
    this.#networks.value = this.network?.id ?? items[0]?.id ?? '';
  }

  /** Begins, on a network if one is named. */
  open(networkId: string | null) {
    this.#open = true;
    const network = this.#items.find(({ id }) => id === (networkId ?? this.network?.id)) ?? this.#items[0] ?? null;
    if (network) this.#networks.value = network.id;
    this.#chooseNetwork();
  }

  close() {
    if (!this.#open) return;
    this.#open = false;
    this.map.overlay.clearPins('new-');
    this.on.hint(null);
  }

  #chooseNetwork() {
    const network = this.#items.find(({ id }) => id === this.#networks.value) ?? null;
    if (network?.id !== this.network?.id) {
      this.#clear();
    }
    this.network = network;
    if (network) this.on.choose(network);
    this.#use(this.#at.start ? this.#tool : 'start');
    this.#draw();
  }

  #clear() {
    this.#at = { start: null, goal: null };
    this.#others = [];
    this.#vias = [];
    this.#uavs = [];
    this.#tool = 'start';
  }

  #use(tool: Tool) {
    this.#tool = tool;
    for (const [name, button] of this.#tools) button.setAttribute('aria-pressed', String(name === tool));
    if (this.#open) this.on.hint(this.network ? HINTS[tool] : 'Import a road network first.');
  }

  /** The map was clicked: places what is to be placed. */
  placed(at: LonLat) {
    if (!this.network || this.map.network?.id !== this.network.id) return;
    if (this.#tool === 'uav') this.#addUav(at);
    else if (this.#tool === 'other') {
      if (this.#others.length < MAX_GOALS - 1) this.#others.push(at);
    } else if (this.#tool === 'via') {
      if (this.#vias.length < MAX_WAYPOINTS) this.#vias.push(at);
    } else {
      this.#at[this.#tool] = at;
      const next: Tool = this.#tool === 'start' && !this.#at.goal ? 'goal' : 'uav';
      this.#use(next);
    }
    this.#draw();
  }

  #addUav(start: LonLat | null) {
    if (this.#uavs.length >= MAX_UAVS) return;
    this.#uavs.push({ speed_mps: this.#uavSpeed.valueAsNumber, start });
    this.#draw();
  }

  #where(at: LonLat | null): string {
    if (!at) return 'not placed yet';
    const { network } = this.map;
    const nearest = network?.nearest(network.project(at), 500);
    return nearest && network ? network.label(nearest.id) : `${at.lat.toFixed(5)}, ${at.lon.toFixed(5)}`;
  }

  #draw() {
    write(this.#places.start, this.#where(this.#at.start));
    write(this.#places.goal, this.#where(this.#at.goal));
    this.#list(
      this.#otherList,
      this.#others,
      i => `goal ${i + 2}`,
      at => this.#where(at).toLowerCase(),
    );
    this.#list(
      this.#viaList,
      this.#vias,
      i => `waypoint ${i + 1}`,
      at => this.#where(at).toLowerCase(),
    );
    this.#list(
      this.#uavList,
      this.#uavs,
      i => `uav-${i + 1}`,
      ({ start }) => (start ? `near ${this.#where(start).toLowerCase()}` : 'with the UGV'),
    );
    const { overlay } = this.map;
    overlay.clearPins('new-');
    if (!this.#open) return;
    overlay.setPin('new-start', this.#at.start, 'Start', 'S');
    overlay.setPin('new-goal', this.#at.goal, this.#others.length ? 'Goal 1' : 'Goal', 'G');
    this.#others.forEach((at, i) => {
      overlay.setPin(`new-goal-${i + 2}`, at, `Goal ${i + 2}`, 'G');
    });
    this.#vias.forEach((at, i) => {
      overlay.setPin(`new-via-${i}`, at, `Waypoint ${i + 1}`, String(i + 1));
    });
    this.#uavs.forEach((uav, i) => {
      overlay.setPin(`new-uav-${i}`, uav.start, `uav-${i + 1}`, 'U');
    });
  }

  /** Shows what was placed, each with a button that takes it away again. */
  #list<T>(list: HTMLElement, items: T[], name: (i: number) => string, where: (item: T) => string) {
    const row = (item: T, i: number) => {
      const remove = () => {
        items.splice(i, 1);
        this.#draw();
      };
      return h(
        'li',
        {},
        h('span', {}, name(i)),
        h('span', { class: 'quiet' }, where(item)),
        h('button', { type: 'button', class: 'icon small', 'aria-label': `Remove ${name(i)}`, onclick: remove }, '×'),
      );
    };
    list.replaceChildren(...items.map(row));
  }

  async #submit() {
    const { start, goal } = this.#at;
    if (!this.network) return say(this.#message, 'Import a road network first.', true);
    if (!start || !goal) {
      this.#use(start ? 'goal' : 'start');
      return say(this.#message, `Place the ${start ? 'goal' : 'start'} on the map.`, true);
    }
    if (!this.#strategy.isValid) return say(this.#message, 'A parameter of the strategy is out of its range.', true);
    const mission: CreateMission = {
      network_id: this.network.id,
      name: this.#name.value.trim(),
      start: { position: start },
      ...(this.#others.length
        ? { goals: [goal, ...this.#others].map(position => ({ position })) }
        : { goal: { position: goal } }),
      waypoints: this.#vias.map(position => ({ position })),
      ugv: { speed_mps: this.#ugvSpeed.valueAsNumber },
      uavs: this.#uavs.map(uav => ({ speed_mps: uav.speed_mps, start: uav.start })),
      strategy: this.#strategy.value,
    };
    say(this.#message, 'Creating …');
    try {
      const { id } = await createMission(mission, this.#key);
      this.#key = newId();
      this.#clear();
      this.#name.value = '';
      say(this.#message, '');
      this.on.created(id);
    } catch (error) {
      // What was refused was not created: the next attempt is another one. With no answer it may have been.
      if (error instanceof Refusal) this.#key = newId();
      say(this.#message, complaint(error), true);
    }
  }
}

function speedInput(id: string, value: number): HTMLInputElement {
  return h('input', { id, type: 'number', min: 0.1, max: 150, step: 'any', required: true, value: String(value) });
}

function field(name: string, input: HTMLElement): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: input.id }, name), input);
}
