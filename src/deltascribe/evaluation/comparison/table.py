"""What a comparison holds: tables of cells with differences and tests, and where every figure comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from deltascribe.metrics.significance import LEVEL

RowKind = Literal["run", "constant", "oracle", "human", "references", "published"]
"""A run; one that sees nothing; one that is told which pairs changed and sees nothing else; people; a paper's figures."""

ACCURACIES: dict[str, str] = {
    "change_accuracy": "change acc.",
    "no_change_accuracy": "no-change acc.",
    "flag_change_accuracy": "change acc. (flag)",
    "flag_no_change_accuracy": "no-change acc. (flag)",
}
KEYWORDS: dict[str, str] = {
    "keyword_precision": "precision",
    "keyword_recall": "recall",
    "keyword_f1": "F1",
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
        p_adjusted: after Holm, over the metrics that one row of the table is tested on.
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
        seeds: the score of each seed, x100; empty in rows that aren't runs.
    """

    value: float | None
    deviation: float | None = None
    best: bool = False
    difference: Difference | None = None
    seeds: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        label: name.
        kind: see `RowKind`.
        cells: by column, and of columns that are not shown.
        seeds: number of runs behind it.
        marks: protocol and particulars of a published row.
        comparable: whether its scores may be compared with those of the runs: not those of other pairs or another mode.
    """

    label: str
    kind: RowKind
    cells: dict[str, Cell]
    seeds: int = 1
    marks: str = ""
    comparable: bool = True

    @property
    def block(self) -> Literal["run", "anchor", "published"]:
        """The part of the table that it stands in: constants, oracles and people share one."""
        return "run" if self.kind == "run" else "published" if self.kind == "published" else "anchor"

    @property
    def tested(self) -> dict[str, Difference]:
        """The differences of this row."""
        return {key: cell.difference for key, cell in self.cells.items() if cell.difference is not None}


@dataclass(frozen=True)
class Table:
    """Scores of all rows over one subset in one mode, or the keywords or the accuracies.

    Attributes:
        title: heading.
        mode: of the scores; None for keywords and accuracies, which do not depend on it.
        subset: a key of `SUBSETS`, or `keywords` or `accuracy`.
        pairs: number of pairs; None where the rows aren't of these pairs.
        columns: heading by key.
        rows: runs first.
        notes: what must be read with this table.
        about, test: what its columns are and how differences are tested, of a table that is none of those above.
    """

    title: str
    mode: str | None
    subset: str
    pairs: int | None
    columns: dict[str, str]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    test: str = ""

    def row(self, label: str) -> Row:
        """The row of a name."""
        return next(row for row in self.rows if row.label == label)

    def only(self, columns: Sequence[str]) -> Table:
        """The same with some of its columns; what was tested and adjusted together stays so."""
        return replace(self, columns={key: title for key, title in self.columns.items() if key in columns})


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
        tables: scores by mode and subset, then the keywords where they are asked for, the accuracies last.
        sources: one a run.
        notes: for all tables.
        pairs, changed_pairs: size of the set.
        baseline: row that the others are tested against; None where there is a single row.
        level: coverage of the intervals.
        data: name and split of the data set, as the first run that states any has them; "" where none does.
        vocabulary: whose words have numbers in the mode `ids`; "" where that mode is not asked for.
    """

    tables: tuple[Table, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = field(default=())
    pairs: int = 0
    changed_pairs: int = 0
    baseline: str | None = None
    level: float = LEVEL
    data: str = ""
    vocabulary: str = ""

    def only(self, columns: Sequence[str]) -> Comparison:
        """The same with some columns of the scores; keywords and accuracies stay whole."""
        return replace(
            self, tables=tuple(table if table.subset in ("accuracy", "keywords") else table.only(columns) for table in self.tables)
        )

    def table(self, mode: str | None, subset: str) -> Table:
        """The table of a mode and a subset."""
        return next(table for table in self.tables if table.mode == mode and table.subset == subset)
