"""What an earlier evaluation left in a folder that a new one is about to replace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deltascribe.evaluation.record import SCORES
from deltascribe.files import read_json_object

_NO_MATTER = ("batch_size",)
"""Settings that change no score."""


def describe_replaced(folder: Path, model: str | None, data: Mapping[str, Any], settings: Mapping[str, Any]) -> str | None:
    """The results in a folder that a new evaluation replaces with those of something else.

    Args:
        folder: of the results.
        model: what the new evaluation calls its model; None where nobody knows.
        data, settings: of the new one, as `scores.json` has them; the number of pairs follows from both.

    Returns:
        `MODEL on DATA, SPLIT`; None where nothing lies there, or results of the same model, data and settings.
    """
    there = read_json_object(folder / SCORES)
    if there is None:
        return None
    their_data, their_settings = _mapping(there.get("data")), _mapping(there.get("settings"))
    theirs = _mapping(there.get("model")).get("model") or there.get("label")
    keys = dict.fromkeys([*their_settings, *settings])
    other = [key for key in keys if key not in _NO_MATTER and their_settings.get(key) != settings.get(key)]
    same = (theirs == model or model is None) and all(their_data.get(key) == value for key, value in data.items())
    if same and not other:
        return None
    name = their_data.get("name") or their_data.get("source") or "unknown data"
    split = their_data.get("split")
    what = f"{theirs or 'another model'} on {name}" + (f", {split}" if split else "")
    return f"{what} (with other settings: {', '.join(other)})" if same else what


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
