"""Whether new things stand where a caption says that something was."""

from __future__ import annotations

from collections.abc import Sequence

from shapely import union_all

from deltascribe.datasets.synthetic.checking.claims import Group
from deltascribe.datasets.synthetic.checking.ground import COVERS
from deltascribe.datasets.synthetic.checking.scene import Item
from deltascribe.datasets.synthetic.checking.things import RESIDENTIAL_AREA, Things
from deltascribe.datasets.synthetic.checking.traits import has_trait

SHARE = 0.5
"""Share of the new things' visible area that must lie on the former ground, or of the former things' area that must lie on their site."""
EACH = 0.05
"""Share that each of several former grounds must have."""
SITE = 5.0
"""Metres about the hull of new things that belong to their site."""


class Former:
    """What a claim says was there before: ground ("woods and grass", which add up) and things, which must be gone."""

    def __init__(self, things: Things, former: Sequence[Group]) -> None:
        self.things = things
        self.ground = [group for group in former if group.noun in COVERS]
        self.gone = [group for group in former if group.noun not in COVERS and group.noun not in ("ground", "frame")]

    def holds(self, items: Sequence[Item]) -> bool:
        """Whether a set of new things stands there."""
        whole = union_all([item.shape for item in items])
        if whole.area == 0:
            return False
        site = whole.convex_hull.buffer(SITE)
        removed: list[Item] = []
        for group in self.gone:
            here = [
                item
                for item in self._removed(group)
                if item.shape.intersection(site).area >= SHARE * item.shape.area
                or item.shape.intersection(whole).area >= SHARE * whole.area
            ]
            if not here or not _count_fits(group, len(here)):
                return False
            removed += here
        if not self.ground:
            return True
        regions = [self.things.ground.cover(group.noun, "before") for group in self.ground]
        shares = [whole.intersection(region).area / whole.area for region in regions]
        if len(regions) > 1 and min(shares) < EACH:
            return False
        sites = [item.shape.buffer(3.0) for item in removed]
        return bool(whole.intersection(union_all([*regions, *sites])).area >= SHARE * whole.area)

    def _removed(self, group: Group) -> list[Item]:
        traits = group.traits - {"new", "old"}
        return [
            item
            for item in self.things.of(group.noun, "removed")
            if all(has_trait(self.things, item, group.noun, trait, "before") for trait in traits)
        ]

    def shares_hold(self) -> bool:
        """Whether "all the trees" (less than a tenth left), "most" or "half" of what was there is gone."""
        for group in self.ground:
            before, after = self.things.ground.seen(group.noun, "before").area, self.things.ground.seen(group.noun, "after").area
            if not share_fits(group, 1 - after / before if before else 0.0):
                return False
        return True


def share_fits(group: Group, gone: float) -> bool:
    """Whether a share that is gone is what "all", "most" or "half of" says."""
    share = group.quantity.share if group.quantity else None
    least = {"all": 0.9, "most": 0.5, "half": 0.3}
    return gone >= least.get(share or "", -1.0) and not (share == "half" and gone > 0.75)


def _count_fits(group: Group, count: int) -> bool:
    if group.noun == "residential area":
        return count >= RESIDENTIAL_AREA
    if group.rows is not None:
        return count >= max(3, 2 * group.rows.low)
    if group.quantity is not None and not group.quantity.share:
        return group.quantity.allows(count)
    if group.plural:
        return count >= 2
    return count == 1 or not group.definite
