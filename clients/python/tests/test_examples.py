"""The examples arrive, on a good day and on a bad one."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from conftest import MakeMission
from node import Executor
from roads import Place, Roads, World
from service import REPOSITORY, Service, until
from uav_node import UavNode
from ugv_node import Drive, Leg, Sight, UgvNode
from vehicle_options import world_of

from outrider_client import Outrider, api

EXAMPLES = REPOSITORY / "clients" / "python" / "examples"
FASTER = 80.0
LIMIT_S = 60.0


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.mark.parametrize("program", ["demo.py", "ugv_node.py", "uav_node.py"])
def test_every_program_says_what_it_is(program: str) -> None:
    helped = run(program, "--help")
    assert helped.returncode == 0
    assert "--faster" in helped.stdout


def test_the_demo_arrives(service: Service) -> None:
    arguments = ["--url", service.url, "--faster", str(FASTER), "--seed", "3", "--blocked", "0.15"]
    done = run("demo.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arrived after" in done.stdout
    assert "blocked" in done.stdout


def test_the_demo_says_what_is_wrong() -> None:
    done = run("demo.py", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "ConnectError" in done.stderr


def test_a_mission_arrives_although_the_service_is_killed_on_the_way(
    service: Service, make_mission: MakeMission
) -> None:
    """And nothing that the vehicles found is lost: what they know is what the service knows."""
    mission = make_mission()
    executor = Executor(FASTER)
    with Outrider(service.url) as outrider:
        roads = Roads.of(outrider, mission.network_id)
        world = world_of(mission, roads, 0.25, seed=5)
        ugv = UgvNode(executor, outrider, mission, roads, world)
        uav = UavNode(executor, outrider, mission, "uav-1", roads, world)
        spinning = threading.Thread(target=executor.spin, args=[LIMIT_S])
        spinning.start()
        until("some plans have come", lambda: ugv.plans >= 3)
        service.kill()
        service.start()
        spinning.join(LIMIT_S)
        ugv.close()
        uav.close()
        assert ugv.outcome == "arrived"
        service.until_ready()
        known = api.get_knowledge.sync(outrider, mission.id).segments
        blocked = {segment.segment for segment in known if segment.state == "blocked"}
        clear = {segment.segment for segment in known if segment.state == "clear"}
        assert blocked
        assert all(world.blockage_m(segment) is not None for segment in blocked)
        assert all(world.blockage_m(segment) is None for segment in clear)


def square() -> Roads:
    """A square of four roads, 1 km each, numbered around it."""
    corners = [(0.0, 0.0), (0.009, 0.0), (0.009, 0.009), (0.0, 0.009)]
    features = []
    for i in range(4):
        line = [list(corners[i]), list(corners[(i + 1) % 4])]
        properties = {"segment": i, "length_m": 1_000.0, "first_node": str(i), "last_node": str((i + 1) % 4)}
        properties["oneway"] = False
        features.append({"geometry": {"coordinates": line}, "properties": properties})
    return Roads({"features": features})


def test_a_vehicle_stops_short_of_a_blockage_and_turns_when_told() -> None:
    drive = Drive(square(), Place(0, 200.0))
    drive.follow([Leg(0, 200.0, 1_000.0), Leg(1, 0.0, 500.0)])
    assert drive.advance(500.0, {0: 900.0}.get) == []
    assert drive.place == Place(0, 700.0)
    assert drive.advance(500.0, {0: 900.0}.get) == [Sight(0, 900.0)]
    assert drive.place == Place(0, 899.5)
    assert drive.advance(500.0, {0: 900.0}.get) == []
    drive.follow([Leg(0, 899.5, 0.0), Leg(3, 1_000.0, 0.0), Leg(2, 1_000.0, 0.0)])
    assert drive.advance(899.5 + 1_000.0 + 250.0, {0: 900.0}.get) == [Sight(3, None)]
    assert drive.place == Place(2, 750.0)


def test_a_vehicle_that_has_gone_on_turns_back_to_where_the_new_route_leaves_the_old_one() -> None:
    drive = Drive(square(), Place(0, 500.0))
    drive.follow([Leg(0, 500.0, 1_000.0), Leg(1, 0.0, 1_000.0)])
    drive.advance(700.0, lambda _: None)
    assert drive.place == Place(1, 200.0)
    drive.follow([Leg(0, 700.0, 0.0), Leg(3, 1_000.0, 500.0)])
    assert list(drive.route) == [Leg(1, 200.0, 0.0), Leg(0, 1_000.0, 700.0), Leg(0, 700.0, 0.0), Leg(3, 1_000.0, 500.0)]


def test_the_goal_can_be_reached_in_every_world() -> None:
    roads = square()
    for seed in range(200):
        world = World(roads, Place(2, 500.0), 0.9, seed)
        # Of a ring one road may be blocked.
        assert len(world) <= 1
        assert len(World(roads, Place(2, 500.0), 0.0, seed)) == 0
    assert len({World(roads, Place(2, 500.0), 0.9, seed).blockage_m(0) for seed in range(20)}) > 5


@pytest.mark.parametrize("seed", [1, 2])
def test_a_world_follows_from_its_seed(seed: int) -> None:
    roads = square()
    one, same = (World(roads, Place(2, 500.0), 0.5, seed) for _ in range(2))
    assert [one.blockage_m(i) for i in range(4)] == [same.blockage_m(i) for i in range(4)]
