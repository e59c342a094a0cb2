"""What a comparison holds: tables of cells with differences and tests, and where every figure comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from deltascribe.metrics.significance import LEVEL

RowKind = Literal["run", "anchor", "published"]

ACCURACIES: dict[str, str] = {
    "change_accuracy": "change acc.",
    "no_change_accuracy": "no-change acc.",
    "flag_change_accuracy": "change acc. (flag)",
    "flag_no_change_accuracy": "no-change acc. (flag)",
}
MARKS: tuple[tuple[float, str], ...] = ((0.01, "‡"), (0.05, "†"))
"""Adjusted p below the limit, strictest first."""


@dataclass(frozen=True)
class Difference:
    """A row's score minus the baseline's.

    Attributes:
        value: x100.
        low, high: its confidence interval, x100.
        p_value: of this test alone.
        p_adjusted: after Holm, over the metrics of the table.
    """

    value: float
    low: float
    high: float
    p_value: float
    p_adjusted: float

    @property
    def mark(self) -> str:
        """See `MARKS`; "" where the adjusted p is not small."""
        return next((mark for limit, mark in MARKS if self.p_adjusted < limit), "")


@dataclass(frozen=True)
class Cell:
    """One score.

    Attributes:
        value: x100; None where it is undefined or unknown.
        deviation: sample standard deviation over seeds, x100; None for a single run.
        best: whether no run of the table has a better one.
        difference: to the baseline; None in its own row and in rows that aren't runs.
    """

    value: float | None
    deviation: float | None = None
    best: bool = False
    difference: Difference | None = None


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        label: name.
        kind: `run`, `anchor` (constants and people) or `published`.
        cells: by column.
        seeds: number of runs behind it.
        marks: protocol and particulars of a published row.
    """

    label: str
    kind: RowKind
    cells: dict[str, Cell]
    seeds: int = 1
    marks: str = ""

    @property
    def tested(self) -> dict[str, Difference]:
        """The differences of this row."""
        return {key: cell.difference for key, cell in self.cells.items() if cell.difference is not None}


@dataclass(frozen=True)
class Table:
    """Scores of all rows over one subset in one mode, or the accuracies.

    Attributes:
        title: heading.
        mode: of the scores; None for the accuracies, which do not depend on it.
        subset: a key of `SUBSETS`, or `accuracy`.
        pairs: number of pairs; None where the rows aren't of these pairs.
        columns: heading by key.
        rows: runs first.
        notes: what must be read with this table.
    """

    title: str
    mode: str | None
    subset: str
    pairs: int | None
    columns: dict[str, str]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def row(self, label: str) -> Row:
        """The row of a name."""
        return next(row for row in self.rows if row.label == label)


@dataclass(frozen=True)
class Source:
    """Where the figures of a run come from.

    Attributes:
        label: its row.
        path: file of predictions.
        seed: of the evaluation.
        training_seed: of the model.
        decoding: `greedy`, `beam 3`, ...
        command: the command line.
    """

    label: str
    path: str
    seed: int | None
    training_seed: int | None
    decoding: str
    command: str


@dataclass(frozen=True)
class Comparison:
    """All tables, with what is needed to read and to trace them.

    Attributes:
        tables: scores by mode and subset, the accuracies last.
        sources: one a run.
        notes: for all tables.
        pairs, changed_pairs: size of the set.
        baseline: row that the others are tested against; None where there is a single row.
        level: coverage of the intervals.
    """

    tables: tuple[Table, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = field(default=())
    pairs: int = 0
    changed_pairs: int = 0
    baseline: str | None = None
    level: float = LEVEL

    def table(self, mode: str | None, subset: str) -> Table:
        """The table of a mode and a subset."""
        return next(table for table in self.tables if table.mode == mode and table.subset == subset)
