from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.way_outcome import WayOutcome, check_way_outcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.arrival_seconds_view import ArrivalSecondsView
    from ..models.arrival_times_view import ArrivalTimesView
    from ..models.critical_segment_view import CriticalSegmentView


T = TypeVar("T", bound="ForecastView")


@_attrs_define
class ForecastView:
    """A forecast of the rest of a mission."""

    computed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    critical: list[CriticalSegmentView]
    """ The segments on which most depends, most of all first. One that cuts off the goal counts for three times the
    arrival in this order. """
    critical_worlds: int
    """ How many of the worlds the critical segments are from. """
    outcome: WayOutcome
    """ What planning or a search came to, in the words of a plan's outcome. """
    revision: int
    """ The revision of the knowledge. """
    seq: int
    """ The log's last event that was taken into account. """
    strategy: str
    """ The strategy by which the UAVs scout. """
    worlds: int
    """ In how many worlds the mission was played through: fewer than asked for when the budget ended, none when
    there was nothing to sample. """
    arrival_at: ArrivalTimesView | None | Unset = UNSET
    arrival_s: ArrivalSecondsView | None | Unset = UNSET
    optimistic_s: float | None | Unset = UNSET
    """ How long the UGV takes if nothing else turns out to be blocked, in seconds; absent without a route. """
    reach_probability: float | None | Unset = UNSET
    """ The share of worlds in which the UGV arrives: 0 when there is no way, null when the budget is spent. """
    reason: None | str | Unset = UNSET
    """ Why there are no arrivals, in words, when the outcome is `no_way` or `budget_spent`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.arrival_seconds_view import ArrivalSecondsView  # noqa: PLC0415
        from ..models.arrival_times_view import ArrivalTimesView  # noqa: PLC0415

        computed_at = self.computed_at.isoformat()

        critical = []
        for critical_item_data in self.critical:
            critical_item = critical_item_data.to_dict()
            critical.append(critical_item)

        critical_worlds = self.critical_worlds

        outcome: str = self.outcome

        revision = self.revision

        seq = self.seq

        strategy = self.strategy

        worlds = self.worlds

        arrival_at: dict[str, Any] | None | Unset
        if isinstance(self.arrival_at, Unset):
            arrival_at = UNSET
        elif isinstance(self.arrival_at, ArrivalTimesView):
            arrival_at = self.arrival_at.to_dict()
        else:
            arrival_at = self.arrival_at

        arrival_s: dict[str, Any] | None | Unset
        if isinstance(self.arrival_s, Unset):
            arrival_s = UNSET
        elif isinstance(self.arrival_s, ArrivalSecondsView):
            arrival_s = self.arrival_s.to_dict()
        else:
            arrival_s = self.arrival_s

        optimistic_s: float | None | Unset
        if isinstance(self.optimistic_s, Unset):
            optimistic_s = UNSET
        else:
            optimistic_s = self.optimistic_s

        reach_probability: float | None | Unset
        if isinstance(self.reach_probability, Unset):
            reach_probability = UNSET
        else:
            reach_probability = self.reach_probability

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "computed_at": computed_at,
                "critical": critical,
                "critical_worlds": critical_worlds,
                "outcome": outcome,
                "revision": revision,
                "seq": seq,
                "strategy": strategy,
                "worlds": worlds,
            }
        )
        if arrival_at is not UNSET:
            field_dict["arrival_at"] = arrival_at
        if arrival_s is not UNSET:
            field_dict["arrival_s"] = arrival_s
        if optimistic_s is not UNSET:
            field_dict["optimistic_s"] = optimistic_s
        if reach_probability is not UNSET:
            field_dict["reach_probability"] = reach_probability
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.arrival_seconds_view import ArrivalSecondsView  # noqa: PLC0415
        from ..models.arrival_times_view import ArrivalTimesView  # noqa: PLC0415
        from ..models.critical_segment_view import CriticalSegmentView  # noqa: PLC0415

        d = dict(src_dict)
        computed_at = read_time(d.pop("computed_at"))

        critical = []
        _critical = d.pop("critical")
        for critical_item_data in _critical:
            critical_item = CriticalSegmentView.from_dict(critical_item_data)

            critical.append(critical_item)

        critical_worlds = d.pop("critical_worlds")

        outcome = check_way_outcome(d.pop("outcome"))

        revision = d.pop("revision")

        seq = d.pop("seq")

        strategy = d.pop("strategy")

        worlds = d.pop("worlds")

        def _parse_arrival_at(data: object) -> ArrivalTimesView | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                arrival_at_type_0 = ArrivalTimesView.from_dict(data)

                return arrival_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ArrivalTimesView | None | Unset, data)

        arrival_at = _parse_arrival_at(d.pop("arrival_at", UNSET))

        def _parse_arrival_s(data: object) -> ArrivalSecondsView | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                arrival_s_type_0 = ArrivalSecondsView.from_dict(data)

                return arrival_s_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ArrivalSecondsView | None | Unset, data)

        arrival_s = _parse_arrival_s(d.pop("arrival_s", UNSET))

        def _parse_optimistic_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        optimistic_s = _parse_optimistic_s(d.pop("optimistic_s", UNSET))

        def _parse_reach_probability(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        reach_probability = _parse_reach_probability(d.pop("reach_probability", UNSET))

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        forecast_view = cls(
            computed_at=computed_at,
            critical=critical,
            critical_worlds=critical_worlds,
            outcome=outcome,
            revision=revision,
            seq=seq,
            strategy=strategy,
            worlds=worlds,
            arrival_at=arrival_at,
            arrival_s=arrival_s,
            optimistic_s=optimistic_s,
            reach_probability=reach_probability,
            reason=reason,
        )

        forecast_view.additional_properties = d
        return forecast_view

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
