"""Contains all the data models used in inputs/outputs"""

from .action import Action
from .alternative_view import AlternativeView
from .alternatives_view import AlternativesView
from .arrival_seconds_view import ArrivalSecondsView
from .arrival_times_view import ArrivalTimesView
from .audit_entry_view import AuditEntryView
from .audit_entry_view_detail import AuditEntryViewDetail
from .audit_page import AuditPage
from .break_view import BreakView
from .closing import Closing
from .closure_accepted import ClosureAccepted
from .closure_close import ClosureClose
from .closure_close_action import ClosureCloseAction
from .closure_close_each import ClosureCloseEach
from .closure_close_each_action import ClosureCloseEachAction
from .closure_collection import ClosureCollection
from .closure_expire import ClosureExpire
from .closure_expire_action import ClosureExpireAction
from .closure_feature import ClosureFeature
from .closure_feature_properties_type_0 import ClosureFeaturePropertiesType0
from .closure_geometry import ClosureGeometry
from .closure_reopen import ClosureReopen
from .closure_reopen_action import ClosureReopenAction
from .closure_view import ClosureView
from .create_closure import CreateClosure
from .create_key import CreateKey
from .create_mission import CreateMission
from .critical_segment_view import CriticalSegmentView
from .direction import Direction
from .dropped_components import DroppedComponents
from .dropped_rings import DroppedRings
from .endpoint import Endpoint
from .endpoint_view import EndpointView
from .feature_view import FeatureView
from .feed_accepted import FeedAccepted
from .feed_outcome_view import FeedOutcomeView
from .field_problem import FieldProblem
from .find_nearest_goals import FindNearestGoals
from .finding import Finding
from .fix_outcome import FixOutcome
from .fix_request import FixRequest
from .fix_view import FixView
from .forecast_view import ForecastView
from .gap_view import GapView
from .geo_json import GeoJson
from .get_reachability_unknown import GetReachabilityUnknown
from .get_tasking_altitude_reference import GetTaskingAltitudeReference
from .goal_prospect_view import GoalProspectView
from .goal_request import GoalRequest
from .health import Health
from .heartbeat import Heartbeat
from .import_list import ImportList
from .import_summary import ImportSummary
from .import_view import ImportView
from .inspecting_request import InspectingRequest
from .inspection import Inspection
from .instruction_view import InstructionView
from .instructions_view import InstructionsView
from .island import Island
from .joint_heartbeat import JointHeartbeat
from .key_created import KeyCreated
from .key_list import KeyList
from .key_view import KeyView
from .knowledge_view import KnowledgeView
from .leg import Leg
from .line_string_view import LineStringView
from .list_instructions_part import ListInstructionsPart
from .list_missions_status import ListMissionsStatus
from .location_request import LocationRequest
from .log_level_view import LogLevelView
from .log_page import LogPage
from .login_request import LoginRequest
from .lon_lat import LonLat
from .maneuver_view import ManeuverView
from .match_view import MatchView
from .mission_change import MissionChange
from .mission_end import MissionEnd
from .mission_event_closure import MissionEventClosure
from .mission_event_closure_kind import MissionEventClosureKind
from .mission_event_mission_changed import MissionEventMissionChanged
from .mission_event_mission_changed_kind import MissionEventMissionChangedKind
from .mission_event_mission_created import MissionEventMissionCreated
from .mission_event_mission_created_kind import MissionEventMissionCreatedKind
from .mission_event_mission_ended import MissionEventMissionEnded
from .mission_event_mission_ended_body import MissionEventMissionEndedBody
from .mission_event_mission_ended_kind import MissionEventMissionEndedKind
from .mission_event_plan import MissionEventPlan
from .mission_event_plan_kind import MissionEventPlanKind
from .mission_event_report import MissionEventReport
from .mission_event_report_kind import MissionEventReportKind
from .mission_event_vehicle import MissionEventVehicle
from .mission_event_vehicle_kind import MissionEventVehicleKind
from .mission_item import MissionItem
from .mission_items import MissionItems
from .mission_list import MissionList
from .mission_list_item import MissionListItem
from .mission_settings import MissionSettings
from .mission_status import MissionStatus
from .mission_view import MissionView
from .nearest_goals_view import NearestGoalsView
from .nearest_place import NearestPlace
from .nearest_view import NearestView
from .network_list import NetworkList
from .network_view import NetworkView
from .patch_mission import PatchMission
from .place import Place
from .plan_already_there import PlanAlreadyThere
from .plan_already_there_outcome import PlanAlreadyThereOutcome
from .plan_basis import PlanBasis
from .plan_budget_spent import PlanBudgetSpent
from .plan_budget_spent_outcome import PlanBudgetSpentOutcome
from .plan_no_way import PlanNoWay
from .plan_no_way_outcome import PlanNoWayOutcome
from .plan_route import PlanRoute
from .plan_route_outcome import PlanRouteOutcome
from .plan_view_already_there import PlanViewAlreadyThere
from .plan_view_already_there_outcome import PlanViewAlreadyThereOutcome
from .plan_view_budget_spent import PlanViewBudgetSpent
from .plan_view_budget_spent_outcome import PlanViewBudgetSpentOutcome
from .plan_view_no_way import PlanViewNoWay
from .plan_view_no_way_outcome import PlanViewNoWayOutcome
from .plan_view_route import PlanViewRoute
from .plan_view_route_outcome import PlanViewRouteOutcome
from .point import Point
from .polygon_request import PolygonRequest
from .polygon_type import PolygonType
from .position_accepted import PositionAccepted
from .position_list import PositionList
from .position_request import PositionRequest
from .position_view import PositionView
from .positions_accepted import PositionsAccepted
from .problem_document import ProblemDocument
from .report import Report
from .report_accepted import ReportAccepted
from .report_request import ReportRequest
from .reports_accepted import ReportsAccepted
from .road_summary import RoadSummary
from .role import Role
from .route import Route
from .rule_count import RuleCount
from .segment_knowledge_view import SegmentKnowledgeView
from .segment_state import SegmentState
from .session_kind import SessionKind
from .session_view import SessionView
from .snapshot_reason import SnapshotReason
from .snapshot_view import SnapshotView
from .speeds import Speeds
from .state_view import StateView
from .step_view import StepView
from .strategy_choice import StrategyChoice
from .strategy_choice_parameters import StrategyChoiceParameters
from .strategy_list import StrategyList
from .strategy_request import StrategyRequest
from .strategy_request_parameters import StrategyRequestParameters
from .strategy_view import StrategyView
from .strategy_view_parameters_schema import StrategyViewParametersSchema
from .stretch_view import StretchView
from .tasking import Tasking
from .track_request import TrackRequest
from .turn_restrictions import TurnRestrictions
from .uav import Uav
from .uav_position import UavPosition
from .uav_request import UavRequest
from .uav_situation import UavSituation
from .uav_view import UavView
from .ugv import Ugv
from .ugv_request import UgvRequest
from .ugv_situation import UgvSituation
from .vehicle_change import VehicleChange
from .vehicle_event import VehicleEvent
from .way_outcome import WayOutcome
from .way_view import WayView
from .ways_dropped import WaysDropped

