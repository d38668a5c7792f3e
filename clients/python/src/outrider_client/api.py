"""The calls of the API: a module for each, with `sync` and `asyncio`.

from outrider_client import Outrider, api

mission = api.get_mission.sync(outrider, mission_id)
"""

from .generated.calls import *  # noqa: F403
from .generated.calls import __all__ as __all__
