"""How buildings stand: along which roads, in rows or scattered, at a crossing, at a road's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.wording.frame import Frame, Geometries, as_array
from deltascribe.datasets.synthetic.world import Road

Numbers = NDArray[np.floating]

ROADSIDE, SHARE = 24.5, 0.6
"""Metres from a centre line, and the share of a group's buildings that must lie within."""
MIN_ROAD = 20.0
"""Visible length in metres from which a road counts."""
_GAP, _SETBACK, _STRAY, _TURN = 25.0, 4.5, 4.0, 100.0
_NEAR_POINT = 30.0
_SCATTER = 12.0
_IN_ROWS = 0.75
_ROW, _MANY = 3, 60


@dataclass(frozen=True)
class Arrangement:
    """How a group of buildings stands after the change.

    Attributes:
        names: which of these hold: "roadside", "both_sides", "one_side", "crossroad", "road_end", "row_1" to "row_4" (that many rows
            hold all of the group), "rows" (two or more hold 75 % of it), "neat" (rows hold 75 % of four or more), "scattered", "detached".
        along: places in the given list of the roads that it stands along; () unless "roadside".
    """

    names: frozenset[str]
    along: tuple[int, ...] = ()


def arrange(buildings: Geometries, sure: int, roads: Sequence[Road], crossings: Geometries, frame: Frame) -> Arrangement:
    """Looks at a group.

    Args:
        buildings: footprints [n], those first that surely count as visible.
        sure: how many do.
        roads: what stands after the change and is visible for 20 m or more.
        crossings: points where two of these roads cross or meet and at least one of them is new.
        frame: of the place.
    """
    names: set[str] = set()
    nearest, side, station, setback = _stations(buildings, roads)
    beside = nearest >= 0
    roadside = bool(len(roads)) and beside[:sure].sum() >= SHARE * len(buildings)
    if roadside:
        names.add("roadside")
        names |= _sides(nearest, side, len(buildings))
    names |= _rows(buildings, nearest, side, station, setback)
    if sure and _share_within(buildings[:sure], crossings) >= SHARE:
        names.add("crossroad")
    if sure and _share_within(buildings[:sure], _dead_ends(roads, frame)) >= SHARE:
        names.add("road_end")
    if len(buildings) > 1:
        closest = _closest(buildings)
        if closest.min() > 1:
            names.add("detached")
        if len(buildings) >= _ROW and np.median(closest) >= _SCATTER and not names & {"rows", "neat", "row_1", "row_2", "row_3", "row_4"}:
            names.add("scattered")
    along = tuple(int(number) for number in np.unique(nearest[beside])) if roadside else ()
    return Arrangement(frozenset(names), along)


def _stations(buildings: Geometries, roads: Sequence[Road]) -> tuple[NDArray[np.intp], NDArray[np.intp], Numbers, Numbers]:
    """Nearest road of each building (-1: none within reach), side of it (-1, 1; 0 past its ends), metres along it and away from it."""
    count = len(buildings)
    nearest, side = np.full(count, -1), np.zeros(count, int)
    station, setback = np.zeros(count), np.zeros(count)
    if not count or not roads:
        return nearest, side, station, setback
    lines = as_array([road.line for road in roads])
    distance = shapely.distance(buildings[:, None], lines[None])
    choice = distance.argmin(1)
    nearest = np.where(distance.min(1) <= ROADSIDE, choice, -1)
    centres = shapely.centroid(buildings)
    line = lines[choice]
    station = shapely.line_locate_point(line, centres)
    setback = shapely.distance(line, centres)
    a = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(station - 0.5, 0)))
    b = shapely.get_coordinates(shapely.line_interpolate_point(line, station + 0.5))
    c = shapely.get_coordinates(centres)
    cross = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    inner = (station > 0.5) & (station < shapely.length(line) - 0.5)
    side = np.where(inner, np.sign(cross), 0).astype(int)
    return nearest, side, station, setback


def _sides(nearest: NDArray[np.intp], side: NDArray[np.intp], count: int) -> set[str]:
    roads = np.unique(nearest[nearest >= 0])
    least = max(2.0, 0.3 * count)
    for road in roads:
        beside = side[nearest == road]
        if min((beside > 0).sum(), (beside < 0).sum()) >= least:
            return {"both_sides"}
    beside = side[nearest >= 0]
    whole = len(roads) == 1 and (nearest >= 0).all() and abs(beside.sum()) == len(beside)
    return {"one_side"} if whole else set()


