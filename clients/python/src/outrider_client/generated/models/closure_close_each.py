from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.closure_close_each_action import ClosureCloseEachAction, check_closure_close_each_action

if TYPE_CHECKING:
    from ..models.closing import Closing


T = TypeVar("T", bound="ClosureCloseEach")


@_attrs_define
class ClosureCloseEach:
    """Several closings decided together, as a feed of road closures tells them: one change, each with its own reason and
    expiry.

    """

    action: ClosureCloseEachAction
    closed_by: str
    """ Who decided them. """
    closings: list[Closing]
    """ The closings, in the order of the feed. """
    id: UUID
    """ An operator's change of passability: one atomic closing or reopening. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action: str = self.action

        closed_by = self.closed_by

        closings = []
        for closings_item_data in self.closings:
            closings_item = closings_item_data.to_dict()
            closings.append(closings_item)

        id = str(self.id)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "closed_by": closed_by,
                "closings": closings,
                "id": id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.closing import Closing  # noqa: PLC0415

        d = dict(src_dict)
        action = check_closure_close_each_action(d.pop("action"))

        closed_by = d.pop("closed_by")

        closings = []
        _closings = d.pop("closings")
        for closings_item_data in _closings:
            closings_item = Closing.from_dict(closings_item_data)

            closings.append(closings_item)

        id = UUID(d.pop("id"))

        closure_close_each = cls(
            action=action,
            closed_by=closed_by,
            closings=closings,
            id=id,
        )

        closure_close_each.additional_properties = d
        return closure_close_each

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
