// A mission's whole log on a time axis: its state at any moment, for the replay.

import { Mission } from './mission';
import type { Network } from './network';
import { Plane } from './plane';
import { Reckoning } from './reckoning';
import { Trail } from './trail';
import type { MissionEvent, MissionView, PlanView, PositionView } from './types';

type PlanEvent = Extract<MissionEvent, { kind: 'plan' }>;

export class Timeline {
  readonly begins: number;
  readonly #times: number[] = [];
  readonly #plans: { plan: PlanView; time: number }[] = [];
  #reckoning: { index: number; count: number; is: Reckoning } | null = null;
  #plane: Plane | null = null;
  #mission: Mission;
  /** How many events are folded into the mission. */
  #folded = 0;

  constructor(
    readonly network: Network,
    readonly view: MissionView,
    /** The whole log so far, in order. */
    readonly events: MissionEvent[],
  ) {
    for (const event of events) this.#note(event);
    this.begins = this.#times[0] ?? 0;
    this.#mission = this.#first();
  }

  get ends(): number {
    return this.#times.at(-1) ?? this.begins;
  }

  /** The next event of a mission that goes on. */
  push(event: MissionEvent) {
    if (event.seq !== (this.events.at(-1)?.seq ?? 0) + 1) return;
    this.events.push(event);
    this.#note(event);
  }

  #note(event: MissionEvent) {
    // Clocks of services may step back; time here does not.
    this.#times.push(Math.max(Date.parse(event.recorded_at), this.#times.at(-1) ?? 0));
    if (event.kind === 'plan') {
      const { seq, recorded_at, body } = event as PlanEvent;
      this.#plans.push({ plan: { ...body, seq, recorded_at }, time: this.#times.at(-1)! });
    }
    const uav = event.kind === 'mission_created' || event.kind === 'mission_changed' ? event.body.uavs?.[0] : undefined;
    if (uav && !this.#plane) this.#plane = new Plane(uav.start.lon_lat, uav.start.point);
  }

  #first(): Mission {
    const [created] = this.events;
    this.#folded = created ? 1 : 0;
    if (created?.kind !== 'mission_created') throw new Error('the log does not begin with the mission');
    const mission = Mission.created(this.view, created.body, created.recorded_at);
    mission.trail = new Trail(this.network);
    return mission;
  }

  /** The time of the event with that number. */
  timeOf(seq: number): number {
    return this.#times[seq - 1] ?? this.begins;
  }

  /** The times at which something of that kind happened, for marks on the axis. */
  marks(wanted: (event: MissionEvent) => boolean): number[] {
    return this.events.flatMap((event, i) => (wanted(event) ? [this.#times[i]!] : []));
  }

  /** The state at a moment. `fresh`: it is not the one given before with more folded in, but another one. */
  at(time: number): { mission: Mission; events: MissionEvent[]; fresh: boolean } {
    const before = this.#times[this.#folded - 1] ?? this.begins;
    const fresh = time < before;
    if (fresh) this.#mission = this.#first();
    const events: MissionEvent[] = [];
    while (this.#folded < this.events.length && this.#times[this.#folded]! <= time) {
      const event = this.events[this.#folded]!;
      this.#mission.apply(event);
      this.#folded += 1;
      events.push(event);
    }
    for (const position of this.positions(time)) this.#mission.positions.set(position.vehicle, position);
    return { mission: this.#mission, events, fresh };
  }

  /** Where the vehicles were, as far as plans tell. */
  positions(time: number): PositionView[] {
    let index = this.#plans.length - 1;
    if (this.#reckoning && this.#plans[this.#reckoning.index + 1] && this.#plans[this.#reckoning.index]!.time <= time) {
      index = this.#reckoning.index;
      while (index + 1 < this.#plans.length && this.#plans[index + 1]!.time <= time) index++;
    } else {
      while (index >= 0 && this.#plans[index]!.time > time) index--;
    }
    if (index < 0) return this.#atStart(time);
    if (this.#reckoning?.index !== index || this.#reckoning.count !== this.#plans.length) {
      const { plan, time: begins } = this.#plans[index]!;
      const next = this.#plans[index + 1];
      const stretch = { plan, begins, next: next?.plan ?? null, ends: next?.time ?? null };
      const pace = this.#reckoning?.is.pace ?? 1;
      this.#reckoning = {
        index,
        count: this.#plans.length,
        is: new Reckoning(this.network, this.#plane, stretch, pace),
      };
    }
    return this.#reckoning.is.at(time);
  }

  #atStart(time: number): PositionView[] {
    const { start, uavs } = this.#mission.view;
    const observed_at = new Date(time).toISOString();
    const { segment, offset_m, position } = start;
    return [
      { vehicle: 'ugv', observed_at, position, segment, offset_m },
      ...uavs.map(uav => ({ vehicle: uav.id, observed_at, position: uav.start })),
    ];
  }
}
