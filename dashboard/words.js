// Numbers, times and events in words.

import { length_m, legsAhead } from './network.js';

/** @typedef {import('./api.js').LogEvent} LogEvent
 *  @typedef {import('./api.js').Plan} Plan
 *  @typedef {import('./network.js').Network} Network
 *  @typedef {{ tone: Tone, text: string, detail?: string, merge?: boolean }} Told
 *  @typedef {'plan' | 'bad' | 'good' | 'quiet' | 'note'} Tone
 *  @typedef {{ seq: number, at: string, tone: Tone, text: string, detail: string }} Entry a line of the list
 */

const MINUS = '\u2212';

// Numbers stay with their units: these spaces do not break.
/** @param {number} m */
export const metres = m => m < 9_995 ? `${Math.round(m)}\u00a0m` : `${(m / 1000).toFixed(1)}\u00a0km`;

/** @param {number} s */
export function seconds(s) {
  const whole = Math.round(s);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  if (whole < 90) return `${whole}\u00a0s`;
  if (whole < 5400) return `${Math.floor(whole / 60)}\u00a0min ${two(whole % 60)}\u00a0s`;
  return `${Math.floor(whole / 3600)}\u00a0h ${two(Math.floor(whole / 60) % 60)}\u00a0min`;
}

/** @param {number} value @param {(n: number) => string} unit */
const signed = (value, unit) => (value < 0 ? MINUS : '+') + unit(Math.abs(value));

