// Each event of the log in one line.

import { goalsOf } from './mission';
import type { Network } from './network';
import type { MissionEvent } from './types';
import { reasonFor, reasonOf, segmentsOf } from './types';
import { count, metres, plain, seconds } from './words';

/** The groups that the log's filter has. */
export const GROUPS = ['findings', 'closures', 'plans', 'vehicles', 'mission'] as const;
export type Group = (typeof GROUPS)[number];

export interface Line {
  seq: number;
  at: string;
  group: Group;
  text: string;
  segment: number | null;
}

export function describe(event: MissionEvent, network: Network): Line {
  const { seq, recorded_at: at } = event;
  const line = (group: Group, text: string, segment: number | null = null): Line => ({ seq, at, group, text, segment });
  switch (event.kind) {
    case 'report': {
      const { segment, finding, reported_by, blockage_offset_m, confidence } = event.body;
      const where = typeof blockage_offset_m === 'number' ? ` at ${metres(blockage_offset_m)}` : '';
      const sure = confidence < 1 ? `, ${Math.round(confidence * 100)} % sure` : '';
      return line('findings', `${reported_by}: ${network.label(segment)} ${finding}${where}${sure}`, segment);
    }
    case 'closure': {
      const closure = event.body;
      if (closure.action === 'expire') return line('closures', 'A closing expired');
      const segments = segmentsOf(closure);
      const what = segments.length === 1 ? network.label(segments[0]!) : count(segments.length, 'segment');
      const [by, did] = closure.action === 'reopen' ? [closure.reopened_by, 'reopened'] : [closure.closed_by, 'closed'];
      return line(
        'closures',
        `${by} ${did} ${what}: ${reasonFor(closure)}`,
        segments.length === 1 ? segments[0]! : null,
      );
    }
    case 'plan': {
      const plan = { ...event.body, seq, recorded_at: at };
      const kind = plan.provisional ? 'Provisional plan' : 'Plan';
      const what =
        plan.outcome === 'route'
          ? `${metres(plan.route.length_m)}, ${seconds(plan.route.duration_s)}`
          : (reasonOf(plan) ?? 'already there');
      const inspections = plan.tasking.reduce((sum, tasking) => sum + tasking.inspections.length, 0);
      return line(
        'plans',
        `${kind} by ${plain(plan.basis.strategy.name)}: ${what}, ${count(inspections, 'inspection')}`,
      );
    }
    case 'vehicle': {
      const { change, vehicle, place } = event.body;
      const did = { arrived: 'arrived', deviated: 'left its route', visited_waypoint: 'came by a waypoint' }[change];
      return line('vehicles', `${vehicle} ${did} on ${network.label(place.segment)}`, place.segment);
    }
    case 'mission_created':
      return line(
        'mission',
        `Created with ${count(event.body.uavs.length, 'UAV')}, ${plain(event.body.strategy.name)}`,
      );
    case 'mission_changed': {
      const { strategy, goal, waypoints, uavs, paused } = event.body;
      const parts = [];
      if (strategy) parts.push(`strategy ${plain(strategy.name)}`);
      if (waypoints) parts.push(count(waypoints.length, 'waypoint'));
      const goals = goal ? goalsOf(goal) : [];
      if (goals.length === 1) parts.push(`goal on ${network.label(goals[0]!.segment)}`);
      else if (goals.length) parts.push(count(goals.length, 'goal'));
      if (uavs) parts.push(count(uavs.length, 'UAV'));
      if (typeof paused === 'boolean') parts.push(paused ? 'paused' : 'resumed');
      return line('mission', `Changed: ${parts.join(', ')}`);
    }
    case 'mission_ended':
      return line('mission', `Mission ${event.body.outcome}`);
  }
}
