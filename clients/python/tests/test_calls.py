"""The calls, against the real service."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from conftest import MakeMission
from demo import town
from service import REPOSITORY, until

from outrider_client import (
    Conflict,
    NotFound,
    Outrider,
    ProblemError,
    Upload,
    api,
    events,
    given,
    new_id,
    parameters,
    route_of,
)
from outrider_client.models import (
    ClosureClose,
    CreateClosure,
    CreateMission,
    FindNearestGoals,
    FixRequest,
    GoalRequest,
    ImportView,
    LocationRequest,
    LonLat,
    MissionEventClosure,
    MissionEventMissionCreated,
    MissionView,
    NetworkView,
    PatchMission,
    StrategyRequest,
    TrackRequest,
    UgvRequest,
)

DOCUMENT = json.loads((REPOSITORY / "openapi" / "openapi.json").read_text(encoding="utf-8"))
BY_HAND = {
    "stream_events",
    "stream_joint_events",
    "stream_import_events",
    "create_network",
    "export_log",
    "get_cot",
    "get_metrics",
}


def test_every_operation_of_the_document_has_a_call() -> None:
    operations = {of["operationId"] for methods in DOCUMENT["paths"].values() for of in methods.values()}
    assert set(api.__all__) == operations - BY_HAND


def test_every_kind_of_log_entry_has_a_class() -> None:
    bodies = DOCUMENT["components"]["schemas"]["EventBody"]["oneOf"]
    assert set(events.KINDS) == {body["properties"]["kind"]["enum"][0] for body in bodies}


def test_a_mission_is_created_read_changed_and_ended(outrider: Outrider, network: NetworkView) -> None:
    west, south, east, north = network.bbox
    body = CreateMission(
        network_id=network.id,
        start=LocationRequest(position=LonLat(lon=west, lat=south), snap_limit_m=1_000.0),
        goal=LocationRequest(position=LonLat(lon=east, lat=north), snap_limit_m=1_000.0),
        ugv=UgvRequest(speed_mps=10.0),
        strategy=StrategyRequest(name="k_shortest_paths", parameters=parameters(k=4)),
    )
    key = str(new_id())
    mission = api.create_mission.sync(outrider, body=body, idempotency_key=key)
    assert api.create_mission.sync(outrider, body=body, idempotency_key=key).id == mission.id
    assert mission.strategy.to_dict() == {"name": "k_shortest_paths", "parameters": {"k": 4}}
    patch = PatchMission(strategy=StrategyRequest(name="ugv_only"))
    changed = api.update_mission.sync(outrider, mission.id, body=patch, if_match=f'"{mission.version}"')
    assert changed.strategy.name == "ugv_only"
    with pytest.raises(ProblemError) as raised:
        api.update_mission.sync(outrider, mission.id, body=patch, if_match=f'"{mission.version}"')
    assert raised.value.status == 412
    assert api.pause_mission.sync(outrider, mission.id).status == "paused"
    assert api.resume_mission.sync(outrider, mission.id).status == "active"
    assert api.cancel_mission.sync(outrider, mission.id).status == "cancelled"
    with pytest.raises(Conflict):
        api.pause_mission.sync(outrider, mission.id)
    listed = api.list_missions.sync(outrider, network_id=network.id, status="cancelled")
    assert mission.id in [item.id for item in listed.missions]


def test_what_is_known_planned_and_logged_is_read(outrider: Outrider, mission: MissionView) -> None:
    closure = CreateClosure(action="close", reason="flood", segments=[3, 4])
    accepted = api.create_closure.sync(outrider, mission.id, body=closure)
    assert accepted.segment_count == 2
    knowledge = api.get_knowledge.sync(outrider, mission.id)
    assert [(known.segment, known.state) for known in knowledge.segments] == [(3, "blocked"), (4, "blocked")]
    log = api.list_log_events.sync(outrider, mission.id).events
    assert isinstance(log[0], MissionEventMissionCreated)
    closed = [entry.body for entry in log if isinstance(entry, MissionEventClosure)]
    assert [body.reason for body in closed if isinstance(body, ClosureClose)] == ["flood"]
    route = route_of(until("there is a plan that knows of it", lambda: plan_of(outrider, mission, accepted.revision)))
    assert route is not None
    assert not {3, 4} & {leg.segment for leg in route.legs}
    forecast = api.get_forecast.sync(outrider, mission.id, worlds=20)
    assert forecast.outcome == "route"
    maneuvers = [told.maneuver for told in api.list_instructions.sync(outrider, mission.id).instructions]
    assert (maneuvers[0], maneuvers[-1]) == ("depart", "arrive")
    assert given(api.list_alternatives.sync(outrider, mission.id, k=2).current) is not None
    reached = api.get_reachability.sync(outrider, mission.id, within_s=[60.0, 120.0]).to_dict()
    roles = [feature["properties"]["role"] for feature in reached["features"]]
    assert roles == ["area", "area", "roads", "roads", "start"]
    goals = FindNearestGoals(goals=[GoalRequest(at=LocationRequest(segment=7, offset_m=1.0), name="clinic")])
    nearest = api.find_nearest_goals.sync(outrider, mission.id, body=goals)
    assert [(goal.index, goal.name, goal.outcome) for goal in nearest.goals] == [(0, "clinic", "route")]


def plan_of(outrider: Outrider, mission: MissionView, revision: int) -> object | None:
    """The mission's plan, if there is one that knows as much."""
    try:
        plan = api.get_plan.sync(outrider, mission.id)
    except Conflict:
        # The first one follows shortly.
        return None
    return plan if plan.basis.revision >= revision else None


