"""Scenarios about roads, parking lots and large buildings."""

from __future__ import annotations

from deltascribe.datasets.synthetic.planning.covers import ANY_GROUND, OPEN_GROUND, lay_ground
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.lots import draw_style
from deltascribe.datasets.synthetic.planning.registry import scenario
from deltascribe.datasets.synthetic.planning.roads import draw_plan, lay, lay_network, middle
from deltascribe.datasets.synthetic.planning.scenarios_houses import new_streets, old_streets
from deltascribe.datasets.synthetic.planning.steps import build_hall, build_parking, old_houses, open_up, widen
from deltascribe.datasets.synthetic.planning.yards import add_blocks, add_hall

_ROAD_FORMS = {"through": 0.22, "curve": 0.22, "tee": 0.16, "crossroads": 0.18, "parallel": 0.08, "roundabout": 0.08, "cul_de_sac": 0.06}


@scenario("new_roads", "roads alone", weight=0.035)
def new_roads(draft: Draft) -> None:
    """Roads are laid over open ground, before anything is built along them."""
    lay_ground(draft, OPEN_GROUND | {"fields": 0.12})
    new_streets(draft, draft.choose(_ROAD_FORMS), broad=0.3)


@scenario("road_through_woods", "a road through woods", weight=0.03)
def road_through_woods(draft: Draft) -> None:
    """Woods are cleared for a road."""
    woods = lay_ground(draft, {"woods": 0.65, "half_woods": 0.35})
    streets = new_streets(draft, draft.choose(_ROAD_FORMS), broad=0.3)
    open_up(draft, streets, draft.uniform(3, 10), woods)


@scenario("renew_road", "a road is widened or paved", weight=0.025)
def renew_road(draft: Draft) -> None:
    """A street becomes about twice as broad, or a dirt track becomes a street; the land beside it stays."""
    lay_ground(draft, ANY_GROUND | {"fields": 0.15})
    if draft.chance(0.55):
        streets = lay_network(draft, draft.choose({"through": 0.5, "curve": 0.5}), draw_plan(draft, broad=0.0))
        widen(draft, streets)
    else:
        streets = lay_network(draft, draft.choose({"through": 0.4, "curve": 0.6}), draw_plan(draft, paved=False))
        cause = draft.happens("pave_road")
        for street in streets:
            lay(draft, street.path.points, draft.uniform(6.5, 9.5), "after", cause, marked=draft.chance(0.3))
            draft.remove(street.id, cause)
    if draft.chance(0.3):
        old_houses(draft, streets, share=draft.uniform(0.1, 0.5))


@scenario("large_building", "a hall or factory", weight=0.05, about=("build_large",))
def large_building(draft: Draft) -> None:
    """A large building, mostly with a parking lot, is built beside a road that is old or new."""
    lay_ground(draft, OPEN_GROUND | {"half_woods": 0.1, "woods": 0.08, "fields": 0.08})
    forms = {"through": 0.5, "curve": 0.25, "tee": 0.25}
    streets = old_streets(draft, forms=forms) if draft.chance(0.6) else new_streets(draft, draft.choose(forms), broad=0.4)
    if draft.chance(0.25):
        add_hall(draft, streets)
    for _ in range(1 if draft.chance(0.75) or draft.span < 140 else 2):
        build_hall(draft, streets)


@scenario("flats", "blocks of flats", weight=0.015, about=("build_blocks",))
def flats(draft: Draft) -> None:
    """Blocks of flats are built beside a road that is old or new."""
    lay_ground(draft, OPEN_GROUND | {"half_woods": 0.1})
    forms = {"through": 0.5, "curve": 0.2, "tee": 0.3}
    streets = old_streets(draft, forms=forms) if draft.chance(0.5) else new_streets(draft, draft.choose(forms))
    add_blocks(draft, streets, int(draft.rng.integers(1, 6)), "after", draft.happens("build_blocks"))


@scenario("parking", "a parking lot", weight=0.015, about=("build_parking",))
def parking(draft: Draft) -> None:
    """A parking lot is built beside a road or a large building."""
    lay_ground(draft, OPEN_GROUND | {"half_woods": 0.15})
    streets = old_streets(draft, forms={"through": 0.6, "curve": 0.4})
    if draft.chance(0.5):
        add_hall(draft, streets, parking=False)
    build_parking(draft, streets)


@scenario("remove_road", "a road is given up", weight=0.008)
def remove_road(draft: Draft) -> None:
    """A road or track is taken up; grass, bare ground or a field lies where it was."""
    lay_ground(draft, OPEN_GROUND | {"fields": 0.25})
    if draft.chance(0.4):
        streets = old_streets(draft, forms={"through": 1.0})
        old_houses(draft, streets, draw_style(draft, "cottages"), share=0.4)
    cause = draft.happens("remove_road")
    gone = lay_network(
        draft, draft.choose({"through": 0.5, "curve": 0.5}), draw_plan(draft, "before", cause, paved=draft.chance(0.7)), middle(draft)
    )
    for street in gone:
        ground = draft.choose({"bare": 0.5, "grass": 0.5})
        draft.cover(ground, street.polygon.buffer(1.0, quad_segs=2), "after", cause, soft=2.0)  # type: ignore[arg-type]
