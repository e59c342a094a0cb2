"""The headline figures, each beside the best row that sees no image and people, so that nobody is fooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.evaluation.page.content import name_setting
from deltascribe.evaluation.page.rivals import BLIND, TOLD, Figure, best_blind, has_perfect_flag, human_row, is_told, score_of, verdict
from deltascribe.metrics.render import percent
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import SUBSETS, PredictorScores, ScoreTable
from deltascribe.webpage.markup import Html, join, tag

_FEW = 100
"""With fewer pairs than this an interval is several points wide."""


@dataclass(frozen=True)
class _Line:
    """One bar of a tile: who, how much, the kind that gives its colour, a remark, and the row's full name."""

    kind: str
    label: str
    value: float | None
    remark: str = ""
    detail: str = ""


def headline(tables: Sequence[tuple[str, str, ScoreTable]]) -> tuple[str, str, ScoreTable] | None:
    """The table whose tiles and panel are shown first: the first in mode `ids`, else the first."""
    return next((entry for entry in tables if entry[1] == "ids"), tables[0] if tables else None)


def tiles(tables: Sequence[tuple[str, str, ScoreTable]], subject: str = "this model") -> Html:
    """For each table S*m over all pairs, CIDEr-D over the changed ones, and both accuracies; all but the first shown are hidden."""
    first = headline(tables)
    return join(_group(entry, number, subject, entry is not first) for number, entry in enumerate(tables))


def _group(entry: tuple[str, str, ScoreTable], number: int, subject: str, hidden: bool) -> Html:
    heading, mode, table = entry
    setting = name_setting(heading, mode)
    content = [
        _score_tile(table, "all", "s_m", setting, subject),
        _score_tile(table, "changed", "cider_d", setting, subject),
        _accuracy_tile(table, "Change accuracy", "changed pairs", "change_accuracy", heading, subject),
        _accuracy_tile(table, "No-change accuracy", "pairs without a change", "no_change_accuracy", heading, subject),
    ]
    few = f"only {table.pairs} pair{'s' * (table.pairs != 1)}: intervals are wide"
    return tag(
        "section",
        tag("div", *content, class_="tiles"),
        *([tag("p", few, class_="few")] if table.pairs < _FEW else []),
        class_="headline",
        aria_label=f"headline figures, {setting}",
        data_panel=number,
        hidden=hidden,
    )


def _score_tile(table: ScoreTable, subset: str, metric: str, setting: str, subject: str) -> Html:
    read = score_of(subset, metric)
    blind, human = best_blind(table, read), human_row(table)
    value, best = read(table.model), read(blind) if blind else None
    people = read(human) if human else None
    interval = table.intervals.get(subset, {}).get(metric)
    lines = [_Line("model", subject, value)]
    if blind:
        lines.append(_Line("constant", BLIND, best, TOLD if is_told(blind) else "", blind.label))
    if human:
        lines.append(_Line("human", "people", people, detail=human.label))
    mark, words = verdict(value, best, people)
    return _tile(METRICS[metric], f"{SUBSETS[subset]}; {setting}", value, interval, lines, f"{mark} {words}".strip(), mark)


def _accuracy_tile(table: ScoreTable, name: str, pairs: str, attribute: str, heading: str, subject: str) -> Html:
    read: Figure = lambda row: getattr(row, attribute)  # noqa: E731
    # rows with a perfect flag are right by definition
    unaided = [row for row in table.constants if not has_perfect_flag(row) and read(row) is not None]
    constant: PredictorScores | None = max(unaided, key=lambda row: read(row) or 0.0, default=None)
    value, best = read(table.model), read(constant) if constant else None
    lines = [_Line("model", subject, value)]
    flag: float | None = getattr(table.model, f"flag_{attribute}")
    if flag is not None:
        lines.append(_Line("model", "its change flag", flag))
    if constant:
        lines.append(_Line("constant", constant.label, best))
    words = "rows with a perfect flag have 100 by definition" if len(unaided) < len(table.constants) else ""
    # the mode does not matter here: the sentence is judged before it becomes tokens
    return _tile(name, "; ".join(part for part in (f"{pairs}, by the sentence", heading) if part), value, None, lines, words, "", top=1.0)


def _tile(
    name: str,
    setting: str,
    value: float | None,
    interval: tuple[float, float] | None,
    lines: Sequence[_Line],
    words: str,
    mark: str,
    top: float | None = None,
) -> Html:
    full = top or max((line.value or 0.0 for line in lines), default=0.0) or 1.0
    figure = [tag("strong", percent(value))]
    if interval is not None:
        figure.append(tag("span", f"95 %: {percent(interval[0])} to {percent(interval[1])}", class_="interval"))
    return tag(
        "div",
        tag("h3", name),
        tag("p", setting, class_="soft"),
        tag("p", *figure, class_="big"),
        tag("dl", *(_bar(line, full) for line in lines), class_="bars"),
        tag("p", words, class_="verdict " + {"▲": "above", "△": "between", "▽": "below"}.get(mark, "soft")),
        class_="tile",
    )


def _bar(line: _Line, full: float) -> Html:
    share = max(0.0, min(1.0, (line.value or 0.0) / full))
    track = tag("span", class_="fill", style=f"width:{100 * share:.1f}%")
    label = [tag("span", line.label), *([tag("span", f", {line.remark}", class_="told")] if line.remark else [])]
    return tag(
        "div",
        tag("dt", *label, title=line.detail or None),
        tag("dd", tag("span", track, class_="track", aria_hidden="true"), tag("span", percent(line.value), class_="value")),
        class_=f"line {line.kind}",
    )
