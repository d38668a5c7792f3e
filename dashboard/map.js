// The map: three canvases over each other, each drawn anew only when something on it changes.
//   below  the UGV's route as a broad band, the one before fading out
//   roads  all segments with what is known of them
//   above  taskings, start and goal, vehicles, the selected segment

import { Camera } from './camera.js';
import { Motion } from './motion.js';
import { blockageOffset_m, stateOf } from './mission.js';
import { legsAhead } from './network.js';

/** @typedef {import('./network.js').Network} Network
 *  @typedef {import('./network.js').Point} Point
 *  @typedef {import('./mission.js').Mission} Mission
 *  @typedef {import('./api.js').Leg} Leg
 *  @typedef {'below' | 'roads' | 'above'} Layer
 */

/** UAVs have so many colours, which come again after that. */
export const UAV_COLOURS = 6;
const FADE_MS = 2_500;
/** How far from the pointer a segment may be, in pixels. */
const REACH_PX = 12;
/** Flights between inspections are drawn for so many a UAV: the rest would hide the map. */
const FLIGHTS = 4;

export class MapView {
  /** @type {Network | null} */ network = null;
  /** @type {Mission | null} */ mission = null;
  /** @type {number | null} */ hovered = null;
  /** @type {number | null} */ selected = null;
  /** @type {Path2D} */ #all = new Path2D();
  #clear = new Path2D();
  #blocked = new Path2D();
  #closed = new Path2D();
  /** @type {Point[]} */ #crosses = [];
  #ahead = new Path2D();
  #behind = new Path2D();
  /** @type {{ path: Path2D, since: number } | null} */ #former = null;
  /** @type {number | null} the plan whose route is drawn */ #planSeq = null;
  #motion = new Motion();
  /** @type {Set<Layer>} */ #due = new Set();
  #frame = 0;
  #ratio = 1;
  /** @type {Record<string, string>} */ #colours = {};
  #reduced = matchMedia('(prefers-reduced-motion: reduce)');

