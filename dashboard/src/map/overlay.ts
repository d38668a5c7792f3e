// What moves on the map between its own frames: vehicles, their flights, start and goal. They are elements of the document over
// the map, so that a vehicle that glides costs no drawing of roads, and screen readers can tell them.

import type { Map as MapLibre } from 'maplibre-gl';
import { Motion } from '../model/motion';
import type { Network, XY } from '../model/network';
import type { LonLat } from '../model/types';
import { svg } from '../ui/dom';
import { type Palette, uavColour } from './palette';

/** Flights between inspections are drawn for so many a UAV: the rest would hide the map. */
const FLIGHTS = 3;

/** A flight of a UAV: from where it is, or from the end of an inspection, to the beginning of the next. */
interface Flight {
  from: XY | null;
  to: XY;
}

interface Symbol {
  element: HTMLElement;
  turned: SVGElement | null;
}

export class Overlay {
  network: Network | null = null;
  readonly #map: MapLibre;
  readonly #room: HTMLElement;
  readonly #lines: SVGSVGElement;
  readonly #motion = new Motion(() => matchMedia('(prefers-reduced-motion: reduce)').matches);
  readonly #vehicles = new Map<string, Symbol>();
  readonly #pins = new Map<string, { element: HTMLElement; at: LonLat }>();
  readonly #flights = new Map<string, { path: SVGPathElement; flights: Flight[] }>();
  #colours = new Map<string, number>();
  #palette: Palette;
  #frame = 0;
  /** Whether vehicles jump to where they are told to be: in a replay each frame tells it. */
  exact = false;

