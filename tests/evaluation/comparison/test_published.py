"""Tests of deltascribe.evaluation.comparison.published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison.published import find_published, published_sets
from deltascribe.metrics import METRICS
from deltascribe.metrics.statistics import MEAN_OF
from deltascribe.text.no_change import is_no_change


def test_every_row_says_its_protocol_and_holds_known_metrics() -> None:
    for entry in published_sets().values():
        assert entry.rows
        for row in entry.rows:
            assert row.marks[0] in ("ids", "mode not stated")
            assert set(row.scores) <= set(METRICS)
            assert row.label == f"{row.method} {row.year} [{', '.join(row.marks)}]"
    dfm = next(row for row in find_published("levir-cc").rows if row.method == "DFM")
    assert "second-hand" in dfm.marks


def test_the_printed_means_are_those_of_the_printed_scores() -> None:
    complete = [row for row in find_published("levir-cc").rows if set(MEAN_OF) <= set(row.scores)]
    assert len(complete) == 8
    for row in complete:
        assert sum(row.scores[name] for name in MEAN_OF) / 4 == pytest.approx(row.scores["s_m"], abs=0.0101)


def test_only_the_whole_official_split_is_covered() -> None:
    levir = find_published("levir-cc")
    names, changed = [f"test_{index:06d}" for index in range(1, 1930)], [index < 964 for index in range(1929)]
    assert levir.covers(names, changed, {})
    assert levir.covers([f"{name}.png" for name in names], changed, {})
    assert not levir.covers(names[1:], changed[1:], {})
    assert levir.covers(names, changed, {"machine_source": None})
    assert not levir.covers(names, changed, {"machine_source": "grammar"})
    assert not levir.covers(names, [True] * 1929, {})
    assert not levir.covers([f"val_{name[5:]}" for name in names], changed, {"format": "levir_cc", "split": "val"})
    assert levir.covers([f"mine_{name}" for name in names], changed, {"format": "levir_mci", "split": "test"})


def test_the_real_split_is_recognised(shared_data: Path) -> None:
    captions = json.loads((shared_data / "levircc" / "captions_all.json").read_text(encoding="utf-8"))
    test = {name: sentences for name, sentences in captions.items() if name.startswith("test_")}
    assert find_published("levir-cc").covers(list(test), [not is_no_change(entry) for entry in test.values()], {})


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(ConfigError, match="levir-cc, whu-cdc, none"):
        find_published("coco")
