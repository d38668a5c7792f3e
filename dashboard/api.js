// The service's HTTP API, as far as the page uses it.

/**
 * @typedef {{ lon: number, lat: number }} LonLat
 * @typedef {{ segment: number, offset_m: number }} Place
 * @typedef {{ segment: number, from_m: number, to_m: number }} Leg
 * @typedef {{ legs: Leg[], length_m: number, duration_s: number }} Route
 * @typedef {{ leg: Leg, begins_s: number, ends_s: number }} Inspection
 * @typedef {{ uav: string, inspections: Inspection[] }} Tasking
 * @typedef {{ name: string, parameters: object }} StrategyChoice
 * @typedef {{ seq: number, revision: number, strategy: StrategyChoice, ugv: { place: Place, speed_mps: number } }} PlanBasis
 * @typedef {{ seq: number, recorded_at: string, basis: PlanBasis, provisional: boolean, outcome: string, route?: Route,
 *             reason?: string, tasking: Tasking[] }} Plan
 * @typedef {Place & { position: LonLat, snapped_m: number }} Endpoint
 * @typedef {{ id: string, speed_mps: number, start: LonLat }} Uav
 * @typedef {{ id: string, segment: number, finding: 'clear' | 'blocked', blockage_offset_m?: number, observed_at: string,
 *             reported_by: string, confidence: number }} Report
 * @typedef {{ id: string, name: string, network_id: string, status: 'active' | 'paused' | 'arrived' | 'cancelled',
 *             version: number, seq: number, revision: number, created_at: string, changed_at: string }} MissionItem
 * @typedef {MissionItem & { start: Endpoint, goal: Endpoint, ugv_speed_mps: number, uavs: Uav[], strategy: StrategyChoice,
 *             plan_seq?: number }} MissionView
 * @typedef {{ vehicle: string, observed_at: string, position: LonLat, segment?: number, offset_m?: number, inspecting?: Leg }} Position
 * @typedef {{ seq: number, revision: number, recorded_at: string, kind: string, body: any }} LogEvent
 * @typedef {{ id: string, name: string, segment_count: number, length_m: number }} NetworkView
 * @typedef {{ name: string, summary: string }} Strategy
 * @typedef {{ segment: number, blockage_probability: number, delay_s: number | null, cuts_off_probability: number }} Critical
 * @typedef {{ outcome: string, seq: number, reach_probability: number | null,
 *             arrival_at: { p10: string, p50: string, p90: string } | null, critical: Critical[] }} Forecast
 */

/** A request that the service refused, in its own words. */
export class Refusal extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const TIMEOUT_MS = 20_000;

/**
 * @param {string} method
 * @param {string} path
 * @param {{ body?: object, version?: number, signal?: AbortSignal }} [options]
 */
async function request(method, path, { body, version, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body) headers['content-type'] = 'application/json';
  if (version !== undefined) headers['if-match'] = `"${version}"`;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(path, {
    method, headers, body: body && JSON.stringify(body), signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => null);
    throw new Refusal(response.status, problem?.detail ?? `the service answered ${response.status}`);
  }
  return response.json();
}

const mission = (/** @type {string} */ id) => `/v1/missions/${encodeURIComponent(id)}`;

/** @returns {Promise<MissionItem[]>} the newest missions first */
export const listMissions = async () => (await request('GET', '/v1/missions?limit=50')).missions;

/** @returns {Promise<MissionItem | undefined>} the newest active mission */
export const newestActive = async () => (await request('GET', '/v1/missions?status=active&limit=1')).missions[0];

/** @returns {Promise<NetworkView[]>} */
export const listNetworks = async () => (await request('GET', '/v1/networks')).networks;

/** @returns {Promise<Strategy[]>} */
export const listStrategies = async () => (await request('GET', '/v1/strategies')).strategies;

/** @param {string} id @param {AbortSignal} signal */
export const networkGeoJson = (id, signal) =>
  request('GET', `/v1/networks/${encodeURIComponent(id)}/geojson`, { signal });

/**
 * @param {string} id @param {number} after @param {number} limit @param {AbortSignal} signal
 * @returns {Promise<LogEvent[]>}
 */
export const readLog = async (id, after, limit, signal) =>
  (await request('GET', `${mission(id)}/log?after=${after}&limit=${limit}`, { signal })).events;

/** @param {string} id @param {number} critical @param {AbortSignal} signal @returns {Promise<Forecast>} */
export const readForecast = (id, critical, signal) =>
  request('GET', `${mission(id)}/forecast?critical=${critical}`, { signal });

/** @param {string} id @param {number} version @param {string} name */
export const changeStrategy = (id, version, name) =>
  request('PATCH', mission(id), { version, body: { strategy: { name } } });

/** @param {string} id @param {'pause' | 'resume' | 'cancel'} step @param {number} version */
export const direct = (id, step, version) => request('POST', `${mission(id)}/${step}`, { version });

/** @param {string} id @param {'close' | 'reopen'} action @param {number} segment @param {string} reason */
export const changeSegment = (id, action, segment, reason) =>
  request('POST', `${mission(id)}/closures`, { body: { action, segments: [segment], reason } });

/** @param {string} id */
export const exportUrl = id => `${mission(id)}/log/export`;

/** @param {string} id */
export const eventsUrl = id => `${mission(id)}/events`;
