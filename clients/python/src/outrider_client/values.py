"""Small conveniences with the generated models."""

from __future__ import annotations

from typing import Any, TypeVar

from .generated.models.plan_route import PlanRoute
from .generated.models.plan_view_route import PlanViewRoute
from .generated.models.route import Route
from .generated.models.strategy_request_parameters import StrategyRequestParameters
from .generated.types import Unset

T = TypeVar("T")


def given(value: T | Unset | None) -> T | None:
    """The value of a field that may be absent or null, and `None` if it is."""
    return None if isinstance(value, Unset) else value


def route_of(plan: object) -> Route | None:
    """The route of a plan; `None` if its outcome is another one (already there, no way, budget spent), or if there is
    no plan."""
    return plan.route if isinstance(plan, PlanRoute | PlanViewRoute) else None


def parameters(**values: Any) -> StrategyRequestParameters:
    """A strategy's parameters, such as `parameters(k=5)`. `list_strategies` has their schemas."""
    return StrategyRequestParameters.from_dict(values)
