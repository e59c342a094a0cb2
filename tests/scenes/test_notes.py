"""What is told before a run, and when nothing is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deltascribe.scenes.notes import band_notes, cloud_notes, date_notes, nodata_notes, value_notes
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.reading import DateSource

from .rasters_for_tests import header

pytest.importorskip("rasterio")


def source(dtype: str = "uint8", low: float = 0.0, high: float = 255.0, **fields: Any) -> DateSource:
    return DateSource(header(dtype=dtype), (1, 2, 3), low, high, **fields)


def told(before: DateSource, after: DateSource, scale: Any = "auto") -> list[str]:
    return value_notes((before, after), SceneOptions(scale=scale))


# dates


def span(year: int, last: int | None = None) -> tuple[datetime, datetime]:
    return datetime(year, 6, 1, 10, tzinfo=UTC), datetime(last or year, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "dates",
    [
        (None, None),
        (span(2024), None),
        (None, span(2019)),
        (span(2019), span(2024)),
        (span(2019), span(2019)),
        (span(2018, 2024), span(2017, 2018)),
    ],
)
def test_dates_in_order_or_unknown_need_no_note(dates: Any) -> None:
    assert date_notes(dates) == []


def test_dates_in_the_wrong_order_are_told() -> None:
    assert date_notes((span(2024, 2025), span(2018, 2019))) == [
        "The before scene was taken after the after scene (2024-06-01T10:00:00Z and 2019-06-01T10:00:00Z): give them by date, or what was "
        "built is told as removed."
    ]


# bands


def of_bands(roles: tuple[str, ...], *bands: int) -> DateSource:
    return DateSource(header(roles=roles), bands)


RGB = ("red", "green", "blue", "undefined")
UNNAMED = ("grey", "undefined", "undefined", "undefined")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (of_bands(RGB, 1, 2, 3), of_bands(RGB, 1, 2, 3)),
        (of_bands(UNNAMED, 3, 2, 1), of_bands(RGB, 1, 2, 3)),
        (of_bands(UNNAMED, 4, 3, 2), of_bands(UNNAMED, 3, 2, 1)),
        (of_bands(("blue", "green", "red"), 3, 2, 1), of_bands(RGB, 1, 2, 3)),
        (of_bands(RGB, 3), of_bands(RGB, 3)),
    ],
)
def test_bands_in_their_named_order_or_without_names_need_no_note(before: DateSource, after: DateSource) -> None:
    assert band_notes((before, after)) == []


def test_named_bands_shown_as_other_colours_are_told() -> None:
    (note,) = band_notes((of_bands(UNNAMED, 3, 2, 1), of_bands(RGB, 3, 2, 1)))
    assert note.startswith("Bands 3, 2, 1 of the after image are named blue, green, red, but shown as red, green, blue.")
    assert "--bands" in note
    swapped = of_bands(RGB, 3, 2, 1)
    assert [note.split(" image")[0] for note in band_notes((swapped, swapped))] == [
        "Bands 3, 2, 1 of the before",
        "Bands 3, 2, 1 of the after",
    ]


def test_infrared_shown_as_red_moves_the_named_ones() -> None:
    notes = band_notes((of_bands(RGB, 4, 1, 2), of_bands(UNNAMED, 1)))
    assert "named undefined, red, green" in notes[0]
    assert "One date is grey" in notes[1]


# values


@pytest.mark.parametrize("scale", ["auto", "dtype", 255, (0, 255)])
def test_8_bit_values_as_they_are_need_no_note(scale: Any) -> None:
    assert told(source(), source(), scale) == []


def test_each_dates_percentiles_are_told() -> None:
    assert told(source("uint16", 588, 2580), source("float32", 0.125, 0.5)) == [
        "The uint16 values of the before image are mapped alike in all tiles: 588 becomes black and 2580 white, the 2nd and 98th "
        "percentile of a sample.",
        "The float32 values of the after image are mapped alike in all tiles: 0.125 becomes black and 0.5 white, the 2nd and 98th "
        "percentile of a sample.",
    ]


def test_the_types_own_range_is_told() -> None:
    notes = told(source(), source("uint16", 0, 65535), "dtype")
    assert notes[0] == "The uint8 values of the before image are taken as they are."
    assert notes[1].endswith("0 becomes black and 65535 white, by their type.")


def test_a_scale_that_was_given_is_one_for_both_dates() -> None:
    sixteen = source("uint16", 0, 3000)
    assert told(sixteen, sixteen, (0, 3000)) == ["By --scale, 0 becomes black and 3000 white on both dates, whose values are uint16."]


def test_a_scale_for_a_date_of_8_bit_is_told_as_such() -> None:
    eight, sixteen = source("uint8", 0, 3000), source("uint16", 0, 3000)
    for pair in ((eight, sixteen), (sixteen, eight), (eight, eight)):
        (note,) = told(*pair, 3000)
        assert "on both dates" in note
        assert note.endswith("8-bit values end at 255: without --scale they are taken as they are.")


# what is missing


def missing(before: DateSource, after: DateSource, nodata: float | None = None, black: tuple[float, float] = (0.0, 0.0)) -> list[str]:
    return nodata_notes((before, after), SceneOptions(nodata=nodata), black)


def declaring(nodata: float) -> DateSource:
    return DateSource(header(nodata=nodata), (1, 2, 3))


def test_a_missing_value_that_is_used_needs_no_note() -> None:
    assert missing(source(nodata=0.0), declaring(0.0), 0) == []
    assert missing(source(), declaring(255.0)) == []


def test_a_missing_value_that_is_not_used_is_told() -> None:
    assert missing(declaring(255.0), source(), -9999) == [
        "--nodata -9999 is not used for the before image, which declares 255 itself.",
        "--nodata -9999 is not used for the after image, whose uint8 values can't be that.",
    ]


def test_much_black_ground_is_told_with_what_to_do() -> None:
    assert missing(source(), source(), black=(0.05, 0.049)) == []
    notes = missing(source(), declaring(255.0), black=(0.06, 0.4))
    assert notes[0].startswith("6.0 % of the overlap, by a sample, is 0 in all bands of the before image without a gap.")
    assert notes[0].endswith("or it is told as change: --nodata 0")
    assert notes[1].endswith("gdal_edit.py -a_nodata 0 FILE")


def test_a_missing_value_that_is_used_is_kept_beside_black() -> None:
    (note,) = missing(source(nodata=255.0), source(nodata=255.0), 255, (0.3, 0.0))
    assert note.endswith(": gdalwarp -srcnodata 0 -dstalpha IN.tif OUT.tif, and --nodata 255 as before")


# clouds


def test_each_dates_mask_is_told_by_itself() -> None:
    sources = source(clouds="some/one.tif"), source(clouds="other.tif")
    assert cloud_notes((source(), source()), (None, None), (None, None)) == []
    assert cloud_notes(sources, (1.0, 0.3), (0.0, 0.25)) == [
        "The cloud mask one.tif hides 0 % of the before image's ground, by a sample (every value but 0 does).",
        "The cloud mask other.tif hides 25.0 % of the after image's ground, by a sample (every value but 0 does).",
        "The cloud mask other.tif covers 30.0 % of the ground; the rest of the after image is taken as clear.",
    ]
