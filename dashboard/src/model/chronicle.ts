// A mission's log told as a story: what was found, and what each plan changed because of it.

import { legsAhead, length_m, type Network } from './network';
import type { Closure, MissionChange, MissionEvent, PlanView, Report } from './types';
import { reasonFor, reasonOf, routeOf, segmentsOf } from './types';
import { count, metres, plain, seconds, sentence, signed } from './words';

export type Tone = 'plan' | 'bad' | 'good' | 'quiet' | 'note';

/** A line of the story. */
export interface Entry {
  seq: number;
  at: string;
  tone: Tone;
  text: string;
  detail: string;
  /** The segment that it is about, if it is one. */
  segment: number | null;
}

interface Told {
  tone: Tone;
  text: string;
  detail?: string;
  merge?: boolean;
  segment?: number | null;
}

/** Below this a change of the route is rounding. */
const SAME_M = 0.5;

/**
 * Give it the events in order. Clear findings that leave the route as it is are told together, and a plan right after its
 * only cause is told with it.
 */
export class Chronicle {
  #plan: PlanView | null = null;
  /** What the next plan will answer to. */
  #causes: { seq: number; text: string }[] = [];
  /** The line told last, if it tells of a cause. */
  #cause: Entry | null = null;
  #clears = 0;
  #quietBefore = false;
  #revision: number;

  constructor(
    readonly network: Network,
    /** Before the first event. */
    revision: number,
  ) {
    this.#revision = revision;
  }

  /** `merge`: the entry takes the place of the one before. */
  tell(event: MissionEvent): { entry: Entry; merge: boolean } | null {
    const news = event.revision > this.#revision;
    this.#revision = event.revision;
    const before = this.#causes.length;
    const told = this.#words(event, news);
    if (!told) return null;
    const { tone, text, detail = '', segment = null } = told;
    const entry = { seq: event.seq, at: event.recorded_at, tone, text, detail, segment };
    const merge = this.#merges(tone) || !!told.merge;
    this.#cause = this.#causes.length > before ? entry : null;
    return { entry, merge };
  }

  #merges(tone: Tone): boolean {
    const merge = tone === 'quiet' && this.#quietBefore;
    this.#quietBefore = tone === 'quiet';
    if (!this.#quietBefore) this.#clears = 0;
    return merge;
  }

