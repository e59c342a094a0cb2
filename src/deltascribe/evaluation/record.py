"""Files that every scored set of captions leaves, with a model or without: captions, scores, tables, and a row a pair."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deltascribe.evaluation.analysis import Analysis
from deltascribe.evaluation.context import ScoringContext
from deltascribe.evaluation.predictions import Prediction
from deltascribe.evaluation.terminal import calibration_line, keyword_rows
from deltascribe.files import write_text
from deltascribe.metrics import WordNumbering
from deltascribe.metrics.render import NOTES, markdown_table, to_markdown

PREDICTIONS, SCORES, TABLES, PAIRS, PAGE, SHEET = "predictions.jsonl", "scores.json", "scores.md", "pairs.csv", "index.html", "gallery.png"
_ITEM_SCORES = ("bleu_4", "meteor", "rouge_l", "cider_d")


def remove_stale(folder: Path, written: Sequence[Path]) -> None:
    """Removes what an earlier run left in the folder and this one did not write: a page must not stand beside the scores of another."""
    known = [*(folder / name for name in (PREDICTIONS, SCORES, TABLES, PAIRS, PAGE, SHEET)), *folder.glob("predictions-*.jsonl")]
    for path in known:
        if path not in written:
            path.unlink(missing_ok=True)


def write_pairs_csv(path: Path, predictions: Sequence[Prediction], analysis: Analysis) -> None:
    """A row a pair: what was said, flag and probability, and the scores of each mode, x100."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    scores = [f"{metric}_{mode}" for mode in analysis.tables for metric in _ITEM_SCORES]
    writer.writerow(["name", "changed", "predicted_changed", "change_probability", "caption", *scores])
    for row, said in enumerate(predictions):
        values = [getattr(table.items[row], metric) for table in analysis.tables.values() for metric in _ITEM_SCORES]
        figures = ["" if value is None else f"{100 * value:.4f}" for value in values]
        probability = "" if said.change_probability is None else f"{said.change_probability:.6f}"
        flag = "" if said.predicted_changed is None else int(said.predicted_changed)
        writer.writerow([said.name, int(said.changed), flag, probability, said.caption, *figures])
    write_text(path, stream.getvalue())


def tables_markdown(title: str, command: str, analyses: Sequence[tuple[str, Analysis]]) -> str:
    """The tables of each way of decoding as one Markdown document."""
    parts = [f"# {title}", f"`{command}`" if command else ""]
    for name, analysis in analyses:
        for table in analysis.tables.values():
            parts += [f"## {name}, {table.mode}", to_markdown(table, notes=False)]
        if analysis.keywords:
            head, rows = keyword_rows(analysis)
            parts += [f"## {name}, keywords of changed pairs", markdown_table(head, rows)]
        parts.append(calibration_line(analysis) or "")
    return "\n\n".join([*(part for part in parts if part), "\n".join(f"- {note}" for note in NOTES)]) + "\n"


def fixed_to_dict(context: ScoringContext) -> list[dict[str, Any]]:
    """The fixed sentences for JSON, so that others can compare with the same."""
    return [
        {"sentence": entry.sentence, "chosen_on": entry.chosen_on, "cider_d_there": round(100 * entry.cider_d, 6)}
        for entry in context.fixed
    ]


def numbering_to_dict(numbering: WordNumbering | None) -> dict[str, Any] | None:
    """The numbers of the mode `ids` for JSON, so that others can score with the same."""
    return None if numbering is None else {"source": numbering.source, "words": list(numbering.words)}
