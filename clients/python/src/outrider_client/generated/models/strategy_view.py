from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.strategy_view_parameters_schema import StrategyViewParametersSchema


T = TypeVar("T", bound="StrategyView")


@_attrs_define
class StrategyView:
    """A strategy that missions can choose."""

    name: str
    """ What missions choose it by. """
    parameters_schema: StrategyViewParametersSchema
    """ The JSON Schema (2020-12) of its parameters. """
    summary: str
    """ What it does and when to choose it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        parameters_schema = self.parameters_schema.to_dict()

        summary = self.summary

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "parameters_schema": parameters_schema,
                "summary": summary,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.strategy_view_parameters_schema import StrategyViewParametersSchema  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        parameters_schema = StrategyViewParametersSchema.from_dict(d.pop("parameters_schema"))

        summary = d.pop("summary")

        strategy_view = cls(
            name=name,
            parameters_schema=parameters_schema,
            summary=summary,
        )

        strategy_view.additional_properties = d
        return strategy_view

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
