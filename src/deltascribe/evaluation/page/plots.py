"""The plots of the page: what each shows, its figures as a table, and its drawing where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from deltascribe.errors import MissingDependencyError
from deltascribe.evaluation.page import drawing
from deltascribe.evaluation.page.chapters import keyword_cells
from deltascribe.evaluation.page.content import ReportContent, name_setting
from deltascribe.evaluation.page.rivals import BLIND, best_blind, human_row, score_of
from deltascribe.evaluation.page.tiles import headline
from deltascribe.evaluation.predictions import Prediction
from deltascribe.metrics.keywords import KINDS, KeywordScores
from deltascribe.metrics.render import hundredfold
from deltascribe.metrics.statistics import METRICS
from deltascribe.metrics.table import ScoreTable
from deltascribe.text.normalise import tokenize
from deltascribe.webpage.markup import Html, details, table, tag

_BINS = 20
_LEGEND = 24
_SHOWN = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider_d", "s_m")


@dataclass(frozen=True)
class Plot:
    """One plot.

    Attributes:
        key: its name on the page.
        title, reading: its heading, and how to read it.
        setting: mode and way of decoding that its figures hold for, empty where they are the same in all.
        columns, rows: its figures, for a reader who does not see it.
        draw: draws it on a `matplotlib` figure.
    """

    key: str
    title: str
    reading: str
    setting: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    draw: drawing.Draw

    @property
    def heading(self) -> str:
        """Title and setting."""
        return f"{self.title} ({self.setting})" if self.setting else self.title


def plot_section(content: ReportContent) -> Html:
    """All plots that the content allows; without matplotlib their figures as tables, and how to get the plots."""
    plots = list(choose_plots(content))
    if not plots:
        return Html()
    missing = ""
    cards = []
    for plot in plots:
        try:
            picture = drawing.draw_svg(f"plot-{plot.key}", f"{plot.heading}. {plot.reading}", plot.draw)
        except MissingDependencyError as error:
            picture, missing = Html(), str(error)
        numbers = details("the figures as a table", table(plot.columns, plot.rows, plot.heading), open=bool(missing))
        cards.append(tag("figure", tag("figcaption", tag("h3", plot.heading), tag("p", plot.reading, class_="soft")), picture, numbers))
    hint = [tag("p", f"The figures stand here as tables. {missing}", class_="reason")] if missing else []
    return tag("section", tag("h2", "Plots"), *hint, tag("div", *cards, class_="plots"), id="plots")


def choose_plots(content: ReportContent) -> Iterator[Plot]:
    """The plots, in the order of the page."""
    chosen = headline(content.tables)
    if chosen is not None and any(part.subset == "changed" for part in chosen[2].model.subsets):
        yield _metrics(chosen[2], name_setting(chosen[0], chosen[1]), content.subject)
    pairs, decoding = content.pair_table, content.tables[0][0] if content.tables else ""
    if pairs is not None and content.predictions:
        values = [item.cider_d for item, said in zip(pairs[2].items, content.predictions, strict=True) if said.changed]
        if values:
            yield _items([100 * value for value in values], name_setting(pairs[0], pairs[1]))
    if content.keywords and not isinstance(content.keywords, str) and "changed" in content.keywords:
        yield _keywords(content.keywords, decoding)
    if content.calibration is not None and not isinstance(content.calibration, str):
        bins = [(b.lower, b.upper, b.count, b.mean_probability, b.observed) for b in content.calibration.bins]
        yield _reliability(bins, content.subject)
    known = [(said.change_probability, said.changed) for said in content.predictions if said.change_probability is not None]
    if known:
        yield _probabilities(known)
    if content.levels:
        yield _levels(content.levels)
    if any(said.changed for said in content.predictions):
        yield _lengths([said for said in content.predictions if said.changed], decoding, content.subject)


def _metrics(scores: ScoreTable, setting: str, subject: str) -> Plot:
    values, names, cells = [], [], []
    for metric in _SHOWN:
        read = score_of("changed", metric)
        value, blind, human = read(scores.model), best_blind(scores, read), human_row(scores)
        if value is None:
            continue
        low, high = scores.intervals.get("changed", {}).get(metric, (None, None))
        row = [hundredfold(entry) for entry in (value, low, high, read(blind) if blind else None, read(human) if human else None)]
        names.append(METRICS[metric])
        values.append(row)
        cells.append([METRICS[metric], *(_cell(entry) for entry in row)])
    reading = (
        f"Bars: {subject}, whiskers: 95 % interval where there is one; diamonds: for each metric the best of the rows that see no image "
        f"(some are told which pairs changed){'; circles: people' if human_row(scores) else ''}."
    )
    columns = ("metric", subject, "from", "to", BLIND, "people")
    draw = partial(drawing.draw_metrics, names=names, rows=values, who=_short(subject))
    return Plot("metrics", "Changed pairs: every metric", reading, setting, columns, cells, draw)


def _items(values: Sequence[float], setting: str) -> Plot:
    step = 10 if max(values) <= 250 else 25
    edges = [float(edge) for edge in range(0, int(max(values) // step + 1) * step + step, step)]
    counts = [int(count) for count in np.histogram(values, edges)[0]]
    marks = [("median", float(np.median(values))), ("mean", float(np.mean(values)))]
    rows = [[f"{low:.0f} to {high:.0f}", str(count)] for low, high, count in zip(edges, edges[1:], counts, strict=False)]
    reading = "The idf is that of all pairs. A median far below the mean tells that a few good captions carry the score."
    draw = partial(drawing.draw_histogram, edges=edges, counts=counts, marks=marks, label="CIDEr-D of one caption, times 100")
    return Plot("items", "Changed pairs: CIDEr-D of each", reading, setting, ("CIDEr-D", "pairs"), rows, draw)


def _keywords(keywords: Mapping[str, KeywordScores], decoding: str) -> Plot:
    scores, people = keywords["changed"], keywords.get("human")
    chosen = {title: kind for kind, title in {**KINDS, "all": "all kinds"}.items() if kind in scores.kinds}
    groups = [("precision, %", "precision"), ("recall, %", "recall")]
    values = [
        (name, [_share(scores, kind, key) for kind in chosen.values()], [_share(people, kind, key) for kind in chosen.values()])
        for name, key in groups
    ]
    columns, rows = keyword_cells(keywords)
    reading = (
        "Changed pairs. Precision: the share of the keywords said that a reference holds. Recall: the share of those in most references "
        "that are said."
    )
    if people is not None:
        reading += " Circles: people's precision; squares: their recall."
    draw = partial(drawing.draw_shares, names=list(chosen), groups=values)
    return Plot("keywords", "Keywords by kind", reading, decoding, columns, rows, draw)


def _share(scores: KeywordScores | None, kind: str, key: str) -> float:
    value: float | None = None if scores is None or kind not in scores.kinds else getattr(scores.kinds[kind], key)
    return float("nan") if value is None else 100 * value


def _reliability(bins: list[tuple[float, float, int, float | None, float | None]], subject: str) -> Plot:
    rows = [[f"{low:.2f} to {high:.2f}", str(n), *("-" if v is None else f"{v:.3f}" for v in (p, o))] for low, high, n, p, o in bins]
    reading = "Of the pairs given a probability, how many did change: on the dashed line the two agree. Below: pairs a bin, logarithmic."
    columns = ("change probability", "pairs", "mean probability", "share that changed")
    draw = partial(drawing.draw_reliability, rows=bins, who=_short(subject))
    return Plot("reliability", "Can the probability be trusted?", reading, "", columns, rows, draw)


def _probabilities(known: Sequence[tuple[float, bool]]) -> Plot:
    edges = [round(edge, 6) for edge in np.linspace(0, 1, _BINS + 1).tolist()]
    changed, still = ([int(n) for n in np.histogram([p for p, flag in known if flag is truth], edges)[0]] for truth in (True, False))
    rows = [
        [f"{low:.2f} to {high:.2f}", str(one), str(other)] for low, high, one, other in zip(edges, edges[1:], changed, still, strict=False)
    ]
    reading = "Change probability by truth; what reaches across the middle on the wrong side are mistakes. Counts are logarithmic."
    columns = ("change probability", "changed pairs", "pairs without a change")
    draw = partial(drawing.draw_probabilities, edges=edges, changed=changed, still=still)
    return Plot("probabilities", "Changed and unchanged pairs apart?", reading, "", columns, rows, draw)


def _levels(means: Mapping[str, Mapping[str, float]]) -> Plot:
    names = list(next(iter(means.values())))
    values = [[100 * means.get(kind, {}).get(name, float("nan")) for name in names] for kind in ("changed", "no_change")]
    rows = [[name, *(_cell(None if np.isnan(value) else value) for value in row)] for name, *row in zip(names, *values, strict=True)]
    reading = "What the difference that the caption is written from is made of: mean share of each feature level, the finest first."
    titles = ("changed pairs, %", "pairs without a change, %")
    nobody = [float("nan")] * len(names)
    draw = partial(drawing.draw_shares, names=names, groups=[(title, row, nobody) for title, row in zip(titles, values, strict=True)])
    return Plot("levels", "Weight of the feature levels", reading, "", ("level", *titles), rows, draw)


def _lengths(changed: Sequence[Prediction], decoding: str, subject: str) -> Plot:
    """Lengths of captions and references, up to the 99th percentile where some are far longer than all others."""
    said = [len(tokenize(entry.caption)) for entry in changed]
    written = [len(tokenize(sentence)) for entry in changed for sentence in entry.references]
    most = _longest_shown(said, written)
    lengths = list(range(min(most, *said, *written), most + 1))
    model, people = ([100 * group.count(n) / max(1, len(group)) for n in lengths] for group in (said, written))
    rows = [[str(length), f"{one:.1f}", f"{other:.1f}"] for length, one, other in zip(lengths, model, people, strict=True)]
    reading = f"Changed pairs. Mean {_mean(said)} words, of the references {_mean(written)}."
    longer = [sum(n > most for n in group) for group in (said, written)]
    if any(longer):
        hundreds = [f"{100 * count / max(1, len(group)):.1f}" for count, group in zip(longer, (said, written), strict=True)]
        rows.append([f"more than {most}", *hundreds])
        reading += f" Not drawn, as longer than {most} words: {longer[0]} of the captions, {longer[1]} of the references."
    draw = partial(drawing.draw_lengths, lengths=lengths, model=model, people=people, who=_short(subject))
    return Plot("lengths", "Length of the captions", reading, decoding, ("words", f"{subject}, %", "references, %"), rows, draw)


def _longest_shown(said: Sequence[int], written: Sequence[int]) -> int:
    lengths = [*said, *written]
    most = int(np.percentile(lengths, 99, method="lower"))
    # where all captions are endless, the references still say how wide the plot may be
    most = min(most, 3 * max(written, default=most) or most)
    return max(lengths) if max(lengths) <= 2 * most else most


def _mean(values: Sequence[int]) -> str:
    return f"{np.mean(values):.1f}" if values else "-"


def _short(subject: str) -> str:
    """Fits a plot's legend."""
    return subject if len(subject) <= _LEGEND else f"{subject[: _LEGEND - 3]}..."


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
