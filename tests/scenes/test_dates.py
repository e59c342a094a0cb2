"""When scenes were taken, as far as STAC items tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deltascribe.scenes.dates import ANY_TIME, as_text, item_dates, span_of

JUNE, JULY, AUGUST = (datetime(2020, month, 1, 10, 30, tzinfo=UTC) for month in (6, 7, 8))


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
        ([1, 2], None),
        (None, None),
    ],
)  # fmt: skip
def test_an_item_tells_when_its_scene_was_taken(properties: Any, span: Any) -> None:
    assert item_dates(properties) == span


def test_a_pair_covers_the_time_of_both_dates() -> None:
    early, late = (JUNE, JULY), (AUGUST, AUGUST)
    assert span_of((early, late)) == (JUNE, AUGUST)
    assert span_of((late, early)) == (JUNE, AUGUST)
    assert span_of((None, late)) == span_of((early, None)) == ANY_TIME
    assert span_of((None, None)) == ANY_TIME


def test_moments_are_told_in_utc() -> None:
    assert as_text(JUNE) == "2020-06-01T10:30:00Z"
    assert as_text(datetime(2020, 6, 1, 10, 30, 0, 500_000, tzinfo=UTC)) == "2020-06-01T10:30:00.500000Z"
