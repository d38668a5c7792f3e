import { describe, expect, test } from 'vitest';
import { newId } from '../../src/api';
import { Chronicle } from '../../src/model/chronicle';
import { blockageOffset, Mission, micros, stateOf } from '../../src/model/mission';
import { Motion } from '../../src/model/motion';
import { alongLegs, legsAhead, length_m } from '../../src/model/network';
import { Plane } from '../../src/model/plane';
import { Timeline } from '../../src/model/timeline';
import type { Closure, MissionEvent } from '../../src/model/types';
import { metres, percent, seconds, signed } from '../../src/model/words';
import { LogOf, leg, ROUND, STRAIGHT, snapshot, time, town, view } from './town';

const closure = (body: Closure): Pick<MissionEvent, 'kind' | 'body'> => ({ kind: 'closure', body });
const close = (id: string, segments: number[]) =>
  closure({ action: 'close', id, segments, reason: 'flood', closed_by: 'ops', expires_at: null });

describe('a network', () => {
  const network = town();

  test('knows what is ahead of a place on a route, and where a distance leads', () => {
    expect(legsAhead(network, STRAIGHT, { segment: 1, offset_m: 250 })).toEqual([leg(1, 250, 1000), leg(2, 0, 1000)]);
    expect(legsAhead(network, STRAIGHT, { segment: 3, offset_m: 600 })).toBeNull();
    // The same junction by another segment's name.
    expect(legsAhead(network, STRAIGHT, { segment: 3, offset_m: 0 })).toEqual([leg(1, 0, 1000), leg(2, 0, 1000)]);
    expect(length_m(STRAIGHT)).toBe(3000);
    expect(alongLegs(STRAIGHT, 1250)).toEqual({ segment: 1, offset_m: 250 });
    expect(alongLegs([leg(1, 800, 0)], 300)).toEqual({ segment: 1, offset_m: 500 });
    expect(alongLegs(STRAIGHT, 9999)).toEqual({ segment: 2, offset_m: 1000 });
  });

  test('finds the segment nearest to a point, against a look at all of them', () => {
    for (let i = 0; i < 300; i++) {
      const at = { x: ((i * 977) % 3400) - 1700, y: ((i * 613) % 900) - 500 };
      const all = network.segments.map(segment => {
        const line = network.line(leg(segment.id, 0, segment.length_m));
        let least = Infinity;
        for (let k = 0; k < 2000; k++) {
          const t = (k / 2000) * (line.length - 1);
          const [a, b] = [line[Math.floor(t)]!, line[Math.floor(t) + 1]!];
          const f = t % 1;
          least = Math.min(least, Math.hypot(a.x + (b.x - a.x) * f - at.x, a.y + (b.y - a.y) * f - at.y));
        }
        return least;
      });
      const least = Math.min(...all);
      const found = network.nearest(at, 120);
      if (least > 121) expect(found).toBeNull();
      else if (least < 119) expect(all[found!.id]! - least).toBeLessThan(1);
    }
  });

  test('goes from longitude and latitude to its plane and back', () => {
    const there = network.project({ lon: 8.02, lat: 50.001 });
    const back = network.unproject(there);
    expect(back.lon).toBeCloseTo(8.02, 9);
    expect(back.lat).toBeCloseTo(50.001, 9);
  });
});

