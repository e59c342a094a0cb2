"""Runs a captioner over a data set and scores what it says, for each way of decoding."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from deltascribe.datasets import ChangeDataset, ChangeRecord, ChangeSample, is_changed
from deltascribe.errors import ConfigError, ModelError
from deltascribe.evaluation.analysis import Analysis, analyse
from deltascribe.evaluation.context import ScoringContext
from deltascribe.evaluation.cost import model_cost
from deltascribe.evaluation.pictures import pack_mask
from deltascribe.evaluation.predictions import Prediction
from deltascribe.evaluation.progress import progress_bar, spinner
from deltascribe.metrics import MODES, Mode, ScoreTable, WordNumbering
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shipped import DEFAULT_BEAMS
from deltascribe.text import normalise

if TYPE_CHECKING:
    from deltascribe.evaluation.looks import Looks
    from deltascribe.evaluation.retrieval import Retrieval
    from deltascribe.evaluation.sanity import SanityReport


class Captioner(Protocol):
    """What evaluation needs of a captioner; `deltascribe.ChangeCaptioner` is one."""

    def caption(
        self, pairs: Sequence[ImagePair], *, beams: int = DEFAULT_BEAMS, batch_size: int = 16, gate: bool = True
    ) -> Sequence[ChangeReport]:
        """One report a pair, in the same order."""
        ...


@dataclass(frozen=True)
class Run:
    """One way of decoding.

    Attributes:
        beams: width of the search; 1 is greedy.
        predictions: what was said of each pair.
        analysis: scores in each mode, keywords, calibration.
        seconds: time spent in the captioner alone, reading the images not counted.
        masks: change mask of each pair as PNG bytes, None where the model gives none.
        provenance: what all reports say alike of the model and its settings.
    """

    beams: int
    predictions: tuple[Prediction, ...]
    analysis: Analysis
    seconds: float
    masks: tuple[bytes | None, ...]
    provenance: dict[str, Any]

    @property
    def name(self) -> str:
        """`greedy` or `beam 3`."""
        return decoding_name(self.beams)

    @property
    def table(self) -> ScoreTable:
        """The table whose scores of single pairs are shown."""
        return self.analysis.table


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on a data set.

    Attributes:
        runs: one for each way of decoding, widest search first.
        indices: which pairs of the data set were used.
        context: what the set was scored with.
        numbering: the numbers of the mode `ids`; None where that mode was not asked for.
        settings: what was asked for, for the record.
        label: name of the model in the tables.
        model: what the captioner's checkpoint says of itself; empty where it has none.
        levels: by name the weights of the feature levels of each pair; empty where the model weighs none.
        sanity: how the model answers to altered pairs, where that was asked for.
        retrieval: how well pairs and sentences find each other, where that was asked for.
        looks: where the model looked in some of the pairs, where that was asked for.
    """

    runs: tuple[Run, ...]
    indices: tuple[int, ...]
    context: ScoringContext
    numbering: WordNumbering | None
    settings: dict[str, Any]
    label: str
    model: dict[str, Any]
    levels: tuple[Mapping[str, float], ...] = ()
    sanity: SanityReport | None = None
    retrieval: Retrieval | None = None
    looks: Looks | None = None


def run_evaluation(
    captioner: Captioner,
    dataset: ChangeDataset,
    *,
    beams: Sequence[int] = (3, 1),
    batch_size: int = 16,
    gate: bool = True,
    limit: int | None = None,
    context: ScoringContext | None = None,
    modes: Sequence[Mode] = MODES,
    anchors: bool = True,
    resamples: int = 1000,
    seed: int = 0,
    label: str = "model",
    progress: bool = True,
) -> Evaluation:
    """Captions every pair and scores the captions; writes nothing.

    Args:
        captioner: the model.
        dataset: pairs with references.
        beams: widths of the search to try; 1 is greedy.
        batch_size: pairs captioned at once, and held in memory.
        gate: let the model's change flag decide between a change sentence and the no-change sentence.
        limit: use only this many pairs, evenly spread over the data set.
        context: what other splits give, see `build_context`; None leaves the rows of fixed and random captions out.
        modes, anchors, resamples: see `SetScorer`.
        seed: set before captioning, for a model that draws at random.
        label: name of the model in the tables.
        progress: show a progress bar on standard error.

    Raises:
        ConfigError: a number is below 1.
        ModelError: the captioner did not give one report a pair.
        PredictionsError: the data set has a pair without references.
        DatasetError, ImageError: a pair cannot be read.
    """
    _check_numbers(beams, batch_size, limit)
    widths = sorted(set(beams), reverse=True)
    indices = choose_evenly(len(dataset), limit)
    records = [dataset.records[index] for index in indices]
    # before the model runs, so that a data set that can't be scored costs no time
    chosen = context or ScoringContext()
    truth = [is_changed(record) for record in records]
    references, by_people = [record.captions for record in records], dataset.machine_source is None
    scorer = chosen.scorer(references, truth, modes=modes, anchors=anchors, resamples=resamples, seed=seed, by_people=by_people)
    torch.manual_seed(seed)
    reports, seconds = _caption_all(captioner, dataset, indices, widths, batch_size, gate, progress)
    scorer.learn([normalise(report.caption) for width in widths for report, _ in reports[width]])
    runs = []
    for width in widths:
        predictions = tuple(_predict(record, report) for record, (report, _) in zip(records, reports[width], strict=True))
        with spinner(progress) as tell:
            analysis = analyse(
                scorer,
                f"{label}, {decoding_name(width)}",
                [entry.name for entry in predictions],
                [entry.caption for entry in predictions],
                [bool(report.changed) for report, _ in reports[width]],
                [float(report.change_probability) for report, _ in reports[width]],
                tell,
            )
        masks = tuple(mask for _, mask in reports[width])
        shared = _common_provenance([report for report, _ in reports[width]])
        runs.append(Run(width, predictions, analysis, seconds[width], masks, shared))
    settings = settings_of(
        chosen, beams=beams, batch_size=batch_size, gate=gate, limit=limit, modes=modes, anchors=anchors, resamples=resamples, seed=seed
    )
    numbering = scorer.numbering if "ids" in modes else None
    # what the encoder weighs does not depend on the search
    levels = tuple(report.level_weights for report, _ in reports[widths[0]])
    return Evaluation(tuple(runs), tuple(indices), chosen, numbering, settings, label, _describe_model(captioner), levels)


