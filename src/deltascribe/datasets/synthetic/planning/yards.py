"""Plans what is large: halls, blocks of flats, parking lots with their bays, and sports grounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from shapely import LineString, Polygon

from deltascribe.datasets.synthetic.bays import bay_rows, bays_along, parking_depth
from deltascribe.datasets.synthetic.planning.buildings import SHEETS, Design, court_block, design
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.roads import Street
from deltascribe.datasets.synthetic.planning.shapes import Pose
from deltascribe.datasets.synthetic.planning.store import Dates, Happening, Stand
from deltascribe.datasets.synthetic.planning.trees import plant_some
from deltascribe.datasets.synthetic.world import GroundKind, Parking, Playground


def draw_hall(draft: Draft, size: tuple[float, float] | None = None) -> Design:
    """A hall, factory or supermarket."""
    size = size or (draft.uniform(34, 68), draft.uniform(24, 42))
    return design(draft, "warehouse", size, SHEETS, "ribbed" if draft.chance(0.55) else "flat", wings=0.22)


def draw_block(draft: Draft) -> Design:
    """A block of flats or offices."""
    size = (draft.uniform(30, 46), draft.uniform(13, 17))
    if draft.chance(0.18):
        size = (draft.uniform(34, 46), draft.uniform(28, 38))
        plan = design(draft, "block", size, SHEETS, "flat", wings=0.0)
        return Design("block", court_block(draft, size, draft.uniform(11, 13)), size, plan.height, "flat", plan.colour)
    return design(draft, "block", size, SHEETS, "flat", wings=0.25)


def find_site(
    draft: Draft,
    size: tuple[float, float],
    dates: Dates,
    streets: Sequence[Street] = (),
    *,
    margin: float = 2.0,
    tries: int = 40,
    least: float = 0.75,
) -> Pose | None:
    """A free pose for a rectangle of `size` along and across, None for none; its front (v < 0) looks to one of the streets, if any."""
    angle = draft.direction()
    for attempt in range(tries):
        if streets:
            street = streets[int(draft.rng.integers(len(streets)))]
            on_street = street.path.pose(draft.uniform(0, street.path.length))
            side = 1 if draft.chance(0.5) else -1
            off = street.width / 2 + margin + draft.uniform(2.8, 5.0) + size[1] / 2
            pose = on_street.moved(0, side * off, 0.0 if side > 0 else np.pi)
        else:
            pose = Pose(*draft.spot(0.28), angle + float(draft.rng.integers(4)) * np.pi / 2)
        if draft.fits(pose.rectangle(*size), dates, margin, least=least if attempt < tries * 2 // 3 else 0.5):
            return pose
    return None


def add_parking(draft: Draft, pose: Pose, size: tuple[float, float], dates: Dates = "both", cause: Happening | None = None) -> int:
    """Puts down a parking lot of `size` along its bays and across them, with the stands of its cars; returns its id.

    Rows begin at its v < 0 edge, see `bay_rows`.
    """
    polygon = pose.rectangle(*size)
    number = draft.put(Parking(draft.number(), polygon, float(pose.angle), draft.seed()), dates, cause, polygon=polygon)
    if cause is not None and dates == "after":
        draft.clear(polygon.buffer(2), cause)
    busy = draft.uniform(0.15, 0.75)
    for v in bay_rows(size[1]):
        for u in bays_along(-size[0] / 2, size[0] / 2):
            spot = pose.moved(float(u), v, np.pi / 2)
            draft.store.stands.append(Stand(spot.x, spot.y, spot.angle, busy, number))
    return number


def add_hall(
    draft: Draft,
    streets: Sequence[Street],
    dates: Dates = "both",
    cause: Happening | None = None,
    *,
    parking: Happening | bool | None = True,
    tries: int = 3,
) -> list[int]:
    """Builds a hall with its yard and, if asked, a parking lot before it; returns the hall's id and the lot's.

    Args:
        draft: where.
        streets: to which it opens; () puts it anywhere.
        dates, cause: of the hall.
        parking: False for none, an event for a lot that comes by it, True for one that comes with the hall.
        tries: how many sizes are tried, ever smaller.
    """
    for attempt in range(tries):
        shrink = 0.8**attempt
        hall = draw_hall(draft, (draft.uniform(34, 66) * shrink, draft.uniform(24, 40) * shrink))
        depth = parking_depth(int(draft.rng.integers(1, 4))) if parking else 3.0
        size = (hall.size[0] + 8, hall.size[1] + depth + 5)
        site = find_site(draft, size, dates, streets)
        if site is not None:
            break
    else:
        return []
    yard = site.rectangle(size[0] + 2, size[1])
    if draft.chance(0.75):
        draft.cover("concrete", yard, dates, cause, angle=site.angle, soft=0.4, blocks="trees")
    if cause is not None and dates == "after":
        draft.clear(yard.buffer(3), cause)
    house = site.moved(0, size[1] / 2 - hall.size[1] / 2 - 2)
    numbers = [draft.put(hall.build(draft, house), dates, cause)]
    if parking:
        lot = site.moved(0, -size[1] / 2 + depth / 2)
        by = cause if parking is True else parking
        numbers.append(add_parking(draft, lot, (size[0] - 2, depth), dates, by))
    _gate(draft, site, size, streets, dates, cause)
    return numbers


def _gate(draft: Draft, site: Pose, size: tuple[float, float], streets: Sequence[Street], dates: Dates, cause: Happening | None) -> None:
    """A paved strip from the front of a site to the street before it."""
    if not streets:
        return
    gate = site.moved(draft.uniform(-0.3, 0.3) * size[0], -size[1] / 2 - 4.5)
    draft.cover("concrete", gate.rectangle(draft.uniform(6, 9), 10.0), dates, cause, angle=gate.angle, soft=0.3, blocks="trees")


def add_blocks(draft: Draft, streets: Sequence[Street], count: int, dates: Dates = "both", cause: Happening | None = None) -> list[int]:
    """Builds blocks of flats on lawns, each with a strip of parking before it; returns the ids of the blocks."""
    numbers: list[int] = []
    style = draw_block(draft)
    for _ in range(count):
        block = style if draft.chance(0.7) else draw_block(draft)
        strip = parking_depth(1) if draft.chance(0.6) else 0.0
        size = (block.size[0] + 6, block.size[1] + strip + 6)
        site = find_site(draft, size, dates, streets)
        if site is None:
            continue
        plot = site.rectangle(size[0] + 4, size[1] + 4)
        draft.cover("lawn", plot, dates, cause, angle=site.angle, soft=0.8)
        if cause is not None and dates == "after":
            draft.clear(plot, cause)
        numbers.append(draft.put(block.build(draft, site.moved(0, size[1] / 2 - block.size[1] / 2 - 3)), dates, cause))
        if strip:
            add_parking(draft, site.moved(0, -size[1] / 2 + strip / 2), (block.size[0], strip), dates, cause)
            _gate(draft, site, size, streets, dates, cause)
        spots = [site.moved(draft.uniform(-0.5, 0.5) * size[0], draft.uniform(-0.5, 0.5) * size[1]) for _ in range(8)]
        plant_some(draft, [(spot.x, spot.y) for spot in spots], dates, cause, (1.3, 3.0))
    return numbers


def add_playground(
    draft: Draft, kind: GroundKind, dates: Dates = "both", cause: Happening | None = None, streets: Sequence[Street] = ()
) -> int:
    """Puts down a running track (90-120 m long, smaller where there is no room) or a court; returns its id, 0 for no room."""
    for attempt in range(4):
        long = draft.uniform(72, 110) * 0.85**attempt if kind == "track" else draft.uniform(24, 34)
        size = (long, long * draft.uniform(0.5, 0.58))
        site = find_site(draft, size, dates, streets, margin=3.0, tries=15, least=0.85)
        if site is not None:
            break
    else:
        return 0
    polygon = _stadium(site, size) if kind == "track" else site.rectangle(*size)
    rim = site.rectangle(size[0] + 8, size[1] + 8)
    draft.cover("lawn" if kind == "track" else "concrete", rim, dates, cause, angle=site.angle, soft=0.6, blocks="trees")
    if cause is not None and dates == "after":
        draft.clear(rim, cause)
    return draft.put(Playground(draft.number(), kind, polygon, float(site.angle), draft.seed()), dates, cause, polygon=polygon)


def _stadium(pose: Pose, size: tuple[float, float]) -> Polygon:
    """A rectangle with half circles at its ends."""
    straight = size[0] - size[1]
    line = LineString(pose.points([(-straight / 2, 0), (straight / 2, 0)]))
    return line.buffer(size[1] / 2, quad_segs=12)
