// A road network in a plane: what is where, and what is near.

/** @typedef {import('./api.js').LonLat} LonLat
 *  @typedef {import('./api.js').Leg} Leg
 *  @typedef {import('./api.js').Place} Place
 *  @typedef {{ x: number, y: number }} Point metres east and south of the network's middle
 *  @typedef {{ id: number, name: string | null, length_m: number, oneway: boolean, speed_limit_mps: number | null,
 *              xs: Float64Array, ys: Float64Array, offsets: Float64Array }} Segment
 */

const EARTH_RADIUS_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

export class Network {
  /** @type {Segment[]} by id */ segments = [];
  /** @type {Map<number, number[]>} ids of segments with a piece in the cell */ #cells = new Map();

  /** @param {string} id @param {any} geojson a feature collection of LineStrings */
  constructor(id, geojson) {
    this.id = id;
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const feature of geojson.features) {
      for (const [lon, lat] of feature.geometry.coordinates) {
        west = Math.min(west, lon); east = Math.max(east, lon);
        south = Math.min(south, lat); north = Math.max(north, lat);
      }
    }
    this.#middle = { lon: (west + east) / 2, lat: (south + north) / 2 };
    this.#shrink = Math.cos(this.#middle.lat * RADIANS);
    const [low, high] = [this.project({ lon: west, lat: north }), this.project({ lon: east, lat: south })];
    this.box = { left: low.x, top: low.y, right: high.x, bottom: high.y };
    this.#cell_m = Math.max(20, Math.max(high.x - low.x, high.y - low.y) / 200);
    for (const feature of geojson.features) this.#add(feature);
  }

  /** @type {LonLat} */ #middle;
  /** @type {number} */ #shrink;
  /** @type {number} */ #cell_m;

  /** @param {any} feature */
  #add({ geometry, properties }) {
    const points = geometry.coordinates.map((/** @type {number[]} */ [lon, lat]) => this.project({ lon, lat }));
    const xs = Float64Array.from(points, (/** @type {Point} */ p) => p.x);
    const ys = Float64Array.from(points, (/** @type {Point} */ p) => p.y);
    const offsets = new Float64Array(points.length);
    for (let i = 1; i < xs.length; i++) offsets[i] = offsets[i - 1] + Math.hypot(xs[i] - xs[i - 1], ys[i] - ys[i - 1]);
    // The service's plane is the one that counts; ours differs by parts in ten thousand.
    const scale = properties.length_m / (offsets[offsets.length - 1] || 1);
    for (let i = 0; i < offsets.length; i++) offsets[i] *= scale;
    const { segment: id, name, length_m, oneway, speed_limit_mps } = properties;
    this.segments[id] = { id, name, length_m, oneway, speed_limit_mps, xs, ys, offsets };
    const seen = new Set();
    for (let i = 1; i < xs.length; i++) {
      const steps = Math.ceil(Math.hypot(xs[i] - xs[i - 1], ys[i] - ys[i - 1]) / (this.#cell_m / 2)) || 1;
      for (let k = 0; k <= steps; k++) {
        seen.add(this.#key(xs[i - 1] + (xs[i] - xs[i - 1]) * k / steps, ys[i - 1] + (ys[i] - ys[i - 1]) * k / steps));
      }
    }
    for (const key of seen) {
      const cell = this.#cells.get(key);
      if (cell) cell.push(id); else this.#cells.set(key, [id]);
    }
  }

  /** @param {number} x @param {number} y */
  #key(x, y) {
    return (Math.floor(x / this.#cell_m) + 5_000) * 10_000 + Math.floor(y / this.#cell_m) + 5_000;
  }

  /** @param {LonLat} at @returns {Point} */
  project({ lon, lat }) {
    return {
      x: (lon - this.#middle.lon) * RADIANS * EARTH_RADIUS_M * this.#shrink,
      y: (this.#middle.lat - lat) * RADIANS * EARTH_RADIUS_M,
    };
  }

  /** @param {Place} place @returns {Point} */
  pointAt({ segment, offset_m }) {
    const { xs, ys, offsets } = this.segments[segment];
    let i = 1;
    while (i < offsets.length - 1 && offsets[i] < offset_m) i++;
    const piece_m = offsets[i] - offsets[i - 1];
    const t = piece_m > 0 ? Math.min(1, Math.max(0, (offset_m - offsets[i - 1]) / piece_m)) : 0;
    return { x: xs[i - 1] + (xs[i] - xs[i - 1]) * t, y: ys[i - 1] + (ys[i] - ys[i - 1]) * t };
  }

  /** The points that a leg passes. @param {Leg} leg @returns {Point[]} */
  line({ segment, from_m, to_m }) {
    const { xs, ys, offsets } = this.segments[segment];
    const [low, high] = [Math.min(from_m, to_m), Math.max(from_m, to_m)];
    const points = [this.pointAt({ segment, offset_m: low })];
    for (let i = 0; i < offsets.length; i++) if (offsets[i] > low && offsets[i] < high) points.push({ x: xs[i], y: ys[i] });
    points.push(this.pointAt({ segment, offset_m: high }));
    return to_m < from_m ? points.reverse() : points;
  }

  /**
   * The segment nearest to a point, none if all are farther than `limit_m`; of equally near ones the lowest id.
   * @param {Point} at @param {number} limit_m @returns {Segment | null}
   */
  nearest(at, limit_m) {
    const reach = Math.ceil(limit_m / this.#cell_m);
    if (reach > 40) return null;
    /** @type {Set<number>} */ const near = new Set();
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        for (const id of this.#cells.get(this.#key(at.x + i * this.#cell_m, at.y + j * this.#cell_m)) ?? []) near.add(id);
      }
    }
    let [best, least_m] = [/** @type {Segment | null} */ (null), limit_m];
    for (const id of [...near].sort((a, b) => a - b)) {
      const distance_m = this.distance_m(at, this.segments[id]);
      if (distance_m < least_m) [best, least_m] = [this.segments[id], distance_m];
    }
    return best;
  }

  /** @param {Point} at @param {Segment} segment */
  distance_m(at, { xs, ys }) {
    let least = Infinity;
    for (let i = 1; i < xs.length; i++) {
      const [dx, dy] = [xs[i] - xs[i - 1], ys[i] - ys[i - 1]];
      const square = dx * dx + dy * dy;
      const t = square ? Math.min(1, Math.max(0, ((at.x - xs[i - 1]) * dx + (at.y - ys[i - 1]) * dy) / square)) : 0;
      least = Math.min(least, Math.hypot(at.x - xs[i - 1] - dx * t, at.y - ys[i - 1] - dy * t));
    }
    return least;
  }

  /** By number, or else the first whose name contains the text. @param {string} text @returns {Segment | undefined} */
  find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return undefined;
    if (/^\d+$/.test(wanted)) return this.segments[Number(wanted)];
    return this.segments.find(segment => segment.name?.toLowerCase().includes(wanted));
  }

  /** "Segment 214 (North Bridge)" @param {number} id */
  label(id) {
    const name = this.segments[id]?.name;
    return name ? `Segment ${id} (${name})` : `Segment ${id}`;
  }
}

/** The distance of a place that counts as being on a route: rounding, and junctions that belong to several segments. */
const ON_ROUTE_M = 1;

/**
 * The part of a route that is ahead of a place on it; null if the place is not on it.
 * @param {Network} network @param {Leg[]} legs @param {Place} place @returns {Leg[] | null}
 */
export function legsAhead(network, legs, place) {
  const { segment, offset_m } = place;
  for (let i = 0; i < legs.length; i++) {
    const leg = legs[i];
    const [low, high] = [Math.min(leg.from_m, leg.to_m), Math.max(leg.from_m, leg.to_m)];
    if (leg.segment === segment && offset_m >= low - ON_ROUTE_M && offset_m <= high + ON_ROUTE_M) {
      return [{ segment, from_m: Math.min(high, Math.max(low, offset_m)), to_m: leg.to_m }, ...legs.slice(i + 1)];
    }
  }
  const at = network.pointAt(place);
  const meets = (/** @type {Leg} */ leg, /** @type {number} */ end_m) => {
    const end = network.pointAt({ segment: leg.segment, offset_m: end_m });
    return Math.hypot(end.x - at.x, end.y - at.y) <= ON_ROUTE_M;
  };
  for (let i = 0; i < legs.length; i++) {
    if (meets(legs[i], legs[i].from_m)) return legs.slice(i);
    if (meets(legs[i], legs[i].to_m)) return legs.slice(i + 1);
  }
  return null;
}

/** @param {Leg[]} legs */
export const length_m = legs => legs.reduce((sum, leg) => sum + Math.abs(leg.to_m - leg.from_m), 0);
