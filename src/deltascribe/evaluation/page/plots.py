"""The plots of the page: what each shows, its figures as a table, and its drawing where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from deltascribe.errors import MissingDependencyError
from deltascribe.evaluation.page import drawing
from deltascribe.evaluation.page.chapters import keyword_cells
from deltascribe.evaluation.page.content import ReportContent
from deltascribe.evaluation.page.markup import Html, details, table, tag
from deltascribe.evaluation.page.rivals import human_row, score_of, strongest_constant
from deltascribe.evaluation.page.tiles import headline
from deltascribe.evaluation.predictions import Prediction
from deltascribe.metrics.keywords import KINDS, KeywordScores
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import ScoreTable
from deltascribe.text.normalise import tokenize

_BINS = 20
_SHOWN = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider_d", "s_m")


@dataclass(frozen=True)
class Plot:
    """One plot.

    Attributes:
        key: its name on the page.
        title, reading: its heading, and how to read it.
        columns, rows: its figures, for a reader who does not see it.
        draw: draws it on a `matplotlib` figure.
    """

    key: str
    title: str
    reading: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    draw: drawing.Draw


def plot_section(content: ReportContent) -> Html:
    """All plots that the content allows; without matplotlib their figures as tables, and how to get the plots."""
    plots = list(choose_plots(content))
    if not plots:
        return Html()
    missing = ""
    cards = []
    for plot in plots:
        try:
            picture = drawing.draw_svg(f"plot-{plot.key}", f"{plot.title}. {plot.reading}", plot.draw)
        except MissingDependencyError as error:
            picture, missing = Html(), str(error)
        numbers = details("the figures as a table", table(plot.columns, plot.rows, plot.title), open=bool(missing))
        cards.append(tag("figure", tag("figcaption", tag("h3", plot.title), tag("p", plot.reading, class_="soft")), picture, numbers))
    hint = [tag("p", f"The figures stand here as tables. {missing}", class_="reason")] if missing else []
    return tag("section", tag("h2", "Plots"), *hint, tag("div", *cards, class_="plots"), id="plots")


def choose_plots(content: ReportContent) -> Iterator[Plot]:
    """The plots, in the order of the page."""
    chosen = headline(content.tables)
    if chosen is not None and any(part.subset == "changed" for part in chosen[2].model.subsets):
        yield _metrics(chosen[2], f"{chosen[1]}, {chosen[0]}")
    if content.tables and content.predictions:
        values = [item.cider_d for item, said in zip(content.tables[0][2].items, content.predictions, strict=True) if said.changed]
        if values:
            yield _items([100 * value for value in values], content.tables[0][1])
    if content.keywords and not isinstance(content.keywords, str) and "changed" in content.keywords:
        yield _keywords(content.keywords["changed"], content.keywords.get("human"))
    if content.calibration is not None and not isinstance(content.calibration, str):
        bins = [(b.lower, b.upper, b.count, b.mean_probability, b.observed) for b in content.calibration.bins]
        yield _reliability(bins)
    known = [(said.change_probability, said.changed) for said in content.predictions if said.change_probability is not None]
    if known:
        yield _probabilities(known)
    if any(said.changed for said in content.predictions):
        yield _lengths([said for said in content.predictions if said.changed])


def _metrics(scores: ScoreTable, setting: str) -> Plot:
    values, names, cells = [], [], []
    for metric in _SHOWN:
        read = score_of("changed", metric)
        value, constant, human = read(scores.model), strongest_constant(scores, read), human_row(scores)
        if value is None:
            continue
        low, high = scores.intervals.get("changed", {}).get(metric, (None, None))
        row = [_hundredfold(entry) for entry in (value, low, high, read(constant) if constant else None, read(human) if human else None)]
        names.append(METRICS[metric])
        values.append(row)
        cells.append([METRICS[metric], *(_cell(entry) for entry in row)])
    reading = (
        f"{setting}. Bars: this model, whiskers: 95 % interval where there is one; diamonds: for each metric the best of the predictors "
        "that see no image; circles: people."
    )
    columns = ("metric", "this model", "from", "to", "strongest constant", "people")
    return Plot("metrics", "Changed pairs: every metric", reading, columns, cells, partial(drawing.draw_metrics, names=names, rows=values))


def _items(values: Sequence[float], mode: str) -> Plot:
    step = 10 if max(values) <= 250 else 25
    edges = [float(edge) for edge in range(0, int(max(values) // step + 1) * step + step, step)]
    counts = [int(count) for count in np.histogram(values, edges)[0]]
    marks = [("median", float(np.median(values))), ("mean", float(np.mean(values)))]
    rows = [[f"{low:.0f} to {high:.0f}", str(count)] for low, high, count in zip(edges, edges[1:], counts, strict=False)]
    reading = f"{mode}, idf of all pairs. A median far below the mean tells that a few good captions carry the score."
    draw = partial(drawing.draw_histogram, edges=edges, counts=counts, marks=marks, label="CIDEr-D of one caption, times 100")
    return Plot("items", "Changed pairs: CIDEr-D of each", reading, ("CIDEr-D", "pairs"), rows, draw)


def _keywords(scores: KeywordScores, people: KeywordScores | None) -> Plot:
    chosen = {title: kind for kind, title in {**KINDS, "all": "all kinds"}.items() if kind in scores.kinds}
    groups = [("precision, %", "precision"), ("recall, %", "recall")]
    values = [
        (name, [_share(scores, kind, key) for kind in chosen.values()], [_share(people, kind, key) for kind in chosen.values()])
        for name, key in groups
    ]
    columns, rows = keyword_cells(scores, people)
    reading = (
        "Changed pairs. Precision: the share of the model's keywords that a reference holds. Recall: the share of those in most references "
        "that it says. Circles: people."
    )
    draw = partial(drawing.draw_shares, names=list(chosen), groups=values)
    return Plot("keywords", "Keywords by kind", reading, columns, rows, draw)


def _share(scores: KeywordScores | None, kind: str, key: str) -> float:
    value: float | None = None if scores is None or kind not in scores.kinds else getattr(scores.kinds[kind], key)
    return float("nan") if value is None else 100 * value


def _reliability(bins: list[tuple[float, float, int, float | None, float | None]]) -> Plot:
    rows = [[f"{low:.2f} to {high:.2f}", str(n), *("-" if v is None else f"{v:.3f}" for v in (p, o))] for low, high, n, p, o in bins]
    reading = "Of the pairs given a probability, how many did change: on the dashed line the two agree. Below: pairs a bin, logarithmic."
    columns = ("change probability", "pairs", "mean probability", "share that changed")
    return Plot("reliability", "Can the probability be trusted?", reading, columns, rows, partial(drawing.draw_reliability, rows=bins))


def _probabilities(known: Sequence[tuple[float, bool]]) -> Plot:
    edges = [round(edge, 6) for edge in np.linspace(0, 1, _BINS + 1).tolist()]
    changed, still = ([int(n) for n in np.histogram([p for p, flag in known if flag is truth], edges)[0]] for truth in (True, False))
    rows = [
        [f"{low:.2f} to {high:.2f}", str(one), str(other)] for low, high, one, other in zip(edges, edges[1:], changed, still, strict=False)
    ]
    reading = "Change probability by truth; what reaches across the middle on the wrong side are mistakes. Counts are logarithmic."
    columns = ("change probability", "changed pairs", "pairs without a change")
    draw = partial(drawing.draw_probabilities, edges=edges, changed=changed, still=still)
    return Plot("probabilities", "Changed and unchanged pairs apart?", reading, columns, rows, draw)


def _lengths(changed: Sequence[Prediction]) -> Plot:
    said = [len(tokenize(entry.caption)) for entry in changed]
    written = [len(tokenize(sentence)) for entry in changed for sentence in entry.references]
    lengths = list(range(min(said + written), max(said + written) + 1))
    model, people = ([100 * group.count(n) / max(1, len(group)) for n in lengths] for group in (said, written))
    rows = [[str(length), f"{one:.1f}", f"{other:.1f}"] for length, one, other in zip(lengths, model, people, strict=True)]
    reading = f"Changed pairs. Mean {_mean(said)} words, of the references {_mean(written)}."
    draw = partial(drawing.draw_lengths, lengths=lengths, model=model, people=people)
    return Plot("lengths", "Length of the captions", reading, ("words", "this model, %", "references, %"), rows, draw)


def _mean(values: Sequence[int]) -> str:
    return f"{np.mean(values):.1f}" if values else "-"


def _hundredfold(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
