"""Writes the table of a grid as Markdown, LaTeX, CSV and JSON, with its plots and the full comparison."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from deltascribe.ablation import header
from deltascribe.ablation.config import Ablation
from deltascribe.ablation.plots import draw_curves, draw_differences
from deltascribe.ablation.summary import FACTS, SCORES, Summary, same_seed_gaps
from deltascribe.errors import MissingDependencyError
from deltascribe.evaluation.comparison import render
from deltascribe.evaluation.comparison.cells import difference_lines, p_text
from deltascribe.evaluation.comparison.legends import differences_legend, legend, sentences
from deltascribe.evaluation.comparison.rendering import code_text, grid, plain_text, scores_grid
from deltascribe.evaluation.comparison.table import Cell, Row
from deltascribe.files import write_json, write_text

_DIGITS = 6


def write_table(ablation: Ablation, summary: Summary, command: str = "") -> list[Path]:
    """Writes `table-SPLIT.md`, `.tex`, `.csv` and `.json`, the plots, and `comparison-SPLIT.md` with all metrics.

    Args:
        ablation: the grid.
        summary: its table.
        command: the command line, for the record.

    Returns:
        The files; without matplotlib there are no plots, and the Markdown says how to get them.
    """
    out, split = ablation.output, summary.split
    pictures, hint = _draw(ablation, summary)
    facts = header.facts(ablation, summary, command)
    texts = {
        f"table-{split}.md": _markdown(ablation, summary, facts, pictures, hint),
        f"table-{split}.tex": _latex(ablation, summary, facts),
        f"table-{split}.csv": _csv(summary),
        f"comparison-{split}.md": render(summary.comparison),
    }
    for name, text in texts.items():
        write_text(out / name, text)
    write_json(out / f"table-{split}.json", _json(ablation, summary, facts))
    return [*(out / name for name in texts), out / f"table-{split}.json", *pictures]


def _draw(ablation: Ablation, summary: Summary) -> tuple[list[Path], str]:
    curves = ablation.output / "curves.png"
    try:
        drawn = draw_differences(ablation.output / f"differences-{summary.split}.png", summary.table, ablation.reference, _seeds(summary))
        draw_curves(curves, {name: [run.folder for run in runs] for name, runs in summary.runs.items()})
    except MissingDependencyError as error:
        return [], str(error)
    return [*([] if drawn is None else [drawn]), curves], ""


def _seeds(summary: Summary) -> dict[str, list[int]]:
    return {name: [run.seed for run in runs] for name, runs in summary.runs.items()}


def _markdown(ablation: Ablation, summary: Summary, facts: Sequence[tuple[str, str]], pictures: Sequence[Path], hint: str) -> str:
    comparison, table = summary.comparison, summary.table
    parts = [f"# {plain_text(table.title)}"]
    parts.append("\n".join(f"- {name}: {code_text(text) if name == 'command' else plain_text(text)}" for name, text in facts))
    parts += ["## Scores", scores_grid(table), plain_text(sentences([*table.about, *legend(comparison, table)]))]
    differences = _differences(summary, ablation.reference)
    if differences:
        above = (
            "p pairs, p seeds: the two tests alone, not adjusted; seeds above: how many of the seeds score higher than the reference's same"
        )
        parts += ["## Differences", differences, plain_text(sentences([*differences_legend(comparison, table), above]))]
    parts += ["## Plots", *(f"![{picture.stem}]({picture.name})" for picture in pictures), *([plain_text(hint)] if hint else [])]
    lines = header.variant_lines(ablation)
    if lines:
        title = f"## Settings of each variant, where they are not those of {plain_text(ablation.reference)}"
        parts += [title, "\n".join(f"- {plain_text(name)}: {code_text(text)}" for name, text in lines)]
    parts.append("## Notes\n\n" + "\n".join(f"- {plain_text(note)}" for note in _notes(summary)))
    parts.append(f"All metrics, and the command that scored each run: [comparison-{summary.split}.md](comparison-{summary.split}.md).")
    return "\n\n".join(parts) + "\n"


def _differences(summary: Summary, reference: str) -> str:
    seeds, table = _seeds(summary), summary.table
    # size and speed are not tested
    tested = replace(table, columns={key: title for key, title in table.columns.items() if key in SCORES})
    rows = []
    for label, lines in difference_lines(summary.comparison, tested):
        row, base = table.row(label), table.row(reference)
        p_values = summary.p_values[label]
        alone = [
            ("p pairs", [p_text(p_values[key][0]) if key in p_values else "-" for key in tested.columns]),
            ("p seeds", [_optional(p_values.get(key, (0.0, None))[1]) for key in tested.columns]),
        ]
        above = [_above(row.cells[key], base.cells[key], seeds[label], seeds[reference]) for key in tested.columns]
        for place, (heading, cells) in enumerate([*lines, *alone, ("seeds above", above)]):
            rows.append([plain_text(f"{label}, {heading}") if place == 0 else heading, *map(plain_text, cells)])
    return grid([plain_text(f"against {reference}"), *map(plain_text, tested.columns.values())], rows) if rows else ""


def _optional(p_value: float | None) -> str:
    return "-" if p_value is None else p_text(p_value)


def _above(cell: Cell, base: Cell, seeds: Sequence[int], others: Sequence[int]) -> str:
    gaps = same_seed_gaps(cell, base, seeds, others)
    return f"{sum(gap > 0 for gap in gaps)}/{len(gaps)}" if gaps else "-"


def _latex(ablation: Ablation, summary: Summary, facts: Sequence[tuple[str, str]]) -> str:
    notes = [*(f"{name}: {text}" for name, text in (*facts, *header.variant_lines(ablation))), *_notes(summary)]
    return render(replace(summary.comparison, tables=(summary.table,), notes=tuple(notes)), "latex")


def _notes(summary: Summary) -> list[str]:
    """Without that on the tests of the full comparison, which are others."""
    return [note for note in summary.comparison.notes if not note.startswith("†")]


def _csv(summary: Summary) -> str:
    """A line for each row, with value, deviation, difference, ends of its interval and p of each column."""
    names = ["row", "kind", "seeds"]
    for key in summary.table.columns:
        names += [key, f"{key}_sd"]
        names += [f"{key}_{end}" for end in ("difference", "low", "high", "p", "p_holm")] if key in SCORES else []
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    for row in summary.table.rows:
        about = {"row": row.label, "kind": row.kind, "seeds": " ".join(map(str, _seeds(summary).get(row.label, [])))}
        writer.writerow(about | {f"{key}{ending}": value for key, cell in row.cells.items() for ending, value in _values(cell).items()})
    return text.getvalue()


def _values(cell: Cell) -> dict[str, float | None]:
    entry = cell.difference
    values = {"": _rounded(cell.value), "_sd": _rounded(cell.deviation)}
    if entry is None:
        return values
    ends = {"_difference": entry.value, "_low": entry.low, "_high": entry.high}
    return values | {name: _rounded(end) for name, end in ends.items()} | {"_p": entry.p_value, "_p_holm": entry.p_adjusted}


def _json(ablation: Ablation, summary: Summary, facts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        **dict(facts),
        "split": summary.split,
        "columns": {key: title for key, (title, _) in SCORES.items()} | FACTS,
        "rows": [_row(row, _seeds(summary).get(row.label, [])) for row in summary.table.rows],
        "settings": dict(header.variant_lines(ablation)),
        "notes": [*summary.table.about, f"p: {summary.table.test}", *_notes(summary)],
        "runs": [asdict(source) for source in summary.comparison.sources],
    }


def _row(row: Row, seeds: list[int]) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for key, cell in row.cells.items():
        scores[key] = {name.removeprefix("_") or "value": value for name, value in _values(cell).items()}
        if row.kind == "run":
            scores[key]["seeds"] = [_rounded(value) for value in cell.seeds]
    return {"label": row.label, "kind": row.kind, "seeds": seeds, "scores": scores}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
