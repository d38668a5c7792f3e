from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.way_outcome import WayOutcome, check_way_outcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.alternative_view import AlternativeView
    from ..models.way_view import WayView


T = TypeVar("T", bound="AlternativesView")


@_attrs_define
class AlternativesView:
    """The current route and others."""

    alternatives: list[AlternativeView]
    """ The others, best first. Fewer than asked for if there are no more that keep to the bounds. """
    outcome: WayOutcome
    """ What planning or a search came to, in the words of a plan's outcome. """
    revision: int
    """ The revision of the knowledge. """
    seq: int
    """ The log's last event that was taken into account. """
    current: None | Unset | WayView = UNSET
    reason: None | str | Unset = UNSET
    """ Why there is no route, in words, when the outcome is `no_way` or `budget_spent`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.way_view import WayView  # noqa: PLC0415

        alternatives = []
        for alternatives_item_data in self.alternatives:
            alternatives_item = alternatives_item_data.to_dict()
            alternatives.append(alternatives_item)

        outcome: str = self.outcome

        revision = self.revision

        seq = self.seq

        current: dict[str, Any] | None | Unset
        if isinstance(self.current, Unset):
            current = UNSET
        elif isinstance(self.current, WayView):
            current = self.current.to_dict()
        else:
            current = self.current

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "alternatives": alternatives,
                "outcome": outcome,
                "revision": revision,
                "seq": seq,
            }
        )
        if current is not UNSET:
            field_dict["current"] = current
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.alternative_view import AlternativeView  # noqa: PLC0415
        from ..models.way_view import WayView  # noqa: PLC0415

        d = dict(src_dict)
        alternatives = []
        _alternatives = d.pop("alternatives")
        for alternatives_item_data in _alternatives:
            alternatives_item = AlternativeView.from_dict(alternatives_item_data)

            alternatives.append(alternatives_item)

        outcome = check_way_outcome(d.pop("outcome"))

        revision = d.pop("revision")

        seq = d.pop("seq")

        def _parse_current(data: object) -> None | Unset | WayView:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                current_type_0 = WayView.from_dict(data)

                return current_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | WayView, data)

        current = _parse_current(d.pop("current", UNSET))

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        alternatives_view = cls(
            alternatives=alternatives,
            outcome=outcome,
            revision=revision,
            seq=seq,
            current=current,
            reason=reason,
        )

        alternatives_view.additional_properties = d
        return alternatives_view

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
