// A mission's state as a fold of a snapshot and the events after it, by the same rules as the service's.

/** @typedef {import('./api.js').LogEvent} LogEvent
 *  @typedef {import('./api.js').Plan} Plan
 *  @typedef {import('./api.js').Position} Position
 *  @typedef {import('./api.js').Report} Report
 *  @typedef {'unknown' | 'clear' | 'blocked'} State
 *  @typedef {{ observation?: Report, closed_by: Set<string>, reopened_at?: string }} Known
 *  @typedef {{ reason: string, closed_by: string, expires_at?: string }} Closing
 */

/** Microseconds since 1970, whatever number of digits the text has. @param {string} time */
export function micros(time) {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return Date.parse(time.replace(/\.\d+/, '')) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** @param {Known | undefined} known @returns {State} */
export function stateOf(known) {
  if (!known) return 'unknown';
  if (known.closed_by.size) return 'blocked';
  if (!known.observation) return 'unknown';
  if (known.observation.finding === 'clear') return 'clear';
  const void_ = known.reopened_at && micros(known.observation.observed_at) <= micros(known.reopened_at);
  return void_ ? 'unknown' : 'blocked';
}

/** Where a blocked segment is blocked, when the point is known. @param {Known | undefined} known */
export function blockageOffset_m(known) {
  if (!known || known.closed_by.size || stateOf(known) !== 'blocked') return undefined;
  return known.observation?.blockage_offset_m;
}

/** Whether `a` counts rather than `b`. @param {Report} a @param {Report} b */
function outranks(a, b) {
  const [x, y] = [micros(a.observed_at), micros(b.observed_at)];
  if (x !== y) return x > y;
  if (a.finding !== b.finding) return a.finding === 'blocked';
  return a.id > b.id;
}

export class Mission {
  /** @type {Map<number, Known>} of the segments that anything was ever said about */ known = new Map();
  /** @type {Map<string, Closing>} closings in force */ closings = new Map();
  /** @type {Map<string, Position>} */ positions = new Map();
  /** @type {Plan | null} */ plan = null;

  /** @param {any} snapshot */
  constructor(snapshot) {
    /** @type {import('./api.js').MissionView} */
    this.view = snapshot.mission;
    this.seq = snapshot.seq;
    this.revision = snapshot.knowledge.revision;
    this.plan = snapshot.plan ?? null;
    for (const { segment, observation, closed_by, reopened_at } of snapshot.knowledge.segments) {
      this.known.set(segment, { observation, closed_by: new Set(closed_by), reopened_at });
    }
    for (const closing of snapshot.knowledge.closures) this.closings.set(closing.id, closing);
    for (const position of snapshot.positions) this.positions.set(position.vehicle, position);
  }

  get ended() {
    return this.view.status === 'arrived' || this.view.status === 'cancelled';
  }

  /** @param {number} segment */
  state(segment) {
    return stateOf(this.known.get(segment));
  }

  /** @param {Position} position */
  move(position) {
    const held = this.positions.get(position.vehicle);
    if (held && micros(held.observed_at) > micros(position.observed_at)) return false;
    this.positions.set(position.vehicle, position);
    return true;
  }

  /** Folds the next event of the log in. @param {LogEvent} event @returns {'folded' | 'held already' | 'gap'} */
  apply(event) {
    if (event.seq <= this.seq) return 'held already';
    if (event.seq !== this.seq + 1) return 'gap';
    this.seq = event.seq;
    this.revision = event.revision;
    const { kind, body } = event;
    if (kind === 'report') this.#report(body);
    else if (kind === 'closure') this.#closure(body);
    else if (kind === 'plan') this.plan = { seq: event.seq, recorded_at: event.recorded_at, ...body };
    else if (kind === 'mission_changed') this.#change(body, event.recorded_at);
    else if (kind === 'mission_ended') {
      this.view = { ...this.view, status: body.outcome, version: this.view.version + 1, changed_at: event.recorded_at };
    }
    return 'folded';
  }

  /** @param {number} segment @returns {Known} */
  #entry(segment) {
    let known = this.known.get(segment);
    if (!known) this.known.set(segment, known = { closed_by: new Set() });
    return known;
  }

  /** @param {Report} report */
  #report(report) {
    const known = this.#entry(report.segment);
    if (!known.observation || outranks(report, known.observation)) known.observation = report;
  }

  /** @param {any} closure */
  #closure(closure) {
    if (closure.action === 'close') {
      const { id, reason, closed_by, expires_at } = closure;
      this.closings.set(id, { reason, closed_by, expires_at });
      for (const segment of closure.segments) this.#entry(segment).closed_by.add(id);
    } else if (closure.action === 'reopen') {
      for (const segment of closure.segments) {
        const known = this.#entry(segment);
        known.closed_by.clear();
        if (!known.reopened_at || micros(closure.at) > micros(known.reopened_at)) known.reopened_at = closure.at;
      }
      const inForce = new Set();
      for (const { closed_by } of this.known.values()) for (const id of closed_by) inForce.add(id);
      for (const id of this.closings.keys()) if (!inForce.has(id)) this.closings.delete(id);
    } else {
      this.closings.delete(closure.id);
      for (const known of this.known.values()) known.closed_by.delete(closure.id);
    }
  }

  /** @param {any} change @param {string} at */
  #change(change, at) {
    const view = { ...this.view, version: this.view.version + 1, changed_at: at };
    if (change.strategy) view.strategy = change.strategy;
    if (change.goal) view.goal = { ...change.goal, position: change.goal.lon_lat };
    if (change.uavs) {
      view.uavs = change.uavs.map((/** @type {any} */ uav) => ({ ...uav, start: uav.start.lon_lat }));
      const names = new Set(view.uavs.map(uav => uav.id));
      for (const vehicle of this.positions.keys()) if (vehicle !== 'ugv' && !names.has(vehicle)) this.positions.delete(vehicle);
    }
    if (change.paused !== undefined) view.status = change.paused ? 'paused' : 'active';
    this.view = view;
  }
}
