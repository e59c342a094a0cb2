"""The reader of one's own folder, its caption tables and splits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from deltascribe.datasets import open_dataset
from deltascribe.datasets.splits import assign_splits, split_of
from deltascribe.errors import CaptionFileError, DatasetError, DatasetNotFoundError


@pytest.mark.parametrize("table", ["captions.csv", "captions.jsonl"])
def test_both_tables_give_the_same_records(make_fake, table):
    dataset = open_dataset(make_fake("folder", table=table))
    assert dataset.name == "folder"
    assert [(r.name, r.split, r.changed, r.ground) for r in dataset.records] == [
        ("harbour", "train", True, "port"),
        ("meadow", "train", False, None),
        ("school", "val", True, "town"),
        ("bridge", "test", True, "river"),
    ]
    assert dataset.records[0].captions == ("A quay, longer than before, was built.", "the harbour grew")


def test_images_are_found_by_name_whatever_their_ending(make_fake):
    root = make_fake("folder")
    sample = open_dataset(root, "test")[0]
    assert sample.source == (root / "before/bridge.png", root / "after/bridge.tif")
    assert sample.pair.shape == (2, 3, 24, 32)
    assert sample.mask is not None
    expected = torch.zeros(24, 32, dtype=torch.uint8)
    expected[4:10, 6:20], expected[15:18] = 1, 2
    assert torch.equal(sample.mask, expected)


def test_pair_without_a_label_has_no_mask(make_fake):
    assert open_dataset(make_fake("folder"), "val")[0].mask is None


def test_label_may_hold_class_indices(make_fake):
    root = make_fake("folder")
    label = np.zeros((24, 32), np.uint8)
    label[0], label[1] = 1, 2
    Image.fromarray(label).save(root / "label/bridge.png")
    mask = open_dataset(root, "test")[0].mask
    assert mask is not None
    assert torch.equal(mask, torch.from_numpy(label))
    Image.fromarray(label * 100).save(root / "label/bridge.png")
    with pytest.raises(DatasetError, match=r"values \[100, 200\]"):
        open_dataset(root, "test")[0]


def test_jsonl_row_may_hold_a_list_of_captions_and_names_may_have_an_ending(make_fake):
    root = make_fake("folder", table="captions.jsonl")
    (root / "captions.jsonl").write_text(
        '{"name": "bridge.png", "split": "validation", "captions": ["a bridge", "a road"], "changed": true}\n\n'
    )
    (record,) = open_dataset(root).records
    assert (record.name, record.split, record.captions, record.changed) == ("bridge", "val", ("a bridge", "a road"), True)
    assert record.before.name == "bridge.png"


def test_column_changed_overrules_the_sentences(make_fake):
    root = make_fake("folder")
    (root / "captions.csv").write_text("name,caption,changed,caption_source,quality\nmeadow,no change has occurred,1,model,blurred\n")
    (record,) = open_dataset(root).records
    assert (record.changed, record.caption_source, record.quality) == (True, "model", "blurred")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name;caption\nbridge;a bridge\n", r"line 1: no column name and caption"),
        ("name,split\nbridge,test\n", r"line 1: no column caption"),
        ("name,caption\nbridge,\n", r"line 2 \(bridge\): the caption is missing"),
        ("name,caption\n,a bridge\n", r"line 2: the name of the pair is missing"),
        ("name,caption\nbridge,a quay, longer\n", r"line 2: more fields than columns"),
        ("name,split,caption\nbridge,test,a\nbridge,train,b\n", r"line 3: split of bridge is 'train', an earlier row says 'test'"),
        ("name,split,caption\nbridge,dev,a\n", r"line 2: split 'dev'"),
        ("name,caption\n../bridge,a\n", r"line 2: the name '../bridge' holds a folder"),
        ("name,caption,changed\nbridge,a,perhaps\n", r"line 2, changed: 'perhaps' is neither"),
        ("name,caption\nbridge,a\nbridge.png,b\n", r"calls one pair both 'bridge' and 'bridge.png'"),
        ('name,caption\nbridge,"a\n', r"not valid CSV"),
        ("name,caption\n", r"holds no rows"),
        ("", r"line 1: no column"),
    ],
)
def test_wrong_csv_is_refused_with_its_line(make_fake, text, message):
    root = make_fake("folder")
    (root / "captions.csv").write_text(text)
    with pytest.raises(CaptionFileError, match=message):
        open_dataset(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "a"\n', r"line 1: not valid JSON"),
        ('{"name": "a", "caption": "b"}\n[1]\n', r"line 2: expected an object"),
        ('{"name": "a", "captions": []}\n', r"line 1 \(a\): the caption is missing"),
        ('{"name": "a", "captions": "text"}\n', r"line 1 \(a\): the caption is missing"),
    ],
)
def test_wrong_jsonl_is_refused_with_its_line(make_fake, text, message):
    root = make_fake("folder", table="captions.jsonl")
    (root / "captions.jsonl").write_text(text)
    with pytest.raises(CaptionFileError, match=message):
        open_dataset(root)


def test_table_that_is_not_utf8_is_refused(make_fake):
    root = make_fake("folder")
    (root / "captions.csv").write_bytes("name,caption\nbridge,un pont à péage\n".encode("latin-1"))
    with pytest.raises(CaptionFileError, match="not UTF-8"):
        open_dataset(root)


def test_ambiguous_folders_are_refused(make_fake):
    root = make_fake("folder")
    Image.new("RGB", (32, 24)).save(root / "before/bridge.jpg")
    with pytest.raises(DatasetError, match=r"both bridge.jpg and bridge.png"):
        open_dataset(root)
    (root / "before/bridge.jpg").unlink()
    (root / "captions.jsonl").write_text('{"name": "bridge", "caption": "a bridge"}')
    with pytest.raises(DatasetError, match=r"both captions.csv and captions.jsonl"):
        open_dataset(root)


def test_missing_parts_are_named_with_what_is_needed(make_fake):
    root = make_fake("folder")
    (root / "after/bridge.tif").unlink()
    with pytest.raises(DatasetNotFoundError, match="bridge"):
        open_dataset(root, "test")[0]
    (root / "after").rename(root / "later")
    with pytest.raises(DatasetNotFoundError, match=r"after is missing.*captions.csv with the columns"):
        open_dataset(root)
    (root / "captions.csv").unlink()
    with pytest.raises(DatasetNotFoundError, match=r"neither captions.csv nor captions.jsonl"):
        open_dataset(root, format="folder")


def test_missing_splits_do_not_depend_on_order_or_company(make_fake):
    root = make_fake("folder", splits=False)
    splits = {record.name: record.split for record in open_dataset(root).records}
    assert splits == {"harbour": split_of("port"), "meadow": split_of("meadow"), "school": split_of("town"), "bridge": split_of("river")}


def test_hash_gives_about_80_10_10():
    found = [split_of(f"pair_{number}") for number in range(5000)]
    assert found.count("train") / 5000 == pytest.approx(0.8, abs=0.02)
    assert found.count("val") / 5000 == pytest.approx(0.1, abs=0.02)
    assert [split_of(f"pair_{number}") for number in range(3)] == found[:3]


def test_ground_stays_on_the_side_where_one_of_its_pairs_was_put():
    splits = assign_splits({"a": None, "b": "test", "c": None, "d": None}, {"a": "town", "b": "town", "c": "hill", "d": "hill"})
    assert splits["a"] == splits["b"] == "test"
    assert splits["c"] == splits["d"] == split_of("hill")
