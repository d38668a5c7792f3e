from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.mission_status import MissionStatus, check_mission_status

T = TypeVar("T", bound="MissionListItem")


@_attrs_define
class MissionListItem:
    """A mission in a list."""

    changed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    created_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    id: UUID
    """ A mission. """
    name: str
    """ Its name for people. """
    network_id: UUID
    """ A stored road network. """
    revision: int
    """ Counts the changes of knowledge. """
    seq: int
    """ The number of the log's last event. """
    status: MissionStatus
    """ Where a mission stands. """
    version: int
    """ Counts the changes of settings and status. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        changed_at = self.changed_at.isoformat()

        created_at = self.created_at.isoformat()

        id = str(self.id)

        name = self.name

        network_id = str(self.network_id)

        revision = self.revision

        seq = self.seq

        status: str = self.status

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "changed_at": changed_at,
                "created_at": created_at,
                "id": id,
                "name": name,
                "network_id": network_id,
                "revision": revision,
                "seq": seq,
                "status": status,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        changed_at = read_time(d.pop("changed_at"))

        created_at = read_time(d.pop("created_at"))

        id = UUID(d.pop("id"))

        name = d.pop("name")

        network_id = UUID(d.pop("network_id"))

        revision = d.pop("revision")

        seq = d.pop("seq")

        status = check_mission_status(d.pop("status"))

        version = d.pop("version")

        mission_list_item = cls(
            changed_at=changed_at,
            created_at=created_at,
            id=id,
            name=name,
            network_id=network_id,
            revision=revision,
            seq=seq,
            status=status,
            version=version,
        )

        mission_list_item.additional_properties = d
        return mission_list_item

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
