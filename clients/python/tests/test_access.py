"""Keys and certificates."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import trustme
from conftest import mission_on
from demo import town
from service import PATIENCE_S, Service, until

from outrider_client import (
    Forbidden,
    NotFound,
    Outrider,
    Reporter,
    Stream,
    StreamEvent,
    Unauthenticated,
    Upload,
    api,
    position_of,
    report_of,
)
from outrider_client.models import CreateKey, KeyCreated, MissionView


class Closed:
    """A service that wants keys, over TLS, with a mission on it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        certificate = authority.issue_cert("127.0.0.1")
        chain, key = folder / "chain.pem", folder / "key.pem"
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(str(chain), append=True)
        certificate.private_key_pem.write_to_path(str(key))
        self.service = Service("--heartbeat-s", "1", "--tls-cert", str(chain), "--tls-key", str(key))
        self.service.start()
        self.service.until_ready()
        self.admin = self.as_key(self.service.keys("create", "--name", "tests", "--role", "admin")["secret"])
        text = json.dumps(town()).encode()
        network = self.admin.upload_network(Upload(text, name="tests", media_type="application/geo+json"))
        self.mission = mission_on(self.admin, network)
        self.other: MissionView = mission_on(self.admin, network)

    def as_key(self, secret: str | None) -> Outrider:
        return Outrider(self.service.url, secret, ca_file=self.ca_file)

    def vehicle(self, name: str) -> tuple[KeyCreated, Outrider]:
        """A key of a vehicle of the mission."""
        body = CreateKey(name=name, role="vehicle", mission_id=self.mission.id, vehicle=name)
        created = api.create_key.sync(self.admin, body=body)
        return created, self.as_key(created.secret)

    def close(self) -> None:
        self.admin.close()
        self.service.remove()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    closed = Closed(tmp_path_factory.mktemp("certificates"))
    try:
        yield closed
    finally:
        closed.close()


def revoke(closed: Closed, key: UUID) -> None:
    api.revoke_key.sync(closed.admin, key)


def test_a_stream_ends_with_the_right_error_when_its_key_is_revoked(closed: Closed) -> None:
    key, outrider = closed.vehicle("uav-1")
    heard: list[StreamEvent] = []
    errors: list[Exception] = []

    def listen() -> None:
        try:
            heard.extend(stream)
        except Exception as error:
            errors.append(error)

    with outrider, Stream(outrider, closed.mission.id) as stream:
        heard.append(next(stream))
        thread = threading.Thread(target=listen)
        thread.start()
        revoke(closed, key.id)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        with Reporter(outrider, closed.mission.id) as reporter:
            refusal = reporter.report(report_of("uav-1", "clear", segment=1)).exception(PATIENCE_S)
    assert [type(error) for error in errors] == [Unauthenticated]
    assert isinstance(errors[0], Unauthenticated)
    assert errors[0].code == "unauthenticated"
    assert isinstance(refusal, Unauthenticated)


@pytest.mark.parametrize("secret", [None, "outrider_wrong"])
def test_without_a_key_that_opens_anything_nothing_is_had(closed: Closed, secret: str | None) -> None:
    with closed.as_key(secret) as outrider:
        with pytest.raises(Unauthenticated):
            api.get_mission.sync(outrider, closed.mission.id)
        with pytest.raises(Unauthenticated):
            next(Stream(outrider, closed.mission.id))


def test_a_vehicle_speaks_for_itself_in_its_own_mission(closed: Closed) -> None:
    _, outrider = closed.vehicle("uav-1")
    with outrider:
        with Reporter(outrider, closed.mission.id) as reporter:
            own = reporter.report(report_of("uav-1", "clear", segment=1))
            others = reporter.report(report_of("ugv", "clear", segment=1))
            place = reporter.position(position_of("ugv", segment=1, offset_m=0.0))
            assert own.result(PATIENCE_S).segment == 1
            refusal = others.exception(PATIENCE_S)
            assert isinstance(refusal, Forbidden)
            assert refusal.pointer == "/reported_by"
            assert isinstance(place.exception(PATIENCE_S), Forbidden)
        with pytest.raises((Forbidden, NotFound)):
            next(Stream(outrider, closed.other.id))
        with pytest.raises(Forbidden):
            api.list_missions.sync(outrider)


def test_a_token_that_was_renewed_is_taken_up(closed: Closed) -> None:
    first, _ = closed.vehicle("uav-1")
    second, _ = closed.vehicle("uav-1")
    secrets = [first.secret]
    with Outrider(closed.service.url, lambda: secrets[-1], ca_file=closed.ca_file) as outrider:
        retried = threading.Event()
        with Stream(outrider, closed.mission.id, on_retry=lambda _: retried.set()) as stream:
            next(stream)
            secrets.append(second.secret)
            thread = threading.Thread(target=lambda: list(stream), daemon=True)
            thread.start()
            revoke(closed, first.id)
            assert retried.wait(PATIENCE_S)
            until("the stream is there again", lambda: stream.counts.connections == 2)
            stream.close()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def test_a_certificate_of_somebody_else_is_not_taken_and_not_tried_again(closed: Closed, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    for ca_file in [None, stranger]:
        with Outrider(closed.service.url, "x", ca_file=ca_file) as outrider:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                next(Stream(outrider, closed.mission.id))
            with Reporter(outrider, closed.mission.id) as reporter:
                refusal = reporter.report(report_of("uav-1", "clear", segment=1)).exception(PATIENCE_S)
            assert isinstance(refusal, httpx.ConnectError)
