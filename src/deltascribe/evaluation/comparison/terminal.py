"""A comparison as tables for the terminal."""

from __future__ import annotations

from typing import Any

from deltascribe.evaluation.comparison.cells import difference_lines, headline, number, source_cells
from deltascribe.evaluation.comparison.table import Comparison, Row, Table
from deltascribe.metrics.render import SHORT

_HEADS = SHORT | {"meteor_exact": "M (ex.)"}
_LABEL, _MOST = 15, 8
"""With eight columns of seven characters the table is 80 wide."""


def to_rich(comparison: Comparison) -> Any:
    """A `rich` group: a table a mode and subset with the differences under each row, the notes, and the runs."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = [Text(headline(comparison))]
    for full in comparison.tables:
        table = _narrow(full)
        # plain Text: a label may hold brackets, which rich would read as markup
        parts += [Text(f"\n{table.title}", style="bold"), *(Text(note, style="dim") for note in table.notes), _grid(comparison, table)]
    parts.append(Text(""))
    parts += [Text(f"- {note}") for note in comparison.notes]
    parts.append(Text("\nruns", style="bold"))
    for label, seed, training_seed, decoding, path, command in source_cells(comparison.sources):
        parts.append(Text(f"{label}: seed {seed}, training seed {training_seed}, decoding {decoding}, {path}\n  {command}"))
    return Group(*parts)


def _narrow(table: Table) -> Table:
    """Without the exact METEOR where all columns are shown: the files have it."""
    if len(table.columns) <= _MOST:
        return table
    return table.only([key for key in table.columns if key != "meteor_exact"])


def _grid(comparison: Comparison, table: Table) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=SIMPLE_HEAD, padding=0, show_edge=False)
    grid.add_column("", min_width=_LABEL, overflow="fold")
    for key, title in table.columns.items():
        grid.add_column(_HEADS.get(key, title), justify="right")
    differences = dict(difference_lines(comparison, table))
    for position, row in enumerate(table.rows):
        if position and row.block != table.rows[position - 1].block:
            grid.add_section()
        style = "" if row.kind == "run" else "dim"
        grid.add_row(Text(row.label, style), *(_score(row, key, style) for key in table.columns))
        if row.seeds > 1:
            grid.add_row(Text("  ±", "dim"), *(Text(number(row.cells[key].deviation), "dim") for key in table.columns))
        for heading, cells in differences.get(row.label, []) if row.kind == "run" else []:
            grid.add_row(Text(f"  {heading}", "dim"), *(Text(cell, "dim") for cell in cells))
    return grid


def _score(row: Row, key: str, style: str) -> Any:
    from rich.text import Text

    cell = row.cells[key]
    return Text(number(cell.value), "bold" if cell.best else style)
