from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="Island")


@_attrs_define
class Island:
    """A connected component that an import left out."""

    length_m: float
    """ The sum of the lengths of its pieces, in metres. """
    nodes: int
    """ Its nodes. """
    position: LonLat
    """ A WGS 84 position in degrees. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        length_m = self.length_m

        nodes = self.nodes

        position = self.position.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "length_m": length_m,
                "nodes": nodes,
                "position": position,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        length_m = d.pop("length_m")

        nodes = d.pop("nodes")

        position = LonLat.from_dict(d.pop("position"))

        island = cls(
            length_m=length_m,
            nodes=nodes,
            position=position,
        )

        island.additional_properties = d
        return island

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
