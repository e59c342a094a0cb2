"""The headline figures and score tables, one panel for each way of decoding and mode, of which the page's switches show one."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.evaluation.page.content import name_setting
from deltascribe.evaluation.page.rivals import BLIND, best_blind, has_perfect_flag, human_row, is_left_out, score_of, verdict
from deltascribe.evaluation.page.tiles import headline, tiles
from deltascribe.metrics.render import percent
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import SUBSETS, PredictorScores, ScoreTable, SubsetScores
from deltascribe.webpage.markup import Html, aside, details, scroll, tag

_ACCURACIES = {
    "change_accuracy": "change accuracy",
    "no_change_accuracy": "no-change accuracy",
    "flag_change_accuracy": "change accuracy, flag",
    "flag_no_change_accuracy": "no-change accuracy, flag",
}
_KEY = ("s_m", "cider_d")
"""What this field compares by: these columns stand first, where a phone shows them too."""
_FOLDED = "no_change"
_SWITCHED = "Cards and tables follow this choice; plots and pairs keep the one that they name."
_SUBSET_REMARKS = {"changed": "idf of these pairs alone", "no_change": "idf of these pairs alone"}


def score_section(tables: Sequence[tuple[str, str, ScoreTable]], subject: str = "this model") -> Html:
    """Switches, headline figures, panels and legend; without a script all panels stand one below the other.

    Args:
        tables: heading, mode and scores.
        subject: who made the captions.
    """
    first = headline(tables)
    if first is None:
        return Html()
    panels = [_panel(heading, mode, table, number) for number, (heading, mode, table) in enumerate(tables)]
    modes, headings = dict.fromkeys(mode for _, mode, _ in tables), dict.fromkeys(heading for heading, _, _ in tables)
    switches = [_switch("mode", list(modes), first[1]), _switch("decoding", list(headings), first[0])]
    return tag(
        "section",
        tag("h2", "Scores"),
        tag("form", *switches, class_="switches", hidden=True),
        tag("p", _SWITCHED, class_="soft switched", hidden=True),
        tiles(tables, subject),
        *panels,
        _legend(any(table.intervals for _, _, table in tables), any(human_row(table) for _, _, table in tables)),
        id="scores",
    )


def _switch(name: str, values: list[str], chosen: str) -> Html:
    if len(values) < 2:
        return Html()
    buttons = [
        tag("label", tag("input", type="radio", name=name, value=value, checked=value == chosen), tag("span", value)) for value in values
    ]
    return tag("fieldset", tag("legend", name), *buttons)


def _legend(has_intervals: bool, has_people: bool) -> Html:
    above = [("▲", "above", f"above people and the {BLIND}")] if has_people else []
    marks = [
        *above,
        ("△", "between", f"above the {BLIND}{', not above people' * has_people}"),
        ("▽", "below", f"not above the {BLIND}"),
    ]
    entries = [tag("li", tag("span", mark, class_=f"mark {kind}", aria_hidden="true"), f" {words}") for mark, kind, words in marks]
    if has_intervals:
        entries.append(tag("li", "small figures: 95 % interval of the first row's score"))
    return tag("ul", *entries, class_="legend")


def _panel(heading: str, mode: str, table: ScoreTable, number: int) -> Html:
    pairs = f"{table.pairs} pairs, {table.changed_pairs} of them changed"
    setting = name_setting(heading, mode)
    return tag(
        "section",
        tag("h3", setting),
        tag("p", f"{pairs}. {table.protocol}" if table.protocol else f"{pairs}.", class_="soft"),
        *_scores(table, setting),
        tag("h4", "Change recognised"),
        _accuracies(table, f"Accuracies, {setting}"),
        *(tag("p", note, class_="soft note") for note in table.notes),
        class_="panel",
        data_mode=mode,
        data_decoding=heading,
        data_panel=number,
    )


def _scores(table: ScoreTable, setting: str) -> list[Html]:
    shown = [part for part in table.model.subsets if part.subset != _FOLDED]
    folded = [part for part in table.model.subsets if part.subset == _FOLDED]
    parts = [_grid(table, shown, f"Scores, {setting}")] if shown else []
    for part in folded:
        summary = f"{SUBSETS[part.subset]}, {part.pairs} pairs: most rows have 100 here by definition"
        parts.append(details(summary, _grid(table, [part], f"Scores, {SUBSETS[part.subset]}, {setting}")))
    return parts


def _grid(table: ScoreTable, parts: Sequence[SubsetScores], label: str) -> Html:
    metrics = _metrics(table, [part.subset for part in parts])
    head = tag("tr", tag("th", "predictor", scope="col"), *(tag("th", METRICS[key], scope="col", class_=_column(key)) for key in metrics))
    groups = [_group(table, part.subset, part.pairs, metrics) for part in parts]
    return scroll(tag("table", tag("thead", head), *groups, class_="scores"), label)


def _metrics(table: ScoreTable, subsets: Sequence[str]) -> list[str]:
    """The metrics that any row has in any of the subsets, the key ones first."""
    rows = (table.model, *table.constants)
    known = [part.scores for row in rows for part in row.subsets if part.subset in subsets]
    order = [*_KEY, *(key for key in METRICS if key not in _KEY)]
    return [key for key in order if any(scores.get(key) is not None for scores in known)]


def _group(table: ScoreTable, subset: str, pairs: int, metrics: Sequence[str]) -> Html:
    # the text alone sticks to the left edge when the table scrolls, for a cell that spans all columns cannot
    remark = f", {_SUBSET_REMARKS[subset]}" if subset in _SUBSET_REMARKS else ""
    title = tag("span", tag("strong", SUBSETS[subset]), f" {pairs} pairs{remark}")
    head = tag("tr", tag("th", title, scope="rowgroup", colspan=len(metrics) + 1), class_="subset")
    model = tag("tr", _name(table.model, "model"), *(_model_cell(table, subset, key) for key in metrics), class_="model")
    others = [
        tag("tr", _name(row, "human" if is_left_out(row) else "constant"), *(_cell(row, subset, key) for key in metrics))
        for row in table.constants
    ]
    return tag("tbody", head, model, *others)


def _name(row: PredictorScores, kind: str) -> Html:
    return tag("th", tag("span", class_=f"dot {kind}", aria_hidden="true"), tag("span", row.label), scope="row")


def _model_cell(table: ScoreTable, subset: str, metric: str) -> Html:
    read = score_of(subset, metric)
    blind, human = best_blind(table, read), human_row(table)
    value = read(table.model)
    mark, words = verdict(value, read(blind) if blind else None, read(human) if human else None)
    kind = {"▲": "above", "△": "between", "▽": "below"}.get(mark, "")
    content = [Html(percent(value))]
    if mark:
        content += [tag("span", mark, class_=f"mark {kind}", aria_hidden="true", title=words), aside(f", {words}")]
    interval = table.intervals.get(subset, {}).get(metric)
    if interval is not None:
        content.append(tag("small", f"{100 * interval[0]:.1f}\N{EN DASH}{100 * interval[1]:.1f}"))
    return tag("td", *content, class_=_column(metric))


def _cell(row: PredictorScores, subset: str, metric: str) -> Html:
    return tag("td", percent(score_of(subset, metric)(row)), class_=_column(metric))


def _column(metric: str) -> str | None:
    return "key" if metric in _KEY else None


def _accuracies(table: ScoreTable, label: str) -> Html:
    shown = {key: name for key, name in _ACCURACIES.items() if getattr(table.model, key) is not None}
    head = tag("tr", tag("th", "predictor", scope="col"), *(tag("th", name, scope="col") for name in shown.values()))
    rows = []
    for row in (table.model, *table.constants):
        kind = "model" if row is table.model else "human" if is_left_out(row) else "constant"
        cells = [
            tag("td", percent(getattr(row, key)), class_="given" if has_perfect_flag(row) and row is not table.model else None)
            for key in shown
        ]
        rows.append(tag("tr", _name(row, kind), *cells, class_="model" if kind == "model" else None))
    return scroll(tag("table", tag("thead", head), tag("tbody", *rows), class_="scores accuracies"), label)
