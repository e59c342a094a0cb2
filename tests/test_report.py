"""The answer about a pair: its checks, JSON, text and picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFont

from deltascribe import picture
from deltascribe.errors import DeltascribeError
from deltascribe.pair import ImagePair
from deltascribe.picture import GAP, MARGIN, draw_report, panel_size, wrap
from deltascribe.report import Alternative, ChangeReport, TileReport, format_percent
from deltascribe.text import NO_CHANGE_CAPTION

GENERATOR = np.random.default_rng(0)


def make_pair(height: int = 256, width: int = 256) -> ImagePair:
    return ImagePair.from_arrays(np.full((height, width, 3), 80, np.uint8), np.full((height, width, 3), 120, np.uint8))


def make_report(**changes: Any) -> ChangeReport:
    values: dict[str, Any] = {
        "name": "place",
        "caption": "a house appears",
        "changed": True,
        "change_probability": 0.9,
        "alternatives": [Alternative("a house appears", -1.0), Alternative("a villa is built", -2.5)],
        "mask": GENERATOR.random((20, 30)).astype(np.float32),
        "token_log_probabilities": [("a", -0.1), ("house", -0.5), ("appears", -0.2)],
        "tiles": [TileReport((0, 256, 256, 128), "a road appears", 0.7)],
        "level_weights": {"stride 8": 0.75, "stride 16": 0.25},
        "warnings": ["the resolution is far off"],
        "provenance": {"model": "dfm", "files": ["a.png", "b.png"], "beams": 3},
    }
    return ChangeReport(**{**values, **changes})


# checks


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_out_of_range_is_named(probability: float) -> None:
    with pytest.raises(DeltascribeError, match=r"0\.\.1"):
        make_report(change_probability=probability)
    with pytest.raises(DeltascribeError, match=r"0\.\.1"):
        make_report(tiles=[TileReport((0, 0, 1, 1), "x", probability)])


def test_an_infinite_log_probability_is_named() -> None:
    with pytest.raises(DeltascribeError, match="not finite"):
        make_report(alternatives=[Alternative("x", float("-inf"))])
    with pytest.raises(DeltascribeError, match="not finite"):
        make_report(token_log_probabilities=[("x", float("nan"))])


@pytest.mark.parametrize(
    "mask",
    [np.zeros((1, 4, 4)), np.zeros((0, 4)), np.full((4, 4), 255, np.uint8), np.full((4, 4), np.nan), np.full((4, 4), "x"), [[0.0]]],
)
def test_an_unfit_mask_is_named(mask: Any) -> None:
    with pytest.raises(DeltascribeError, match="mask of 'place'"):
        make_report(mask=mask)


def test_changed_fraction_counts_likely_pixels() -> None:
    mask = np.zeros((4, 4), np.float32)
    mask[0], mask[1] = 0.5, 0.49
    assert make_report(mask=mask).changed_fraction == 0.25
    assert make_report(mask=None).changed_fraction is None


# JSON


@pytest.mark.parametrize("indent", [None, 2])
def test_json_round_trip_gives_the_same_report(indent: int | None) -> None:
    report = make_report()
    back = ChangeReport.from_dict(json.loads(report.to_json(indent=indent)))
    assert report.mask is not None
    assert back.mask is not None
    for name in (
        "name",
        "caption",
        "changed",
        "change_probability",
        "alternatives",
        "token_log_probabilities",
        "tiles",
        "level_weights",
        "warnings",
        "provenance",
    ):
        assert getattr(back, name) == getattr(report, name), name
    assert np.abs(back.mask - report.mask).max() <= 0.5 / 255 + 1e-6
    assert ChangeReport.from_dict(back.to_dict()).to_dict() == back.to_dict()


def test_a_mask_of_zeros_and_ones_survives_exactly() -> None:
    mask = (GENERATOR.random((7, 5)) > 0.5).astype(np.uint8)
    back = ChangeReport.from_dict(make_report(mask=mask).to_dict())
    np.testing.assert_array_equal(back.mask, mask)


def test_the_mask_can_be_left_out() -> None:
    values = make_report(mask=np.eye(4)).to_dict(with_mask=False)
    assert values["mask"] is None
    assert values["changed_fraction"] == 0.25
    assert ChangeReport.from_dict(values).mask is None


def test_the_smallest_report_round_trips() -> None:
    report = ChangeReport("a", "nothing", False, 0.0)
    assert ChangeReport.from_dict(json.loads(report.to_json())).to_dict() == report.to_dict()


def test_numbers_of_numpy_and_paths_are_written_as_json() -> None:
    report = make_report(
        change_probability=np.float32(0.5), changed=np.bool_(True), tiles=[TileReport(tuple(np.arange(4)), "x", np.float32(1))],
        provenance={"path": Path("a.png")},
    )  # fmt: skip
    values = json.loads(report.to_json())
    assert values["change_probability"] == 0.5
    assert values["tiles"][0]["window"] == [0, 1, 2, 3]
    assert values["provenance"] == {"path": "a.png"}


@pytest.mark.parametrize(
    "change",
    [
        {"caption": None},
        {"change_probability": "high"},
        {"tiles": [{"window": [0, 0], "caption": "x", "change_probability": 0.5}]},
        {"alternatives": ["x"]},
        {"alternatives": [{"caption": "x"}]},
        {"token_log_probabilities": [["x"]]},
        {"level_weights": {"stride 8": "much"}},
        {"mask": {"png": "no base64!"}},
        {"mask": {"png": "aGVsbG8="}},
        {"mask": "x"},
        {"provenance": 3},
    ],
)
def test_malformed_values_are_named(change: dict[str, Any]) -> None:
    values = {**make_report().to_dict(), **change}
    if change == {"caption": None}:
        del values["caption"]
    with pytest.raises(DeltascribeError, match="no change report"):
        ChangeReport.from_dict(values)


def test_a_cut_mask_is_named() -> None:
    values = make_report().to_dict()
    values["mask"]["png"] = values["mask"]["png"][:200]
    with pytest.raises(DeltascribeError, match="no change report"):
        ChangeReport.from_dict(values)


# text


def test_text_tells_caption_probability_alternatives_tiles_and_warnings() -> None:
    lines = str(make_report()).splitlines()
    assert lines[0] == "place: a house appears"
    assert lines[1] == "  changed, change probability 90.0 %"
    assert "  or: a villa is built" in lines
    assert "  or: a house appears" not in lines
    assert "  tile at row 0, column 256 (128 x 256): a road appears (70.0 %)" in lines
    assert lines[-1] == "  warning: the resolution is far off"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50.0 %"), (0.9996, "> 99.9 %"), (0.0004, "< 0.1 %"), (0.999, "99.9 %")]
)
def test_percent_never_rounds_to_certainty(value: float, text: str) -> None:
    assert format_percent(value) == text


# picture


@pytest.mark.parametrize(
    ("size", "expected"),
    [((256, 256), (256, 256)), ((512, 400), (400, 512)), ((2000, 1000), (256, 512)), ((64, 32), (128, 256)), ((1, 1), (256, 256))],
)
def test_panels_are_at_most_512_and_at_least_256_pixels(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert panel_size(*size) == expected


@pytest.mark.parametrize(("with_mask", "panels"), [(False, 2), (True, 3)])
def test_the_picture_has_a_panel_for_each_image_and_the_mask(tmp_path: Path, with_mask: bool, panels: int) -> None:
    report = make_report(mask=np.zeros((256, 256)) if with_mask else None)
    path = report.to_png(make_pair(), tmp_path / "new" / "a.png")
    with Image.open(path) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        assert picture.width == 2 * MARGIN + panels * 256 + (panels - 1) * GAP
        assert 256 + 100 < picture.height < 600
    assert [file.name for file in path.parent.iterdir()] == ["a.png"]


def test_before_and_after_lie_side_by_side_unaltered() -> None:
    picture = np.asarray(draw_report(make_report(mask=None), make_pair()))
    row = picture[MARGIN + 150]
    assert (row[MARGIN : MARGIN + 256] == 80).all()
    assert (row[MARGIN + 256 + GAP : MARGIN + 512 + GAP] == 120).all()


def test_the_mask_colours_the_changed_area_and_only_it() -> None:
    mask = np.zeros((256, 256), np.float32)
    mask[64:192, 64:192] = 0.9
    drawn = np.asarray(draw_report(make_report(mask=mask), make_pair())).astype(int)
    blank = np.asarray(draw_report(make_report(mask=np.zeros_like(mask)), make_pair())).astype(int)
    different = np.abs(drawn - blank).max(axis=2) > 30
    rows, columns = np.nonzero(different)
    left = MARGIN + 2 * (256 + GAP)
    assert abs(int(different.sum()) - 128 * 128) < 1200  # the outline lies on both sides of the edge
    assert (columns.min(), columns.max()) == (left + 63, left + 192)
    assert rows.max() - rows.min() == 129
    centre = drawn[(rows.min() + rows.max()) // 2, left + 128]
    edge = drawn[(rows.min() + rows.max()) // 2, left + 64]
    assert centre[0] > 150 > centre[1]  # reddish, and the image still shines through
    assert not np.array_equal(centre, edge)


def test_a_mask_of_another_size_is_stretched_over_the_image() -> None:
    mask = np.zeros((8, 8), np.float32)
    mask[:, :4] = 1
    drawn = np.asarray(draw_report(make_report(mask=mask), make_pair(300, 300))).astype(int)
    left = MARGIN + 2 * (300 + GAP)
    assert drawn[200, left + 75, 0] > drawn[200, left + 225, 0] + 20


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ((), None),
        ((1, 19), "Row 4, column 5: house 19"),
        (range(2, 14), "Row 3, column 4: house 13"),
        (range(14), "and 2 more tiles that changed"),
    ],
)
def test_beneath_the_picture_tiles_that_changed_are_listed(changed: Sequence[int], last: str | None) -> None:
    tiles = [
        TileReport((place // 5 * 64, place % 5 * 64, 64, 64), f"house {place}" if place in changed else NO_CHANGE_CAPTION, 0.5)
        for place in range(20)
    ]
    lines = [text for text, _, _ in picture._lines(make_report(tiles=tiles, alternatives=[], warnings=[]), 2000)]
    assert lines[:1] == ["a house appears"]
    assert len(lines) == 1 + min(len(changed), 13)
    assert last is None or lines[-1] == last


def test_long_words_and_many_warnings_make_the_picture_taller_not_wider() -> None:
    short = draw_report(make_report(mask=None, warnings=[]), make_pair())
    long = draw_report(make_report(mask=None, caption="word " * 60 + "x" * 300, warnings=["w " * 100] * 3), make_pair())
    assert long.width == short.width
    assert long.height > short.height + 200


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2), (700, 1300)])
def test_images_of_any_proportion_are_drawn(size: tuple[int, int]) -> None:
    picture = draw_report(make_report(mask=np.ones(size), caption="", name="n" * 200), make_pair(*size))
    assert picture.width <= 2 * MARGIN + 3 * 512 + 2 * GAP
    assert picture.width >= 560


def test_wrapped_lines_fit_and_lose_no_letter() -> None:
    font = ImageFont.load_default(size=16)
    text = "several houses are built along the road " + "y" * 90
    lines = wrap(text, font, 120)
    assert max(font.getlength(line) for line in lines) <= 120
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrap("", font, 120) == []
