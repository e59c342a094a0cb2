"""Checks a data set: what is missing or corrupt, and where captions, flags, masks and splits contradict each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from deltascribe.datasets.base import ChangeDataset
from deltascribe.datasets.masks import Mask
from deltascribe.datasets.paths import shorten
from deltascribe.datasets.sample import SPLITS, ChangeRecord, Split
from deltascribe.errors import DatasetError, ImageError, ImageNotFoundError
from deltascribe.imaging import read_image
from deltascribe.text import tokenize

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Problem:
    """One finding.

    Attributes:
        severity: `error`: training or scoring would fail or be wrong; `warning`: look at it; `note`: good to know.
        code: what kind of finding, such as `missing-image`.
        message: one sentence for a reader.
        names: the pairs (or files, or grounds) that it concerns, all of them.
    """

    severity: Severity
    code: str
    message: str
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CaptionStatistics:
    """Numbers of the captions: how many a pair (number of captions to number of pairs), words a caption, distinct words."""

    captions: int
    captions_per_pair: dict[int, int]
    mean_words: float
    max_words: int
    word_types: int


@dataclass(frozen=True)
class DatasetCheck:
    """What `check_dataset` found.

    Attributes:
        format: name of the layout.
        root: folder of the data set.
        counts: pairs a split.
        published: published number of pairs a split; empty where there is none.
        changed: changed pairs a split.
        masks: pairs with a mask that could be read.
        image_sizes: "width x height" of the images on disk to number of images.
        captions: caption statistics.
        problems: the findings, errors first.
    """

    format: str
    root: Path
    counts: dict[Split, int]
    published: dict[Split, int]
    changed: dict[Split, int]
    masks: int
    image_sizes: dict[str, int]
    captions: CaptionStatistics
    problems: list[Problem]

    @property
    def ok(self) -> bool:
        """Whether there is no error (warnings and notes are allowed)."""
        return all(problem.severity != "error" for problem in self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The whole check as plain values for JSON."""
        return {**asdict(self), "root": str(self.root), "ok": self.ok}


@dataclass
class _Findings:
    """Names of the pairs by kind of finding, filled while the files are read."""

    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    reasons: dict[str, str] = field(default_factory=dict)
    sizes: Counter[str] = field(default_factory=Counter)
    masks: int = 0

    def add_broken(self, code: str, path: Path, error: Exception) -> None:
        """Notes a file that cannot be read, and why the first of its kind could not."""
        self.names[code].append(str(path))
        self.reasons.setdefault(code, str(error))


_KINDS: dict[str, tuple[Severity, str]] = {
    "missing-image": ("error", "images that are not on disk"),
    "corrupt-image": ("error", "images that cannot be read"),
    "size-differs": ("error", "pairs whose before and after differ in size"),
    "missing-label": ("error", "labels that are not on disk"),
    "corrupt-label": ("error", "labels that cannot be read"),
    "label-size-differs": ("error", "pairs whose label differs in size from the images"),
    "duplicate-name": ("error", "names that occur more than once in one split"),
    "ground-crosses-splits": ("error", "grounds that lie in more than one split, so that scores would leak"),
    "flag-says-same-mask-changed": ("warning", "pairs flagged as unchanged whose mask has changed pixels"),
    "flag-says-changed-mask-empty": ("warning", "pairs flagged as changed whose mask is empty"),
    "identical-images": ("warning", "pairs whose two images are equal in every pixel"),
    "name-in-several-splits": ("warning", "names that occur in more than one split"),
    "few-captions": ("note", "pairs with fewer captions than most"),
}


def check_dataset(dataset: ChangeDataset, progress: Callable[[int, int], None] | None = None) -> DatasetCheck:
    """Reads every file of a data set once and reports what it finds; nothing is raised for a broken pair.

    Args:
        dataset: what to check; published counts are compared for the split that it was opened with.
        progress: called after each pair with the number done and the number of all.
    """
    findings = _Findings()
    for done, record in enumerate(dataset.records, start=1):
        _check_pair(record, dataset, findings)
        if progress is not None:
            progress(done, len(dataset))
    _check_names(dataset.records, findings)
    _check_grounds(dataset.records, findings)
    captions = caption_statistics(dataset.records)
    usual = max(captions.captions_per_pair, key=lambda number: captions.captions_per_pair[number], default=0)
    findings.names["few-captions"] = [record.name for record in dataset.records if len(record.captions) < usual]
    published = {split: number for split, number in dataset.format.counts.items() if dataset.split in (None, split)}
    return DatasetCheck(
        format=dataset.name,
        root=dataset.root,
        counts=dataset.counts(),
        published=published,
        changed={split: sum(bool(r.changed) for r in dataset.records if r.split == split) for split in dataset.counts()},
        masks=findings.masks,
        image_sizes=dict(findings.sizes.most_common()),
        captions=captions,
        problems=_problems(findings) + _count_problems(dataset, published),
    )


