from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.state_view import StateView, check_state_view
from ..models.step_view import StepView, check_step_view
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.problem_document import ProblemDocument


T = TypeVar("T", bound="ImportView")


@_attrs_define
class ImportView:
    """An import that goes on, or went on, in the background."""

    created_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    done: int
    """ How much of the step is done: bytes where roads and nodes are read, rows where they are stored. """
    id: UUID
    """ An import that goes on in the background. """
    name: str
    """ The name of the network to be. """
    source: str
    """ The format of the upload. """
    state: StateView
    step: StepView
    total: int
    """ How much there is to the step in all; 0 where that is not known. """
    ended_at: datetime.datetime | None | Unset = UNSET
    network_id: None | Unset | UUID = UNSET
    problem: None | ProblemDocument | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.problem_document import ProblemDocument  # noqa: PLC0415

        created_at = self.created_at.isoformat()

        done = self.done

        id = str(self.id)

        name = self.name

        source = self.source

        state: str = self.state

        step: str = self.step

        total = self.total

        ended_at: None | str | Unset
        if isinstance(self.ended_at, Unset):
            ended_at = UNSET
        elif isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        network_id: None | str | Unset
        if isinstance(self.network_id, Unset):
            network_id = UNSET
        elif isinstance(self.network_id, UUID):
            network_id = str(self.network_id)
        else:
            network_id = self.network_id

        problem: dict[str, Any] | None | Unset
        if isinstance(self.problem, Unset):
            problem = UNSET
        elif isinstance(self.problem, ProblemDocument):
            problem = self.problem.to_dict()
        else:
            problem = self.problem

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "created_at": created_at,
                "done": done,
                "id": id,
                "name": name,
                "source": source,
                "state": state,
                "step": step,
                "total": total,
            }
        )
        if ended_at is not UNSET:
            field_dict["ended_at"] = ended_at
        if network_id is not UNSET:
            field_dict["network_id"] = network_id
        if problem is not UNSET:
            field_dict["problem"] = problem

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.problem_document import ProblemDocument  # noqa: PLC0415

        d = dict(src_dict)
        created_at = read_time(d.pop("created_at"))

        done = d.pop("done")

        id = UUID(d.pop("id"))

        name = d.pop("name")

        source = d.pop("source")

        state = check_state_view(d.pop("state"))

        step = check_step_view(d.pop("step"))

        total = d.pop("total")

        def _parse_ended_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = read_time(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        ended_at = _parse_ended_at(d.pop("ended_at", UNSET))

        def _parse_network_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                network_id_type_0 = UUID(data)

                return network_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        network_id = _parse_network_id(d.pop("network_id", UNSET))

        def _parse_problem(data: object) -> None | ProblemDocument | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                problem_type_0 = ProblemDocument.from_dict(data)

                return problem_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProblemDocument | Unset, data)

        problem = _parse_problem(d.pop("problem", UNSET))

        import_view = cls(
            created_at=created_at,
            done=done,
            id=id,
            name=name,
            source=source,
            state=state,
            step=step,
            total=total,
            ended_at=ended_at,
            network_id=network_id,
            problem=problem,
        )

        import_view.additional_properties = d
        return import_view

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
