"""When scenes were taken, as far as STAC items tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deltascribe.scenes.dates import ANY_TIME, as_text, item_dates, span_of

JUNE, JULY, AUGUST = (datetime(2020, month, 1, 10, 30, tzinfo=UTC) for month in (6, 7, 8))


def written(folder: Path, content: Any) -> str:
    path = folder / "item.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("properties", "span"),
    [
        ({"datetime": "2020-06-01T10:30:00Z"}, (JUNE, JUNE)),
        ({"datetime": "2020-06-01T12:30:00.000+02:00"}, (JUNE, JUNE)),
        ({"datetime": "2020-06-01T10:30:00"}, (JUNE, JUNE)),
        ({"datetime": None, "start_datetime": "2020-06-01T10:30:00Z", "end_datetime": "2020-07-01T10:30:00Z"}, (JUNE, JULY)),
        ({"datetime": "2020-07-01T10:30:00Z", "start_datetime": "2020-06-01T10:30:00Z", "end_datetime": "2020-08-01T10:30:00Z"},
         (JUNE, AUGUST)),
        ({"datetime": "2020-07-01T10:30:00Z", "end_datetime": "2020-08-01T10:30:00Z"}, (JULY, JULY)),
        ({"datetime": None, "start_datetime": "2020-06-01T10:30:00Z"}, None),
        ({"datetime": None}, None),
        ({"datetime": "last summer"}, None),
        ({"datetime": 2020}, None),
        ({"datetime": "0001-01-01T00:00:00+14:00"}, None),
        ({}, None),
        (None, None),
    ],
)  # fmt: skip
def test_an_item_tells_when_its_scene_was_taken(tmp_path: Path, properties: Any, span: Any) -> None:
    path = written(tmp_path, {"properties": properties, "assets": {}})
    assert item_dates(path) == span
    assert item_dates(Path(path).as_uri()) == span


def test_what_is_no_item_tells_nothing(tmp_path: Path) -> None:
    assert item_dates("scene.tif") is None
    assert item_dates(str(tmp_path / "missing.json")) is None
    assert item_dates(written(tmp_path, [1, 2])) is None
    assert item_dates(written(tmp_path, {"assets": {}})) is None


def test_a_pair_covers_the_time_of_both_dates() -> None:
    early, late = (JUNE, JULY), (AUGUST, AUGUST)
    assert span_of((early, late)) == (JUNE, AUGUST)
    assert span_of((late, early)) == (JUNE, AUGUST)
    assert span_of((None, late)) == span_of((early, None)) == ANY_TIME
    assert span_of((None, None)) == ANY_TIME


def test_moments_are_told_in_utc() -> None:
    assert as_text(JUNE) == "2020-06-01T10:30:00Z"
    assert as_text(datetime(2020, 6, 1, 10, 30, 0, 500_000, tzinfo=UTC)) == "2020-06-01T10:30:00.500000Z"
