"""Turns a score table into plain values, Markdown, or a table for the terminal; everything times 100."""

from __future__ import annotations

from typing import Any

from deltascribe.metrics.anchors import RULES
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import SUBSETS, PredictorScores, ScoreTable, SubsetScores

NOTES: tuple[str, ...] = (
    "All figures x100, by the COCO caption scorers' definitions; S*m is the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D.",
    "CIDEr-D takes its idf from the pairs of its own row, so rows over different pairs don't compare; "
    "'-' where all pairs share the same references (every idf is 0).",
    "Change accuracy: changed pairs whose sentence tells of a change; no-change accuracy: the others whose sentence is a "
    "no-change sentence.",
    "'re-weighted 50/50' lets the changed pairs and the others count half each, as in the official LEVIR-CC test split.",
    "'METEOR (exact)' knows no paraphrases: METEOR on word numbers also matches some different numbers, so it depends on the numbering.",
    *RULES,
)
COLUMNS: tuple[str, ...] = ("predictor", "pairs", "", *METRICS.values())
SHORT: dict[str, str] = {
    "bleu_1": "B-1",
    "bleu_2": "B-2",
    "bleu_3": "B-3",
    "bleu_4": "B-4",
    "meteor": "M",
    "rouge_l": "R-L",
    "cider_d": "CIDEr",
    "s_m": "S*m",
}
"""Heads that fit a terminal of 80 columns."""
SHORT_SUBSETS: dict[str, str] = {"all": "all", "balanced": "50/50", "changed": "changed", "no_change": "no change"}


def to_dict(table: ScoreTable) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        "mode": table.mode,
        "protocol": table.protocol,
        "pairs": table.pairs,
        "changed_pairs": table.changed_pairs,
        "model": _predictor(table.model),
        "intervals": {
            subset: {metric: [_hundredfold(low), _hundredfold(high)] for metric, (low, high) in metrics.items()}
            for subset, metrics in table.intervals.items()
        },
        "constants": [_predictor(row) for row in table.constants],
        "notes": [*table.notes, *NOTES],
    }


def to_markdown(table: ScoreTable) -> str:
    """Markdown tables (scores, accuracies, and intervals where there are any) and the notes."""
    lines = [f"Mode {table.protocol}" if table.protocol else f"Mode {table.mode}", ""]
    lines += [_markdown_row(COLUMNS), _markdown_row(["---", "--:", "---", *["--:"] * len(METRICS)])]
    lines += [_markdown_row(row) for row in score_rows(table)]
    names, rows = accuracy_rows(table)
    lines += ["", _markdown_row(names), _markdown_row(["---", *["--:"] * (len(names) - 1)])]
    lines += [_markdown_row(row) for row in rows]
    if table.intervals:
        names, rows = interval_rows(table)
        lines += ["", _markdown_row(names), _markdown_row(["---", *["--:"] * (len(names) - 1)])]
        lines += [_markdown_row(row) for row in rows]
    lines += ["", *[f"- {note}" for note in (*table.notes, *NOTES)]]
    return "\n".join(lines) + "\n"


def to_rich(table: ScoreTable) -> Any:
    """A `rich` group that fits a terminal of 80 columns: the model's rows in full, of the others those that tell of captions."""
    from rich.console import Group
    from rich.text import Text

    # plain Text: a label may hold brackets, which rich would read as markup
    parts: list[Any] = [
        Text(table.protocol or table.mode, style="italic"),
        Text(f"\n{table.model.label}", style="bold"),
        _rich_scores(table.model, tuple(SUBSETS), table.intervals),
        Text(f"  {accuracy_line(table.model)}"),
    ]
    for row in table.constants:
        parts += [Text(f"\n{row.label}", style="bold"), _rich_scores(row, ("all", "balanced", "changed"), {}, heads=False)]
    return Group(*parts, *(Text(f"- {note}") for note in table.notes))


