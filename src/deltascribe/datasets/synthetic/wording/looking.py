"""Looks at a place and gathers its facts: groups of like things, with where and how they stand and what was there before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import shapely

from deltascribe.datasets.synthetic.wording import ground_facts as land
from deltascribe.datasets.synthetic.wording.arrangement import arrange
from deltascribe.datasets.synthetic.wording.facts import Facts
from deltascribe.datasets.synthetic.wording.frame import Frame, Mask, Seen, as_array
from deltascribe.datasets.synthetic.wording.group import Group
from deltascribe.datasets.synthetic.wording.road_facts import Junctions, RoadChanges, find_junctions, shape, sort_roads, spans
from deltascribe.datasets.synthetic.wording.water_facts import water_change
from deltascribe.datasets.synthetic.world import Building, Place, Playground, Road

LARGE = 600.0
"""Footprint in square metres of a large building."""
_SMALL = 100.0
_HALF = 0.52
_WITH_PARKING, _WITH_POOL = 25.0, 20.0
_NEAR, _AREA_REACH, _AREA = 18.0, 40.0, 6
_RING, _WOODED = 12.0, 0.5
_EDGE = 8.0
_JUNCTION = 8.0


def describe_facts(place: Place) -> Facts:
    """Everything that a caption may tell of a place; see `facts` for the terms."""
    return _Looking(place).facts()


class _Looking:
    """One look at one place: masks and roads that several facts need are made once."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.frame = Frame(place.width, place.height)
        self.before = land.draw_maps(place.before, self.frame)
        self.after = land.draw_maps(place.after, self.frame)
        self.roads: RoadChanges = sort_roads(place, self.frame)
        self.junctions: Junctions = find_junctions(self.roads, self.frame)
        known, kept = ({thing.id for thing in layout.things()} for layout in (place.before, place.after))
        self.came: Callable[[Any], bool] = lambda thing: thing.id not in known
        self.went: Callable[[Any], bool] = lambda thing: thing.id not in kept
        self.standing = [house for house in place.after.buildings if house.id in known and house.kind != "shed"]
        after = place.after
        things: list[Any] = [*after.buildings, *self.roads.new, *after.parkings, *after.pools, *after.playgrounds]
        new = self.frame.mask([thing.polygon for thing in things if self.came(thing)])
        self.ground = self._ground(new)

    def facts(self) -> Facts:
        before, after = self.place.before, self.place.after
        built = [house for house in after.buildings if self.came(house) and house.kind != "shed"]
        razed = [house for house in before.buildings if self.went(house) and house.kind != "shed"]
        lost = land.trees_lost(self.place, self.before, self.after, self.frame)
        gained = land.trees_gained(self.place, self.before, self.after, self.frame)
        fell = land.fell(self.before.wooded(), self.after.wooded(), self.frame)
        grew = land.fell(self.after.wooded(), self.before.wooded(), self.frame)
        turned = land.turned_ground(self.before, self.after, self.frame)
        woods = {"was": fell or lost.some, "now": grew or gained.some}
        return Facts(
            buildings=self._views(built, self._built_traits),
            demolished=self._views(razed, self._lost_traits),
            roads=self._road_group(self.roads.new),
            lost_roads=self._road_group(self.roads.lost),
            changed_roads=self._road_group([*self.roads.widened, *self.roads.paved, *self.roads.extended]),
            junction=self._junction(),
            parking=self._sites([lot for lot in after.parkings if self.came(lot)], "parking"),
            pool=self._sites([pool for pool in after.pools if self.came(pool)], "pool"),
            playground=self._sites([ground for ground in after.playgrounds if self.came(ground)], "site"),
            lost_parking=self._sites([lot for lot in before.parkings if self.went(lot)], "parking"),
            lost_pool=self._sites([pool for pool in before.pools if self.went(pool)], "pool"),
            lost_playground=self._sites([ground for ground in before.playgrounds if self.went(ground)], "site"),
            road_traits=self._road_traits(),
            mud=self._mud(),
            wooded=float(self.before.wooded().mean()),
            woods_fell=fell,
            woods_grew=grew,
            trees_lost=lost,
            trees_gained=gained,
            turned=tuple(one for one in turned if (woods["was"] or one.was != "woods") and (woods["now"] or one.now != "woods")),
            water=water_change(self.before, self.after, self.frame),
            ground=self.ground,
            in_its_place=self._in_its_place(razed, turned=False),
            turned_in_its_place=self._in_its_place(razed, turned=True),
        )

    def _ground(self, mask: Mask) -> frozenset[str]:
        return frozenset(name for name, share in land.ground_under(mask, self.before).items() if share >= _HALF)

    def _views(self, buildings: list[Building], traits: Callable[[Seen, list[Building]], set[str]]) -> tuple[Group, ...]:
        """All buildings as one group, and where there are several sorts those with a word of their own."""
        homes = [house for house in buildings if house.kind in ("villa", "house")]
        large = [house for house in buildings if house not in homes and house.polygon.area >= LARGE]
        large = [] if any(_doubtful(house) for house in buildings) else large
        views = [self._building_group(buildings, traits, only=True)]
        for some in (homes, large):
            if some and len(some) < len(buildings):
                views.append(self._building_group(some, traits, only=False))
        return tuple(view for view in views if view)

    def _building_group(self, buildings: list[Building], traits: Callable[[Seen, list[Building]], set[str]], *, only: bool) -> Group | None:
        seen = self.frame.see([house.polygon for house in buildings])
        order = np.argsort(~seen.sure, kind="stable")
        seen = self.frame.see(seen.whole[order[: int(seen.maybe.sum())]])
        if not seen.sure.any():
            return None
        shown = [buildings[number] for number in order[: len(seen.whole)]]
        names = traits(seen, shown) | ({"only"} if only else set())
        if max(house.polygon.area for house in shown) <= _SMALL:
            names.add("small")
        if all(self.frame.box.exterior.distance(part) <= _EDGE for part in seen.parts) and len(shown) <= 3:
            names.add("edge")
        ground = self._ground(self.frame.mask(seen.parts)) & self.ground
        return Group(_kind(shown), int(seen.sure.sum()), len(shown), self._places(seen), ground, frozenset(names))

    def _places(self, seen: Seen) -> frozenset[str]:
        """Where a group lies, with and without what is too small to count."""
        return self.frame.places(seen.parts) & self.frame.places(seen.parts[seen.counted])

    def _built_traits(self, seen: Seen, buildings: list[Building]) -> set[str]:
        sure, roads = int(seen.sure.sum()), self.roads.standing
        crossings = as_array([*self.junctions.crossings])
        stand = arrange(seen.whole, sure, roads, crossings, self.frame)
        names = set(stand.names) | self._along([roads[number] for number in stand.along])
        names |= self._neighbours(seen, buildings)
        if self._in_woods(self.frame.mask(seen.parts)):
            names.add("in_woods")
        after = self.place.after
        for name, sites, reach in (("with_parking", after.parkings, _WITH_PARKING), ("with_pool", after.pools, _WITH_POOL)):
            new = self.frame.see([site.polygon for site in sites if self.came(site)])
            lots = new.parts[new.sure]
            if len(lots) and (shapely.distance(seen.parts[:, None], lots[None]).min(1) <= reach).all():
                names.add(name)
        return names

    def _along(self, roads: Sequence[Road]) -> set[str]:
        if not roads:
            return set()
        new = {road.id for road in self.roads.new}
        kept = {road.id for road in self.place.before.roads} - {road.id for road in self.roads.widened + self.roads.paved}
        names = {"along_one"} if len(roads) == 1 else set()
        fresh = [road.id in new for road in roads]
        if all(fresh):
            names.add("along_new")
            names |= {"along_all"} if len(roads) == len(new) or (len(new) > 2 and len(roads) > 1) else set()
        elif all(road.id in kept for road in roads):
            names.add("along_old")
        if len(roads) == 1 and shape(roads[0], self.frame) == "curved":
            names.add("along_curved")
        return names | ({"along_dirt"} if all(not road.paved for road in roads) else set())

    def _neighbours(self, seen: Seen, buildings: list[Building]) -> set[str]:
        """How new buildings lie to those that stood there on both dates."""
        old = self.frame.see([house.polygon for house in self.standing])
        shown = [house for house, counts in zip(self.standing, old.sure, strict=True) if counts]
        homes = [house for house in shown if house.kind in ("villa", "house")]
        names: set[str] = set()
        if not shown:
            return names
        if homes if _kind(buildings) in ("villa", "house", "home") else len(homes) < len(shown):
            names.add("more")
        reach = _distance(seen, shown)
        if (reach <= _NEAR).mean() >= 0.6:
            names |= {"near_old"} | ({"near_one"} if len(shown) == 1 else set())
            if len(homes) == len(shown):
                names.add("near_homes")
        if len(homes) >= _AREA and (_distance(seen, homes) <= _AREA_REACH).mean() >= 0.6:
            names.add("in_area")
        return names

    def _lost_traits(self, seen: Seen, buildings: list[Building]) -> set[str]:
        ring = self._ring(self.frame.mask(seen.parts)) & ~self.before.built
        wooded = (self.before.wooded() & ring).sum() >= _WOODED * max(ring.sum(), 1)
        names = {"in_woods"} if wooded else set()
        left = self.frame.see([house.polygon for house in self.standing])
        return names if left.maybe.any() or seen.sure.sum() < 2 else names | {"all"}

    def _in_woods(self, mask: Mask) -> bool:
        """Whether what is new took the place of woods, and woods still lie about it."""
        ring = self._ring(mask) & ~self.after.built
        wooded = float((self.after.wooded() & ring).sum()) >= _WOODED * max(int(ring.sum()), 1)
        return wooded and "woods" in self._ground(mask) and "woods" in self.ground

    def _ring(self, mask: Mask) -> Mask:
        reach = 2 * round(_RING / self.frame.cell) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        return cv2.dilate(mask.astype(np.uint8), disc).astype(bool) & ~mask

    def _road_group(self, roads: Sequence[Road]) -> Group | None:
        if not roads:
            return None
        seen = self.frame.see([road.polygon for road in roads])
        shapes = {shape(road, self.frame) for road in roads}
        names = {name for name in ("straight", "curved") if shapes == {name}}
        names |= {"across"} if all(spans(road, self.frame) for road in roads) else set()
        mask = self.frame.mask(seen.parts)
        names |= {"in_woods"} if self._in_woods(mask) else set()
        old = [road for road in self.place.before.roads if not self.went(road)]
        names |= {"more"} if self.frame.see([road.polygon for road in old]).sure.any() else set()
        names |= {"unsure"} if self.roads.unsure else set()
        kind = "dirt" if all(not road.paved for road in roads) else "road"
        return Group(kind, len(roads), len(roads), self.frame.places(seen.parts), self._ground(mask) & self.ground, frozenset(names))

    def _road_traits(self) -> frozenset[str]:
        names = set()
        for name, roads in (("widened", self.roads.widened), ("paved", self.roads.paved), ("extended", self.roads.extended)):
            if roads:
                names.add(name if len(roads) == 1 else f"{name}s")
        meet = self.junctions
        crosses = meet.crosses_new + meet.crosses_old
        if crosses:
            names.add("crossroad" if crosses == 1 else "crossroads")
            names |= {"crossing_new"} if meet.crosses_new else set()
        if meet.tees_new == 1:
            names.add("tee")
        if meet.tees_old:
            names.add("joined")
        return frozenset(names)

    def _junction(self) -> Group | None:
        points = as_array([*self.junctions.crossings, *self.junctions.tees])
        if not len(points):
            return None
        parts = shapely.intersection(shapely.buffer(points, _JUNCTION), self.frame.box)
        grounds = [self._ground(self.frame.mask([part])) for part in parts]
        places = [self.frame.places(parts[number : number + 1]) for number in range(len(parts))]
        ground = frozenset.intersection(*grounds) & self.ground
        return Group("junction", len(points), len(points), frozenset.intersection(*places), ground)

    def _mud(self) -> Group | None:
        mask = self.after.is_kind("mud") & ~self.before.is_kind("mud") & ~self.after.built
        if not land.enough(mask, self.frame):
            return None
        return Group("mud", 1, 1, self.frame.places_of_mask(mask), self._ground(mask))

    def _sites(self, sites: Sequence[Any], kind: str) -> Group | None:
        seen = self.frame.see([site.polygon for site in sites])
        if not seen.sure.any():
            return None
        shown = [site for site, maybe in zip(sites, seen.maybe, strict=True) if maybe]
        kinds = {site.kind for site in shown if isinstance(site, Playground)}
        kind = kinds.pop() if len(kinds) == 1 else kind
        ground = self._ground(self.frame.mask(seen.parts[seen.maybe])) & self.ground
        return Group(kind, int(seen.sure.sum()), len(shown), self._places(seen), ground)

    def _in_its_place(self, razed: Sequence[Building], *, turned: bool) -> frozenset[str]:
        """What covers half of where buildings stood; with `turned`, only ground that was not there before, under them."""
        seen = self.frame.see([house.polygon for house in razed])
        where = self.frame.mask(seen.parts[seen.maybe])
        cells = where.sum()
        if not cells:
            return frozenset()
        now = {name: self.after.is_kind(name) & ~self.after.built for name in ("bare", "grass")}
        was = {"bare": self.before.is_kind("bare"), "grass": self.before.is_kind("grass") | self.before.is_kind("lawn")}
        if turned:
            now = {name: mask & ~was[name] for name, mask in now.items() if land.grew(was[name], mask, self.frame)}
        else:
            new = [house.polygon for house in self.place.after.buildings if self.came(house) and house.kind != "shed"]
            now["building"] = self.frame.mask(new)
            now["road"] = self.frame.mask([road.polygon for road in self.roads.new])
            now["parking"] = self.frame.mask([lot.polygon for lot in self.place.after.parkings if self.came(lot)])
        return frozenset(name for name, mask in now.items() if (mask & where).sum() >= _HALF * cells)


def _kind(buildings: Sequence[Building]) -> str:
    """The narrowest word that holds for every building; see `Group.kind`."""
    kinds = {house.kind for house in buildings}
    if kinds <= {"villa", "house"}:
        return kinds.pop() if len(kinds) == 1 else "home"
    if kinds <= {"block", "warehouse"} and all(house.polygon.area >= LARGE and not _doubtful(house) for house in buildings):
        return "hall" if kinds == {"warehouse"} else "large"
    return "building"


def _distance(seen: Seen, others: Sequence[Building]) -> Any:
    """Metres from each of the things to the nearest of other buildings [n]."""
    return shapely.distance(seen.whole[:, None], as_array([house.polygon for house in others])[None]).min(1)


def _doubtful(house: Building) -> bool:
    """Whether it is open to doubt if a building is large: it is at the bound, or a hall too small for one."""
    area = house.polygon.area
    return area < 1.01 * LARGE and (house.kind == "warehouse" or (house.kind == "block" and area > 0.99 * LARGE))
