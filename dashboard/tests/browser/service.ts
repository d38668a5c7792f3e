// A service for each test file: the real binary with a private Postgres in a folder of its own, and requests to it.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../../..');
const BINARY = process.env.OUTRIDER_BINARY ?? join(REPOSITORY, 'target/debug/outrider');
/** How long anything that should happen may take on a busy machine. */
export const SOON_MS = 40_000;

export type Json = Record<string, unknown>;

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export class Service {
  #child: ChildProcess | null = null;

  private constructor(
    readonly url: string,
    readonly command: string[],
    readonly folder: string,
  ) {}

  /** A service with an empty database; `outrider demo` instead of `serve` if that is asked for. */
  static async start(kind: 'serve' | 'demo' = 'serve', more: string[] = []): Promise<Service> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: run \`cargo build\``);
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'outrider-page-'));
    // As root, Postgres runs as somebody else.
    chmodSync(folder, 0o755);
    const command = [kind, '--listen', `127.0.0.1:${port}`, '--data-dir', join(folder, 'data'), ...more];
    const service = new Service(`http://127.0.0.1:${port}`, command, folder);
    await service.run();
    return service;
  }

  /** Starts it, again if it was stopped: on the same port, with the same data. */
  async run() {
    const child = spawn(BINARY, this.command, { stdio: ['ignore', 'ignore', 'inherit'], env: quiet() });
    this.#child = child;
    const until = Date.now() + SOON_MS;
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise(resolve => setTimeout(resolve, 30));
    }
    throw new Error('the service is not ready in time');
  }

  async halt() {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async stop() {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async request(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Json> {
    const answer = await fetch(this.url + path, {
      method,
      headers: body === undefined ? {} : { 'content-type': type },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  }

  get(path: string) {
    return this.request('GET', path);
  }

  post(path: string, body: unknown = {}) {
    return this.request('POST', path, body);
  }

  /** Imports a GeoJSON network; its id. */
  async importNetwork(name: string, geojson: unknown): Promise<string> {
    const path = `/v1/networks?name=${name}&components=all`;
    return (await this.request('POST', path, geojson, 'application/geo+json')).id as string;
  }

  /** A mission across the square, from the south-west to the north-east; its id, when it has its first plan. */
  async createMission(network: string, change: Json = {}): Promise<string> {
    const mission = await this.post('/v1/missions', {
      network_id: network,
      name: 'across',
      start: { position: { lon: SQUARE.west, lat: SQUARE.south } },
      goal: { position: { lon: SQUARE.east, lat: SQUARE.north } },
      ugv: { speed_mps: 10 },
      uavs: [{ speed_mps: 20 }, { speed_mps: 20 }],
      ...change,
    });
    await this.planAfter(mission.id as string, 1);
    return mission.id as string;
  }

  /** Waits for a plan that takes the log up to there into account. */
  async planAfter(mission: string, seq: number): Promise<Json> {
    const until = Date.now() + SOON_MS;
    while (Date.now() < until) {
      const plan = await this.get(`/v1/missions/${mission}/plan`).catch(() => null);
      if (plan && (plan.basis as { seq: number }).seq >= seq && plan.provisional === false) return plan;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    throw new Error('no plan in time');
  }

  async report(mission: string, segment: number, finding: 'clear' | 'blocked', more: Json = {}): Promise<number> {
    const report = {
      id: crypto.randomUUID(),
      segment,
      finding,
      observed_at: new Date().toISOString(),
      reported_by: 'uav-1',
      ...more,
    };
    return (await this.post(`/v1/missions/${mission}/reports`, report)).seq as number;
  }
}

export function quiet(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, OUTRIDER_LOG: 'error' };
  delete env.OUTRIDER_DATABASE_URL;
  return env;
}

export const SQUARE = { west: 8.0, east: 8.01, south: 50.0, north: 50.008 };

/**
 * A square of roads with a diagonal, about 1 km wide:
 *
 *     d ──2── c
 *     │     ╱ │
 *     3   4   1
 *     │ ╱     │
 *     a ──0── b
 */
export function square(): Json {
  const { west, east, south, north } = SQUARE;
  const [a, b, c, d] = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ] as const;
  const road = (id: string, from: readonly number[], to: readonly number[]) => ({
    type: 'Feature',
    properties: { id, name: `Road ${id}`, ...(id === 'bc' ? { blockage_probability: 0.4 } : {}) },
    geometry: { type: 'LineString', coordinates: [from, to] },
  });
  return {
    type: 'FeatureCollection',
    features: [road('ab', a, b), road('bc', b, c), road('cd', c, d), road('da', d, a), road('ac', a, c)],
  };
}

/** A grid of streets with so many segments at least, 80 m each, with bends. */
export function grid(segments: number): Json {
  const side = Math.ceil((1 + Math.sqrt(1 + 2 * segments)) / 2);
  const [lon, lat] = [0.00112, 0.00072];
  const at = (x: number, y: number) => [
    8 + x * lon + 0.0002 * Math.sin(x * 1.7 + y * 0.9),
    50 + y * lat + 0.0001 * Math.sin(y * 2.3 + x * 0.7),
  ];
  const features: Json[] = [];
  const street = (from: number[], to: number[], name: string, p: number) => {
    const middle = [(from[0]! + to[0]!) / 2 + 0.00004, (from[1]! + to[1]!) / 2 + 0.00003];
    features.push({
      type: 'Feature',
      properties: { name, blockage_probability: p },
      geometry: { type: 'LineString', coordinates: [from, middle, to] },
    });
  };
  for (let x = 0; x < side; x++) {
    for (let y = 0; y < side; y++) {
      const p = (x * 7 + y * 3) % 11 === 0 ? 0.3 : 0.05;
      if (x + 1 < side) street(at(x, y), at(x + 1, y), `${y + 1} Street`, p);
      if (y + 1 < side) street(at(x, y), at(x, y + 1), `${x + 1} Avenue`, p);
    }
  }
  return { type: 'FeatureCollection', features };
}
