"""Settings as dotted names, and what differs between two sets of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings -> (`section.key`, value); empty sections are values."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """By dotted name the two values of each setting that differs; None also stands for one that is missing."""
    ours, theirs = dict(flatten(one)), dict(flatten(other))
    values = {key: (ours.get(key), theirs.get(key)) for key in dict.fromkeys([*ours, *theirs])}
    return {key: (mine, yours) for key, (mine, yours) in values.items() if mine != yours}


def shown(value: Any) -> str:
    """A value as YAML has it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
