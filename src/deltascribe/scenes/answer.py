"""What a run over a pair of scenes has found: the one thing that all outputs are written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from deltascribe.scenes.alignment import Alignment
from deltascribe.scenes.dates import Span
from deltascribe.scenes.plan import ScenePlan, Tile
from deltascribe.scenes.reading import DateSource
from deltascribe.scenes.sampling import Misregistration


@dataclass(frozen=True)
class DescribedTile:
    """A tile with its answer.

    Attributes:
        tile: place.
        valid: share of its pixels known on both dates, 0..1.
        caption: sentence; None where it was skipped because too little is known.
        probability: of any change, 0..1.
        changed: whether the sentence tells of a change.
        changed_area: square metres of its pixels whose probability of change reaches the threshold.
        own_area: the same of the pixels that are nearer to its centre than to another tile's, so that tiles can be added up.
        own_ground: square metres of those pixels in all, where a probability is known.
    """

    tile: Tile
    valid: float
    caption: str | None
    probability: float
    changed: bool
    changed_area: float
    own_area: float
    own_ground: float


@dataclass(frozen=True)
class ChangeArea:
    """A connected changed area.

    Attributes:
        index: number, from 1.
        polygon: in the grid's coordinate reference system.
        area: square metres.
        probability: mean over its pixels, 0..1.
        tiles: numbers of the tiles that it touches, the one that shows most of it first.
        caption: of the first of these tiles that tells of a change, or None.
    """

    index: int
    polygon: BaseGeometry
    area: float
    probability: float
    tiles: tuple[int, ...]
    caption: str | None


@dataclass(frozen=True)
class Finding:
    """One statement about the scene.

    Attributes:
        text: sentence.
        tiles: numbers of the tiles that support it.
        area: square metres that changed in these tiles.
        place: where in the scene, such as `in the north-east`.
    """

    text: str
    tiles: tuple[int, ...]
    area: float
    place: str


@dataclass(frozen=True)
class Summary:
    """The scene in words.

    Attributes:
        headline: one sentence on the whole.
        findings: statements, the largest area first.
    """

    headline: str
    findings: tuple[Finding, ...]

    def text(self, most: int = 12) -> str:
        """One paragraph with at most so many findings, the largest first."""
        told = [finding.text for finding in self.findings[:most]]
        left = len(self.findings) - len(told)
        return " ".join((self.headline, *told, *([f"And {left} smaller finding{'s' * (left > 1)}."] if left else [])))


@dataclass(frozen=True)
class SceneAnswer:
    """Everything that was found.

    Attributes:
        name: of the pair.
        before, after: the dates.
        alignment: how they come together.
        misregistration: by how much they lie beside each other.
        plan: tiles.
        tiles: answers, by number.
        areas: changed areas, from the upper left.
        summary: in words.
        probability: GeoTIFF of the probability of change in percent, 255 unknown, on the plan's grid.
        threshold: probability from which a pixel counts as changed.
        notes: what a user should know, one sentence each.
        dates: when the before and the after scene were taken; None where that isn't known.
        provenance: model, settings, checksums of the inputs, versions; no time and no path, so that the same question gives the same.
    """

    name: str
    before: DateSource
    after: DateSource
    alignment: Alignment
    misregistration: Misregistration
    plan: ScenePlan
    tiles: tuple[DescribedTile, ...]
    areas: tuple[ChangeArea, ...]
    summary: Summary
    probability: Path
    threshold: float
    notes: tuple[str, ...] = ()
    dates: tuple[Span | None, Span | None] = (None, None)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def looked_at(self) -> float:
        """Square metres of which the probability of change is known; at most the area of the plan's grid."""
        return round(sum(entry.own_ground for entry in self.tiles), 2)
