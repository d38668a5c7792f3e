"""A whole mission against a running service: a ground vehicle drives through a town in which roads are blocked, drones
look ahead, and all of them follow the plans as they come. Ends when the vehicle arrives.

    outrider serve &
    python demo.py --faster 20
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from typing import Any
from uuid import UUID

import httpx
from node import Executor
from roads import Roads
from uav_node import UavNode
from ugv_node import UgvNode
from vehicle_options import add_service_options, connect, world_of

from outrider_client import NotFound, Outrider, OutriderError, Upload, api, new_id
from outrider_client.models import (
    CreateMission,
    LocationRequest,
    LonLat,
    MissionView,
    NetworkView,
    StrategyRequest,
    UavRequest,
    UgvRequest,
)

TOWN = "outrider-client-town"
BLOCKS = 9
BLOCK_DEG = 0.0018
"""About 200 m from north to south."""
CORNER = (8.40, 49.00)


def town() -> dict[str, Any]:
    """A town as GeoJSON: streets that cross each other, bent a little, with a river that four bridges cross. Always the
    same one."""
    dice = random.Random(0)
    at = {
        (i, j): [
            CORNER[0] + (i * 1.5 + dice.uniform(-0.25, 0.25)) * BLOCK_DEG,
            CORNER[1] + (j + dice.uniform(-0.25, 0.25)) * BLOCK_DEG,
        ]
        for i in range(BLOCKS)
        for j in range(BLOCKS)
    }
    river, bridges = BLOCKS // 2, {1, 3, 5, 8}
    features = []
    for i, j in at:
        for neighbour, name in [((i + 1, j), f"{j + 1}. Street"), ((i, j + 1), f"{i + 1}. Avenue")]:
            crosses_river = j == river and neighbour[1] == j + 1
            if neighbour not in at or (crosses_river and i not in bridges):
                continue
            properties = {"name": f"{name} Bridge" if crosses_river else name}
            line = {"type": "LineString", "coordinates": [at[i, j], at[neighbour]]}
            features.append({"type": "Feature", "properties": properties, "geometry": line})
    return {"type": "FeatureCollection", "features": features}


def network_of(outrider: Outrider, named: str | None) -> NetworkView:
    """The network with a name or an id, or the town, which is uploaded if it is not there."""
    networks = api.list_networks.sync(outrider).networks
    for network in networks:
        if named in (network.name, str(network.id)) or (named is None and network.name == TOWN):
            return network
    if named is not None:
        raise SystemExit(f"no network {named!r}; there are {', '.join(n.name for n in networks) or 'none'}")
    return outrider.upload_network(Upload(json.dumps(town()).encode(), name=TOWN, media_type="application/geo+json"))


def create_mission(outrider: Outrider, network: NetworkView, uavs: int, strategy: str) -> MissionView:
    """A mission from one corner of the network to the other."""
    west, south, east, north = network.bbox
    start, goal = LonLat(lon=west, lat=south), LonLat(lon=east, lat=north)
    mission = CreateMission(
        network_id=network.id,
        name="outrider-client's demo",
        start=LocationRequest(position=start, snap_limit_m=10_000.0),
        goal=LocationRequest(position=goal, snap_limit_m=10_000.0),
        ugv=UgvRequest(speed_mps=8.0),
        uavs=[UavRequest(speed_mps=14.0) for _ in range(uavs)],
        strategy=StrategyRequest(name=strategy),
    )
    return api.create_mission.sync(outrider, body=mission, idempotency_key=str(new_id()))


def run(outrider: Outrider, options: argparse.Namespace) -> str | None:
    """Runs the mission. Gives how it ended."""
    network = network_of(outrider, options.network)
    mission = create_mission(outrider, network, options.uavs, options.strategy)
    roads = Roads.of(outrider, network.id)
    world = world_of(mission, roads, options.blocked, options.seed)
    print(f"mission {mission.id} on {network.name}: {len(roads.roads)} segments, {len(world)} of them blocked")
    executor = Executor(options.faster)
    ugv = UgvNode(executor, outrider, mission, roads, world)
    uavs = [UavNode(executor, outrider, mission, uav.id, roads, world) for uav in mission.uavs]
    try:
        executor.spin(options.limit_s)
    except KeyboardInterrupt:
        cancel(outrider, mission.id)
    finally:
        ugv.close()
        for uav in uavs:
            uav.close()
    took_s = executor.now_s()
    print(f"{ugv.outcome or 'stopped'} after {took_s:.0f} s, {ugv.plans} plans")
    return ugv.outcome


def cancel(outrider: Outrider, mission_id: UUID) -> None:
    """Ends a mission that nobody drives any more."""
    try:
        api.cancel_mission.sync(outrider, mission_id)
    except NotFound:
        return


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0], epilog="Exit codes: 0 the vehicle arrived, 1 it did not."
    )
    add_service_options(arguments)
    arguments.set_defaults(faster=20.0, limit_s=600.0)
    arguments.add_argument("--network", help="name or id of a network; a small town of the demo's own unless given")
    arguments.add_argument("--uavs", type=int, default=2, help="how many drones there are (%(default)s)")
    arguments.add_argument("--strategy", default="bidirectional", help="what the drones do (%(default)s)")
    options = arguments.parse_args()
    with connect(options) as outrider:
        try:
            return 0 if run(outrider, options) == "arrived" else 1
        except (OutriderError, httpx.HTTPError, TimeoutError) as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
