// The way that the UGV has driven: of each plan's route the part up to where the next plan found it.

import { legsAhead, type Network } from './network';
import type { Leg, PlanView } from './types';
import { routeOf } from './types';

/** So many legs are kept, the latest. */
const MAX_LEGS = 4_000;

export class Trail {
  readonly legs: Leg[] = [];
  #plan: PlanView | null = null;

  constructor(readonly network: Network) {}

  /** Takes in the next plan. */
  take(plan: PlanView) {
    const route = routeOf(this.#plan);
    const { place } = plan.basis.ugv;
    const ahead = route && this.network.has(place.segment) ? legsAhead(this.network, route.legs, place) : null;
    if (route && ahead) {
      const passed = route.legs.length - ahead.length;
      for (const leg of route.legs.slice(0, passed)) this.#drive(leg);
      const [first] = ahead;
      if (first && route.legs[passed]) this.#drive({ ...route.legs[passed], to_m: first.from_m });
    }
    this.#plan = plan;
  }

  #drive(leg: Leg) {
    if (leg.from_m === leg.to_m) return;
    const last = this.legs.at(-1);
    const goesOn = last && last.segment === leg.segment && last.to_m === leg.from_m;
    if (goesOn && Math.sign(last.to_m - last.from_m) === Math.sign(leg.to_m - leg.from_m)) last.to_m = leg.to_m;
    else this.legs.push({ ...leg });
    if (this.legs.length > MAX_LEGS * 1.1) this.legs.splice(0, this.legs.length - MAX_LEGS);
  }
}
