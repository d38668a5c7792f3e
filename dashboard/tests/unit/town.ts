// A small network and the events of a mission on it.

import { Network } from '../../src/model/network';
import type { Leg, MissionEvent, MissionView, SegmentCollection, SnapshotView } from '../../src/model/types';

/** Metres to degrees, roughly, at 50° north. */
const at = (x: number, y: number): [number, number] => [8 + x / 71_600, 50 + y / 111_200];

/** A line of three segments of about 1,000 m from west to east, and a way round the middle one in the north. */
export function town(): Network {
  const lines: [string, [number, number][]][] = [
    ['West Road', [at(0, 0), at(1000, 0)]],
    ['Bridge', [at(1000, 0), at(2000, 0)]],
    ['East Road', [at(2000, 0), at(3000, 0)]],
    ['Detour', [at(1000, 0), at(1500, 400), at(2000, 0)]],
  ];
  const geojson: SegmentCollection = {
    features: lines.map(([name, coordinates], segment) => ({
      geometry: { coordinates },
      properties: {
        segment,
        name,
        length_m: segment === 3 ? 1281 : 1000,
        oneway: false,
        speed_limit_mps: null,
        blockage_probability: 0.1,
      },
    })),
  };
  return new Network('town', geojson);
}

export const leg = (segment: number, from_m: number, to_m: number): Leg => ({ segment, from_m, to_m });
export const STRAIGHT = [leg(0, 0, 1000), leg(1, 0, 1000), leg(2, 0, 1000)];
export const ROUND = (from_m: number) => [leg(0, from_m, 1000), leg(3, 0, 1281), leg(2, 0, 1000)];

const lonLat = (x: number, y: number) => {
  const [lon, lat] = at(x, y);
  return { lon, lat };
};
const STRATEGY = { name: 'shortest_path', parameters: {} };

/** A time so many seconds into the mission. */
export const time = (s: number) => new Date(Date.UTC(2026, 4, 4, 9, 0, 0) + s * 1000).toISOString();

export function view(): MissionView {
  return {
    id: '01938a6e-0000-7000-8000-000000000001',
    name: 'test',
    network_id: 'town',
    status: 'active',
    version: 1,
    seq: 1,
    revision: 0,
    seed: 0,
    created_at: time(0),
    changed_at: time(0),
    start: { segment: 0, offset_m: 0, position: lonLat(0, 0), snapped_m: 0 },
    goal: { segment: 2, offset_m: 1000, position: lonLat(3000, 0), snapped_m: 0 },
    goals: [{ segment: 2, offset_m: 1000, position: lonLat(3000, 0), snapped_m: 0 }],
    waypoints: [],
    waypoints_visited: 0,
    ugv_speed_mps: 10,
    uavs: [{ id: 'uav-1', speed_mps: 20, start: lonLat(0, 0) }],
    strategy: STRATEGY,
  };
}

export function snapshot(): SnapshotView {
  return {
    seq: 1,
    reason: 'connected',
    mission: view(),
    knowledge: { revision: 0, segments: [], closures: [] },
    positions: [],
  };
}

/** Events with numbers and times. */
export class LogOf {
  readonly events: MissionEvent[] = [];
  #revision = 0;

  add(s: number, event: Pick<MissionEvent, 'kind' | 'body'>, news = false): MissionEvent {
    if (news) this.#revision += 1;
    const seq = this.events.length + 1;
    const whole = { ...event, seq, revision: this.#revision, recorded_at: time(s) } as MissionEvent;
    this.events.push(whole);
    return whole;
  }

  created(): MissionEvent {
    const { start, goal } = view();
    const body = {
      name: 'test',
      network: 'town',
      segment_count: 4,
      seed: 0,
      start: { segment: 0, offset_m: 0, lon_lat: start.position, snapped_m: 0 },
      goal: { segment: 2, offset_m: 1000, lon_lat: goal.position, snapped_m: 0 },
      ugv: { speed_mps: 10 },
      uavs: [{ id: 'uav-1', speed_mps: 20, start: { lon_lat: start.position, point: { x_m: 0, y_m: 0 } } }],
      strategy: STRATEGY,
    };
    return this.add(0, { kind: 'mission_created', body });
  }

  report(s: number, segment: number, finding: 'clear' | 'blocked', observed = s): MissionEvent {
    const id = `01938a6e-0000-7000-8000-${String(this.events.length).padStart(12, '0')}`;
    const body = {
      id,
      segment,
      finding,
      observed_at: time(observed),
      reported_by: 'uav-1',
      confidence: 1,
      blockage_offset_m: finding === 'blocked' ? 400 : null,
    };
    return this.add(s, { kind: 'report', body }, true);
  }

  plan(s: number, legs: Leg[] | null, offset_m: number, uav_x_m = 0, provisional = false): MissionEvent {
    const length_m = (legs ?? []).reduce((sum, it) => sum + Math.abs(it.to_m - it.from_m), 0);
    const outcome = legs
      ? { outcome: 'route' as const, route: { legs, length_m, duration_s: length_m / 10 } }
      : { outcome: 'no_way' as const, reason: 'every way is blocked' };
    const inspection = { leg: leg(2, 0, 1000), begins_s: 0, ends_s: 1 };
    const body = {
      basis: {
        seq: this.events.length,
        revision: this.#revision,
        seed: 0,
        strategy: STRATEGY,
        goal: { segment: 2, offset_m: 1000 },
        ugv: { place: { segment: 0, offset_m }, speed_mps: 10 },
        uavs: [{ id: 'uav-1', point: { x_m: uav_x_m, y_m: 0 }, speed_mps: 20 }],
      },
      provisional,
      tasking: [{ uav: 'uav-1', inspections: [inspection] }],
      ...outcome,
    };
    return this.add(s, { kind: 'plan', body });
  }
}