def _rows(buildings: Geometries, nearest: NDArray[np.intp], side: NDArray[np.intp], station: Numbers, setback: Numbers) -> set[str]:
    count = len(buildings)
    taken = np.zeros(count, bool)
    rows, broken = 0, False
    for road in np.unique(nearest[nearest >= 0]):
        for which in (-1, 1):
            members = np.flatnonzero((nearest == road) & (side == which))
            runs = _runs(buildings, members[np.argsort(station[members], kind="stable")], setback)
            broken |= len(runs) > 1
            rows += len(runs)
            for run in runs:
                taken[run] = True
    for run in _straight_runs(buildings, np.flatnonzero(~taken)):
        rows += 1
        taken[run] = True
    names: set[str] = set()
    if rows >= 1 and taken.all() and not broken and rows <= 4:
        names.add(f"row_{rows}")
    if rows >= 2 and taken.mean() >= _IN_ROWS:
        names.add("rows")
    if rows >= 1 and count >= 4 and taken.mean() >= _IN_ROWS:
        names.add("neat")
    return names


def _runs(buildings: Geometries, ordered: NDArray[np.intp], setback: Numbers) -> list[NDArray[np.intp]]:
    """Splits buildings on one side of a road where the gap or the step in depth is too large; keeps those of three or more."""
    if len(ordered) < _ROW:
        return []
    gaps = shapely.distance(buildings[ordered[:-1]], buildings[ordered[1:]])
    steps = np.abs(np.diff(setback[ordered]))
    runs = np.split(ordered, np.flatnonzero((gaps > _GAP) | (steps > _SETBACK)) + 1)
    return [run for run in runs if len(run) >= _ROW and _turn(buildings[run]) <= _TURN and _even(buildings[run])]


def _even(buildings: Geometries) -> bool:
    """Whether neighbours stand at much the same distance from one another."""
    steps = shapely.distance(shapely.centroid(buildings[:-1]), shapely.centroid(buildings[1:]))
    return bool(steps.max() <= 1.8 * np.median(steps))


def _turn(buildings: Geometries) -> float:
    """Degrees by which the chain of centres turns from its first step to its last."""
    steps = np.diff(shapely.get_coordinates(shapely.centroid(buildings)), axis=0)
    angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    return float(np.degrees(np.ptp(angles)))


def _straight_runs(buildings: Geometries, free: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Buildings in straight lines: the longest first, each building in one; none where so many are free that no one would count rows."""
    runs: list[NDArray[np.intp]] = []
    if len(free) > _MANY:
        return runs
    centres = shapely.get_coordinates(shapely.centroid(buildings))
    while len(free) >= _ROW:
        best = max(_lines(buildings, centres, free), key=len, default=free[:0])
        if len(best) < _ROW:
            break
        runs.append(best)
        free = np.setdiff1d(free, best)
    return runs


def _lines(buildings: Geometries, centres: Numbers, free: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    found = []
    for first in range(len(free) - 1):
        start = centres[free[first]]
        for second in range(first + 1, len(free)):
            along = centres[free[second]] - start
            length = float(np.hypot(*along))
            if not 0 < length <= 60:
                continue
            along = along / length
            offset = centres[free] - start
            members = free[np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) <= _STRAY]
            ordered = members[np.argsort((centres[members] - start) @ along, kind="stable")]
            gaps = shapely.distance(buildings[ordered[:-1]], buildings[ordered[1:]])
            parts = np.split(ordered, np.flatnonzero(gaps > _GAP) + 1)
            found.append(max(parts, key=len))
    return found


def _share_within(buildings: Geometries, points: Geometries) -> float:
    if not len(points) or not len(buildings):
        return 0.0
    distance = shapely.distance(buildings[:, None], points[None])
    # one crossing or road end, not a different one for each building
    return float((distance <= _NEAR_POINT).mean(0).max())


def _dead_ends(roads: Sequence[Road], frame: Frame) -> Geometries:
    """Ends of roads inside the frame where no other road goes on."""
    ends = []
    inner = frame.box.buffer(-4)
    for number, road in enumerate(roads):
        for end in (road.line.coords[0], road.line.coords[-1]):
            point = shapely.Point(end)
            others = [other for index, other in enumerate(roads) if index != number]
            if inner.contains(point) and all(other.line.distance(point) > 8 + other.width / 2 for other in others):
                ends.append(point)
    return as_array(ends)


def _closest(buildings: Geometries) -> Numbers:
    """Metres from each building to the next one [n], n of 2 or more."""
    distance = shapely.distance(buildings[:, None], buildings[None])
    np.fill_diagonal(distance, np.inf)
    return np.asarray(distance.min(1))
