"""Reads the exported files of one mission with other people's programs, and compares what each of them found.

Called by .ci/formats with the folder of the files. What is not installed is named and passed over, unless CI=true.
"""

import asyncio
import csv
import io
import json
import math
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
FOLDER = Path(sys.argv[1])


def have(name, present):
    if not present:
        if os.environ.get("CI") == "true":
            sys.exit(f"{name} is not installed: with CI=true nothing is passed over")
        print(f"passed over: {name} is not installed", file=sys.stderr)
    return present


def module(name):
    try:
        return __import__(name, fromlist=["x"])
    except ImportError:
        have(name, False)


def require(holds, words):
    if not holds:
        sys.exit(f"{FOLDER}: {words}")


def near(one, other, tolerance=2e-7):
    """Whether two lists of positions are the same to the last decimals."""
    return len(one) == len(other) and all(math.dist(a[:2], b[:2]) <= tolerance for a, b in zip(one, other))


def text(file):
    return (FOLDER / file).read_text(encoding="utf-8")


def gdal(file, layer, *options):
    """A layer as GDAL reads it, as GeoJSON features."""
    command = ["ogr2ogr", "-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=9", *options, "/vsistdout/", FOLDER / file, layer]
    done = subprocess.run(command, capture_output=True, check=False)
    require(done.returncode == 0 and not done.stderr, f"GDAL on {file}: {done.stderr.decode()}")
    return json.loads(done.stdout)["features"]


def line(feature):
    return feature["geometry"]["coordinates"]


plan = json.loads(text("plan.geojson"))
of_role = {}
for feature in plan["features"]:
    of_role.setdefault(feature["properties"]["role"], []).append(feature)
routes, inspections = of_role.get("route", []), of_role.get("inspection", [])
uavs = sorted({feature["properties"]["vehicle"] for feature in inspections})
require(routes and inspections, "a plan without a route or inspections tries nothing")

if have("GDAL (gdal-bin)", shutil.which("ogr2ogr")):
    read = gdal("plan.geojson", "plan")
    require(len(read) == len(plan["features"]), "plan.geojson: GDAL found another number of features")
    known = gdal("knowledge.geojson", "knowledge")
    require(len(known) == len(json.loads(text("knowledge.geojson"))["features"]), "knowledge.geojson: features")
    require(all(f["properties"]["since"] for f in known if f["properties"].get("state") == "blocked"), "knowledge: since")

    gpx = {f["properties"]["name"]: f for f in gdal("plan.gpx", "routes")}
    require(near(line(gpx["ugv"]), line(routes[0])), "plan.gpx: the route is another")
    require(sorted(gpx) == sorted(["ugv", *uavs]), f"plan.gpx: routes {sorted(gpx)}")
    points = {f["properties"]["name"]: f for f in gdal("plan.gpx", "waypoints")}
    for role in ["start", "goal"]:
        require(near([line(points[role])], [line(of_role[role][0])]), f"plan.gpx: {role}")

    kml = {f["properties"]["Name"]: f for f in gdal("plan.kml", "route")}
    require(near(line(kml["route"]), line(routes[0])), "plan.kml: the route is another")
    for uav in uavs:
        placemarks = gdal("plan.kml", uav)
        wanted = [f for f in inspections if f["properties"]["vehicle"] == uav]
        require(
            len(placemarks) == len(wanted) and all(near(line(a), line(b)) for a, b in zip(placemarks, wanted)),
            f"plan.kml: the inspections of {uav}",
        )

    table = gdal("plan.csv", "plan", "-oo", "AUTODETECT_TYPE=YES")
    driven = [p for f in table if f["properties"]["kind"] == "route" for p in line(f)]
    driven = [p for i, p in enumerate(driven) if i == 0 or p != driven[i - 1]]
    require(near(driven, line(routes[0])), "plan.csv: the route is another")
    require(all(isinstance(f["properties"]["length_m"], float) for f in table), "plan.csv: lengths are no numbers")
    rows = list(csv.DictReader(io.StringIO(text("plan.csv"))))
    names = {f["properties"]["segment"]: f["properties"]["name"] or "" for f in inspections}
    for row, feature in zip(rows, table):
        require(row["name"] == (feature["properties"]["name"] or ""), f"plan.csv: the name {row['name']}")
        require(row["name"] == names.get(int(row["segment"]), row["name"]), f"plan.csv: the name {row['name']}")
    print(f"GDAL: {len(read)} features, {len(gpx)} GPX routes, {len(kml)} KML lines, {len(table)} rows")

