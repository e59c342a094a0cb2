"""Scenarios about water, woods and fields, which suburbs' images seldom show."""

from __future__ import annotations

import numpy as np
import shapely

from deltascribe.datasets.synthetic.planning.covers import (
    Patch,
    lay_fields,
    lay_ground,
    lay_water,
    lay_woods,
    pond,
    river,
    side,
)
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.lots import draw_style
from deltascribe.datasets.synthetic.planning.registry import scenario
from deltascribe.datasets.synthetic.planning.roads import Street, draw_plan, lay_network
from deltascribe.datasets.synthetic.planning.scenarios_houses import HOUSES, new_streets, old_streets
from deltascribe.datasets.synthetic.planning.shapes import Path, Pose, blob
from deltascribe.datasets.synthetic.planning.steps import build_houses, dig_pond, find_grove, old_houses, plant_grove
from deltascribe.datasets.synthetic.planning.trees import plant_row

_RURAL = {"grass": 0.3, "savanna": 0.2, "bare": 0.15, "fields": 0.2, "half_woods": 0.15}


def country_road(draft: Draft, chance: float = 0.6) -> list[Street]:
    """Perhaps a road or track through the land, with few houses."""
    if not draft.chance(chance):
        return []
    streets = old_streets(draft, paved=0.6, forms={"through": 0.5, "curve": 0.5})
    if draft.chance(0.35):
        old_houses(draft, streets, draw_style(draft, "cottages"), share=draft.uniform(0.1, 0.4))
    return streets


@scenario("pond", "a pond is dug", weight=0.022)
def new_pond(draft: Draft) -> None:
    """A pond is dug in open land."""
    lay_ground(draft, _RURAL)
    dig_pond(draft, country_road(draft))


@scenario("drain", "water goes", weight=0.02)
def drain(draft: Draft) -> None:
    """A pond falls dry, shrinks to a smaller one, or is filled in; bare ground or grass is left."""
    lay_ground(draft, _RURAL)
    country_road(draft)
    for attempt in range(12):
        x, y = draft.spot(0.22)
        outline = pond(draft, x, y, draft.uniform(30, 85) * 0.94**attempt)
        if draft.vacant(outline, "both", 3.0) and draft.shown(outline) > 0.5:
            break
    else:
        return
    filled = draft.chance(0.35)
    cause = draft.happens("fill_pond" if filled else "drain_water")
    lay_water(draft, outline, "before", cause)
    draft.cover("bare" if filled or draft.chance(0.6) else "grass", outline, "after", cause, soft=1.5)
    if not filled and draft.chance(0.45):
        lay_water(draft, _scaled(outline, draft.uniform(0.45, 0.65)), "after", cause)


@scenario("rise", "a lake grows", weight=0.015)
def rise(draft: Draft) -> None:
    """A lake or pond grows over its banks."""
    lay_ground(draft, _RURAL)
    for attempt in range(12):
        if draft.chance(0.35) and not draft.fenced:
            grown = side(draft, draft.uniform(0.3, 0.5), 8.0)
            small = grown.buffer(-draft.uniform(9, 20), quad_segs=3)
        else:
            grown = pond(draft, *draft.spot(0.25), draft.uniform(45, 95) * 0.94**attempt)
            small = _scaled(grown, draft.uniform(0.5, 0.75))
        if isinstance(small, shapely.Polygon) and not small.is_empty and draft.vacant(grown, "both", 2.0):
            break
    else:
        return
    cause = draft.happens("raise_water")
    lay_water(draft, small, "before", cause)
    lay_water(draft, grown, "after", cause)
    draft.clear(grown, cause)
    country_road(draft, 0.5)


@scenario("flood", "a flood", weight=0.03)
def flood(draft: Draft) -> None:
    """Water or mud covers fields, meadows and the ground about houses, which still stand; mostly a river has left its bed."""
    lay_ground(draft, {"grass": 0.25, "fields": 0.45, "bare": 0.15, "savanna": 0.15})
    bed = None
    if draft.chance(0.5) and not draft.fenced:
        bed = river(draft, draft.uniform(8, 22))
        lay_water(draft, bed)
    streets = country_road(draft, 0.75)
    if streets and draft.chance(0.5):
        old_houses(draft, streets, share=draft.uniform(0.3, 0.8))
    cause = draft.happens("flood")
    if bed is not None:
        reach = bed.buffer(draft.uniform(14, 34), quad_segs=3)
    elif draft.fenced or draft.chance(0.4):
        reach = blob(draft.rng, Pose(*draft.spot(0.3), draft.uniform(0, np.pi)), draft.uniform(70, 130), draft.uniform(45, 90), 0.35)
    else:
        reach = side(draft, draft.uniform(0.3, 0.65), 10.0)
    if draft.chance(0.55):
        draft.cover("water", reach, "after", cause, soft=2.5)
        return
    # mud lies on the banks, the river still runs
    for part in shapely.get_parts(reach if bed is None else reach.difference(bed)):
        if part.area > 100:
            draft.cover("mud", part, "after", cause, soft=2.5)


