"""Runs the sanity tests: shows a captioner altered pairs, and counts how often it answers as any sane one must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.errors import ConfigError, DatasetError, ModelError
from deltascribe.evaluation.inference import Captioner, choose_evenly, to_pair
from deltascribe.evaluation.progress import batches
from deltascribe.evaluation.sanity_tests import SANITY_TESTS, VIEWS, Case, Said, SanityTest
from deltascribe.pair import ImagePair
from deltascribe.text import normalise

_EXAMPLES = 8


@dataclass(frozen=True)
class SanityResult:
    """How often a captioner passed a test.

    Attributes:
        name, title, description, expected: as in `SanityTest`.
        pairs: number of pairs that the test applies to.
        rate: share of them that passed, in 0..1; None where it applies to none.
        examples: names of the first pairs that failed.
        failed: how many failed.
    """

    name: str
    title: str
    description: str
    expected: str
    pairs: int
    rate: float | None
    examples: tuple[str, ...]
    failed: int = 0


@dataclass(frozen=True)
class SanityReport:
    """Results of all tests, in the order of `SANITY_TESTS`.

    Attributes:
        results: one a test.
        pairs: number of pairs that were used.
        changed: how many of them the data set calls changed.
        settings: what was asked for, for the record.
    """

    results: tuple[SanityResult, ...]
    pairs: int
    changed: int
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def run_sanity(
    captioner: Captioner,
    dataset: ChangeDataset,
    *,
    indices: Sequence[int] | None = None,
    among: Sequence[int] | None = None,
    limit: int | None = 200,
    beams: int = 1,
    batch_size: int = 16,
    gate: bool = True,
    seed: int = 0,
    tests: Sequence[SanityTest] = SANITY_TESTS,
    progress: bool = True,
) -> SanityReport:
    """Shows a captioner altered pairs and counts how often it answers as it must.

    Args:
        captioner: the model.
        dataset: pairs; their references are not looked at where the data set has change flags.
        indices: pairs to use; None chooses `limit` of them, half of them changed where the data set has enough of both kinds.
        among: pairs to choose from where `indices` is None; None takes the whole data set.
        limit: number of pairs where `indices` is None; None takes all.
        beams: width of the search; 1 is greedy.
        batch_size: pairs read and captioned at once; each is read once and captioned once a view.
        gate: let the model's change flag decide between a change sentence and the no-change sentence.
        seed: set before captioning, for a model that draws at random.
        tests: which tests; all by default.
        progress: show a progress bar on standard error.

    Raises:
        ConfigError: a number is below 1.
        DatasetError: there is no pair, or an index is not of the data set, or a pair cannot be read.
        ModelError: the captioner did not give one report a pair.
    """
    _check_numbers(limit, beams, batch_size)
    chosen = choose_both_kinds(dataset, limit, among) if indices is None else list(indices)
    wrong = [index for index in chosen if not 0 <= index < len(dataset)]
    if wrong or not chosen:
        raise DatasetError(
            f"The data set has {len(dataset)} pairs, and no pair {wrong[0]}. Give indices below that number."
            if wrong
            else "There is no pair to test a model on. Give a data set or indices with at least one."
        )
    views = list(dict.fromkeys(test.view for test in tests))
    torch.manual_seed(seed)
    cases: dict[str, list[Case]] = {view: [] for view in views}
    for start in batches(len(chosen), batch_size, "sanity tests", progress):
        part = chosen[start : start + batch_size]
        pairs = [to_pair(dataset[index]) for index in part]
        truths = [is_changed(dataset.records[index]) for index in part]
        plain = _ask(captioner, pairs, beams, batch_size, gate)
        for view in views:
            altered = _ask(captioner, [VIEWS[view](pair) for pair in pairs], beams, batch_size, gate)
            cases[view] += [Case(*answers) for answers in zip(truths, plain, altered, strict=True)]
    names = [dataset.records[index].name for index in chosen]
    results = tuple(_judge(test, names, cases[test.view]) for test in tests)
    changed = sum(is_changed(dataset.records[index]) for index in chosen)
    settings = {"limit": limit if indices is None else None, "beams": beams, "batch_size": batch_size, "gate": gate, "seed": seed}
    return SanityReport(results, len(chosen), changed, settings)


def choose_both_kinds(dataset: ChangeDataset, limit: int | None, among: Sequence[int] | None = None) -> list[int]:
    """`limit` pairs, evenly spread within the changed and within the unchanged ones, half of each where there are enough."""
    pool = range(len(dataset)) if among is None else among
    kinds: dict[bool, list[int]] = {True: [], False: []}
    for index in pool:
        kinds[is_changed(dataset.records[index])].append(index)
    if limit is None or limit >= len(pool):
        return list(pool)
    half = (limit + 1) // 2
    changed = min(len(kinds[True]), max(half, limit - len(kinds[False])))
    shares = {True: changed, False: limit - changed}
    return sorted(kinds[kind][position] for kind, share in shares.items() for position in choose_evenly(len(kinds[kind]), share))


def _check_numbers(limit: int | None, beams: int, batch_size: int) -> None:
    for name, value in (("limit", limit), ("beams", beams), ("batch_size", batch_size)):
        if value is not None and value < 1:
            raise ConfigError(f"{name}={value} is not possible in a sanity test. Give 1 or more.")


def _ask(captioner: Captioner, pairs: list[ImagePair], beams: int, batch_size: int, gate: bool) -> list[Said]:
    reports = captioner.caption(pairs, beams=beams, batch_size=batch_size, gate=gate)
    if len(reports) != len(pairs):
        raise ModelError(f"The captioner gave {len(reports)} reports for {len(pairs)} pairs; it must give one a pair.")
    return [Said(normalise(report.caption), bool(report.changed)) for report in reports]


def _judge(test: SanityTest, names: Sequence[str], cases: Sequence[Case]) -> SanityResult:
    verdicts = [(name, verdict) for name, case in zip(names, cases, strict=True) if (verdict := test.passes(case)) is not None]
    failed = [name for name, verdict in verdicts if not verdict]
    rate = 1 - len(failed) / len(verdicts) if verdicts else None
    return SanityResult(test.name, test.title, test.description, test.expected, len(verdicts), rate, tuple(failed[:_EXAMPLES]), len(failed))
