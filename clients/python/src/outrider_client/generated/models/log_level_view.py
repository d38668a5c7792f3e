from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="LogLevelView")


@_attrs_define
class LogLevelView:
    """What is logged."""

    filter_: str
    """ A level (`error`, `warn`, `info`, `debug`, `trace`), or a filter: levels of parts, separated by commas.
    `access=debug` has a line for every request. """

    def to_dict(self) -> dict[str, Any]:
        filter_ = self.filter_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "filter": filter_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        filter_ = d.pop("filter")

        log_level_view = cls(
            filter_=filter_,
        )

        return log_level_view