@scenario("clear_woods", "woods are cleared", weight=0.025)
def clear_woods(draft: Draft) -> None:
    """Woods, or a part of them, are cleared and leave bare ground, grass or a field."""
    cause = draft.happens("clear_woods")
    ground = draft.choose({"bare": 0.55, "grass": 0.3, "field": 0.15})
    if draft.chance(0.55):
        lay_ground(draft, {"woods": 1.0})
        cut = side(draft, draft.uniform(0.35, 0.8), 8.0) if draft.chance(0.6) else _grove(draft)
        draft.clear(cut, cause, keep=draft.uniform(0.0, 0.05))
        draft.cover(ground, cut, "after", cause, angle=draft.uniform(0, np.pi), soft=3.0)  # type: ignore[arg-type]
        return
    lay_ground(draft, {"grass": 0.4, "bare": 0.3, "fields": 0.3})
    country_road(draft)
    for _ in range(int(draft.rng.integers(1, 3))):
        outline = find_grove(draft, "both")
        if outline is not None:
            draft.reserve(outline)
            lay_woods(draft, outline, "before", cause)
            draft.cover(ground, outline, "after", cause, angle=draft.uniform(0, np.pi), soft=3.0)  # type: ignore[arg-type]


@scenario("plant_woods", "woods are planted", weight=0.015)
def plant_woods(draft: Draft) -> None:
    """Woods grow on what was open land."""
    lay_ground(draft, {"grass": 0.45, "bare": 0.3, "fields": 0.25})
    streets = country_road(draft)
    if draft.chance(0.4) and not draft.fenced:
        woods = side(draft, draft.uniform(0.3, 0.6), 8.0)
        lay_woods(draft, woods, "after", draft.happens("plant_woods"), density=draft.uniform(0.7, 0.95))
    else:
        plant_grove(draft, streets)


@scenario("plant_trees", "trees are planted along a road", weight=0.01)
def plant_trees(draft: Draft) -> None:
    """Rows of trees are planted beside a road, or across a meadow."""
    lay_ground(draft, {"grass": 0.5, "bare": 0.3, "graded": 0.2})
    streets = old_streets(draft, forms={"through": 0.6, "curve": 0.4})
    cause = draft.happens("plant_trees")
    radius = draft.uniform(2.0, 3.2)
    spacing = draft.uniform(7, 12)
    for street in streets:
        for flank in (1, -1) if draft.chance(0.7) else (1,):
            points = [
                street.path.pose(s).moved(0, flank * (street.width / 2 + radius * 1.2 + 2.2)) for s in np.arange(0, street.path.length, 3.0)
            ]
            plant_row(draft, Path(np.array([(p.x, p.y) for p in points])), spacing, "after", cause, told=True, radius=radius)


@scenario("fields_to_houses", "fields become houses", weight=0.02, about=HOUSES)
def fields_to_houses(draft: Draft) -> None:
    """A street and houses are built on fields, of which some stay."""
    fields = lay_fields(draft, {"field": 1.0})
    streets = new_streets(draft, draft.choose({"through": 0.3, "curve": 0.2, "tee": 0.2, "parallel": 0.2, "close": 0.1}))
    _level(draft, streets, fields)
    build_houses(draft, streets, share=draft.uniform(0.75, 1.0))


def _level(draft: Draft, streets: list[Street], fields: list[Patch]) -> None:
    """Fields that new streets cross become building land: they go, and bare or grassy ground comes."""
    if not streets or not fields or not draft.chance(0.6):
        return
    cause = draft.happens("develop_fields")
    ground = draft.choose({"bare": 0.5, "grass": 0.5})
    strips = shapely.union_all([street.polygon.buffer(12) for street in streets])
    for field in fields:
        if field.polygon.intersects(strips):
            draft.remove(field.id, cause)
            draft.cover(ground, field.polygon.buffer(2.0, join_style="mitre"), "after", cause, soft=2.0)  # type: ignore[arg-type]


@scenario("fish_ponds", "fields become ponds", weight=0.008)
def fish_farm(draft: Draft) -> None:
    """Fields are turned into rectangular ponds."""
    fields = lay_fields(draft, {"field": 1.0})
    lay_network(draft, "through", draw_plan(draft, paved=False))
    cause = draft.happens("dig_pond")
    free = [field for field in fields if draft.vacant(field.polygon, "after", 1.0) and draft.shown(field.polygon) > 0.3]
    for i in draft.rng.permutation(len(free))[: int(draft.rng.integers(1, 4))]:
        basin = free[i].polygon.buffer(-2.0, join_style="mitre")
        if not basin.is_empty:
            lay_water(draft, basin, "after", cause)


def _scaled(outline: shapely.Polygon, factor: float) -> shapely.Polygon:
    middle = np.array(outline.centroid.coords[0])
    return shapely.transform(outline, lambda points: middle + factor * (points - middle))


def _grove(draft: Draft) -> shapely.Polygon:
    return blob(draft.rng, Pose(*draft.spot(0.3), draft.uniform(0, np.pi)), draft.uniform(50, 100), draft.uniform(35, 70), 0.28)
