"""Puts predictions and references side by side, or tells all that keeps them from being scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.reading.names import Resolution, hint, resolve
from deltascribe.evaluation.reading.predictions import ParsedPredictions, PredictedCaption, parse_predicted
from deltascribe.evaluation.reading.references import ReferenceSet
from deltascribe.evaluation.reading.troubles import SHOWN, Kind, listed, shown
from deltascribe.text import tokenize


@dataclass(frozen=True)
class MatchedSet:
    """Pairs ready to be scored, all lists in the order of the references.

    Attributes:
        names: names as the references have them.
        hypotheses: predicted captions; "" where the model said nothing.
        references: sentences of each pair.
        changed: whether each pair changed.
        predicted_changed: the model's change flags; None unless every pair has one.
        change_probabilities: probabilities in 0..1; None unless every pair has one.
        notes: what a reader of the scores must know: how the names were matched, what was left out, how many captions are empty.
    """

    names: list[str]
    hypotheses: list[str]
    references: list[tuple[str, ...]]
    changed: list[bool]
    predicted_changed: list[bool] | None
    change_probabilities: list[float] | None
    notes: list[str] = field(default_factory=list)


def match(predicted: Sequence[PredictedCaption], references: ReferenceSet, *, allow_missing: bool = False) -> MatchedSet:
    """Matches predictions with references by name; see `resolve` for the rule.

    Args:
        predicted: one prediction a pair.
        references: the pairs to be scored.
        allow_missing: leave out the pairs that only one side has, and say so in `notes`, instead of raising.

    Raises:
        PredictionsError: pairs are missing, doubled, unknown or ambiguous, or no pair is shared: all of it is listed.
    """
    parsed = ParsedPredictions({})
    for entry in predicted:
        if entry.name in parsed.captions:
            parsed.troubles.add(Kind.DOUBLED, shown(entry.name))
        parsed.captions.setdefault(entry.name, entry)
    return _match(parsed, references, allow_missing, "The set of predictions")


def match_file(path: Path, references: ReferenceSet, *, allow_missing: bool = False) -> MatchedSet:
    """Reads predictions and matches them; unlike `read_predicted` and `match` in turn, one error lists the troubles of both.

    Raises:
        PredictionsError: see `read_predicted` and `match`.
    """
    parsed = parse_predicted(path)
    return _match(parsed, references, allow_missing, parsed.describe(path))


def _match(parsed: ParsedPredictions, references: ReferenceSet, allow_missing: bool, what: str) -> MatchedSet:
    # names of faulty entries take part, so that a pair with a fault isn't told to be missing too
    found = resolve([*parsed.captions, *parsed.faulty], references)
    missing = [name for name in references.references if name not in found.predicted]
    notes = [found.describe(), *references.notes]
    troubles = parsed.troubles
    troubles.extend(
        Kind.DOUBLED, (f"{shown(name)} ({shown(earlier)} is the same pair {shown(known)})" for name, earlier, known in found.doubled)
    )
    troubles.extend(Kind.AMBIGUOUS, (f"{shown(name)} ({listed([shown(k) for k in known], 3)})" for name, known in found.ambiguous.items()))
    if allow_missing and found.predicted:
        notes += _left_out(found, missing, len(references.references))
    else:
        # a hint costs a search through all names, and no more than these are shown
        hints = [hint(name, references, missing) for name in found.unknown[:SHOWN]] + found.unknown[SHOWN:]
        troubles.extend(Kind.UNKNOWN, hints)
        troubles.extend(Kind.MISSING, map(shown, missing))
    troubles.raise_if_any(what, PredictionsError)
    names = [name for name in references.references if name in found.predicted]
    entries = [parsed.captions[found.predicted[name]] for name in names]
    empty = sum(not tokenize(entry.caption) for entry in entries)
    if empty:
        notes.append(f"{empty} of {len(entries)} captions hold no word and were scored as empty.")
    flags = [entry.changed for entry in entries if entry.changed is not None]
    probabilities = [entry.change_probability for entry in entries if entry.change_probability is not None]
    for values, field_name in ((flags, "predicted_changed"), (probabilities, "change_probability")):
        if 0 < len(values) < len(entries):
            notes.append(f"{field_name} is there for {len(values)} of {len(entries)} pairs only and was not used.")
    return MatchedSet(
        names=names,
        hypotheses=[entry.caption for entry in entries],
        references=[references.references[name] for name in names],
        changed=[references.changed[name] for name in names],
        predicted_changed=flags if len(flags) == len(entries) else None,
        change_probabilities=probabilities if len(probabilities) == len(entries) else None,
        notes=notes,
    )


def _left_out(found: Resolution, missing: list[str], total: int) -> list[str]:
    notes = []
    if missing:
        names = listed([shown(name) for name in missing])
        notes.append(f"{len(missing)} of {total} pairs have no prediction and were left out: {names}.")
    if found.unknown:
        names = listed([shown(name) for name in found.unknown])
        notes.append(f"{len(found.unknown)} predictions are of pairs that the references do not have and were left out: {names}.")
    return notes
