"""Plane geometry that planners share: poses, paths, and patches with natural outlines. Angles in radians, lengths in metres."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

Points = NDArray[np.float64]
"""[n, 2]: x and y."""
Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class Pose:
    """A place to stand and a direction: local u runs along `angle`, local v a quarter turn clockwise from it on the picture."""

    x: float
    y: float
    angle: float

    def points(self, local: Points | Sequence[tuple[float, float]]) -> Points:
        """Local coordinates [n, 2] as world coordinates [n, 2]."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        moved: Points = np.asarray(local, float) @ np.array(((c, s), (-s, c))) + np.array((self.x, self.y))
        return moved

    def local(self, points: Points) -> Points:
        """World coordinates [n, 2] as local coordinates [n, 2]."""
        dx, dy = (np.asarray(points, float) - (self.x, self.y)).T
        c, s = np.cos(self.angle), np.sin(self.angle)
        return np.column_stack((dx * c + dy * s, dy * c - dx * s))

    def moved(self, u: float, v: float, turn: float = 0.0) -> Pose:
        """The pose after a move in local coordinates and a turn."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return Pose(self.x + u * c - v * s, self.y + u * s + v * c, self.angle + turn)

    def rectangle(self, along: float, across: float) -> Polygon:
        """A rectangle about the pose, turned with it."""
        a, b = along / 2, across / 2
        return Polygon(self.points([(-a, -b), (a, -b), (a, b), (-a, b)]))


@dataclass(frozen=True, eq=False)
class Path:
    """A line that can be walked along."""

    points: Points

    @cached_property
    def _walked(self) -> NDArray[np.float64]:
        steps = np.hypot(*np.diff(self.points, axis=0).T)
        return np.concatenate(([0.0], np.cumsum(steps)))

    @cached_property
    def _plain(self) -> tuple[list[float], list[list[float]]]:
        return self._walked.tolist(), self.points.tolist()

    @property
    def length(self) -> float:
        """In metres."""
        return float(self._walked[-1])

    def pose(self, walked: float) -> Pose:
        """Where one is after `walked` metres, and the direction of the line there."""
        distances, points = self._plain
        piece = min(max(bisect_right(distances, walked) - 1, 0), len(points) - 2)
        (x0, y0), (x1, y1) = points[piece], points[piece + 1]
        share = (walked - distances[piece]) / max(distances[piece + 1] - distances[piece], 1e-9)
        return Pose(x0 + share * (x1 - x0), y0 + share * (y1 - y0), math.atan2(y1 - y0, x1 - x0))

    def nearest(self, x: float, y: float) -> float:
        """Metres along the line to its point nearest to (x, y)."""
        return float(LineString(self.points).project(shapely.Point(x, y)))

    def part(self, start: float, end: float) -> Path:
        """The piece between two walked distances."""
        inside = (self._walked > start + 0.01) & (self._walked < end - 0.01)
        ends = [self.pose(start), self.pose(end)]
        return Path(np.vstack(((ends[0].x, ends[0].y), self.points[inside], (ends[1].x, ends[1].y))))


def circle(x: float, y: float, radius: float, count: int = 32) -> Points:
    """A closed ring of points."""
    turn = np.linspace(0, 2 * np.pi, count + 1)
    ring = np.column_stack((x + radius * np.cos(turn), y + radius * np.sin(turn)))
    ring[-1] = ring[0]  # exactly closed, so that geometry takes it for a ring
    return ring


def blob(rng: np.random.Generator, pose: Pose, along: float, across: float, rough: float = 0.3) -> Polygon:
    """A patch with a natural outline of about `along` x `across` metres: an ellipse whose radius is disturbed by a few waves."""
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    order = np.arange(2, 8)
    waves = rng.normal(0, rough / order**0.9)[:, None] * np.cos(order[:, None] * turn + rng.uniform(0, 2 * np.pi, len(order))[:, None])
    radius = np.clip(1 + waves.sum(0), 0.4, 1.6)
    return Polygon(pose.points(np.column_stack((radius * np.cos(turn) * along / 2, radius * np.sin(turn) * across / 2))))


def meander(rng: np.random.Generator, reach: float, swing: float, step: float = 6.0) -> Points:
    """A wavy line along u from -reach to reach, with v within about `swing` of 0: [n, 2]."""
    u = np.linspace(-reach, reach, max(int(2 * reach / step), 4))
    v = np.zeros_like(u)
    for length, share in ((140.0, 1.0), (55.0, 0.35), (21.0, 0.13)):
        v += share * swing * rng.uniform(0.4, 1.0) * np.sin(2 * np.pi * u / (length * rng.uniform(0.8, 1.3)) + rng.uniform(0, 2 * np.pi))
    return np.column_stack((u, v))


def half_plane(rng: np.random.Generator, pose: Pose, reach: float, swing: float = 6.0) -> Polygon:
    """What lies on the v > 0 side of a wavy line through the pose, out to `reach` metres."""
    edge = meander(rng, reach, swing)
    return Polygon(pose.points(np.vstack((edge, [(reach, 2 * reach), (-reach, 2 * reach)]))))


def ribbon(rng: np.random.Generator, pose: Pose, reach: float, width: float, swing: float) -> Polygon:
    """A river-like band along u through the pose, of varying width."""
    middle = meander(rng, reach, swing)
    half = width / 2 * (1 + 0.25 * meander(rng, reach, 1.0)[:, 1]).clip(0.5, 1.5)
    upper, lower = middle - np.column_stack((0 * half, half)), middle + np.column_stack((0 * half, half))
    return Polygon(pose.points(np.vstack((upper, lower[::-1]))))


def bounds_of(polygon: Polygon) -> Bounds:
    """Bounds as plain numbers."""
    left, top, right, bottom = polygon.bounds
    return left, top, right, bottom


def largest(geometry: shapely.Geometry) -> Polygon | None:
    """The largest polygon within a geometry, None where there is no area."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and part.area > 0]
    return max(parts, key=lambda part: part.area) if parts else None
