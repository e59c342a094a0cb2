from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.evaluation import read_predictions
from deltascribe.evaluation.comparison import Resampling, compare, read_groups
from deltascribe.evaluation.scoring import score_files, write_scores
from deltascribe.text.special import NO_CHANGE_SENTENCES

REFERENCES = {
    "train_1": ["a road is built", "a road appears", "a road is built", "a road is built", "a road is built"],
    "val_1": ["a barn is torn down", "the barn is gone"],
    "test_1": ["Two houses are built on the left .", "some houses appear on the left"],
    "test_2": ["a road is built through the woods", "the woods are cut by a new road"],
    "test_3": list(NO_CHANGE_SENTENCES),
}
CAPTIONS = {"test_1": "Some houses are built.", "test_2": "a road appears", "test_3": "there is no difference"}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "theirs.json").write_text(json.dumps(CAPTIONS))
    (tmp_path / "references.json").write_text(json.dumps(REFERENCES))
    return tmp_path / "theirs.json", tmp_path / "references.json"


def test_a_file_of_captions_is_scored_in_both_modes_with_all_rows(files: tuple[Path, Path]) -> None:
    scored = score_files(*files, resamples=20)
    tables = scored.analysis.tables
    assert list(tables) == ["ids", "words"]
    assert tables["words"].model.label == "theirs"
    assert (tables["words"].pairs, tables["words"].changed_pairs) == (3, 2)
    assert (tables["words"].model.change_accuracy, tables["words"].model.no_change_accuracy) == (1, 1)
    labels = [row.label for row in tables["ids"].constants]
    assert [label.split(" ")[0] for label in labels[:1] + labels[-2:]] == ["always", "perfect", "human,"]
    assert any("(best on val" in label for label in labels)
    assert "random training caption (seed 0)" in labels[-2]
    assert scored.numbering is not None
    assert scored.numbering.words == ("a", "road")  # seen five times in train
    assert scored.analysis.calibration is None
    assert scored.analysis.keywords["changed"].kinds["object"].precision == 1.0


def test_references_of_a_machine_are_not_called_people(files: tuple[Path, Path], tmp_path: Path) -> None:
    images = [
        {
            "filename": f"{name}.png",
            "split": name.split("_")[0],
            "caption_source": "grammar",
            "sentences": [{"raw": text} for text in texts],
        }
        for name, texts in REFERENCES.items()
    ]
    files[1].write_text(json.dumps({"images": images}))
    theirs = json.loads(files[0].read_text())
    files[0].write_text(json.dumps({f"{name}.png": text for name, text in theirs.items()}))
    scored = score_files(*files, modes=["words"], resamples=0)
    assert scored.data["machine_source"] == "grammar"
    assert scored.analysis.table.constants[-1].label == "references, leave one out, perfect flag"
    assert "human" not in scored.analysis.keywords
    write_scores(tmp_path / "out", scored)
    compared = compare(read_groups([str(tmp_path / "out")]), modes=["words"], resampling=Resampling(20, 20))
    labels = [row.label for row in compared.table("words", "all").rows]
    assert "references, leave one out, perfect flag" in labels
    assert not any(label.startswith("human") for label in labels)


def test_change_probabilities_are_calibrated_where_the_file_has_them(files: tuple[Path, Path]) -> None:
    rows = [{"name": name, "caption": text, "change_probability": 0.8 if name != "test_3" else 0.2} for name, text in CAPTIONS.items()]
    files[0].write_text(json.dumps(rows))
    calibration = score_files(*files, modes=["words"], resamples=0).analysis.calibration
    assert calibration is not None
    assert calibration.brier == pytest.approx(0.04)


def test_the_folder_can_be_read_again_and_says_how_it_was_made(files: tuple[Path, Path], tmp_path: Path) -> None:
    scored = score_files(*files, label="mine", resamples=0)
    write_scores(tmp_path / "out", scored, "deltascribe score a b")
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert (scores["command"], scores["label"], scores["seed"]) == ("deltascribe score a b", "mine", 0)
    assert scores["numbering"]["words"] == ["a", "road"]
    assert scores["data"]["split"] == "test"
    assert scores["tables"]["ids"]["model"]["subsets"]["all"]["pairs"] == 3
    entries = read_predictions(tmp_path / "out" / "predictions.jsonl")
    assert [entry.name for entry in entries] == ["test_1", "test_2", "test_3"]
    assert (entries[0].caption, entries[0].predicted_changed) == ("Some houses are built.", None)
    assert entries[0].references == tuple(REFERENCES["test_1"])
    again = score_files(tmp_path / "out" / "predictions.jsonl", files[1], label="mine", resamples=0)
    assert again.analysis.tables == scored.analysis.tables
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("<article") == 3
    assert "deltascribe score a b" in page
    assert "Mode ids" in (tmp_path / "out" / "scores.md").read_text()


def test_nothing_is_scored_while_a_pair_is_missing(files: tuple[Path, Path]) -> None:
    files[0].write_text(json.dumps({"test_1": "a", "test_9": "b"}))
    with pytest.raises(PredictionsError, match="test_2") as error:
        score_files(*files)
    assert "test_9" in str(error.value)
    with pytest.raises(PredictionsError):
        score_files(*files)
    partly = score_files(*files, allow_missing=True, resamples=0)
    assert partly.matched.names == ["test_1"]
    assert any("left out" in note for note in partly.matched.notes)
