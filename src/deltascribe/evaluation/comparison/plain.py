"""A comparison as plain numbers: CSV with one line a row, mode and subset, and JSON with everything."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from deltascribe.evaluation.comparison.table import ACCURACIES, KEYWORDS, Cell, Comparison, Row, Table
from deltascribe.metrics import METRICS

_DIGITS = 6


def to_csv(comparison: Comparison) -> str:
    """One line for each row, mode and subset, all scores x100.

    For each metric, keyword score and accuracy there are columns of its value, the deviation over seeds (`_sd`), and the difference to the
    baseline with the ends of its interval and p (`_difference`, `_low`, `_high`, `_p`, and after Holm `_p_holm`). `comparable`
    says of a published row whether it is of the same pairs and mode as the runs; all other rows are.
    """
    beside = [table for table in comparison.tables if table.subset in ("keywords", "accuracy")]
    keys = [key for key in METRICS if any(key in table.columns for table in comparison.tables)]
    keys += [key for key in KEYWORDS | ACCURACIES if any(key in table.columns for table in beside)]
    lines: list[dict[str, Any]] = []
    for table in comparison.tables:
        if table in beside:
            continue
        for row in table.rows:
            cells = row.cells | _cells_of(beside, row)
            values = {name: value for key in keys if key in cells for name, value in _values(key, cells[key]).items()}
            # not every paper states its mode: the marks say what is known
            mode = table.mode if row.kind != "published" else None
            about = {
                "row": row.label,
                "kind": row.kind,
                "comparable": "yes" if row.comparable else "no",
                "marks": row.marks or None,
                "mode": mode,
                "subset": table.subset,
                "pairs": table.pairs,
            }
            # constants and papers have no seeds and are not tested against the baseline
            of_runs = {"seeds": row.seeds, "baseline": comparison.baseline} if row.kind == "run" else {}
            lines.append(about | of_runs | values)
    names = ["row", "kind", "comparable", "marks", "mode", "subset", "pairs", "seeds", "baseline"]
    names += [name for key in keys for name in _values(key, Cell(None))]
    # a column that no row fills, as that of deviations where each row is a single run, says nothing;
    # but a metric that was asked for is looked for
    used = [name for name in names if name in keys or any(line.get(name) is not None for line in lines)]
    text = io.StringIO()
    writer = csv.DictWriter(text, used, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def to_json(comparison: Comparison) -> str:
    """Everything, all scores x100."""
    value = {
        "pairs": comparison.pairs,
        "changed_pairs": comparison.changed_pairs,
        "baseline": comparison.baseline,
        "level": comparison.level,
        "data": comparison.data,
        "vocabulary": comparison.vocabulary,
        "tables": [_table(table) for table in comparison.tables],
        "notes": list(comparison.notes),
        "runs": [asdict(source) for source in comparison.sources],
    }
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _cells_of(tables: Sequence[Table], row: Row) -> dict[str, Cell]:
    same = (entry for table in tables for entry in table.rows if entry.kind == row.kind and entry.label == row.label)
    return {key: cell for entry in same for key, cell in entry.cells.items()}


def _values(key: str, cell: Cell) -> dict[str, float | None]:
    entry = cell.difference
    return {
        key: _rounded(cell.value),
        f"{key}_sd": _rounded(cell.deviation),
        f"{key}_difference": None if entry is None else _rounded(entry.value),
        f"{key}_low": None if entry is None else _rounded(entry.low),
        f"{key}_high": None if entry is None else _rounded(entry.high),
        f"{key}_p": None if entry is None else entry.p_value,
        f"{key}_p_holm": None if entry is None else entry.p_adjusted,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "mode": table.mode,
        "subset": table.subset,
        "pairs": table.pairs,
        "notes": list(table.notes),
        "rows": [_row(row, table) for row in table.rows],
    }


def _row(row: Row, table: Table) -> dict[str, Any]:
    about: dict[str, Any] = {"label": row.label, "kind": row.kind, "comparable": row.comparable, "marks": row.marks}
    if row.kind == "run":
        about["seeds"] = row.seeds
    return about | {"scores": {key: _cell(row.cells[key]) for key in table.columns}}


def _cell(cell: Cell) -> dict[str, Any]:
    value: dict[str, Any] = {"value": _rounded(cell.value)}
    if cell.deviation is not None:
        value["sd"] = _rounded(cell.deviation)
    if len(cell.seeds) > 1:
        value["seeds"] = [_rounded(score) for score in cell.seeds]
    if cell.difference is not None:
        entry = cell.difference
        ends = {"difference": entry.value, "low": entry.low, "high": entry.high}
        value |= {name: _rounded(end) for name, end in ends.items()} | {"p": entry.p_value, "p_holm": entry.p_adjusted}
    return value
