"""LEVIR-CC's reader."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from deltascribe.datasets import open_dataset
from deltascribe.datasets.levir_layout import levir_ground
from deltascribe.errors import CaptionFileError, DatasetNotFoundError, ImageDecodeError, SizeMismatchError


def test_sample_holds_the_pixels_and_captions_of_its_files(make_fake):
    root = make_fake("levir_cc")
    dataset = open_dataset(root, "test")
    assert dataset.name == "levir_cc"
    assert [record.name for record in dataset.records] == ["test_000274", "test_002049"]
    sample = dataset[0]
    assert sample.pair.dtype == torch.float32
    assert sample.pair.shape == (2, 3, 32, 32)
    for image, date in zip(sample.pair, "AB", strict=True):
        pixels = np.asarray(Image.open(root / "images" / "test" / date / "test_000274.png"), np.float32) / 255
        assert np.allclose(image.permute(1, 2, 0).numpy(), pixels, atol=1e-6)
    assert sample.captions[0] == "a house is built on the bareland"
    assert len(sample.captions) == 5
    assert sample.changed is True
    assert sample.mask is None
    assert sample.source == (root / "images/test/A/test_000274.png", root / "images/test/B/test_000274.png")
    assert sample.caption_source == "human"


def test_all_splits_are_read_without_a_split_and_gaps_in_numbers_are_kept(make_fake):
    dataset = open_dataset(make_fake("levir_cc"))
    assert dataset.counts() == {"train": 4, "val": 1, "test": 2}
    assert [r.name for r in dataset.records if r.split == "train"] == ["train_000001", "train_000002", "train_000018", "train_007121"]


def test_flag_is_derived_from_the_sentences_where_the_file_has_none(make_fake):
    new = open_dataset(make_fake("levir_cc", "new"))
    old = open_dataset(make_fake("levir_cc", "old", changeflag=False))
    assert [r.changed for r in old.records] == [r.changed for r in new.records] == [True, False, True, True, False, True, False]


@pytest.mark.parametrize(
    ("name", "ground"),
    [
        ("train_000001", "train_1"),
        ("train_000016", "train_1"),
        ("train_000017", "train_2"),
        ("train_007120", "train_445"),
        ("train_007121", None),
        ("val_001024", "val_64"),
        ("val_001025", None),
        ("test_000274", "test_18"),
        ("test_002048", "test_128"),
        ("test_002049", None),
        ("test_000000", None),
        ("harbour", None),
        ("train_000001__half512_00001", None),
    ],
)
def test_ground_is_the_levir_cd_scene_of_the_number(name, ground):
    assert levir_ground(name) == ground


def test_records_carry_the_ground(make_fake):
    grounds = {r.name: r.ground for r in open_dataset(make_fake("levir_cc")).records}
    assert grounds["train_000018"] == "train_2"
    assert grounds["train_007121"] is None


def test_raw_is_used_without_its_full_stop_where_tokens_are_missing(make_fake, edit_json):
    root = make_fake("levir_cc")

    def drop_tokens(document):
        del document["images"][0]["sentences"][0]["tokens"]
        document["images"][0]["sentences"][0]["raw"] = " A house, tall, is there ."
        document["images"][0]["sentences"][1] = {"tokens": ["two", "houses"], "raw": "ignored ."}

    edit_json(root / "LevirCCcaptions.json", drop_tokens)
    assert open_dataset(root).records[0].captions[:2] == ("A house, tall, is there", "two houses")


def test_pairs_are_matched_by_name_even_where_a_folder_holds_more_files(make_fake):
    root = make_fake("levir_cc")
    Image.new("RGB", (32, 32), "white").save(root / "images/test/A/test_000001.png")
    sample = open_dataset(root, "test")[0]
    assert sample.source is not None
    assert [path.name for path in sample.source] == ["test_000274.png", "test_000274.png"]
    assert sample.pair[0].mean() < 0.4


def test_missing_parts_are_named_with_where_to_get_them(make_fake, tmp_path):
    with pytest.raises(DatasetNotFoundError, match="does not exist"):
        open_dataset(tmp_path / "nowhere")
    with pytest.raises(DatasetNotFoundError, match=r"huggingface.co/datasets/lcybuaa/LEVIR-CC"):
        open_dataset(tmp_path / "nowhere", format="levir_cc")
    root = make_fake("levir_cc")
    (root / "images/test/B").rename(root / "images/test/C")
    with pytest.raises(DatasetNotFoundError, match=r"images/test/B is missing.*huggingface"):
        open_dataset(root)
    assert len(open_dataset(root, "val")) == 1  # other splits don't need it
    (root / "LevirCCcaptions.json").unlink()
    with pytest.raises(DatasetNotFoundError, match=r"LevirCCcaptions.json is missing.*huggingface"):
        open_dataset(root, format="levir_cc")


def test_missing_image_is_found_when_it_is_read_not_at_opening(make_fake):
    root = make_fake("levir_cc")
    (root / "images/test/B/test_000274.png").unlink()
    dataset = open_dataset(root, "test")
    with pytest.raises(DatasetNotFoundError, match=r"test_000274.*huggingface"):
        dataset[0]
    assert dataset[1].name == "test_002049"


def test_broken_images_raise_their_own_errors(make_fake):
    root = make_fake("levir_cc")
    Image.new("RGB", (16, 32)).save(root / "images/test/B/test_000274.png")
    (root / "images/test/A/test_002049.png").write_bytes(b"no image at all")
    dataset = open_dataset(root, "test")
    with pytest.raises(SizeMismatchError, match="test_000274 differ in size"):
        dataset[0]
    with pytest.raises(ImageDecodeError):
        dataset[1]


def test_file_that_is_not_json_is_refused_with_the_line(make_fake):
    root = make_fake("levir_cc")
    (root / "LevirCCcaptions.json").write_text('{"images": [\n{"filename": }]}')
    with pytest.raises(CaptionFileError, match=r"not valid JSON.*line 2"):
        open_dataset(root)
    (root / "LevirCCcaptions.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaptionFileError, match="not UTF-8"):
        open_dataset(root)
    (root / "LevirCCcaptions.json").write_text('{"pictures": []}')
    with pytest.raises(CaptionFileError, match='no list "images"'):
        open_dataset(root)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("filename", None, r"entry 2: the field filename is missing"),
        ("filename", "../../secret.png", r"entry 2 .*bare file name"),
        ("filepath", "../elsewhere", r"entry 2 .*inside the data set"),
        ("split", "holdout", r"entry 2 \(train_000018.png\): split 'holdout'"),
        ("sentences", None, r"entry 2 .*sentences is missing"),
        ("sentences", [{"sentid": 1}], r"entry 2 .*sentence 0 has neither"),
        ("sentences", [{"tokens": "a house"}], r"entry 2 .*not a list of words"),
        ("sentences", [{"tokens": [], "raw": " ."}], r"entry 2 .*no sentence holds any word"),
        ("changeflag", "maybe", r"entry 2 .*neither 0 nor 1"),
    ],
)
def test_wrong_field_is_refused_with_the_position_of_its_entry(make_fake, edit_json, field, value, message):
    root = make_fake("levir_cc")
    edit_json(root / "LevirCCcaptions.json", lambda document: document["images"][2].update({field: value}))
    with pytest.raises(CaptionFileError, match=message):
        open_dataset(root)


def test_entry_that_is_no_object_or_has_no_split_is_refused(make_fake, edit_json):
    root = make_fake("levir_cc")
    edit_json(root / "LevirCCcaptions.json", lambda document: [document["images"][1].pop(key) for key in ("split", "filepath")])
    with pytest.raises(CaptionFileError, match=r"entry 1 .*split is missing"):
        open_dataset(root)
    edit_json(root / "LevirCCcaptions.json", lambda document: document["images"].insert(0, "text"))
    with pytest.raises(CaptionFileError, match="entry 0: expected an object"):
        open_dataset(root)
