"""A simulated ground vehicle, as a node: it drives the route of the present plan, tells where it is, stops at the
blockages that it meets and reports them, and follows new plans as they come.

    python ugv_node.py --mission 01938a6e-0000-7000-8000-000000000001 --seed 7
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from node import Executor, Node
from roads import Place, Roads, World
from vehicle_options import Options, add_options, read_options

from outrider_client import (
    Event,
    Outrider,
    Reporter,
    Snapshot,
    StreamEvent,
    given,
    position_of,
    report_of,
    route_of,
)
from outrider_client.models import MissionEventMissionEnded, MissionEventPlan, MissionView

PERIOD_S = 0.1
STOPS_SHORT_M = 0.5
"""How far short of a blockage the vehicle stops."""
TRAIL_M = 1_000.0
"""How far back the vehicle remembers its way: as far as it may get while a plan is made."""

BlockageM = Callable[[int], "float | None"]


@dataclass(frozen=True)
class Leg:
    """A part of a segment, in the direction in which it is gone along."""

    segment: int
    from_m: float
    to_m: float

    @property
    def begin(self) -> Place:
        return Place(self.segment, self.from_m)

    @property
    def length_m(self) -> float:
        return abs(self.to_m - self.from_m)

    def covers(self, offset_m: float) -> bool:
        return min(self.from_m, self.to_m) <= offset_m <= max(self.from_m, self.to_m)


@dataclass(frozen=True)
class Sight:
    """What a vehicle finds of a segment: it went along all of it, or stands before a blockage."""

    segment: int
    blockage_m: float | None
    """Where it is blocked, in metres from the first end; `None` if it is clear."""


@dataclass
class Drive:
    """The vehicle's motion: along its route at constant speed, turning round when told, stopping short of blockages."""

    roads: Roads
    place: Place
    route: deque[Leg] = field(default_factory=deque)
    _entered_m: float | None = None
    """The end by which it came onto its segment; `None` where it began inside the segment."""
    _returning: int = 0
    """How many legs at the front of the route lead back to the route proper."""
    _trail: list[Leg] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.roads.node_at(self.place) is not None:
            self._entered_m = self.place.offset_m

    def halt(self) -> None:
        """Stops where it is."""
        self.route.clear()
        self._returning = 0

    def follow(self, legs: Sequence[Leg]) -> None:
        """Takes up a route at once, mid-segment included. The vehicle may have moved on since the place that the route
        was planned from: it joins the route where it is, or turns back to where it left it. If it cannot, it drives on,
        and the service will notice."""
        rest = self._joined_at(legs, self.place)
        if rest is not None:
            self.route, self._returning = deque(rest), 0
            return
        back: list[Leg] = []
        for driven in reversed(self._trail):
            reverse = Leg(driven.segment, driven.to_m, driven.from_m)
            met_m = _first_common_m(reverse, legs)
            back.append(reverse if met_m is None else replace(reverse, to_m=met_m))
            rest = self._joined_at(legs, Place(driven.segment, back[-1].to_m))
            if rest is not None:
                self.route, self._returning = deque([*back, *rest]), len(back)
                return

    def advance(self, distance_m: float, blockage_m: BlockageM) -> list[Sight]:
        """Drives so far, and gives what it finds on the way. `blockage_m` says where a segment is truly blocked."""
        left_m = distance_m
        sights: list[Sight] = []
        while left_m > 0.0 and self.route:
            leg = self.route[0]
            if leg.segment != self.place.segment:
                self.place = leg.begin
                self._entered_m = leg.from_m
            here_m = self.place.offset_m
            sign = -1.0 if leg.to_m < here_m else 1.0
            at_m = blockage_m(leg.segment)
            if at_m is not None and not (sign * (at_m - here_m) > 0.0 and sign * (leg.to_m - at_m) >= -STOPS_SHORT_M):
                at_m = None
            stop_m = leg.to_m
            if at_m is not None:
                # Not backwards, if the way is blocked right before the vehicle.
                stop_m = sign * max(sign * here_m, sign * at_m - STOPS_SHORT_M)
            to_go_m = abs(stop_m - here_m)
            if to_go_m > left_m:
                self._drive_to(here_m + sign * left_m)
                break
            left_m -= to_go_m
            self._drive_to(stop_m)
            if at_m is not None:
                sights.append(Sight(leg.segment, at_m))
                self._turn_at_blockage(leg.segment, sign)
                break
            self.route.popleft()
            self._returning = max(0, self._returning - 1)
            if self.roads.node_at(self.place) is not None:
                if self._entered_m is not None and self._entered_m != stop_m:
                    sights.append(Sight(leg.segment, None))
                self._entered_m = stop_m
        return sights

    def _drive_to(self, offset_m: float) -> None:
        segment, from_m = self.place
        self.place = Place(segment, offset_m)
        if from_m == offset_m:
            return
        last = self._trail[-1] if self._trail else None
        goes_on = (
            last is not None
            and (last.segment, last.to_m) == (segment, from_m)
            and (last.to_m > last.from_m) == (offset_m > from_m)
        )
        if last is not None and goes_on:
            self._trail[-1] = replace(last, to_m=offset_m)
        else:
            self._trail.append(Leg(segment, from_m, offset_m))
        while len(self._trail) > 1 and sum(leg.length_m for leg in self._trail[1:]) > TRAIL_M:
            self._trail.pop(0)

    def _turn_at_blockage(self, segment: int, sign: float) -> None:
        """Waits for the plan that knows of the blockage. But when it was on its way back to a route, the way back is
        cut
        off: then it drives away from the blockage, off the route, so that the service plans from where it really is."""
        was_returning = self._returning > 0
        self.halt()
        if was_returning:
            to_m = 0.0 if sign > 0.0 else self.roads.length_m(segment)
            self.route.append(Leg(segment, self.place.offset_m, to_m))

    def _joined_at(self, legs: Sequence[Leg], place: Place) -> list[Leg] | None:
        """What is left of the legs from the place on, if they pass it."""
        for i, leg in enumerate(legs):
            if leg.segment == place.segment and leg.covers(place.offset_m):
                return [replace(leg, from_m=place.offset_m), *legs[i + 1 :]]
        for i, leg in enumerate(legs):
            if self.roads.is_same(leg.begin, place):
                return list(legs[i:])
        return None


