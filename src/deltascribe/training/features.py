"""Cached output of a model's frozen part for a few augmented variants of every pair, in memory-mapped files."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from torch.utils.data import Dataset

from deltascribe.datasets import ChangeDataset
from deltascribe.datasets.sample import ChangeRecord, ChangeSample
from deltascribe.device import has_bf16
from deltascribe.errors import ConfigError
from deltascribe.files import write_json
from deltascribe.locks import locked
from deltascribe.models import CaptionModel
from deltascribe.training.augment import Augment
from deltascribe.training.data import Place, TrainingItem

_DESCRIPTION = "cache.json"
_DAY = 24 * 60 * 60


class CachedPairs(Dataset[TrainingItem]):
    """Reads cached features; epoch e of pair i uses variant (e + i) mod V, so that every epoch mixes all variants.

    Args:
        folder: folder of one finished cache, as `build_cache` gives it.
    """

    def __init__(self, folder: Path) -> None:
        description = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
        self.variants: int = description["variants"]
        self.entries: list[dict[str, object]] = description["entries"]
        self._levels = [np.load(folder / f"level{level}.npy", mmap_mode="r") for level in range(description["levels"])]
        self._masks = np.load(folder / "masks.npy", mmap_mode="r")

    def __getitem__(self, place: Place) -> TrainingItem:
        epoch, index = place
        row = index * self.variants + (epoch + index) % self.variants
        entry = self.entries[row]
        mask = torch.from_numpy(self._masks[row].copy()) if entry["masked"] else None
        sample = ChangeSample(
            name=str(entry["name"]),
            split="train",
            pair=torch.empty(0),
            captions=list(entry["captions"]),  # type: ignore[call-overload]
            changed=entry["changed"],  # type: ignore[arg-type]
            mask=mask,
            caption_source=str(entry["source"]),
        )
        return TrainingItem(sample, [torch.from_numpy(level[row].copy()).float() for level in self._levels])


def build_cache(
    dataset: ChangeDataset, model: CaptionModel, augment: Augment, seed: int, variants: int, root: Path, key: str, quiet: bool = False
) -> Path:
    """Computes the features of every variant of every pair, unless the folder for these settings is there already.

    Of processes that want the same cache one makes it, and the others wait. It is made in a folder of its own and then renamed, so that
    where folders can't be locked each may make it, and the first to finish wins.

    Args:
        dataset: training pairs.
        model: in evaluation mode.
        augment: draws variant v of pair i with the seed (seed, v, i).
        seed: of the run.
        variants: V.
        root: folder of caches.
        key: what else the samples depend on (data root, image size, augmentation, version of the code), as text. The model counts
            by what its frozen part makes of a test image, so that models which share that part share the cache.
        quiet: no progress bar.

    Returns:
        Folder of the cache.

    Raises:
        ConfigError: the model has no frozen part.
    """
    records = [[r.name, r.captions, r.changed, r.caption_source, str(r.label), _stamp(r)] for r in dataset.records]
    digest = hashlib.sha256(json.dumps([key, _fingerprint(model), seed, variants, records]).encode()).hexdigest()[:16]
    folder = root / digest
    if (folder / _DESCRIPTION).exists():
        return folder
    tell = Console(stderr=True, quiet=quiet).print
    with locked(root, f".{digest}.lock", waiting=lambda: tell("another process is caching these features: waiting for it")):
        if not (folder / _DESCRIPTION).exists():
            _make(folder, dataset, model, augment, seed, variants, quiet)
    return folder


def _make(folder: Path, dataset: ChangeDataset, model: CaptionModel, augment: Augment, seed: int, variants: int, quiet: bool) -> None:
    root, digest = folder.parent, folder.name
    _remove_left(root, digest)
    with _temporary(root, digest) as unfinished:
        _compute(unfinished, dataset, model, augment, seed, variants, quiet)
        try:
            unfinished.rename(folder)
        except OSError:
            if not (folder / _DESCRIPTION).exists():
                raise
            # another process was first


def _compute(folder: Path, dataset: ChangeDataset, model: CaptionModel, augment: Augment, seed: int, variants: int, quiet: bool) -> None:
    stores: list[np.ndarray] = []
    entries: list[dict[str, object]] = []
    for index in track(range(len(dataset)), description="caching features", disable=quiet):
        raw = dataset[index]
        samples = [augment(raw, (seed, variant, index)) for variant in range(variants)]
        features = _frozen(model, torch.stack([sample.pair for sample in samples]))
        if not stores:
            stores = _open_stores(folder, len(dataset) * variants, features, samples[0].pair)
        *levels, masks = stores
        first = index * variants
        for store, level in zip(levels, features, strict=True):
            store[first : first + variants] = level.half().numpy()
        for variant, sample in enumerate(samples):
            if sample.mask is not None:
                masks[first + variant] = sample.mask.numpy()
            masked = sample.mask is not None
            kept = {"name": sample.name, "captions": sample.captions, "changed": sample.changed, "source": sample.caption_source}
            entries.append({**kept, "masked": masked})
    for store in stores:
        if isinstance(store, np.memmap):
            store.flush()
    write_json(folder / _DESCRIPTION, {"variants": variants, "levels": len(stores) - 1, "entries": entries}, indent=None)


@contextmanager
def _temporary(root: Path, digest: str) -> Iterator[Path]:
    """A new folder beside the cache's, removed at the end unless it was renamed."""
    folder = root / f".{digest}-{os.getpid()}-{secrets.token_hex(4)}.tmp"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left(root: Path, digest: str) -> None:
    """Removes what is no cache: a folder without its description, and temporary folders in which nothing was written for a day."""
    # asked in this order, since another process may rename a whole cache to this place at any moment
    if (root / digest).exists() and not (root / digest / _DESCRIPTION).exists():
        shutil.rmtree(root / digest, ignore_errors=True)
    for folder in root.glob(f".{digest}-*.tmp"):
        with suppress(FileNotFoundError):  # it was just renamed
            written = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if written < time.time() - _DAY:
                shutil.rmtree(folder, ignore_errors=True)