describe('what is known', () => {
  test('follows the latest observation, whatever the order of reports', () => {
    const log = new LogOf();
    const events = [log.created(), log.report(10, 1, 'clear', 9), log.report(11, 1, 'blocked', 5)];
    const mission = new Mission(snapshot());
    for (const event of events) mission.apply(event);
    expect(mission.state(1)).toBe('clear');
    expect(mission.counts).toEqual({ clear: 1, blocked: 0 });
    mission.apply(log.report(12, 1, 'blocked', 12));
    expect(mission.state(1)).toBe('blocked');
    expect(blockageOffset(mission.known.get(1))).toBe(400);
    expect(mission.counts).toEqual({ clear: 0, blocked: 1 });
  });

  test('lies under closings, each of which ends for itself', () => {
    const log = new LogOf();
    const mission = new Mission(snapshot());
    log.created();
    mission.apply(log.report(1, 1, 'clear'));
    mission.apply(log.add(2, close('a', [1, 2])));
    mission.apply(log.add(3, close('b', [1])));
    expect([1, 2].map(id => mission.state(id))).toEqual(['blocked', 'blocked']);
    expect(blockageOffset(mission.known.get(1))).toBeNull();
    mission.apply(log.add(4, closure({ action: 'expire', id: 'a' })));
    expect([1, 2].map(id => mission.state(id))).toEqual(['blocked', 'unknown']);
    expect(mission.closings.size).toBe(1);
    mission.apply(
      log.add(5, closure({ action: 'reopen', id: 'c', segments: [1], reason: 'dry', reopened_by: 'ops', at: time(5) })),
    );
    expect(mission.state(1)).toBe('clear');
    expect(mission.closings.size).toBe(0);
    expect(mission.counts).toEqual({ clear: 1, blocked: 0 });
  });

  test('takes closings decided together for one change, and ends each for itself', () => {
    const log = new LogOf();
    const mission = new Mission(snapshot());
    log.created();
    const closings = [
      { id: 'a', segments: [1, 2], reason: 'works', expires_at: time(9) },
      { id: 'b', segments: [2], reason: 'flood', expires_at: null },
    ];
    const together = closure({ action: 'close_each', id: 'feed', closings, closed_by: 'roads' });
    const changed = mission.apply(log.add(2, together));
    expect(changed).toEqual({ what: 'knowledge', segments: [1, 2] });
    expect([...mission.closings.keys()]).toEqual(['a', 'b']);
    expect(mission.counts.blocked).toBe(2);
    mission.apply(log.add(3, closure({ action: 'expire', id: 'a' })));
    expect([1, 2].map(id => mission.state(id))).toEqual(['unknown', 'blocked']);
  });

  test('is void after a reopening, to the microsecond', () => {
    const observation = { observed_at: '2026-05-04T09:00:00.000001Z', finding: 'blocked' };
    const known = { closed_by: new Set<string>(), observation: observation as never };
    expect(stateOf({ ...known, reopened_at: '2026-05-04T09:00:00.000001Z' })).toBe('unknown');
    expect(stateOf({ ...known, reopened_at: '2026-05-04T09:00:00Z' })).toBe('blocked');
    expect(micros('2026-05-04T09:00:00.5Z') - micros('2026-05-04T09:00:00Z')).toBe(500_000);
  });

  test('is not guessed over a gap in the log, and nothing counts twice', () => {
    const log = new LogOf();
    log.created();
    const [first, , third] = [log.report(1, 0, 'clear'), log.report(2, 1, 'clear'), log.report(3, 2, 'clear')];
    const mission = new Mission(snapshot());
    expect(mission.apply(first!)).toEqual({ what: 'knowledge', segments: [0] });
    expect(mission.apply(first!)).toEqual({ what: 'nothing' });
    expect(mission.apply(third!)).toEqual({ what: 'gap' });
    expect(mission.seq).toBe(2);
  });

  test('goals and waypoints are those of the log, in either form, and visits count', () => {
    const log = new LogOf();
    const mission = new Mission(snapshot());
    log.created();
    const end = (segment: number) => ({ segment, offset_m: 0, lon_lat: view().start.position, snapped_m: 0 });
    mission.apply(
      log.add(1, { kind: 'mission_changed', body: { goal: [end(1), end(2)], waypoints: [end(0), end(3)] } }),
    );
    expect(mission.view.goals.map(it => it.segment)).toEqual([1, 2]);
    expect(mission.view.goal.segment).toBe(1);
    expect(mission.view.waypoints.map(it => it.segment)).toEqual([0, 3]);
    const visit = { vehicle: 'ugv', place: { segment: 0, offset_m: 0 }, observed_at: time(2) };
    const told = mission.apply(log.add(2, { kind: 'vehicle', body: { ...visit, change: 'visited_waypoint' } }));
    expect([told.what, mission.view.waypoints_visited, mission.view.version]).toEqual(['mission', 1, 2]);
    mission.apply(log.add(3, { kind: 'mission_changed', body: { goal: end(3), waypoints: [] } }));
    expect([mission.view.goals.length, mission.view.waypoints_visited]).toEqual([1, 0]);
  });

  test('keeps the newest position of each vehicle', () => {
    const mission = new Mission(snapshot());
    const position = (s: number) => ({ vehicle: 'ugv', observed_at: time(s), position: { lon: 8, lat: 50 } });
    expect(mission.move(position(2))).toBe(true);
    expect(mission.move(position(1))).toBe(false);
    expect(mission.positions.size).toBe(1);
  });
});

describe('the story', () => {
  test('says what each plan changed, with its cause', () => {
    const log = new LogOf();
    const told: string[] = [];
    const chronicle = new Chronicle(town(), 0);
    const tell = (event: MissionEvent) => {
      const line = chronicle.tell(event);
      if (line?.merge) told.pop();
      if (line) told.push(line.entry.text.replaceAll('\u00a0', ' '));
    };
    tell(log.created());
    tell(log.plan(0.1, STRAIGHT, 0));
    tell(log.report(5, 0, 'clear'));
    tell(log.plan(5.1, [leg(0, 50, 1000), ...STRAIGHT.slice(1)], 50));
    tell(log.report(6, 1, 'blocked'));
    tell(log.plan(6.1, ROUND(60), 60));
    tell(log.report(7, 3, 'blocked'));
    tell(log.plan(7.1, null, 70));
    expect(told).toEqual([
      'Mission created',
      'First route of 3000 m, 5 min 00 s'.replace('5 min 00 s', seconds(300).replaceAll('\u00a0', ' ')),
      '1 segment clear: route unchanged',
      'Segment 1 (Bridge) blocked: +281 m, +28 s',
      'Segment 3 (Detour) blocked: no way to the goal',
    ]);
  });
});

