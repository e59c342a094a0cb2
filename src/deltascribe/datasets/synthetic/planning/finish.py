"""Makes a `Place` of a finished draft: drops what cannot be seen, settles events, trees and cars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.cars import park_cars
from deltascribe.datasets.synthetic.planning.growth import Trees, grow
from deltascribe.datasets.synthetic.planning.store import Entry, Happening, Store
from deltascribe.datasets.synthetic.world import Building, Cover, Event, Layout, Parking, Place, Playground, Pool, Road, Thing

LEAST_AREA = 30.0
"""Square metres of an event's things that must be seen."""
LEAST_CLEARED = 200.0
"""Square metres of crowns that must be gone where nothing else tells of an event."""
_LEAST_BUILDING = 0.3
_LEAST_HEADING = {Road: 30.0, Parking: 30.0, Playground: 30.0, Pool: 6.0}
_QUIET_COVERS = ("lawn", "concrete")


def finish(store: Store, width: float, height: float, rng: np.random.Generator, seed: int) -> Place:
    """Makes the place.

    Args:
        store: all that was planned; its events are settled further here.
        width, height: of the place in metres.
        rng: of growth and cars.
        seed: of the place.
    """
    areas = _visible_areas(store.entries, width, height)
    entries = [(entry, area) for entry, area in zip(store.entries, areas, strict=True) if area > 0.5 and not _is_sliver(entry, area)]
    _settle_the_unseen(store, entries, width, height)
    standing = [entry for entry, _ in entries if entry.dates]
    blocking = tuple([entry.polygon for entry in standing if entry.dates & bit and entry.blocks != "none"] for bit in (1, 2))
    trees = grow(rng, store, (blocking[0], blocking[1]), (width, height))
    layouts = [_layout(store, standing, bit, trees, rng, (width, height)) for bit in (1, 2)]
    events = tuple(event for event in (_event(happening, standing, trees) for happening in store.happenings) if event is not None)
    return Place(width, height, layouts[0], layouts[1], events, seed)


def told_area(thing: Thing, area: float) -> float:
    """How much of a visible area counts as something that a caption tells of: lawns, yards and sheds come along with other things."""
    if isinstance(thing, Cover) and thing.kind in _QUIET_COVERS:
        return 0.0
    if isinstance(thing, Building) and thing.kind == "shed":
        return 0.0
    return area


def _visible_areas(entries: Sequence[Entry], width: float, height: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    outlines = np.array([entry.polygon for entry in entries], object)
    areas = shapely.area(outlines)
    left, top, right, bottom = shapely.bounds(outlines).T
    cut = (left < 0) | (top < 0) | (right > width) | (bottom > height)
    areas[cut] = shapely.area(shapely.clip_by_rect(outlines[cut], 0, 0, width, height))
    result: np.ndarray[Any, np.dtype[np.float64]] = areas
    return result


def _is_sliver(entry: Entry, area: float) -> bool:
    """Whether too little is to be seen of a thing that came or went for anybody to tell what it is."""
    if entry.dates == 3:
        return False
    if isinstance(entry.thing, Building):
        return area < _LEAST_BUILDING * entry.polygon.area
    return area < _LEAST_HEADING.get(type(entry.thing), 0.0)


def _settle_the_unseen(store: Store, entries: Sequence[tuple[Entry, float]], width: float, height: float) -> None:
    """Lets events never happen of which the frame would show next to nothing."""
    told: dict[int, float] = {}
    for entry, area in entries:
        if entry.cause is not None:
            told[id(entry.cause)] = told.get(id(entry.cause), 0.0) + told_area(entry.thing, area)
    planted = _crown_areas(store, width, height)
    for happening in store.happenings:
        seen = told.get(id(happening), 0.0)
        if happening.outcome is None and seen < LEAST_AREA and planted.get(id(happening), 0.0) < LEAST_CLEARED / 2:
            happening.outcome = "before"


def _crown_areas(store: Store, width: float, height: float) -> dict[int, float]:
    """Crown area of told trees inside the place, by event."""
    areas: dict[int, float] = {}
    for batch in store.batches:
        if batch.told and batch.cause is not None:
            x, y, radius, _ = batch.xyrh.T
            inside = (x > 0) & (y > 0) & (x < width) & (y < height)
            areas[id(batch.cause)] = areas.get(id(batch.cause), 0.0) + float(np.pi * (radius[inside] ** 2).sum())
    return areas


def _layout(store: Store, standing: Sequence[Entry], bit: int, trees: Trees, rng: np.random.Generator, size: tuple[float, float]) -> Layout:
    things = [entry.thing for entry in standing if entry.dates & bit]
    sorted_things: dict[type, list[Any]] = {kind: [] for kind in (Cover, Road, Building, Parking, Pool, Playground)}
    for thing in things:
        sorted_things[type(thing)].append(thing)
    floods: list[Polygon] = [
        entry.polygon
        for entry in standing
        if entry.dates & bit and isinstance(entry.thing, Cover) and entry.thing.kind in ("water", "mud") and entry.blocks == "none"
    ]
    cars = park_cars(rng, store.stands, {thing.id for thing in things}, sorted_things[Road], floods, size)
    return Layout(
        covers=tuple(sorted_things[Cover]),
        roads=tuple(sorted_things[Road]),
        buildings=tuple(sorted_things[Building]),
        parkings=tuple(sorted_things[Parking]),
        pools=tuple(sorted_things[Pool]),
        playgrounds=tuple(sorted_things[Playground]),
        trees=trees.before if bit == 1 else trees.after,
        cars=cars,
    )


def _event(happening: Happening, standing: Sequence[Entry], trees: Trees) -> Event | None:
    if happening.outcome is not None:
        return None
    own = [entry for entry in standing if entry.cause is happening]
    added = [entry.thing.id for entry in own if entry.dates == 2] + trees.came.get(id(happening), [])
    removed = [entry.thing.id for entry in own if entry.dates == 1]
    return Event(happening.kind, tuple(added), tuple(removed)) if added or removed else None
