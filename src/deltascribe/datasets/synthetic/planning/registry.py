"""Registers of what can happen in a place, and of the scenarios that plan it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltascribe.datasets.synthetic.planning.draft import Draft

Planner = Callable[["Draft"], None]

EVENTS: dict[str, str] = {
    "build_villa": "one large house is built",
    "build_houses": "houses are built",
    "build_large": "a hall or factory is built",
    "build_blocks": "blocks of flats or offices are built",
    "build_small": "a small building is built beside others",
    "build_parking": "a parking lot is built",
    "build_pool": "a swimming pool is built",
    "build_playground": "a sports ground is built",
    "demolish": "buildings are torn down",
    "lay_road": "a road or track is laid",
    "widen_road": "a road is widened",
    "pave_road": "a dirt track becomes a street",
    "remove_road": "a road or track is given up",
    "clear_woods": "woods or trees are cleared",
    "plant_woods": "woods are planted or grow",
    "plant_trees": "a row or group of trees is planted",
    "dig_pond": "a pond is dug",
    "fill_pond": "a pond or lake is filled in",
    "drain_water": "a pond or lake falls dry or shrinks",
    "raise_water": "a pond or lake grows",
    "develop_fields": "fields become building land",
    "flood": "water or mud covers the land",
}
"""Kinds of events: key and meaning."""


@dataclass(frozen=True)
class Scenario:
    """One kind of story.

    Attributes:
        name: key in `SCENARIOS`.
        title: a few words for lists.
        description: what stands before and after.
        weight: how often it is drawn; the weights of all scenarios in which something changes sum to 1.
        planner: furnishes a draft with both dates and the events between them.
        about: kinds of events, one of which is to be seen in each of its places; () for any.
    """

    name: str
    title: str
    description: str
    weight: float
    planner: Planner
    about: tuple[str, ...] = ()


SCENARIOS: dict[str, Scenario] = {}
"""All scenarios by name."""


def scenario(name: str, title: str, *, weight: float, about: tuple[str, ...] = ()) -> Callable[[Planner], Planner]:
    """Decorator that registers a planner; its docstring becomes the description. See `Scenario` for the arguments.

    Raises:
        ValueError: the name is taken, or the planner has no docstring.
    """

    def register(planner: Planner) -> Planner:
        if name in SCENARIOS or not planner.__doc__:
            raise ValueError(f"The scenario '{name}' exists already, or has no docstring to describe it.")
        SCENARIOS[name] = Scenario(name, title, " ".join(planner.__doc__.split()), weight, planner, about)
        return planner

    return register