def _first_common_m(back: Leg, legs: Sequence[Leg]) -> float | None:
    """The first offset on the way back that a leg covers as well."""
    on_back = [leg for leg in legs if leg.segment == back.segment]
    met_m = [min(max(back.from_m, min(leg.from_m, leg.to_m)), max(leg.from_m, leg.to_m)) for leg in on_back]
    return min((m for m in met_m if back.covers(m)), key=lambda m: abs(m - back.from_m), default=None)


class UgvNode(Node):
    """The ground vehicle's computer. It stops its executor when the mission is over; `outcome` says how."""

    def __init__(
        self,
        executor: Executor,
        outrider: Outrider,
        mission: MissionView,
        roads: Roads,
        world: World,
        say: Callable[[str], Any] = print,
    ) -> None:
        super().__init__("ugv", executor, say)
        self.outcome: str | None = None
        self.plans = 0
        self._mission_id = mission.id
        self._speed_mps = mission.ugv_speed_mps
        self._roads, self._world = roads, world
        self._drive: Drive | None = None
        self._reporter = Reporter(outrider, mission.id, on_failure=self._on_failure)
        executor.create_subscription(outrider, mission.id, self.on_event)
        executor.create_timer(PERIOD_S, self.on_timer)

    def on_event(self, event: StreamEvent) -> None:
        """Something came by the stream."""
        match event:
            case Snapshot(view=view):
                if self._drive is None:
                    self._drive = Drive(self._roads, _where(view.mission, view.positions))
                if view.mission.status in ("arrived", "cancelled"):
                    self._end(view.mission.status)
                self._take(given(view.plan))
            case Event(seq=seq, entry=MissionEventPlan(body=plan)):
                self.plans += 1
                route = route_of(plan)
                if route is None:
                    self.log(f"plan {seq}: {plan.outcome.replace('_', ' ')}")
                else:
                    self.log(f"plan {seq}: {route.length_m:.0f} m, {route.duration_s:.0f} s to go")
                self._take(plan)
            case Event(entry=MissionEventMissionEnded(body=body)):
                self._end(body.outcome)
            case _:
                pass

    def on_timer(self) -> None:
        """Time has passed."""
        passed_s = self.passed_s()
        if self._drive is None or self.outcome is not None:
            return
        for sight in self._drive.advance(self._speed_mps * passed_s, self._world.blockage_m):
            if sight.blockage_m is None:
                self._reporter.report(report_of(self.name, "clear", segment=sight.segment))
            else:
                self.log(f"stands before a blockage of {self._roads.describe(sight.segment)}")
                found = report_of(self.name, "blocked", segment=sight.segment, blockage_offset_m=sight.blockage_m)
                self._reporter.report(found)
        segment, offset_m = self._drive.place
        self._reporter.position(position_of(self.name, segment=segment, offset_m=offset_m))

    def close(self) -> None:
        """Ends its connection."""
        self._reporter.close(timeout_s=1.0)

    def _take(self, plan: object) -> None:
        if self._drive is None or plan is None:
            return
        route = route_of(plan)
        if route is None:
            self._drive.halt()
        else:
            self._drive.follow([Leg(leg.segment, leg.from_m, leg.to_m) for leg in route.legs])

    def _end(self, outcome: str) -> None:
        self.outcome = outcome
        self.log(outcome)
        self.executor.stop()

    def _on_failure(self, error: Exception, pause_s: float) -> None:
        self.log(f"cannot send, tries again in {pause_s:.1f} s: {error}")


def _where(mission: MissionView, positions: Sequence[Any]) -> Place:
    """Where the vehicle last said it was, or the mission's start."""
    for position in positions:
        segment, offset_m = given(position.segment), given(position.offset_m)
        if position.vehicle == "ugv" and segment is not None and offset_m is not None:
            return Place(segment, offset_m)
    return Place(mission.start.segment, mission.start.offset_m)


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    add_options(arguments)
    options: Options = read_options(arguments)
    node = UgvNode(options.executor, options.outrider, options.mission, options.roads, options.world)
    try:
        options.executor.spin(options.limit_s)
    finally:
        node.close()
    return 0 if node.outcome == "arrived" else 1


if __name__ == "__main__":
    raise SystemExit(main())
