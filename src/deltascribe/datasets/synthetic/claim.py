"""`synth.json`: says what a folder of synthetic data was made from, so that another run neither mixes with it nor repeats it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deltascribe import __version__
from deltascribe.datasets.paths import shorten
from deltascribe.datasets.synthetic.recipe import RENDERER
from deltascribe.errors import DatasetError
from deltascribe.files import write_json

MADE_BY = "deltascribe data synth"
SETTINGS_FILE = "synth.json"


def claim_folder(out: Path, settings: dict[str, Any], command: list[str], count: int | None = None) -> None:
    """Marks a folder as made from some settings; leftovers of a killed run are removed.

    Args:
        out: the folder.
        settings: plain values; two folders with equal settings hold equal files.
        command: arguments of the command that makes the same again.
        count: number of pairs, which may grow from call to call; None for a scene.

    Raises:
        DatasetError: the folder holds something else, or was made from other settings, or holds more pairs.
    """
    numbers = {} if count is None else {"count": count}
    made = {"made_by": MADE_BY, "version": __version__, "renderer": RENDERER}
    wanted = {**made, "command": " ".join([MADE_BY, "OUT", *command]), **numbers, **settings}
    found = _read(out)
    if found is not None:
        _require_same(out, found, wanted)
        if count is not None and found["count"] > count:
            raise DatasetError(f"{out} holds {found['count']} pairs already. Give --count {found['count']} or more, or another OUT.")
    for leftover in out.rglob(".*.tmp.*"):
        leftover.unlink(missing_ok=True)
    if found != wanted:
        write_json(out / SETTINGS_FILE, wanted)


def _read(out: Path) -> dict[str, Any] | None:
    """What `synth.json` of a folder says; None for a folder that is empty or not there."""
    path = out / SETTINGS_FILE
    if not path.exists():
        # the temporary file of a run that was killed at once is no content
        if out.exists() and (not out.is_dir() or any(not child.name.startswith(f".{path.stem}-") for child in out.iterdir())):
            raise DatasetError(f"{out} exists and was not made by `{MADE_BY}`; nothing was written. Choose another OUT.")
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{path} is damaged ({error}). Delete the folder, or choose another OUT.") from error
    if not isinstance(found, dict):
        raise DatasetError(f"{path} does not hold settings. Delete the folder, or choose another OUT.")
    return found


def _require_same(out: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    keys = [key for key in {**wanted, **found} if key not in ("command", "count")]
    if ("count" in found) != ("count" in wanted):
        keys.append("count")  # pairs in one, a scene in the other
    other = [
        f"{key} was {json.dumps(found.get(key))} and is now {json.dumps(wanted.get(key))}"
        for key in keys
        if found.get(key) != wanted.get(key)
    ]
    if other:
        raise DatasetError(f"{out} was made with other settings: {shorten(other)}. Use the same ones to go on, or choose another OUT.")
