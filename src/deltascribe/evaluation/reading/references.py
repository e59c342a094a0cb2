"""Reads the references that predictions are scored against, from any of the usual files or a data set folder."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from deltascribe.datasets import SPLITS
from deltascribe.datasets.sample import machine_source
from deltascribe.errors import CaptionFileError
from deltascribe.evaluation.reading.reference_entries import ReferenceEntry, from_content, from_folder
from deltascribe.evaluation.reading.rows import CAPTION_KEYS, REFERENCE_KEYS, Content, parse_content
from deltascribe.evaluation.reading.text_file import load_text
from deltascribe.evaluation.reading.troubles import Kind, Troubles, is_text, listed, shown
from deltascribe.text import is_no_change

_FORMATS = (
    'LEVIR-CC\'s {"images": [...]}, a JSON object of name to a list of sentences, COCO annotations, '
    'JSONL with {"name": ..., "references": [...]} a line, or a data set folder'
)


@dataclass(frozen=True)
class ReferenceSet:
    """The references of the pairs to be scored.

    Attributes:
        references: sentences of each pair, untouched, in the order of the file.
        changed: whether each pair changed: the file's flag, or where it has none, by its sentences (the published rule).
        split: the part that was taken; None where all was taken, since the file states no splits or all was asked for.
        source: where they come from, readable.
        machine_source: what wrote all of them, such as `grammar`, where it was no person; else None.
        other_splits: sentences of each pair of the other splits of the same file and whether it changed, by split.
        aliases: other names of the pairs (the number of an image in COCO files) to their name.
        elsewhere: split of each pair that the file has in another split.
        notes: what a reader of the scores must know.
    """

    references: dict[str, tuple[str, ...]]
    changed: dict[str, bool]
    split: str | None
    source: str
    machine_source: str | None = None
    other_splits: dict[str, list[tuple[tuple[str, ...], bool]]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_references(path: Path, split: str | None = "test") -> ReferenceSet:
    """Reads references.

    Formats, told apart by content: LEVIR-CC's caption file; a JSON object of name to sentences, where names that all begin with
    `train_`, `val_` or `test_` tell the split; COCO caption annotations (splits likewise); JSONL or a JSON list of objects with a name
    and `references` (or `refs`, `captions`, `sentences`), optionally `changed` (or `changeflag`) and `split`, as in our own
    predictions.jsonl; the folder of a data set in any layout that `open_dataset` knows.

    Args:
        path: the file, UTF-8 with or without a byte order mark, or the folder.
        split: the part to take: train, val or test; None takes all. Where the file states no splits all is taken, and a note says so.

    Raises:
        CaptionFileError: the file cannot be read, is something else, lacks the split, or has faulty entries: all of them are listed.
        DatasetError: the folder is no data set.
    """
    if split is not None and split not in SPLITS:
        raise CaptionFileError(f"There is no split {shown(split)}. Choose one of: {', '.join(SPLITS)}.")
    troubles = Troubles()
    if path.is_dir():
        layout, entries = from_folder(path, split)
    else:
        content = parse_content(load_text(path, CaptionFileError, "references"), path, CaptionFileError, troubles)
        _refuse_predictions(content, path)
        layout, entries = from_content(content, path, troubles)
    chosen, others, notes = _choose(entries, split, path, troubles)
    _check(chosen, others, troubles)
    troubles.raise_if_any(str(path), CaptionFileError)
    if not chosen:
        raise CaptionFileError(f"{path} holds no references. Write them as {_FORMATS}.")
    elsewhere: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for entry in others:
        elsewhere.setdefault(str(entry.split), []).append((entry.sentences, _changed(entry)))
    changed = {entry.name: _changed(entry) for entry in chosen}
    if all(changed.values()) and all(entry.changed is None for entry in chosen):
        notes.append(
            "No pair counts as unchanged: the file has no change flags, and no pair has the five no-change sentences of LEVIR-CC. "
            "Add a flag (`changed` or `changeflag`) to each pair if that is not so."
        )
    return ReferenceSet(
        references={entry.name: entry.sentences for entry in chosen},
        changed=changed,
        split=chosen[0].split if split is not None else None,
        source=f"{path} ({layout})",
        machine_source=machine_source(entry.caption_source for entry in chosen),
        other_splits=elsewhere,
        aliases={entry.alias: entry.name for entry in chosen if entry.alias is not None},
        elsewhere={entry.name: str(entry.split) for entry in others},
        notes=tuple(notes),
    )


def _changed(entry: ReferenceEntry) -> bool:
    return not is_no_change(entry.sentences) if entry.changed is None else entry.changed


def _choose(
    entries: list[ReferenceEntry], split: str | None, path: Path, troubles: Troubles
) -> tuple[list[ReferenceEntry], list[ReferenceEntry], list[str]]:
    """The pairs of the split, those of the others, and what to say of it."""
    without = [entry for entry in entries if entry.split is None]
    if troubles:  # a split may be lacking for being at fault, which is told already
        return entries, [], []
    if split is None or len(without) == len(entries):
        note = [f"The references state no splits: all {len(entries)} pairs were taken."] if split is not None else []
        return entries, [], note
    troubles.extend(Kind.NO_SPLIT, (f"{shown(entry.name)} ({entry.where})" for entry in without))
    chosen = [entry for entry in entries if entry.split == split]
    if not chosen and not without:
        there = Counter(str(entry.split) for entry in entries)
        parts = ", ".join(f"{name} ({number} pairs)" for name, number in there.items())
        raise CaptionFileError(f"{path} holds no pair of the split '{split}', but of {parts}. Choose one of these by --split.")
    return chosen, [entry for entry in entries if entry.split not in (split, None)], []


def _check(chosen: list[ReferenceEntry], others: list[ReferenceEntry], troubles: Troubles) -> None:
    places: dict[str, list[str]] = {}
    for entry in chosen:
        places.setdefault(entry.name, []).append(entry.where)
    troubles.extend(Kind.DOUBLED, (f"{shown(name)} ({listed(found, 5)})" for name, found in places.items() if len(found) > 1))
    for entry in [*chosen, *others]:
        if not all(is_text(text) for text in (entry.name, *entry.sentences)):
            troubles.add(Kind.NO_REFERENCES, f"{shown(entry.name)} ({entry.where}): holds half of a surrogate pair")


def _refuse_predictions(content: Content, path: Path) -> None:
    """Predictions given as references: most often the two arguments are swapped."""
    if content.mapping is not None:
        values = list(content.mapping.values())
        alike = bool(values) and all(isinstance(value, str) for value in values)
    else:
        alike = any(key in row.values for row in content.rows for key in CAPTION_KEYS)
        alike = alike and not any(key in row.values for row in content.rows for key in REFERENCE_KEYS)
    if alike:
        raise CaptionFileError(
            f"{path} looks like predictions, not references: it holds one caption an entry. "
            "The order is: deltascribe score PREDICTIONS REFERENCES. Swap the two files if they are the wrong way round; "
            f"else write the references as {_FORMATS}."
        )
