"""Whether things have the qualities that a caption gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shapely import Point, get_coordinates
from shapely.geometry.base import BaseGeometry

from deltascribe.datasets.synthetic.checking.roads import CURVED, STRAIGHT, bearing, is_ring, straightness
from deltascribe.datasets.synthetic.checking.scene import Date, Item
from deltascribe.datasets.synthetic.checking.things import CROSS_ARMS, T_ARMS, Things, is_large

SMALL_BUILDING, SMALL_HOUSE, LARGE_HOUSE = 300.0, 130.0, 150.0
LARGE_POOL, SMALL_POOL = 60.0, 60.0
LARGE_GROUND = 600.0
WIDE, NARROW = 7.5, 5.5
LONG_ROAD, LONG_BUILDING = 60.0, 1.8
STEEP = 60.0
"""Degrees from which a road is vertical; below the complement it is horizontal."""
ROW_WIDTH = 6.0
"""Metres that the centres of a row may lie off a line, or off one distance from a road."""
LEAST_ROW = 3

IGNORED = frozenset(
    {"plain", "told", "more", "other", "near", "new", "old", "detached", "massive", "row", "dense", "scattered", "parallel"}
)
"""Qualities that are looked at elsewhere, or tell nothing that could be false."""


def has_trait(things: Things, item: Item, noun: str, trait: str, date: Date) -> bool:
    """Whether one thing has a quality; `date` is when it stands."""
    if trait in IGNORED or trait.startswith("look:"):
        return True
    if item.label == "road":
        return _road_trait(things, item, trait, date)
    if trait in ("paved", "dirt") and item.label == "parking":
        return trait == "paved"
    if trait == "large":
        return _is_large(item, noun)
    if trait == "small":
        return _is_small(item, noun)
    if trait in ("long", "short", "narrow", "wide") and item.label == "building":
        return (_elongation(item.whole or item.shape) >= LONG_BUILDING) == (trait in ("long", "narrow"))
    return item.label == "ground" or trait in ("connected", "t-shaped", "crossing") or item.label == "node"


def _is_large(item: Item, noun: str) -> bool:
    if item.label == "building":
        return (
            (item.kind == "villa" or item.footprint >= LARGE_HOUSE)
            if noun in ("house", "residential") and item.kind in ("villa", "house")
            else is_large(item)
        )
    return item.footprint >= (LARGE_POOL if item.label == "pool" else LARGE_GROUND) or item.label == "node"


def _is_small(item: Item, noun: str) -> bool:
    if item.label == "building":
        return item.kind == "house" or item.footprint <= SMALL_HOUSE if noun == "house" else item.footprint <= SMALL_BUILDING
    if item.label == "pool":
        return item.footprint <= SMALL_POOL
    return item.footprint <= LARGE_GROUND * 2 or item.label == "node"


def _elongation(shape: BaseGeometry) -> float:
    corners = get_coordinates(shape.minimum_rotated_rectangle)
    sides = sorted((Point(corners[0]).distance(Point(corners[1])), Point(corners[1]).distance(Point(corners[2]))))
    return sides[1] / max(sides[0], 1e-6)


def _road_trait(things: Things, item: Item, trait: str, date: Date) -> bool:
    length = item.line.length if item.line is not None else 0.0
    nodes = [node for node in things.roads.nodes(date) if item.id in node.roads]
    checks = {
        "straight": straightness(item) > STRAIGHT,
        "curved": straightness(item) < CURVED,
        "ring": is_ring(item),
        "paved": item.kind == "paved",
        "dirt": item.kind == "dirt",
        "wide": item.width >= WIDE,
        "large": item.width >= WIDE,
        "narrow": item.width <= NARROW,
        "small": item.width <= NARROW or length <= LONG_ROAD,
        "long": length >= LONG_ROAD,
        "short": length <= LONG_ROAD,
        "vertical": bearing(item) >= STEEP,
        "horizontal": bearing(item) <= 90 - STEEP,
        "diagonal": 90 - STEEP < bearing(item) < STEEP,
        "t-shaped": any(node.arms == T_ARMS for node in nodes),
        "crossing": any(node.arms >= CROSS_ARMS for node in nodes),
        "connected": bool(nodes),
    }
    return checks.get(trait, True)


def group_fault(things: Things, items: Sequence[Item], traits: frozenset[str], *, rows: bool, date: Date) -> str:
    """What is wrong with a group's arrangement: rows, parallel roads; "" if nothing is."""
    if rows and len(items) < LEAST_ROW:
        return f"a row needs {LEAST_ROW}, there are {len(items)}"
    if (rows or "row" in traits) and len(items) >= LEAST_ROW and not in_rows(things, items, date):
        return "they do not stand in a row"
    if "massive" in traits and len(items) < 5 and not all(_is_large(item, "building") for item in items):
        return "they are neither many nor large"
    if "parallel" in traits and len(items) > 1 and max(map(bearing, items)) - min(map(bearing, items)) > 20:
        return "they are not parallel"
    return ""


def in_rows(things: Things, items: Sequence[Item], date: Date) -> bool:
    """Whether three of the things stand on a line, straight or along a road."""
    centres = [item.shape.centroid for item in items]
    for i, one in enumerate(centres):
        for other in centres[i + 1 :]:
            size = one.distance(other)
            if (
                size
                and sum(abs((other.x - one.x) * (one.y - c.y) - (one.x - c.x) * (other.y - one.y)) / size <= ROW_WIDTH / 2 for c in centres)
                >= LEAST_ROW
            ):
                return True
    for road in things.roads.standing(date):
        line = road.whole_line
        gaps = sorted(signed_distance(line, centre) for centre in centres) if line is not None else []
        if any(
            later - first <= ROW_WIDTH and min(abs(first), abs(later)) <= 40
            for first, later in zip(gaps, gaps[LEAST_ROW - 1 :], strict=False)
        ):
            return True
    return False


def signed_distance(line: BaseGeometry, point: Point) -> float:
    """Metres from a line, below 0 on its left."""
    place = line.project(point)
    near, ahead = line.interpolate(place), line.interpolate(min(place + 0.5, line.length))
    if ahead.equals(near):
        near, ahead = line.interpolate(max(place - 0.5, 0.0)), line.interpolate(place)
    turn = (ahead.x - near.x) * (point.y - near.y) - (ahead.y - near.y) * (point.x - near.x)
    return math.copysign(line.distance(point), turn)
