// A mission's state as a fold of a snapshot and the events after it, by the same rules as the service's.

import type { Trail } from './trail';
import type {
  Closure,
  ClosureView,
  MissionChange,
  MissionEvent,
  MissionSettings,
  MissionView,
  PlanView,
  PositionView,
  Report,
  SegmentState,
  SnapshotView,
} from './types';
import { segmentsOf } from './types';

export interface Known {
  observation?: Report | undefined;
  closed_by: Set<string>;
  reopened_at?: string | undefined;
}

export type Closing = Pick<ClosureView, 'reason' | 'closed_by' | 'expires_at'>;

/** Microseconds since 1970, whatever number of digits the text has. */
export function micros(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return Date.parse(time.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

export function stateOf(known: Known | undefined): SegmentState {
  if (!known) return 'unknown';
  if (known.closed_by.size) return 'blocked';
  if (!known.observation) return 'unknown';
  if (known.observation.finding === 'clear') return 'clear';
  const isVoid = known.reopened_at && micros(known.observation.observed_at) <= micros(known.reopened_at);
  return isVoid ? 'unknown' : 'blocked';
}

/** Where a blocked segment is blocked, when the point is known. */
export function blockageOffset(known: Known | undefined): number | null {
  if (!known || known.closed_by.size || stateOf(known) !== 'blocked') return null;
  return known.observation?.blockage_offset_m ?? null;
}

/** Whether `a` counts rather than `b`. */
function outranks(a: Report, b: Report): boolean {
  const [x, y] = [micros(a.observed_at), micros(b.observed_at)];
  if (x !== y) return x > y;
  if (a.finding !== b.finding) return a.finding === 'blocked';
  return a.id > b.id;
}

/** What an event changed, for those who draw it. */
export type Changed =
  | { what: 'nothing' }
  | { what: 'gap' }
  | { what: 'knowledge'; segments: Iterable<number> }
  | { what: 'plan' }
  | { what: 'mission' };

export class Mission {
  /** Of the segments that anything was ever said about. */
  readonly known = new Map<number, Known>();
  /** Closings in force. */
  readonly closings = new Map<string, Closing>();
  readonly positions = new Map<string, PositionView>();
  plan: PlanView | null;
  /** The way driven so far, where somebody keeps it. */
  trail: Trail | null = null;
  view: MissionView;
  seq: number;
  revision: number;
  /** How many segments are known to be in a state. */
  readonly counts = { clear: 0, blocked: 0 };

  constructor(snapshot: SnapshotView) {
    this.view = snapshot.mission;
    this.seq = snapshot.seq;
    this.revision = snapshot.knowledge.revision;
    this.plan = snapshot.plan ?? null;
    for (const { segment, observation, closed_by, reopened_at } of snapshot.knowledge.segments) {
      this.known.set(segment, {
        observation: observation ?? undefined,
        closed_by: new Set(closed_by),
        reopened_at: reopened_at ?? undefined,
      });
      this.#count(this.state(segment), 1);
    }
    for (const closing of snapshot.knowledge.closures) this.closings.set(closing.id, closing);
    for (const position of snapshot.positions) this.positions.set(position.vehicle, position);
  }

  /** A mission as its first event has it. */
  static created(view: MissionView, settings: MissionSettings, at: string): Mission {
    const goals = goalsOf(settings.goal).map(endpoint);
    return new Mission({
      seq: 1,
      reason: 'connected',
      knowledge: { revision: 0, segments: [], closures: [] },
      positions: [],
      mission: {
        ...view,
        start: endpoint(settings.start),
        goal: goals[0]!,
        goals,
        waypoints: (settings.waypoints ?? []).map(endpoint),
        waypoints_visited: 0,
        uavs: settings.uavs.map(uav => ({ ...uav, start: uav.start.lon_lat })),
        strategy: settings.strategy,
        ugv_speed_mps: settings.ugv.speed_mps,
        status: 'active',
        changed_at: at,
        plan_seq: null,
        revision: 0,
        seq: 1,
        version: 1,
      },
    });
  }

  get ended(): boolean {
    return this.view.status === 'arrived' || this.view.status === 'cancelled';
  }

  state(segment: number): SegmentState {
    return stateOf(this.known.get(segment));
  }

  isClosed(segment: number): boolean {
    return (this.known.get(segment)?.closed_by.size ?? 0) > 0;
  }

  /** Takes a position in, unless a newer one is held. */
  move(position: PositionView): boolean {
    const held = this.positions.get(position.vehicle);
    if (held && micros(held.observed_at) > micros(position.observed_at)) return false;
    this.positions.set(position.vehicle, position);
    return true;
  }

  /** Folds the next event of the log in. */
  apply(event: MissionEvent): Changed {
    if (event.seq <= this.seq) return { what: 'nothing' };
    if (event.seq !== this.seq + 1) return { what: 'gap' };
    this.seq = event.seq;
    this.revision = event.revision;
    switch (event.kind) {
      case 'report':
        return this.#report(event.body);
      case 'closure':
        return this.#closure(event.body);
      case 'plan':
        this.plan = { ...event.body, seq: event.seq, recorded_at: event.recorded_at };
        this.trail?.take(this.plan);
        return { what: 'plan' };
      case 'vehicle':
        if (event.body.change !== 'visited_waypoint') return { what: 'nothing' };
        this.view = { ...this.view, waypoints_visited: this.view.waypoints_visited + 1 };
        return { what: 'mission' };
      case 'mission_changed':
        this.#change(event.body, event.recorded_at);
        return { what: 'mission' };
      case 'mission_ended': {
        const { version } = this.view;
        const { outcome: status } = event.body;
        this.view = { ...this.view, status, version: version + 1, changed_at: event.recorded_at };
        return { what: 'mission' };
      }
      default:
        return { what: 'nothing' };
    }
  }

  #count(state: SegmentState, by: number) {
    if (state !== 'unknown') this.counts[state] += by;
  }

  #entry(segment: number): Known {
    let known = this.known.get(segment);
    if (!known) {
      known = { closed_by: new Set() };
      this.known.set(segment, known);
    }
    return known;
  }

  /** Changes what is known of a segment, keeping count. */
  #alter(segment: number, change: (known: Known) => void) {
    const known = this.#entry(segment);
    this.#count(stateOf(known), -1);
    change(known);
    this.#count(stateOf(known), 1);
  }

  #report(report: Report): Changed {
    this.#alter(report.segment, known => {
      if (!known.observation || outranks(report, known.observation)) known.observation = report;
    });
    return { what: 'knowledge', segments: [report.segment] };
  }

  #closure(closure: Closure): Changed {
    if (closure.action === 'close') {
      const { id, reason, closed_by, expires_at, segments } = closure;
      this.closings.set(id, { reason, closed_by, expires_at: expires_at ?? null });
      for (const segment of segments) this.#alter(segment, known => known.closed_by.add(id));
      return { what: 'knowledge', segments };
    }
    if (closure.action === 'close_each') {
      for (const { id, reason, expires_at, segments } of closure.closings) {
        this.closings.set(id, { reason, closed_by: closure.closed_by, expires_at: expires_at ?? null });
        for (const segment of segments) this.#alter(segment, known => known.closed_by.add(id));
      }
      return { what: 'knowledge', segments: segmentsOf(closure) };
    }
    if (closure.action === 'reopen') {
      const { at, segments } = closure;
      for (const segment of segments) {
        this.#alter(segment, known => {
          known.closed_by.clear();
          if (!known.reopened_at || micros(at) > micros(known.reopened_at)) known.reopened_at = at;
        });
      }
      const inForce = new Set<string>();
      for (const { closed_by } of this.known.values()) for (const id of closed_by) inForce.add(id);
      for (const id of this.closings.keys()) if (!inForce.has(id)) this.closings.delete(id);
      return { what: 'knowledge', segments };
    }
    this.closings.delete(closure.id);
    const segments: number[] = [];
    for (const [segment, known] of this.known) {
      if (!known.closed_by.has(closure.id)) continue;
      this.#alter(segment, it => it.closed_by.delete(closure.id));
      segments.push(segment);
    }
    return { what: 'knowledge', segments };
  }

  #change(change: MissionChange, at: string) {
    const view: MissionView = { ...this.view, version: this.view.version + 1, changed_at: at };
    if (change.strategy) view.strategy = change.strategy;
    if (change.goal) {
      view.goals = goalsOf(change.goal).map(endpoint);
      view.goal = view.goals[0]!;
    }
    if (change.waypoints) {
      view.waypoints = change.waypoints.map(endpoint);
      view.waypoints_visited = 0;
    }
    if (change.uavs) {
      view.uavs = change.uavs.map(uav => ({ id: uav.id, speed_mps: uav.speed_mps, start: uav.start.lon_lat }));
      const names = new Set(view.uavs.map(uav => uav.id));
      for (const vehicle of this.positions.keys()) {
        if (vehicle !== 'ugv' && !names.has(vehicle)) this.positions.delete(vehicle);
      }
    }
    if (change.paused !== undefined && change.paused !== null) view.status = change.paused ? 'paused' : 'active';
    this.view = view;
  }
}

/** The goals of a mission, as its log has them: one, or a list. */
export function goalsOf<Place>(goal: Place | Place[]): Place[] {
  return Array.isArray(goal) ? goal : [goal];
}

/** A place as the log has it, in the words of the mission's document. */
function endpoint({ segment, offset_m, lon_lat, snapped_m }: MissionSettings['start']): MissionView['start'] {
  return { segment, offset_m, position: lon_lat, snapped_m };
}
