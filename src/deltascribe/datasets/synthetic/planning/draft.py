"""The planner's desk: puts things onto a place or a part of it, and knows what is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.registry import EVENTS
from deltascribe.datasets.synthetic.planning.shapes import Bounds, bounds_of, largest
from deltascribe.datasets.synthetic.planning.store import BITS, Blocking, Clearing, Dates, Entry, Happening, Store
from deltascribe.datasets.synthetic.world import Cover, CoverKind, Road, Thing

_SMALLEST_VISIBLE = 0.35
"""Share of a building that a frame shows if it shows any: what is cut to a sliver cannot be told from a wall."""
_SMALLEST_DESIGN = 96.0


class Draft:
    """A part of a place that a scenario may furnish.

    Attributes:
        frame: bounds of what is to be seen.
        region: where things may be put; reaches beyond the frame unless `fenced`.
        fenced: whether things must stay within the region, because other parts lie beside it.
        rng: of all random draws.
        store: what is planned so far.
    """

    def __init__(self, frame: Bounds, region: Polygon, rng: np.random.Generator, store: Store, *, fenced: bool) -> None:
        self.frame = frame
        self.region = region
        self.rng = rng
        self.store = store
        self.fenced = fenced
        self.bounds = bounds_of(region)
        shapely.prepare(region)

    @classmethod
    def of_place(cls, width: float, height: float, rng: np.random.Generator) -> Draft:
        """A draft of a whole place; a small one is a crop of a larger design."""
        margins = [16 + max(0.0, (_SMALLEST_DESIGN - extent) / 2) for extent in (width, height)]
        region = shapely.box(-margins[0], -margins[1], width + margins[0], height + margins[1])
        return cls((0.0, 0.0, width, height), region, rng, Store(), fenced=False)

    def part(self, region: Polygon, rng: np.random.Generator) -> Draft:
        """A draft of a part of the place."""
        return Draft(bounds_of(region), region, rng, self.store, fenced=True)

    @property
    def span(self) -> float:
        """Longer side of the region."""
        left, top, right, bottom = self.bounds
        return max(right - left, bottom - top)

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the frame."""
        left, top, right, bottom = self.frame
        return (left + right) / 2, (top + bottom) / 2

    # random draws

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return bool(self.rng.random() < probability)

    def uniform(self, low: float, high: float) -> float:
        """A number between two others."""
        return low + (high - low) * float(self.rng.random())

    def choose(self, weights: Mapping[str, float]) -> str:
        """One of the keys, by weight."""
        names = list(weights)
        values = np.array([weights[name] for name in names], float)
        return names[int(self.rng.choice(len(names), p=values / values.sum()))]

    def choose_number(self, weighted: Sequence[tuple[float, float]]) -> float:
        """One of the numbers, each given with its weight."""
        weights = np.array([weight for _, weight in weighted])
        return weighted[int(self.rng.choice(len(weighted), p=weights / weights.sum()))][0]

    def seed(self) -> int:
        """A seed for a texture."""
        return int(self.rng.integers(1 << 30))

    def spot(self, margin: float = 0.15) -> tuple[float, float]:
        """A point of the frame, at least `margin` of its sides away from its edges."""
        left, top, right, bottom = self.frame
        return (
            self.uniform(left + margin * (right - left), right - margin * (right - left)),
            self.uniform(top + margin * (bottom - top), bottom - margin * (bottom - top)),
        )

    def direction(self) -> float:
        """A direction for what is laid out: often near an axis, as towns are, else any."""
        if self.fenced or self.chance(0.55):
            return float(self.rng.integers(2)) * np.pi / 2 + (0.0 if self.fenced else float(self.rng.normal(0, 0.14)))
        return self.uniform(0, np.pi)

    # things

    def happens(self, kind: str) -> Happening:
        """Opens an event that things can come or go by."""
        if kind not in EVENTS:
            raise ValueError(f"'{kind}' is no kind of event. Add it to EVENTS.")
        happening = Happening(kind)
        self.store.happenings.append(happening)
        return happening

    def number(self) -> int:
        """A number for a new thing."""
        return self.store.numbers.next()

    def put(
        self,
        thing: Thing,
        dates: Dates = "both",
        cause: Happening | None = None,
        *,
        polygon: Polygon | None = None,
        blocks: Blocking = "all",
        margin: float = 0.0,
        claim: int | None = None,
    ) -> int:
        """Puts a thing down, unchecked; returns its id.

        Args:
            thing: has an id from `number`.
            dates: when it stands.
            cause: the event by which it comes or goes; needed unless it stands on both dates.
            polygon: its outline, where it is known already.
            blocks: what may not stand on it.
            margin: by how much more than its outline it is in the way of other things.
            claim: ground that was reserved for it.
        """
        if dates != "both" and cause is None:
            raise ValueError("A thing of one date needs an event by which it came or went.")
        outline = thing.polygon if polygon is None else polygon
        entry = Entry(thing, outline, BITS[dates], cause, blocks)
        self.store.entries.append(entry)
        blocker = -1 if claim is None else claim
        if claim is not None:
            self.store.blockers.set_bits(claim, entry.bits)
        elif blocks == "all":
            wide = outline.buffer(margin, quad_segs=2) if margin else outline
            blocker = self.store.blockers.add(wide, entry.bits, road=isinstance(thing, Road))
        self.store.places[thing.id] = (entry, blocker)
        return thing.id

    def cover(
        self,
        kind: CoverKind,
        polygon: Polygon,
        dates: Dates = "both",
        cause: Happening | None = None,
        *,
        angle: float = 0.0,
        soft: float = 2.0,
        blocks: Blocking = "none",
    ) -> int:
        """Lays a patch of ground on top of what is there; returns its id, 0 where nothing of it lies in the region."""
        if self.fenced:
            inside = largest(polygon.intersection(self.region))
            if inside is None:
                return 0
            polygon = inside
        return self.put(Cover(self.number(), kind, polygon, self.seed(), angle, soft), dates, cause, polygon=polygon, blocks=blocks)

    def remove(self, number: int, cause: Happening) -> None:
        """Lets a thing of both dates go by an event; what it blocked is free on the second date."""
        entry, blocker = self.store.places[number]
        if entry.bits != BITS["both"]:
            raise ValueError("Only a thing of both dates can go.")
        entry.bits, entry.cause = BITS["before"], cause
        if blocker >= 0:
            self.store.blockers.set_bits(blocker, entry.bits)

    def reserve(self, polygon: Polygon, dates: Dates = "both") -> int:
        """Keeps ground free for something that is put down later; returns the claim."""
        return self.store.blockers.add(polygon, BITS[dates])

    def release(self, claim: int) -> None:
        """Gives reserved ground up."""
        self.store.blockers.set_bits(claim, 0)

    def clear(self, polygon: Polygon, cause: Happening, keep: float = 0.0) -> None:
        """Takes the trees off a piece of ground by an event, but for a share `keep`."""
        parts = shapely.get_parts(polygon.intersection(self.region)) if self.fenced else [polygon]
        self.store.clearings.extend(Clearing(part, cause, keep) for part in parts if isinstance(part, Polygon))

    # room

    def shown(self, polygon: Polygon) -> float:
        """Share of a polygon that the frame shows."""
        left, top, right, bottom = self.frame
        x0, y0, x1, y1 = polygon.bounds
        if x0 >= left and y0 >= top and x1 <= right and y1 <= bottom:
            return 1.0
        if x1 <= left or y1 <= top or x0 >= right or y0 >= bottom:
            return 0.0
        return float(shapely.clip_by_rect(polygon, left, top, right, bottom).area / polygon.area)

    def beyond(self, x: float, y: float) -> float:
        """How far a point is from the frame along x or y, whichever is more; negative inside."""
        left, top, right, bottom = self.frame
        return max(left - x, x - right, top - y, y - bottom)

    def fits(self, polygon: Polygon, dates: Dates = "both", margin: float = 2.0, least: float = _SMALLEST_VISIBLE) -> bool:
        """Whether a thing may stand there: enough of it is to be seen, and it keeps `margin` metres from all that blocks."""
        if self.fenced:
            if not self.region.contains(polygon):
                return False
        elif self.shown(polygon) < least:
            return False
        return self.vacant(polygon, dates, margin)

    def vacant(self, polygon: Polygon, dates: Dates = "both", margin: float = 2.0, *, roads: bool = True) -> bool:
        """Whether a polygon keeps `margin` metres from all that blocks on these dates; `roads` False overlooks roads."""
        return not self.store.blockers.hit(polygon, BITS[dates], margin, roads=roads)
