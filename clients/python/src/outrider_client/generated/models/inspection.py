from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.leg import Leg


T = TypeVar("T", bound="Inspection")


@_attrs_define
class Inspection:
    """One flight along a segment."""

    begins_s: float
    """ Seconds from the plan's basis until the UAV begins it. """
    ends_s: float
    """ Seconds from the plan's basis until the UAV has finished it, if it finds nothing. """
    leg: Leg
    """ Travel along one segment, from one offset to another; backward where `to_m` is the smaller. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        begins_s = self.begins_s

        ends_s = self.ends_s

        leg = self.leg.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "begins_s": begins_s,
                "ends_s": ends_s,
                "leg": leg,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.leg import Leg  # noqa: PLC0415

        d = dict(src_dict)
        begins_s = d.pop("begins_s")

        ends_s = d.pop("ends_s")

        leg = Leg.from_dict(d.pop("leg"))

        inspection = cls(
            begins_s=begins_s,
            ends_s=ends_s,
            leg=leg,
        )

        inspection.additional_properties = d
        return inspection

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