  /** @param {HTMLElement} surface @param {{ hovered: (segment: number | null, px: number, py: number) => void, clicked: (segment: number | null) => void }} on */
  constructor(surface, on) {
    const layers = /** @type {Layer[]} */ (['below', 'roads', 'above']);
    this.layers = new Map(layers.map(layer => {
      const canvas = document.createElement('canvas');
      surface.append(canvas);
      return [layer, /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))];
    }));
    this.surface = surface;
    this.camera = new Camera(() => this.#redraw());
    const at = (/** @type {number} */ px, /** @type {number} */ py) =>
      this.network?.nearest(this.camera.toPlane(px, py), REACH_PX / this.camera.scale)?.id ?? null;
    const hover = (/** @type {number | null} */ id, px = 0, py = 0) => {
      if (this.hovered !== id) this.#redraw('above');
      this.hovered = id;
      surface.classList.toggle('over-segment', id !== null);
      on.hovered(id, px, py);
    };
    this.camera.listen(surface, {
      hover: (px, py) => hover(at(px, py), px, py), leave: () => hover(null), click: (px, py) => on.clicked(at(px, py)),
    });
    new ResizeObserver(() => this.#resize()).observe(surface);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#restyle());
    this.#restyle();
    this.#resize();
  }

  #restyle() {
    const style = getComputedStyle(document.documentElement);
    const names = ['ground', 'ink', 'halo', 'road', 'clear', 'blocked', 'route', 'accent'];
    for (let i = 0; i < UAV_COLOURS; i++) names.push(`uav-${i}`);
    this.#colours = Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.#redraw();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.surface;
    this.#ratio = window.devicePixelRatio || 1;
    for (const { canvas } of this.layers.values()) {
      canvas.width = Math.round(width * this.#ratio);
      canvas.height = Math.round(height * this.#ratio);
    }
    const first = this.camera.width === 1;
    this.camera.resize(width, height);
    if (first) this.camera.fit();
  }

  /** @param {Network | null} network @param {Mission | null} mission */
  show(network, mission) {
    const other = this.mission?.view.id !== mission?.view.id;
    if (network !== this.network) {
      this.network = network;
      this.#all = new Path2D();
      for (const { xs, ys } of network?.segments ?? []) {
        this.#all.moveTo(xs[0], ys[0]);
        for (let i = 1; i < xs.length; i++) this.#all.lineTo(xs[i], ys[i]);
      }
      if (network) this.camera.fit(network.box);
    }
    this.mission = mission;
    if (other) {
      this.#motion.clear();
      this.#former = null;
      this.#planSeq = null;
      this.#ahead = this.#behind = new Path2D();
    }
    for (const vehicle of mission?.positions.keys() ?? []) this.moved(vehicle);
    this.knowledgeChanged();
    this.planChanged();
    this.#redraw();
  }

  knowledgeChanged() {
    [this.#clear, this.#blocked, this.#closed, this.#crosses] = [new Path2D(), new Path2D(), new Path2D(), []];
    const { network, mission } = this;
    if (!network || !mission) return;
    for (const [id, known] of mission.known) {
      const state = stateOf(known);
      if (state === 'unknown' || !network.segments[id]) continue;
      const path = state === 'clear' ? this.#clear : known.closed_by.size ? this.#closed : this.#blocked;
      const { xs, ys } = network.segments[id];
      path.moveTo(xs[0], ys[0]);
      for (let i = 1; i < xs.length; i++) path.lineTo(xs[i], ys[i]);
      const offset_m = blockageOffset_m(known);
      if (offset_m !== undefined) this.#crosses.push(network.pointAt({ segment: id, offset_m }));
    }
    this.#redraw('roads', 'above');
  }

  /** The plan, the goal or the status is another one. */
  planChanged() {
    const seq = this.mission?.plan?.seq ?? null;
    if (this.#planSeq !== null && seq !== this.#planSeq) this.#former = { path: this.#ahead, since: performance.now() };
    this.#planSeq = seq;
    this.#routeChanged();
    this.#redraw('above');
  }

  /** @param {string} vehicle */
  moved(vehicle) {
    const position = this.mission?.positions.get(vehicle);
    if (!this.network || !position) return;
    const { segment, offset_m } = position;
    const on = segment !== undefined && offset_m !== undefined;
    const at = on ? this.network.pointAt({ segment, offset_m }) : this.network.project(position.position);
    this.#motion.tell(vehicle, at, performance.now());
    if (vehicle === 'ugv') this.#routeChanged();
    this.#redraw('above');
  }

  #routeChanged() {
    this.#ahead = new Path2D();
    this.#behind = new Path2D();
    const { network, mission } = this;
    if (!network || !mission) return;
    const legs = mission.plan?.route?.legs ?? [];
    const ugv = mission.positions.get('ugv');
    const place = ugv && ugv.segment !== undefined && ugv.offset_m !== undefined && { segment: ugv.segment, offset_m: ugv.offset_m };
    const ahead = (place && legsAhead(network, legs, place)) || legs;
    const passed = legs.length - ahead.length;
    const driven = legs.slice(0, passed);
    if (ahead !== legs && ahead.length) driven.push({ ...legs[passed], to_m: ahead[0].from_m });
    this.#trace(this.#ahead, mission.view.status === 'arrived' ? [] : ahead);
    this.#trace(this.#behind, mission.view.status === 'arrived' ? legs : driven);
    this.#redraw('below');
  }

  /** @param {Path2D} path @param {Leg[]} legs that follow each other */
  #trace(path, legs) {
    let first = true;
    for (const leg of legs) {
      for (const { x, y } of /** @type {Network} */ (this.network).line(leg)) {
        if (first) path.moveTo(x, y); else path.lineTo(x, y);
        first = false;
      }
    }
  }

  /** @param {number | null} segment */
  select(segment) {
    this.selected = segment;
    this.#redraw('above');
  }

  /** @param {Layer[]} layers all unless given */
  #redraw(...layers) {
    for (const layer of layers.length ? layers : /** @type {Layer[]} */ (['below', 'roads', 'above'])) this.#due.add(layer);
    this.#frame ||= requestAnimationFrame(now => {
      this.#frame = 0;
      const due = new Set(this.#due);
      this.#due.clear();
      this.#draw(due, now);
    });
  }

  /** @param {Set<Layer>} due @param {number} now */
  #draw(due, now) {
    if (this.#ratio !== (window.devicePixelRatio || 1)) return this.#resize();
    if (due.has('below')) this.#drawBelow(this.#begin('below'), now);
    if (due.has('roads')) this.#drawRoads(this.#begin('roads'));
    if (due.has('above')) this.#drawAbove(this.#begin('above'), now);
    if (this.#former) this.#redraw('below');
    if (this.#motion.moving(now)) this.#redraw('above');
  }

  /** @param {Layer} layer */
  #begin(layer) {
    const context = /** @type {CanvasRenderingContext2D} */ (this.layers.get(layer));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.lineCap = context.lineJoin = 'round';
    this.#toPlane(context);
    return context;
  }

  /** Draw in metres from here on. @param {CanvasRenderingContext2D} context */
  #toPlane(context) {
    const { camera } = this;
    const scale = camera.scale * this.#ratio;
    context.setTransform(scale, 0, 0, scale,
      (camera.width / 2 - camera.x * camera.scale) * this.#ratio, (camera.height / 2 - camera.y * camera.scale) * this.#ratio);
  }

  /** Draw in pixels from here on. @param {CanvasRenderingContext2D} context */
  #toScreen(context) {
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
  }

  /** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {string} colour @param {number} width_px @param {number[]} [dash_px] */
  #stroke(context, path, colour, width_px, dash_px = []) {
    context.strokeStyle = this.#colours[colour];
    context.lineWidth = width_px / this.camera.scale;
    context.setLineDash(dash_px.map(px => px / this.camera.scale));
    context.stroke(path);
  }

  /** The width of a road in pixels, in this zoom. */
  get #road_px() {
    return Math.min(5, Math.max(1.3, this.camera.scale * 9));
  }

  /** @param {CanvasRenderingContext2D} context @param {number} now */
  #drawBelow(context, now) {
    const width_px = this.#road_px + 8;
    if (this.#former) {
      const age = now - this.#former.since;
      context.globalAlpha = 0.4 * (1 - age / FADE_MS);
      if (age >= FADE_MS || this.#reduced.matches) this.#former = null;
      else this.#stroke(context, this.#former.path, 'blocked', width_px - 2, [2, width_px]);
    }
    context.globalAlpha = 0.16;
    this.#stroke(context, this.#behind, 'route', width_px);
    context.globalAlpha = 0.5;
    this.#stroke(context, this.#ahead, 'route', width_px);
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context */
  #drawRoads(context) {
    const px = this.#road_px;
    this.#stroke(context, this.#all, 'road', px);
    this.#stroke(context, this.#clear, 'clear', px + 1);
    this.#stroke(context, this.#blocked, 'blocked', px + 1.6);
    context.lineCap = 'butt';
    this.#stroke(context, this.#closed, 'blocked', px + 2.4, [7, 4]);
    context.lineCap = 'round';
    this.#toScreen(context);
    context.setLineDash([]);
    const arm = Math.min(8, Math.max(4.5, px * 2.4));
    for (const [colour, width] of /** @type {[string, number][]} */ ([['halo', 6], ['blocked', 3]])) {
      context.strokeStyle = this.#colours[colour];
      context.lineWidth = width;
      context.beginPath();
      for (const cross of this.#crosses) {
        const { x, y } = this.camera.toScreen(cross);
        context.moveTo(x - arm, y - arm); context.lineTo(x + arm, y + arm);
        context.moveTo(x - arm, y + arm); context.lineTo(x + arm, y - arm);
      }
      context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {number} now */
  #drawAbove(context, now) {
    const { network, mission } = this;
    if (!network) return;
    for (const [id, alpha] of /** @type {[number | null, number][]} */ ([[this.selected, 0.9], [this.hovered, 0.45]])) {
      const segment = id === null ? undefined : network.segments[id];
      if (!segment) continue;
      const path = new Path2D();
      this.#trace(path, [{ segment: segment.id, from_m: 0, to_m: segment.length_m }]);
      context.globalAlpha = alpha;
      this.#stroke(context, path, 'ink', this.#road_px + 3.5);
      this.#stroke(context, path, 'halo', this.#road_px);
      context.globalAlpha = 1;
    }
    if (!mission) return;
    if (!mission.ended) this.#drawTaskings(context, network, mission, now);
    this.#toScreen(context);
    context.setLineDash([]);
    this.#drawPin(context, this.camera.toScreen(network.project(mission.view.start.position)), 'S', 'Start');
    this.#drawPin(context, this.camera.toScreen(network.project(mission.view.goal.position)), 'G', 'Goal');
    mission.view.uavs.forEach((uav, i) => {
      const at = this.#motion.at(uav.id, now);
      if (at) this.#drawUav(context, this.camera.toScreen(at), `uav-${i % UAV_COLOURS}`, uav.id);
    });
    const ugv = this.#motion.at('ugv', now);
    if (ugv) this.#drawUgv(context, this.camera.toScreen(ugv), ugv.heading);
  }

  /** What each UAV is still to inspect, and how it flies there. @param {CanvasRenderingContext2D} context @param {Network} network @param {Mission} mission @param {number} now */
  #drawTaskings(context, network, mission, now) {
    const indices = new Map(mission.view.uavs.map((uav, i) => [uav.id, i % UAV_COLOURS]));
    for (const { uav, inspections } of mission.plan?.tasking ?? []) {
      const index = indices.get(uav);
      if (index === undefined) continue;
      const flight = new Path2D();
      const inspected = new Path2D();
      let flights = 0;
      /** @type {Point | null} */ let at = this.#motion.at(uav, now);
      for (const { leg } of inspections) {
        // Found since it was planned: the next plan will drop it.
        if (mission.state(leg.segment) !== 'unknown') continue;
        const line = network.line(leg);
        if (at && flights < FLIGHTS && Math.hypot(line[0].x - at.x, line[0].y - at.y) > 1) {
          flight.moveTo(at.x, at.y);
          flight.lineTo(line[0].x, line[0].y);
          flights += 1;
        }
        this.#trace(inspected, [leg]);
        at = line[line.length - 1];
      }
      context.lineCap = 'butt';
      this.#stroke(context, inspected, `uav-${index}`, this.#road_px + 1.5, [9, 5]);
      context.globalAlpha = 0.75;
      this.#stroke(context, flight, `uav-${index}`, 1.3, [3, 4]);
      context.globalAlpha = 1;
      context.lineCap = 'round';
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Point} at @param {string} letter @param {string} label */
  #drawPin(context, { x, y }, letter, label) {
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(x - 3, y - 8, x - 10, y - 11, x - 10, y - 19);
    context.arc(x, y - 19, 10, Math.PI, 0);
    context.bezierCurveTo(x + 10, y - 11, x + 3, y - 8, x, y);
    this.#fill(context, letter === 'G' ? 'ink' : 'halo', letter === 'G' ? 'halo' : 'ink');
    context.fillStyle = this.#colours[letter === 'G' ? 'halo' : 'ink'];
    context.font = '700 12px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(letter, x, y - 18.5);
    this.#label(context, label, x + 14, y - 19);
  }

  /** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} heading */
  #drawUgv(context, { x, y }, heading) {
    context.save();
    context.translate(x, y);
    context.rotate(heading);
    context.beginPath();
    context.moveTo(13, 0); context.lineTo(-8, -9); context.lineTo(-4, 0); context.lineTo(-8, 9);
    context.closePath();
    this.#fill(context, 'route', 'halo');
    context.restore();
    this.#label(context, 'UGV', x + 14, y + 14);
  }

  /** @param {CanvasRenderingContext2D} context @param {Point} at @param {string} colour @param {string} name */
  #drawUav(context, { x, y }, colour, name) {
    for (const [ink, width] of /** @type {[string, number][]} */ ([['halo', 6], [colour, 2.5]])) {
      context.strokeStyle = this.#colours[ink];
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 6, y - 6); context.lineTo(x + 6, y + 6);
      context.moveTo(x - 6, y + 6); context.lineTo(x + 6, y - 6);
      for (const [dx, dy] of [[-7, -7], [7, -7], [7, 7], [-7, 7]]) {
        context.moveTo(x + dx + 4, y + dy);
        context.arc(x + dx, y + dy, 4, 0, 2 * Math.PI);
      }
      context.stroke();
    }
    this.#label(context, name, x + 15, y - 12);
  }

  /** @param {CanvasRenderingContext2D} context @param {string} fill @param {string} edge */
  #fill(context, fill, edge) {
    context.fillStyle = this.#colours[fill];
    context.strokeStyle = this.#colours[edge];
    context.lineWidth = 4;
    context.stroke();
    context.fill();
  }

  /** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y */
  #label(context, text, x, y) {
    context.font = '600 12px system-ui, sans-serif';
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.strokeStyle = this.#colours.halo;
    context.lineWidth = 4;
    context.strokeText(text, x, y);
    context.fillStyle = this.#colours.ink;
    context.fillText(text, x, y);
  }
}
