"""Turns a score table into plain values, Markdown, or a table for the terminal; everything times 100."""

from __future__ import annotations

from typing import Any

from deltascribe.metrics.table import METRICS, SUBSETS, PredictorScores, ScoreTable, SubsetScores

NOTES: tuple[str, ...] = (
    "All figures x100; COCO caption scorers' definitions on lower-case words without punctuation.",
    "CIDEr-D takes its idf from the pairs of its own row, so rows over different pairs don't compare; "
    "'-' where all pairs share the same references (every idf is 0).",
    "Change accuracy: changed pairs whose sentence tells of a change; no-change accuracy: the others whose sentence is a "
    "no-change sentence.",
    "'re-weighted 50/50' lets the changed pairs and the others count half each, as in the official LEVIR-CC test split.",
)
COLUMNS: tuple[str, ...] = ("predictor", "pairs", "", *METRICS.values())


def to_dict(table: ScoreTable) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        "pairs": table.pairs,
        "changed_pairs": table.changed_pairs,
        "model": _predictor(table.model),
        "constants": [_predictor(row) for row in table.constants],
        "notes": list(NOTES),
    }


def to_markdown(table: ScoreTable) -> str:
    """Two Markdown tables (scores, accuracies) and the notes."""
    lines = [_markdown_row(COLUMNS), _markdown_row(["---", "--:", "---", *["--:"] * len(METRICS)])]
    lines += [_markdown_row(row) for row in score_rows(table)]
    names, rows = accuracy_rows(table)
    lines += ["", _markdown_row(names), _markdown_row(["---", *["--:"] * (len(names) - 1)])]
    lines += [_markdown_row(row) for row in rows]
    lines += ["", *[f"- {note}" for note in NOTES]]
    return "\n".join(lines) + "\n"


def to_rich(table: ScoreTable) -> Any:
    """A `rich` group, for each predictor its name, its scores and its accuracies; fits a terminal of 80 columns."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = [Text(f"{table.pairs} pairs, {table.changed_pairs} of them changed")]
    for predictor in (table.model, *table.constants):
        # plain Text: a label may hold brackets, which rich would read as markup
        parts += [Text(f"\n{predictor.label}", style="bold"), _rich_scores(predictor), Text(f"  {accuracy_line(predictor)}")]
    return Group(*parts)


def _rich_scores(predictor: PredictorScores) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    grid = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, show_edge=False)
    for index, name in enumerate(("", "pairs", *METRICS.values())):
        grid.add_column(name, justify="right" if index else "left", no_wrap=True)
    for part in predictor.subsets:
        grid.add_row(SUBSETS[part.subset], str(part.pairs), *(percent(part.scores[metric]) for metric in METRICS))
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
