// A road network in a plane: what is where, and what is near.

import type { Leg, LonLat, Place, SegmentCollection } from './types';

/** Metres east and south of the network's middle. */
export interface XY {
  x: number;
  y: number;
}

export interface Segment {
  id: number;
  name: string | null;
  length_m: number;
  oneway: boolean;
  speed_limit_mps: number | null;
  blockage_probability: number;
  /** The polyline's points, and how far along the segment each of them is. */
  xs: Float64Array;
  ys: Float64Array;
  offsets: Float64Array;
}

export const EARTH_RADIUS_M = 6_371_008.8;
export const RADIANS = Math.PI / 180;

export class Network {
  /** By id. */
  readonly segments: Segment[] = [];
  readonly bounds: [west: number, south: number, east: number, north: number];
  readonly #cells = new Map<number, number[]>();
  readonly #middle: LonLat;
  readonly #shrink: number;
  readonly #cell_m: number;

  constructor(
    readonly id: string,
    geojson: SegmentCollection,
  ) {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const feature of geojson.features) {
      for (const [lon, lat] of feature.geometry.coordinates) {
        if (lon < west) west = lon;
        if (lon > east) east = lon;
        if (lat < south) south = lat;
        if (lat > north) north = lat;
      }
    }
    this.bounds = [west, south, east, north];
    this.#middle = { lon: (west + east) / 2, lat: (south + north) / 2 };
    this.#shrink = Math.cos(this.#middle.lat * RADIANS);
    const low = this.project({ lon: west, lat: north });
    const high = this.project({ lon: east, lat: south });
    this.#cell_m = Math.max(20, Math.max(high.x - low.x, high.y - low.y) / 200);
    for (const feature of geojson.features) this.#add(feature);
  }

  #add({ geometry, properties }: SegmentCollection['features'][number]) {
    const { coordinates } = geometry;
    const xs = new Float64Array(coordinates.length);
    const ys = new Float64Array(coordinates.length);
    const offsets = new Float64Array(coordinates.length);
    coordinates.forEach(([lon, lat], i) => {
      const { x, y } = this.project({ lon, lat });
      xs[i] = x;
      ys[i] = y;
      if (i > 0) offsets[i] = offsets[i - 1]! + Math.hypot(x - xs[i - 1]!, y - ys[i - 1]!);
    });
    // The service's plane is the one that counts; ours differs by parts in ten thousand.
    const scale = properties.length_m / (offsets[offsets.length - 1] || 1);
    for (let i = 0; i < offsets.length; i++) offsets[i]! *= scale;
    const { segment: id, name, length_m, oneway, speed_limit_mps, blockage_probability } = properties;
    this.segments[id] = { id, name, length_m, oneway, speed_limit_mps, blockage_probability, xs, ys, offsets };
    const seen = new Set<number>();
    for (let i = 1; i < xs.length; i++) {
      const [x, y, dx, dy] = [xs[i - 1]!, ys[i - 1]!, xs[i]! - xs[i - 1]!, ys[i]! - ys[i - 1]!];
      const steps = Math.ceil(Math.hypot(dx, dy) / (this.#cell_m / 2)) || 1;
      for (let k = 0; k <= steps; k++) seen.add(this.#key(x + (dx * k) / steps, y + (dy * k) / steps));
    }
    for (const key of seen) {
      const cell = this.#cells.get(key);
      if (cell) cell.push(id);
      else this.#cells.set(key, [id]);
    }
  }

  #key(x: number, y: number): number {
    return (Math.floor(x / this.#cell_m) + 5_000) * 10_000 + Math.floor(y / this.#cell_m) + 5_000;
  }

  project({ lon, lat }: LonLat): XY {
    return {
      x: (lon - this.#middle.lon) * RADIANS * EARTH_RADIUS_M * this.#shrink,
      y: (this.#middle.lat - lat) * RADIANS * EARTH_RADIUS_M,
    };
  }

  unproject({ x, y }: XY): LonLat {
    return {
      lon: this.#middle.lon + x / (RADIANS * EARTH_RADIUS_M * this.#shrink),
      lat: this.#middle.lat - y / (RADIANS * EARTH_RADIUS_M),
    };
  }

  /** Whether the network has such a segment. */
  has(segment: number): boolean {
    return this.segments[segment] !== undefined;
  }

  pointAt({ segment, offset_m }: Place): XY {
    const { xs, ys, offsets } = this.segments[segment]!;
    let i = 1;
    while (i < offsets.length - 1 && offsets[i]! < offset_m) i++;
    const piece_m = offsets[i]! - offsets[i - 1]!;
    const t = piece_m > 0 ? Math.min(1, Math.max(0, (offset_m - offsets[i - 1]!) / piece_m)) : 0;
    return { x: xs[i - 1]! + (xs[i]! - xs[i - 1]!) * t, y: ys[i - 1]! + (ys[i]! - ys[i - 1]!) * t };
  }

  /** The points that a leg passes. */
  line({ segment, from_m, to_m }: Leg): XY[] {
    const { xs, ys, offsets } = this.segments[segment]!;
    const [low, high] = [Math.min(from_m, to_m), Math.max(from_m, to_m)];
    const points = [this.pointAt({ segment, offset_m: low })];
    for (let i = 0; i < offsets.length; i++) {
      if (offsets[i]! > low && offsets[i]! < high) points.push({ x: xs[i]!, y: ys[i]! });
    }
    points.push(this.pointAt({ segment, offset_m: high }));
    return to_m < from_m ? points.reverse() : points;
  }

  /** The segment nearest to a point, none if all are farther than `limit_m`; of equally near ones the lowest id. */
  nearest(at: XY, limit_m: number): Segment | null {
    const reach = Math.ceil(limit_m / this.#cell_m);
    if (reach > 40) return null;
    const near = new Set<number>();
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j <= reach; j++) {
        for (const id of this.#cells.get(this.#key(at.x + i * this.#cell_m, at.y + j * this.#cell_m)) ?? []) {
          near.add(id);
        }
      }
    }
    let best: Segment | null = null;
    let least_m = limit_m;
    for (const id of [...near].sort((a, b) => a - b)) {
      const segment = this.segments[id]!;
      const distance_m = distanceTo(at, segment);
      if (distance_m < least_m) [best, least_m] = [segment, distance_m];
    }
    return best;
  }

  /** By number, or else the first whose name contains the text. */
  find(text: string): Segment | undefined {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return undefined;
    if (/^\d+$/.test(wanted)) return this.segments[Number(wanted)];
    return this.segments.find(segment => segment?.name?.toLowerCase().includes(wanted));
  }

  /** "Segment 214 (North Bridge)" */
  label(id: number): string {
    const name = this.segments[id]?.name;
    return name ? `Segment ${id} (${name})` : `Segment ${id}`;
  }
}

function distanceTo(at: XY, { xs, ys }: Segment): number {
  let least = Infinity;
  for (let i = 1; i < xs.length; i++) {
    const [x, y, dx, dy] = [xs[i - 1]!, ys[i - 1]!, xs[i]! - xs[i - 1]!, ys[i]! - ys[i - 1]!];
    const square = dx * dx + dy * dy;
    const t = square ? Math.min(1, Math.max(0, ((at.x - x) * dx + (at.y - y) * dy) / square)) : 0;
    least = Math.min(least, Math.hypot(at.x - x - dx * t, at.y - y - dy * t));
  }
  return least;
}

/** The distance of a place that counts as being on a route: rounding, and junctions that belong to several segments. */
const ON_ROUTE_M = 1;

/** The part of a route that is ahead of a place on it; null if the place is not on it. */
export function legsAhead(network: Network, legs: Leg[], place: Place): Leg[] | null {
  const { segment, offset_m } = place;
  for (const [i, leg] of legs.entries()) {
    const [low, high] = [Math.min(leg.from_m, leg.to_m), Math.max(leg.from_m, leg.to_m)];
    if (leg.segment === segment && offset_m >= low - ON_ROUTE_M && offset_m <= high + ON_ROUTE_M) {
      return [{ segment, from_m: Math.min(high, Math.max(low, offset_m)), to_m: leg.to_m }, ...legs.slice(i + 1)];
    }
  }
  const at = network.pointAt(place);
  const meets = (leg: Leg, offset: number) => {
    const end = network.pointAt({ segment: leg.segment, offset_m: offset });
    return Math.hypot(end.x - at.x, end.y - at.y) <= ON_ROUTE_M;
  };
  for (const [i, leg] of legs.entries()) {
    if (meets(leg, leg.from_m)) return legs.slice(i);
    if (meets(leg, leg.to_m)) return legs.slice(i + 1);
  }
  return null;
}

export function length_m(legs: Leg[]): number {
  return legs.reduce((sum, leg) => sum + Math.abs(leg.to_m - leg.from_m), 0);
}

/** The place so many metres along legs; their end if they are shorter. */
export function alongLegs(legs: Leg[], driven_m: number): Place | null {
  let left_m = Math.max(0, driven_m);
  for (const { segment, from_m, to_m } of legs) {
    const leg_m = Math.abs(to_m - from_m);
    if (left_m <= leg_m) return { segment, offset_m: from_m + Math.sign(to_m - from_m) * left_m };
    left_m -= leg_m;
  }
  const last = legs.at(-1);
  return last ? { segment: last.segment, offset_m: last.to_m } : null;
}
