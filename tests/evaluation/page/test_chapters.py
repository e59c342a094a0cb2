from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deltascribe.evaluation import ReportContent
from deltascribe.evaluation.page.chapters import chapter_section
from deltascribe.evaluation.retrieval import Retrieval
from deltascribe.evaluation.sanity import SanityReport, SanityResult
from deltascribe.metrics.calibration import reliability
from deltascribe.metrics.keywords import KeywordScores, KindScores
from deltascribe.metrics.retrieval import DirectionScores, RetrievalScores


def retrieved(reason: str = "") -> Retrieval:
    ways = [DirectionScores(4, count, {1: 0.25, 5: 0.75}, {1: 0.1, 5: 0.5}, 2.5) for count in (20, 4)]
    return Retrieval({} if reason else {"all": RetrievalScores(*ways)}, reason, "minilm", ("a <note>",), 4, {})


def test_keywords_stand_beside_peoples(parse: Callable[[str], Any]) -> None:
    model = KeywordScores({"object": KindScores(0.5, 0.25, 1 / 3, 8, 16), "all": KindScores(0.5, None, None, 8, 0)})
    people = KeywordScores({"object": KindScores(0.9, 0.9, 0.9, 8, 16)})
    words = parse(chapter_section(ReportContent("t", keywords={"changed": model, "human": people}))).words
    start = words.index("objects")
    assert [word for word in words[start : start + 9] if word.strip()][:7] == [
        "objects",
        "50.00",
        "of 8",
        "25.00",
        "of 16",
        "33.33",
        "90.00",
    ]
    assert words[-1] == "-"


def test_calibration_says_how_to_read_each_measure(parse: Callable[[str], Any]) -> None:
    words = parse(chapter_section(ReportContent("t", calibration=reliability([0.8, 0.2], [True, False])))).words
    assert words[words.index("expected calibration error") + 1] == "20.00"
    assert words[words.index("Brier score") + 1] == "0.0400"
    assert words[words.index("ROC AUC") + 1] == "1.0000"


def test_retrieval_stands_beside_chance(parse: Callable[[str], Any]) -> None:
    page = parse(chapter_section(ReportContent("t", retrieval=retrieved())))
    words = [word for word in page.words if word.strip()]
    start = words.index("sentence for a pair")
    assert words[start : start + 8] == ["sentence for a pair", "all pairs", "25.00", "10.00", "75.00", "50.00", "2.5", "of 20"]
    assert "a <note>" in words


def test_a_reason_takes_the_place_of_a_result(parse: Callable[[str], Any]) -> None:
    content = ReportContent("t", keywords="no <changed> pair", retrieval=retrieved("no shared space"), sanity="not asked for")
    page = parse(chapter_section(content))
    assert page.all("table") == []
    reasons = page.all("p", "reason")
    assert len(reasons) == 3
    for expected in ("no <changed> pair", "no shared space", "not asked for"):
        assert expected in page.words


def test_sanity_tests_show_rate_expectation_and_failures(parse: Callable[[str], Any]) -> None:
    results = (
        SanityResult("a", "before image twice", "Before <image>.", "100 %", 8, 0.75, ("p_<1>", "p_2")),
        SanityResult("b", "dates swapped", "Dates.", "near 100 %", 0, None, ()),
    )
    page = parse(chapter_section(ReportContent("t", sanity=SanityReport(results, 8, 4, {"limit": 8, "beams": 1, "gate": None}))))
    for expected in ("75.0 %", "Before <image>.", "p_<1>, p_2", "limit 8; beams 1", "-"):
        assert expected in page.words
    assert [fill["style"] for fill in page.all("span", "fill")] == ["width:75.0%"]


def test_failures_are_counted_though_only_the_first_are_named(parse: Callable[[str], Any]) -> None:
    results = [
        SanityResult("a", "a", "A.", "100 %", 50, 0.18, ("p_1", "p_2"), 41),
        SanityResult("b", "b", "B.", "100 %", 50, 0.96, ("p_3", "p_4"), 2),
        SanityResult("c", "c", "C.", "100 %", 50, 1.0, (), 0),
        SanityResult("d", "d", "D.", "100 %", 0, None, (), 0),
    ]
    words = parse(chapter_section(ReportContent("t", sanity=SanityReport(tuple(results), 50, 50, {})))).words
    assert words[words.index("41 failed, first 2:") + 1] == "p_1, p_2"
    assert words[words.index("2 failed") + 1] == "p_3, p_4"
    assert words.count("none") == 1
    assert words[-1] == "-"


def test_what_is_not_there_is_left_out() -> None:
    assert chapter_section(ReportContent("t")) == ""
