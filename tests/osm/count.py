#!/usr/bin/env python3
"""Counts the roads of OpenStreetMap extracts with osmium, independently of Outrider.

    pip install osmium
    python3 tests/osm/count.py EXTRACT.osm.pbf... > tests/osm/counts.json

Two countings of each extract:

- `car`: what the built-in profile `car` says, written down here a second time from docs/NETWORKS.md: classes, access, areas,
  limits of height, width and weight, one-ways.
- `all`: the same classes without any look at access or size. `pieces` and `directed` of this are the figures that the notes
  on the extracts publish.

Of each: `pieces` (straight pieces between consecutive nodes), `directed` (two for those that are not one-way)
and `missing_pieces` (to nodes that the extract does not have; not among the others), then, without
loops and repeated pieces, `nodes`, `length_m` (ellipsoidal, by the formula of the EPSG's guidance note 7-2 for small distances: the
radii of curvature at the piece's middle), and of the largest connected component `largest_nodes`, `largest_length_m`, `junctions`
and `segments`: nodes at which a chain of two-way or of one-way pieces ends, and those chains that do not end where they began.
"""

import collections
import json
import math
import os
import sys

import osmium

CLASSES = set(
    "motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary tertiary_link "
    "unclassified residential living_street service road track".split()
)
CLOSED = set("no private agricultural forestry emergency military restricted delivery".split())


def number(text, units):
    for unit, factor in units:
        if text.endswith(unit):
            try:
                return float(text[: len(text) - len(unit)].strip()) * factor
            except ValueError:
                return None
    return None


def metres(text):
    if "'" in text:
        feet, _, inches = text.partition("'")
        try:
            return float(feet) * 0.3048 + float(inches.strip().rstrip('"') or 0) * 0.0254
        except ValueError:
            return None
    return number(text, [("cm", 0.01), ("ft", 0.3048), ("m", 1), ("", 1)])


def tonnes(text):
    return number(text, [("kg", 0.001), ("lbs", 0.00045359237), ("st", 0.90718474), ("t", 1), ("", 1)])


def is_for_cars(tags):
    if tags.get("area") == "yes" or tags.get("indoor") == "yes":
        return False
    says = next((tags[k] for k in ("motorcar", "motor_vehicle", "vehicle", "access") if k in tags), None)
    if says in CLOSED:
        return False
    for key, read, needs in (("maxheight", metres, 2.0), ("maxwidth", metres, 2.0), ("maxweight", tonnes, 2.0)):
        limit = read(tags.get(key, "").strip()) if key in tags else None
        if limit is not None and 0 < limit < needs:
            return False
    return True


def along(tags):
    for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway"):
        value = tags.get(key)
        if value in ("yes", "true", "1"):
            return 1
        if value in ("-1", "reverse"):
            return -1
        if value in ("no", "false", "0", "reversible", "alternating"):
            return 0
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return 1 if implied else 0


def distance_m(a, b):
    lat = math.radians((a[1] + b[1]) / 2)
    w = 1 - 0.006694379990141316 * math.sin(lat) ** 2
    meridian = 6378137 * (1 - 0.006694379990141316) / w**1.5
    parallel = 6378137 / math.sqrt(w) * math.cos(lat)
    return math.hypot(math.radians(b[0] - a[0]) * parallel, math.radians(b[1] - a[1]) * meridian)


def count(ways, at):
    pieces = directed = missing = 0
    steps = collections.defaultdict(int)
    for way_along, nodes in ways:
        nodes = nodes if way_along >= 0 else nodes[::-1]
        for a, b in zip(nodes, nodes[1:]):
            if a not in at or b not in at:
                missing += 1
                continue
            pieces += 1
            directed += 2 if way_along == 0 else 1
            if a != b:
                # Bit 1: from the lower to the higher id; bit 2: back.
                forth = 1 if a < b else 2
                steps[min(a, b), max(a, b)] |= 3 if way_along == 0 else forth
    beside = collections.defaultdict(list)
    for a, b in steps:
        beside[a].append(b)
        beside[b].append(a)
    seen, largest = set(), []
    for start in sorted(beside):
        if start in seen:
            continue
        component, waiting = [start], [start]
        seen.add(start)
        while waiting:
            for b in beside[waiting.pop()]:
                if b not in seen:
                    seen.add(b)
                    component.append(b)
                    waiting.append(b)
        if len(component) > len(largest):
            largest = component

    def leads(a, b):
        return bool(steps[min(a, b), max(a, b)] & (1 if a < b else 2))

    def passes(node):
        if len(beside[node]) != 2:
            return False
        a, b = beside[node]
        through, back = leads(a, node) and leads(node, b), leads(b, node) and leads(node, a)
        both_ways = all(leads(x, node) and leads(node, x) for x in (a, b))
        one_way = through != back and not any(leads(x, node) and leads(node, x) for x in (a, b))
        return both_ways or one_way

    inner = {n for n in largest if passes(n)}
    ends = [n for n in largest if n not in inner]
    segments, length, ring_nodes = 0, 0.0, set(inner)
    junctions = set()
    for start in ends:
        for step in beside[start]:
            before, node, chain_m, chain = start, step, distance_m(at[start], at[step]), []
            while node in inner:
                chain.append(node)
                before, node = node, next(n for n in beside[node] if n != before)
                chain_m += distance_m(at[before], at[node])
            ring_nodes.difference_update(chain)
            if node != start:
                # Each chain is met from both of its ends.
                segments += 1
                length += chain_m / 2
                junctions.update((start, node))
            else:
                ring_nodes.update(chain)
    total = sum(distance_m(at[a], at[b]) for a, b in steps)
    return {
        "pieces": pieces,
        "missing_pieces": missing,
        "directed": directed,
        "nodes": len(beside),
        "length_m": round(total, 1),
        "junctions": len(junctions),
        "segments": segments // 2,
        "largest_nodes": len(junctions) + len(inner - ring_nodes),
        "largest_length_m": round(length, 1),
    }


def main():
    found = {}
    for path in sys.argv[1:]:
        ways, restrictions = [], 0
        for element in osmium.FileProcessor(path, osmium.osm.WAY | osmium.osm.RELATION):
            tags = {tag.k: tag.v for tag in element.tags}
            if element.is_relation():
                restrictions += tags.get("type", "").split(":")[0] == "restriction"
            elif tags.get("highway") in CLASSES:
                ways.append((tags, [node.ref for node in element.nodes]))
        wanted = {ref for _, nodes in ways for ref in nodes}
        at = {}
        for node in osmium.FileProcessor(path, osmium.osm.NODE):
            if node.id in wanted and node.location.valid():
                at[node.id] = (node.location.lon, node.location.lat)
        name = os.path.basename(path).removesuffix(".osm.pbf")
        found[name] = {
            "all": count([(along(tags), nodes) for tags, nodes in ways], at),
            "car": count([(along(tags), nodes) for tags, nodes in ways if is_for_cars(tags)], at),
            "turn_restrictions": restrictions,
        }
        print(name, found[name], file=sys.stderr)
    json.dump(found, sys.stdout, indent=1)
    print()


main()
