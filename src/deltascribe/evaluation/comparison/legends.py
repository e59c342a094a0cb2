"""What must stand with each table so that it can be read by itself: marks, tests, and what was scored."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.evaluation.comparison.table import ACCURACIES, KEYWORDS, Comparison, Row, Table
from deltascribe.metrics import METRICS

_MODES = {
    "ids": "ids: each word is scored as its number in a vocabulary ({vocabulary}), all other words as one more number",
    "words": "words: scored as words, in lower case and without punctuation",
}
_SUBSETS = {
    "all": "All {pairs} pairs, {changed} of them changed",
    "balanced": "All {pairs} pairs, weighted so that the {changed} changed ones and the others count half each",
    "changed": "The {pairs} changed pairs alone",
    "no_change": "The {pairs} pairs without a change alone",
}
_ANCHORS = {
    "constant": '"always": predictors that see no image',
    "oracle": '"perfect flag": predictors that are told which pairs changed and see nothing else',
    "human": "human: each reference of a changed pair against its others",
    "references": "references: each one of a changed pair against its others; no person wrote them",
}


def setting(comparison: Comparison, table: Table) -> list[str]:
    """Sentences on what was scored: kind of table, pairs, mode, data; the notes of published figures apart say the rest."""
    if table.subset == "published":
        return [table.title]
    if table.about:
        return [table.title, *table.about, *([f"Data: {comparison.data}"] if comparison.data else [])]
    found = [table.title if table.mode is None else f"Caption scores, mode {table.mode}"]
    if table.subset == "keywords":
        found.append(_SUBSETS["changed"].format(pairs=table.pairs))
        found.append(
            "Precision: share of the keywords said that any reference holds; recall: share of those in most references of a pair that are "
            "said; F1: their harmonic mean"
        )
    elif table.mode is None:
        found.append(_SUBSETS["all"].format(pairs=comparison.pairs, changed=comparison.changed_pairs))
        found.append(
            "No-change acc.: share of the unchanged pairs whose sentence begins with a no-change sentence; change acc.: share of the "
            "changed pairs whose sentence does not"
        )
        if any(key.startswith("flag_") for key in table.columns):
            found.append("(flag): by the model's change flag instead of its sentence")
    else:
        found.append(_SUBSETS[table.subset].format(pairs=table.pairs, changed=comparison.changed_pairs))
        found.append(_MODES[table.mode].format(vocabulary=comparison.vocabulary))
        if "s_m" in table.columns:
            found.append("S*m: mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D")
    if comparison.data:
        found.append(f"Data: {comparison.data}")
    return found


def legend(comparison: Comparison, table: Table) -> list[str]:
    """Sentences on the marks of a table of scores; only of those that it has."""
    cells = [row.cells[key] for row in table.rows for key in table.columns]
    found = [] if table.about else ["All times 100"]
    if any(cell.best for cell in cells):
        found.append("Bold: the best run of a column")
    if any(cell.deviation is not None for cell in cells):
        found.append("±: sample standard deviation over the seeds of a row (n - 1), whose mean stands before it; single runs have none")
    if _tested(table):
        found.append(f"† p < 0.05, ‡ p < 0.01 against the baseline {comparison.baseline} by {_test(comparison, table)}, {_family(table)}")
    found += [text for kind, text in _ANCHORS.items() if any(row.kind == kind for row in table.rows)]
    if table.subset != "published" and any(row.kind == "published" for row in table.rows):
        found.append("Years and brackets: published figures with the marks of their protocol; they are not tested")
    return found + _dashes(table)


def differences_legend(comparison: Comparison, table: Table) -> list[str]:
    """Sentences on a table of differences."""
    level = f"{100 * comparison.level:g} %"
    spread = f"{level}: interval of each difference by itself, not adjusted for their number, by {_interval(comparison, table)}"
    if _has_seeds(table):
        spread += "; with rows of several seeds it tells of the choice of pairs, not of seeds"
    return [
        f"Each row minus the baseline {comparison.baseline}, times 100",
        spread,
        f"p (Holm) by {_test(comparison, table)}, {_family(table)}; † p < 0.05, ‡ p < 0.01",
    ]


def sentences(parts: Sequence[str]) -> str:
    """One line of them."""
    return " ".join(f"{part.rstrip('.')}." for part in parts)


def _tested(table: Table) -> list[Row]:
    return [row for row in table.rows if row.tested]


def _family(table: Table) -> str:
    """What p is adjusted over, with the columns that were tested too and aren't shown."""
    keys = list(dict.fromkeys(key for row in _tested(table) for key in row.tested))
    hidden = [(METRICS | KEYWORDS | ACCURACIES)[key] for key in keys if key not in table.columns]
    aside = f" (also {', '.join(hidden)}, not shown)" if hidden else ""
    what = {"accuracy": "accuracies", "keywords": "keyword scores"}.get(table.subset, "scores" if table.about else "metrics")
    if len(keys) == 1:
        return "a single test in each row, so p is not adjusted, nor is it over rows, subsets or modes"
    return f"p adjusted after Holm over the {len(keys)} {what} of one row in this table{aside}, not over rows, subsets or modes"


def _test(comparison: Comparison, table: Table) -> str:
    randomisation = "two-sided paired randomisation over pairs"
    if table.test:
        return table.test
    if table.subset != "accuracy":
        return randomisation
    return _by_seeds(comparison, table, "the exact McNemar test", randomisation)


def _interval(comparison: Comparison, table: Table) -> str:
    bootstrap = "paired bootstrap over pairs" + (", drawn within each kind" if table.subset == "balanced" else "")
    return bootstrap if table.subset != "accuracy" else _by_seeds(comparison, table, "the method of Agresti and Min", bootstrap)


def _by_seeds(comparison: Comparison, table: Table, single: str, several: str) -> str:
    """The accuracies of single runs are tested in another way than those of several seeds."""
    if not _has_seeds(table):
        return single
    any_single = table.row(comparison.baseline or "").seeds == 1 and any(row.seeds == 1 for row in _tested(table))
    return f"{single} (rows of several seeds: {several})" if any_single else several


def _has_seeds(table: Table) -> bool:
    return any(row.seeds > 1 for row in table.rows)


def _dashes(table: Table) -> list[str]:
    """Why some cells are empty."""
    runs = [row for row in table.rows if row.kind == "run"]
    gone = {key for key in METRICS if runs and all(key in row.cells and row.cells[key].value is None for row in runs)} & {*table.columns}
    found = []
    if "cider_d" in gone:
        found.append("-: no CIDEr-D, and so no S*m, where all pairs share the same references and no n-gram has weight")
    if "meteor" in gone:
        found.append("-: METEOR, and so S*m, could not be computed, see the notes")
    if gone == {"s_m"}:
        found.append("-: no S*m without both METEOR and CIDEr-D")
    published = [row.cells[key] for row in table.rows if row.kind == "published" for key in table.columns]
    if any(cell.value is None for cell in published):
        found.append("- in published rows: not published")
    return found
