"""Plans the ground: bare land, grass, woods, fields, water, and the patches that make each look natural."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.shapes import Path, Pose, blob, half_plane, ribbon
from deltascribe.datasets.synthetic.planning.store import Blocking, Dates, Happening
from deltascribe.datasets.synthetic.planning.trees import plant_row, plant_woods, scatter
from deltascribe.datasets.synthetic.world import CoverKind

OPEN_GROUND = {"bare": 0.22, "graded": 0.22, "grass": 0.24, "desert": 0.08, "savanna": 0.24}
"""Open ground and how often it is where suburbs grow."""
ANY_GROUND = OPEN_GROUND | {"woods": 0.28, "half_woods": 0.16, "savanna": 0.20}
"""Ground of any kind but fields."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A cover that was laid: its id and outline."""

    id: int
    polygon: Polygon


def lay_ground(draft: Draft, kinds: Mapping[str, float]) -> list[Patch]:
    """Lays the ground of a part of a place.

    Args:
        draft: where; its climate favours some kinds.
        kinds: what it may be and how often: `bare`, `graded` (grass, scraped bare where building is due), `grass`, `desert`, `savanna`
            (grass with groups of trees), `woods`, `half_woods` (woods on one side) or `fields`.

    Returns:
        The fields of `fields`, the woods of `woods` and `half_woods`; else nothing.
    """
    return _GROUNDS[draft.choose({kind: weight * draft.store.climate.get(kind, 1.0) for kind, weight in kinds.items()})](draft)


def lay_base(draft: Draft, kind: CoverKind) -> int:
    """Covers the whole region."""
    return draft.cover(kind, draft.region if draft.fenced else shapely.box(*draft.region.buffer(8).bounds), soft=0.0)


def lay_patches(draft: Draft, kind: CoverKind, count: int, size: tuple[float, float], soft: float = 6.0) -> None:
    """Lays natural patches of another kind here and there."""
    for _ in range(count):
        x, y = _anywhere(draft)
        outline = blob(draft.rng, Pose(x, y, draft.uniform(0, np.pi)), draft.uniform(*size), draft.uniform(*size), 0.35)
        draft.cover(kind, outline, soft=soft * draft.uniform(0.7, 1.6))


def lay_woods(draft: Draft, polygon: Polygon, dates: Dates = "both", cause: Happening | None = None, density: float = 0.93) -> Patch:
    """Lays the floor of woods and plans its trees."""
    number = draft.cover("woods", polygon, dates, cause, soft=3.0)
    plant_woods(draft, polygon, dates, cause, density=density)
    return Patch(number, polygon)


def lay_water(draft: Draft, polygon: Polygon, dates: Dates = "both", cause: Happening | None = None, blocks: Blocking = "all") -> Patch:
    """Lays water, on which nothing stands."""
    return Patch(draft.cover("water", polygon, dates, cause, soft=0.8, blocks=blocks), polygon)


def side(draft: Draft, share: float, swing: float = 7.0) -> Polygon:
    """A side of the frame, off a wavy edge, that takes about `share` of it."""
    x, y = draft.centre
    angle = draft.uniform(0, 2 * np.pi)
    left, top, right, bottom = draft.frame
    reach = max(right - left, bottom - top)
    return half_plane(draft.rng, Pose(x, y, angle).moved(0, reach * (0.5 - share)), 1.3 * reach, swing)


def pond(draft: Draft, x: float, y: float, size: float) -> Polygon:
    """Outline of a pond of about `size` metres: natural, or a basin with rounded corners."""
    pose = Pose(x, y, draft.uniform(0, np.pi))
    if draft.chance(0.25):
        return pose.rectangle(size * 0.9, size * draft.uniform(0.5, 0.8)).buffer(-0.12 * size).buffer(0.12 * size, quad_segs=3)
    return blob(draft.rng, pose, size, size * draft.uniform(0.55, 1.0), 0.22)


def river(draft: Draft, width: float) -> Polygon:
    """Outline of a river that runs through the region."""
    x, y = draft.spot(0.2)
    return ribbon(draft.rng, Pose(x, y, draft.uniform(0, np.pi)), 0.9 * draft.span, width, 12.0)


