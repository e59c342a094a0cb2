"""The headline figures, each with the strongest constant and with people beside it, so that nobody is fooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltascribe.evaluation.page.markup import Html, tag
from deltascribe.evaluation.page.rivals import (
    Figure,
    has_perfect_flag,
    human_row,
    score_of,
    strongest_constant,
    verdict,
)
from deltascribe.metrics.render import percent
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import SUBSETS, PredictorScores, ScoreTable


@dataclass(frozen=True)
class _Line:
    """One bar of a tile: who, how much, and the kind that gives its colour."""

    kind: str
    label: str
    value: float | None
    detail: str = ""


def headline(tables: Sequence[tuple[str, str, ScoreTable]]) -> tuple[str, str, ScoreTable] | None:
    """The table that the tiles take: the first in mode `ids`, else the first."""
    return next((entry for entry in tables if entry[1] == "ids"), tables[0] if tables else None)


def tiles(tables: Sequence[tuple[str, str, ScoreTable]]) -> Html:
    """S*m over all pairs, CIDEr-D over the changed ones, and both accuracies."""
    chosen = headline(tables)
    if chosen is None:
        return Html()
    decoding, mode, table = chosen
    setting = f"{mode}, {decoding}"
    content = [
        _score_tile(table, "all", "s_m", setting),
        _score_tile(table, "changed", "cider_d", setting),
        _accuracy_tile(table, "Change accuracy", "changed pairs", "change_accuracy"),
        _accuracy_tile(table, "No-change accuracy", "pairs without a change", "no_change_accuracy"),
    ]
    return tag("section", *content, class_="tiles", aria_label="headline figures")


def _score_tile(table: ScoreTable, subset: str, metric: str, setting: str) -> Html:
    read = score_of(subset, metric)
    constant, human = strongest_constant(table, read), human_row(table)
    value, strongest = read(table.model), read(constant) if constant else None
    people = read(human) if human else None
    interval = table.intervals.get(subset, {}).get(metric)
    lines = [_Line("model", "this model", value)]
    if constant:
        lines.append(_Line("constant", "strongest constant", strongest, constant.label))
    if human:
        lines.append(_Line("human", "people", people, human.label))
    mark, words = verdict(value, strongest, people)
    return _tile(METRICS[metric], f"{SUBSETS[subset]}; {setting}", value, interval, lines, f"{mark} {words}".strip(), mark)


def _accuracy_tile(table: ScoreTable, name: str, pairs: str, attribute: str) -> Html:
    read: Figure = lambda row: getattr(row, attribute)  # noqa: E731
    # rows with a perfect flag are right by definition
    blind = [row for row in table.constants if not has_perfect_flag(row) and read(row) is not None]
    constant: PredictorScores | None = max(blind, key=lambda row: read(row) or 0.0, default=None)
    value, strongest = read(table.model), read(constant) if constant else None
    lines = [_Line("model", "this model", value)]
    flag: float | None = getattr(table.model, f"flag_{attribute}")
    if flag is not None:
        lines.append(_Line("model", "its change flag", flag))
    if constant:
        lines.append(_Line("constant", constant.label, strongest))
    words = "rows with a perfect flag have 100 by definition" if len(blind) < len(table.constants) else ""
    return _tile(name, f"{pairs}, by the sentence", value, None, lines, words, "", top=1.0)


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
        tag("h2", name),
        tag("p", setting, class_="soft"),
        tag("p", *figure, class_="big"),
        tag("dl", *(_bar(line, full) for line in lines), class_="bars"),
        tag("p", words, class_="verdict " + {"▲": "above", "△": "between", "▽": "below"}.get(mark, "soft")),
        class_="tile",
    )


def _bar(line: _Line, full: float) -> Html:
    share = max(0.0, min(1.0, (line.value or 0.0) / full))
    track = tag("span", class_="fill", style=f"width:{100 * share:.1f}%")
    return tag(
        "div",
        tag("dt", line.label, title=line.detail or None),
        tag("dd", tag("span", track, class_="track", aria_hidden="true"), tag("span", percent(line.value), class_="value")),
        class_=f"line {line.kind}",
    )
