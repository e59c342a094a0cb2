"""What became of the roads: new ones and their form, crossings, and roads that were widened, paved, extended or given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely

from deltascribe.datasets.synthetic.wording.arrangement import MIN_ROAD
from deltascribe.datasets.synthetic.wording.frame import Frame, Geometries, as_array
from deltascribe.datasets.synthetic.world import Place, Road

_SAME_LINE, _COVERED = 2.0, 0.9
_WIDER = 1.5
_STRAIGHT, _CURVED = 0.985, 0.965
_MARGIN = 3.0  # metres inside the frame
_PAST = 8.0  # metres by which a road must go on past a crossing


@dataclass(frozen=True)
class RoadChanges:
    """Roads sorted by what became of them; only what is visible for 20 m or more.

    Attributes:
        new: those that follow no earlier road.
        lost: those that no later road follows.
        widened, paved, extended: later roads that follow an earlier one and are 1.5 m wider; paved where it was dirt; longer.
        standing: every road after the change, the changed ones too.
        unsure: whether some road is visible for about 20 m, so that counts could differ.
    """

    new: tuple[Road, ...]
    lost: tuple[Road, ...]
    widened: tuple[Road, ...]
    paved: tuple[Road, ...]
    extended: tuple[Road, ...]
    standing: tuple[Road, ...]
    unsure: bool


def sort_roads(place: Place, frame: Frame) -> RoadChanges:
    """Looks at the roads of both dates."""
    before, after = {road.id: road for road in place.before.roads}, {road.id: road for road in place.after.roads}
    came = [road for road in place.after.roads if road.id not in before]
    gone = [road for road in place.before.roads if road.id not in after]
    pairs = [(before[number], after[number]) for number in after if number in before]
    pairs += [(old, new) for new in came for old in gone if follows(old, new, frame)]
    followed, following = {old.id for old, _ in pairs}, {new.id for _, new in pairs}
    fresh = [road for road in came if road.id not in following]
    lost = [road for road in gone if road.id not in followed]
    grown = [new for new in fresh if any(_continues(new, old, frame) for old in place.before.roads if old.id in after)]
    extended = [new for old, new in pairs if frame_length(new, frame) > frame_length(old, frame) + 10] + grown
    return RoadChanges(
        new=seen(fresh, frame),
        lost=seen(lost, frame),
        widened=seen([new for old, new in pairs if new.width >= old.width + _WIDER], frame),
        paved=seen([new for old, new in pairs if new.paved and not old.paved], frame),
        extended=seen(extended, frame),
        standing=seen(place.after.roads, frame),
        unsure=any(0.9 * MIN_ROAD < frame_length(road, frame) < 1.1 * MIN_ROAD for road in came + gone),
    )


def frame_length(road: Road, frame: Frame) -> float:
    """Metres of a road's centre line inside the frame."""
    return float(road.line.intersection(frame.box).length)


def seen(roads: Sequence[Road], frame: Frame) -> tuple[Road, ...]:
    """Those visible for 20 m or more, each once."""
    once = {road.id: road for road in roads if frame_length(road, frame) >= MIN_ROAD}
    return tuple(once.values())


def follows(old: Road, new: Road, frame: Frame) -> bool:
    """Whether a road has the centre line of an earlier one within 2 m, where both can be seen."""
    line = old.line.intersection(frame.box)
    return line.length > 0 and line.intersection(new.line.buffer(_SAME_LINE)).length >= _COVERED * line.length


def _continues(new: Road, old: Road, frame: Frame) -> bool:
    """Whether a road begins where an old one ended inside the frame, and goes on in much the same direction."""
    for end, inner in ((old.line.coords[0], old.line.coords[1]), (old.line.coords[-1], old.line.coords[-2])):
        if not frame.box.buffer(-_MARGIN).contains(shapely.Point(end)):
            continue
        for start, onward in ((new.line.coords[0], new.line.coords[1]), (new.line.coords[-1], new.line.coords[-2])):
            if np.hypot(start[0] - end[0], start[1] - end[1]) > 3:
                continue
            was, goes = np.subtract(end[:2], inner[:2]), np.subtract(onward[:2], start[:2])
            if was @ goes >= np.cos(np.radians(30)) * np.hypot(*was) * np.hypot(*goes):
                return True
    return False


