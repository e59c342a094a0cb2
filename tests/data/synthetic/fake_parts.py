"""Tiny stand-ins for the parts of the renderer; a module of its own, so that spawned processes can import it."""

from __future__ import annotations

import cv2
import numpy as np
from shapely import LineString, box

from deltascribe.datasets.synthetic.makers import Makers
from deltascribe.datasets.synthetic.world import Building, Cover, Event, Layout, Place, Road, Tree


def plan(seed, index=0, *, scenario=None, width=128.0, height=128.0, weights=None):
    """Grass with a road across and two old houses; `build` puts up houses, `demolish` takes one away."""
    rng = np.random.default_rng([seed, index, 1])
    grass = Cover(1, "grass", box(-20, -20, width + 20, height + 20), int(rng.integers(99)))
    road = Road(2, LineString([(-20, height / 2), (width + 20, height / 2)]), 8.0)
    old = [house(3, 0.2 * width, 0.25 * height), house(4, 0.75 * width, 0.75 * height)]
    trees = (Tree(0.5 * width, 0.2 * height, 3.0, 6.0, (0.2, 0.3, 0.1)),)
    before = Layout(covers=(grass,), roads=(road,), buildings=tuple(old), trees=trees)
    if scenario == "build":
        new = [house(5 + number, x, 0.25 * height) for number, x in enumerate(np.arange(0.4 * width, width - 8, 24))]
        after = Layout(covers=(grass,), roads=(road,), buildings=tuple(old + new), trees=trees)
        return Place(width, height, before, after, (Event("build_houses", added=tuple(item.id for item in new)),), seed)
    if scenario == "demolish":
        after = Layout(covers=(grass,), roads=(road,), buildings=tuple(old[1:]), trees=trees)
        return Place(width, height, before, after, (Event("demolish", removed=(3,)),), seed)
    if scenario == "clear":
        after = Layout(covers=(grass,), roads=(road,), buildings=tuple(old))
        return Place(width, height, before, after, (Event("clear_woods"),), seed)
    return Place(width, height, before, before, (), seed)


def house(number, x, y):
    return Building(number, "house", box(x - 7, y - 5, x + 7, y + 5), x, y, 0.0, (14.0, 10.0), 4.0, "gable", (0.6, 0.3, 0.2), number)


def looks(rng):
    return float(rng.uniform(0.9, 1.1)), float(rng.uniform(0.9, 1.1))


def paint(place, date, look, *, window=None, resolution=0.5):
    """Ground that is a function of world coordinates, houses in one colour with a dark strip to the south as shadow."""
    left, top, right, bottom = window or (0.0, 0.0, place.width, place.height)
    columns, rows = round((right - left) / resolution), round((bottom - top) / resolution)
    x = left + (np.arange(columns) + 0.5) * resolution
    y = top + (np.arange(rows) + 0.5) * resolution
    ground = 100 + 20 * np.sin(x[None] / 3) + 20 * np.cos(y[:, None] / 5)
    image = np.repeat(ground[..., None], 3, axis=2)
    layout = place.before if date == "before" else place.after
    for building in layout.buildings:
        x0, y0, x1, y1 = building.polygon.bounds
        inside = (x[None] > x0) & (x[None] < x1)
        image[inside & (y[:, None] >= y1) & (y[:, None] < y1 + 4)] *= 0.5
        image[inside & (y[:, None] > y0) & (y[:, None] < y1)] = (190, 110, 90)
    return np.clip(image * look, 0, 255).astype(np.uint8)


def mask(place, *, window=None, resolution=0.5):
    left, top, right, bottom = window or (0.0, 0.0, place.width, place.height)
    values = np.zeros((round((bottom - top) / resolution), round((right - left) / resolution)), np.uint8)
    for thing in [*place.added(), *place.removed()]:
        points = np.array(thing.polygon.exterior.coords) / resolution - (left / resolution + 0.5, top / resolution + 0.5)
        if isinstance(thing, (Building, Road)):
            cv2.fillPoly(values, [np.rint(points).astype(np.int32)], 1 if isinstance(thing, Building) else 2)
    return values


def caption(place, seed):
    if not place.changed:
        return ["the scene is the same as before ."] * 5
    return [f"{len(place.added())} houses are built and {len(place.removed())} removed , version {seed % 7} {n} ." for n in range(5)]


MAKERS = Makers(
    plan, looks, paint, mask, caption, ("build", "demolish", "clear", "no_change"), (0.5, 0.3, 0.2, 1.0), frozenset({"no_change"})
)


def failing_plan(seed, index=0, **keywords):
    if index == 3:
        raise OSError(28, "No space left on device")
    return plan(seed, index, **keywords)


def interrupted_plan(seed, index=0, **keywords):
    if index == 3:
        raise KeyboardInterrupt
    return plan(seed, index, **keywords)


def dying_plan(seed, index=0, **keywords):
    """Ends its process at once, as the system does where memory runs out."""
    import os

    if index == 3:
        os._exit(9)
    return plan(seed, index, **keywords)