  #words(event: MissionEvent, news: boolean): Told | null {
    switch (event.kind) {
      case 'mission_created':
        return { tone: 'note', text: 'Mission created' };
      case 'report':
        return this.#report(event.body, news, event.seq);
      case 'closure':
        return this.#closure(event.body, event.seq);
      case 'vehicle': {
        const { change, vehicle, place } = event.body;
        if (change === 'arrived') return { tone: 'good', text: `${vehicle.toUpperCase()} reached the goal` };
        if (change === 'visited_waypoint') {
          this.#causes.push({ seq: event.seq, text: 'Waypoint visited' });
          return { tone: 'good', text: `${vehicle.toUpperCase()} came by a waypoint`, segment: place.segment };
        }
        this.#causes.push({ seq: event.seq, text: 'UGV left its route' });
        const where = this.network.label(place.segment).toLowerCase();
        return { tone: 'note', text: `UGV left its route, on ${where}`, segment: place.segment };
      }
      case 'mission_changed':
        return this.#changed(event.body, event.seq);
      case 'mission_ended':
        return { tone: event.body.outcome === 'arrived' ? 'good' : 'bad', text: `Mission ${event.body.outcome}` };
      case 'plan':
        return this.#planned({ ...event.body, seq: event.seq, recorded_at: event.recorded_at });
    }
  }

  #report(report: Report, news: boolean, seq: number): Told | null {
    if (!news) return null;
    const { segment } = report;
    const label = this.network.label(segment);
    if (report.finding === 'clear') {
      this.#clears += 1;
      if (this.#clears === 1) {
        return { tone: 'quiet', text: `${label} clear`, detail: `seen by ${report.reported_by}`, segment };
      }
      const detail = `latest: ${label.toLowerCase()}, seen by ${report.reported_by}`;
      return { tone: 'quiet', text: `${this.#clears} segments clear`, detail, segment };
    }
    this.#causes.push({ seq, text: `${label} blocked` });
    const offset_m = report.blockage_offset_m ?? null;
    const where = offset_m === null ? '' : ` at ${metres(offset_m)}`;
    return { tone: 'bad', text: `${label} blocked`, detail: `seen by ${report.reported_by}${where}`, segment };
  }

  #closure(closure: Closure, seq: number): Told {
    if (closure.action === 'expire') {
      this.#causes.push({ seq, text: 'A closing expired' });
      return { tone: 'good', text: 'A closing expired' };
    }
    const segments = segmentsOf(closure);
    const only = segments.length === 1 ? segments[0]! : null;
    const what = only === null ? count(segments.length, 'segment') : this.network.label(only);
    const done = closure.action === 'reopen' ? 'reopened' : 'closed';
    const by = closure.action === 'reopen' ? closure.reopened_by : closure.closed_by;
    this.#causes.push({ seq, text: `${what} ${done}` });
    const tone = done === 'closed' ? 'bad' : 'good';
    return { tone, text: `${what} ${done}`, detail: `${by}: ${reasonFor(closure)}`, segment: only };
  }

  #changed(change: MissionChange, seq: number): Told {
    const parts: string[] = [];
    if (change.strategy) parts.push(`strategy changed to ${plain(change.strategy.name)}`);
    if (change.waypoints) parts.push('waypoints changed');
    else if (change.goal) parts.push(Array.isArray(change.goal) ? 'goals changed' : 'goal changed');
    if (change.uavs) parts.push(`${count(change.uavs.length, 'UAV')} now`);
    if (typeof change.paused === 'boolean') parts.push(change.paused ? 'paused' : 'resumed');
    const text = sentence(parts.join(', '));
    if (change.paused !== true) this.#causes.push({ seq, text });
    return { tone: 'note', text };
  }

  #planned(plan: PlanView): Told | null {
    const before = this.#plan;
    this.#plan = plan;
    const causes = this.#causes.filter(cause => cause.seq <= plan.basis.seq).map(cause => cause.text);
    this.#causes = this.#causes.filter(cause => cause.seq > plan.basis.seq);
    const why = causes.length > 2 ? `${causes.slice(-2).join(', ')} and ${causes.length - 2} more` : causes.join(', ');
    const effect = this.#effect(plan, before);
    const inspections = plan.tasking.reduce((sum, tasking) => sum + tasking.inspections.length, 0);
    const what = reasonOf(plan) ?? count(inspections, 'inspection');
    const detail = `plan ${plan.seq}${plan.provisional ? ', provisional' : ''} · ${what}`;
    if (!why && !effect.changed && before) {
      if (!this.#clears) return null;
      return { tone: 'quiet', text: `${count(this.#clears, 'segment')} clear: ${effect.words}`, detail };
    }
    const text = sentence(why ? `${why}: ${effect.words}` : effect.words);
    const tone = effect.bad ? 'bad' : 'plan';
    // Right after its only cause, one line tells both.
    const cause = causes.length === 1 ? this.#cause : null;
    if (!cause) return { tone, text, detail };
    return {
      tone: cause.tone === 'bad' ? 'bad' : tone,
      text,
      detail: cause.detail ? `${cause.detail} · ${detail}` : detail,
      merge: true,
      segment: cause.segment,
    };
  }

  /** What a plan changes for the UGV: its route against what was left of the one before. */
  #effect(plan: PlanView, before: PlanView | null): { words: string; changed: boolean; bad: boolean } {
    const same = before?.outcome === plan.outcome;
    if (plan.outcome === 'no_way') return { words: 'no way to the goal', changed: !same, bad: true };
    if (plan.outcome === 'budget_spent') return { words: 'the search gave up', changed: !same, bad: true };
    const route = routeOf(plan);
    if (!route) return { words: 'UGV is at the goal', changed: !same, bad: false };
    const { place, speed_mps } = plan.basis.ugv;
    const whole = `route of ${metres(route.length_m)}, ${seconds(route.duration_s)}`;
    const old = routeOf(before);
    const left = old && legsAhead(this.network, old.legs, place);
    if (!left) {
      const words = old ? `new ${whole}` : before ? `a way again, ${whole}` : `first ${whole}`;
      return { words, changed: true, bad: false };
    }
    const more_m = route.length_m - length_m(left);
    const names = (legs: typeof left) => legs.map(leg => leg.segment).join();
    if (names(left) === names(route.legs) && Math.abs(more_m) < SAME_M) {
      return { words: 'route unchanged', changed: false, bad: false };
    }
    return { words: `${signed(more_m, metres)}, ${signed(more_m / speed_mps, seconds)}`, changed: true, bad: false };
  }
}
