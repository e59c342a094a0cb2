"""Results beyond the published protocol: keywords, calibration, retrieval and sanity tests, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from deltascribe.evaluation.page.content import ReportContent
from deltascribe.metrics.keywords import KINDS, KeywordScores
from deltascribe.metrics.render import percent
from deltascribe.webpage.markup import Html, details, join, scroll, table, tag

if TYPE_CHECKING:
    from deltascribe.evaluation.retrieval import Retrieval
    from deltascribe.evaluation.sanity import SanityReport, SanityResult
    from deltascribe.metrics.calibration import Reliability

Result = TypeVar("Result")
_POOLS = {"all": "all pairs", "changed": "changed pairs alone"}


def chapter_section(content: ReportContent) -> Html:
    """One card for each result that is there, or its reason for not being there."""
    cards = [
        _card("Keywords", content.keywords, _keywords),
        _card("Calibration", content.calibration, _calibration),
        _card("Retrieval", content.retrieval, _retrieval),
        _card("Sanity tests", content.sanity, _sanity, wide=True),
    ]
    shown = [card for card in cards if card]
    return tag("section", tag("h2", "Beyond the scores"), tag("div", *shown, class_="chapters"), id="beyond") if shown else Html()


def _card(title: str, result: Result | str | None, render: Callable[[Result], Html], wide: bool = False) -> Html:
    if result is None:
        return Html()
    body = tag("p", result, class_="reason") if isinstance(result, str) else render(result)
    return tag("section", tag("h3", title), body, class_="chapter wide" if wide else "chapter")


def keyword_cells(keywords: Mapping[str, KeywordScores]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Column names and cells of the keyword table; where it is known people's F1, and the model's against the same other sentences."""
    scores, others = keywords["changed"], [keywords[key] for key in ("left_out", "human") if "human" in keywords and key in keywords]
    titles, rows = {**KINDS, "all": "all kinds"}, []
    for kind, part in scores.kinds.items():
        found = [
            _two_lines(percent(part.precision), f"of {part.predicted}"),
            _two_lines(percent(part.recall), f"of {part.expected}"),
        ]
        rows.append([titles.get(kind, kind), *found, percent(part.f1)])
        rows[-1] += [percent(other.kinds[kind].f1 if kind in other.kinds else None) for other in others]
    heads = ["F1, one reference left out", "people's F1"][2 - len(others) :]
    return ("kind", "precision", "recall", "F1", *heads), rows


def _keywords(scores: Mapping[str, KeywordScores]) -> Html:
    if "changed" not in scores:
        return tag("p", "there is no changed pair", class_="reason")
    text = (
        "Changed pairs: does a caption name the right things, places, events and numbers? Words that mean the same count as one. "
        "Small figures: how many were said, and how many were expected."
    )
    if "human" in scores:
        text += " People are measured against the others of their pair, and so is the model in the column beside theirs."
    return join([_lead(text), table(*keyword_cells(scores))])


def _calibration(scores: Reliability) -> Html:
    ranking = {"ROC AUC": scores.roc_auc, "average precision": scores.average_precision}
    rows = [
        ["expected calibration error", percent(scores.ece), "0 is best; bins of equal width"],
        ["the same, equally full bins", percent(scores.ece_equal_mass), "0 is best"],
        ["largest error of a bin", percent(scores.mce), "0 is best"],
        ["Brier score", f"{scores.brier:.4f}", "0 is best, 0.25 says nothing"],
        ["log loss", f"{scores.log_loss:.4f}", "0 is best, 0.6931 says nothing"],
        ["right at 0.5", percent(scores.accuracy), "100 is best"],
        *([name, "-" if value is None else f"{value:.4f}", "1 is best"] for name, value in ranking.items()),
    ]
    text = f"The change probability of {scores.pairs} pairs, {scores.changed} of them changed, against what happened."
    return join([_lead(text), table(("measure", "value", "how to read it"), rows)])


def _retrieval(result: Retrieval) -> Html:
    notes = [tag("p", note, class_="soft note") for note in result.notes]
    if result.reason or not result.scores:
        return join([tag("p", result.reason or "there are no scores", class_="reason"), *notes])
    rows, depths = [], list(next(iter(result.scores.values())).image_to_text.recall)
    for pool, scores in result.scores.items():
        for name, way in (("sentence for a pair", scores.image_to_text), ("pair for a sentence", scores.text_to_image)):
            found = [_two_lines(percent(way.recall[k]), percent(way.chance[k])) for k in depths]
            rows.append([_two_lines(name, _POOLS.get(pool, pool)), *found, _two_lines(f"{way.median_rank:g}", f"of {way.candidates}")])
    text = f"Pairs and sentences find each other in the shared space; small figures: by chance. Sentence encoder: {result.encoder}."
    return join([_lead(text), table(("looking for", *(f"R@{k}" for k in depths), "median rank"), rows), *notes])


def _sanity(report: SanityReport) -> Html:
    head = tag("tr", *(tag("th", name, scope="col") for name in ("test", "rate", "expected", "pairs", "failed")))
    body = [_sanity_row(result) for result in report.results]
    text = f"Altered pairs that any sane model must answer in one way; {report.pairs} pairs, {report.changed} of them changed."
    grid = scroll(tag("table", tag("thead", head), tag("tbody", *body), class_="sanity"), "Sanity tests")
    return join([_lead(text), grid, _settings(report.settings)])


def _sanity_row(result: SanityResult) -> Html:
    rate = max(0.0, min(1.0, result.rate or 0.0))
    bar = tag("span", tag("span", class_="fill", style=f"width:{100 * rate:.1f}%"), class_="track", aria_hidden="true")
    shown = "-" if result.rate is None else f"{100 * result.rate:.1f} %"
    return tag(
        "tr",
        tag("th", tag("span", result.title), tag("small", result.description), scope="row"),
        tag("td", *([bar] if result.rate is not None else []), tag("span", shown, class_="value"), class_="line model"),
        tag("td", result.expected, class_="text"),
        tag("td", str(result.pairs)),
        tag("td", _failures(result), class_="text"),
    )


def _failures(result: SanityResult) -> str:
    if result.rate is None:
        return "-"
    count, names = max(result.failed, len(result.examples)), result.examples
    if not names:
        return f"{count} failed" if count else "none"
    summary = f"{count} failed" if len(names) == count else f"{count} failed, first {len(names)}:"
    return details(summary, tag("span", ", ".join(names)))


def _settings(values: Mapping[str, object]) -> Html:
    words: Iterable[str] = (f"{key.replace('_', ' ')} {value}" for key, value in values.items() if value is not None)
    return tag("p", "; ".join(words), class_="soft note")


def _two_lines(text: str, below: str) -> Html:
    return join([tag("span", text), " ", tag("small", below)])


def _lead(text: str) -> Html:
    return tag("p", text, class_="soft")
