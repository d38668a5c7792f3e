from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.strategy_request_parameters import StrategyRequestParameters


T = TypeVar("T", bound="StrategyRequest")


@_attrs_define
class StrategyRequest:
    """A strategy and its parameters."""

    name: str
    """ One of `/v1/strategies`. """
    parameters: StrategyRequestParameters | Unset = UNSET
    """ As the strategy's schema has them; absent ones have their defaults. """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        parameters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parameters, Unset):
            parameters = self.parameters.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
            }
        )
        if parameters is not UNSET:
            field_dict["parameters"] = parameters

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.strategy_request_parameters import StrategyRequestParameters  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        _parameters = d.pop("parameters", UNSET)
        parameters: StrategyRequestParameters | Unset
        if isinstance(_parameters, Unset):
            parameters = UNSET
        else:
            parameters = StrategyRequestParameters.from_dict(_parameters)

        strategy_request = cls(
            name=name,
            parameters=parameters,
        )

        return strategy_request
