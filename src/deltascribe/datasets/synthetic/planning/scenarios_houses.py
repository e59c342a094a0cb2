"""Scenarios in which houses are built: whole quarters, along new and old streets, a few, one."""

from __future__ import annotations

from deltascribe.datasets.synthetic.planning.covers import ANY_GROUND, OPEN_GROUND, lay_ground
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.homes import build_on
from deltascribe.datasets.synthetic.planning.lots import draw_style, find_lots, lot_in_open, neighbouring, thinned
from deltascribe.datasets.synthetic.planning.registry import scenario
from deltascribe.datasets.synthetic.planning.roads import Street, draw_plan, lay_network, middle, run
from deltascribe.datasets.synthetic.planning.steps import build_houses, old_houses, open_up

HOUSES = ("build_houses", "build_villa")
"""Events by which houses come."""
_WOODED = {"woods": 0.5, "half_woods": 0.2, "savanna": 0.3}
_NEW_FORMS = {"through": 0.24, "curve": 0.24, "tee": 0.14, "close": 0.14, "cul_de_sac": 0.16, "crossroads": 0.08}
_OLD_FORMS = {"through": 0.32, "curve": 0.28, "tee": 0.16, "cul_de_sac": 0.12, "crossroads": 0.08, "close": 0.04}


def new_streets(draft: Draft, form: str, broad: float = 0.08) -> list[Street]:
    """Streets of the second date; at times a dirt track that was there goes for them."""
    cause = draft.happens("lay_road")
    if draft.chance(0.22):
        draw_plan(draft, "before", cause, paved=False).lay(draft, run(draft, middle(draft), "wave"))
    return lay_network(draft, form, draw_plan(draft, "after", cause, broad=broad))


def old_streets(draft: Draft, *, paved: float = 1.0, forms: dict[str, float] | None = None) -> list[Street]:
    """Streets of both dates."""
    return lay_network(draft, draft.choose(forms or _OLD_FORMS), draw_plan(draft, paved=draft.chance(paved)))


@scenario("subdivision", "a whole quarter", weight=0.085, about=HOUSES)
def subdivision(draft: Draft) -> None:
    """Several new streets with rows of houses on open ground."""
    lay_ground(draft, OPEN_GROUND)
    streets = new_streets(draft, draft.choose({"grid": 0.42, "parallel": 0.28, "crossroads": 0.2, "ring": 0.1}))
    build_houses(draft, streets, share=draft.choose_number(((1.0, 0.65), (0.85, 0.25), (0.55, 0.10))))


@scenario("new_street", "houses along a new street", weight=0.09, about=HOUSES)
def new_street(draft: Draft) -> None:
    """A new street, at times with a branch or a turning head, and houses along it, on open ground."""
    lay_ground(draft, OPEN_GROUND)
    streets = new_streets(draft, draft.choose(_NEW_FORMS))
    build_houses(draft, streets, share=draft.choose_number(((1.0, 0.6), (0.8, 0.25), (0.45, 0.15))))


@scenario("woods_to_street", "woods to houses along a new street", weight=0.09, about=HOUSES)
def woods_to_street(draft: Draft) -> None:
    """Woods are cleared for a new street with houses along it."""
    woods = lay_ground(draft, _WOODED)
    form = draft.choose(_NEW_FORMS | {"parallel": 0.08, "grid": 0.08, "ring": 0.05})
    streets = new_streets(draft, form)
    tidy = draft.chance(0.7)
    if tidy or draft.chance(0.4):
        open_up(draft, streets, draft.uniform(22, 36) if tidy else draft.uniform(6, 12), woods)
    build_houses(
        draft, streets, draw_style(draft, draft.choose({"villas": 0.65, "houses": 0.35})), share=draft.uniform(0.7, 1.0), tidy=tidy
    )


