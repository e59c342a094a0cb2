"""An evaluation as text for the terminal: short tables that fit 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deltascribe.evaluation.analysis import Analysis
from deltascribe.metrics.keywords import KINDS
from deltascribe.metrics.render import percent

if TYPE_CHECKING:
    from deltascribe.evaluation.retrieval import Retrieval
    from deltascribe.evaluation.sanity import SanityReport


def keyword_table(analysis: Analysis) -> Any:
    """Keyword precision, recall and F1 by kind on the changed pairs, with what people reach; None without changed pairs."""
    if not analysis.keywords:
        return None
    head, rows = keyword_rows(analysis)
    table = _table(*head)
    for row in rows:
        table.add_row(*row)
    return table


def keyword_rows(analysis: Analysis) -> tuple[list[str], list[list[str]]]:
    """Column names and cells of `keyword_table`."""
    scores, people, alike = (analysis.keywords.get(key) for key in ("changed", "human", "left_out"))
    rows = []
    for kind, title in [*KINDS.items(), ("all", "all")]:
        entry = None if scores is None else scores.kinds[kind]
        figures = [None, None, None] if entry is None else [entry.precision, entry.recall, entry.f1]
        figures += [None if other is None else other.kinds[kind].f1 for other in (alike, people)]
        rows.append([title, *map(percent, figures)])
    return ["keywords, changed", "precision", "recall", "F1", "one left out", "people's F1"], rows


def calibration_line(analysis: Analysis) -> str | None:
    """How far the change probability can be trusted; None where there is none."""
    measured = analysis.calibration
    if measured is None:
        return None
    return (
        f"change probability: ECE {percent(measured.ece)} % (equal mass {percent(measured.ece_equal_mass)} %), "
        f"Brier score {measured.brier:.4f}, ROC-AUC {percent(measured.roc_auc)} %"
    )


def retrieval_table(retrieval: Retrieval) -> Any:
    """Recall at k both ways with what chance gives in brackets; a line with the reason where there is none."""
    if not retrieval.scores:
        from rich.text import Text

        # plain Text: a reason may hold brackets, which rich would read as markup
        return Text(f"retrieval: {retrieval.reason}")
    first = next(iter(retrieval.scores.values())).image_to_text
    table = _table("retrieval, % (chance)", *(f"R@{k}" for k in first.recall), "median rank")
    for pool, scores in retrieval.scores.items():
        for way, entry in (("sentence for a pair", scores.image_to_text), ("pair for a sentence", scores.text_to_image)):
            cells = [f"{percent(entry.recall[k])} ({percent(entry.chance[k])})" for k in entry.recall]
            table.add_row(f"{pool}: {way}", *cells, f"{entry.median_rank:g} of {entry.candidates}")
    return table


def sanity_table(report: SanityReport) -> Any:
    """Rate of each sanity test."""
    table = _table("sanity test", "passed, %", "pairs")
    for result in report.results:
        table.add_row(result.title, percent(result.rate), str(result.pairs))
    return table


def _table(*columns: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, show_edge=False)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index else "left", no_wrap=bool(index))
    return table
