"""Places published figures: in the table of the same pairs and mode, or in one of their own that says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deltascribe.evaluation.comparison.pairs import SharedPairs
from deltascribe.evaluation.comparison.published import NONE, PublishedSet, find_published, published_sets
from deltascribe.evaluation.comparison.runs import RunGroup
from deltascribe.evaluation.comparison.table import Cell, Row, Table
from deltascribe.metrics import METRICS


def choose_published(name: str | None, pairs: SharedPairs, groups: Sequence[RunGroup]) -> tuple[PublishedSet | None, bool]:
    """The published figures to show, and whether they are of these pairs.

    Args:
        name: of a set, `none`, or None for that of exactly these pairs, if any.
        pairs: the pairs that are scored.
        groups: the rows, whose records tell of the data set.

    Raises:
        ConfigError: there is no such set.
    """
    data = groups[0].runs[0].data
    if name == NONE:
        return None, False
    if name is not None:
        chosen = find_published(name)
        return chosen, chosen.covers(pairs.names, pairs.changed, data)
    fitting = (entry for entry in published_sets().values() if entry.covers(pairs.names, pairs.changed, data))
    found = next(fitting, None)
    return found, found is not None


def with_published(
    tables: Sequence[Table], chosen: PublishedSet | None, same_pairs: bool, metrics: Sequence[str]
) -> tuple[list[Table], list[str]]:
    """Adds the published rows that have any of the metrics asked for.

    Returns:
        The tables, and notes on what could not be shown.
    """
    if chosen is None:
        return list(tables), []
    columns = {key: METRICS[key] for key in METRICS if key in metrics and any(key in row.scores for row in chosen.rows)}
    if not columns:
        return list(tables), [f"The published figures ({chosen.title}) have none of the metrics asked for, and are left out."]
    home = next((table for table in tables if table.mode == chosen.mode and table.subset == "all"), None)
    if home is not None and same_pairs:
        filled = replace(home, rows=(*home.rows, *_rows(chosen, home.columns, comparable=True)), notes=(*home.notes, chosen.note))
        return [filled if table is home else table for table in tables], []
    reason = (
        f"These figures are of mode {chosen.mode} over all pairs and do not compare with other modes or subsets."
        if same_pairs
        else f"These figures are from another set of pairs ({chosen.title}, {chosen.pairs} pairs) and do not compare with the rows above."
    )
    title = f"Published, {chosen.title}"
    rows = _rows(chosen, columns, comparable=False)
    return [*tables, Table(title, chosen.mode, "published", chosen.pairs, columns, rows, (reason, chosen.note))], []


def _rows(chosen: PublishedSet, columns: dict[str, str], *, comparable: bool) -> tuple[Row, ...]:
    """Rows with any figure in these columns; one whose paper does not state its mode never compares."""
    return tuple(
        Row(
            row.label,
            "published",
            {key: Cell(row.scores.get(key)) for key in columns},
            marks=", ".join(row.marks),
            comparable=comparable and chosen.mode in row.marks,
        )
        for row in chosen.rows
        if any(key in row.scores for key in columns)
    )