def _open_stores(folder: Path, rows: int, features: list[torch.Tensor], pair: torch.Tensor) -> list[np.ndarray]:
    """New files for the levels, and last for the masks."""
    stores: list[np.ndarray] = [
        np.lib.format.open_memmap(folder / f"level{place}.npy", "w+", np.float16, (rows, *level.shape[1:]))
        for place, level in enumerate(features)
    ]
    return [*stores, np.lib.format.open_memmap(folder / "masks.npy", "w+", np.uint8, (rows, *pair.shape[-2:]))]


@torch.inference_mode()
def _frozen(model: CaptionModel, pair: torch.Tensor) -> list[torch.Tensor]:
    device = next(model.parameters()).device  # type: ignore[attr-defined]
    with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
        features = model.frozen_part(pair.to(device))
    if features is None:
        raise ConfigError("this model tunes every stage, so that nothing can be cached: set cache.variants=0 or tune fewer stages")
    return [level.cpu() for level in features]


def _stamp(record: ChangeRecord) -> list[list[int]]:
    """Size and time of a pair's files, which change when they do."""
    files = [path for path in (record.before, record.after, record.label) if path is not None and path.exists()]
    return [[path.stat().st_size, path.stat().st_mtime_ns] for path in files]


def _fingerprint(model: CaptionModel) -> list[list[float]]:
    """What the frozen part makes of a fixed image: mean and deviation of each level, to three digits."""
    wave = torch.sin(torch.arange(2 * 3 * 64 * 64) * 0.37).reshape(1, 2, 3, 64, 64) / 2 + 0.5
    return [[float(f"{value:.2e}") for value in (level.mean(), level.std())] for level in _frozen(model, wave)]
