"""Things of one sort that a sentence may speak of together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Things of one sort that came, or that went.

    Attributes:
        kind: of buildings "villa", "house", "home" (villas and houses), "hall" (large warehouses), "large" (large buildings) or
            "building" (any); else "road", "dirt", "parking", "pool", "track", "court", "site"
            (playgrounds of both kinds), "lake", "pond", "mud" or "junction".
        least, most: how many are visible; they differ if one lies at the bound.
        places: some of "left", "right", "top", "bottom", "center".
        ground: what at least half of their visible area, and of all that is new, lay on before: names of `ground_facts.FAMILIES`.
        traits: further names of what holds, such as "roadside" (see `arrangement.Arrangement` and `looking`).
    """

    kind: str
    least: int
    most: int
    places: frozenset[str] = frozenset()
    ground: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()
