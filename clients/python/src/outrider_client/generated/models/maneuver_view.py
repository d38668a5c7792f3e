from typing import Literal

ManeuverView = Literal[
    "arrive",
    "continue",
    "depart",
    "left",
    "right",
    "sharp_left",
    "sharp_right",
    "slight_left",
    "slight_right",
    "u_turn",
    "waypoint",
]

MANEUVER_VIEW_VALUES: set[ManeuverView] = {
    "arrive",
    "continue",
    "depart",
    "left",
    "right",
    "sharp_left",
    "sharp_right",
    "slight_left",
    "slight_right",
    "u_turn",
    "waypoint",
}


def check_maneuver_view(value: str) -> ManeuverView:
    if value in MANEUVER_VIEW_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MANEUVER_VIEW_VALUES!r}")
