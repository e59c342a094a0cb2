"""Tests of deltascribe.datasets.synthetic.planning.planner: draws, determinism, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltascribe.datasets.synthetic.planning import SCENARIOS, plan_place, planner
from deltascribe.datasets.synthetic.wording import describe_facts
from deltascribe.datasets.synthetic.world import Place
from deltascribe.errors import DatasetError

HOUSES = {"build_houses", "build_villa"}
MEANT = {
    "subdivision": HOUSES,
    "woods_to_street": HOUSES,
    "infill": HOUSES,
    "villa": {"build_villa"},
    "road_through_woods": {"lay_road"},
    "new_roads": {"lay_road"},
    "pond": {"dig_pond"},
    "fish_ponds": {"dig_pond"},
    "rise": {"raise_water"},
    "drain": {"drain_water", "fill_pond"},
    "flood": {"flood"},
    "clear_woods": {"clear_woods"},
    "plant_woods": {"plant_woods"},
    "plant_trees": {"plant_trees"},
    "demolish_some": {"demolish"},
    "demolish_all": {"demolish"},
    "remove_road": {"remove_road"},
    "renew_road": {"widen_road", "pave_road"},
    "pool": {"build_pool"},
    "playground": {"build_playground"},
    "parking": {"build_parking"},
    "flats": {"build_blocks"},
    "large_building": {"build_large"},
}
"""Events of which a scenario shows at least one."""


def everything(seed: int, index: int, **keywords: Any) -> tuple[Any, ...]:
    place = plan_place(seed, index, **keywords)
    seeds = [getattr(thing, "seed", 0) for thing in (*place.before.things(), *place.after.things())]
    return place.truth(), place.before.cars, place.after.cars, place.before.trees, place.after.trees, place.seed, seeds


def test_the_same_arguments_give_the_same_place_whatever_was_planned_before() -> None:
    first = everything(4, 7)
    plan_place(4, 6)
    assert everything(4, 7) == first
    assert everything(4, 8) != first
    assert everything(5, 7) != first


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_tells_its_story(scenario: str) -> None:
    for index in range(4):
        place = plan_place(11, index, scenario=scenario)
        assert place.changed == (scenario != "no_change")
        assert scenario not in MEANT or MEANT[scenario] & {event.kind for event in place.events}


@pytest.mark.parametrize(
    "scenario", ["clear_woods", "plant_woods", "plant_trees", "drain", "rise", "pond", "renew_road", "new_roads", "pool"]
)
def test_what_happens_can_always_be_put_in_words(scenario: str) -> None:
    # among these are places whose first draft shows too little: some trees too few, a strip of water too narrow
    for seed in range(20):
        place = plan_place(seed, 0, scenario=scenario)
        assert place.changed
        assert not describe_facts(place).empty


def test_a_draft_that_shows_too_little_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Place] = []

    def refuse_first(place: Place) -> bool:
        looked.append(place)
        return len(looked) > 2

    monkeypatch.setattr(planner, "_can_be_told", refuse_first)
    place = plan_place(0, 0, scenario="clear_woods")
    assert place is looked[2]
    assert len({draft.seed for draft in looked}) == 3


def test_where_nothing_can_be_told_a_house_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "_can_be_told", lambda place: False)
    assert [event.kind for event in plan_place(0, 0, scenario="plant_trees").events] == ["build_villa"]


def test_half_of_all_places_have_no_change_by_default() -> None:
    changed = [plan_place(0, index).changed for index in range(200)]
    # 4 standard deviations of a fair coin
    assert abs(np.mean(changed) - 0.5) < 4 * 0.5 / np.sqrt(200)


def test_weights_replace_those_of_the_scenarios_that_they_name() -> None:
    assert all(plan_place(1, index, weights={"no_change": 0}).changed for index in range(12))
    only = dict.fromkeys(SCENARIOS, 0.0) | {"flood": 0.3}
    assert {event.kind for index in range(6) for event in plan_place(1, index, weights=only).events} == {"flood"}


def test_weights_of_scenarios_that_change_sum_to_one() -> None:
    assert sum(entry.weight for name, entry in SCENARIOS.items() if name != "no_change") == pytest.approx(1.0)
    assert SCENARIOS["no_change"].weight == 1.0


def test_about_a_quarter_goes_to_kinds_that_suburbs_lack() -> None:
    suburbs = {"scenarios_houses", "scenarios_roads"}
    other = [
        entry.weight
        for name, entry in SCENARIOS.items()
        if name in ("remove_road",) or (name != "no_change" and entry.planner.__module__.rpartition(".")[2] not in suburbs)
    ]
    assert sum(other) == pytest.approx(0.25)


@pytest.mark.parametrize("size", [(16.0, 16.0), (48.0, 32.0), (128.0, 256.0), (250.0, 90.0)])
def test_a_place_has_the_size_asked_for_and_shows_its_change(size: tuple[float, float]) -> None:
    for scenario in ("subdivision", "villa", "pond", "parking", "demolish_some"):
        place = plan_place(2, 0, scenario=scenario, width=size[0], height=size[1])
        assert (place.width, place.height) == size
        assert place.changed


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"scenario": "earthquake"}, "no_change"),
        ({"weights": {"earthquake": 1.0}}, "earthquake"),
        ({"weights": {"villa": -1.0}}, "finite"),
        ({"weights": {"villa": float("nan")}}, "finite"),
        ({"weights": dict.fromkeys(SCENARIOS, 0.0)}, "above 0"),
        ({"width": 4.0}, "16 to 8192"),
        ({"height": float("nan")}, "height"),
        ({"index": -1}, "negative"),
    ],
)
def test_bad_input_is_refused_with_the_next_step(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        plan_place(0, **keywords)
