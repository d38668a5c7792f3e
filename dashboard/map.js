// The map: three canvases over each other, each drawn anew only when something on it changes.
//   below  the UGV's route as a broad band, the one before fading out
//   roads  all segments with what is known of them
//   above  taskings, start and goal, vehicles, the selected segment

import { Camera } from './camera.js';
import { Motion } from './motion.js';
import { blockageOffset_m, stateOf } from './mission.js';
import { legsAhead } from './network.js';
import { drawLabel, drawPin, drawUav, drawUgv } from './symbols.js';

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
/** Networks of more segments than this are not drawn anew in every frame of a gesture, but moved as a picture. */
const MANY_SEGMENTS = 2_000;
/** A gesture is over when nothing has moved for so long; in a long one the picture is drawn anew after so long. */
const STILL_MS = 100;
const STALE_MS = 700;
/** Flights between inspections are drawn for so many a UAV: the rest would hide the map. */
const FLIGHTS = 4;

export class MapView {
  /** @type {Network | null} */ network = null;
  /** @type {Mission | null} */ mission = null;
  /** @type {number | null} */ hovered = null;
  /** @type {number | null} */ selected = null;
  /** All roads in the detail of a zoom, the power of two below the scale. */ #all = { level: NaN, path: new Path2D() };
  #clear = new Path2D();
  #blocked = new Path2D();
  #closed = new Path2D();
  /** @type {Point[]} */ #crosses = [];
  #ahead = new Path2D();
  #behind = new Path2D();
  #critical = new Path2D();
  /** @type {{ path: Path2D, since: number } | null} */ #former = null;
  /** @type {number | null} the plan whose route is drawn */ #planSeq = null;
  /** The camera as the roads were last drawn, and when. */ #pictured = { x: 0, y: 0, scale: 1, at: 0 };
  #turnedAt = 0;
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
    this.camera = new Camera(() => {
      this.#turnedAt = performance.now();
      this.#redraw();
    });
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
    const names = ['ground', 'ink', 'halo', 'road', 'clear', 'blocked', 'route', 'critical', 'accent'];
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
      this.#all.level = NaN;
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

  /** All roads, without points that are less than a pixel from the one before: they cost much and show nothing. */
  #roads() {
    const level = Math.floor(Math.log2(this.camera.scale));
    if (this.#all.level === level) return this.#all.path;
    const path = new Path2D();
    const least_m = 0.5 / 2 ** level;
    for (const { xs, ys } of this.network?.segments ?? []) {
      let [x, y] = [xs[0], ys[0]];
      path.moveTo(x, y);
      for (let i = 1; i < xs.length; i++) {
        if (i < xs.length - 1 && Math.abs(xs[i] - x) + Math.abs(ys[i] - y) < least_m) continue;
        [x, y] = [xs[i], ys[i]];
        path.lineTo(x, y);
      }
    }
    this.#all = { level, path };
    return path;
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

  /** The segments on which most depends. @param {number[]} segments */
  showCritical(segments) {
    this.#critical = new Path2D();
    for (const id of segments) {
      const segment = this.network?.segments[id];
      if (segment) this.#trace(this.#critical, [{ segment: id, from_m: 0, to_m: segment.length_m }]);
    }
    this.#redraw('below');
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
    if (due.has('roads')) this.#roadsDue(now);
    if (due.has('above')) this.#drawAbove(this.#begin('above'), now);
    if (this.#former) this.#redraw('below');
    if (this.#motion.moving(now)) this.#redraw('above');
  }

  /** Draws the roads, or in the midst of a gesture moves what was drawn of them. @param {number} now */
  #roadsDue(now) {
    const { camera } = this;
    const { canvas } = /** @type {CanvasRenderingContext2D} */ (this.layers.get('roads'));
    const { x, y, scale, at } = this.#pictured;
    if ((this.network?.segments.length ?? 0) > MANY_SEGMENTS && now - this.#turnedAt < STILL_MS && now - at < STALE_MS) {
      const left = camera.width / 2 + (x - camera.x) * camera.scale - camera.width / 2 * camera.scale / scale;
      const top = camera.height / 2 + (y - camera.y) * camera.scale - camera.height / 2 * camera.scale / scale;
      canvas.style.transform = `translate(${left}px, ${top}px) scale(${camera.scale / scale})`;
      return this.#redraw('roads');
    }
    canvas.style.transform = '';
    this.#pictured = { x: camera.x, y: camera.y, scale: camera.scale, at: now };
    this.#drawRoads(this.#begin('roads'));
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
    // On top of the route's band, of which most of them are part, and within it.
    this.#stroke(context, this.#critical, 'critical', width_px - 3);
  }

  /** @param {CanvasRenderingContext2D} context */
  #drawRoads(context) {
    const px = this.#road_px;
    // Round joins are dear where there are thousands, and not to be seen on thin lines.
    if (px < 3) [context.lineCap, context.lineJoin] = ['butt', 'bevel'];
    this.#stroke(context, this.#roads(), 'road', px);
    context.lineCap = context.lineJoin = 'round';
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
    drawPin(context, this.#colours, this.camera.toScreen(network.project(mission.view.start.position)), 'S', 'Start');
    drawPin(context, this.#colours, this.camera.toScreen(network.project(mission.view.goal.position)), 'G', 'Goal');
    /** @type {[string, number, number][]} names over all drawings */ const labels = [];
    mission.view.uavs.forEach((uav, i) => {
      const at = this.#motion.at(uav.id, now);
      if (!at) return;
      const { x, y } = this.camera.toScreen(at);
      drawUav(context, this.#colours, { x, y }, `uav-${i % UAV_COLOURS}`);
      labels.push([uav.id, x + 15, y - 12]);
    });
    const ugv = this.#motion.at('ugv', now);
    if (ugv) {
      const { x, y } = this.camera.toScreen(ugv);
      drawUgv(context, this.#colours, { x, y }, ugv.heading);
      labels.push(['UGV', x + 14, y + 14]);
    }
    for (const label of labels) drawLabel(context, this.#colours, ...label);
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
}
