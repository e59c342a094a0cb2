"""Settles which planned trees stand on which date: none in a house, on a street or in water, none where an event has cleared them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.store import BITS, Clearing, Store, TreeBatch
from deltascribe.datasets.synthetic.world import Numbers, Tree

MARGIN = 1.12
"""Crowns keep this many radii from what they may not touch, so that they still do not once they have grown."""
_GROWTH = 0.10


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees of both dates.

    Attributes:
        before, after: those that stand; a tree of both has the same centre on both, and a radius within 10 %.
        came: ids of told trees, by the event that planted them.
    """

    before: tuple[Tree, ...]
    after: tuple[Tree, ...]
    came: dict[int, list[int]]


def grow(rng: np.random.Generator, store: Store, blocking: tuple[Sequence[Polygon], Sequence[Polygon]], size: tuple[float, float]) -> Trees:
    """Settles the trees of a place.

    Args:
        rng: of growth and of what clearings spare.
        store: with batches and clearings, all events settled.
        blocking: outlines that crowns keep off, of each date.
        size: width and height of the place; trees whose crowns lie outside are left out.
    """
    batches = [batch for batch in store.batches if len(batch.xyrh)]
    if not batches:
        return Trees((), (), {})
    xyrh = np.vstack([batch.xyrh for batch in batches])
    colours = np.vstack([batch.colours for batch in batches])
    wish = np.concatenate(
        [np.full(len(batch.xyrh), batch.cause.settled(batch.bits) if batch.cause else batch.bits, np.uint8) for batch in batches]
    )
    source = np.repeat(np.arange(len(batches)), [len(batch.xyrh) for batch in batches])
    x, y, r = xyrh[:, 0], xyrh[:, 1], xyrh[:, 2]
    keep = (wish > 0) & (x > -r) & (y > -r) & (x < size[0] + r) & (y < size[1] + r)
    xyrh, colours, wish, source = xyrh[keep], colours[keep], wish[keep], source[keep]
    bits = _cleared(rng, xyrh, wish, store.clearings)
    points = np.asarray(shapely.points(xyrh[:, :2]), object)
    before_free, after_free = (_free(points, xyrh[:, 2], outlines) for outlines in blocking)
    natural = wish == BITS["both"]
    stood = (bits & 1 > 0) & before_free
    # what could not grow on the first date is not there on the second either, unless it was planted between
    stands = (bits & 2 > 0) & after_free & (~natural | before_free)
    stands &= ~_crowded(points, xyrh[:, 2], stands & ~natural, stands & natural)
    return _as_trees(rng, xyrh, colours, (stood, stands), [batches[i] for i in source], store.numbers)


def _cleared(
    rng: np.random.Generator, xyrh: NDArray[np.float64], wish: NDArray[np.uint8], clearings: Sequence[Clearing]
) -> NDArray[np.uint8]:
    """Dates of each tree, once those of both dates are gone from where events cleared the ground."""
    bits = wish.copy()
    natural = wish == BITS["both"]
    for clearing in clearings:
        gone = 3 if clearing.cause.outcome == "after" else 0 if clearing.cause.outcome == "before" else 2
        left, top, right, bottom = clearing.polygon.bounds
        near = np.flatnonzero(natural & (xyrh[:, 0] >= left) & (xyrh[:, 0] <= right) & (xyrh[:, 1] >= top) & (xyrh[:, 1] <= bottom))
        near = near[shapely.contains_xy(clearing.polygon, xyrh[near, :2])]
        near = near[rng.random(len(near)) >= clearing.keep]
        bits[near] &= np.uint8(~gone & 3)
    return bits


def _free(points: NDArray[np.object_], radii: NDArray[np.float64], outlines: Sequence[Polygon]) -> NDArray[np.bool_]:
    """Whether each crown keeps off all outlines."""
    free = np.ones(len(points), bool)
    if len(points) and outlines:
        shapely.prepare(np.array(outlines, object))
        touching, _ = shapely.STRtree(outlines).query(points, predicate="dwithin", distance=MARGIN * radii)
        free[touching] = False
    return free


def _crowded(
    points: NDArray[np.object_], radii: NDArray[np.float64], planted: NDArray[np.bool_], old: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Planted trees that would stand in the crown of one that is there already."""
    crowded = np.zeros(len(points), bool)
    young = np.flatnonzero(planted)
    if len(young) and old.any():
        hits, _ = shapely.STRtree(points[old]).query(points[young], predicate="dwithin", distance=radii[young] + 2.0)
        crowded[young[hits]] = True
    return crowded


def _as_trees(
    rng: np.random.Generator,
    xyrh: NDArray[np.float64],
    colours: NDArray[np.float64],
    standing: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    sources: Sequence[TreeBatch],
    numbers: Numbers,
) -> Trees:
    common = rng.uniform(-0.5, 0.8) * _GROWTH
    factor = np.clip(1 + common + rng.normal(0, 0.25 * _GROWTH, len(xyrh)), 1 - _GROWTH, 1 + _GROWTH)
    factor[~(standing[0] & standing[1])] = 1.0
    rows = zip(
        xyrh.round(3).tolist(), colours.round(3).tolist(), standing[0].tolist(), standing[1].tolist(), factor.tolist(), sources, strict=True
    )
    before, after = [], []
    came: dict[int, list[int]] = {}
    for (x, y, radius, height), (red, green, blue), stood, stands, grown, batch in rows:
        number = 0
        if batch.told and batch.cause is not None and batch.cause.outcome is None and (stood or stands):
            number = numbers.next()
            came.setdefault(id(batch.cause), []).append(number)
        if stood:
            before.append(Tree(x, y, radius, height, (red, green, blue), number))
        if stands:
            after.append(Tree(x, y, round(radius * grown, 3), round(height * grown, 3), (red, green, blue), number))
    return Trees(tuple(before), tuple(after), came)