/** How long ago that was. @param {number} ms */
export function ago(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86_400)} d ago`;
}

/** The time of day; with the date if that is not today's. @param {string} time */
export function clock(time) {
  const at = new Date(time);
  const day = at.toDateString() === new Date().toDateString() ? '' : `${at.toLocaleDateString('en-CA')} `;
  return day + at.toLocaleTimeString('en-GB');
}

/** @param {string} name */
export const plain = name => name.replaceAll('_', ' ');

/** @param {number} n @param {string} thing */
const count = (n, thing) => n === 1 ? `1 ${thing}` : `${n} ${thing}s`;

/** @param {string} text */
const sentence = text => text && text[0].toUpperCase() + text.slice(1);

/** Below this a change of the route is rounding. */
const SAME_M = 0.5;

/**
 * Tells a mission's log as a story: what was found, and what each plan changed because of it. Give it the events in order.
 * Clear findings that leave the route as it is are told together.
 */
export class Chronicle {
  /** @type {Plan | null} */ #plan = null;
  /** @type {{ seq: number, text: string }[]} what the next plan will answer to */ #causes = [];
  /** @type {{ detail: string, tone: Tone } | null} the line told last, if it tells of a cause */ #cause = null;
  #clears = 0;
  /** @type {number} */ #revision;

  /** @param {Network} network @param {number} revision before the first event */
  constructor(network, revision) {
    this.network = network;
    this.#revision = revision;
  }

  /**
   * @param {LogEvent} event
   * @returns {{ entry: Entry, merge: boolean } | null} `merge`: it takes the place of the entry before
   */
  tell(event) {
    const news = event.revision > this.#revision;
    this.#revision = event.revision;
    const before = this.#causes.length;
    const told = this.#words(event, news);
    if (!told) return null;
    const entry = { seq: event.seq, at: event.recorded_at, tone: told.tone, text: told.text, detail: told.detail ?? '' };
    const merge = this.#merges(told.tone) || !!told.merge;
    this.#cause = this.#causes.length > before ? entry : null;
    return { entry, merge };
  }

  #quietBefore = false;

  /** @param {Tone} tone */
  #merges(tone) {
    const merge = tone === 'quiet' && this.#quietBefore;
    this.#quietBefore = tone === 'quiet';
    if (!this.#quietBefore) this.#clears = 0;
    return merge;
  }

  /**
   * @param {LogEvent} event @param {boolean} news whether the knowledge changed
   * @returns {Told | null}
   */
  #words({ kind, body, seq, recorded_at }, news) {
    switch (kind) {
      case 'mission_created': return { tone: 'note', text: 'Mission created' };
      case 'report': return this.#report(body, news, seq);
      case 'closure': return this.#closure(body, seq);
      case 'vehicle':
        if (body.change === 'arrived') return { tone: 'good', text: `${body.vehicle.toUpperCase()} reached the goal` };
        this.#causes.push({ seq, text: 'UGV left its route' });
        return { tone: 'note', text: `UGV left its route, on ${this.network.label(body.place.segment).toLowerCase()}` };
      case 'mission_changed': return this.#changed(body, seq);
      case 'mission_ended':
        return { tone: body.outcome === 'arrived' ? 'good' : 'bad', text: `Mission ${body.outcome}` };
      case 'plan': return this.#planned({ ...body, seq, recorded_at });
      default: return null;
    }
  }

  /** @param {import('./api.js').Report} report @param {boolean} news @param {number} seq @returns {Told | null} */
  #report(report, news, seq) {
    if (!news) return null;
    const label = this.network.label(report.segment);
    if (report.finding === 'clear') {
      this.#clears += 1;
      return { tone: 'quiet', text: this.#clears === 1 ? `${label} clear` : `${this.#clears} segments clear`, detail: this.#clears === 1 ? `seen by ${report.reported_by}` : `latest: ${label.toLowerCase()}, seen by ${report.reported_by}` };
    }
    this.#causes.push({ seq, text: `${label} blocked` });
    const where = report.blockage_offset_m === undefined ? '' : ` at ${metres(report.blockage_offset_m)}`;
    return { tone: 'bad', text: `${label} blocked`, detail: `seen by ${report.reported_by}${where}` };
  }

  /** @param {any} closure @param {number} seq @returns {Told} */
  #closure(closure, seq) {
    if (closure.action === 'expire') {
      this.#causes.push({ seq, text: 'A closing expired' });
      return { tone: 'good', text: 'A closing expired' };
    }
    const { segments, reason } = closure;
    const what = segments.length === 1 ? this.network.label(segments[0]) : count(segments.length, 'segment');
    const done = closure.action === 'close' ? 'closed' : 'reopened';
    this.#causes.push({ seq, text: `${what} ${done}` });
    return { tone: done === 'closed' ? 'bad' : 'good', text: `${what} ${done}`, detail: `${closure.closed_by ?? closure.reopened_by}: ${reason}` };
  }

  /** @param {any} change @param {number} seq @returns {Told} */
  #changed(change, seq) {
    const parts = [];
    if (change.strategy) parts.push(`strategy changed to ${plain(change.strategy.name)}`);
    if (change.goal) parts.push('goal changed');
    if (change.uavs) parts.push(`${count(change.uavs.length, 'UAV')} now`);
    if (change.paused !== undefined) parts.push(change.paused ? 'paused' : 'resumed');
    const text = sentence(parts.join(', '));
    if (change.paused !== true) this.#causes.push({ seq, text });
    return { tone: 'note', text };
  }

  /** @param {Plan} plan @returns {Told | null} */
  #planned(plan) {
    const before = this.#plan;
    this.#plan = plan;
    // What a provisional plan answers to, the chosen strategy's plan after it answers to as well, but nothing new is to be said.
    const causes = this.#causes.filter(cause => cause.seq <= plan.basis.seq).map(cause => cause.text);
    this.#causes = this.#causes.filter(cause => cause.seq > plan.basis.seq);
    const why = causes.length > 2 ? `${causes.slice(-2).join(', ')} and ${causes.length - 2} more` : causes.join(', ');
    const effect = this.#effect(plan, before);
    const inspections = plan.tasking.reduce((sum, tasking) => sum + tasking.inspections.length, 0);
    const detail = `plan ${plan.seq}${plan.provisional ? ', provisional' : ''} · ${plan.reason ?? count(inspections, 'inspection')}`;
    if (!why && !effect.changed && before) {
      if (!this.#clears) return null;
      return { tone: 'quiet', text: `${count(this.#clears, 'segment')} clear: ${effect.words}`, detail };
    }
    const text = sentence(why ? `${why}: ${effect.words}` : effect.words);
    const tone = effect.bad ? 'bad' : 'plan';
    // Right after its only cause, one line tells both.
    const cause = causes.length === 1 ? this.#cause : null;
    if (!cause) return { tone, text, detail };
    return { tone: cause.tone === 'bad' ? 'bad' : tone, text, detail: cause.detail ? `${cause.detail} · ${detail}` : detail, merge: true };
  }

  /** What a plan changes for the UGV: its route against what was left of the one before. @param {Plan} plan @param {Plan | null} before */
  #effect(plan, before) {
    const same = before?.outcome === plan.outcome;
    if (plan.outcome === 'no_way') return { words: 'no way to the goal', changed: !same, bad: true };
    if (plan.outcome === 'budget_spent') return { words: 'the search gave up', changed: !same, bad: true };
    if (!plan.route) return { words: 'UGV is at the goal', changed: !same, bad: false };
    const { route, basis } = plan;
    const whole = `route of ${metres(route.length_m)}, ${seconds(route.duration_s)}`;
    const left = before?.route && legsAhead(this.network, before.route.legs, basis.ugv.place);
    if (!left) return { words: before?.route ? `new ${whole}` : before ? `a way again, ${whole}` : `first ${whole}`, changed: true, bad: false };
    const more_m = route.length_m - length_m(left);
    const names = (/** @type {import('./api.js').Leg[]} */ legs) => legs.map(leg => leg.segment).join();
    if (names(left) === names(route.legs) && Math.abs(more_m) < SAME_M) return { words: 'route unchanged', changed: false, bad: false };
    const more_s = more_m / basis.ugv.speed_mps;
    return { words: `route ${signed(more_m, metres)}, ${signed(more_s, seconds)}`, changed: true, bad: false };
  }
}
