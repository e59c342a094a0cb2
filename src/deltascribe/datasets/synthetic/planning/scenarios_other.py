"""Scenarios of loss and replacement, of leisure, of several things at once, and of no change at all."""

from __future__ import annotations

from typing import Literal

from deltascribe.datasets.synthetic.planning.covers import OPEN_GROUND, lay_ground
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.lots import draw_style
from deltascribe.datasets.synthetic.planning.registry import SCENARIOS, scenario
from deltascribe.datasets.synthetic.planning.scenarios_houses import old_streets
from deltascribe.datasets.synthetic.planning.steps import (
    Step,
    build_few,
    build_hall,
    build_parking,
    build_playground,
    build_pool,
    clear_grove,
    demolish,
    demolish_few,
    dig_pond,
    lay_branch,
    old_houses,
    plant_grove,
    widen,
)
from deltascribe.datasets.synthetic.planning.yards import add_blocks, add_hall

_TOWN = {"grass": 0.36, "graded": 0.22, "bare": 0.16, "savanna": 0.26}


@scenario("demolish_some", "some houses go", weight=0.018)
def demolish_some(draft: Draft) -> None:
    """One to four buildings of a quarter are torn down."""
    lay_ground(draft, _TOWN)
    streets = old_streets(draft)
    if draft.chance(0.25):
        hall = draft.happens("demolish")
        add_hall(draft, streets, "before", hall, parking=draft.chance(0.4))
    else:
        demolish(draft, streets, most=int(draft.rng.integers(1, 5)))
    old_houses(draft, streets, share=draft.uniform(0.3, 0.9))


@scenario("demolish_all", "all houses go", weight=0.012)
def demolish_all(draft: Draft) -> None:
    """All houses along a street are torn down."""
    lay_ground(draft, _TOWN)
    demolish(draft, old_streets(draft), draw_style(draft, draft.choose({"cottages": 0.5, "houses": 0.5})))


@scenario("replace", "old houses make room", weight=0.012, about=("demolish",))
def replace(draft: Draft) -> None:
    """Old houses are torn down and a large building, flats, a parking lot or new houses take their place."""
    lay_ground(draft, _TOWN)
    streets = old_streets(draft, forms={"through": 0.5, "curve": 0.2, "tee": 0.3})
    demolish(
        draft, streets, draw_style(draft, draft.choose({"cottages": 0.7, "houses": 0.3})), ground=draft.choose({"bare": 0.6, "grass": 0.4})
    )
    what = draft.choose({"hall": 0.4, "flats": 0.2, "parking": 0.15, "houses": 0.25})
    if what == "hall":
        build_hall(draft, streets)
    elif what == "flats":
        add_blocks(draft, streets, int(draft.rng.integers(1, 4)), "after", draft.happens("build_blocks"))
    elif what == "parking":
        build_parking(draft, streets)
    else:
        build_few(draft, streets)


@scenario("pool", "a swimming pool", weight=0.01)
def pool(draft: Draft) -> None:
    """A swimming pool is built in a quarter of houses."""
    lay_ground(draft, _TOWN)
    old_houses(draft, old_streets(draft), draw_style(draft, "villas"), share=draft.uniform(0.4, 0.9))
    build_pool(draft)


@scenario("playground", "a sports ground", weight=0.01)
def playground(draft: Draft) -> None:
    """A running track or a ball court is built, at times beside a large building."""
    lay_ground(draft, OPEN_GROUND | {"half_woods": 0.1})
    streets = old_streets(draft, forms={"through": 0.6, "curve": 0.4}) if draft.chance(0.8) else []
    if streets and draft.chance(0.3):
        add_blocks(draft, streets, 1)
    build_playground(draft, streets)


_STEPS: dict[str, tuple[Step, float]] = {
    "houses": (build_few, 0.26),
    "demolish": (demolish_few, 0.14),
    "pond": (dig_pond, 0.10),
    "clear": (clear_grove, 0.14),
    "hall": (build_hall, 0.08),
    "parking": (build_parking, 0.08),
    "road": (lay_branch, 0.16),
    "widen": (widen, 0.06),
    "plant": (plant_grove, 0.06),
    "pool": (build_pool, 0.05),
    "court": (build_playground, 0.04),
}


@scenario("mixed", "two or three things at once", weight=0.015)
def mixed(draft: Draft) -> None:
    """Two or three independent changes in a place with a street and some houses."""
    lay_ground(draft, OPEN_GROUND | {"half_woods": 0.15})
    streets = old_streets(draft, paved=0.9)
    weights = {name: weight for name, (_, weight) in _STEPS.items()}
    wanted, done = (2 if draft.chance(0.8) else 3), 0
    while done < wanted and weights:
        name = draft.choose(weights)
        del weights[name]
        done += _STEPS[name][0](draft, streets)
    if draft.chance(0.5):
        old_houses(draft, streets, share=draft.uniform(0.2, 0.7))


@scenario("no_change", "nothing happens", weight=1.0)
def no_change(draft: Draft) -> None:
    """Any of the other places, as it is before or after: only cars, crowns and what the look of a date brings differ."""
    weights = {name: entry.weight for name, entry in SCENARIOS.items() if name != "no_change"}
    name = draft.choose(weights)
    known = len(draft.store.happenings)
    SCENARIOS[name].planner(draft)
    outcome: Literal["before", "after"] = "before" if name in _PASSING or draft.chance(0.35) else "after"
    for happening in draft.store.happenings[known:]:
        happening.outcome = outcome


_PASSING = ("flood",)
"""Scenarios whose second date does not last."""
