// Vehicles between their position updates: each glides to its newest position in about the time the updates are apart.

/** @typedef {import('./network.js').Point} Point
 *  @typedef {{ from: Point, to: Point, begun: number, lasts: number, told: number, heading: number }} Glide
 */

const MIN_MS = 120;
const MAX_MS = 1_500;
/** A jump over more than this is no movement. */
const JUMP_M = 600;

export class Motion {
  /** @type {Map<string, Glide>} */ #glides = new Map();
  #still = matchMedia('(prefers-reduced-motion: reduce)');

  clear() {
    this.#glides.clear();
  }

  /** Forgets the vehicles that are not there any more. @param {(vehicle: string) => boolean} there */
  keep(there) {
    for (const vehicle of this.#glides.keys()) if (!there(vehicle)) this.#glides.delete(vehicle);
  }

  /** @param {string} vehicle @param {Point} to @param {number} now */
  tell(vehicle, to, now) {
    const before = this.#glides.get(vehicle);
    const from = before ? this.#at(before, now) : to;
    const apart = before ? now - before.told : 0;
    const far = Math.hypot(to.x - from.x, to.y - from.y);
    const jump = !before || this.#still.matches || far > JUMP_M || apart > 4 * MAX_MS;
    const heading = far > 0.5 ? Math.atan2(to.y - from.y, to.x - from.x) : before?.heading ?? 0;
    this.#glides.set(vehicle, {
      from: jump ? to : from, to, begun: now, told: now, heading,
      lasts: jump ? 0 : Math.min(MAX_MS, Math.max(MIN_MS, apart * 1.1)),
    });
  }

  /** @param {string} vehicle @param {number} now @returns {(Point & { heading: number }) | null} */
  at(vehicle, now) {
    const glide = this.#glides.get(vehicle);
    return glide ? { ...this.#at(glide, now), heading: glide.heading } : null;
  }

  /** Whether any vehicle is on its way. @param {number} now */
  moving(now) {
    for (const { begun, lasts } of this.#glides.values()) if (now < begun + lasts) return true;
    return false;
  }

  /** @param {Glide} glide @param {number} now @returns {Point} */
  #at({ from, to, begun, lasts }, now) {
    const t = lasts ? Math.min(1, (now - begun) / lasts) : 1;
    return { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t };
  }
}