def lay_fields(draft: Draft, kinds: dict[str, float] | None = None) -> list[Patch]:
    """Lays fields in parcels, with grass between them, at times a hedge or a row of trees."""
    lay_base(draft, "grass")
    x, y = draft.centre
    pose = Pose(x, y, draft.direction())
    wide, long = draft.uniform(28, 75), draft.uniform(60, 130)
    reach = draft.span * 0.75
    columns = np.arange(-reach - draft.uniform(0, wide), reach + wide, wide)
    fields = []
    for left, right in pairwise(columns):
        for top in np.arange(-reach - draft.uniform(0, long), reach, long):
            gap = draft.uniform(0.6, 2.2)
            corners = [(left + gap, top + gap), (right - gap, top + gap), (right - gap, top + long - gap), (left + gap, top + long - gap)]
            polygon = Polygon(pose.points(corners))
            if not polygon.intersects(draft.region):
                continue
            kind = draft.choose(kinds or {"field": 0.84, "bare": 0.08, "grass": 0.08})
            along = pose.angle + (np.pi / 2 if draft.chance(0.75) else 0.0)
            number = draft.cover(kind, polygon, angle=along, soft=0.8)  # type: ignore[arg-type]
            if kind == "field" and number:
                fields.append(Patch(number, polygon))
    if draft.chance(0.4):
        edge = pose.points([(columns[len(columns) // 2], -reach), (columns[len(columns) // 2], reach)])
        plant_row(draft, Path(edge), draft.uniform(5, 11), radius=draft.uniform(1.6, 2.8))
    return fields


def _bare(draft: Draft) -> list[Patch]:
    lay_base(draft, "bare")
    lay_patches(draft, "grass", int(draft.rng.integers(0, 4)), (18, 70))
    scatter(draft, draft.region, draft.uniform(0.0, 0.025))
    return []


def _graded(draft: Draft) -> list[Patch]:
    lay_base(draft, "grass")
    scatter(draft, draft.region, draft.uniform(0.03, 0.22))
    for _ in range(int(draft.rng.integers(1, 4))):
        x, y = draft.spot(0.1)
        size = draft.uniform(0.35, 0.8) * draft.span
        draft.cover(
            "bare",
            blob(draft.rng, Pose(x, y, draft.uniform(0, np.pi)), size, size * draft.uniform(0.4, 0.9), 0.45),
            soft=draft.uniform(3.5, 8),
        )
    return []


def _grass(draft: Draft) -> list[Patch]:
    lay_base(draft, "grass")
    lay_patches(draft, "bare", int(draft.rng.integers(0, 4)), (10, 40))
    scatter(draft, draft.region, draft.uniform(0.0, 0.12))
    return []


def _desert(draft: Draft) -> list[Patch]:
    lay_base(draft, "desert")
    lay_patches(draft, "bare", int(draft.rng.integers(0, 3)), (20, 60))
    scatter(draft, draft.region, draft.uniform(0.0, 0.06), largest=2.2)
    return []


def _savanna(draft: Draft) -> list[Patch]:
    lay_base(draft, "grass" if draft.chance(0.6) else "bare")
    lay_patches(draft, "bare", int(draft.rng.integers(1, 4)), (15, 55))
    scatter(draft, draft.region, draft.uniform(0.12, 0.5), clustered=draft.uniform(0.6, 1.2), largest=draft.uniform(3.4, 5.2))
    return []


def _woods(draft: Draft) -> list[Patch]:
    whole = draft.region if draft.fenced else shapely.box(*draft.region.buffer(8).bounds)
    woods = Patch(draft.cover("woods", whole, soft=0.0), whole)
    plant_woods(draft, whole, density=draft.uniform(0.72, 0.96))
    for _ in range(int(draft.rng.integers(0, 3))):
        glade = blob(draft.rng, Pose(*_anywhere(draft), 0.0), draft.uniform(14, 40), draft.uniform(10, 30), 0.4)
        draft.cover("grass" if draft.chance(0.5) else "bare", glade, soft=5.0)
        _thin(draft, glade)
    return [woods]


def _thin(draft: Draft, glade: Polygon) -> None:
    """Takes the trees that are planned for both dates off a glade."""
    for batch in draft.store.batches[-1:]:
        standing = ~shapely.contains_xy(glade, batch.xyrh[:, :2])
        batch.xyrh, batch.colours = batch.xyrh[standing], batch.colours[standing]


def _half_woods(draft: Draft) -> list[Patch]:
    lay_base(draft, "grass" if draft.chance(0.5) else "bare")
    lay_patches(draft, "bare", int(draft.rng.integers(0, 3)), (15, 50))
    woods = lay_woods(draft, side(draft, draft.uniform(0.3, 0.65), 9.0), density=draft.uniform(0.75, 0.95))
    scatter(draft, draft.region, draft.uniform(0.01, 0.08))
    return [woods]


def _anywhere(draft: Draft) -> tuple[float, float]:
    left, top, right, bottom = draft.bounds
    return draft.uniform(left, right), draft.uniform(top, bottom)


_GROUNDS = {
    "bare": _bare,
    "graded": _graded,
    "grass": _grass,
    "desert": _desert,
    "savanna": _savanna,
    "woods": _woods,
    "half_woods": _half_woods,
    "fields": lay_fields,
}
