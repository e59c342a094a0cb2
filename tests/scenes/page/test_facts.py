from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deltascribe.scenes.answer import Finding, SceneAnswer, Summary
from deltascribe.scenes.page.facts import header, key_figures, provenance
from deltascribe.scenes.sampling import Misregistration

pytest.importorskip("rasterio")


def test_the_figures_are_those_of_the_answer(make_answer: Callable[..., SceneAnswer]) -> None:
    assert key_figures(make_answer(skipped=[0])) == {
        "Before": "before.tif",
        "After": "after.tif",
        "Ground": "0.61 ha: 96 x 64 m",
        "Changed": "512 m², 2 areas (pixels of 50 % or more)",
        "Tiles": "6: 2 changed, 3 without a change, 1 skipped",
        "Resolution": "0.5 m a pixel",
        "Coordinates": "WGS 84 / UTM zone 33N (EPSG:32633)",
        "Misregistration": "0.2 pixels, 0.11 m (median of 6 windows)",
        "Looked at": "0.51 ha, 83.3 % of the ground",
    }
    assert "Looked at" not in key_figures(make_answer())


def test_where_nothing_was_seen_no_changed_area_is_told(make_answer: Callable[..., SceneAnswer]) -> None:
    figures = key_figures(make_answer(rows=1, columns=2, changed={}, skipped=[0, 1]))
    assert figures["Changed"] == "unknown"
    assert figures["Tiles"] == "2: 0 changed, 0 without a change, 2 skipped"


@pytest.mark.parametrize(
    ("shift", "corrected", "words"),
    [
        (Misregistration(0, 0, 0, 0, 9), False, "unknown: no window had a clear answer"),
        (Misregistration(3, 4, 0.5, 9, 9), False, "5.0 pixels, 2.5 m (median of 9 windows)"),
        (Misregistration(3, 4, 0.5, 9, 9), True, "5.0 pixels, 2.5 m (median of 9 windows), corrected"),
        (Misregistration(3, 4, 6.0, 9, 9), False, "uncertain: 5.0 pixels, 2.5 m (median of 9 windows)"),
        (Misregistration(3, 4, 0.5, 1, 9), False, "uncertain: 5.0 pixels, 2.5 m (median of 1 window)"),
    ],
)
def test_misregistration_in_words(make_answer: Callable[..., SceneAnswer], shift: Misregistration, corrected: bool, words: str) -> None:
    answer = make_answer(misregistration=shift)
    if corrected:
        answer = replace(answer, after=replace(answer.after, shift=(-3.0, -4.0)))
    assert key_figures(answer)["Misregistration"] == words


def test_differing_resolutions_and_a_partial_overlap_are_told(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer()
    figures = key_figures(replace(answer, alignment=replace(answer.alignment, gsd=(0.5, 0.3), shared=(1.0, 0.25))))
    assert figures["Resolution"] == "0.5 m a pixel; before 0.5 m, after 0.3 m"
    assert figures["Overlap"] == "100 % of the before image, 25.0 % of the after image"


def test_each_finding_leads_to_its_tiles(make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any]) -> None:
    findings = tuple(Finding(f"finding {number}", (number, 9), 1.0, "here") for number in range(8))
    page = parse(header(make_answer(summary=Summary("Much changed.", findings))))
    links = page.all("a")
    assert [(link["href"], link["data-tiles"]) for link in links] == [(f"#tile-{number}", f"{number} 9") for number in range(8)]
    assert "2 more findings" in page.words
    assert "Much changed." in page.words


def test_warnings_stand_in_the_head(make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any]) -> None:
    page = parse(header(make_answer(notes=["The dates lie beside each other."])))
    assert "The dates lie beside each other." in page.words
    assert "Before you rely on it" in page.words
    assert "Before you rely on it" not in parse(header(make_answer())).words


def test_where_it_came_from_is_told(make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any]) -> None:
    assert '"model": "fake"' in parse(provenance(make_answer())).text