def test_networks_are_read(outrider: Outrider, network: NetworkView) -> None:
    assert network.id in [listed.id for listed in api.list_networks.sync(outrider).networks]
    roads = api.get_network_geojson.sync(outrider, network.id).to_dict()
    assert len(roads["features"]) == network.segment_count
    lon, lat = roads["features"][5]["geometry"]["coordinates"][0][:2]
    nearest = api.find_nearest_segment.sync(outrider, network.id, lon=lon, lat=lat)
    assert nearest.snapped_m < 0.01
    assert nearest.others == []
    several = api.find_nearest_segment.sync(outrider, network.id, lon=lon, lat=lat, limit_m=5000, count=3)
    assert len(several.others) == 2
    line = roads["features"][5]["geometry"]["coordinates"]
    begin = datetime(2026, 5, 4, 9, 30, tzinfo=timezone.utc)
    fixes = [
        FixRequest(position=LonLat(lon=at[0], lat=at[1]), observed_at=begin + timedelta(seconds=60 * i))
        for i, at in enumerate(line)
    ]
    matched = api.match_track.sync(outrider, network.id, body=TrackRequest(fixes=fixes))
    assert [fix.outcome for fix in matched.fixes] == ["matched"] * len(line)
    assert [leg.segment for leg in matched.stretches[0].legs] == [5]


def test_what_stands_alone_is_read(outrider: Outrider) -> None:
    assert "adaptive" in [strategy.name for strategy in api.list_strategies.sync(outrider).strategies]
    assert api.get_liveness.sync(outrider).status == "ok"
    assert api.get_session.sync(outrider).role == "admin"
    assert api.list_audit_entries.sync(outrider, limit=5).entries


def test_a_network_is_uploaded_once_under_the_same_key(outrider: Outrider) -> None:
    line = {"type": "LineString", "coordinates": [[8.0, 50.0], [8.01, 50.0]]}
    file = json.dumps(
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}
    )
    name, key = str(uuid4()), str(uuid4())
    upload = Upload(file.encode(), name=name, media_type="application/geo+json", idempotency_key=key)
    network_id = outrider.upload_network(upload).id
    assert outrider.upload_network(upload).id == network_id
    api.delete_network.sync(outrider, network_id)
    with pytest.raises(NotFound):
        api.get_network.sync(outrider, network_id)


def test_an_import_goes_on_by_itself(outrider: Outrider, tmp_path: Path) -> None:
    file = tmp_path / "town.geojson"
    file.write_text(json.dumps(town()))
    begun = outrider.begin_import(Upload(file, name=str(uuid4())))
    done = until("the import has ended", lambda: ended_import(outrider, begun.id))
    assert done.state == "stored", done
    network_id = given(done.network_id)
    assert network_id is not None
    assert api.get_network.sync(outrider, network_id).name == begun.name
    assert begun.id in [listed.id for listed in api.list_imports.sync(outrider).imports]


def ended_import(outrider: Outrider, id: UUID) -> ImportView | None:
    found = api.get_import.sync(outrider, id)
    return None if found.state == "running" else found


def test_a_refusal_says_what_is_wrong_and_where(outrider: Outrider, network: NetworkView) -> None:
    nowhere = LocationRequest(position=LonLat(lon=0.0, lat=0.0))
    body = CreateMission(network_id=network.id, start=nowhere, goal=nowhere, ugv=UgvRequest(speed_mps=10.0))
    with pytest.raises(ProblemError) as raised:
        api.create_mission.sync(outrider, body=body)
    problem = raised.value
    assert (problem.status, problem.title) == (422, "Unprocessable Entity")
    assert problem.pointer is not None
    assert problem.pointer.startswith("/start")
    assert problem.code
    assert problem.detail
    assert problem.request_id
    assert problem.errors[0].message
    assert problem.code in str(problem)


def test_what_is_not_there_is_said_so(outrider: Outrider) -> None:
    with pytest.raises(NotFound) as raised:
        api.get_mission.sync(outrider, uuid4())
    assert raised.value.code == "no_such_mission"


def test_tasks_call_the_same(service_url: str, make_mission: MakeMission) -> None:
    mission = make_mission()

    async def calls() -> None:
        async with Outrider(service_url) as outrider:
            same, missions = await asyncio.gather(
                api.get_mission.asyncio(outrider, mission.id), api.list_missions.asyncio(outrider, limit=1)
            )
            assert same.id == mission.id
            assert len(missions.missions) == 1
            with pytest.raises(NotFound):
                await api.get_mission.asyncio(outrider, uuid4())

    asyncio.run(calls())
