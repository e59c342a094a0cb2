"""When scenes were taken, as far as STAC items tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Span = tuple[datetime, datetime]
"""First and last moment, in UTC."""

ANY_TIME: Span = (datetime(1800, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
"""Holds each image there is. A STAC item must have a time; this one is true where none is known, and nanoseconds of 64 bits reach it."""


def item_dates(properties: Any) -> Span | None:
    """When the scene of a STAC item was taken: its `start_datetime` and `end_datetime`, else its `datetime`.

    Args:
        properties: of the item, whatever they are.

    Returns:
        None where they don't say.
    """
    try:
        ends = [properties.get(name) for name in ("start_datetime", "end_datetime")]
        first, last = sorted(_moment(text) for text in (ends if None not in ends else [properties["datetime"]] * 2))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    return first, last


def span_of(dates: tuple[Span | None, Span | None]) -> Span:
    """The time that the two dates of a pair cover; where one of them isn't known, all time."""
    before, after = (span or ANY_TIME for span in dates)
    return min(before[0], after[0]), max(before[1], after[1])


def as_text(moment: datetime) -> str:
    """`2020-01-31T10:00:00Z`."""
    return moment.isoformat().replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    """Without a time zone it is taken as UTC, which STAC asks for."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
