"""Plans single buildings: their footprints, sizes, roofs and colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.shapes import Points, Pose
from deltascribe.datasets.synthetic.world import Building, BuildingKind, Colour, RoofKind

SHINGLES: tuple[Colour, ...] = (
    (0.32, 0.30, 0.28),
    (0.37, 0.34, 0.31),
    (0.41, 0.38, 0.35),
    (0.27, 0.27, 0.28),
    (0.42, 0.34, 0.28),
    (0.34, 0.31, 0.29),
    (0.46, 0.43, 0.39),
    (0.49, 0.44, 0.37),
    (0.39, 0.38, 0.38),
)
"""Asphalt shingles: greys and browns."""
TILES: tuple[Colour, ...] = ((0.50, 0.33, 0.26), (0.45, 0.31, 0.26), (0.53, 0.39, 0.30), (0.41, 0.26, 0.22))
"""Clay tiles."""
SHEETS: tuple[Colour, ...] = (
    (0.78, 0.78, 0.77),
    (0.70, 0.69, 0.66),
    (0.66, 0.67, 0.68),
    (0.50, 0.52, 0.55),
    (0.42, 0.41, 0.40),
    (0.60, 0.55, 0.48),
    (0.86, 0.85, 0.82),
    (0.80, 0.80, 0.80),
    (0.37, 0.42, 0.49),
    (0.47, 0.33, 0.29),
)
"""Metal sheets and membranes of large roofs."""

HEIGHTS: dict[BuildingKind, tuple[float, float]] = {
    "villa": (3.4, 6.4),
    "house": (2.8, 5.4),
    "block": (9.0, 24.0),
    "warehouse": (5.5, 11.0),
    "shed": (2.1, 2.8),
}
"""Range of the eaves above ground in metres."""


@dataclass(frozen=True, eq=False)
class Design:
    """A building before it is put somewhere.

    Attributes:
        kind: see `Building`.
        outline: [n, 2] about the middle; v < 0 is the front.
        size: extent in u (along the street) and v.
        height, roof, colour: see `Building`.
    """

    kind: BuildingKind
    outline: Points
    size: tuple[float, float]
    height: float
    roof: RoofKind
    colour: Colour

    def footprint(self, pose: Pose) -> Polygon:
        """Its footprint at a pose."""
        return Polygon(pose.points(self.outline))

    def build(self, draft: Draft, pose: Pose, polygon: Polygon | None = None) -> Building:
        """The building at a pose, with a number of its own."""
        along, across, angle = self.size[0], self.size[1], pose.angle
        if across > along:
            along, across, angle = across, along, angle + np.pi / 2
        # a direction has no sign
        angle = float((angle + np.pi / 2) % np.pi - np.pi / 2)
        footprint = self.footprint(pose) if polygon is None else polygon
        return Building(
            draft.number(), self.kind, footprint, pose.x, pose.y, angle, (along, across), self.height, self.roof, self.colour, draft.seed()
        )


def design(
    draft: Draft, kind: BuildingKind, size: tuple[float, float], palette: tuple[Colour, ...], roof: RoofKind, *, wings: float = 0.7
) -> Design:
    """A building of a kind.

    Args:
        draft: gives the random draws.
        kind: see `Building`.
        size: extent along the street and back from it, in metres.
        palette: colours of roofs to choose from.
        roof: form of the roof.
        wings: chance of each corner's being set back or built out: 0 gives a rectangle.
    """
    base = palette[int(draft.rng.integers(len(palette)))]
    shade = draft.uniform(0.86, 1.14)
    colour = (min(base[0] * shade, 1.0), min(base[1] * shade, 1.0), min(base[2] * shade, 1.0))
    return Design(kind, rectilinear(draft, size, wings), size, draft.uniform(*HEIGHTS[kind]), roof, colour)


def rectilinear(draft: Draft, size: tuple[float, float], wings: float) -> Points:
    """Outline [n, 2] of a building with right angles: a rectangle from whose corners pieces are taken, by chance `wings` each.

    Two opposite corners give a Z, two neighbouring ones a T, three or four a house of many wings.
    """
    a, b = size[0] / 2, size[1] / 2
    outline: list[tuple[float, float]] = []
    for x, y, steep in ((-a, -b, False), (a, -b, True), (a, b, False), (-a, b, True)):
        if not draft.chance(wings):
            outline.append((x, y))
            continue
        cut_x, cut_y = np.sign(x) * a * draft.uniform(0.2, 0.8), np.sign(y) * b * draft.uniform(0.15, 0.55)
        # the way round meets a corner first along its upright side at the first and third corner, else along its level side
        step = [(x, y - cut_y), (x - cut_x, y - cut_y), (x - cut_x, y)]
        outline.extend(step[::-1] if steep else step)
    return np.array(outline)


def court_block(draft: Draft, size: tuple[float, float], wing: float) -> Points:
    """Outline [8, 2] of a block in the form of a U, open to the front, with wings `wing` metres deep."""
    a, b = size[0] / 2, size[1] / 2
    return np.array([(-a, -b), (-a + wing, -b), (-a + wing, b - wing), (a - wing, b - wing), (a - wing, -b), (a, -b), (a, b), (-a, b)])