def shape(road: Road, frame: Frame) -> str:
    """ "straight" (chord over length above 0.98), "curved" (below 0.97) or "": of the part in the frame and of all, which must agree."""
    found = {_shape(road.line), _shape(_longest(road.line.intersection(frame.box)))}
    return found.pop() if len(found) == 1 else ""


def _shape(line: shapely.LineString | None) -> str:
    if line is None or line.length == 0:
        return ""
    ratio = shapely.Point(line.coords[0]).distance(shapely.Point(line.coords[-1])) / line.length
    return "straight" if ratio > _STRAIGHT else "curved" if ratio < _CURVED else ""


def _longest(geometry: shapely.Geometry) -> shapely.LineString | None:
    lines = [part for part in shapely.get_parts(geometry) if isinstance(part, shapely.LineString)]
    return max(lines, key=lambda line: line.length, default=None)


def spans(road: Road, frame: Frame) -> bool:
    """Whether a road runs through the frame from border to border, and not just across a corner."""
    part = _longest(road.line.intersection(frame.box))
    if part is None or part.length < 0.8 * min(frame.width, frame.height):
        return False
    border = frame.box.exterior
    return all(border.distance(shapely.Point(end)) < 1 for end in (part.coords[0], part.coords[-1]))


@dataclass(frozen=True)
class Junctions:
    """Where standing roads meet inside the frame and at least one of the two is new.

    Attributes:
        crossings: points where both go on.
        tees: points where one ends on another.
        crosses_new, crosses_old: crossings of two new roads, of a new and an old one.
        tees_new, tees_old: a road's end on another, both new; or one new and one old, which stayed as it was.
    """

    crossings: Geometries
    tees: Geometries
    crosses_new: int
    crosses_old: int
    tees_new: int
    tees_old: int


def find_junctions(roads: RoadChanges, frame: Frame) -> Junctions:
    """Looks at each two standing roads."""
    new = {road.id for road in roads.new}
    made_over = {road.id for road in (*roads.widened, *roads.paved, *roads.extended)}
    inner = frame.box.buffer(-_MARGIN)
    crossings: list[shapely.Point] = []
    tees: list[shapely.Point] = []
    counts = {(kind, fresh): 0 for kind in ("cross", "tee") for fresh in (1, 2)}
    for one, other in combinations(roads.standing, 2):
        fresh = (one.id in new) + (other.id in new)
        if not fresh:
            continue
        for point, kind in _meetings(one, other):
            if inner.contains(point):
                (crossings if kind == "cross" else tees).append(point)
                counts[kind, fresh] += not (kind == "tee" and made_over & {one.id, other.id})
    return Junctions(as_array(crossings), as_array(tees), counts["cross", 2], counts["cross", 1], counts["tee", 2], counts["tee", 1])


def _meetings(one: Road, other: Road) -> list[tuple[shapely.Point, str]]:
    points = [part.centroid for part in shapely.get_parts(one.line.intersection(other.line))]
    found = [(point, "cross") for point in points if _inside(one, point) and _inside(other, point)]
    for ends, through in ((one, other), (other, one)):
        for end in (ends.line.coords[0], ends.line.coords[-1]):
            point = shapely.Point(end)
            near = through.line.distance(point) <= through.width / 2 + 1
            if near and _inside(through, point) and all(point.distance(known) > _PAST for known, _ in found):
                found.append((point, "tee"))
    return found


def _inside(road: Road, point: shapely.Point) -> bool:
    station = road.line.project(point)
    return bool(_PAST <= station <= road.line.length - _PAST)
