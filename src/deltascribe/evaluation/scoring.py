"""Scores a file of captions against a file of references: an evaluation without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltascribe.evaluation.analysis import Analysis, analyse
from deltascribe.evaluation.context import ScoringContext, VocabularyKind, build_context
from deltascribe.evaluation.inference import choose_evenly
from deltascribe.evaluation.machine import machine_summary, package_versions, utc_now
from deltascribe.evaluation.page import CaptionItem, ReportContent, write_report
from deltascribe.evaluation.predictions import Prediction, write_predictions
from deltascribe.evaluation.reading import MatchedSet, match_file, read_references
from deltascribe.evaluation.record import (
    PAGE,
    PAIRS,
    PREDICTIONS,
    SCORES,
    TABLES,
    fixed_to_dict,
    numbering_to_dict,
    remove_stale,
    tables_markdown,
    write_pairs_csv,
)
from deltascribe.files import make_folder, write_json, write_text
from deltascribe.metrics import MODES, Mode, WordNumbering

MOST_CARDS = 2_000
"""Captions on a page; `pairs.csv` holds all."""


@dataclass(frozen=True)
class ScoredFile:
    """Scores of a file of captions.

    Attributes:
        label: name of the predictor.
        matched: captions and references side by side, with notes on how they were matched.
        analysis: scores in each mode, keywords, calibration.
        context: what the set was scored with.
        numbering: the numbers of the mode `ids`; None where that mode was not asked for.
        data: where the references come from: source and split.
        settings: what was asked for, for the record.
    """

    label: str
    matched: MatchedSet
    analysis: Analysis
    context: ScoringContext
    numbering: WordNumbering | None
    data: dict[str, Any]
    settings: dict[str, Any]

    def to_dict(self, command: str = "") -> dict[str, Any]:
        """All of it for JSON, with what is needed to make it again."""
        return {
            "command": command,
            "label": self.label,
            "data": self.data | {"pairs": len(self.matched.names)},
            "settings": self.settings,
            "seed": self.settings["seed"],
            "notes": list(self.matched.notes),
            **self.analysis.to_dict(),
            "fixed_sentences": fixed_to_dict(self.context),
            "numbering": numbering_to_dict(self.numbering),
            "warnings": list(self.context.warnings),
            "versions": package_versions(),
            "machine": machine_summary(),
            "finished": utc_now(),
        }


def score_files(
    predictions: Path,
    references: Path,
    *,
    split: str | None = "test",
    modes: Sequence[Mode] = MODES,
    vocabulary: VocabularyKind = "train",
    min_count: int | None = None,
    fixed_from: str = "val",
    allow_missing: bool = False,
    anchors: bool = True,
    resamples: int = 1000,
    seed: int = 0,
    label: str | None = None,
    tell: Callable[[str], None] = lambda stage: None,
) -> ScoredFile:
    """Reads, matches and scores; writes nothing.

    Args:
        predictions: captions in any format of `read_predicted`.
        references: sentences in any format of `read_references`.
        split: part of the references; None scores all.
        modes, anchors, resamples, seed: see `SetScorer`.
        vocabulary, min_count, fixed_from: see `build_context`.
        allow_missing: see `match`.
        label: name of the predictor; the name of its file without a suffix by default.
        tell: called with what is being done, for a progress display.

    Raises:
        PredictionsError: the predictions are faulty or do not fit the references; all that is wrong is listed.
        CaptionFileError: the references are faulty.
        ConfigError: no such vocabulary or split.
    """
    tell("reading")
    gold = read_references(references, split)
    matched = match_file(predictions, gold, allow_missing=allow_missing)
    captions: dict[str, list[tuple[Sequence[str], bool]]] = {name: list(pairs) for name, pairs in gold.other_splits.items()}
    if gold.split is not None:
        captions[gold.split] = [(sentences, gold.changed[name]) for name, sentences in gold.references.items()]
    context = build_context(
        captions, gold.split, fixed_from=fixed_from, vocabulary=vocabulary, min_count=min_count, numbered="ids" in modes, anchors=anchors
    )
    scorer = context.scorer(
        matched.references,
        matched.changed,
        modes=modes,
        anchors=anchors,
        resamples=resamples,
        seed=seed,
        by_people=gold.machine_source is None,
    )
    name = label or predictions.stem
    analysis = analyse(scorer, name, matched.names, matched.hypotheses, matched.predicted_changed, matched.change_probabilities, tell)
    numbering = scorer.numbering if "ids" in modes else None
    settings = {"modes": list(modes), "vocabulary": vocabulary, "min_count": min_count, "fixed_from": fixed_from, "anchors": anchors}
    settings |= {"allow_missing": allow_missing, "resamples": resamples, "seed": seed}
    data = {"source": gold.source, "split": gold.split, "machine_source": gold.machine_source}
    return ScoredFile(name, matched, analysis, context, numbering, data, settings)


def write_scores(folder: Path, scored: ScoredFile, command: str = "") -> list[Path]:
    """Writes `scores.json`, `scores.md`, `pairs.csv`, `predictions.jsonl` and the page; `deltascribe compare` takes the folder as a run.

    Returns:
        The files.
    """
    make_folder(folder)
    predictions = _as_predictions(scored.matched)
    write_predictions(folder / PREDICTIONS, predictions)
    write_json(folder / SCORES, scored.to_dict(command))
    write_text(folder / TABLES, tables_markdown(f"{scored.label} against its references", command, [(scored.label, scored.analysis)]))
    write_pairs_csv(folder / PAIRS, predictions, scored.analysis)
    write_report(folder / PAGE, _report_content(scored, predictions, command))
    written = [folder / name for name in (PREDICTIONS, SCORES, TABLES, PAIRS, PAGE)]
    remove_stale(folder, written)
    return written


def _report_content(scored: ScoredFile, predictions: Sequence[Prediction], command: str) -> ReportContent:
    items = scored.analysis.table.items
    rows = choose_evenly(len(items), MOST_CARDS)
    return ReportContent(
        title=f"{scored.label}: captions against their references",
        subject=scored.label,
        command=command,
        facts=[
            ("captions", scored.label),
            ("references", str(scored.data["source"])),
            ("split", str(scored.data["split"] or "all")),
            ("pairs", f"{len(predictions)}, {sum(scored.matched.changed)} of them changed"),
            ("seed", str(scored.settings["seed"])),
            ("finished", utc_now()),
        ],
        tables=[("", mode, table) for mode, table in scored.analysis.tables.items()],
        predictions=predictions,
        keywords=scored.analysis.keywords or None,
        calibration=scored.analysis.calibration,
        gallery=[CaptionItem(predictions[row], items[row]) for row in rows],
        total=len(items),
        settings=scored.settings,
        notes=[*scored.matched.notes, *scored.context.warnings],
    )


def _as_predictions(matched: MatchedSet) -> list[Prediction]:
    flags, probabilities = matched.predicted_changed, matched.change_probabilities
    return [
        Prediction(
            name,
            matched.hypotheses[row],
            matched.references[row],
            matched.changed[row],
            None if flags is None else flags[row],
            None if probabilities is None else probabilities[row],
        )
        for row, name in enumerate(matched.names)
    ]
