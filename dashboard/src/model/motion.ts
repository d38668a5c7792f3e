// Vehicles between their position updates: each glides to its newest position in about the time the updates are apart.

import type { XY } from './network';

interface Glide {
  from: XY;
  to: XY;
  begun: number;
  lasts: number;
  told: number;
  heading: number;
}

const MIN_MS = 60;
const MAX_MS = 1_500;
/** A jump over more than this is no movement. */
const JUMP_M = 600;

export class Motion {
  readonly #glides = new Map<string, Glide>();

  constructor(
    /** Whether vehicles jump instead, for people whom movement disturbs. */
    readonly still: () => boolean,
  ) {}

  clear() {
    this.#glides.clear();
  }

  /** Forgets the vehicles that are not there any more. */
  keep(there: (vehicle: string) => boolean) {
    for (const vehicle of this.#glides.keys()) if (!there(vehicle)) this.#glides.delete(vehicle);
  }

  /** A vehicle's newest position. `now` is in milliseconds. `exact`: it is there now, without a glide. */
  tell(vehicle: string, to: XY, now: number, exact = false) {
    const before = this.#glides.get(vehicle);
    const from = before ? at(before, now) : to;
    const apart = before ? now - before.told : 0;
    const far = Math.hypot(to.x - from.x, to.y - from.y);
    const jump = exact || !before || this.still() || far > JUMP_M || apart > 4 * MAX_MS;
    const heading = far > (exact ? 0.02 : 0.5) ? Math.atan2(to.y - from.y, to.x - from.x) : (before?.heading ?? 0);
    const lasts = jump ? 0 : Math.min(MAX_MS, Math.max(MIN_MS, apart * 1.1));
    this.#glides.set(vehicle, { from: jump ? to : from, to, begun: now, told: now, heading, lasts });
  }

  /** Where a vehicle is drawn. The heading is in radians, clockwise from east. */
  at(vehicle: string, now: number): (XY & { heading: number }) | null {
    const glide = this.#glides.get(vehicle);
    return glide ? { ...at(glide, now), heading: glide.heading } : null;
  }

  /** Whether any vehicle is on its way. */
  moving(now: number): boolean {
    for (const { begun, lasts } of this.#glides.values()) if (now < begun + lasts) return true;
    return false;
  }
}

function at({ from, to, begun, lasts }: Glide, now: number): XY {
  const t = lasts ? Math.min(1, (now - begun) / lasts) : 1;
  return { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t };
}
