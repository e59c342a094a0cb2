"""What comes with the package beside code: trained weights and the demo's image pairs, which kind they are and whether they are whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deltascribe.errors import CheckpointError, ModelKindError
from deltascribe.files import sha256_of, write_text

ASSETS = Path(__file__).parent / "assets"
MODELS = ASSETS / "models"
WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
CHECKSUM_FILE = "SHA256SUMS"

Kind = Literal["captioner", "detector"]
Integrity = Literal["right", "wrong", "unlisted"]

DEFAULT_MODEL, DEFAULT_DETECTOR = "dfm_lite0", "detector_lite0"
DEFAULTS: dict[Kind, str] = {"captioner": DEFAULT_MODEL, "detector": DEFAULT_DETECTOR}
"""The shipped model that is meant where none is named."""

DEFAULT_BEAMS = 5
"""Beams of a search where a user asks for no other number: what the shipped captioner was measured with (`docs/results.md`)."""

DETECTOR_NAME = "change_detector"
"""What a change detector's `config.json` says under `model`."""

_TITLES: dict[Kind, str] = {"captioner": "captioner", "detector": "change detector"}
_USED_BY: dict[Kind, str] = {"captioner": "caption", "detector": "detect"}
_MADE_BY: dict[Kind, str] = {"captioner": "train", "detector": "pretrain-detector"}


@dataclass(frozen=True)
class ShippedModel:
    """A trained model in the package.

    Attributes:
        name: name of its folder.
        folder: checkpoint folder.
        kind: what it is, by its `config.json`; None where that is missing, damaged, or says neither.
        megabytes: size of the weights file, in 10^6 bytes.
        integrity: whether its files fit `SHA256SUMS`: `right`, `wrong` (changed or missing), `unlisted` (no such list).
    """

    name: str
    folder: Path
    kind: Kind | None
    megabytes: float
    integrity: Integrity


def shipped_models(root: Path | None = None) -> list[ShippedModel]:
    """Models that come with the package (or lie in the folder `root`), by name; empty when a build left them out."""
    folders = sorted(path.parent for path in (root or MODELS).glob(f"*/{WEIGHTS_FILE}"))
    return [ShippedModel(f.name, f, read_kind(f), (f / WEIGHTS_FILE).stat().st_size / 1e6, check_integrity(f)) for f in folders]


def kind_of(description: Any) -> Kind | None:
    """Which kind of model the content of a `config.json` describes; None where it says neither."""
    if not isinstance(description, dict):
        return None
    if description.get("model") == DETECTOR_NAME:
        return "detector"
    return "captioner" if "vocabulary" in description else None


def read_kind(folder: Path) -> Kind | None:
    """Which kind of model a checkpoint folder holds; None where its `config.json` is missing, damaged, or says neither."""
    try:
        return kind_of(json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def check_kind(folder: Path, description: Any, wanted: Kind) -> None:
    """Makes sure that a checkpoint does not hold the other kind of model.

    Args:
        folder: of the checkpoint, for the message.
        description: content of its `config.json`.
        wanted: what is needed.

    Raises:
        ModelKindError: it holds the other kind.
    """
    found = kind_of(description)
    if found is not None and found != wanted:
        raise ModelKindError(
            f"{folder} holds a {_TITLES[found]}, and a {_TITLES[wanted]} is wanted here; "
            f"use it with `deltascribe {_USED_BY[found]} BEFORE AFTER --model {folder}`"
        )


def check_integrity(folder: Path) -> Integrity:
    """Compares the files of a folder with the SHA-256 sums in its `SHA256SUMS`, in the form that `sha256sum` writes."""
    listing = folder / CHECKSUM_FILE
    if not listing.is_file():
        return "unlisted"
    lines = [line.split(maxsplit=1) for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()]
    sums = {parts[1].lstrip("*"): parts[0] for parts in lines if len(parts) == 2}
    if WEIGHTS_FILE not in sums or len(sums) != len(lines):
        return "wrong"
    return "right" if all((folder / name).is_file() and sha256_of(folder / name) == value for name, value in sums.items()) else "wrong"


def write_checksums(folder: Path) -> Path:
    """Writes `SHA256SUMS` for the weights and the configuration of a checkpoint folder, to be called when it is made.

    Raises:
        CheckpointError: the folder has no weights.
    """
    if not (folder / WEIGHTS_FILE).is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS_FILE}. Save a checkpoint there first.")
    names = [name for name in (WEIGHTS_FILE, CONFIG_FILE) if (folder / name).is_file()]
    write_text(folder / CHECKSUM_FILE, "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names))
    return folder / CHECKSUM_FILE


def find_folder(name: Path | str | None, kind: Kind) -> Path | None:
    """The checkpoint folder that a user means, whatever it holds.

    Args:
        name: a folder, or else the name of a shipped model; None for the shipped one that is the default of its kind.
        kind: what is wanted.

    Returns:
        The folder, or None where there is none of that name.
    """
    if name is not None and Path(name).exists():
        return Path(name)
    folder = MODELS / (DEFAULTS[kind] if name is None else name)
    # a name, no path: `../somewhere` is no shipped model
    return folder if folder.parent == MODELS and (folder / WEIGHTS_FILE).is_file() else None


def require_folder(name: Path | str | None, kind: Kind) -> Path:
    """As `find_folder`, where there must be one.

    Raises:
        CheckpointError: there is none of that name.
    """
    folder = find_folder(name, kind)
    if folder is None:
        raise no_folder(name, kind)
    return folder


def no_folder(name: Path | str | None, kind: Kind) -> CheckpointError:
    """The error that tells that a user's model is not there, and the next step."""
    own = f"train one with `deltascribe {_MADE_BY[kind]}` and give its folder, such as runs/{kind}/best"
    if name is None:
        return CheckpointError(f"this installation lacks its {_TITLES[kind]} {DEFAULTS[kind]}; reinstall deltascribe, or {own}")
    return CheckpointError(
        f"there is no checkpoint folder {name}, and no shipped model of that name: `deltascribe models` lists those; "
        f"for a {_TITLES[kind]} of your own, {own}"
    )


def demo_pairs(root: Path = ASSETS / "demo") -> list[tuple[Path, Path]]:
    """The demo's pairs as (before, after), sorted by name; both files of a pair have the same name."""
    return [(path, root / "after" / path.name) for path in sorted((root / "before").glob("*.png"))]
