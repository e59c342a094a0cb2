"""Plans a place: draws a scenario, lets it furnish a draft, and makes sure that what happened is to be seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deltascribe.datasets.synthetic.planning import scenarios_houses, scenarios_land, scenarios_other, scenarios_roads
from deltascribe.datasets.synthetic.planning.covers import lay_ground
from deltascribe.datasets.synthetic.planning.district import furnish_district
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.finish import finish
from deltascribe.datasets.synthetic.planning.homes import build_on
from deltascribe.datasets.synthetic.planning.lots import draw_style, lot_in_open
from deltascribe.datasets.synthetic.planning.registry import SCENARIOS
from deltascribe.datasets.synthetic.wording import describe_facts
from deltascribe.datasets.synthetic.world import Building, Place
from deltascribe.errors import DatasetError

__all__ = ["plan_place", "scenarios_houses", "scenarios_land", "scenarios_other", "scenarios_roads"]

DISTRICT_FROM = 320.0
"""Places longer than this in metres are planned as districts of many blocks."""
_CHOICE, _PLAN, _FINISH = 100, 110, 150
_TRIES = 12
_SMALLEST, _LARGEST = 16.0, 8192.0


def plan_place(
    seed: int,
    index: int = 0,
    *,
    scenario: str | None = None,
    width: float = 128.0,
    height: float = 128.0,
    weights: Mapping[str, float] | None = None,
) -> Place:
    """Plans a place on two dates; the same arguments give the same place.

    Args:
        seed: of a whole set.
        index: of the place in it; places do not depend on one another.
        scenario: a key of `SCENARIOS`; None draws one. A place longer than `DISTRICT_FROM` is a district of many blocks, in each of which
            something of its own may happen: the scenario, or one drawn for the block.
        width, height: extent in metres, 16 to 8,192.
        weights: how often scenarios are drawn, instead of the weights that these have by default: half of all places have no change. With
            `{"no_change": 0}` something changes everywhere, and with the names of all others at 0 nothing does.

    Raises:
        DatasetError: no such scenario, or a size or weight out of range.
    """
    chances = check_weights(weights)
    if scenario is not None and scenario not in SCENARIOS:
        raise DatasetError(f"There is no scenario '{scenario}'. Use one of: {', '.join(SCENARIOS)}.")
    if seed < 0 or index < 0:
        raise DatasetError(f"Seed and index must not be negative, but are {seed} and {index}. Give whole numbers from 0.")
    for name, extent in (("width", width), ("height", height)):
        if not _SMALLEST <= extent <= _LARGEST:
            raise DatasetError(f"The {name} of a place is {extent} m. Use {_SMALLEST:.0f} to {_LARGEST:.0f} m.")
    chooser = np.random.default_rng([seed, index, _CHOICE])
    if max(width, height) > DISTRICT_FROM:
        return _plan_district(seed, index, scenario, (float(width), float(height)), chances)
    drawn = list(chances)[int(chooser.choice(len(chances), p=list(chances.values())))]
    return _plan_small(seed, index, scenario or drawn, (float(width), float(height)))


def check_weights(weights: Mapping[str, float] | None) -> dict[str, float]:
    """Probability of each scenario that can be drawn.

    Raises:
        DatasetError: a name that no scenario has, a negative or infinite weight, or nothing left to draw.
    """
    unknown = [name for name in weights or {} if name not in SCENARIOS]
    if unknown:
        raise DatasetError(f"There is no scenario '{unknown[0]}' to give a weight. Use names among: {', '.join(SCENARIOS)}.")
    chances = {name: entry.weight for name, entry in SCENARIOS.items()} | dict(weights or {})
    for name, weight in chances.items():
        if not 0 <= weight < float("inf"):
            raise DatasetError(f"The weight of '{name}' is {weight}. Give a finite number, 0 or more.")
    total = sum(chances.values())
    if total <= 0:
        raise DatasetError("All scenarios have the weight 0. Give at least one a weight above 0.")
    return {name: weight / total for name, weight in chances.items() if weight > 0}


def _plan_small(seed: int, index: int, scenario: str, size: tuple[float, float]) -> Place:
    """One scenario; tried anew, from other random draws, while nothing of what it is about can be seen, or too little to put in words.

    After `_TRIES` the first place in which anything can be told stands, and where there was none, a house in the open.
    """
    second_best: Place | None = None
    for attempt in range(_TRIES):
        draft = Draft.of_place(*size, np.random.default_rng([seed, index, _PLAN + attempt]))
        SCENARIOS[scenario].planner(draft)
        place = finish(draft.store, *size, np.random.default_rng([seed, index, _FINISH]), draft.seed())
        if scenario == "no_change":
            return place
        if place.changed and _can_be_told(place):
            if _shows(place, scenario):
                return place
            second_best = second_best or place
    return second_best or _last_resort(seed, index, size)


def _shows(place: Place, scenario: str) -> bool:
    """Whether what a scenario is about is to be seen."""
    about = SCENARIOS[scenario].about
    return not about or any(event.kind in about for event in place.events)


def _can_be_told(place: Place) -> bool:
    """Whether captions find anything to tell; a building that came or went is enough, which spares a long look at most places."""
    if any(isinstance(thing, Building) and thing.kind != "shed" for thing in (*place.added(), *place.removed())):
        return True
    return not describe_facts(place).empty


def _last_resort(seed: int, index: int, size: tuple[float, float]) -> Place:
    """A house in the middle of open ground, for frames in which a scenario finds no room."""
    draft = Draft.of_place(*size, np.random.default_rng([seed, index, _PLAN + _TRIES]))
    lay_ground(draft, {"grass": 1.0})
    lot = lot_in_open(draft, draw_style(draft, "villas"), "after", inner=0.5, least=0.0)
    if lot is not None:
        build_on(draft, [lot], "after", draft.happens("build_villa"))
    return finish(draft.store, *size, np.random.default_rng([seed, index, _FINISH]), draft.seed())


def _plan_district(seed: int, index: int, scenario: str | None, size: tuple[float, float], chances: Mapping[str, float]) -> Place:
    """A district; with a scenario of its own, that happens in about every other block, and it is tried anew while it does nowhere."""
    if scenario is not None:
        chances = {scenario: 0.5, "no_change": 0.5} if scenario != "no_change" else {scenario: 1.0}
    attempt = 0
    while True:
        draft = Draft.of_place(*size, np.random.default_rng([seed, index, _PLAN + attempt]))
        furnish_district(draft, chances)
        place = finish(draft.store, *size, np.random.default_rng([seed, index, _FINISH]), draft.seed())
        attempt += 1
        if place.changed or scenario in (None, "no_change") or attempt == _TRIES:
            return place
