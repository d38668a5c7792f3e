"""What the trial of the API works on: a network, missions, keys of every role. Writes their ids where schemathesis looks for them."""

import json
import sys
import urllib.request
from pathlib import Path

SIDE = 6
MISSIONS, DOOMED, SPARE_NETWORKS, SPARE_KEYS = 6, 3, 6, 6


def call(method, path, body=None, headers=None):
    """One request by the first admin; the answer as JSON."""
    request = urllib.request.Request(
        url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {admin}", "Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def roads():
    """A grid of streets."""
    at = lambda i, j: [8.0 + i * 0.01, 50.0 + j * 0.008]  # noqa: E731
    ends = [((i, j), (i + di, j + dj)) for i in range(SIDE) for j in range(SIDE) for di, dj in ((1, 0), (0, 1))]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": f"{a}-{b}", "name": f"Street {a[0]}{a[1]}"},
                "geometry": {"type": "LineString", "coordinates": [at(*a), at(*b)]},
            }
            for a, b in ends
            if b[0] < SIDE and b[1] < SIDE
        ],
    }


url, admin, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
network = call("POST", "/v1/networks?name=grid", roads())["id"]
spare_networks = [call("POST", f"/v1/networks?name=spare-{n}", roads())["id"] for n in range(SPARE_NETWORKS)]
imported = call("POST", "/v1/networks?name=background", roads(), {"Prefer": "respond-async"})["id"]
missions = [
    call(
        "POST",
        "/v1/missions",
        {
            "network_id": network,
            "name": f"mission {n}",
            "start": {"position": {"lon": 8.0, "lat": 50.0}},
            "goal": {"position": {"lon": 8.04, "lat": 50.032}},
            "ugv": {"speed_mps": 10},
            "uavs": [{"id": "uav-1", "speed_mps": 20}, {"id": "uav-2", "speed_mps": 20}],
        },
    )["id"]
    for n in range(MISSIONS + DOOMED)
]
key = lambda name, role, **more: call("POST", "/v1/keys", {"name": name, "role": role, **more})  # noqa: E731
spare_keys = [key(f"spare {n}", "viewer")["id"] for n in range(SPARE_KEYS)]
# A vehicle's key is for one mission: it is tried with that one.
roles = {
    "vehicle": key("a vehicle", "vehicle", mission_id=missions[0], vehicle="uav-1")["secret"],
    "viewer": key("a viewer", "viewer")["secret"],
    "operator": key("an operator", "operator")["secret"],
    "admin": admin,
}
(folder / "roles.json").write_text(json.dumps(roles))
for name, words in {
    "missions": missions[:1] if sys.argv[4] == "vehicle" else missions[:MISSIONS],
    "doomed": missions[MISSIONS:],
    "networks": [network],
    "spare-networks": spare_networks,
    "spare-keys": spare_keys,
    "imports": [imported],
    "keys": [roles["viewer"], roles["operator"]],
    "uavs": ["uav-1", "uav-2"],
}.items():
    (folder / f"{name}.dict").write_text("".join(f'"{word}"\n' for word in words))
