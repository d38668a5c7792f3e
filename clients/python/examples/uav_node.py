"""A simulated drone, as a node: it flies straight to the inspections that it is tasked with, then along each segment,
tells where it is, and reports what it finds.

    python uav_node.py --mission 01938a6e-0000-7000-8000-000000000001 --uav uav-1 --seed 7
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from node import Executor, Node
from roads import Place, Point, Roads, World
from ugv_node import PERIOD_S, BlockageM, Leg, Sight
from vehicle_options import Options, add_options, read_options

from outrider_client import Event, Outrider, Reporter, Snapshot, StreamEvent, position_of, report_of
from outrider_client.models import (
    InspectingRequest,
    MissionEventMissionEnded,
    MissionEventPlan,
    MissionView,
    Tasking,
)


@dataclass
class Flight:
    """The drone's motion."""

    roads: Roads
    point: Point
    inspecting: Leg | None = None
    """The flight along a segment that is under way, from where it has got to."""
    tasks: deque[Leg] = field(default_factory=deque)
    """Whole segments to fly along next."""

    def follow(self, legs: Sequence[Leg]) -> None:
        """Takes up new tasks at once. An inspection under way goes on if it is the first of them, else it is given
        up."""
        self.tasks = deque(self._whole(leg) for leg in legs)
        now = self.inspecting
        first = self.tasks[0] if self.tasks else None
        if now and first and now.segment == first.segment and direction(now) == direction(first):
            self.tasks.popleft()
        else:
            self.inspecting = None

    def advance(self, distance_m: float, blockage_m: BlockageM) -> list[Sight]:
        """Flies so far, and gives what it finds on the way. `blockage_m` says where a segment is truly blocked."""
        left_m = distance_m
        sights: list[Sight] = []
        while left_m > 0.0:
            leg = self.inspecting
            if leg is None:
                if not self.tasks:
                    break
                begin = self.roads.point_at(self.tasks[0].begin)
                to_go_m = self.point.distance_m(begin)
                if to_go_m > left_m:
                    self.point = self.point.towards(begin, left_m / to_go_m)
                    break
                left_m -= to_go_m
                self.point = begin
                self.inspecting = self.tasks.popleft()
                continue
            sign = -1.0 if leg.to_m < leg.from_m else 1.0
            at_m = blockage_m(leg.segment)
            if at_m is not None and sign * (at_m - leg.from_m) < 0.0:
                at_m = None
            stop_m = leg.to_m if at_m is None else at_m
            to_go_m = abs(stop_m - leg.from_m)
            here_m = stop_m if to_go_m <= left_m else leg.from_m + sign * left_m
            self.point = self.roads.point_at(Place(leg.segment, here_m))
            if to_go_m > left_m:
                self.inspecting = replace(leg, from_m=here_m)
                break
            left_m -= to_go_m
            self.inspecting = None
            sights.append(Sight(leg.segment, at_m))
        return sights

    def _whole(self, leg: Leg) -> Leg:
        ends_m = (0.0, self.roads.length_m(leg.segment))
        from_m, to_m = ends_m if leg.to_m > leg.from_m else reversed(ends_m)
        return Leg(leg.segment, from_m, to_m)


def direction(leg: Leg) -> Literal["forward", "backward"]:
    """Along the segment, or against it."""
    return "forward" if leg.to_m > leg.from_m else "backward"


class UavNode(Node):
    """A drone's computer."""

    def __init__(
        self,
        executor: Executor,
        outrider: Outrider,
        mission: MissionView,
        name: str,
        roads: Roads,
        world: World,
        say: Callable[[str], Any] = print,
    ) -> None:
        super().__init__(name, executor, say)
        uav = next((uav for uav in mission.uavs if uav.id == name), None)
        if uav is None:
            raise ValueError(f"the mission has no UAV {name!r}, but {', '.join(uav.id for uav in mission.uavs)}")
        self._speed_mps = uav.speed_mps
        self._roads, self._world = roads, world
        self._flight = Flight(roads, roads.project(uav.start))
        self._known: set[int] = set()
        self.over = False
        self._reporter = Reporter(outrider, mission.id)
        executor.create_subscription(outrider, mission.id, self.on_event)
        executor.create_timer(PERIOD_S, self.on_timer)

    def on_event(self, event: StreamEvent) -> None:
        """Something came by the stream."""
        match event:
            case Snapshot(view=view):
                self.over = view.mission.status in ("arrived", "cancelled")
                self._take(view.plan.tasking if view.plan else [])
            case Event(entry=MissionEventPlan(body=body)):
                self._take(body.tasking)
            case Event(entry=MissionEventMissionEnded()):
                self.over = True
            case _:
                pass

    def on_timer(self) -> None:
        """Time has passed."""
        passed_s = self.passed_s()
        if self.over:
            return
        for sight in self._flight.advance(self._speed_mps * passed_s, self._world.blockage_m):
            if sight.blockage_m is None:
                self.log(f"finds {self._roads.describe(sight.segment)} clear")
                found = report_of(self.name, "clear", segment=sight.segment)
            else:
                self.log(f"finds {self._roads.describe(sight.segment)} blocked")
                found = report_of(self.name, "blocked", segment=sight.segment, blockage_offset_m=sight.blockage_m)
            self._reporter.report(found)
        leg = self._flight.inspecting
        inspecting = None
        if leg is not None:
            inspecting = InspectingRequest(segment=leg.segment, direction=direction(leg))
        at = self._roads.unproject(self._flight.point)
        self._reporter.position(position_of(self.name, position=at, inspecting=inspecting))

    def close(self) -> None:
        """Ends its connection."""
        self._reporter.close(timeout_s=1.0)

    def _take(self, taskings: Sequence[Tasking]) -> None:
        for tasking in taskings:
            if tasking.uav == self.name:
                legs = [inspection.leg for inspection in tasking.inspections]
                self._flight.follow([Leg(leg.segment, leg.from_m, leg.to_m) for leg in legs])


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    add_options(arguments)
    arguments.add_argument("--uav", default="uav-1", help="which of the mission's UAVs this is (%(default)s)")
    options: Options = read_options(arguments)
    executor = options.executor
    node = UavNode(executor, options.outrider, options.mission, options.given.uav, options.roads, options.world)
    executor.create_timer(PERIOD_S, lambda: executor.stop() if node.over else None)
    try:
        executor.spin(options.limit_s)
    finally:
        node.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