@scenario("rows_on_street", "rows of houses along an old street", weight=0.055, about=HOUSES)
def rows_on_street(draft: Draft) -> None:
    """Houses fill the free plots along streets that were there before."""
    lay_ground(draft, OPEN_GROUND)
    streets = old_streets(draft, forms=_OLD_FORMS | {"parallel": 0.15, "grid": 0.15})
    build_houses(draft, streets, share=draft.choose_number(((1.0, 0.6), (0.8, 0.4))))


@scenario("some_houses", "some houses along an old street", weight=0.06, about=HOUSES)
def some_houses(draft: Draft) -> None:
    """Two to six houses are built beside a street on open ground, where a few may stand already."""
    lay_ground(draft, OPEN_GROUND)
    streets = old_streets(draft, paved=0.9)
    style = draw_style(draft)
    if draft.chance(0.3):
        build_on(draft, neighbouring(draft, find_lots(draft, streets, style), int(draft.rng.integers(1, 4))))
    build_houses(draft, streets, style, most=int(draft.rng.integers(2, 7)))


@scenario("houses_in_woods", "some houses in woods", weight=0.055, about=HOUSES)
def houses_in_woods(draft: Draft) -> None:
    """Two to five houses are built in woods, beside a road or track; only their plots are cleared."""
    lay_ground(draft, _WOODED)
    streets = old_streets(draft, paved=0.65, forms={"through": 0.5, "curve": 0.5})
    build_houses(draft, streets, most=int(draft.rng.integers(2, 6)), tidy=draft.chance(0.25))


@scenario("infill", "houses between others", weight=0.045, about=HOUSES)
def infill(draft: Draft) -> None:
    """One to four houses are built on free plots of a quarter that stands."""
    lay_ground(draft, {"graded": 0.35, "grass": 0.35, "bare": 0.15, "savanna": 0.15})
    streets = old_streets(draft, forms=_OLD_FORMS | {"parallel": 0.2, "grid": 0.1})
    style = draw_style(draft)
    lots = find_lots(draft, streets, style)
    count = int(draft.rng.integers(1, 5))
    central = [lot for lot in lots if draft.shown(lot.footprint) > 0.9] or lots
    new = central[:count] if draft.chance(0.3) else [central[i] for i in sorted(draft.rng.permutation(len(central))[:count])]
    build_on(draft, thinned(draft, [lot for lot in lots if lot not in new], 0.85))
    if new:
        cause = draft.happens("build_villa" if len(new) == 1 and style.kind == "villa" else "build_houses")
        build_on(draft, new, "after", cause)


@scenario("villa", "one villa in the open", weight=0.045)
def villa(draft: Draft) -> None:
    """One large house is built on open ground, mostly beside a road."""
    lay_ground(draft, OPEN_GROUND)
    _one_house(draft, "villas", 0.65, tidy=draft.chance(0.6))


@scenario("villa_in_woods", "one house in woods", weight=0.035)
def villa_in_woods(draft: Draft) -> None:
    """One house is built in woods, on a plot that is cleared for it."""
    lay_ground(draft, _WOODED)
    _one_house(draft, draft.choose({"villas": 0.75, "cottages": 0.25}), 0.4, tidy=False)


@scenario("annex", "a small building beside others", weight=0.02)
def annex(draft: Draft) -> None:
    """A small house is built near houses that stand."""
    lay_ground(draft, ANY_GROUND)
    streets = old_streets(draft, paved=0.8)
    old_houses(draft, streets, share=draft.uniform(0.2, 0.7))
    lot = lot_in_open(draft, draw_style(draft, "cottages"), "after", margin=3.0)
    if lot is not None:
        build_on(draft, [lot], "after", draft.happens("build_small"), tidy=draft.chance(0.5))


def _one_house(draft: Draft, style: str, road: float, *, tidy: bool) -> None:
    if draft.chance(road):
        old_streets(draft, paved=0.75, forms={"through": 0.5, "curve": 0.4, "tee": 0.1})
    lot = lot_in_open(draft, draw_style(draft, style), "after")
    if lot is not None:
        build_on(draft, [lot], "after", draft.happens("build_villa" if style == "villas" else "build_houses"), tidy=tidy)
