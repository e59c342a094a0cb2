from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.evaluation import GalleryItem, Prediction, ReportContent, report_html, write_report
from deltascribe.evaluation.sanity import SanityReport, SanityResult
from deltascribe.metrics import ItemScores, ScoreTable
from deltascribe.metrics.calibration import reliability
from deltascribe.metrics.keywords import keyword_scores

EVIL = "<script>alert('1')</script> \"onload=x <img src=http://evil.test/a.png>"


@pytest.fixture
def content(make_table: Callable[..., ScoreTable], predictions: list[Prediction], make_item: Callable[..., GalleryItem]) -> ReportContent:
    return ReportContent(
        "A title",
        command="deltascribe evaluate x y --seed 7",
        facts=[("seed", "7"), ("split", "test")],
        tables=[(name, mode, make_table(name, mode=mode)) for name in ("beam 3", "greedy") for mode in ("ids", "words")],
        predictions=predictions,
        keywords={"changed": keyword_scores(["a road"], [["a road is built"]])},
        calibration=reliability([0.9, 0.2], [True, False]),
        retrieval="no shared space",
        sanity=SanityReport((SanityResult("a", "twice", "Twice.", "100 %", 8, 0.75, ("p",)),), 8, 4, {}),
        gallery=[make_item(0), make_item(1)],
        total=4,
        settings={"beams": [3, 1], "where": Path("x")},
        notes=["a warning"],
    )


def test_the_page_holds_everything_and_the_command_and_seed_that_made_it(content: ReportContent, parse: Callable[[str], Any]) -> None:
    page = parse(report_html(content))
    sections = [section["id"] for section in page.all("section") if "id" in section]
    assert sections == ["scores", "plots", "beyond", "gallery", "made"]
    assert [link["href"] for link in page.all("a")] == [f"#{name}" for name in sections]
    for expected in ("A title", "deltascribe evaluate x y --seed 7", "seed", "7", "a warning", "no shared space"):
        assert expected in page.words
    assert '"where": "x"' in page.text
    assert len(page.all("article")) == 2


def test_what_is_missing_is_left_out_and_not_linked_to(parse: Callable[[str], Any]) -> None:
    page = parse(report_html(ReportContent("Only a title")))
    assert [section["id"] for section in page.all("section") if "id" in section] == ["made"]
    assert [link["href"] for link in page.all("a")] == ["#made"]
    assert page.all("table") == page.all("article") == page.all("svg") == []


def test_hostile_text_stays_text_wherever_it_stands(
    content: ReportContent, make_table: Callable[..., ScoreTable], make_item: Callable[..., GalleryItem], parse: Callable[[str], Any]
) -> None:
    item = make_item(0)
    said = Prediction(EVIL, EVIL, (EVIL,), True, True, 0.5)
    table = make_table(EVIL)
    table = replace(
        table,
        protocol=EVIL,
        notes=(EVIL,),
        constants=(replace(table.constants[0], label=EVIL), replace(table.constants[2], label=EVIL)),
    )
    evil = ReportContent(
        EVIL,
        command=EVIL,
        facts=[(EVIL, EVIL)],
        tables=[(EVIL, EVIL, table)],
        predictions=[said] * 4,
        keywords=EVIL,
        calibration=EVIL,
        retrieval=EVIL,
        sanity=SanityReport((SanityResult(EVIL, EVIL, EVIL, EVIL, 1, 0.5, (EVIL,)),), 1, 1, {EVIL: EVIL}),
        gallery=[GalleryItem(said, ItemScores(EVIL, 0, 0, 0), item.before, item.after)],
        settings={EVIL: EVIL},
        notes=[EVIL],
    )
    plain, page = parse(report_html(content)), parse(report_html(evil))
    assert len(page.all("script")) == len(plain.all("script")) == 1
    assert all((image.get("src") or "data:").startswith("data:image/") for image in page.all("img"))
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert {name for name, _ in page.tags} <= {name for name, _ in plain.tags}
    assert page.text.count("alert('1')") >= 25
    assert page.all("article")[0]["data-text"] == f"{EVIL} {EVIL} {EVIL}".lower()


