"""Decides from ground truth whether a caption is true of its pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely import union_all

from deltascribe.datasets.synthetic.checking.alterations import Alterations
from deltascribe.datasets.synthetic.checking.claims import Claim, Complaint, Group
from deltascribe.datasets.synthetic.checking.former import Former, share_fits
from deltascribe.datasets.synthetic.checking.frame_places import FramePlaces
from deltascribe.datasets.synthetic.checking.ground import COVERS, LEAST_AREA
from deltascribe.datasets.synthetic.checking.mask import shown_in
from deltascribe.datasets.synthetic.checking.parsing import parse
from deltascribe.datasets.synthetic.checking.scene import Item, Scene
from deltascribe.datasets.synthetic.checking.search import Fault, Search
from deltascribe.datasets.synthetic.checking.things import KNOWN, UNSEEN, Things

UNCHECKED: Fault = ("cannot be checked", "ground truth does not tell")
FLOODED_SHARE, COVERED_SHARE = 0.3, 0.5
FLOODED_THING = 10.0
"""Square metres of a road or building under water from which it is flooded."""


def check_caption(caption: str, truth: dict[str, Any], mask: npt.NDArray[np.uint8] | None = None) -> list[Complaint]:
    """Checks one caption against the ground truth of its pair.

    How claims are read. A noun phrase may refer to any set of the added (removed) things of its class that is closed under what is said
    of it: all of them, or all that satisfy, each by itself, one or several of the stated place, relation, quality and former ground. The
    claim is true if one such set satisfies the count, and as a group the place, the relations and the former ground. So with an exact
    count ("a", "one", "two", "the house") that many added things must be in the stated place, and without a place that many must have
    been added altogether.

    Args:
        caption: the sentence.
        truth: the JSON value of `Place.truth()`.
        mask: label mask [H, W] of LEVIR-MCI (1 building, 2 road); if given, changed buildings and paved roads that it does not show do
            not count.

    Returns:
        What is wrong with it; empty if it is accepted. Words that were not understood, and claims that ground truth cannot decide, are
        complaints too.
    """
    return Checker(truth, mask).check(caption)


class Checker:
    """Checks captions of one pair; all that is worked out about the pair is kept.

    Args:
        truth: see `check_caption`.
        mask: see `check_caption`.
    """

    def __init__(self, truth: dict[str, Any], mask: npt.NDArray[np.uint8] | None = None) -> None:
        scene = Scene(truth)
        self.scene = scene
        self.things = Things(scene, None if mask is None else shown_in(mask, scene))
        self.places = FramePlaces(scene.width, scene.height)
        self.alterations = Alterations(self.things)

    def check(self, caption: str) -> list[Complaint]:
        """Complaints about a caption; empty if it is accepted."""
        complaints = []
        for claim in parse(caption):
            if claim.unknown:
                complaints.append(Complaint("not understood", claim, ", ".join(claim.unknown)))
            elif (fault := self._fault(claim)) is not None:
                complaints.append(Complaint(fault[0], claim, fault[1]))
        return complaints

    def _fault(self, claim: Claim) -> Fault | None:
        if claim.event == "none":
            return None if self.alterations.nothing() else ("change", "something changed")
        group = claim.thing
        if group is None or claim.event == "unclear" or _uncheckable(group):
            return UNCHECKED
        if group.noun not in KNOWN | {"ground"}:
            return "no such thing", f"there is no {group.noun.removeprefix('other:')} in a made-up place"
        if any(_uncheckable(former) for former in claim.former):
            return UNCHECKED
        judge: dict[str, Callable[[Claim, Group], Fault | None]] = {
            "appear": self._appear,
            "more": self._appear,
            "vanish": self._vanish,
            "fewer": self._vanish,
            "replace": self._replace,
            "flood": self._flood,
            "stand": self._stand,
        }
        return judge.get(claim.event, self._altered)(claim, group)

    def _search(self, group: Group, *, removed: bool = False, former: Former | None = None) -> Search:
        return Search(self.things, self.places, group, removed, former.holds if former is not None else None)

    def _appear(self, claim: Claim, group: Group) -> Fault | None:
        if group.noun == "ground":
            return UNCHECKED
        if "old" in group.traits:
            return "quality", "what is new is not old"
        return self._search(group).fault(self.things.of(group.noun, "added"))

    def _vanish(self, claim: Claim, group: Group) -> Fault | None:
        if group.noun == "ground":
            group = Group("vegetation", spots=group.spots, relations=group.relations, word=group.word)  # "the land has been cleared"
        if "new" in group.traits:
            return "quality", "what is gone was not new"
        gone = self.things.of(group.noun, "removed")
        if gone and not self._share_fits(group, gone):
            return "count", f"not {group.word}"
        return self._search(group, removed=True).fault(gone)

    def _share_fits(self, group: Group, gone: list[Item]) -> bool:
        """Whether "all", "most", "half of" what was there is gone."""
        if group.noun in COVERS:
            return Former(self.things, (group,)).shares_hold()
        before = self.things.of(group.noun, "before")
        return share_fits(group, len(gone) / len(before) if before else 0.0)

    def _replace(self, claim: Claim, group: Group) -> Fault | None:
        former = Former(self.things, claim.former)
        if group.noun == "ground" or any(part.noun not in KNOWN | {"ground", "frame"} for part in claim.former):
            return UNCHECKED if group.noun == "ground" else ("former ground", "nothing like that was there")
        if not former.shares_hold():
            return "count", "another share of it is gone"
        if group.noun in ("water", "flood", "mud") and any(part.noun not in COVERS for part in claim.former):
            return self._flood(claim, group)
        return self._search(group, former=former).fault(self.things.of(group.noun, "added"))

    def _stand(self, claim: Claim, group: Group) -> Fault | None:
        if group.noun == "ground":
            return None
        return self._search(group).fault(self.things.of(group.noun, "after"))

    def _altered(self, claim: Claim, group: Group) -> Fault | None:
        items = self.alterations.of(claim.event, group.noun)
        if items is None:
            return UNCHECKED
        kept = Group(
            group.noun,
            group.plural,
            group.quantity,
            group.traits - {"dirt", "narrow", "old", "new"},
            None,
            group.definite,
            group.spots,
            group.relations,
            group.word,
        )
        if claim.event not in ("widen", "extend", "rebuild", "pave", "shrink"):
            kept = Group(
                group.noun, None, None, group.traits - {"new", "old", "large"}, None, False, group.spots, group.relations, group.word
            )
        fault = self._search(kept).fault(items)
        return ("verb", f"no {group.noun} was changed so") if fault and fault[0] == "no such thing" else fault

    def _flood(self, claim: Claim, group: Group) -> Fault | None:
        """Water where none was: on a third of the ground that is told or over half of it, or on part of a road or building."""
        water = self.things.ground.change("water", gained=True).union(self.things.ground.change("mud", gained=True))
        if water.area < LEAST_AREA:
            return "verb", "nothing was flooded"
        for spot in (spot for part in claim.former for spot in part.spots):
            if not self.places.holds([Item(-1, "ground", "water", water)], spot):
                return "place", f"the water is not {spot.word}"
        for part in claim.former:
            if part.noun in ("ground", "frame"):
                whole = part.quantity is not None and part.quantity.share == "all"
                if whole and water.area < 0.9 * self.scene.frame.area:
                    return "count", "not all of it is flooded"
            elif part.noun in COVERS:
                region = self.things.ground.cover(part.noun, "before")
                under = region.intersection(water).area
                if not under or (under < FLOODED_SHARE * water.area and under < COVERED_SHARE * region.area):
                    return "former ground", f"the water does not lie on {part.word}"
            else:
                stood = union_all([item.shape for item in self.things.of(part.noun, "before")])
                if stood.intersection(water).area < FLOODED_THING:
                    return "former ground", f"the water does not reach {part.word}"
        return None


def _uncheckable(group: Group) -> bool:
    """Whether a phrase tells of colours, cars and the like."""
    return group.noun in UNSEEN or any(trait.startswith("look:") for trait in group.traits)
