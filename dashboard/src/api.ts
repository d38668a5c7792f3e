// The service's HTTP API, as far as the page uses it.

import type {
  CreateClosure,
  CreateMission,
  ForecastView,
  ImportView,
  MissionEvent,
  MissionListItem,
  MissionView,
  NetworkView,
  PatchMission,
  ProblemDocument,
  ReportRequest,
  ReportsAccepted,
  SegmentCollection,
  SessionView,
  StrategyView,
} from './model/types';

/** A request that the service refused, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<ProblemDocument>,
  ) {
    const errors = problem.errors?.map(({ pointer, message }) => `${pointer}: ${message}`) ?? [];
    const detail = problem.detail ?? `the service answered ${status}`;
    super(
      errors.length && errors.some(e => !detail.includes(e.split(': ')[1] ?? ''))
        ? `${detail} (${errors.join('; ')})`
        : detail,
    );
  }
}

/** What somebody reads when a request fails. */
export function complaint(error: unknown): string {
  if (error instanceof Refusal) {
    return error.status === 412 ? 'The mission has just changed; look, and try again.' : error.message;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'The service did not answer in time.';
  return error instanceof TypeError ? 'The service cannot be reached.' : String((error as Error)?.message ?? error);
}

const TIMEOUT_MS = 20_000;
const UPLOAD_TIMEOUT_MS = 300_000;

interface Options {
  body?: object | Blob | FormData;
  type?: string;
  version?: number;
  key?: string;
  /** Do not wait for what comes of it. */
  alone?: boolean;
  signal?: AbortSignal | undefined;
  timeout_ms?: number;
}

/** Called when the service no longer knows who this is. */
let unknown: () => void = () => {};

export function onUnknown(call: () => void) {
  unknown = call;
}

async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const { body, type, version, key, alone, signal, timeout_ms = TIMEOUT_MS } = options;
  // Says that it is this page that asks: a cookie alone changes nothing.
  const headers: Record<string, string> = { 'x-outrider-page': '1' };
  const raw = body instanceof Blob || body instanceof FormData;
  if (type) headers['content-type'] = type;
  else if (body && !raw) headers['content-type'] = 'application/json';
  if (version !== undefined) headers['if-match'] = `"${version}"`;
  if (key) headers['idempotency-key'] = key;
  if (alone) headers.prefer = 'respond-async';
  const timeout = AbortSignal.timeout(timeout_ms);
  const response = await fetch(path, {
    method,
    headers,
    body: raw ? body : body ? JSON.stringify(body) : null,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (!response.ok) {
    if (response.status === 401 && path !== SESSION) unknown();
    throw new Refusal(response.status, await response.json().catch(() => ({})));
  }
  return response.status === 204 ? (undefined as T) : response.json();
}

const SESSION = '/v1/session';

/** Who this is. */
export const readSession = () => request<SessionView>('GET', SESSION);

export const logIn = (key: string) => request<SessionView>('POST', SESSION, { body: { key } });

export const logOut = () => request<void>('DELETE', SESSION);

const missionPath = (id: string) => `/v1/missions/${encodeURIComponent(id)}`;
const networkPath = (id: string) => `/v1/networks/${encodeURIComponent(id)}`;

/** What the operator of the service has set about the page. */
export interface PageSettings {
  map_style_url: string | null;
  map_tiles_url: string | null;
  map_attribution: string | null;
}

export const readSettings = () => request<PageSettings>('GET', '/page.json');

/** The newest missions first. */
export const listMissions = async (limit = 100) =>
  (await request<{ missions: MissionListItem[] }>('GET', `/v1/missions?limit=${limit}`)).missions;

export const newestActive = async () =>
  (await request<{ missions: MissionListItem[] }>('GET', '/v1/missions?status=active&limit=1')).missions[0];

export const readMission = (id: string) => request<MissionView>('GET', missionPath(id));

export const createMission = (mission: CreateMission, key: string) =>
  request<MissionView>('POST', '/v1/missions', { body: mission, key });

export const changeMission = (id: string, version: number, change: PatchMission) =>
  request<MissionView>('PATCH', missionPath(id), { version, body: change });

export const direct = (id: string, step: 'pause' | 'resume' | 'cancel', version: number) =>
  request<MissionView>('POST', `${missionPath(id)}/${step}`, { version });

export const changeSegments = (id: string, closure: CreateClosure) =>
  request('POST', `${missionPath(id)}/closures`, { body: closure });

export const sendReport = (id: string, report: ReportRequest) =>
  request<ReportsAccepted>('POST', `${missionPath(id)}/reports`, { body: report });

export const readLog = (id: string, after: number, limit: number, signal?: AbortSignal) =>
  request<{ events: MissionEvent[]; next_after?: number | null }>(
    'GET',
    `${missionPath(id)}/log?after=${after}&limit=${limit}`,
    { signal },
  );

export const readForecast = (id: string, query: { critical: number; strategy?: string }, signal?: AbortSignal) =>
  request<ForecastView>(
    'GET',
    `${missionPath(id)}/forecast?critical=${query.critical}${query.strategy ? `&strategy=${encodeURIComponent(query.strategy)}` : ''}`,
    { signal, timeout_ms: 60_000 },
  );

export const listNetworks = async () => (await request<{ networks: NetworkView[] }>('GET', '/v1/networks')).networks;

export const deleteNetwork = (id: string) => request<void>('DELETE', networkPath(id));

export const networkGeoJson = (id: string, signal?: AbortSignal) =>
  request<SegmentCollection>('GET', `${networkPath(id)}/geojson`, { signal, timeout_ms: 120_000 });

export const readNetwork = (id: string) => request<NetworkView>('GET', networkPath(id));

/** Uploads files as one network; the service goes on with it by itself. */
export const uploadNetwork = (
  name: string,
  profile: string,
  files: Blob | FormData,
  type: string | null,
  key: string,
  signal: AbortSignal,
) =>
  request<ImportView>('POST', `/v1/networks?name=${encodeURIComponent(name)}&profile=${profile}`, {
    body: files,
    ...(type ? { type } : {}),
    key,
    alone: true,
    signal,
    timeout_ms: UPLOAD_TIMEOUT_MS,
  });

export const readImport = (id: string) => request<ImportView>('GET', `/v1/imports/${encodeURIComponent(id)}`);

export const cancelImport = (id: string) => request<ImportView>('POST', `/v1/imports/${encodeURIComponent(id)}/cancel`);

export const listStrategies = async () =>
  (await request<{ strategies: StrategyView[] }>('GET', '/v1/strategies')).strategies;

export const exportUrl = (id: string) => `${missionPath(id)}/log/export`;

/** What a mission is to be had as, for other programs: what it is called, and where it is. */
export const formatUrls = (id: string, uavs: string[]): [string, string][] => {
  const at = (rest: string) => `${missionPath(id)}/${rest}`;
  const flight = (uav: string, format: string) => at(`tasking?uav=${encodeURIComponent(uav)}&format=${format}`);
  return [
    ['Plan, GeoJSON', at('plan?format=geojson')],
    ['Plan, GPX', at('plan?format=gpx')],
    ['Plan, KML', at('plan?format=kml')],
    ['Plan, CSV', at('plan?format=csv')],
    ['Knowledge, GeoJSON', at('knowledge?format=geojson')],
    ['Cursor on Target', at('cot')],
    ...uavs.flatMap((uav): [string, string][] => [
      [`${uav}, QGroundControl`, flight(uav, 'qgc_plan')],
      [`${uav}, waypoints`, flight(uav, 'qgc_wpl')],
    ]),
  ];
};

export const eventsUrl = (id: string) => `${missionPath(id)}/events`;

/**
 * A random UUID of version 7. `crypto.randomUUID` is not there on a page without TLS from another machine, which is how
 * a control room may well look at this one.
 */
export function newId(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