describe('a replay', () => {
  const log = new LogOf();
  log.created();
  log.plan(1, STRAIGHT, 0, 0);
  log.report(11, 1, 'blocked');
  log.plan(11, ROUND(100), 100, 180);
  log.add(40, { kind: 'mission_ended', body: { outcome: 'cancelled' } });
  const begins = Date.parse(time(0));
  const timeline = () => new Timeline(town(), view(), [...log.events]);
  const ugv = (it: Timeline, s: number) => it.positions(begins + s * 1000).find(({ vehicle }) => vehicle === 'ugv')!;

  test('shows the mission as it was at any moment, forwards and backwards', () => {
    const it = timeline();
    expect([it.begins, it.ends]).toEqual([begins, begins + 40_000]);
    const at = (s: number) => it.at(begins + s * 1000);
    expect(at(5).mission.state(1)).toBe('unknown');
    expect(at(20).mission.state(1)).toBe('blocked');
    expect(at(20).fresh).toBe(false);
    expect(at(40).mission.view.status).toBe('cancelled');
    const back = at(5);
    expect([back.fresh, back.mission.state(1), back.mission.view.status]).toEqual([true, 'unknown', 'active']);
  });

  test('has vehicles where plans found them, and on their way between', () => {
    const it = timeline();
    expect(ugv(it, 1)).toMatchObject({ segment: 0, offset_m: 0 });
    expect(ugv(it, 6).offset_m).toBeCloseTo(50, 6);
    expect(ugv(it, 11).offset_m).toBeCloseTo(100, 6);
    // After the last plan it goes on at the pace it had.
    expect(ugv(it, 16).offset_m).toBeCloseTo(150, 6);
    const network = town();
    const uav = (s: number) => {
      const { position } = it.positions(begins + s * 1000).find(({ vehicle }) => vehicle === 'uav-1')!;
      return network.project(position).x - network.project(view().start.position).x;
    };
    expect(uav(1)).toBeCloseTo(0, 0);
    expect(Math.abs(uav(11) - 180)).toBeLessThan(2);
    expect(uav(6)).toBeGreaterThan(60);
  });

  test('keeps the way driven over all plans', () => {
    const it = timeline();
    expect(it.at(begins + 5_000).mission.trail!.legs).toEqual([]);
    expect(it.at(begins + 20_000).mission.trail!.legs).toEqual([leg(0, 0, 100)]);
    expect(it.at(begins + 5_000).mission.trail!.legs).toEqual([]);
  });

  test('takes in what comes while it runs', () => {
    const running = new Timeline(town(), view(), log.events.slice(0, 3));
    running.push(log.events[3]!);
    running.push(log.events[3]!);
    expect(running.events.length).toBe(4);
    expect(running.ends).toBe(begins + 11_000);
  });
});

test('a vehicle glides to its newest position and does not jump back', () => {
  const motion = new Motion(() => false);
  motion.tell('ugv', { x: 0, y: 0 }, 0);
  motion.tell('ugv', { x: 10, y: 0 }, 1000);
  let before = -1;
  for (let now = 1000; now <= 2200; now += 16) {
    const { x, heading } = motion.at('ugv', now)!;
    expect(x).toBeGreaterThanOrEqual(before);
    expect(heading).toBe(0);
    before = x;
  }
  expect(motion.at('ugv', 2200)!.x).toBe(10);
  expect(motion.moving(2200)).toBe(false);
  motion.tell('ugv', { x: 5000, y: 0 }, 3000);
  expect(motion.at('ugv', 3000)!.x).toBe(5000);
  const still = new Motion(() => true);
  still.tell('ugv', { x: 0, y: 0 }, 0);
  still.tell('ugv', { x: 10, y: 0 }, 1000);
  expect(still.at('ugv', 1000)!.x).toBe(10);
});

test("the network's plane is told apart by one point to a metre over ten kilometres", () => {
  // East-north-up coordinates about 8° E, 50° N, by the service's own formula.
  const plane = new Plane({ lon: 8, lat: 50 }, { x_m: 0, y_m: 0 });
  const { lon, lat } = plane.lonLatOf({ x_m: 7_169.55, y_m: 11_125.2 });
  expect(Math.abs(lon - 8.1) * 71_600).toBeLessThan(20);
  expect(Math.abs(lat - 50.1) * 111_200).toBeLessThan(20);
});

test('numbers are written with their units', () => {
  const plainly = (text: string) => text.replaceAll('\u00a0', ' ');
  expect(plainly(metres(340.4))).toBe('340 m');
  expect(plainly(metres(12_340))).toBe('12.3 km');
  expect(plainly(seconds(17))).toBe('17 s');
  expect(plainly(seconds(272))).toBe('4 min 32 s');
  expect(plainly(signed(-17, seconds))).toBe('\u221217 s');
  expect([0, 0.001, 0.5, 0.999, 1].map(share => plainly(percent(share)))).toEqual([
    '0 %',
    '< 1 %',
    '50 %',
    '> 99 %',
    '100 %',
  ]);
});

test('ids are UUIDs of version 7 with the time in front', () => {
  const ids = [newId(0x0193_8a6e_1111), newId(0x0193_8a6e_1112)];
  for (const id of ids) expect(id).toMatch(/^01938a6e-111[12]-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids[0]! < ids[1]!).toBe(true);
});
