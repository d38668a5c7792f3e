from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.leg import Leg
    from ..models.point import Point


T = TypeVar("T", bound="UavSituation")


@_attrs_define
class UavSituation:
    """Where a UAV is and what it is doing, as a planner sees it."""

    id: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    point: Point
    """ A position in a network's local plane: metres east and north of its origin. """
    speed_mps: float
    """ Its speed in metres per second. """
    bound_for: Leg | None | Unset = UNSET
    inspecting: Leg | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.leg import Leg  # noqa: PLC0415

        id = self.id

        point = self.point.to_dict()

        speed_mps = self.speed_mps

        bound_for: dict[str, Any] | None | Unset
        if isinstance(self.bound_for, Unset):
            bound_for = UNSET
        elif isinstance(self.bound_for, Leg):
            bound_for = self.bound_for.to_dict()
        else:
            bound_for = self.bound_for

        inspecting: dict[str, Any] | None | Unset
        if isinstance(self.inspecting, Unset):
            inspecting = UNSET
        elif isinstance(self.inspecting, Leg):
            inspecting = self.inspecting.to_dict()
        else:
            inspecting = self.inspecting

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "point": point,
                "speed_mps": speed_mps,
            }
        )
        if bound_for is not UNSET:
            field_dict["bound_for"] = bound_for
        if inspecting is not UNSET:
            field_dict["inspecting"] = inspecting

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.leg import Leg  # noqa: PLC0415
        from ..models.point import Point  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        point = Point.from_dict(d.pop("point"))

        speed_mps = d.pop("speed_mps")

        def _parse_bound_for(data: object) -> Leg | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                bound_for_type_0 = Leg.from_dict(data)

                return bound_for_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Leg | None | Unset, data)

        bound_for = _parse_bound_for(d.pop("bound_for", UNSET))

        def _parse_inspecting(data: object) -> Leg | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                inspecting_type_0 = Leg.from_dict(data)

                return inspecting_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Leg | None | Unset, data)

        inspecting = _parse_inspecting(d.pop("inspecting", UNSET))

        uav_situation = cls(
            id=id,
            point=point,
            speed_mps=speed_mps,
            bound_for=bound_for,
            inspecting=inspecting,
        )

        uav_situation.additional_properties = d
        return uav_situation

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
