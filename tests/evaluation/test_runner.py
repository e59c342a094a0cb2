from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from deltascribe.captioner import ChangeCaptioner
from deltascribe.datasets import ChangeDataset
from deltascribe.errors import ConfigError
from deltascribe.evaluation import evaluate, read_predictions, summarise
from deltascribe.evaluation.inference import to_pair
from deltascribe.evaluation.outputs import choose_for_gallery, describe_pairs
from deltascribe.models.checkpoint import load_checkpoint
from deltascribe.shipped import DEFAULT_BEAMS
from deltascribe.text.special import NO_CHANGE_CAPTION

from .conftest import FakeCaptioner

MakeDataset = Callable[..., ChangeDataset]


def test_the_folder_gets_predictions_scores_and_gallery(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset, out = make_dataset(), tmp_path / "out"
    captioner = FakeCaptioner(dataset, {"still_0": ("a house appears", True)})
    evaluation = evaluate(captioner, dataset, out, command="deltascribe evaluate x y", seed=7, progress=False)
    assert sorted(path.name for path in out.iterdir()) == [
        "gallery.png",
        "index.html",
        "pairs.csv",
        "predictions-greedy.jsonl",
        "predictions.jsonl",
        "scores.json",
        "scores.md",
    ]
    assert tuple(read_predictions(out / "predictions.jsonl")) == evaluation.runs[0].predictions
    assert tuple(read_predictions(out / "predictions-greedy.jsonl")) == evaluation.runs[1].predictions
    assert (out / "index.html").read_text().count("<article") == 5
    assert Image.open(out / "gallery.png").format == "PNG"


def test_scores_say_how_to_make_them_again(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset, out = make_dataset(), tmp_path / "out"
    evaluation = evaluate(FakeCaptioner(dataset), dataset, out, command="deltascribe evaluate x y", seed=7, gallery=False, progress=False)
    scores = json.loads((out / "scores.json").read_text())
    assert scores["command"] == "deltascribe evaluate x y"
    assert scores["data"] == {"name": "tiny", "format": "tiny", "split": "test", "machine_source": None, "pairs": 5}
    assert scores["seed"] == 7
    assert scores["model"] == {"model": "fake", "beams": DEFAULT_BEAMS}
    assert scores["sanity"]["pairs"] == 5
    assert "no checkpoint" in scores["retrieval"]["reason"]
    assert scores["numbering"]["source"] == "every word in the evaluated references"
    assert scores["runs"]["greedy"]["keywords"]["changed"]["all"]["precision"] == 1.0
    assert scores["runs"]["greedy"]["calibration"]["brier"] == pytest.approx(0.0625)
    assert scores["settings"]["beams"] == [DEFAULT_BEAMS, 1]
    assert set(scores["versions"]) >= {"python", "torch", "deltascribe", "numpy"}
    assert scores["machine"]["cores"] >= 1
    run = scores["runs"]["greedy"]["tables"]["words"]
    assert run["model"]["subsets"]["changed"]["rouge_l"] == pytest.approx(100)
    assert run["model"]["change_accuracy"] == 100
    assert run["model"]["subsets"]["all"]["cider_d"] == pytest.approx(100 * evaluation.runs[1].table.score("cider_d"), abs=1e-5)
    assert str(tmp_path) not in (out / "scores.json").read_text()


def test_scores_hold_what_the_checkpoint_says_of_itself(make_dataset: MakeDataset, tiny_checkpoint: Path) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset)
    model = load_checkpoint(tiny_checkpoint).model
    facts = {"settings": {"d": 8}, "preprocessing": {"size": 64}, "training": {"seed": 3}, "vocabulary": ["a", "b"]}
    checkpoint = SimpleNamespace(name="dfm", model=model, **facts)
    captioner.checkpoint = checkpoint  # type: ignore[attr-defined]
    said = summarise(evaluate(captioner, dataset, sanity=0, retrieval=False, progress=False), dataset)["model"]["checkpoint"]
    cost = said.pop("cost")
    assert cost["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert cost["image_size"] == 64
    assert cost["encode_gflops"] > cost["decode_gflops"] > 0
    assert said == {
        "name": "dfm",
        "settings": {"d": 8},
        "preprocessing": {"size": 64},
        "training": {"seed": 3},
        "vocabulary_size": 2,
    }


def test_without_a_folder_or_gallery_less_is_written(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset()
    evaluate(FakeCaptioner(dataset), dataset, beams=[1], progress=False)
    assert not (tmp_path / "out").exists()
    evaluate(FakeCaptioner(dataset), dataset, tmp_path / "out", beams=[1], gallery=False, progress=False)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["pairs.csv", "predictions.jsonl", "scores.json", "scores.md"]


def test_a_later_run_leaves_nothing_of_an_earlier_one(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset, out = make_dataset(), tmp_path / "out"
    evaluate(FakeCaptioner(dataset), dataset, out, sanity=0, resamples=0, progress=False)
    (out / "notes.txt").write_text("mine")
    evaluate(FakeCaptioner(dataset), dataset, out, beams=[1], gallery=False, sanity=0, resamples=0, progress=False)
    assert sorted(path.name for path in out.iterdir()) == ["notes.txt", "pairs.csv", "predictions.jsonl", "scores.json", "scores.md"]


def test_sanity_tests_stay_within_the_evaluated_pairs(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(4, 4)
    captioner = FakeCaptioner(dataset)
    evaluation = evaluate(captioner, dataset, beams=[1], limit=3, sanity=100, resamples=0, progress=False)
    assert evaluation.sanity is not None
    assert evaluation.sanity.pairs == 3


@pytest.mark.parametrize("wrong", [{"sanity": -1}, {"resamples": -3}, {"looks": -1}])
def test_negative_numbers_are_refused_before_the_model_runs(make_dataset: MakeDataset, wrong: dict[str, int]) -> None:
    captioner = FakeCaptioner(make_dataset())
    with pytest.raises(ConfigError, match="Give 0 to leave them out"):
        evaluate(captioner, make_dataset(), progress=False, **wrong)
    assert captioner.calls == []


def test_the_page_shows_where_the_model_looked_in_some_pairs(make_dataset: MakeDataset, tmp_path: Path, tiny_checkpoint: Path) -> None:
    captioner = ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu")
    settings: dict[str, Any] = {"beams": [1], "gate": False, "sanity": 0, "resamples": 0, "retrieval": False, "progress": False}
    dataset = make_dataset(4, 2)
    evaluation = evaluate(captioner, dataset, tmp_path / "out", looks=3, **settings)
    assert evaluation.looks is not None
    assert len(evaluation.looks.pairs) == 3
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count('<details class="look">') == 3
    assert "in the fold beneath 3 pairs, drawn with seed 0" in page
    assert "Not shown: gates (the model has no learned, area or channel gate)." in page
    assert "Weight of the feature levels" in page
    means = json.loads((tmp_path / "out" / "scores.json").read_text())["level_weights"]
    reports = captioner.caption([to_pair(dataset[index]) for index in range(4)], beams=1)
    assert means["changed"]["stride 8"] == pytest.approx(sum(report.level_weights["stride 8"] for report in reports) / 4)
    assert list(means["no_change"]) == ["stride 8", "stride 16", "stride 32"]
    evaluate(captioner, dataset, tmp_path / "out", looks=0, **settings)
    page = (tmp_path / "out" / "index.html").read_text()
    assert '<details class="look">' not in page
    assert "Not shown" not in page


def test_what_a_captioner_cannot_tell_is_left_out_in_one_line(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset()
    evaluate(FakeCaptioner(dataset), dataset, tmp_path / "out", beams=[1], sanity=0, resamples=0, progress=False)
    page = (tmp_path / "out" / "index.html").read_text()
    assert '<details class="look">' not in page
    assert "Not shown: attention and gates (the captioner gives no checkpoint); level weights (the model has none)." in page
    assert "Weight of the feature levels" not in page
    assert json.loads((tmp_path / "out" / "scores.json").read_text())["level_weights"] == {}


def test_a_sample_says_of_how_many_pairs_it_is_one(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(4, 4)
    dataset.format = replace(dataset.format, counts={"test": 1929})
    evaluation = evaluate(FakeCaptioner(dataset), dataset, beams=[1], limit=3, sanity=0, resamples=0, progress=False)
    assert describe_pairs(evaluation, dataset) == "test of Tiny set: 3 pairs of the 8 here (the official split has 1,929)"


def test_captions_of_a_machine_are_not_called_people_nor_a_published_data_set(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset(4, 4)
    dataset.format = replace(dataset.format, counts={"test": 1929})
    page = tmp_path / "out" / "index.html"
    settings: dict[str, Any] = {"beams": [1], "sanity": 0, "retrieval": False, "resamples": 0, "progress": False}
    evaluate(FakeCaptioner(dataset), dataset, page.parent, **settings)
    told = ("above people", "human, leave one out", "Tiny set, test", "the official split has", "circles: people", "People are measured")
    assert [phrase for phrase in told if phrase not in page.read_text()] == []
    dataset.records = [replace(record, caption_source="grammar") for record in dataset.records]
    assert dataset.machine_source == "grammar"
    evaluation = evaluate(FakeCaptioner(dataset), dataset, page.parent, **settings)
    written = page.read_text()
    assert [phrase for phrase in told if phrase in written] == []
    assert "references, leave one out, perfect flag" in written
    assert "<h1>tiny, test" in written
    assert describe_pairs(evaluation, dataset) == "test of tiny: 8 pairs"
    dataset.records[0] = replace(dataset.records[0], caption_source="model")
    assert dataset.machine_source is None


@pytest.mark.parametrize(("changed", "still"), [(1, 0), (0, 1), (0, 4), (2, 1)])
def test_sets_of_one_kind_or_one_pair_get_a_gallery(make_dataset: MakeDataset, tmp_path: Path, changed: int, still: int) -> None:
    dataset = make_dataset(changed, still, label=False)
    evaluate(FakeCaptioner(dataset, masks=False), dataset, tmp_path / "out", beams=[1], progress=False)
    assert (tmp_path / "out" / "index.html").read_text().count("<article") == changed + still
    assert (tmp_path / "out" / "gallery.png").is_file()


def test_a_large_gallery_keeps_wrong_flags_best_and_worst(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(9, 9)
    captioner = FakeCaptioner(dataset, {"pair_4": (NO_CHANGE_CAPTION, False), "pair_7": ("unheard of words", True)})
    run = evaluate(captioner, dataset, beams=[1], progress=False).runs[0]
    chosen = choose_for_gallery(run, 6)
    scores = [item.cider_d for item in run.table.items]
    assert len(chosen) == 6
    assert chosen == sorted(set(chosen))
    assert {4, 7} <= set(chosen)
    assert max(scores[row] for row in chosen) == max(scores)
    assert choose_for_gallery(run, 6) == chosen
    assert choose_for_gallery(run, 18) == list(range(18))


@pytest.mark.parametrize("below", [(), ("deeper", "out")])
def test_a_file_in_the_place_of_the_folder_is_named_before_the_model_runs(
    make_dataset: MakeDataset, tmp_path: Path, below: tuple[str, ...]
) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset)
    (tmp_path / "out").write_text("notes")
    with pytest.raises(ConfigError, match="Choose another OUT"):
        evaluate(captioner, dataset, (tmp_path / "out").joinpath(*below), progress=False)
    assert captioner.calls == []
    assert (tmp_path / "out").read_text() == "notes"


def test_a_folder_that_cannot_be_written_is_named_before_the_model_runs(
    make_dataset: MakeDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset)

    def refuse(**options: object) -> None:
        raise PermissionError(13, "Permission denied", str(options["dir"]))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(ConfigError, match="can't be written: Permission denied"):
        evaluate(captioner, dataset, tmp_path / "out", progress=False)
    assert captioner.calls == []
