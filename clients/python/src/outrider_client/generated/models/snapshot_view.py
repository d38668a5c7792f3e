from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.snapshot_reason import SnapshotReason, check_snapshot_reason
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.knowledge_view import KnowledgeView
    from ..models.mission_view import MissionView
    from ..models.plan_view_already_there import PlanViewAlreadyThere
    from ..models.plan_view_budget_spent import PlanViewBudgetSpent
    from ..models.plan_view_no_way import PlanViewNoWay
    from ..models.plan_view_route import PlanViewRoute
    from ..models.position_view import PositionView


T = TypeVar("T", bound="SnapshotView")


@_attrs_define
class SnapshotView:
    """The data of a `snapshot` event: the mission at one moment. The events that follow continue from it."""

    knowledge: KnowledgeView
    """ What is known of the network. """
    mission: MissionView
    """ A mission. """
    positions: list[PositionView]
    """ The latest position of each vehicle that has told one. """
    reason: SnapshotReason
    seq: int
    """ The log's last event that the snapshot contains; the event's id. """
    plan: None | PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.plan_view_already_there import PlanViewAlreadyThere  # noqa: PLC0415
        from ..models.plan_view_budget_spent import PlanViewBudgetSpent  # noqa: PLC0415
        from ..models.plan_view_no_way import PlanViewNoWay  # noqa: PLC0415
        from ..models.plan_view_route import PlanViewRoute  # noqa: PLC0415

        knowledge = self.knowledge.to_dict()

        mission = self.mission.to_dict()

        positions = []
        for positions_item_data in self.positions:
            positions_item = positions_item_data.to_dict()
            positions.append(positions_item)

        reason: str = self.reason

        seq = self.seq

        plan: dict[str, Any] | None | Unset
        if isinstance(self.plan, Unset):
            plan = UNSET
        elif isinstance(self.plan, PlanViewRoute):
            plan = self.plan.to_dict()
        elif isinstance(self.plan, PlanViewAlreadyThere):
            plan = self.plan.to_dict()
        elif isinstance(self.plan, PlanViewNoWay):
            plan = self.plan.to_dict()
        elif isinstance(self.plan, PlanViewBudgetSpent):
            plan = self.plan.to_dict()
        else:
            plan = self.plan

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "knowledge": knowledge,
                "mission": mission,
                "positions": positions,
                "reason": reason,
                "seq": seq,
            }
        )
        if plan is not UNSET:
            field_dict["plan"] = plan

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.knowledge_view import KnowledgeView  # noqa: PLC0415
        from ..models.mission_view import MissionView  # noqa: PLC0415
        from ..models.plan_view_already_there import PlanViewAlreadyThere  # noqa: PLC0415
        from ..models.plan_view_budget_spent import PlanViewBudgetSpent  # noqa: PLC0415
        from ..models.plan_view_no_way import PlanViewNoWay  # noqa: PLC0415
        from ..models.plan_view_route import PlanViewRoute  # noqa: PLC0415
        from ..models.position_view import PositionView  # noqa: PLC0415

        d = dict(src_dict)
        knowledge = KnowledgeView.from_dict(d.pop("knowledge"))

        mission = MissionView.from_dict(d.pop("mission"))

        positions = []
        _positions = d.pop("positions")
        for positions_item_data in _positions:
            positions_item = PositionView.from_dict(positions_item_data)

            positions.append(positions_item)

        reason = check_snapshot_reason(d.pop("reason"))

        seq = d.pop("seq")

        def _parse_plan(
            data: object,
        ) -> None | PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_plan_view_type_0 = PlanViewRoute.from_dict(data)

                return componentsschemas_plan_view_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_plan_view_type_1 = PlanViewAlreadyThere.from_dict(data)

                return componentsschemas_plan_view_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_plan_view_type_2 = PlanViewNoWay.from_dict(data)

                return componentsschemas_plan_view_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_plan_view_type_3 = PlanViewBudgetSpent.from_dict(data)

                return componentsschemas_plan_view_type_3
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute | Unset, data)

        plan = _parse_plan(d.pop("plan", UNSET))

        snapshot_view = cls(
            knowledge=knowledge,
            mission=mission,
            positions=positions,
            reason=reason,
            seq=seq,
            plan=plan,
        )

        snapshot_view.additional_properties = d
        return snapshot_view

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
