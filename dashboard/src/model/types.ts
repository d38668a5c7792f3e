// The API's types, by the names of its documents. All of them are generated from openapi/openapi.json.

import type { components } from '../schema';

type Schemas = components['schemas'];

export type LonLat = Schemas['LonLat'];
export type Place = Schemas['Place'];
export type Point = Schemas['Point'];
export type Leg = Schemas['Leg'];
export type Route = Schemas['Route'];
export type Tasking = Schemas['Tasking'];
export type Inspection = Schemas['Inspection'];
export type PlanView = Schemas['PlanView'];
export type Report = Schemas['Report'];
export type Closure = Schemas['Closure'];
/** The segments of a change, each once; none of an expiry, which names a closing only. */
export function segmentsOf(closure: Closure): number[] {
  if (closure.action === 'expire') return [];
  if (closure.action !== 'close_each') return closure.segments;
  return [...new Set(closure.closings.flatMap(closing => closing.segments))];
}

/** Why, in the words of whoever decided; of several closings the first one's. */
export function reasonFor(closure: Closure): string {
  if (closure.action === 'expire') return '';
  if (closure.action !== 'close_each') return closure.reason;
  const [first, ...others] = closure.closings;
  return first ? first.reason + (others.length ? ` (and ${others.length} more)` : '') : '';
}

export type ClosureView = Schemas['ClosureView'];
export type ImportView = Schemas['ImportView'];
export type MissionChange = Schemas['MissionChange'];
export type MissionEvent = Schemas['MissionEvent'];
export type MissionListItem = Schemas['MissionListItem'];
export type MissionSettings = Schemas['MissionSettings'];
export type MissionStatus = Schemas['MissionStatus'];
export type MissionView = Schemas['MissionView'];
export type NetworkView = Schemas['NetworkView'];
export type PositionView = Schemas['PositionView'];
export type SegmentState = Schemas['SegmentState'];
export type SessionView = Schemas['SessionView'];
export type SnapshotView = Schemas['SnapshotView'];
export type StrategyView = Schemas['StrategyView'];
export type ForecastView = Schemas['ForecastView'];
export type CreateMission = Schemas['CreateMission'];
export type PatchMission = Schemas['PatchMission'];
export type CreateClosure = Schemas['CreateClosure'];
export type ReportRequest = Schemas['ReportRequest'];
export type ReportsAccepted = Schemas['ReportsAccepted'];
export type ProblemDocument = Schemas['ProblemDocument'];
export type EventKind = MissionEvent['kind'];

/** A network's segments, as `/v1/networks/{id}/geojson` has them. */
export interface SegmentCollection {
  features: {
    geometry: { coordinates: [number, number][] };
    properties: {
      segment: number;
      length_m: number;
      oneway: boolean;
      speed_limit_mps: number | null;
      name: string | null;
      blockage_probability: number;
    };
  }[];
}

/** The route of a plan, if it has one. */
export function routeOf(plan: PlanView | null | undefined): Route | null {
  return plan?.outcome === 'route' ? plan.route : null;
}

/** Why a plan has no route, in words. */
export function reasonOf(plan: PlanView): string | null {
  return plan.outcome === 'no_way' || plan.outcome === 'budget_spent' ? plan.reason : null;
}
