"""Plans plots along streets, and the styles of the houses that go on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.buildings import SHINGLES, TILES, Design, design
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.roads import VERGE, Street
from deltascribe.datasets.synthetic.planning.shapes import Path, Pose, circle
from deltascribe.datasets.synthetic.planning.store import Dates
from deltascribe.datasets.synthetic.world import BuildingKind, Colour, RoofKind


@dataclass(frozen=True)
class Style:
    """What the houses of a quarter have in common; lengths in metres.

    Attributes:
        kind: of the buildings.
        wide, deep: range of a house along the street and back from it.
        gap: between neighbours.
        setback: between the street's kerb and the house.
        yard: depth of the yard behind the house.
        palette, roof, wings: see `design`.
        lawn: share of plots with a lawn; the others stay as the ground is.
        drive: share of plots with a paved driveway.
        pool, shed: share of plots that have one.
        trees: most trees of a yard.
    """

    kind: BuildingKind
    wide: tuple[float, float]
    deep: tuple[float, float]
    gap: float
    setback: float
    yard: float
    palette: tuple[Colour, ...]
    roof: RoofKind
    wings: float
    lawn: float
    drive: float
    pool: float
    shed: float
    trees: int


@dataclass(frozen=True, eq=False)
class Lot:
    """A plot kept free for a house: the house, where it stands (its front looks to v < 0), how far off the kerb is, and the claim."""

    design: Design
    pose: Pose
    footprint: Polygon
    style: Style
    setback: float
    claim: int = -1


def draw_style(draft: Draft, kind: str | None = None) -> Style:
    """A quarter's style: `villas`, `houses` (a suburb's rows) or `cottages` (small and plain); None draws one."""
    kind = kind or draft.choose({"villas": 0.42, "houses": 0.46, "cottages": 0.12})
    palette = SHINGLES if draft.chance(0.86) else TILES
    colours = tuple(palette[i] for i in draft.rng.choice(len(palette), min(4, len(palette)), replace=False))
    grown = draft.uniform(0.45, 1.0)
    if kind == "villas":
        roof: RoofKind = "hip" if draft.chance(0.85) else "gable"
        gap = draft.uniform(2.6, 6.5)
        return Style(
            "villa", (16, 21), (14, 18), gap, draft.uniform(6, 9), draft.uniform(9, 16), colours, roof, 0.8, grown, 0.95, 0.07, 0.08, 5
        )
    if kind == "houses":
        roof = "hip" if draft.chance(0.6) else "gable"
        gap = draft.uniform(2.4, 4.4)
        return Style(
            "house",
            (11, 14.5),
            (12, 15),
            gap,
            draft.uniform(5, 7.5),
            draft.uniform(7.5, 12.5),
            colours,
            roof,
            0.6,
            grown,
            0.93,
            0.025,
            0.08,
            4,
        )
    if kind == "cottages":
        roof = "gable" if draft.chance(0.8) else "hip"
        gap = draft.uniform(3, 12)
        return Style(
            "house", (9, 13), (7.5, 10), gap, draft.uniform(3, 9), draft.uniform(5, 14), colours, roof, 0.15, 0.35, 0.4, 0.0, 0.15, 3
        )
    raise ValueError(f"There is no style '{kind}'.")


def find_lots(
    draft: Draft,
    streets: Sequence[Street],
    style: Style,
    dates: Dates = "both",
    *,
    sides: Sequence[int] = (1, -1),
    within: Polygon | None = None,
    most: int | None = None,
) -> list[Lot]:
    """Finds plots along streets, in the order of a walk, and keeps their ground free.

    Args:
        draft: where.
        streets: along which the houses stand.
        style: of the houses.
        dates: on which the ground must be free.
        sides: 1 right of the walk, -1 left of it.
        within: ground in which the middle of the houses must lie.
        most: not more than these.
    """
    lots: list[Lot] = []
    for street in [*streets, *(_around(street) for street in streets if street.head)]:
        for side in sides if street.width else (-1,):
            for lot in _along(draft, street, side, style, dates, within):
                lots.append(lot)
                if most is not None and len(lots) == most:
                    return lots
    return lots


def _along(draft: Draft, street: Street, side: int, style: Style, dates: Dates, within: Polygon | None) -> Iterator[Lot]:
    """Plots on one side of a street; their ground is kept free as they are given."""
    walked = draft.uniform(0.0, 6.0)
    house = _draw_house(draft, style)
    margin = min(style.gap, 3.0) * 0.8
    reach = max(style.deep[1], style.wide[1]) + style.setback + street.width
    while walked < street.path.length:
        kerb = street.path.pose(walked)
        off = draft.beyond(kerb.x, kerb.y) - reach
        if off > 0:
            walked += max(off, 4.0)
            continue
        setback = max(style.setback * draft.uniform(0.85, 1.2), VERGE + margin + 0.2)
        lot = _lot_at(street, walked + house.size[0] / 2, side, style, house, setback)
        inside = within is None or within.intersects(lot.footprint.centroid)
        if inside and draft.fits(lot.footprint, dates, margin):
            yield replace(lot, claim=draft.reserve(lot.footprint, dates))
            walked += house.size[0] + style.gap * draft.uniform(0.8, 1.25)
            house = _draw_house(draft, style)
        else:
            walked += 4.0


def _around(street: Street) -> Street:
    """The kerb of a turning head as a street without width, whose plots lie to the left."""
    end = street.path.points[-1]
    return Street(street.id, Path(circle(float(end[0]), float(end[1]), street.head)), 0.0, street.polygon)


def _draw_house(draft: Draft, style: Style) -> Design:
    size = (draft.uniform(*style.wide), draft.uniform(*style.deep))
    return design(draft, style.kind, size, style.palette, style.roof, wings=style.wings)


def _lot_at(street: Street, walked: float, side: int, style: Style, house: Design, setback: float) -> Lot:
    on_street = street.path.pose(walked)
    pose = on_street.moved(0, side * (street.width / 2 + setback + house.size[1] / 2), 0.0 if side > 0 else np.pi)
    return Lot(house, pose, house.footprint(pose), style, setback)


def lot_in_open(
    draft: Draft, style: Style, dates: Dates, *, margin: float = 5.0, tries: int = 30, inner: float = 0.16, least: float = 0.9
) -> Lot | None:
    """A plot somewhere in the frame, off any street; None where no room is found."""
    angle = draft.direction()
    for _ in range(tries):
        house = _draw_house(draft, style)
        pose = Pose(*draft.spot(inner), angle + float(draft.rng.integers(4)) * np.pi / 2)
        footprint = house.footprint(pose)
        if draft.fits(footprint, dates, margin, least=least):
            return Lot(house, pose, footprint, style, draft.uniform(8, 16), draft.reserve(footprint, dates))
    return None


def thinned(draft: Draft, lots: Sequence[Lot], share: float) -> list[Lot]:
    """A random share of plots, at least one of any; the ground of the others is given up."""
    keep = [draft.chance(share) for _ in lots]
    if lots and not any(keep):
        keep[int(draft.rng.integers(len(lots)))] = True
    return _kept(draft, lots, keep)


def neighbouring(draft: Draft, lots: Sequence[Lot], most: int) -> list[Lot]:
    """At most so many plots, one beside the other, as they are sold; the ground of the others is given up."""
    first = int(draft.rng.integers(max(len(lots), 1)))
    chosen = {(first + k) % len(lots) for k in range(min(most, len(lots)))}
    return _kept(draft, lots, [k in chosen for k in range(len(lots))])


def _kept(draft: Draft, lots: Sequence[Lot], keep: Sequence[bool]) -> list[Lot]:
    for lot, stays in zip(lots, keep, strict=True):
        if not stays:
            draft.release(lot.claim)
    return [lot for lot, stays in zip(lots, keep, strict=True) if stays]
