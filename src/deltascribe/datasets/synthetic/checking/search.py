"""Looks for a group of things that fits all that a claim says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from deltascribe.datasets.synthetic.checking.claims import Group
from deltascribe.datasets.synthetic.checking.frame_places import FramePlaces
from deltascribe.datasets.synthetic.checking.ground import COUNTED_GROUND, LEAST_AREA
from deltascribe.datasets.synthetic.checking.relations import Relations
from deltascribe.datasets.synthetic.checking.scene import Item
from deltascribe.datasets.synthetic.checking.things import RESIDENTIAL_AREA, Things
from deltascribe.datasets.synthetic.checking.traits import group_fault, has_trait

MANY_TREES = 1000.0
"""Square metres of crowns that make many trees."""
FEW = 5

Fault = tuple[str, str]
"""Kind of a complaint, and the reason."""


@dataclass
class Search:
    """One group to find.

    Attributes:
        things, places: the scene.
        group: what is said.
        removed: whether it is of what was removed.
        former: whether a set of things stands where the claim says; None if it says nothing of it.
    """

    things: Things
    places: FramePlaces
    group: Group
    removed: bool = False
    former: Callable[[Sequence[Item]], bool] | None = None
    relations: Relations = field(init=False)

    def __post_init__(self) -> None:
        self.relations = Relations(self.things, removed=self.removed)

    def fault(self, items: Sequence[Item]) -> Fault | None:
        """None if some set of these items fits; else what the best one lacks.

        The sets are closed: all items, or all that satisfy, each by itself, one or several of the stated places, relations and former
        grounds. So "one house on the left" needs exactly one new house on the left, and "one house" exactly one new house at all.
        """
        found = f"{'removed' if self.removed else 'new or standing'} {self.group.noun}"
        if not items:
            return "no such thing", f"there is no {found}"
        date = self.relations.date
        fit = [item for item in items if all(has_trait(self.things, item, self.group.noun, trait, date) for trait in self.group.traits)]
        if not fit:
            return "quality", f"no {found} is {', '.join(sorted(self.group.traits))}"
        worst: tuple[int, Fault] | None = None
        for chosen in self._sets(fit):
            result = self._fault_of(chosen)
            if result is None:
                return None
            if worst is None or result[0] > worst[0]:
                worst = result
        return worst[1] if worst else ("place", f"no {found} lies there")

    def _sets(self, items: list[Item]) -> Iterator[list[Item]]:
        everything = [*items]
        filters: list[list[list[Item]]] = []
        for spot in self.group.spots:
            parts = self.places.parts(everything, spot)
            if everything[0].label == "ground" and self.group.noun not in COUNTED_GROUND:
                parts += [self._cut(everything, sides) for sides in spot.sides]
            filters.append([everything, *parts])
        filters += [
            [everything, [item for item in everything if self.relations.holds([item], relation)]] for relation in self.group.relations
        ]
        if self.former is not None:
            filters.append([everything, [item for item in everything if self.former([item])]])
        seen: set[tuple[tuple[int, int], ...]] = set()
        for choice in product(*filters):
            chosen = self._common(everything, choice)
            key = tuple(sorted((item.id, round(item.shape.area)) for item in chosen))
            if chosen and key not in seen:
                seen.add(key)
                yield chosen

    @staticmethod
    def _common(everything: list[Item], choice: Sequence[list[Item]]) -> list[Item]:
        """Items in every one of the chosen parts; a part that was cut stands for its items."""
        chosen = {item.id: item for item in everything}
        for part in choice:
            kept = {item.id: item for item in part}
            chosen = {number: min(item, kept[number], key=lambda one: one.shape.area) for number, item in chosen.items() if number in kept}
        return list(chosen.values())

    def _cut(self, items: list[Item], sides: frozenset[str]) -> list[Item]:
        """Pieces of ground cut to the half (or quarter) of the frame that is told."""
        cut = []
        for item in items:
            inside = item.shape
            for side in sides - {"middle"}:
                inside = inside.intersection(self.places.halves[side])
            if inside.area >= 1.0:
                cut.append(Item(item.id, item.label, item.kind, inside, inside.area))
        return cut

    def _fault_of(self, items: list[Item]) -> tuple[int, Fault] | None:
        count = self._count_fault(items)
        if count:
            return 0, ("count", count)
        arrangement = group_fault(self.things, items, self.group.traits, rows=self.group.rows is not None, date=self.relations.date)
        if arrangement:
            return 1, ("arrangement", arrangement)
        for spot in self.group.spots:
            if not self.places.holds(items, spot):
                return 2, ("place", f"{self._names(items)} not {spot.word}")
        for relation in self.group.relations:
            if not self.relations.holds(items, relation):
                return 3, ("relation", f"{self._names(items)} not {relation.word}")
        if self.former is not None and not self.former(items):
            return 4, ("former ground", f"{self._names(items)} elsewhere before")
        return None

    @staticmethod
    def _names(items: Sequence[Item]) -> str:
        return f"{len(items)} {items[0].label}: " + ", ".join(str(item.id) for item in items[:6])

    def _count_fault(self, items: Sequence[Item]) -> str:
        group, quantity = self.group, self.group.quantity
        if items[0].label == "ground" and group.noun not in COUNTED_GROUND:
            return self._amount_fault(items)
        if group.noun == "residential area":
            least = RESIDENTIAL_AREA * (quantity.low if quantity and not quantity.share else 1)
            return "" if len(items) >= least else f"{len(items)} residential buildings make no such area"
        if group.rows is not None:
            least = max(3, 2 * group.rows.low)
            if len(items) < least:
                return f"{group.word!r} needs at least {least}, there are {len(items)}"
            return "" if quantity is None or quantity.allows(len(items)) else f"{quantity.word!r} is not {len(items)}"
        if quantity is not None and quantity.share:
            return ""
        if quantity is not None:
            # "a t-shaped road" is one shape, which two roads make by ending on each other; that they do, the trait tells of each
            shapes = len(items) - 1 if group.noun == "road" and "t-shaped" in group.traits and len(items) == 2 else len(items)
            return "" if quantity.allows(len(items)) or quantity.allows(shapes) else f"{quantity.word!r} is not {len(items)}"
        if group.plural:
            return "" if len(items) >= 2 or group.noun == "crossroads" else f"{group.word!r} is more than {len(items)}"
        return f"{group.word!r} is one, there are {len(items)}" if group.definite and group.plural is False and len(items) > 1 else ""

    def _amount_fault(self, items: Sequence[Item]) -> str:
        """Ground and trees are measured: 150 square metres at least; many trees 1,000; trees in exact numbers are counted."""
        quantity, trees = self.group.quantity, self.group.noun == "tree"
        if trees and quantity is not None and quantity.low == quantity.high and not quantity.share:
            return "" if quantity.allows(len(items)) else f"{quantity.word!r} is not {len(items)}"
        area = self._area(items)
        if area < LEAST_AREA:
            return f"{area:.0f} square metres are too little"
        if trees and self.group.plural is False:
            return "" if len(items) == 1 else f"one tree is not {len(items)}"
        if trees and quantity is not None and not quantity.share:
            if quantity.low >= FEW and area < MANY_TREES:
                return f"{area:.0f} square metres of crowns are not {quantity.word!r}"
            if quantity.high is not None and quantity.high <= FEW and area >= MANY_TREES:
                return f"{area:.0f} square metres of crowns are more than {quantity.word!r}"
        return ""

    def _area(self, items: Sequence[Item]) -> float:
        """Square metres that came or went; of trees all together, what the area under crowns changed by."""
        if items[0].kind != "lone tree":
            return sum(item.shape.area for item in items)
        ground = self.things.ground
        area = ground.crown_loss(items, removed=self.removed)
        everything = len(items) >= len(ground.only_trees["before" if self.removed else "after"])
        return max(area, abs(ground.crown_change())) if everything else area
