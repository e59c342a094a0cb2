"""Contact sheets."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from deltascribe.datasets import draw_sheet, open_dataset, save_sheet
from deltascribe.datasets.sheet import HEADER, MARGIN, choose_indices, sheet_size
from deltascribe.errors import DatasetError


def test_sheet_has_a_row_a_pair_and_shows_its_pixels(make_fake, tmp_path):
    dataset = open_dataset(make_fake("levir_mci"))
    shown = save_sheet(dataset, tmp_path / "sheet.png", names=["val_000003", "train_000001", "train_000002"], tile=32)
    assert shown == ["val_000003", "train_000001", "train_000002"]
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    width, height = sheet_size(3, 32)
    assert sheet.shape == (height, width, 3)
    before = np.asarray(Image.open(dataset.records[3].before))
    assert np.array_equal(sheet[HEADER : HEADER + 32, MARGIN : MARGIN + 32], before)
    second = HEADER + 32 + MARGIN
    after = np.asarray(Image.open(dataset.records[0].after))
    assert np.array_equal(sheet[second : second + 32, 2 * MARGIN + 32 : 2 * MARGIN + 64], after)


def test_overlay_is_red_on_buildings_and_blue_on_roads(make_fake):
    sheet = np.asarray(draw_sheet([open_dataset(make_fake("levir_mci"))[0]], tile=32)).astype(int)
    overlay = sheet[HEADER : HEADER + 32, 3 * MARGIN + 64 : 3 * MARGIN + 96]
    red, _, blue = overlay[8, 8]
    assert red > blue + 80
    red, _, blue = overlay[22, 28]
    assert blue > red + 80


def test_pair_without_a_mask_is_drawn(make_fake):
    assert draw_sheet([open_dataset(make_fake("levir_cc"))[0]], tile=64).size == sheet_size(1, 64)


def test_choice_depends_on_the_seed_only(make_fake):
    dataset = open_dataset(make_fake("levir_cc"))
    first = choose_indices(dataset, 3, seed=1)
    assert first == choose_indices(dataset, 3, seed=1) == sorted(set(first))
    assert any(choose_indices(dataset, 3, seed=seed) != first for seed in range(2, 6))
    assert choose_indices(dataset, 100) == list(range(7))


def test_unknown_name_is_refused(make_fake, tmp_path):
    dataset = open_dataset(make_fake("levir_cc"))
    with pytest.raises(DatasetError, match="no pair called nobody"):
        save_sheet(dataset, tmp_path / "sheet.png", names=["nobody"])
    assert not (tmp_path / "sheet.png").exists()
