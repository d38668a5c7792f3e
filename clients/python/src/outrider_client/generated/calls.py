"""A module for each call."""

from .api.access import begin_session, create_key, end_session, get_session, list_keys, revoke_key
from .api.closures import create_closure, import_closures
from .api.log import list_log_events
from .api.missions import (
    cancel_mission,
    create_mission,
    get_mission,
    list_missions,
    pause_mission,
    resume_mission,
    update_mission,
)
from .api.networks import (
    cancel_import,
    delete_network,
    find_nearest_segment,
    get_import,
    get_network,
    get_network_geojson,
    list_imports,
    list_networks,
    match_track,
)
from .api.operations import get_liveness, get_log_level, get_readiness, list_audit_entries, set_log_level
from .api.plans import (
    find_nearest_goals,
    get_forecast,
    get_plan,
    get_reachability,
    get_tasking,
    list_alternatives,
    list_instructions,
)
from .api.positions import list_positions, update_positions
from .api.reports import create_reports, get_knowledge
from .api.strategies import list_strategies

__all__ = [
    "begin_session",
    "cancel_import",
    "cancel_mission",
    "create_closure",
    "create_key",
    "create_mission",
    "create_reports",
    "delete_network",
    "end_session",
    "find_nearest_goals",
    "find_nearest_segment",
    "get_forecast",
    "get_import",
    "get_knowledge",
    "get_liveness",
    "get_log_level",
    "get_mission",
    "get_network",
    "get_network_geojson",
    "get_plan",
    "get_reachability",
    "get_readiness",
    "get_session",
    "get_tasking",
    "import_closures",
    "list_alternatives",
    "list_audit_entries",
    "list_imports",
    "list_instructions",
    "list_keys",
    "list_log_events",
    "list_missions",
    "list_networks",
    "list_positions",
    "list_strategies",
    "match_track",
    "pause_mission",
    "resume_mission",
    "revoke_key",
    "set_log_level",
    "update_mission",
    "update_positions",
]
