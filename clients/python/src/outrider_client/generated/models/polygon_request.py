from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.polygon_type import PolygonType, check_polygon_type

T = TypeVar("T", bound="PolygonRequest")


@_attrs_define
class PolygonRequest:
    """A GeoJSON Polygon (RFC 7946)."""

    coordinates: list[list[list[float]]]
    """ Rings of `[lon, lat]`: the outer one, then holes; the first position is repeated at the end, and no ring
    crosses itself. At most 2,000 positions altogether. """
    type_: PolygonType
    """ The one type of area. """

    def to_dict(self) -> dict[str, Any]:
        coordinates = []
        for coordinates_item_data in self.coordinates:
            coordinates_item = []
            for coordinates_item_item_data in coordinates_item_data:
                coordinates_item_item = []
                for componentsschemas_geo_json_position_item_data in coordinates_item_item_data:
                    componentsschemas_geo_json_position_item: float
                    componentsschemas_geo_json_position_item = componentsschemas_geo_json_position_item_data
                    coordinates_item_item.append(componentsschemas_geo_json_position_item)

                coordinates_item.append(coordinates_item_item)

            coordinates.append(coordinates_item)

        type_: str = self.type_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "coordinates": coordinates,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        coordinates = []
        _coordinates = d.pop("coordinates")
        for coordinates_item_data in _coordinates:
            coordinates_item = []
            _coordinates_item = coordinates_item_data
            for coordinates_item_item_data in _coordinates_item:
                coordinates_item_item = []
                _coordinates_item_item = coordinates_item_item_data
                for componentsschemas_geo_json_position_item_data in _coordinates_item_item:

                    def _parse_componentsschemas_geo_json_position_item(data: object) -> float:
                        return cast(float, data)

                    componentsschemas_geo_json_position_item = _parse_componentsschemas_geo_json_position_item(
                        componentsschemas_geo_json_position_item_data
                    )

                    coordinates_item_item.append(componentsschemas_geo_json_position_item)

                coordinates_item.append(coordinates_item_item)

            coordinates.append(coordinates_item)

        type_ = check_polygon_type(d.pop("type"))

        polygon_request = cls(
            coordinates=coordinates,
            type_=type_,
        )

        return polygon_request
