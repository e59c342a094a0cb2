"""The table of a grid, from runs whose captions and records are made up."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest

from deltascribe.ablation import Ablation, plan_runs, summarise_grid, write_table
from deltascribe.ablation.plots import read_curves
from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison import Resampling
from deltascribe.evaluation.predictions import write_predictions
from deltascribe.metrics import CaptionScorer, Protocol, WordNumbering
from deltascribe.metrics.keywords import keyword_scores
from deltascribe.metrics.significance import holm, welch_test

from ..evaluation.comparison.conftest import predictions, references_of

Make = Callable[..., Ablation]
FAST = Resampling(resamples=50, permutations=200)
QUALITY = {"plain": (0.3, 0.4, 0.2), "whole": (0.9, 0.8, 0.95)}
RECALL = {"whole": (0.5, 0.75, 1.0)}


@pytest.fixture
def grid(make_grid: Make) -> Ablation:
    """Three seeds of two variants, as if they had been trained and scored; `plain` has no retrieval."""
    grid = make_grid(seeds=[1, 2, 3])
    for run in plan_runs(grid):
        place, name = run.seed - 1, run.variant.name
        write_predictions(run.scores("val") / "predictions.jsonl", predictions(range(30), QUALITY[name][place], 10 * place + len(name)))
        found = {"changed": {"image_to_text": {"recall": {"r@5": RECALL[name][place]}}}} if name in RECALL else None
        record = {
            "command": f"deltascribe evaluate {name}",
            "settings": {"beams": [1]},
            "data": {"name": "tiny", "format": "levir_mci", "split": "val"},
            "model": {"checkpoint": {"cost": {"parameters": 2_500_000}, "training": {"seed": run.seed}}},
            "runs": {"greedy": {"pairs_per_second": 10.0 * run.seed}},
            "retrieval": {"scores": found},
        }
        (run.scores("val") / "scores.json").write_text(json.dumps(record))
        minutes = None if (name, run.seed) == ("whole", 2) else float(run.seed)
        facts = {"minutes": minutes, "machine": {"system": "Linux", "cores": 2}, "versions": {"torch": "2.13"}}
        (run.folder / "run.json").write_text(json.dumps(facts))
        steps = range(1, 5)
        (run.folder / "losses.csv").write_text("step,loss,tgcl\n" + "".join(f"{step},{5 - step},nan\n" for step in steps))
        (run.folder / "scores.csv").write_text(f"step,cider_d\n2,{10 * run.seed}\n4,{20 * run.seed}\n")
        (run.folder / "config.yaml").write_text("")
    return grid


def by_hand(name: str) -> dict[str, list[float]]:
    """The scores of each seed, by the metrics themselves."""
    references = [references_of(index) for index in range(30)]
    changed = [index % 3 != 2 for index in range(30)]
    numbering = WordNumbering.build([text for entry in references for text in entry], 1, "x")
    scorer = CaptionScorer(references, changed, Protocol.ids(numbering))
    rows: dict[str, list[float]] = {}
    for place, quality in enumerate(QUALITY[name]):
        said = [entry.caption for entry in predictions(range(30), quality, 10 * place + len(name))]
        scores = scorer.score("", said)
        kept = [row for row, flag in enumerate(changed) if flag]
        f1 = keyword_scores([said[row] for row in kept], [references[row] for row in kept]).kinds["all"].f1
        found = {
            "s_m": scores.subset().scores["s_m"],
            "cider_d": scores.subset().scores["cider_d"],
            "changed_s_m": scores.subset("changed").scores["s_m"],
            "changed_cider_d": scores.subset("changed").scores["cider_d"],
            "keyword_f1": f1,
            "change_accuracy": scores.change_accuracy,
            "no_change_accuracy": scores.no_change_accuracy,
        }
        for key, value in found.items():
            assert value is not None
            rows.setdefault(key, []).append(100 * value)
    return rows


def test_means_and_deviations_are_those_worked_out_by_hand(grid: Ablation) -> None:
    table = summarise_grid(grid, "val", FAST).table
    expected = {name: by_hand(name) for name in QUALITY}
    for name, scores in expected.items():
        row = table.row(name)
        assert row.seeds == 3
        for key, values in scores.items():
            assert row.cells[key].value == pytest.approx(mean(values))
            assert row.cells[key].deviation == pytest.approx(stdev(values))  # n - 1
            assert row.cells[key].seeds == pytest.approx(values)
    for key, values in expected["whole"].items():
        entry = table.row("whole").tested[key]
        assert entry.value == pytest.approx(mean(values) - mean(expected["plain"][key]))
        assert entry.low <= entry.value <= entry.high
    assert table.row("plain").tested == {}


def test_p_is_the_larger_of_pairs_and_seeds_adjusted_over_all_that_a_row_is_tested_on(grid: Ablation) -> None:
    summary = summarise_grid(grid, "val", FAST)
    tested = summary.table.row("whole").tested
    assert len(tested) == 7
    for key, entry in tested.items():
        pairs, seeds = summary.p_values["whole"][key]
        assert seeds == pytest.approx(welch_test(by_hand("whole")[key], by_hand("plain")[key]))
        assert entry.p_value == max(pairs, seeds)
    assert summary.p_values["whole"]["s_m"][0] == pytest.approx(1 / 201)
    assert [entry.p_adjusted for entry in tested.values()] == pytest.approx(holm([entry.p_value for entry in tested.values()]))


def test_size_speed_and_retrieval_come_from_the_records(grid: Ablation) -> None:
    table = summarise_grid(grid, "val", FAST).table
    plain, whole = (table.row(name).cells for name in ("plain", "whole"))
    assert (plain["parameters"].value, plain["parameters"].deviation) == (2.5, 0)
    assert (plain["pairs_per_second"].value, plain["pairs_per_second"].deviation) == (20, 10)
    assert plain["recall_5"].value is None
    assert (whole["recall_5"].value, whole["recall_5"].deviation) == (75, 25)
    assert plain["minutes"].value == 2
    assert whole["minutes"].value == 2  # of the two that were not interrupted


def test_constants_and_people_stand_below(grid: Ablation) -> None:
    rows = summarise_grid(grid, "val", FAST).table.rows
    assert [row.kind for row in rows] == ["run", "run", "constant", "human"]
    assert rows[2].cells["s_m"].value is not None
    assert rows[2].cells["minutes"].value is None


def test_a_grid_that_is_half_done_has_the_rows_that_are(grid: Ablation) -> None:
    for run in plan_runs(grid, ["whole"], [2, 3]):
        (run.folder / "run.json").unlink()
    summary = summarise_grid(grid, "val", FAST)
    assert summary.table.row("whole").seeds == 1
    assert summary.table.row("whole").cells["s_m"].deviation is None
    # of a single seed pairs alone can tell
    assert {p_seeds for _, p_seeds in summary.p_values["whole"].values()} == {None}
    write_table(grid, summary)
    assert "4 of 6 runs are done" in (grid.output / "table-val.md").read_text()
    for run in plan_runs(grid, ["plain"]):
        (run.folder / "run.json").unlink()
    with pytest.raises(ConfigError, match="No run of the reference 'plain' is scored on val yet"):
        summarise_grid(grid, "val", FAST)


def test_the_markdown_says_where_each_figure_comes_from(grid: Ablation) -> None:
    written = write_table(grid, summarise_grid(grid, "val", FAST), "deltascribe ablate grid.yaml")
    assert all(path.is_file() for path in written)
    text = (grid.output / "table-val.md").read_text()
    for part in (
        "- command: `deltascribe ablate grid.yaml`",
        f"- configuration: {grid.path}, over ",
        "- seeds: 1, 2, 3\n",
        "- data: tiny (levir\\_mci), split val, 30 pairs, 20 of them changed".replace("\\_", "_"),
        "the test split took no part",
        "- reference: plain",
        "- training: epochs: 1, pairs a step: 9, precision: 32-true",
        "- backbone: efficientnet_lite0 (none weights), all but the last 4 stages frozen, augmented anew in every step",
        "- machine: Linux, 2 cores",
        "- versions: torch 2.13",
        "sample standard deviation over the seeds",
        "Holm over the 7 scores of one row",
        "of Welch's t test over seeds",
        "| p pairs | 0.005 | 0.005 | 0.005 |",
        "| seeds above | 3/3 | 3/3 | 3/3 | 3/3 | 3/3 |",
        "![differences-val](differences-val.png)",
        "![curves](curves.png)",
        "- whole: `model.settings.fusion: joint (not plain); objective.tgcl: 0.2 (not 0",
    ):
        assert part in text
    assert (grid.output / "comparison-val.md").read_text().startswith("# Comparison")


def test_csv_json_and_latex_hold_the_same_figures(grid: Ablation) -> None:
    summary = summarise_grid(grid, "val", FAST)
    write_table(grid, summary)
    cell = summary.table.row("whole").cells["changed_cider_d"]
    with (grid.output / "table-val.csv").open(newline="") as stream:
        line = next(row for row in csv.DictReader(stream) if row["row"] == "whole")
    assert line["seeds"] == "1 2 3"
    assert float(line["changed_cider_d"]) == pytest.approx(cell.value)
    assert float(line["changed_cider_d_sd"]) == pytest.approx(cell.deviation)
    assert float(line["changed_cider_d_difference"]) == pytest.approx(cell.difference.value if cell.difference else None)
    value = json.loads((grid.output / "table-val.json").read_text())
    scores = next(row for row in value["rows"] if row["label"] == "whole")["scores"]
    assert scores["changed_cider_d"]["seeds"] == pytest.approx(cell.seeds)
    assert scores["changed_cider_d"]["value"] == pytest.approx(cell.value)
    latex = (grid.output / "table-val.tex").read_text()
    assert rf"\textbf{{{cell.value:.2f}}}{{\tiny $\pm${cell.deviation:.2f}}}" in latex
    assert latex.count(r"\begin{table}") == 2


def test_the_table_says_where_a_variant_starts_and_that_its_minutes_are_its_own(grid: Ablation, make_grid: Make) -> None:
    tuned = make_grid(seeds=[1, 2, 3], variants={"plain": {"objective.tgcl": 0}, "whole": {"from": "plain"}})
    write_table(tuned, summarise_grid(tuned, "val", FAST))
    text = (grid.output / "table-val.md").read_text()
    assert "from: plain (not none)`" in text
    assert "init" not in text[text.index("## Settings of each variant") : text.index("## Notes")]
    assert "those of the weights that a run starts from are not counted" in text
    other = make_grid(seeds=[1, 2, 3], reference="whole", variants={"plain": None, "whole": {"from": "plain"}})
    write_table(other, summarise_grid(other, "val", FAST))
    assert "- reference: whole, from: plain\n" in (grid.output / "table-val.md").read_text()


def test_each_score_that_chose_an_epoch_is_told(grid: Ablation, make_grid: Make) -> None:
    write_table(grid, summarise_grid(grid, "val", FAST))
    assert "was chosen on val, by cider_d; the test" in (grid.output / "table-val.md").read_text()
    mixed = make_grid(seeds=[1, 2, 3], variants={"plain": None, "whole": {"select_by": "changed_cider_d"}})
    write_table(mixed, summarise_grid(mixed, "val", FAST))
    assert "was chosen on val, by plain: cider_d; whole: changed_cider_d; the test" in (grid.output / "table-val.md").read_text()


def test_scores_on_test_say_that_they_chose_nothing(grid: Ablation) -> None:
    for run in plan_runs(grid):
        run.scores("val").rename(run.scores("test"))
    write_table(grid, summarise_grid(grid, "test", FAST))
    assert "the test split chose nothing" in (grid.output / "table-test.md").read_text()


def test_without_matplotlib_the_table_says_how_to_get_the_plots(grid: Ablation, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    write_table(grid, summarise_grid(grid, "val", FAST))
    assert not list(grid.output.glob("*.png"))
    assert "pip install 'deltascribe[evaluate]'" in (grid.output / "table-val.md").read_text()


def test_curves_leave_out_losses_that_a_run_lacks(grid: Ablation, tmp_path: Path) -> None:
    curves: dict[str, Any] = read_curves(plan_runs(grid)[0].folder)
    assert list(curves) == ["loss", "validation: CIDEr-D"]
    np.testing.assert_allclose(curves["loss"], ([1, 2, 3, 4], [4, 3, 2, 1]))
    np.testing.assert_allclose(curves["validation: CIDEr-D"], ([2, 4], [10, 20]))
    assert read_curves(tmp_path / "gone") == {}
