"""The options that a vehicle's program has, whichever vehicle it is."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from uuid import UUID

from node import Executor
from roads import Place, Roads, World

from outrider_client import Outrider, api
from outrider_client.models import MissionView


def add_service_options(arguments: argparse.ArgumentParser) -> None:
    """Where the service is, and how fast time runs."""
    arguments.add_argument("--url", default="http://127.0.0.1:8080", help="the service (%(default)s)")
    arguments.add_argument(
        "--key", default=os.environ.get("OUTRIDER_KEY"), help="an API key; $OUTRIDER_KEY unless given"
    )
    arguments.add_argument("--ca-file", help="the authority that the service's certificate comes from, as PEM")
    arguments.add_argument("--faster", type=float, default=1.0, help="how many times faster time runs (%(default)s)")
    arguments.add_argument("--seed", type=int, default=1, help="which roads are truly blocked (%(default)s)")
    arguments.add_argument("--blocked", type=float, default=0.2, help="how many of them, 0 to 1 (%(default)s)")
    arguments.add_argument("--limit-s", type=float, default=3_600.0, help="when to give up, in seconds (%(default)s)")


def add_options(arguments: argparse.ArgumentParser) -> None:
    """All that a vehicle needs to know."""
    add_service_options(arguments)
    arguments.add_argument("--mission", type=UUID, required=True, help="the mission's id")


def connect(options: argparse.Namespace) -> Outrider:
    """The service that the options name."""
    return Outrider(options.url, options.key, ca_file=options.ca_file)


@dataclass(frozen=True)
class Options:
    """What the options come to."""

    outrider: Outrider
    executor: Executor
    mission: MissionView
    roads: Roads
    world: World
    limit_s: float
    given: argparse.Namespace


def read_options(arguments: argparse.ArgumentParser) -> Options:
    """Reads the command line, and asks the service for the mission and its roads."""
    options = arguments.parse_args()
    outrider = connect(options)
    mission = api.get_mission.sync(outrider, options.mission)
    roads = Roads.of(outrider, mission.network_id)
    world = world_of(mission, roads, options.blocked, options.seed)
    return Options(outrider, Executor(options.faster), mission, roads, world, options.limit_s, options)


def world_of(mission: MissionView, roads: Roads, blocked: float, seed: int) -> World:
    """The world in which the mission takes place."""
    return World(roads, Place(mission.goal.segment, mission.goal.offset_m), blocked, seed)
