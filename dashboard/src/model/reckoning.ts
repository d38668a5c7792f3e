// Where vehicles were at a moment of the past. Positions are no part of the log, but each plan has those it was made from,
// and says what the vehicles do next: so between two plans they move as planned, at the pace that brings them to where the
// next plan found them.

import { alongLegs, legsAhead, length_m, type Network, type XY } from './network';
import type { Plane } from './plane';
import type { Inspection, Place, PlanView, PositionView } from './types';
import { routeOf } from './types';

/** A plan, the one after it, and the times of both in milliseconds. */
export interface Stretch {
  plan: PlanView;
  begins: number;
  next: PlanView | null;
  ends: number | null;
}

/** A line in the plane that a vehicle follows, with the distance of each of its points. */
interface Track {
  points: XY[];
  distances: number[];
}

export class Reckoning {
  readonly #tracks = new Map<string, Track>();
  /** How many times faster than planned the UGV went. Demonstrations are faster than the clock. */
  readonly #pace: number;
  readonly #driven_m: number | null;

  constructor(
    readonly network: Network,
    readonly plane: Plane | null,
    readonly stretch: Stretch,
    pace: number,
  ) {
    this.#driven_m = this.#drivenUntilNext();
    const { plan, begins, ends } = stretch;
    const lasts_s = ends === null ? 0 : (ends - begins) / 1000;
    const planned_m = plan.basis.ugv.speed_mps * lasts_s;
    // A short stretch says little about the pace.
    this.#pace = this.#driven_m !== null && lasts_s > 0.5 ? this.#driven_m / planned_m : pace;
  }

  get pace(): number {
    return this.#pace;
  }

  #drivenUntilNext(): number | null {
    const { plan, next } = this.stretch;
    const route = routeOf(plan);
    if (!route || !next) return null;
    const ahead = legsAhead(this.network, route.legs, next.basis.ugv.place);
    return ahead ? Math.max(0, length_m(route.legs) - length_m(ahead)) : null;
  }

  /** All vehicles at a time in milliseconds. */
  at(time: number): PositionView[] {
    const { plan, begins, next, ends } = this.stretch;
    const elapsed_s = Math.max(0, (time - begins) / 1000);
    const share = ends !== null && ends > begins ? Math.min(1, (time - begins) / (ends - begins)) : null;
    const observed_at = new Date(time).toISOString();
    const place = this.#ugv(elapsed_s, share);
    const found: PositionView[] = [
      { vehicle: 'ugv', observed_at, position: this.network.unproject(this.network.pointAt(place)), ...place },
    ];
    if (!this.plane) return found;
    for (const uav of plan.basis.uavs) {
      const track = this.#track(uav.id);
      if (!track) continue;
      const after = next?.basis.uavs.find(({ id }) => id === uav.id);
      const metres = (s: number) => uav.speed_mps * s * this.#pace;
      const at = onTrack(track, metres(elapsed_s));
      if (after && share !== null && ends !== null) {
        // What is left of a difference at the end is made up for on the way.
        const planned = onTrack(track, metres((ends - begins) / 1000));
        const found = this.network.project(this.plane.lonLatOf(after.point));
        at.x += (found.x - planned.x) * share;
        at.y += (found.y - planned.y) * share;
      }
      found.push({ vehicle: uav.id, observed_at, position: this.network.unproject(at) });
    }
    return found;
  }

  #ugv(elapsed_s: number, share: number | null): Place {
    const { plan, next } = this.stretch;
    const { place, speed_mps } = plan.basis.ugv;
    const legs = routeOf(plan)?.legs ?? [];
    if (this.#driven_m !== null && share !== null) return alongLegs(legs, this.#driven_m * share) ?? place;
    if (next) return place;
    return alongLegs(legs, speed_mps * elapsed_s * this.#pace) ?? place;
  }

  #track(id: string): Track | null {
    const held = this.#tracks.get(id);
    if (held) return held;
    const uav = this.stretch.plan.basis.uavs.find(it => it.id === id);
    if (!uav || !this.plane) return null;
    const inspections = this.stretch.plan.tasking.find(it => it.uav === id)?.inspections ?? [];
    const points = [this.network.project(this.plane.lonLatOf(uav.point)), ...this.#flown(inspections)];
    const distances = [0];
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1]!, points[i]!];
      distances.push(distances[i - 1]! + Math.hypot(b.x - a.x, b.y - a.y));
    }
    const track = { points, distances };
    this.#tracks.set(id, track);
    return track;
  }

  #flown(inspections: Inspection[]): XY[] {
    return inspections.flatMap(({ leg }) => (this.network.has(leg.segment) ? this.network.line(leg) : []));
  }
}

function onTrack({ points, distances }: Track, metres: number): XY {
  let i = 1;
  while (i < distances.length - 1 && distances[i]! < metres) i++;
  const [a, b] = [points[i - 1]!, points[i] ?? points[i - 1]!];
  const piece_m = (distances[i] ?? 0) - distances[i - 1]!;
  const t = piece_m > 0 ? Math.min(1, Math.max(0, (metres - distances[i - 1]!) / piece_m)) : 0;
  return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
}
