"""The score tables, one panel for each way of decoding and mode, of which the page's switches show one."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.evaluation.page.markup import Html, aside, scroll, tag
from deltascribe.evaluation.page.rivals import has_perfect_flag, human_row, is_human, score_of, strongest_constant, verdict
from deltascribe.metrics.render import percent
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import SUBSETS, PredictorScores, ScoreTable

_ACCURACIES = {
    "change_accuracy": "change accuracy",
    "no_change_accuracy": "no-change accuracy",
    "flag_change_accuracy": "change accuracy, flag",
    "flag_no_change_accuracy": "no-change accuracy, flag",
}
_SUBSET_REMARKS = {"changed": "idf of these pairs alone", "no_change": "idf of these pairs alone"}


def score_section(tables: Sequence[tuple[str, str, ScoreTable]]) -> Html:
    """Switches, legend and panels; without a script all panels stand one below the other."""
    if not tables:
        return Html()
    panels = [_panel(heading, mode, table, number) for number, (heading, mode, table) in enumerate(tables)]
    modes, headings = dict.fromkeys(mode for _, mode, _ in tables), dict.fromkeys(heading for heading, _, _ in tables)
    switches = [_switch("mode", list(modes)), _switch("decoding", list(headings))]
    return tag(
        "section",
        tag("h2", "Scores"),
        tag("form", *switches, class_="switches", hidden=True),
        *panels,
        _legend(any(table.intervals for _, _, table in tables)),
        id="scores",
    )


def _switch(name: str, values: list[str]) -> Html:
    if len(values) < 2:
        return Html()
    buttons = [
        tag("label", tag("input", type="radio", name=name, value=value, checked=number == 0), tag("span", value))
        for number, value in enumerate(values)
    ]
    return tag("fieldset", tag("legend", name), *buttons)


def _legend(has_intervals: bool) -> Html:
    marks = [
        ("▲", "above", "above the strongest constant and people"),
        ("△", "between", "above the strongest constant, not above people"),
        ("▽", "below", "not above the strongest constant"),
    ]
    entries = [tag("li", tag("span", mark, class_=f"mark {kind}", aria_hidden="true"), f" {words}") for mark, kind, words in marks]
    if has_intervals:
        entries.append(tag("li", "small figures: 95 % interval of the model's score"))
    return tag("ul", *entries, class_="legend")


def _panel(heading: str, mode: str, table: ScoreTable, number: int) -> Html:
    pairs = f"{table.pairs} pairs, {table.changed_pairs} of them changed"
    return tag(
        "section",
        tag("h3", f"{heading}, {mode}"),
        tag("p", f"{pairs}. {table.protocol}" if table.protocol else f"{pairs}.", class_="soft"),
        _scores(table, f"Scores, {heading}, {mode}"),
        tag("h4", "Change recognised"),
        _accuracies(table, f"Accuracies, {heading}, {mode}"),
        *(tag("p", note, class_="soft note") for note in table.notes),
        class_="panel",
        data_mode=mode,
        data_decoding=heading,
        data_panel=number,
    )


def _scores(table: ScoreTable, label: str) -> Html:
    rows = (table.model, *table.constants)
    metrics = [key for key in METRICS if any(part.scores.get(key) is not None for row in rows for part in row.subsets)]
    head = tag("tr", tag("th", "predictor", scope="col"), *(tag("th", METRICS[key], scope="col", class_=_column(key)) for key in metrics))
    groups = [_group(table, part.subset, part.pairs, metrics) for part in table.model.subsets]
    return scroll(tag("table", tag("thead", head), *groups, class_="scores"), label)


def _group(table: ScoreTable, subset: str, pairs: int, metrics: Sequence[str]) -> Html:
    # the text alone sticks to the left edge when the table scrolls, for a cell that spans all columns cannot
    remark = f", {_SUBSET_REMARKS[subset]}" if subset in _SUBSET_REMARKS else ""
    title = tag("span", tag("strong", SUBSETS[subset]), f" {pairs} pairs{remark}")
    head = tag("tr", tag("th", title, scope="rowgroup", colspan=len(metrics) + 1), class_="subset")
    model = tag("tr", _name(table.model, "model"), *(_model_cell(table, subset, key) for key in metrics), class_="model")
    others = [
        tag("tr", _name(row, "human" if is_human(row) else "constant"), *(_cell(row, subset, key) for key in metrics))
        for row in table.constants
    ]
    return tag("tbody", head, model, *others)


def _name(row: PredictorScores, kind: str) -> Html:
    return tag("th", tag("span", class_=f"dot {kind}", aria_hidden="true"), tag("span", row.label), scope="row")


def _model_cell(table: ScoreTable, subset: str, metric: str) -> Html:
    read = score_of(subset, metric)
    constant, human = strongest_constant(table, read), human_row(table)
    value = read(table.model)
    mark, words = verdict(value, read(constant) if constant else None, read(human) if human else None)
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
    return "key" if metric in ("s_m", "cider_d") else None


def _accuracies(table: ScoreTable, label: str) -> Html:
    shown = {key: name for key, name in _ACCURACIES.items() if getattr(table.model, key) is not None}
    head = tag("tr", tag("th", "predictor", scope="col"), *(tag("th", name, scope="col") for name in shown.values()))
    rows = []
    for row in (table.model, *table.constants):
        kind = "model" if row is table.model else "human" if is_human(row) else "constant"
        cells = [
            tag("td", percent(getattr(row, key)), class_="given" if has_perfect_flag(row) and row is not table.model else None)
            for key in shown
        ]
        rows.append(tag("tr", _name(row, kind), *cells, class_="model" if kind == "model" else None))
    return scroll(tag("table", tag("thead", head), tag("tbody", *rows), class_="scores accuracies"), label)
