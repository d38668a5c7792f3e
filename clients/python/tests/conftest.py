"""What tests share: a service, a town, missions on it, and a server that says what the test wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from demo import town
from scripted import Scripted
from service import Service

from outrider_client import Outrider, Upload, api
from outrider_client.models import (
    CreateMission,
    LocationRequest,
    LonLat,
    MissionView,
    NetworkView,
    UavRequest,
    UgvRequest,
)

MakeMission = Callable[[], MissionView]


@pytest.fixture(scope="session")
def running() -> Iterator[Service]:
    service = Service("--heartbeat-s", "1")
    try:
        service.start()
        yield service.until_ready()
    finally:
        service.remove()


@pytest.fixture
def service(running: Service) -> Service:
    """A service that is up, open to all, and has a heartbeat every second. Tests may kill it."""
    if not running.is_up():
        running.start()
        running.until_ready()
    return running


@pytest.fixture
def outrider(service: Service) -> Iterator[Outrider]:
    with Outrider(service.url) as outrider:
        yield outrider


@pytest.fixture(scope="session")
def network(running: Service) -> NetworkView:
    with Outrider(running.url) as outrider:
        text = json.dumps(town()).encode()
        return outrider.upload_network(Upload(text, name="tests", media_type="application/geo+json"))


def mission_on(outrider: Outrider, network: NetworkView) -> MissionView:
    """A mission from corner to corner, with one drone."""
    west, south, east, north = network.bbox
    body = CreateMission(
        network_id=network.id,
        start=LocationRequest(position=LonLat(lon=west, lat=south), snap_limit_m=1_000.0),
        goal=LocationRequest(position=LonLat(lon=east, lat=north), snap_limit_m=1_000.0),
        ugv=UgvRequest(speed_mps=10.0),
        uavs=[UavRequest(speed_mps=15.0)],
    )
    return api.create_mission.sync(outrider, body=body)


@pytest.fixture
def make_mission(outrider: Outrider, network: NetworkView) -> MakeMission:
    return lambda: mission_on(outrider, network)


@pytest.fixture
def mission(make_mission: MakeMission) -> MissionView:
    return make_mission()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


@pytest.fixture
def service_url(service: Service) -> str:
    return service.url
