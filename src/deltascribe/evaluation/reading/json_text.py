"""Parses JSON so that nothing is lost in silence: faults with their place, and keys that occur twice."""

from __future__ import annotations

import json
from typing import Any

from deltascribe.evaluation.reading.troubles import shown

_NEAR = 30


class InvalidJson(ValueError):  # noqa: N818 - a private signal, turned into a named error by the caller
    """Text that is not JSON.

    Attributes:
        line, column: place of the fault, counted from 1; 0 where it is not known.
        reason: what is wrong, with the beginning of the offending text.
    """

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.line = line
        self.column = column
        self.reason = reason


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which a key occurs more than once; `pairs` holds all of them in order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    @property
    def repeated(self) -> list[str]:
        """Each key that occurs more than once, once."""
        seen: set[str] = set()
        return list(dict.fromkeys(key for key, _ in self.pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]


def parse_json(text: str) -> Any:
    """The value of a JSON text; objects with a repeated key come as `RepeatedKeys`.

    Raises:
        InvalidJson: the text is not JSON, nested too deeply, or holds a number of thousands of digits.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as cause:
        raise InvalidJson(cause.lineno, cause.colno, f"{cause.msg}, {_near(text, cause.pos)}") from cause
    except RecursionError as cause:
        raise InvalidJson(1, 1, f"nested too deeply, {_near(text, 0)}") from cause
    except ValueError as cause:  # a number with more digits than Python turns into an integer
        raise InvalidJson(1, 1, f"a number is too long, {_near(text, 0)}") from cause


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    return values if len(values) == len(pairs) else RepeatedKeys(pairs)


def _near(text: str, position: int) -> str:
    offending = text[position : position + _NEAR].strip().split("\n")[0]
    if offending:
        return f"at `{shown(offending)}`"
    return f"at the end, after `{shown(text[max(position - _NEAR, 0) : position].strip())}`"
