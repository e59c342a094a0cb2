"""Writes a comparison as Markdown, LaTeX, CSV or JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison.cells import SOURCE_COLUMNS, difference_lines, headline, score_text, source_cells
from deltascribe.evaluation.comparison.latex import to_latex
from deltascribe.evaluation.comparison.legends import differences_legend, legend, sentences
from deltascribe.evaluation.comparison.plain import to_csv, to_json
from deltascribe.evaluation.comparison.table import Cell, Comparison, Table

Format = Literal["markdown", "latex", "csv", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)

_SUFFIXES: dict[str, Format] = {".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".csv": "csv", ".json": "json"}


def format_of(name: str | None, path: Path | None) -> Format:
    """The format that was asked for by name, else that of a file's suffix, else Markdown.

    Raises:
        ConfigError: no such format, or a suffix that tells of none.
    """
    if name is not None:
        if name not in FORMATS:
            raise ConfigError(f"There is no format '{name}'. Choose one of: {', '.join(FORMATS)}.")
        return name
    if path is None:
        return "markdown"
    if path.suffix.lower() not in _SUFFIXES:
        raise ConfigError(f"The suffix of {path} tells of no format. Use one of {', '.join(_SUFFIXES)}, or give --format.")
    return _SUFFIXES[path.suffix.lower()]


def render(comparison: Comparison, format: Format = "markdown") -> str:
    """The comparison as text."""
    writers = {"markdown": to_markdown, "latex": to_latex, "csv": to_csv, "json": to_json}
    return writers[format](comparison)


def to_markdown(comparison: Comparison) -> str:
    """Tables of scores and of differences, each with its legend, notes, and the runs with their commands and seeds."""
    about = f"{headline(comparison)}." + (f" Data: {plain_text(comparison.data)}." if comparison.data else "")
    parts = [f"# Comparison\n\n{about}"]
    for table in comparison.tables:
        parts.append(f"## {plain_text(table.title)}")
        parts += [plain_text(note) for note in table.notes]
        parts += [scores_grid(table), plain_text(sentences(legend(comparison, table)))]
        differences = _differences(comparison, table)
        if differences:
            parts += [differences, plain_text(sentences(differences_legend(comparison, table)))]
    parts.append("## Notes\n\n" + "\n".join(f"- {plain_text(note)}" for note in comparison.notes))
    rows = [[*map(plain_text, cells[:-2]), *map(code_text, cells[-2:])] for cells in source_cells(comparison.sources)]
    parts.append("## Runs\n\n" + grid(SOURCE_COLUMNS, rows, right=False))
    return "\n\n".join(parts) + "\n"


def scores_grid(table: Table) -> str:
    """Scores of all rows, with deviations and marks."""
    rows = [[plain_text(row.label), *(_cell(row.cells[key]) for key in table.columns)] for row in table.rows]
    return grid(["", *map(plain_text, table.columns.values())], rows)


def _cell(cell: Cell) -> str:
    text = f"**{score_text(cell)}**" if cell.best else score_text(cell)
    return text + (cell.difference.mark if cell.difference is not None else "")


def _differences(comparison: Comparison, table: Table) -> str:
    rows = []
    for label, lines in difference_lines(comparison, table):
        for position, (heading, cells) in enumerate(lines):
            rows.append([plain_text(f"{label}, {heading}") if position == 0 else heading, *map(plain_text, cells)])
    return grid([plain_text(f"against {comparison.baseline}"), *map(plain_text, table.columns.values())], rows) if rows else ""


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]], right: bool = True) -> str:
    """A Markdown table of cells that are Markdown."""
    rule = ["---", *["--:" if right else "---"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [heads, rule, *rows])


def plain_text(text: str) -> str:
    """Text on one line that Markdown leaves as it is."""
    line = " ".join(text.split())
    # a "<" opens a tag only before a letter, a slash or a mark
    return re.sub(r"[\\|*`]|<(?=[A-Za-z/!?])", lambda found: f"\\{found[0]}", line)


def code_text(text: str) -> str:
    """Text as code."""
    # inside code only the bar of the table needs an escape; a tick would end the code
    line = " ".join(text.split()).replace("|", "\\|")
    ticks = "``" if "`" in line else "`"
    return line if line == "-" else f"{ticks}{line}{ticks}"
