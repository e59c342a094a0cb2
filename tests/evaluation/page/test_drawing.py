from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import matplotlib
import pytest

from deltascribe.errors import MissingDependencyError
from deltascribe.evaluation.page import drawing

NAN = float("nan")
DRAWN: dict[str, Callable[[Any], None]] = {
    "metrics": lambda figure: drawing.draw_metrics(figure, ["A", "B"], [[70.0, 60.0, 80.0, 50.0, 60.0], [30.0, None, None, None, None]]),
    "reliability": lambda figure: drawing.draw_reliability(figure, [(0.0, 0.5, 3, 0.2, 0.1), (0.5, 1.0, 0, None, None)]),
    "probabilities": lambda figure: drawing.draw_probabilities(figure, [0.0, 0.5, 1.0], [3, 1200], [40, 0]),
    "shares": lambda figure: drawing.draw_shares(figure, ["x"], [("p", [50.0], [60.0]), ("r", [NAN], [NAN])]),
    "histogram": lambda figure: drawing.draw_histogram(figure, [0.0, 10.0, 20.0], [3, 1], [("median", 4.0), ("mean", 5.0)], "score"),
    "lengths": lambda figure: drawing.draw_lengths(figure, [4, 5], [50.0, 50.0], [10.0, 90.0]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_is_part_of_the_page(name: str, parse: Callable[[str], Any]) -> None:
    svg = drawing.draw_svg(name, "what <it> shows", DRAWN[name])
    page = parse(svg)
    assert page.tags[0][1]["role"] == "img"
    assert page.words[0] == "what <it> shows"
    assert not re.search(r"https?://|url\(|@import|<metadata|<style|xmlns|xlink|\d{4}-\d\d-\d\dT", svg)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert all(identity.startswith(f"{name}-") for identity in ids)
    targets = {attributes["href"] for _, attributes in page.tags if "href" in attributes}
    assert targets <= {f"#{identity}" for identity in ids}


@pytest.mark.parametrize("name", DRAWN)
def test_colours_are_the_pages_and_letters_are_letters(name: str) -> None:
    svg = drawing.draw_svg(name, "x", DRAWN[name])
    assert "var(--model)" in svg
    assert not re.search(r"(?:fill|stroke): #(?!none)", svg)
    assert "font-family" not in svg
    assert "<text" in svg


def test_a_plot_is_drawn_alike_each_time_whatever_the_users_own_style() -> None:
    first = drawing.draw_svg("k", "x", DRAWN["metrics"])
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": None}):
        assert drawing.draw_svg("k", "x", DRAWN["metrics"]) == first
        assert matplotlib.rcParams["font.size"] == 30
    assert drawing.draw_svg("other", "x", DRAWN["metrics"]) != first


def test_peoples_precision_and_recall_have_marks_of_their_own() -> None:
    groups = [("precision, %", [50.0], [60.0]), ("recall, %", [40.0], [70.0])]
    svg = drawing.draw_svg("k", "x", lambda figure: drawing.draw_shares(figure, ["objects"], groups))
    assert "people's precision" in svg
    assert "people's recall" in svg


@pytest.mark.parametrize("name", ["_begins with a line", "cost $5 to $6", "$\\frac{$"])
def test_a_name_is_drawn_as_it_is(name: str) -> None:
    assert name in drawing.draw_svg("k", "x", lambda figure: drawing.draw_lengths(figure, [4, 5], [50.0, 50.0], [10.0, 90.0], name))


def test_without_matplotlib_an_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError, match=r"deltascribe\[evaluate\]"):
        drawing.draw_svg("k", "x", DRAWN["metrics"])
