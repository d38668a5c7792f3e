// The network's plane, in which plans have the drones' points: east-north-up about an origin that the API does not name. A
// mission's settings have a drone's start both ways, and about that the plane is told apart from longitude and latitude by
// the Earth's radii there.

import { RADIANS } from './network';
import type { LonLat, Point } from './types';

/** WGS 84. */
const SEMI_MAJOR_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.00669437999014;

export class Plane {
  readonly #lonPerM: number;
  readonly #latPerM: number;

  constructor(
    readonly lonLat: LonLat,
    readonly point: Point,
  ) {
    const w = 1 - ECCENTRICITY_SQUARED * Math.sin(lonLat.lat * RADIANS) ** 2;
    this.#latPerM = (w * Math.sqrt(w)) / (SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) * RADIANS);
    this.#lonPerM = Math.sqrt(w) / (SEMI_MAJOR_M * Math.cos(lonLat.lat * RADIANS) * RADIANS);
  }

  lonLatOf({ x_m, y_m }: Point): LonLat {
    return {
      lon: this.lonLat.lon + (x_m - this.point.x_m) * this.#lonPerM,
      lat: this.lonLat.lat + (y_m - this.point.y_m) * this.#latPerM,
    };
  }
}
