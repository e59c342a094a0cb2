"""Builds houses on plots, each with its lawn, driveway and trees, at times a pool or a shed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.buildings import SHINGLES, design
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.lots import Lot
from deltascribe.datasets.synthetic.planning.shapes import blob
from deltascribe.datasets.synthetic.planning.store import Dates, Happening, Stand
from deltascribe.datasets.synthetic.planning.trees import plant_some
from deltascribe.datasets.synthetic.world import Pool


def build_on(draft: Draft, lots: Sequence[Lot], dates: Dates = "both", cause: Happening | None = None, *, tidy: bool = True) -> list[int]:
    """Builds houses on plots; returns the ids of the houses.

    `tidy` plots have lawns and few trees of their own; others keep the ground and a part of the trees, as houses in woods do.
    """
    return [_build_one(draft, lot, dates, cause, tidy) for lot in lots]


def _build_one(draft: Draft, lot: Lot, dates: Dates, cause: Happening | None, tidy: bool) -> int:
    style, (wide, deep) = lot.style, lot.design.size
    back = deep / 2 + style.yard * draft.uniform(0.75, 1.1)
    front = -deep / 2 - lot.setback
    if tidy:
        ground = lot.pose.moved(0, (front + 1.0 + back) / 2).rectangle(wide + style.gap, back - front - 1.0)
    else:
        ground = blob(draft.rng, lot.pose.moved(0, -2), wide + draft.uniform(10, 22), deep + draft.uniform(12, 24), 0.25)
    if draft.chance(style.lawn if tidy else 0.5):
        draft.cover("lawn", ground, dates, cause, angle=lot.pose.angle, soft=0.4 if tidy else 2.5)
    elif not tidy or draft.chance(0.4):
        draft.cover("bare", ground, dates, cause, soft=1.0 if tidy else 3.0)
    number = draft.put(lot.design.build(draft, lot.pose, lot.footprint), dates, cause, polygon=lot.footprint, claim=lot.claim)
    if draft.chance(style.drive):
        _add_driveway(draft, lot, dates, cause, number)
    if cause is not None and dates == "after":
        draft.clear(ground, cause, keep=0.06 if tidy else 0.25)
    _furnish_yard(draft, lot, back, dates, cause)
    return number


def _add_driveway(draft: Draft, lot: Lot, dates: Dates, cause: Happening | None, house: int) -> None:
    """A paved strip from the kerb to a corner of the house, where a car may stand."""
    wide, deep = lot.design.size
    inner = float(lot.design.outline[lot.design.outline[:, 1] < 0, 1].max())  # a front that is set back is met by going on under the eaves
    length = lot.setback + max(inner + deep / 2, 0.0) + 0.5
    u = (1 if draft.chance(0.5) else -1) * wide * draft.uniform(0.2, 0.32)
    middle = lot.pose.moved(u, -deep / 2 - lot.setback + length / 2)
    strip = middle.rectangle(draft.uniform(4.2, 6.4), length)
    draft.cover("concrete", strip, dates, cause, angle=middle.angle + np.pi / 2, soft=0.2, blocks="trees")
    park = lot.pose.moved(u, -deep / 2 - min(lot.setback / 2, 3.2))
    draft.store.stands.append(Stand(park.x, park.y, park.angle + np.pi / 2, 0.42, house))


def _furnish_yard(draft: Draft, lot: Lot, back: float, dates: Dates, cause: Happening | None) -> None:
    style, (wide, deep) = lot.style, lot.design.size
    if draft.chance(style.pool):
        behind = lot.pose.moved(draft.uniform(-0.25, 0.25) * wide, deep / 2 + draft.uniform(5.0, 6.5), draft.uniform(-0.3, 0.3))
        water = (
            blob(draft.rng, behind, 9.0, 5.5, 0.12) if draft.chance(0.4) else behind.rectangle(draft.uniform(7, 10), draft.uniform(3.6, 5))
        )
        add_pool(draft, water, dates, cause)
    if draft.chance(style.shed):
        shed = design(draft, "shed", (draft.uniform(2.5, 4.5), draft.uniform(2.2, 3.5)), SHINGLES, "gable", wings=0.0)
        corner = lot.pose.moved((1 if draft.chance(0.5) else -1) * wide * 0.36, back - 2.5)
        if draft.fits(shed.footprint(corner), dates, 1.2):
            draft.put(shed.build(draft, corner), dates, cause)
    new = cause is not None and dates == "after"
    count = int(draft.rng.integers(0, (1 if new else 2) * style.trees + 1))
    spots = [
        lot.pose.moved(
            draft.uniform(-0.5, 0.5) * (wide + style.gap),
            draft.uniform(deep / 2 + 2, back) if draft.chance(0.6) else -deep / 2 - 0.6 * lot.setback,
        )
        for _ in range(count)
    ]
    plant_some(draft, [(spot.x, spot.y) for spot in spots], dates, cause, (0.9, 2.2) if new else (1.2, 4.8))


def add_pool(draft: Draft, water: Polygon, dates: Dates, cause: Happening | None, margin: float = 1.6) -> int:
    """Puts a swimming pool down if there is room, on a paved rim; returns its id, 0 for none."""
    if not draft.fits(water, dates, margin):
        return 0
    return draft.put(Pool(draft.number(), water), dates, cause, polygon=water)
