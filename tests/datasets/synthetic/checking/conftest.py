"""Hand-made ground truths, in the JSON form that places write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from shapely import LineString, box
from shapely.geometry import mapping

BOTH, BEFORE, AFTER = ("before", "after"), ("before",), ("after",)


class MadePair:
    """Builds the truth of a pair of 128 x 128 m, thing by thing; `dates` tells when each stands."""

    def __init__(self, ground: str = "bare", size: float = 128.0) -> None:
        self.size = size
        self.objects: list[dict[str, Any]] = []
        self.trees: dict[str, list[list[float]]] = {"before": [], "after": []}
        self.cover(ground, 0, 0, size, size)

    def _add(self, label: str, shape: Any, dates: Sequence[str], **more: Any) -> None:
        entry = {"id": len(self.objects) + 1, "class": label, "polygon": mapping(shape), "dates": list(dates)}
        self.objects.append(entry | more)

    def cover(self, kind: str, x0: float, y0: float, x1: float, y1: float, dates: Sequence[str] = BOTH) -> MadePair:
        """A rectangle of ground, on top of those before it."""
        self._add("cover", box(x0, y0, x1, y1), dates, kind=kind)
        return self

    def building(
        self, x: float, y: float, kind: str = "house", width: float = 10.0, height: float = 8.0, dates: Sequence[str] = AFTER
    ) -> MadePair:
        """A building about a centre."""
        self._add("building", box(x - width / 2, y - height / 2, x + width / 2, y + height / 2), dates, kind=kind)
        return self

    def houses(self, *centres: tuple[float, float], dates: Sequence[str] = AFTER) -> MadePair:
        """Small houses."""
        for x, y in centres:
            self.building(x, y, dates=dates)
        return self

    def road(self, *points: tuple[float, float], width: float = 6.0, kind: str = "paved", dates: Sequence[str] = BOTH) -> MadePair:
        """A road along a line."""
        line = LineString(points)
        self._add("road", line.buffer(width / 2, cap_style="flat"), dates, kind=kind, width_m=width, line=mapping(line))
        return self

    def thing(self, label: str, x0: float, y0: float, x1: float, y1: float, dates: Sequence[str] = AFTER, **more: Any) -> MadePair:
        """A rectangular parking lot, pool or playground."""
        self._add(label, box(x0, y0, x1, y1), dates, **more)
        return self

    def wood(self, x0: float, y0: float, x1: float, y1: float, dates: Sequence[str] = BOTH, radius: float = 3.0) -> MadePair:
        """Trees on a grid, crown by crown."""
        step = 2 * radius
        for date in dates:
            columns, rows = int((x1 - x0) / step), int((y1 - y0) / step)
            self.trees[date] += [[x0 + radius + i * step, y0 + radius + j * step, radius] for i in range(columns) for j in range(rows)]
        return self

    def truth(self) -> dict[str, Any]:
        """The JSON value."""
        changed = any(len(entry["dates"]) == 1 for entry in self.objects) or self.trees["before"] != self.trees["after"]
        return {
            "width_m": self.size,
            "height_m": self.size,
            "changed": changed,
            "events": [],
            "objects": self.objects,
            "trees": self.trees,
        }


@pytest.fixture
def made() -> type[MadePair]:
    """The builder of hand-made truths."""
    return MadePair
