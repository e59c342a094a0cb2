"""Finds the pair that a predicted name means: the exact name, another name of the pair, or the same file stem."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deltascribe.evaluation.reading.references import ReferenceSet
from deltascribe.evaluation.reading.troubles import shown
from deltascribe.imaging import IMAGE_SUFFIXES

_LONGEST_HINT, _MOST_HINTS = 200, 50_000


@dataclass
class Resolution:
    """Which predicted name means which pair.

    Attributes:
        predicted: name in the references to name in the predictions.
        exact, by_alias, by_stem: the names of the references that were found in each way.
        doubled: (predicted name, predicted name that was there before, name in the references).
        ambiguous: predicted name to the names in the references that it fits.
        unknown: predicted names that fit none.
    """

    predicted: dict[str, str] = field(default_factory=dict)
    exact: list[str] = field(default_factory=list)
    by_alias: list[str] = field(default_factory=list)
    by_stem: list[str] = field(default_factory=list)
    doubled: list[tuple[str, str, str]] = field(default_factory=list)
    ambiguous: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """One sentence on how the names were matched."""
        parts = [f"{len(self.exact)} exactly"] if self.exact else []
        for names, way in ((self.by_alias, "by the number of the image"), (self.by_stem, "by file stem")):
            if names:
                parts.append(f"{len(names)} {way} ({shown(self.predicted[names[0]])} = {shown(names[0])})")
        return f"Names matched: {', '.join(parts) or 'none'}."


def resolve(names: Sequence[str], references: ReferenceSet) -> Resolution:
    """Matches predicted names, each given once, with the names of the references.

    Exact names go first, then aliases, then stems: the name without its folder and its image ending. A name that can mean two pairs (as
    the number of one image and the file name of another) is ambiguous, and two names for one pair are doubled: none is chosen in silence.
    """
    result = Resolution()
    stems = _by_stem(references.references)
    for name in sorted(names, key=lambda name: name not in references.references):  # stable: exact names first, else as given
        exact, alias = name in references.references, references.aliases.get(name)
        similar = [] if exact else [known for known in stems.get(stem_of(name), []) if _same_folder(name, known)]
        fitting = list(dict.fromkeys([*([name] if exact else []), *([alias] if alias is not None else []), *similar]))
        if not fitting:
            result.unknown.append(name)
        elif len(fitting) > 1:
            result.ambiguous[name] = fitting
        elif fitting[0] in result.predicted:
            result.doubled.append((name, result.predicted[fitting[0]], fitting[0]))
        else:
            result.predicted[fitting[0]] = name
            (result.exact if exact else result.by_stem if alias is None else result.by_alias).append(fitting[0])
    return result


def hint(name: str, references: ReferenceSet, missing: Sequence[str]) -> str:
    """An unknown name with what was probably meant: the split that has it, or the closest name, best one that lacks a prediction."""
    elsewhere = next((references.elsewhere[key] for key in (name, stem_of(name)) if key in references.elsewhere), None)
    if elsewhere is not None:
        return f"{shown(name)} (is in the split {elsewhere})"
    if len(name) <= _LONGEST_HINT and len(references.references) <= _MOST_HINTS:
        closest = difflib.get_close_matches(name, missing, n=1) or difflib.get_close_matches(name, references.references, n=1)
        if closest:
            return f"{shown(name)} (closest: {shown(closest[0])})"
    return shown(name)


def stem_of(name: str) -> str:
    """The name without folders and without the ending of an image file; other dots stay, since names may hold them."""
    path = _path(name)
    return path.stem if path.suffix.lower() in IMAGE_SUFFIXES else path.name


def _path(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def _same_folder(name: str, known: str) -> bool:
    """Whether the folders agree as far as both names have them: `val/1.png` is not `test/1.png`."""
    one, other = _path(name).parts[:-1], _path(known).parts[:-1]
    shared = min(len(one), len(other))
    return one[len(one) - shared :] == other[len(other) - shared :]


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault(stem_of(name), []).append(name)
    return stems
