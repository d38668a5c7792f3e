"""The roads as vehicles know them, from the network's GeoJSON, and the hidden world in which some of them are
blocked."""

from __future__ import annotations

import bisect
import itertools
import math
import random
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from outrider_client import Outrider, api
from outrider_client.models import LonLat

EARTH_RADIUS_M = 6_371_008.8


class Place(NamedTuple):
    """A place on a segment."""

    segment: int
    offset_m: float
    """Metres from the segment's first end."""


class Point(NamedTuple):
    """A point in a plane in which the roads lie, in metres."""

    x_m: float
    y_m: float

    def distance_m(self, other: Point) -> float:
        return math.hypot(self.x_m - other.x_m, self.y_m - other.y_m)

    def towards(self, other: Point, fraction: float) -> Point:
        return Point(self.x_m + (other.x_m - self.x_m) * fraction, self.y_m + (other.y_m - self.y_m) * fraction)


@dataclass(frozen=True)
class Road:
    """One segment."""

    line: tuple[Point, ...]
    offsets_m: tuple[float, ...]
    """How far each of its points is from the first end; the last is the length that the service states."""
    name: str | None
    nodes: tuple[str, str]
    oneway: bool

    @property
    def length_m(self) -> float:
        return self.offsets_m[-1]


class Roads:
    """All segments of a network."""

    def __init__(self, collection: dict[str, Any]) -> None:
        features = sorted(collection["features"], key=lambda feature: feature["properties"]["segment"])
        if [feature["properties"]["segment"] for feature in features] != list(range(len(features))):
            raise ValueError("the network's GeoJSON is not a list of all its segments")
        # Any plane near by will do: only fractions of lengths are taken from it.
        self._origin: tuple[float, float] = tuple(features[0]["geometry"]["coordinates"][0][:2])
        self._narrowing = math.cos(math.radians(self._origin[1]))
        self.roads = [self._road(feature) for feature in features]

    @staticmethod
    def of(outrider: Outrider, network_id: UUID) -> Roads:
        """The roads of a network of the service."""
        return Roads(api.get_network_geojson.sync(outrider, network_id).to_dict())

    def length_m(self, segment: int) -> float:
        return self.roads[segment].length_m

    def node_at(self, place: Place) -> str | None:
        """The junction, if the place is an end of its segment."""
        road = self.roads[place.segment]
        if place.offset_m <= 0.0:
            return road.nodes[0]
        return road.nodes[1] if place.offset_m >= road.length_m else None

    def is_same(self, a: Place, b: Place) -> bool:
        """Whether two places are one: the same junction, or the same offset of one segment."""
        node = self.node_at(a)
        return a == b or (node is not None and node == self.node_at(b))

    def point_at(self, place: Place) -> Point:
        """Where the place is in the plane."""
        road = self.roads[place.segment]
        i = min(max(bisect.bisect_right(road.offsets_m, place.offset_m) - 1, 0), len(road.line) - 2)
        piece_m = road.offsets_m[i + 1] - road.offsets_m[i]
        fraction = (place.offset_m - road.offsets_m[i]) / piece_m if piece_m > 0.0 else 0.0
        return road.line[i].towards(road.line[i + 1], min(max(fraction, 0.0), 1.0))

    def project(self, position: LonLat) -> Point:
        """From the Earth to the plane."""
        lon, lat = position.lon - self._origin[0], position.lat - self._origin[1]
        return Point(math.radians(lon) * self._narrowing * EARTH_RADIUS_M, math.radians(lat) * EARTH_RADIUS_M)

    def unproject(self, point: Point) -> LonLat:
        """From the plane to the Earth."""
        lon = math.degrees(point.x_m / EARTH_RADIUS_M / self._narrowing) + self._origin[0]
        return LonLat(lon=lon, lat=math.degrees(point.y_m / EARTH_RADIUS_M) + self._origin[1])

    def describe(self, segment: int) -> str:
        """The segment for people: number and name."""
        name = self.roads[segment].name
        return f"segment {segment}" + (f" ({name})" if name else "")

    def _road(self, feature: dict[str, Any]) -> Road:
        of = feature["properties"]
        line = tuple(self.project(LonLat(lon=at[0], lat=at[1])) for at in feature["geometry"]["coordinates"])
        offsets_m = [0.0]
        for a, b in itertools.pairwise(line):
            offsets_m.append(offsets_m[-1] + a.distance_m(b))
        scale = of["length_m"] / offsets_m[-1]
        offsets_m = [*(offset_m * scale for offset_m in offsets_m[:-1]), of["length_m"]]
        nodes = (of["first_node"], of["last_node"])
        return Road(line, tuple(offsets_m), of.get("name"), nodes, bool(of["oneway"]))


class World:
    """Where the roads are truly blocked: what vehicles find out when they get there. It follows from the roads, the
    goal and the seed alone, so that vehicles in processes of their own find the same.

    Of the segments that a draw chooses those are blocked without which the goal can still be reached from wherever it
    could before. One-way roads stay open: a vehicle that meets a blockage there could not turn round.
    """

    def __init__(self, roads: Roads, goal: Place, probability: float, seed: int) -> None:
        dice = random.Random(seed)
        self._blockages_m: dict[int, float] = {}
        reached = _reaching(roads, goal, set())
        for segment in dice.sample(range(len(roads.roads)), len(roads.roads)):
            chosen, fraction = dice.random() < probability, dice.uniform(0.2, 0.8)
            road = roads.roads[segment]
            if not chosen or road.oneway or segment == goal.segment:
                continue
            if _reaching(roads, goal, {*self._blockages_m, segment}) == reached:
                self._blockages_m[segment] = fraction * road.length_m

    def __len__(self) -> int:
        return len(self._blockages_m)

    def blockage_m(self, segment: int) -> float | None:
        """Where the segment is blocked, in metres from its first end."""
        return self._blockages_m.get(segment)


def _reaching(roads: Roads, goal: Place, blocked: set[int]) -> set[str]:
    """The junctions from which the goal can be reached."""
    before: dict[str, list[str]] = defaultdict(list)
    for segment, road in enumerate(roads.roads):
        if segment in blocked:
            continue
        first, last = road.nodes
        before[last].append(first)
        if not road.oneway:
            before[first].append(last)
    first, last = roads.roads[goal.segment].nodes
    # One may come to it from its first end, and from the other one where that is allowed.
    left = deque([first] if roads.roads[goal.segment].oneway else [first, last])
    found = set(left)
    while left:
        for node in before[left.popleft()]:
            if node not in found:
                found.add(node)
                left.append(node)
    return found