def test_the_page_needs_no_other_file_and_forbids_the_network(content: ReportContent, parse: Callable[[str], Any]) -> None:
    html = report_html(content)
    page = parse(html)
    policy = next(tag["content"] for tag in page.all("meta") if "http-equiv" in tag)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    assert html.index("Content-Security-Policy") < html.index("<style")
    assert not page.all("link")
    assert not re.search(r"https?://|url\(|@import", html)


def test_the_same_content_gives_the_same_bytes_in_a_file_or_in_memory(content: ReportContent, tmp_path: Path) -> None:
    path = tmp_path / "new" / "index.html"
    write_report(path, content)
    assert path.read_bytes() == report_html(content).encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["index.html"]


def test_ids_are_the_only_ones_of_their_name(content: ReportContent, parse: Callable[[str], Any]) -> None:
    ids = [attributes["id"] for _, attributes in parse(report_html(content)).tags if "id" in attributes]
    assert len(set(ids)) == len(ids)


def test_the_script_knows_the_names_that_the_page_uses(content: ReportContent, parse: Callable[[str], Any]) -> None:
    html = report_html(content)
    page, script = parse(html), html[html.index("<script>") :]
    for button in page.all("button"):
        assert re.search(rf"\b{button['data-show']}: \(", script)
    for option in page.all("option"):
        assert re.search(rf"\b{option['value']}: \(", script)
    used = set(re.findall(r'getElementById\("(\w+)"\)', script))
    assert used == {"items", "order", "search", "count"}
    for name in ("switches", "switched", "headline", "panel", "scroll"):
        assert re.search(rf'"\.{name}"', script), name
        assert re.search(rf'class="[^"]*\b{name}[ "]', html), name
    assert used <= {attributes.get("id") for _, attributes in page.tags}


def test_every_colour_of_a_plot_is_one_of_the_page(content: ReportContent) -> None:
    html = report_html(content)
    for name in set(re.findall(r"var\(--(\w+)\)", html)):
        assert len(re.findall(rf"--{name}:", html)) >= 1, name


def test_pairs_and_their_plot_name_the_table_that_their_figures_come_from(content: ReportContent, parse: Callable[[str], Any]) -> None:
    page = parse(report_html(content))
    assert page.words.count(" (words, beam 3, idf of all pairs)") == 2
    assert "Changed pairs: CIDEr-D of each (words, beam 3)" in page.words
    alone = parse(report_html(replace(content, tables=content.tables[:1])))
    assert alone.words.count(" (ids, beam 3, idf of all pairs)") == 2


def test_nobody_is_called_a_model_where_there_is_none(content: ReportContent, parse: Callable[[str], Any]) -> None:
    plain = [replace(said, change_probability=None) for said in content.predictions]
    page = parse(report_html(replace(content, subject="theirs", predictions=plain)))
    assert "this model" not in page.text
    assert "theirs" in page.words
    assert [option["value"] for option in page.all("option")] == ["given", "best", "worst"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-11-25T15:00:59+00:00", "2026-11-25 15:00 UTC"),
        ("2026-11-25T01:30:00+02:00", "2026-11-24 23:30 UTC"),
        ("2026-11-25T15:00:00Z", "2026-11-25 15:00 UTC"),
        ("2026-13-45T15:00:00Z", "2026-13-45T15:00:00Z"),
        ("20251125", "20251125"),
    ],
)
def test_times_are_written_for_people(written: str, shown: str, parse: Callable[[str], Any]) -> None:
    assert shown in parse(report_html(ReportContent("t", facts=[("finished", written)]))).words


def test_predictions_that_do_not_fit_the_scores_are_refused(content: ReportContent) -> None:
    with pytest.raises(PredictionsError, match="3 predictions for 4 scored pairs"):
        replace(content, predictions=content.predictions[:3])
