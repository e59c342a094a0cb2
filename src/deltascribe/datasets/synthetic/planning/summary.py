"""Counts what places hold, to see whether the planner does what its weights say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from deltascribe.datasets.synthetic.planning.planner import plan_place


def summarise_places(count: int, seed: int = 0, *, weights: Mapping[str, float] | None = None, size: float = 128.0) -> dict[str, Any]:
    """Plans places and counts.

    Args:
        count: how many, at least 1.
        seed: of all of them.
        weights: see `plan_place`.
        size: of their sides in metres.

    Returns:
        `places`, `changed` (share), `events` (how many places have each kind), `objects` (mean of the second date, by class) and
        `buildings_added` (mean over changed places).
    """
    events: Counter[str] = Counter()
    objects: Counter[str] = Counter()
    changed = built = 0
    for index in range(count):
        place = plan_place(seed, index, width=size, height=size, weights=weights)
        changed += place.changed
        events.update({event.kind for event in place.events})
        objects.update(type(thing).__name__.lower() for thing in place.after.things())
        objects["tree"] += len(place.after.trees)
        objects["car"] += len(place.after.cars)
        built += sum(type(thing).__name__ == "Building" for thing in place.added())
    return {
        "places": count,
        "changed": changed / count,
        "events": dict(events.most_common()),
        "objects": {name: total / count for name, total in objects.most_common()},
        "buildings_added": built / max(changed, 1),
    }
