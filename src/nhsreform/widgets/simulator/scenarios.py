"""The four models a learner can argue with, as `nr.scenarios`: each takes plain numbers and returns a small record."""

from __future__ import annotations

from nhsreform.errors import one_of
from nhsreform.widgets.simulator.budget_risk import (
    BUDGET_RISK,
    DEAR,
    SEED,
    SIMULATED_YEARS,
    BudgetRisk,
    budget_risk,
    overspend_fat_tailed,
    overspend_normal,
    spread,
)
from nhsreform.widgets.simulator.real_terms import REAL_TERMS, RealTerms, real_terms
from nhsreform.widgets.simulator.scenario import YOURS, Parameter, Preset, Scenario
from nhsreform.widgets.simulator.staff_exit import RECLAIM_WEEKS, STAFF_EXIT, StaffExit, staff_exit
from nhsreform.widgets.simulator.walk_away import SEGMENTS, WALK_AWAY, WalkAway, walk_away

__all__ = [
    "BUDGET_RISK", "BudgetRisk", "DEAR", "Parameter", "Preset", "REAL_TERMS", "RECLAIM_WEEKS", "RealTerms", "SCENARIOS",
    "SEED", "SEGMENTS", "SIMULATED_YEARS", "STAFF_EXIT", "Scenario", "StaffExit", "WALK_AWAY", "WalkAway", "YOURS",
    "budget_risk", "overspend_fat_tailed", "overspend_normal", "real_terms", "scenario", "spread", "staff_exit", "walk_away",
]  # fmt: skip

SCENARIOS: dict[str, Scenario] = {each.name: each for each in (BUDGET_RISK, STAFF_EXIT, REAL_TERMS, WALK_AWAY)}


def scenario(name: str) -> Scenario:
    """Return a scenario: budget-risk, staff-exit, real-terms or walk-away.

    Raises PackError for an unknown name and lists the nearest.
    """
    return SCENARIOS[one_of(name, SCENARIOS, f"There is no simulator called {name!r}.")]
