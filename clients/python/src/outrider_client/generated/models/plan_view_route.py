from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.plan_view_route_outcome import PlanViewRouteOutcome, check_plan_view_route_outcome

if TYPE_CHECKING:
    from ..models.plan_basis import PlanBasis
    from ..models.route import Route
    from ..models.tasking import Tasking


T = TypeVar("T", bound="PlanViewRoute")


@_attrs_define
class PlanViewRoute:
    """There is a route."""

    outcome: PlanViewRouteOutcome
    route: Route
    """ The UGV's way to a goal, by the waypoints before it. """
    tasking: list[Tasking]
    """ One entry a UAV, in the mission's order. """
    basis: PlanBasis
    """ Everything a plan follows from, but for the knowledge and the mission's settings, which are those of the log
    up to `seq`. Planning again from the same basis gives the same plan. """
    provisional: bool
    """ A quick safe route sent ahead because the old one was blocked; the chosen strategy's plan follows. """
    recorded_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    seq: int
    """ Its number in the log. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        outcome: str = self.outcome

        route = self.route.to_dict()

        tasking = []
        for tasking_item_data in self.tasking:
            tasking_item = tasking_item_data.to_dict()
            tasking.append(tasking_item)

        basis = self.basis.to_dict()

        provisional = self.provisional

        recorded_at = self.recorded_at.isoformat()

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "outcome": outcome,
                "route": route,
                "tasking": tasking,
                "basis": basis,
                "provisional": provisional,
                "recorded_at": recorded_at,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.plan_basis import PlanBasis  # noqa: PLC0415
        from ..models.route import Route  # noqa: PLC0415
        from ..models.tasking import Tasking  # noqa: PLC0415

        d = dict(src_dict)
        outcome = check_plan_view_route_outcome(d.pop("outcome"))

        route = Route.from_dict(d.pop("route"))

        tasking = []
        _tasking = d.pop("tasking")
        for tasking_item_data in _tasking:
            tasking_item = Tasking.from_dict(tasking_item_data)

            tasking.append(tasking_item)

        basis = PlanBasis.from_dict(d.pop("basis"))

        provisional = d.pop("provisional")

        recorded_at = read_time(d.pop("recorded_at"))

        seq = d.pop("seq")

        plan_view_route = cls(
            outcome=outcome,
            route=route,
            tasking=tasking,
            basis=basis,
            provisional=provisional,
            recorded_at=recorded_at,
            seq=seq,
        )

        plan_view_route.additional_properties = d
        return plan_view_route

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