def _rich_scores(
    predictor: PredictorScores, subsets: tuple[str, ...], intervals: dict[str, dict[str, tuple[float, float]]], heads: bool = True
) -> Any:
    from rich.table import Table

    grid = Table(box=None, padding=(0, 1, 0, 0), show_edge=False, show_header=heads, header_style="dim")
    grid.add_column("", min_width=15, no_wrap=True)
    for name in SHORT.values():
        grid.add_column(name, justify="right", min_width=6, no_wrap=True)
    for part in predictor.subsets:
        if part.subset not in subsets:
            continue
        grid.add_row(f"{SHORT_SUBSETS[part.subset]} ({part.pairs})", *(percent(part.scores[metric]) for metric in SHORT))
        spread = intervals.get(part.subset, {})
        if spread:
            # half the width of the interval: both ends would not fit
            halves = (f"±{50 * (spread[metric][1] - spread[metric][0]):.1f}" if metric in spread else "" for metric in SHORT)
            grid.add_row("", *halves, style="dim")
    return grid


def accuracy_line(row: PredictorScores) -> str:
    """Both accuracies in words, by the sentences and, where there is one, by the flag."""
    line = f"change accuracy {percent(row.change_accuracy)}, no-change accuracy {percent(row.no_change_accuracy)}"
    if row.flag_change_accuracy is None and row.flag_no_change_accuracy is None:
        return line
    return f"{line} (by flag: {percent(row.flag_change_accuracy)}, {percent(row.flag_no_change_accuracy)})"


def score_rows(table: ScoreTable) -> list[list[str]]:
    """Cells under `COLUMNS`."""
    return [
        [predictor.label, str(part.pairs), SUBSETS[part.subset], *(percent(part.scores[metric]) for metric in METRICS)]
        for predictor in (table.model, *table.constants)
        for part in predictor.subsets
    ]


def accuracy_rows(table: ScoreTable) -> tuple[list[str], list[list[str]]]:
    """Column names and cells; the columns of the change flag only where the model gives one."""
    names = ["predictor", "change accuracy", "no-change accuracy"]
    flagged = table.model.flag_change_accuracy is not None or table.model.flag_no_change_accuracy is not None
    if flagged:
        names += ["change accuracy (flag)", "no-change accuracy (flag)"]
    rows = []
    for row in (table.model, *table.constants):
        cells = [row.change_accuracy, row.no_change_accuracy]
        cells += [row.flag_change_accuracy, row.flag_no_change_accuracy] if flagged else []
        rows.append([row.label, *(percent(cell) for cell in cells)])
    return names, rows


def interval_rows(table: ScoreTable) -> tuple[list[str], list[list[str]]]:
    """Column names and cells of the model's intervals, a row for each subset."""
    names = ["95 % interval", *METRICS.values()]
    rows = [
        [SUBSETS[subset], *(f"{percent(metrics[key][0])} to {percent(metrics[key][1])}" if key in metrics else "-" for key in METRICS)]
        for subset, metrics in table.intervals.items()
    ]
    return names, rows


def percent(value: float | None) -> str:
    """A score times 100 with two decimals; a dash where there is none."""
    return "-" if value is None else f"{100 * value:.2f}"


def _predictor(row: PredictorScores) -> dict[str, Any]:
    return {
        "label": row.label,
        "change_accuracy": _hundredfold(row.change_accuracy),
        "no_change_accuracy": _hundredfold(row.no_change_accuracy),
        "flag_change_accuracy": _hundredfold(row.flag_change_accuracy),
        "flag_no_change_accuracy": _hundredfold(row.flag_no_change_accuracy),
        "subsets": {part.subset: _subset(part) for part in row.subsets},
    }


def _subset(part: SubsetScores) -> dict[str, Any]:
    return {"pairs": part.pairs, **{metric: _hundredfold(part.scores[metric]) for metric in METRICS}}


def _hundredfold(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 6)


def _markdown_row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
