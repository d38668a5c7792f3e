from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.fix_request import FixRequest


T = TypeVar("T", bound="TrackRequest")


@_attrs_define
class TrackRequest:
    """A track: where a vehicle was, in order of time.

    Example:
        {'fixes': [{'observed_at': '2026-05-04T09:30:00Z', 'position': {'lat': 35.6681, 'lon': 139.8113}},
            {'accuracy_m': 8, 'heading_deg': 60, 'observed_at': '2026-05-04T09:30:10Z', 'position': {'lat': 35.6684, 'lon':
            139.8118}}]}

    """

    fixes: list[FixRequest]
    """ The positions, each not before the one before it. """
    beta_m: float | None | Unset = UNSET
    """ By how much the way driven between two fixes usually differs from the straight distance, in metres; 5 unless
    given. 15 % of the straight distance is added. """
    gap_m: float | None | Unset = UNSET
    """ The longest straight distance between two fixes that is bridged, in metres; 2,000 unless given. """
    max_speed_mps: float | None | Unset = UNSET
    """ The greatest speed that is believed, in metres per second; 50 unless given. """
    radius_m: float | None | Unset = UNSET
    """ How far a road may be from a fix, in metres; 50 unless given, and never less than three standard deviations.
    """
    sigma_m: float | None | Unset = UNSET
    """ The standard deviation of positions without `accuracy_m`, in metres; 5 unless given. """

    def to_dict(self) -> dict[str, Any]:
        fixes = []
        for fixes_item_data in self.fixes:
            fixes_item = fixes_item_data.to_dict()
            fixes.append(fixes_item)

        beta_m: float | None | Unset
        if isinstance(self.beta_m, Unset):
            beta_m = UNSET
        else:
            beta_m = self.beta_m

        gap_m: float | None | Unset
        if isinstance(self.gap_m, Unset):
            gap_m = UNSET
        else:
            gap_m = self.gap_m

        max_speed_mps: float | None | Unset
        if isinstance(self.max_speed_mps, Unset):
            max_speed_mps = UNSET
        else:
            max_speed_mps = self.max_speed_mps

        radius_m: float | None | Unset
        if isinstance(self.radius_m, Unset):
            radius_m = UNSET
        else:
            radius_m = self.radius_m

        sigma_m: float | None | Unset
        if isinstance(self.sigma_m, Unset):
            sigma_m = UNSET
        else:
            sigma_m = self.sigma_m

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "fixes": fixes,
            }
        )
        if beta_m is not UNSET:
            field_dict["beta_m"] = beta_m
        if gap_m is not UNSET:
            field_dict["gap_m"] = gap_m
        if max_speed_mps is not UNSET:
            field_dict["max_speed_mps"] = max_speed_mps
        if radius_m is not UNSET:
            field_dict["radius_m"] = radius_m
        if sigma_m is not UNSET:
            field_dict["sigma_m"] = sigma_m

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.fix_request import FixRequest  # noqa: PLC0415

        d = dict(src_dict)
        fixes = []
        _fixes = d.pop("fixes")
        for fixes_item_data in _fixes:
            fixes_item = FixRequest.from_dict(fixes_item_data)

            fixes.append(fixes_item)

        def _parse_beta_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        beta_m = _parse_beta_m(d.pop("beta_m", UNSET))

        def _parse_gap_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        gap_m = _parse_gap_m(d.pop("gap_m", UNSET))

        def _parse_max_speed_mps(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        max_speed_mps = _parse_max_speed_mps(d.pop("max_speed_mps", UNSET))

        def _parse_radius_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        radius_m = _parse_radius_m(d.pop("radius_m", UNSET))

        def _parse_sigma_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        sigma_m = _parse_sigma_m(d.pop("sigma_m", UNSET))

        track_request = cls(
            fixes=fixes,
            beta_m=beta_m,
            gap_m=gap_m,
            max_speed_mps=max_speed_mps,
            radius_m=radius_m,
            sigma_m=sigma_m,
        )

        return track_request
