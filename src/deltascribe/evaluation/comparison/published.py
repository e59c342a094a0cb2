"""Published figures, to stand beside one's own: only where they are of the same pairs, and marked by protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from deltascribe.errors import ConfigError
from deltascribe.metrics import Mode

NONE = "none"


@dataclass(frozen=True)
class PublishedRow:
    """One method.

    Attributes:
        method: its name.
        year: of the paper.
        marks: protocol first, then what else sets it apart.
        scores: by key of `METRICS` as printed, x100.
    """

    method: str
    year: int
    marks: tuple[str, ...]
    scores: dict[str, float]

    @property
    def label(self) -> str:
        """Name with year and marks."""
        return f"{self.method} {self.year} [{', '.join(self.marks)}]"


@dataclass(frozen=True)
class PublishedSet:
    """The published figures of one split.

    Attributes:
        key: name on the command line.
        title: name for readers.
        pairs: size of the split.
        changed: how many of its pairs changed; None where that isn't known.
        names: pattern of the names of its pairs; None where there is none.
        formats: readers of this data set.
        mode: of the figures.
        note: what the marks mean.
        rows: the methods.
    """

    key: str
    title: str
    pairs: int
    changed: int | None
    names: re.Pattern[str] | None
    formats: tuple[str, ...]
    mode: Mode
    note: str
    rows: tuple[PublishedRow, ...]

    def covers(self, names: Sequence[str], changed: Sequence[bool], data: dict[str, Any]) -> bool:
        """Whether these pairs are all of that split, as far as can be told.

        Args:
            names: of the evaluated pairs.
            changed: whether each changed.
            data: what the evaluation's record says of its data set.
        """
        if data.get("machine_source"):  # the papers score against what people wrote
            return False
        if len(names) != self.pairs or (self.changed is not None and sum(changed) != self.changed):
            return False
        if self.names is not None and all(self.names.fullmatch(name) for name in names):
            return True
        return data.get("format") in self.formats and data.get("split") == "test"


@lru_cache(1)
def published_sets() -> dict[str, PublishedSet]:
    """All sets that come with the package."""
    text = (files("deltascribe.evaluation.comparison") / "published.yaml").read_text(encoding="utf-8")
    return {key: _parse(key, value) for key, value in yaml.safe_load(text).items()}


def find_published(name: str) -> PublishedSet:
    """One set by its name.

    Raises:
        ConfigError: there is no such set.
    """
    sets = published_sets()
    if name not in sets:
        raise ConfigError(f"There are no published figures of '{name}'. Choose one of: {', '.join([*sets, NONE])}.")
    return sets[name]


def _parse(key: str, value: dict[str, Any]) -> PublishedSet:
    rows = tuple(PublishedRow(row["method"], row["year"], tuple(row["marks"]), row["scores"]) for row in value["rows"])
    pattern = re.compile(value["names"]) if "names" in value else None
    formats = tuple(value["formats"])
    return PublishedSet(
        key, value["title"], value["pairs"], value.get("changed"), pattern, formats, value["mode"], value["note"].strip(), rows
    )
