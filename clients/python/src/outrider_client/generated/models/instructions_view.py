from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.way_outcome import WayOutcome, check_way_outcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.instruction_view import InstructionView


T = TypeVar("T", bound="InstructionsView")


@_attrs_define
class InstructionsView:
    """The route of the current plan, turn by turn."""

    duration_s: float
    """ How long the UGV takes, in seconds. """
    instructions: list[InstructionView]
    """ From departing to arriving; none without a route. """
    length_m: float
    """ The length of the whole, in metres; 0 without a route. """
    outcome: WayOutcome
    """ What planning or a search came to, in the words of a plan's outcome. """
    plan_seq: int
    """ The plan's number in the log. """
    revision: int
    """ The revision of the knowledge that it was planned for. """
    reason: None | str | Unset = UNSET
    """ Why there is no route, in words, when the outcome is `no_way` or `budget_spent`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        duration_s = self.duration_s

        instructions = []
        for instructions_item_data in self.instructions:
            instructions_item = instructions_item_data.to_dict()
            instructions.append(instructions_item)

        length_m = self.length_m

        outcome: str = self.outcome

        plan_seq = self.plan_seq

        revision = self.revision

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "duration_s": duration_s,
                "instructions": instructions,
                "length_m": length_m,
                "outcome": outcome,
                "plan_seq": plan_seq,
                "revision": revision,
            }
        )
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.instruction_view import InstructionView  # noqa: PLC0415

        d = dict(src_dict)
        duration_s = d.pop("duration_s")

        instructions = []
        _instructions = d.pop("instructions")
        for instructions_item_data in _instructions:
            instructions_item = InstructionView.from_dict(instructions_item_data)

            instructions.append(instructions_item)

        length_m = d.pop("length_m")

        outcome = check_way_outcome(d.pop("outcome"))

        plan_seq = d.pop("plan_seq")

        revision = d.pop("revision")

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        instructions_view = cls(
            duration_s=duration_s,
            instructions=instructions,
            length_m=length_m,
            outcome=outcome,
            plan_seq=plan_seq,
            revision=revision,
            reason=reason,
        )

        instructions_view.additional_properties = d
        return instructions_view

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
