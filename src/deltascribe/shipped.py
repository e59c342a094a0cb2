"""What comes with the package beside code: trained weights and the demo's image pairs, and whether they are whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deltascribe.errors import CheckpointError
from deltascribe.files import write_text

ASSETS = Path(__file__).parent / "assets"
WEIGHTS_FILE = "model.safetensors"
CHECKSUM_FILE = "SHA256SUMS"
DEFAULT_MODEL = "dfm_lite0"

Integrity = Literal["right", "wrong", "unlisted"]


@dataclass(frozen=True)
class ShippedModel:
    """A trained model in the package.

    Attributes:
        name: name of its folder.
        folder: checkpoint folder.
        megabytes: size of the weights file, in 10^6 bytes.
        integrity: whether its files fit `SHA256SUMS`: `right`, `wrong` (changed or missing), `unlisted` (no such list).
    """

    name: str
    folder: Path
    megabytes: float
    integrity: Integrity


def shipped_models(root: Path = ASSETS / "models") -> list[ShippedModel]:
    """Models that come with the package, by name; empty when a build left them out."""
    folders = sorted(path.parent for path in root.glob(f"*/{WEIGHTS_FILE}"))
    return [ShippedModel(f.name, f, (f / WEIGHTS_FILE).stat().st_size / 1e6, check_integrity(f)) for f in folders]


def check_integrity(folder: Path) -> Integrity:
    """Compares the files of a folder with the SHA-256 sums in its `SHA256SUMS`, in the form that `sha256sum` writes."""
    listing = folder / CHECKSUM_FILE
    if not listing.is_file():
        return "unlisted"
    lines = [line.split(maxsplit=1) for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()]
    sums = {parts[1].lstrip("*"): parts[0] for parts in lines if len(parts) == 2}
    if WEIGHTS_FILE not in sums or len(sums) != len(lines):
        return "wrong"
    return "right" if all(_sha256(folder / name) == value for name, value in sums.items()) else "wrong"


def write_checksums(folder: Path) -> Path:
    """Writes `SHA256SUMS` for the weights and the configuration of a checkpoint folder, to be called when it is made.

    Raises:
        CheckpointError: the folder has no weights.
    """
    if not (folder / WEIGHTS_FILE).is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS_FILE}. Save a checkpoint there first.")
    names = [name for name in (WEIGHTS_FILE, "config.json") if (folder / name).is_file()]
    write_text(folder / CHECKSUM_FILE, "".join(f"{_sha256(folder / name)}  {name}\n" for name in names))
    return folder / CHECKSUM_FILE


def demo_pairs(root: Path = ASSETS / "demo") -> list[tuple[Path, Path]]:
    """The demo's pairs as (before, after), sorted by name; both files of a pair have the same name."""
    return [(path, root / "after" / path.name) for path in sorted((root / "before").glob("*.png"))]


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def shipped_model(name: str | None = None, root: Path = ASSETS / "models") -> Path | None:
    """Folder of the shipped model of that name, of the default one where no name is given, or None."""
    folder = root / (DEFAULT_MODEL if name is None else name)
    return folder if folder.parent == root and (folder / WEIGHTS_FILE).is_file() else None


def find_folder(name: Path | str) -> Path | None:
    """The folder that a user means: one that is there, else the shipped model of that name, or None."""
    return Path(name) if Path(name).exists() else shipped_model(str(name))
