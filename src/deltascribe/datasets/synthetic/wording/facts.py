"""What is true of a place: from the geometry of its two layouts to facts that a sentence may state.

The terms, on which captions and whoever checks them agree:

* Visible: a thing counts if at least 25 % of its footprint or 40 m2 lie inside the frame; a road, if 20 m of its centre line do.
* Thirds: x in [0, W/3) is left, [W/3, 2W/3] middle, (2W/3, W] right; y likewise top, middle, bottom. A group is "on the left" if the
  centroid of its visible area lies in the left third and at least 80 % of that area in the left half; right, top, bottom likewise; "in
  the top left corner" if both conditions hold; "in the middle" or "center" if the centroid lies in the middle third of both axes.
* Counts: a, an, one, single = 1; two or a pair = 2, and so on, exactly; a few = 2 to 5; some, several = 2 to 12; many, lots = 5 or
  more; dozens = 12 or more; a plural without a number = 2 or more; a row = 3 or more in a row.
* Along, beside, near the road: at least 60 % of a group's buildings have their nearest point within 25 m of a road (paved or dirt)
  that stands after the change. On both sides: that, and at least two, or 30 % if that is more, on each side of one such road.
* Replaced woods, trees: at least 50 % of the visible area of what is new lay on woods cover or under crowns before. Likewise bareland
  (bare soil, mud, desert; also "open space"), grass (also "open space"), field, water.
* Trees are removed: the area under crowns inside the frame fell by at least 150 m2 and 10 %; many trees: by 1,000 m2. Planted: rose so.
* Villa = a villa; house, residential house = a villa or house; building = any named building (no shed); large building, factory,
  warehouse = a warehouse or block with a footprint of 600 m2 or more; residential area = six residential buildings or more.
* In the woods, among the trees: it replaced woods, and woods or crowns still take half of the 12 m about it.
* In the residential area: at least 60 % of the new buildings lie within 40 m of six or more homes that stand on both dates; near the
  existing houses: within 18 m of one. More, another: such a building stood there before and still does.
* At the crossroad, at the end of the road: at least 60 % of the buildings lie within 30 m of one crossing, or of one dead end.
* Ground becomes other ground: 300 m2 and 5 % of the frame did where nothing is built, most of what is new of its kind, and at least a
  tenth of what was there. A pond: a lake of less than 1,500 m2.
* A road is widened if its centre line stays within 2 m and its width grows by 1.5 m or more. Straight: chord over length above 0.98;
  curved: below 0.97. Crossroad: two roads cross inside the frame, one of them new. T-shaped: one ends on another.

Where another way to measure might disagree, a fact is only stated with some distance to its bound; a count that hangs on a thing at
the very bound is kept as a range, and words are used that hold for all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deltascribe.datasets.synthetic.wording.ground_facts import TreeChange, Turned
from deltascribe.datasets.synthetic.wording.group import Group
from deltascribe.datasets.synthetic.wording.water_facts import WaterChange

NO_TREES = TreeChange(0.0, 0.0, 1.0, frozenset())


@dataclass(frozen=True)
class Facts:
    """What a caption may tell of a place.

    Attributes:
        buildings: new ones; where there are several sorts, first all together, then those with a word of their own.
        demolished: buildings that went, likewise.
        roads, lost_roads: new roads that follow no earlier one; roads that nothing follows.
        changed_roads: roads that were widened, paved or extended.
        junction: the surroundings of crossings and of ends of roads on others, of which one is new.
        parking, pool, playground: new ones.
        lost_parking, lost_pool, lost_playground: those that went.
        road_traits: of "widened", "paved", "extended" (one road each; with an "s" if several), "crossroad", "crossroads", "tee", "joined".
        mud: ground that flood mud covers now.
        wooded: share of the frame that was woods or under crowns before.
        woods_fell, woods_grew: whether that area fell or rose by 150 m2 and 10 %.
        trees_lost, trees_gained: see `TreeChange`.
        turned: ground that became other ground, largest first; woods only if trees or woods fell or rose by 10 % too.
        water: lakes and ponds.
        ground: what at least half of all that is new lay on before.
        in_its_place: what covers at least half of where demolished buildings stood: "building", "road", "parking", or a kind of ground.
        turned_in_its_place: the kinds of ground among these that were not there before, under the buildings.
    """

    buildings: tuple[Group, ...] = ()
    demolished: tuple[Group, ...] = ()
    roads: Group | None = None
    lost_roads: Group | None = None
    changed_roads: Group | None = None
    junction: Group | None = None
    parking: Group | None = None
    pool: Group | None = None
    playground: Group | None = None
    lost_parking: Group | None = None
    lost_pool: Group | None = None
    lost_playground: Group | None = None
    road_traits: frozenset[str] = frozenset()
    mud: Group | None = None
    wooded: float = 0.0
    woods_fell: bool = False
    woods_grew: bool = False
    trees_lost: TreeChange = NO_TREES
    trees_gained: TreeChange = NO_TREES
    turned: tuple[Turned, ...] = ()
    water: WaterChange = field(default_factory=WaterChange)
    ground: frozenset[str] = frozenset()
    in_its_place: frozenset[str] = frozenset()
    turned_in_its_place: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: what happened is too small, or out of sight."""
        things = (self.roads, self.lost_roads, self.parking, self.pool, self.playground, self.mud, self.lost_parking, self.lost_pool)
        water = self.water.new or self.water.gone or self.water.grown or self.water.shrunk or self.water.flooded
        kept = self.road_traits & {"widened", "wideneds", "paved", "paveds", "extended", "extendeds"}
        some = any(things) or self.lost_playground or self.buildings or self.demolished or kept or self.turned
        return not (some or water or self.trees_lost.some or self.trees_gained.some)