def settings_of(context: ScoringContext, *, beams: Sequence[int], modes: Sequence[Mode], **others: Any) -> dict[str, Any]:
    """What was asked of `run_evaluation`, for the record."""
    settings = {"beams": sorted(set(beams), reverse=True), "modes": list(modes), **others}
    return settings | {"vocabulary": context.vocabulary, "fixed_from": context.fixed_from}


def decoding_name(beams: int) -> str:
    """`greedy` for one beam, else `beam N`."""
    return "greedy" if beams == 1 else f"beam {beams}"


def choose_evenly(count: int, limit: int | None) -> list[int]:
    """`limit` positions evenly spread over `count`: files often list the pairs of one kind or place in a row."""
    if limit is None or limit >= count:
        return list(range(count))
    return [int(position) for position in np.linspace(0, count - 1, limit).round()]


def to_pair(sample: ChangeSample) -> ImagePair:
    """A sample's images as the captioner takes them."""
    before, after = (image.numpy() for image in sample.pair)
    source = tuple(Path(path).name for path in sample.source) if sample.source else ("before", "after")
    return ImagePair(before, after, name=sample.name, source=(source[0], source[1]))


def _check_numbers(beams: Sequence[int], batch_size: int, limit: int | None) -> None:
    if not beams or min(beams) < 1:
        raise ConfigError(f"beams {list(beams)} can't be searched with. Give one or more widths of 1 (greedy) or more.")
    if batch_size < 1:
        raise ConfigError(f"A batch of {batch_size} pairs is not possible. Give 1 or more.")
    if limit is not None and limit < 1:
        raise ConfigError(f"A limit of {limit} pairs leaves nothing to evaluate. Give 1 or more, or leave it out.")


_Answer = tuple[ChangeReport, bytes | None]


def _caption_all(
    captioner: Captioner, dataset: ChangeDataset, indices: list[int], widths: list[int], batch_size: int, gate: bool, progress: bool
) -> tuple[dict[int, list[_Answer]], dict[int, float]]:
    answers: dict[int, list[_Answer]] = {width: [] for width in widths}
    seconds = dict.fromkeys(widths, 0.0)
    with progress_bar(len(indices), "captioning", progress) as advance:
        for start in range(0, len(indices), batch_size):
            # each pair is read once, whatever the number of searches
            pairs = [to_pair(dataset[index]) for index in indices[start : start + batch_size]]
            for width in widths:
                began = time.perf_counter()
                reports = captioner.caption(pairs, beams=width, batch_size=batch_size, gate=gate)
                seconds[width] += time.perf_counter() - began
                if len(reports) != len(pairs):
                    raise ModelError(f"The captioner gave {len(reports)} reports for {len(pairs)} pairs; it must give one a pair.")
                answers[width] += [_compact(report) for report in reports]
            advance(len(pairs))
    return answers, seconds


def _compact(report: ChangeReport) -> _Answer:
    # masks of a whole test split don't fit into memory as floats
    slim = ChangeReport(
        report.name,
        report.caption,
        report.changed,
        report.change_probability,
        token_log_probabilities=report.token_log_probabilities,
        level_weights=report.level_weights,
        provenance=report.provenance,
    )
    return slim, pack_mask(report.mask)


def _predict(record: ChangeRecord, report: ChangeReport) -> Prediction:
    scores = [score for _, score in report.token_log_probabilities]
    return Prediction(
        name=record.name,
        caption=normalise(report.caption),
        references=record.captions,
        changed=is_changed(record),
        predicted_changed=bool(report.changed),
        change_probability=float(report.change_probability),
        log_probability=float(sum(scores)) if scores else None,
    )


def _describe_model(captioner: Captioner) -> dict[str, Any]:
    checkpoint = getattr(captioner, "checkpoint", None)
    if checkpoint is None:
        return {}
    described = {key: getattr(checkpoint, key) for key in ("name", "settings", "preprocessing", "training")}
    cost = asdict(model_cost(checkpoint.model, checkpoint.preprocessing["size"]))
    return described | {"vocabulary_size": len(checkpoint.vocabulary), "cost": cost}


def _common_provenance(reports: list[ChangeReport]) -> dict[str, Any]:
    """What all reports say alike; entries that belong to one pair, such as its files, fall out."""
    first = reports[0].provenance
    return {key: value for key, value in first.items() if all(report.provenance.get(key) == value for report in reports)}