flights = sorted(FOLDER.glob("*.waypoints"))
require(flights, "there is no flight")
mavwp = module("pymavlink.mavwp")
if mavwp:
    from pymavlink.dialects.v20 import common

    for path in flights:
        loader = mavwp.MAVWPLoader()
        loader.load(str(path))
        flight = json.loads(path.with_suffix(".json").read_text())
        require(loader.count() == len(flight["items"]) + 1, f"{path.name}: {loader.count()} items")
        mav = common.MAVLink(None)
        for item in flight["items"]:
            listed = loader.wp(item["seq"] + 1)
            require(listed.command == item["command"] and listed.frame == item["frame"], f"{path.name}: {item}")
            require(abs(listed.x * 1e7 - item["x"]) <= 1 and abs(listed.y * 1e7 - item["y"]) <= 1, f"{path.name}: {item}")
            require(abs(listed.z - item["z"]) < 1e-3, f"{path.name}: {item}")
            fields = {name: math.nan if value is None else value for name, value in item.items()}
            message = common.MAVLink_mission_item_int_message(1, 1, **fields)
            back = common.MAVLink(None).decode(bytearray(message.pack(mav)))
            require(back.x == item["x"] and back.y == item["y"] and back.command == item["command"], f"{item}")
    print(f"pymavlink: {len(flights)} waypoint lists, their mission items packed and unpacked")

jsonschema = module("jsonschema")
if jsonschema:
    def validator(name):
        schema = json.loads((HERE / name).read_text())
        return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())

    for path in sorted(FOLDER.glob("*.plan")):
        validator("qgc_plan.schema.json").validate(json.loads(path.read_text()))
        flight = json.loads(path.with_suffix(".json").read_text())
        items = json.loads(path.read_text())["mission"]["items"]
        places = [[item["params"][4] * 1e7, item["params"][5] * 1e7] for item in items]
        require(near(places, [[item["x"], item["y"]] for item in flight["items"]], 1.5), f"{path.name}: other places")
    validator("wzdx.schema.json").validate(json.loads((HERE / "closures.wzdx.geojson").read_text()))
    print("JSON schemas: QGroundControl's plan, WZDx")

takproto, pytak = module("takproto"), module("pytak")
if takproto and pytak:
    sent = text("events.cot")

    async def receive():
        """The events as pytak's receiver takes them off a connection."""
        reader = asyncio.StreamReader()
        reader.feed_data(sent.encode())
        reader.feed_eof()

        class Receiver(pytak.RXWorker):
            async def handle_data(self, data):
                pass

        worker = Receiver(asyncio.Queue(), {"TAK_PROTO": "0"}, reader)
        received = []
        while (event := await worker.readcot()) and event.strip():
            received.append(event.strip())
        return received

    received = asyncio.run(receive())
    require(len(received) == len(sent.splitlines()), f"pytak received {len(received)} events")
    uids = set()
    for event in received:
        message = takproto.parse_proto(takproto.xml2proto(event.decode(), takproto.TAKProtoVer.MESH)).cotEvent
        require(message.uid.startswith("outrider.") and message.uid not in uids, f"the uid {message.uid}")
        uids.add(message.uid)
        require(message.startTime <= message.sendTime < message.staleTime, f"{message.uid}: times")
        require(-90 <= message.lat <= 90 and -180 <= message.lon <= 180, f"{message.uid}: place")
        require(message.type[:4] in ("a-f-", "b-m-", "u-d-"), f"{message.uid}: the type {message.type}")
    require(any(uid.endswith(".route") for uid in uids), "there is no route")
    print(f"pytak and takproto: {len(received)} events")