__all__ = (
    "Action",
    "AlternativesView",
    "AlternativeView",
    "ArrivalSecondsView",
    "ArrivalTimesView",
    "AuditEntryView",
    "AuditEntryViewDetail",
    "AuditPage",
    "BreakView",
    "Closing",
    "ClosureAccepted",
    "ClosureClose",
    "ClosureCloseAction",
    "ClosureCloseEach",
    "ClosureCloseEachAction",
    "ClosureCollection",
    "ClosureExpire",
    "ClosureExpireAction",
    "ClosureFeature",
    "ClosureFeaturePropertiesType0",
    "ClosureGeometry",
    "ClosureReopen",
    "ClosureReopenAction",
    "ClosureView",
    "CreateClosure",
    "CreateKey",
    "CreateMission",
    "CriticalSegmentView",
    "Direction",
    "DroppedComponents",
    "DroppedRings",
    "Endpoint",
    "EndpointView",
    "FeatureView",
    "FeedAccepted",
    "FeedOutcomeView",
    "FieldProblem",
    "Finding",
    "FindNearestGoals",
    "FixOutcome",
    "FixRequest",
    "FixView",
    "ForecastView",
    "GapView",
    "GeoJson",
    "GetReachabilityUnknown",
    "GetTaskingAltitudeReference",
    "GoalProspectView",
    "GoalRequest",
    "Health",
    "Heartbeat",
    "ImportList",
    "ImportSummary",
    "ImportView",
    "InspectingRequest",
    "Inspection",
    "InstructionsView",
    "InstructionView",
    "Island",
    "JointHeartbeat",
    "KeyCreated",
    "KeyList",
    "KeyView",
    "KnowledgeView",
    "Leg",
    "LineStringView",
    "ListInstructionsPart",
    "ListMissionsStatus",
    "LocationRequest",
    "LoginRequest",
    "LogLevelView",
    "LogPage",
    "LonLat",
    "ManeuverView",
    "MatchView",
    "MissionChange",
    "MissionEnd",
    "MissionEventClosure",
    "MissionEventClosureKind",
    "MissionEventMissionChanged",
    "MissionEventMissionChangedKind",
    "MissionEventMissionCreated",
    "MissionEventMissionCreatedKind",
    "MissionEventMissionEnded",
    "MissionEventMissionEndedBody",
    "MissionEventMissionEndedKind",
    "MissionEventPlan",
    "MissionEventPlanKind",
    "MissionEventReport",
    "MissionEventReportKind",
    "MissionEventVehicle",
    "MissionEventVehicleKind",
    "MissionItem",
    "MissionItems",
    "MissionList",
    "MissionListItem",
    "MissionSettings",
    "MissionStatus",
    "MissionView",
    "NearestGoalsView",
    "NearestPlace",
    "NearestView",
    "NetworkList",
    "NetworkView",
    "PatchMission",
    "Place",
    "PlanAlreadyThere",
    "PlanAlreadyThereOutcome",
    "PlanBasis",
    "PlanBudgetSpent",
    "PlanBudgetSpentOutcome",
    "PlanNoWay",
    "PlanNoWayOutcome",
    "PlanRoute",
    "PlanRouteOutcome",
    "PlanViewAlreadyThere",
    "PlanViewAlreadyThereOutcome",
    "PlanViewBudgetSpent",
    "PlanViewBudgetSpentOutcome",
    "PlanViewNoWay",
    "PlanViewNoWayOutcome",
    "PlanViewRoute",
    "PlanViewRouteOutcome",
    "Point",
    "PolygonRequest",
    "PolygonType",
    "PositionAccepted",
    "PositionList",
    "PositionRequest",
    "PositionsAccepted",
    "PositionView",
    "ProblemDocument",
    "Report",
    "ReportAccepted",
    "ReportRequest",
    "ReportsAccepted",
    "RoadSummary",
    "Role",
    "Route",
    "RuleCount",
    "SegmentKnowledgeView",
    "SegmentState",
    "SessionKind",
    "SessionView",
    "SnapshotReason",
    "SnapshotView",
    "Speeds",
    "StateView",
    "StepView",
    "StrategyChoice",
    "StrategyChoiceParameters",
    "StrategyList",
    "StrategyRequest",
    "StrategyRequestParameters",
    "StrategyView",
    "StrategyViewParametersSchema",
    "StretchView",
    "Tasking",
    "TrackRequest",
    "TurnRestrictions",
    "Uav",
    "UavPosition",
    "UavRequest",
    "UavSituation",
    "UavView",
    "Ugv",
    "UgvRequest",
    "UgvSituation",
    "VehicleChange",
    "VehicleEvent",
    "WayOutcome",
    "WaysDropped",
    "WayView",
)
