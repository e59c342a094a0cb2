"""Reads what the command line says of a comparison: which runs make which row, where they lie, and what the rows are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.reading.troubles import listed
from deltascribe.evaluation.record import PREDICTIONS, SCORES


@dataclass(frozen=True)
class Entry:
    """One row, not read yet.

    Attributes:
        label: name of the row.
        paths: the file of predictions of each of its runs.
    """

    label: str
    paths: tuple[Path, ...]


def parse_entries(entries: Sequence[str]) -> list[Entry]:
    """Finds the files of all rows and names the rows.

    A row without a name is called after its folder (or file), with as much of the path before it as sets it apart.

    Args:
        entries: each `RUN`, `NAME=RUN` or `NAME=RUN,RUN,...`; a RUN is a folder of an evaluation or a file of its predictions.

    Raises:
        ConfigError: a name is missing or taken, or a run is named twice.
        PredictionsError: there is no such run.
    """
    if not entries:
        raise ConfigError("There is nothing to compare. Give one or more evaluation folders.")
    named = [_split_entry(entry) for entry in entries]
    paths = [tuple(_find_file(place) for place in places) for _, places in named]
    files = [path.resolve() for row in paths for path in row]
    doubled = sorted({str(path) for path in files if files.count(path) > 1})
    if doubled:
        raise ConfigError(f"The same run is named more than once: {listed(doubled)}. Name each run once.")
    given = [name for name, _ in named if name is not None]
    taken = sorted({name for name in given if given.count(name) > 1})
    if taken:
        raise ConfigError(f"Two rows have the name {listed(taken)}. Name them apart: NAME=RUN.")
    labels = _label([name for name, _ in named], [row[0] for row in paths])
    return [Entry(label, row) for label, row in zip(labels, paths, strict=True)]


def _split_entry(entry: str) -> tuple[str | None, list[str]]:
    # a path may hold "=" and "," itself
    if entry and Path(entry).exists():
        return None, [entry]
    name, equals, rest = entry.partition("=")
    if not equals:
        name, rest = "", entry
    places = [rest] if rest and Path(rest).exists() else [place.strip() for place in rest.split(",") if place.strip()]
    if equals and not name.strip():
        raise ConfigError(f"'{entry}' has no name before the '='. Write NAME=RUN.")
    if not places:
        raise ConfigError(f"'{entry}' names no run. Write NAME=RUN, or NAME=RUN,RUN,RUN for several seeds.")
    if not equals and len(places) > 1:
        raise ConfigError(f"Several runs in one row need a name: NAME={entry}.")
    return name.strip() or None, places


def _find_file(place: str) -> Path:
    path = Path(place)
    if path.name == SCORES and (path.parent / PREDICTIONS).is_file():
        path = path.parent
    if path.is_dir():
        path = path / PREDICTIONS
    if not path.is_file():
        raise PredictionsError(
            f"There is no run at {place}. Give a folder that `deltascribe evaluate` or `deltascribe score -o` wrote, or its {PREDICTIONS}."
        )
    return path


def _label(names: Sequence[str | None], paths: Sequence[Path]) -> list[str]:
    """The given names, or as much of each path as sets it apart from all other rows."""
    parts = _distinct_parts(paths)
    lengths = [1] * len(parts)
    while True:
        labels = [str(Path(*part[-length:])) if name is None else name for name, part, length in zip(names, parts, lengths, strict=True)]
        counts = Counter(labels)
        growing = [row for row, label in enumerate(labels) if names[row] is None and counts[label] > 1 and lengths[row] < len(parts[row])]
        if not growing:
            break
        for row in growing:
            lengths[row] += 1
    taken = sorted(label for label, count in counts.items() if count > 1)
    if taken:
        raise ConfigError(f"Two rows have the name {listed(taken)}. Name them apart: NAME=RUN.")
    return labels


def _distinct_parts(paths: Sequence[Path]) -> list[tuple[str, ...]]:
    """The parts of each row's folder, or of its file without the suffix; with it where a folder or another file is called the same."""
    full = [path.resolve() for path in paths]
    short = [path.parent if path.name == PREDICTIONS else path.with_suffix("") for path in full]
    counts = Counter(short)
    return [(long if counts[brief] > 1 and long.name != PREDICTIONS else brief).parts for long, brief in zip(full, short, strict=True)]