def caption_statistics(records: Iterable[ChangeRecord]) -> CaptionStatistics:
    """Numbers of the captions of some records; words are those of `deltascribe.text.tokenize`."""
    pairs = [record.captions for record in records]
    words = [tokenize(caption) for captions in pairs for caption in captions]
    lengths = [len(tokens) for tokens in words]
    return CaptionStatistics(
        captions=len(lengths),
        captions_per_pair=dict(sorted(Counter(len(captions) for captions in pairs).items())),
        mean_words=sum(lengths) / len(lengths) if lengths else 0.0,
        max_words=max(lengths, default=0),
        word_types=len({word for tokens in words for word in tokens}),
    )


def _check_pair(record: ChangeRecord, dataset: ChangeDataset, findings: _Findings) -> None:
    before, after = (_read(path, findings) for path in (record.before, record.after))
    if before is not None and after is not None:
        if before.shape != after.shape:
            findings.names["size-differs"].append(record.name)
        elif np.array_equal(before, after):
            findings.names["identical-images"].append(record.name)
    mask = _read_mask(record, dataset, findings)
    if mask is None:
        return
    findings.masks += 1
    if before is not None and after is not None and before.shape == after.shape and before.shape[1:] != mask.shape:
        findings.names["label-size-differs"].append(record.name)
    if record.changed is False and mask.any():
        findings.names["flag-says-same-mask-changed"].append(record.name)
    if record.changed is True and not mask.any() and not dataset.format.mask_is_partial:
        findings.names["flag-says-changed-mask-empty"].append(record.name)


def _read(path: Path, findings: _Findings) -> np.ndarray | None:
    try:
        image = read_image(path)
    except ImageNotFoundError:
        findings.names["missing-image"].append(str(path))
        return None
    except ImageError as error:
        findings.add_broken("corrupt-image", path, error)
        return None
    findings.sizes[f"{image.shape[2]}x{image.shape[1]}"] += 1
    return image


def _read_mask(record: ChangeRecord, dataset: ChangeDataset, findings: _Findings) -> Mask | None:
    if record.label is None:
        return None
    try:
        return dataset.format.read_mask(record)
    except FileNotFoundError:  # DatasetNotFoundError is one
        findings.names["missing-label"].append(str(record.label))
    except (DatasetError, ImageError) as error:
        findings.add_broken("corrupt-label", record.label, error)
    return None


def _check_names(records: Iterable[ChangeRecord], findings: _Findings) -> None:
    splits: dict[str, list[Split]] = defaultdict(list)
    for record in records:
        splits[record.name].append(record.split)
    for name, found in splits.items():
        if len(set(found)) < len(found):
            findings.names["duplicate-name"].append(name)
        if len(set(found)) > 1:
            findings.names["name-in-several-splits"].append(name)


def _check_grounds(records: Iterable[ChangeRecord], findings: _Findings) -> None:
    splits: dict[str, set[Split]] = defaultdict(set)
    for record in records:
        if record.ground is not None:
            splits[record.ground].add(record.split)
    findings.names["ground-crosses-splits"] += sorted(ground for ground, found in splits.items() if len(found) > 1)


def _problems(findings: _Findings) -> list[Problem]:
    return [
        Problem(severity, code, f"{what}: {len(names):,} ({shorten(names)})" + _reason(findings, code), names)
        for code, (severity, what) in _KINDS.items()
        if (names := findings.names.get(code, []))
    ]


def _reason(findings: _Findings, code: str) -> str:
    return f". First reason: {findings.reasons[code]}" if code in findings.reasons else ""


def _count_problems(dataset: ChangeDataset, published: dict[Split, int]) -> list[Problem]:
    """Where the number of pairs is not the published one. A part of a data set is legitimate, so these are warnings."""
    counts, note = dataset.counts(), dataset.format.counts_note
    problems = []
    for split in SPLITS:
        if split in published and counts.get(split, 0) != published[split]:
            here = counts.get(split, 0)
            message = f"{split}: {here:,} pairs here, {published[split]:,} in {dataset.format.title} as published"
            message += f" ({note})" if note else ""
            problems.append(Problem("warning", "count-differs", f"{message}. Fine for a part or for other data in this layout.", [split]))
    return problems
