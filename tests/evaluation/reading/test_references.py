"""Reading references from each kind of file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import CaptionFileError, DatasetError
from deltascribe.evaluation import Prediction, write_predictions
from deltascribe.evaluation.reading import read_references
from deltascribe.text.special import NO_CHANGE_SENTENCES

STILL = list(NO_CHANGE_SENTENCES)
HOUSES = ["Two houses are built .", "some houses appear"]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: Any, name: str = "r.json") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def fault(path: Path, split: str | None = "test") -> str:
    with pytest.raises(CaptionFileError) as caught:
        read_references(path, split)
    message = str(caught.value)
    message.encode()
    return message


def image(name: str, split: str, sentences: list[str], **more: object) -> dict[str, object]:
    return {"filename": name, "split": split, "sentences": [{"raw": f" {sentence} ."} for sentence in sentences], **more}


LEVIR = {
    "images": [
        image("train_000001.png", "train", ["a road"], changeflag=1),
        image("test_000001.png", "test", ["a villa is built", "some trees"], changeflag=1),
        image("test_000002.png", "test", STILL, changeflag=0),
        image("test_000003.png", "test", STILL, changeflag=1),
        image("val_000001.png", "val", ["a lake", "a pond"], changeflag=1),
    ]
}


def test_levir_cc_gives_the_split_its_flags_and_the_captions_of_the_other_splits(written) -> None:
    read = read_references(written(LEVIR))
    assert list(read.references) == ["test_000001", "test_000002", "test_000003"]
    assert read.references["test_000001"] == ("a villa is built", "some trees")
    assert read.changed == {"test_000001": True, "test_000002": False, "test_000003": True}
    assert read.other_splits == {"train": [(("a road",), True)], "val": [(("a lake", "a pond"), True)]}
    assert read.elsewhere == {"train_000001": "train", "val_000001": "val"}
    assert (read.split, read.source) == ("test", f"{written(LEVIR)} (LEVIR-CC captions)")
    assert list(read_references(written(LEVIR["images"]), "val").references) == ["val_000001"]


def test_a_mapping_is_split_by_prefix_if_all_names_have_one(written) -> None:
    sentences = {"test_1": HOUSES, "train_9": ["a road"], "test_2": STILL}
    read = read_references(written(sentences))
    assert read.references == {"test_1": tuple(HOUSES), "test_2": NO_CHANGE_SENTENCES}
    assert read.changed == {"test_1": True, "test_2": False}
    assert read.other_splits == {"train": [(("a road",), True)]}
    assert read.split == "test"
    assert read.notes == ()
    everything = read_references(written(sentences), None)
    assert (len(everything.references), everything.split, everything.notes) == (3, None, ())


def test_a_mapping_without_prefixes_is_taken_whole_and_says_so(written) -> None:
    read = read_references(written({"test_1": HOUSES, "harbour": STILL}))
    assert list(read.references) == ["test_1", "harbour"]
    assert read.split is None
    assert read.notes == ("The references state no splits: all 2 pairs were taken.",)


def test_coco_annotations_give_file_names_with_numbers_as_other_names(written) -> None:
    read = read_references(
        written(
            {
                "images": [{"id": 4, "file_name": "a.png"}, {"id": 9, "file_name": "b.png", "changed": 0}],
                "annotations": [{"image_id": 9, "id": 1, "caption": "x"}, {"image_id": 4, "caption": "y"}, {"image_id": 9, "caption": "z"}],
            }
        )
    )
    assert read.references == {"a.png": ("y",), "b.png": ("x", "z")}
    assert read.changed == {"a.png": True, "b.png": False}
    assert read.aliases == {"4": "a.png", "9": "b.png"}


def test_our_own_predictions_serve_as_references(tmp_path: Path) -> None:
    entries = [Prediction("val_1", "x", ("one", "two"), True, False, 0.25), Prediction("b", "", tuple(STILL), True, False, 0.0)]
    write_predictions(tmp_path / "p.jsonl", entries)
    read = read_references(tmp_path / "p.jsonl")
    assert read.references == {"val_1": ("one", "two"), "b": NO_CHANGE_SENTENCES}
    assert read.changed == {"val_1": True, "b": True}


def test_rows_may_state_splits_and_flags(written) -> None:
    rows = [
        {"name": "a", "split": "test", "captions": HOUSES, "changed": False},
        {"name": "b", "split": "validation", "refs": ["a road"]},
    ]
    read = read_references(written(rows))
    assert (list(read.references), read.changed, read.other_splits) == (["a"], {"a": False}, {"val": [(("a road",), True)]})
    assert "unknown one (1): c (entry 3): holdout" in fault(written([*rows, {"name": "c", "split": "holdout", "refs": ["x"]}]))
    assert "unknown one (1): c (entry 3)" in fault(written([*rows, {"name": "c", "refs": ["x"]}]))


def test_a_data_set_folder_is_read_like_its_caption_file(tmp_path: Path) -> None:
    for split in ("train", "test", "val"):
        for date in "AB":
            (tmp_path / "images" / split / date).mkdir(parents=True)
    path = tmp_path / "LevirCCcaptions.json"
    path.write_text(json.dumps(LEVIR))
    folder, file = read_references(tmp_path), read_references(path)
    assert folder.references == file.references
    assert folder.changed == file.changed
    assert folder.other_splits == file.other_splits
    assert folder.source == f"{tmp_path} (LEVIR-CC)"


def test_a_folder_that_is_no_data_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="none of the known layouts"):
        read_references(tmp_path)


def test_a_split_that_is_not_there_is_told_with_those_that_are(written) -> None:
    message = fault(written({"val_1": HOUSES, "val_2": HOUSES, "train_1": HOUSES}))
    assert "holds no pair of the split 'test', but of val (2 pairs), train (1 pairs). Choose one of these by --split." in message
    assert "There is no split all. Choose one of: train, val, test." in fault(written({"a": HOUSES}), "all")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"a": "x", "b": "y"}, "r.json"),
        ([{"image_id": 1, "caption": "x"}], "r.json"),
        ('{"name": "a", "caption": "x"}\n{"name": "b", "caption": "y"}\n', "r.jsonl"),
        ("name,caption\na,x\n", "r.csv"),
        ("a\tx\nb\ty\n", "r.txt"),
    ],
)
def test_predictions_given_as_references_are_recognised(written, content: object, name: str) -> None:
    message = fault(written(content, name))
    assert "looks like predictions" in message
    assert "Swap the two files" in message


@pytest.mark.parametrize("field", ["references", "refs", "captions", "sentences"])
def test_a_single_line_of_jsonl_may_hold_its_references_in_any_field(written, field: str) -> None:
    assert list(read_references(written(json.dumps({"name": "a", field: HOUSES}), "r.jsonl")).references) == ["a"]


def test_references_in_which_no_pair_counts_as_unchanged_say_so(written) -> None:
    own = {"a": ["a road is built"], "b": ["nothing has changed here"]}
    assert any("No pair counts as unchanged" in note for note in read_references(written(own)).notes)
    known = {"a": ["a road is built"], "b": ["there is no difference"]}
    assert not any("No pair counts" in note for note in read_references(written(known)).notes)


def test_faulty_sentences_are_listed_by_pair(written) -> None:
    message = fault(written({"a": HOUSES, "b": [], "c": ["x", " ", 3], "d": "one", "e": None, "f": [["x"]], "g": ["\ud800"]}))
    assert "pairs without a list of sentences as references (6): b (entry 2): none; c (entry 3): 2 of 3 sentences without a word" in message
    assert "d (entry 4): no list of sentences; e (entry 5): none" in message


def test_doubled_pairs_are_listed_with_their_places(written) -> None:
    assert "a (entry 1; entry 3)" in fault(written('{"a": ["x"], "b": ["x"], "a": ["y"]}'))
    rows = '{"name": "a", "references": ["x"]}\n' * 2
    assert "more than once (1): a (line 1; line 2)" in fault(written(rows, "r.jsonl"))
    assert "test_000001 (entry 2; entry 6)" in fault(written({"images": [*LEVIR["images"], LEVIR["images"][1]]}))


def test_faults_of_coco_annotations_are_listed(written) -> None:
    images = [{"id": 1, "file_name": "a.png", "changed": "maybe"}, {"id": 1}, {"file_name": "c"}, "d", {"id": 2}]
    message = fault(written({"images": images, "annotations": [{"image_id": 1, "caption": "x"}, {"image_id": 5, "caption": "y"}, 3]}))
    assert "1 (the id of two images)" in message
    assert "entries without a name (2): image 3 (no id); image 4 (no id)" in message
    assert "annotations of an image that the file does not list (2): annotation 2 (image_id 5)" in message
    assert "2 (image 2): none" in message
    assert "neither 0 nor 1 (1): a.png: maybe" in message


def test_faults_of_levir_files_and_of_json_are_told_by_place(written) -> None:
    assert "entry 0" in fault(written({"images": [{"filename": "a.png", "split": "test", "sentences": []}]}))
    assert "line 2, column 8: Expecting value, at `oops" in fault(written('{"a":\n ["x", oops]}'))
    assert "the field images occurs twice" in fault(written('{"images": [], "images": []}'))


@pytest.mark.parametrize("content", ["[]", "{}", '{"images": []}'])
def test_a_file_without_references_is_told(written, content: str) -> None:
    assert "holds no references" in fault(written(content))


def test_the_published_captions_have_the_published_counts(shared_data: Path) -> None:
    read = read_references(shared_data / "levircc" / "captions_all.json")
    assert (len(read.references), sum(read.changed.values())) == (1929, 964)
    assert {name: len(pairs) for name, pairs in read.other_splits.items()} == {"train": 6815, "val": 1333}
