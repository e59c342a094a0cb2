from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deltascribe.evaluation import Prediction, ReportContent
from deltascribe.evaluation.page.plots import choose_plots, plot_section
from deltascribe.metrics import ScoreTable
from deltascribe.metrics.calibration import reliability
from deltascribe.metrics.keywords import keyword_scores


@pytest.fixture
def content(make_table: Callable[..., ScoreTable], predictions: list[Prediction]) -> ReportContent:
    changed = predictions[:2]
    scores = keyword_scores([said.caption for said in changed], [said.references for said in changed])
    return ReportContent(
        "Title",
        tables=[("beam 3", "ids", make_table())],
        predictions=predictions,
        keywords={"changed": scores, "human": scores},
        calibration=reliability([0.9, 0.2], [True, False]),
    )


def test_every_plot_has_its_figures_as_a_table(content: ReportContent) -> None:
    plots = {plot.key: plot for plot in choose_plots(content)}
    assert list(plots) == ["metrics", "items", "keywords", "reliability", "probabilities", "lengths"]
    assert plots["metrics"].rows[6] == ["CIDEr-D", "30.00", "20.00", "45.00", "25.00", "35.00"]
    # CIDEr-D of the two changed pairs: 150 and 50
    assert [row for row in plots["items"].rows if row[1] != "0"] == [["50 to 60", "1"], ["150 to 160", "1"]]
    assert [row for row in plots["probabilities"].rows if row[1:] != ["0", "0"]] == [
        ["0.00 to 0.05", "0", "1"],
        ["0.30 to 0.35", "1", "0"],
        ["0.75 to 0.80", "0", "1"],
        ["0.95 to 1.00", "1", "0"],
    ]
    # 4 and 7 words said, 3 and 5 in each pair's references
    assert plots["lengths"].rows == [
        ["3", "0.0", "50.0"],
        ["4", "50.0", "0.0"],
        ["5", "0.0", "50.0"],
        ["6", "0.0", "0.0"],
        ["7", "50.0", "0.0"],
    ]
    assert len(plots["reliability"].rows) == 10


def test_headings_name_the_mode_and_the_decoding(content: ReportContent, make_table: Callable[..., ScoreTable]) -> None:
    words = replace(make_table(mode="words"), items=tuple(replace(item, cider_d=0.25) for item in make_table().items))
    several = replace(content, tables=[*content.tables, ("beam 3", "words", words), ("greedy", "words", make_table())])
    plots = {plot.key: plot for plot in choose_plots(several)}
    assert plots["metrics"].heading == "Changed pairs: every metric (ids, beam 3)"
    assert plots["items"].heading == "Changed pairs: CIDEr-D of each (words, beam 3)"
    assert [row for row in plots["items"].rows if row[1] != "0"] == [["20 to 30", "2"]]
    assert plots["keywords"].heading == "Keywords by kind (beam 3)"
    assert plots["reliability"].heading == "Can the probability be trusted?"


def test_plots_call_the_captions_maker_by_name(content: ReportContent) -> None:
    pytest.importorskip("matplotlib")
    section = plot_section(replace(content, subject="_a $label$ that is far too long for a legend"))
    assert " _a $label$ that is fa..." in section
    assert "this model" not in section


def test_a_row_told_which_pairs_changed_is_no_constant(content: ReportContent) -> None:
    plot = next(choose_plots(content))
    assert "best row without images" in plot.columns
    assert "(some are told which pairs changed)" in plot.reading


def test_an_endless_caption_does_not_flatten_the_lengths(content: ReportContent) -> None:
    endless = replace(content, predictions=[replace(content.predictions[0], caption="road " * 3000), *content.predictions[1:]])
    plot = next(plot for plot in choose_plots(endless) if plot.key == "lengths")
    assert [row[0] for row in plot.rows] == ["3", "4", "5", "6", "7", "more than 7"]
    assert plot.rows[-1] == ["more than 7", "50.0", "0.0"]
    assert "longer than 7 words: 1 of the captions, 0 of the references" in plot.reading


def test_lengths_stay_readable_where_all_captions_are_endless(content: ReportContent) -> None:
    endless = replace(content, predictions=[replace(said, caption="road " * 3000) for said in content.predictions])
    plot = next(plot for plot in choose_plots(endless) if plot.key == "lengths")
    assert len(plot.rows) < 30
    assert plot.rows[-1][1] == "100.0"


def test_levels_stand_beside_each_other_for_both_kinds_of_pairs() -> None:
    means = {"changed": {"stride 8": 0.25, "stride 16": 0.75}, "no_change": {"stride 8": 0.5, "stride 16": 0.5}}
    (plot,) = choose_plots(ReportContent("Title", levels=means))
    assert plot.columns == ("level", "changed pairs, %", "pairs without a change, %")
    assert plot.rows == [["stride 8", "25.00", "50.00"], ["stride 16", "75.00", "50.00"]]
    (plot,) = choose_plots(ReportContent("Title", levels={"no_change": {"stride 8": 1.0}}))
    assert plot.rows == [["stride 8", "-", "100.00"]]
    pytest.importorskip("matplotlib")
    assert "stride 8" in plot_section(ReportContent("Title", levels=means))


def test_plots_without_data_are_left_out(content: ReportContent, make_table: Callable[..., ScoreTable]) -> None:
    assert plot_section(ReportContent("Title")) == ""
    bare = ReportContent("Title", tables=content.tables, keywords="why not", calibration="why not")
    assert [plot.key for plot in choose_plots(bare)] == ["metrics"]
    plain = [Prediction(said.name, said.caption, said.references, False) for said in content.predictions]
    assert [plot.key for plot in choose_plots(ReportContent("Title", tables=content.tables, predictions=plain))] == ["metrics"]


def test_the_section_shows_a_drawing_and_folds_the_figures_away(content: ReportContent, parse: Callable[[str], Any]) -> None:
    pytest.importorskip("matplotlib")
    page = parse(plot_section(content))
    assert len(page.all("svg", "plot")) == 6
    assert [("open" in entry) for entry in page.all("details")] == [False] * 6
    assert "pip install" not in page.text


def test_without_matplotlib_the_figures_stand_there_and_one_line_says_how_to_get_plots(
    content: ReportContent, parse: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = parse(plot_section(content))
    assert page.all("svg") == []
    assert len(page.all("table")) == 6
    assert all("open" in entry for entry in page.all("details"))
    assert page.text.count("pip install 'deltascribe[evaluate]'") == 1
