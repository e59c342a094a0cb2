"""Plans made-up places on two dates: what stands where, and what happened between."""

from deltascribe.datasets.synthetic.planning.planner import plan_place
from deltascribe.datasets.synthetic.planning.registry import EVENTS, SCENARIOS, Scenario
from deltascribe.datasets.synthetic.planning.summary import summarise_places

__all__ = ["EVENTS", "SCENARIOS", "Scenario", "plan_place", "summarise_places"]