  constructor(map: MapLibre, room: HTMLElement, palette: Palette) {
    this.#map = map;
    this.#room = room;
    this.#palette = palette;
    this.#lines = svg('svg', { class: 'flights', 'aria-hidden': 'true' });
    room.append(this.#lines);
    // In the same frame as the roads, so that nothing swims.
    map.on('render', () => this.#place(performance.now()));
    map.on('resize', () => this.#place(performance.now()));
  }

  restyle(palette: Palette) {
    this.#palette = palette;
    for (const [vehicle, { element }] of this.#vehicles) this.#paint(vehicle, element);
    for (const [uav, { path }] of this.#flights) path.style.stroke = this.#colourOf(uav);
  }

  /** The mission's UAVs in order: what is drawn of others goes. */
  setFleet(uavs: string[], network: Network | null) {
    this.network = network;
    this.#colours = new Map(uavs.map((id, i) => [id, i]));
    const there = (vehicle: string) => vehicle === 'ugv' || this.#colours.has(vehicle);
    this.#motion.keep(there);
    for (const [vehicle, { element }] of this.#vehicles) {
      if (there(vehicle)) continue;
      element.remove();
      this.#vehicles.delete(vehicle);
    }
    for (const [uav, { path }] of this.#flights) {
      if (there(uav)) continue;
      path.remove();
      this.#flights.delete(uav);
    }
  }

  clearVehicles() {
    this.#motion.clear();
    for (const { element } of this.#vehicles.values()) element.remove();
    for (const { path } of this.#flights.values()) path.remove();
    this.#vehicles.clear();
    this.#flights.clear();
  }

  #colourOf(vehicle: string): string {
    const index = this.#colours.get(vehicle);
    return index === undefined ? this.#palette.route : uavColour(this.#palette, index);
  }

  #paint(vehicle: string, element: HTMLElement) {
    element.style.setProperty('--vehicle', this.#colourOf(vehicle));
    element.dataset.side = String((this.#colours.get(vehicle) ?? 0) % 4);
  }

  /** A vehicle's newest position in the network's plane. */
  moved(vehicle: string, at: XY) {
    const now = performance.now();
    this.#motion.tell(vehicle, at, now, this.exact);
    if (!this.#vehicles.has(vehicle)) this.#add(vehicle);
    this.#request();
  }

  #add(vehicle: string) {
    const isUgv = vehicle === 'ugv';
    const shape = isUgv ? ugvShape() : uavShape();
    const element = document.createElement('div');
    element.className = `vehicle ${isUgv ? 'ugv' : 'uav'}`;
    element.dataset.vehicle = vehicle;
    const name = document.createElement('span');
    name.textContent = isUgv ? 'UGV' : vehicle;
    element.append(shape, name);
    this.#paint(vehicle, element);
    this.#room.append(element);
    this.#vehicles.set(vehicle, { element, turned: isUgv ? shape : null });
  }

  /** Start, goal and the like; null takes it away. */
  setPin(role: string, at: LonLat | null, label: string, letter: string) {
    const held = this.#pins.get(role);
    if (!at) {
      held?.element.remove();
      this.#pins.delete(role);
      return;
    }
    const element = held?.element ?? pin(role, letter);
    element.lastElementChild!.textContent = label;
    if (!held) this.#room.append(element);
    this.#pins.set(role, { element, at });
    this.#request();
  }

  /** Takes away all pins whose role begins so. */
  clearPins(prefix: string) {
    for (const role of [...this.#pins.keys()]) if (role.startsWith(prefix)) this.setPin(role, null, '', '');
  }

  /** What a UAV flies: to the beginning of its first inspection, and on from the end of each. */
  setFlights(uav: string, legs: XY[][]) {
    const flights: Flight[] = [];
    let from: XY | null = null;
    for (const line of legs.slice(0, FLIGHTS)) {
      const to = line[0];
      if (to) flights.push({ from, to });
      from = line.at(-1) ?? from;
    }
    let held = this.#flights.get(uav);
    if (!held) {
      const path = svg('path', {});
      path.style.stroke = this.#colourOf(uav);
      this.#lines.append(path);
      held = { path, flights };
      this.#flights.set(uav, held);
    }
    held.flights = flights;
    this.#request();
  }

  #request() {
    this.#frame ||= requestAnimationFrame(now => {
      this.#frame = 0;
      this.#place(now);
      if (this.#motion.moving(now)) this.#request();
    });
  }

  /** Puts everything where it belongs on the screen. */
  #place(now: number) {
    const { network } = this;
    for (const { element, at } of this.#pins.values()) put(element, this.#map.project([at.lon, at.lat]));
    if (!network) return;
    const screen = (point: XY) => {
      const { lon, lat } = network.unproject(point);
      return this.#map.project([lon, lat]);
    };
    const bearing = this.#map.getBearing();
    for (const [vehicle, { element, turned }] of this.#vehicles) {
      const at = this.#motion.at(vehicle, now);
      if (!at) continue;
      put(element, screen(at));
      if (turned) turned.style.transform = `rotate(${(at.heading * 180) / Math.PI - bearing}deg)`;
    }
    for (const [uav, { path, flights }] of this.#flights) {
      const at = this.#motion.at(uav, now);
      let text = '';
      for (const { from, to } of flights) {
        const begin = from ?? at;
        if (!begin || Math.hypot(begin.x - to.x, begin.y - to.y) < 1) continue;
        const [a, b] = [screen(begin), screen(to)];
        text += `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
      }
      if (path.getAttribute('d') !== text) path.setAttribute('d', text);
    }
  }
}

function put(element: HTMLElement, { x, y }: XY) {
  element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}

function ugvShape(): SVGElement {
  return svg(
    'svg',
    { viewBox: '-16 -16 32 32', width: '32', height: '32', 'aria-hidden': 'true' },
    svg('path', { d: 'M13 0 L-9 -10 L-5 0 L-9 10 Z' }),
  );
}

function uavShape(): SVGElement {
  const rotors = [-7, 7].flatMap(x => [-7, 7].map(y => svg('circle', { cx: String(x), cy: String(y), r: '4' })));
  return svg(
    'svg',
    { viewBox: '-14 -14 28 28', width: '28', height: '28', 'aria-hidden': 'true' },
    svg('path', { d: 'M-7 -7 L7 7 M-7 7 L7 -7', class: 'halo' }),
    svg('path', { d: 'M-7 -7 L7 7 M-7 7 L7 -7' }),
    ...rotors,
  );
}

function pin(role: string, letter: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `pin ${role.split('-')[0]}`;
  const text = svg('text', { x: '0', y: '-15', 'text-anchor': 'middle' });
  text.textContent = letter;
  const name = document.createElement('span');
  element.append(
    svg(
      'svg',
      { viewBox: '-13 -32 26 34', width: '26', height: '34', 'aria-hidden': 'true' },
      svg('path', { d: 'M0 0C-3 -8 -10 -11 -10 -19a10 10 0 0 1 20 0C10 -11 3 -8 0 0Z' }),
      text,
    ),
    name,
  );
  return element;
}
