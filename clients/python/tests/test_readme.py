"""What README.md shows works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys

from service import REPOSITORY, Service

from outrider_client.models import MissionView

README = (REPOSITORY / "clients" / "python" / "README.md").read_text(encoding="utf-8")
TOUR, CALLS, REPORTS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SAYS = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def run(text: str) -> str:
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tour_does_what_it_says(service: Service) -> None:
    said = run(TOUR.replace("http://127.0.0.1:8080", service.url)).splitlines()
    # The first plan may come before the snapshot or after it.
    assert [line for line in SAYS[0].splitlines() if "plan" in line][-1].split()[2:] == said[-1].split()[2:]
    assert any(line.endswith("the mission is active") for line in said)
    assert any(line.endswith(" report") for line in said)


def test_the_other_pieces_work_too(service: Service, mission: MissionView) -> None:
    begin = f"from uuid import UUID\nfrom outrider_client import Outrider\noutrider = Outrider({service.url!r})\n"
    run(f"{begin}mission_id = UUID('{mission.id}')\n{CALLS}\nassert mission.id == mission_id")
    assert int(run(f"{begin}mission_id = UUID('{mission.id}')\n{REPORTS}")) > 1
