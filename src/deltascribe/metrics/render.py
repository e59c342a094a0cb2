"""Turns a score table into plain values, Markdown, or a table for the terminal; everything times 100."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deltascribe.metrics.anchors import RULES
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import SUBSETS, PredictorScores, ScoreTable, SubsetScores

NOTES: tuple[str, ...] = (
    "All figures x100, by the COCO caption scorers' definitions; S*m is the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D.",
    "CIDEr-D takes its idf from the pairs of its own row, so rows over different pairs don't compare; "
    "'-' where all pairs share the same references (every idf is 0).",
    "No-change accuracy: unchanged pairs whose sentence begins with a no-change sentence (the five of LEVIR-CC, or the data set's "
    "own); change accuracy: changed pairs whose sentence does not. An empty sentence is wrong of either.",
    "'re-weighted 50/50' (50/50) lets the changed pairs and the others count half each, in CIDEr-D's idf too, as in the official "
    "LEVIR-CC test split.",
    "'METEOR (exact)' knows no paraphrases: METEOR on word numbers also matches some different numbers, so it depends on the numbering.",
    *RULES,
)
COLUMNS: tuple[str, ...] = ("predictor", "pairs", "")
"""Heads before those of the metrics."""
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
            subset: {metric: [_rounded(low), _rounded(high)] for metric, (low, high) in metrics.items()}
            for subset, metrics in table.intervals.items()
        },
        "constants": [_predictor(row) for row in table.constants],
        "notes": [*table.notes, *NOTES],
    }


def to_markdown(table: ScoreTable, *, notes: bool = True) -> str:
    """Markdown tables: scores, accuracies, and intervals where there are any.

    Args:
        table: the scores.
        notes: add the notes that hold for every table.
    """
    lines = [f"Mode {table.protocol}" if table.protocol else f"Mode {table.mode}", ""]
    metrics = known_metrics(table)
    lines += [_markdown_row([*COLUMNS, *(METRICS[key] for key in metrics)]), _markdown_row(["---", "--:", "---", *["--:"] * len(metrics)])]
    lines += [_markdown_row(row) for row in score_rows(table)]
    lines += ["", markdown_table(*accuracy_rows(table))]
    if table.intervals:
        lines += ["", markdown_table(*interval_rows(table))]
    lines += ["", *[f"- {note}" for note in (*table.notes, *(NOTES if notes else ()))]]
    return "\n".join(lines).rstrip() + "\n"


def markdown_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose first column holds names and whose others hold figures."""
    lines = [_markdown_row(names), _markdown_row(["---", *["--:"] * (len(names) - 1)])]
    return "\n".join([*lines, *(_markdown_row(row) for row in rows)])


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


def to_rich_short(tables: Sequence[ScoreTable]) -> Any:
    """A `rich` group that fits a terminal of 80 columns: all pairs and the changed ones, and the model's accuracies.

    Args:
        tables: of several ways of decoding the same set in one mode; the rows without a model and the notes are those of the first.
    """
    from rich.console import Group
    from rich.text import Text

    first, subsets = tables[0], ("all", "changed")
    parts: list[Any] = [Text(first.protocol or first.mode, style="italic")]
    for position, table in enumerate(tables):
        parts += [Text(f"\n{table.model.label}", style="bold"), _rich_scores(table.model, subsets, table.intervals, heads=position == 0)]
        parts.append(Text(f"  {accuracy_line(table.model)}"))
    for row in first.constants:
        parts += [Text(f"\n{row.label}", style="bold"), _rich_scores(row, subsets, {}, heads=False)]
    return Group(*parts, *(Text(f"- {note}") for note in first.notes))


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


def known_metrics(table: ScoreTable) -> list[str]:
    """Keys of the metrics that some row of the model has; METEOR (exact) is there in `ids` alone. METEOR and S*m always stay."""
    always = ("meteor", "s_m")
    return [key for key in METRICS if key in always or any(part.scores[key] is not None for part in table.model.subsets)]


def score_rows(table: ScoreTable) -> list[list[str]]:
    """Cells under `COLUMNS` and `known_metrics`."""
    metrics = known_metrics(table)
    return [
        [predictor.label, str(part.pairs), SUBSETS[part.subset], *(percent(part.scores[metric]) for metric in metrics)]
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
    known = known_metrics(table)
    names = ["95 % interval", *(METRICS[key] for key in known)]
    rows = [
        [SUBSETS[subset], *(f"{percent(ends[key][0])} to {percent(ends[key][1])}" if key in ends else "-" for key in known)]
        for subset, ends in table.intervals.items()
    ]
    return names, rows


def hundredfold(value: float | None) -> float | None:
    """A score times 100; None where there is none."""
    return None if value is None else 100 * value


def percent(value: float | None) -> str:
    """A score times 100 with two decimals; a dash where there is none."""
    return "-" if value is None else f"{100 * value:.2f}"


def _predictor(row: PredictorScores) -> dict[str, Any]:
    return {
        "label": row.label,
        "change_accuracy": _rounded(row.change_accuracy),
        "no_change_accuracy": _rounded(row.no_change_accuracy),
        "flag_change_accuracy": _rounded(row.flag_change_accuracy),
        "flag_no_change_accuracy": _rounded(row.flag_no_change_accuracy),
        "subsets": {part.subset: _subset(part) for part in row.subsets},
    }


def _subset(part: SubsetScores) -> dict[str, Any]:
    return {"pairs": part.pairs, **{metric: _rounded(part.scores[metric]) for metric in METRICS}}


def _rounded(value: float | None) -> float | None:
    scaled = hundredfold(value)
    return None if scaled is None else round(scaled, 6)


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
