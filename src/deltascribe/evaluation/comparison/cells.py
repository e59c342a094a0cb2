"""Cells and lines as plain text, which Markdown, LaTeX and the terminal then dress."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.evaluation.comparison.table import Cell, Comparison, Source, Table

SOURCE_COLUMNS = ("row", "seed", "training seed", "decoding", "predictions", "command")


def number(value: float | None) -> str:
    """Two decimals; a dash where there is none."""
    return "-" if value is None else f"{value:.2f}"


def signed(value: float) -> str:
    """Two decimals with a sign; a difference that rounds to nothing has none."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text


def p_text(value: float) -> str:
    """Three decimals; what is smaller is said to be."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def score_text(cell: Cell) -> str:
    """A score with its deviation over seeds."""
    return number(cell.value) + ("" if cell.deviation is None else f" ± {cell.deviation:.2f}")


def difference_lines(comparison: Comparison, table: Table) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """For each tested row its label, and four lines of heading and cells: difference, both ends of the interval, adjusted p."""
    found = []
    level = f"{100 * comparison.level:g} %"
    for row in table.rows:
        tested = row.tested
        if not tested:
            continue
        entries = [tested.get(key) for key in table.columns]
        lines = [
            ("difference", ["-" if entry is None else signed(entry.value) + entry.mark for entry in entries]),
            (f"{level} from", ["-" if entry is None else signed(entry.low) for entry in entries]),
            (f"{level} to", ["-" if entry is None else signed(entry.high) for entry in entries]),
            ("p (Holm)", ["-" if entry is None else p_text(entry.p_adjusted) for entry in entries]),
        ]
        found.append((row.label, lines))
    return found


def source_cells(sources: Sequence[Source]) -> list[list[str]]:
    """Cells under `SOURCE_COLUMNS`."""
    return [
        [
            source.label,
            "-" if source.seed is None else str(source.seed),
            "-" if source.training_seed is None else str(source.training_seed),
            source.decoding or "-",
            source.path,
            source.command or "-",
        ]
        for source in sources
    ]


def headline(comparison: Comparison) -> str:
    """Size of the set."""
    return f"{comparison.pairs} pairs, {comparison.changed_pairs} of them changed"
