"""A made-up place on two dates: what stands where, in metres. Planners make it, the renderer draws it, captions tell of it.

Coordinates are metres from the place's upper left corner, x to the right (east), y down (south); north is up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from shapely import LineString, Point, Polygon, union
from shapely.geometry import mapping

Colour = tuple[float, float, float]
"""Red, green, blue reflectance in 0..1, before any light."""

CoverKind = Literal["bare", "grass", "woods", "field", "desert", "water", "lawn", "concrete", "mud"]
"""What the ground is: bare soil, wild grass, the floor of woods, a crop field, sand, water, a mown lawn, a paved yard, flood mud."""
BuildingKind = Literal["villa", "house", "block", "warehouse", "shed"]
"""A large detached house; a small one, often in rows; flats or offices; a hall or factory; an outbuilding that no caption names."""
RoofKind = Literal["hip", "gable", "flat", "ribbed"]
GroundKind = Literal["track", "court"]
"""A running track with its field, or a paved ball court."""


@dataclass(frozen=True, eq=False)
class Cover:
    """A patch of ground; later patches of a layout lie on top of earlier ones.

    Attributes:
        id: number of the object, unique in its place over both dates.
        kind: what it is.
        polygon: its outline; may reach beyond the place.
        seed: of its texture; the same patch on both dates looks alike but for the season.
        angle: direction in radians of a field's furrows or a lawn's stripes.
        soft: width in metres over which its edge fades.
    """

    id: int
    kind: CoverKind
    polygon: Polygon
    seed: int
    angle: float = 0.0
    soft: float = 2.0


@dataclass(frozen=True, eq=False)
class Road:
    """A road or track.

    Attributes:
        id: see `Cover`.
        line: centre line.
        width: of the carriageway in metres.
        paved: asphalt or concrete; else a dirt track, which masks do not count as a road.
        marked: whether it has a centre line of paint.
        seed: of its texture.
        head: radius in metres of a turning head at the line's end (a cul-de-sac), 0 for none. A roundabout is a road with a closed line.
    """

    id: int
    line: LineString
    width: float
    paved: bool = True
    marked: bool = False
    seed: int = 0
    head: float = 0.0

    @property
    def polygon(self) -> Polygon:
        """The carriageway."""
        lane = self.line.buffer(self.width / 2, cap_style="flat")
        if not self.head:
            return lane
        # a disc about an end of the lane: their union is one piece
        return cast(Polygon, union(lane, Point(self.line.coords[-1]).buffer(self.head)))


@dataclass(frozen=True, eq=False)
class Building:
    """A building.

    Attributes:
        id: see `Cover`.
        kind: see `BuildingKind`.
        polygon: its footprint.
        x, y: centre.
        angle: direction in radians of its long side.
        size: along and across that direction, in metres.
        height: of its eaves in metres.
        roof: form of the roof; a hip or gable rises above the eaves.
        colour: of the roof.
        seed: of its details.
    """

    id: int
    kind: BuildingKind
    polygon: Polygon
    x: float
    y: float
    angle: float
    size: tuple[float, float]
    height: float
    roof: RoofKind
    colour: Colour
    seed: int


@dataclass(frozen=True, eq=False)
class Parking:
    """A parking lot: asphalt with bays along `angle`; its cars are in the layout's `cars`."""

    id: int
    polygon: Polygon
    angle: float
    seed: int


@dataclass(frozen=True, eq=False)
class Pool:
    """A swimming pool; `polygon` is the water, a paved rim lies about it."""

    id: int
    polygon: Polygon


@dataclass(frozen=True, eq=False)
class Playground:
    """A sports ground, see `GroundKind`."""

    id: int
    kind: GroundKind
    polygon: Polygon
    angle: float
    seed: int


@dataclass(frozen=True)
class Tree:
    """One crown: centre, radius and height in metres, colour of its leaves.

    `id` is 0 for trees that no statement is about.
    """

    x: float
    y: float
    radius: float
    height: float
    colour: Colour
    id: int = 0


@dataclass(frozen=True)
class Car:
    """One car; cars come and go and are never a change."""

    x: float
    y: float
    angle: float
    colour: Colour
    length: float = 4.6


Thing = Cover | Road | Building | Parking | Pool | Playground
"""What a caption may speak of."""


@dataclass(frozen=True, eq=False)
class Layout:
    """What stands in a place on one date. Covers are ordered, lowest first; all else has no order."""

    covers: tuple[Cover, ...] = ()
    roads: tuple[Road, ...] = ()
    buildings: tuple[Building, ...] = ()
    parkings: tuple[Parking, ...] = ()
    pools: tuple[Pool, ...] = ()
    playgrounds: tuple[Playground, ...] = ()
    trees: tuple[Tree, ...] = ()
    cars: tuple[Car, ...] = ()

    def things(self) -> Iterator[Thing]:
        """Everything that has an id, covers first."""
        yield from self.covers
        yield from self.roads
        yield from self.buildings
        yield from self.parkings
        yield from self.pools
        yield from self.playgrounds


@dataclass(frozen=True)
class Event:
    """One thing that happened between the dates, as the planner meant it; captions and checks look at the layouts themselves.

    Attributes:
        kind: a key of the planner's registry, such as `build_houses` or `flood`.
        added, removed: ids of what came and went.
    """

    kind: str
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Place:
    """A place on two dates.

    Attributes:
        width, height: extent in metres.
        before, after: what stands there; a thing with the same id is the same thing.
        events: what happened; () for a pair without a change.
        seed: of what belongs to no object (the base texture).
    """

    width: float
    height: float
    before: Layout
    after: Layout
    events: tuple[Event, ...] = ()
    seed: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything happened that a caption must tell of."""
        return bool(self.events)

    def added(self) -> list[Thing]:
        """Things of the second date that the first has not."""
        known = {thing.id for thing in self.before.things()}
        return [thing for thing in self.after.things() if thing.id not in known]

    def removed(self) -> list[Thing]:
        """Things of the first date that the second has not."""
        known = {thing.id for thing in self.after.things()}
        return [thing for thing in self.before.things() if thing.id not in known]

    def truth(self) -> dict[str, Any]:
        """Ground truth for JSON: every object with its polygon, and on which dates it stands; trees as [x, y, radius]."""
        dates: dict[int, list[str]] = {}
        things: dict[int, Thing] = {}
        for name, layout in (("before", self.before), ("after", self.after)):
            for thing in layout.things():
                dates.setdefault(thing.id, []).append(name)
                things[thing.id] = thing
        return {
            "width_m": self.width,
            "height_m": self.height,
            "changed": self.changed,
            "events": [{"kind": event.kind, "added": list(event.added), "removed": list(event.removed)} for event in self.events],
            "objects": [describe(thing) | {"dates": dates[number]} for number, thing in sorted(things.items())],
            "trees": {
                name: [[round(tree.x, 2), round(tree.y, 2), round(tree.radius, 2)] for tree in layout.trees]
                for name, layout in (("before", self.before), ("after", self.after))
            },
        }


def describe(thing: Thing) -> dict[str, Any]:
    """An object for JSON: id, class (`cover`, `road`, ...), kind, and its outline in metres as GeoJSON."""
    entry: dict[str, Any] = {"id": thing.id, "class": type(thing).__name__.lower()}
    if isinstance(thing, Road):
        entry |= {"kind": "paved" if thing.paved else "dirt", "width_m": round(thing.width, 2), "line": _rounded(mapping(thing.line))}
    elif not isinstance(thing, (Parking, Pool)):
        entry["kind"] = thing.kind
    return entry | {"polygon": _rounded(mapping(thing.polygon))}


def _rounded(geometry: Any) -> Any:
    if isinstance(geometry, dict):
        return {key: _rounded(value) for key, value in geometry.items()}
    if isinstance(geometry, (list, tuple)):
        return [_rounded(value) for value in geometry]
    return round(geometry, 2) if isinstance(geometry, float) else geometry


@dataclass
class Numbers:
    """Gives each object of a place a number of its own, from 1."""

    last: int = field(default=0)

    def next(self) -> int:
        """A number that was not given before."""
        self.last += 1
        return self.last
