"""`ChangeMapper`: runs a trained detector on a pair of images of any size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from deltascribe.datasets.masks import Mask
from deltascribe.device import resolve_device
from deltascribe.errors import PixelValueError
from deltascribe.models.detector import DetectorCheckpoint, at_size, change_probability, load_detector
from deltascribe.pair import ImagePair, scale_images
from deltascribe.shipped import require_folder
from deltascribe.text.dihedral import ALL_DIHEDRALS, apply_dihedral
from deltascribe.tiling import Window, mosaic, plan_tiles

_OVERLAP = 1 / 8
_NEAR, _FAR = 1.25, 4.0


@dataclass(frozen=True, eq=False)
class ChangeMap:
    """Where something changed in one pair.

    Attributes:
        name: name of the pair.
        probability: of any change [H, W], float32 in 0..1.
        mask: class indices [H, W]: 0 none, 1 change (of three classes: building), 2 road.
        threshold: probability from which on a pixel counts as changed.
        class_names: what the indices from 1 on stand for.
        gsd: metres a pixel, None where unknown.
        warnings: what a user should know before trusting the mask.
    """

    name: str
    probability: npt.NDArray[np.float32]
    mask: Mask
    threshold: float
    class_names: tuple[str, ...] = ("change",)
    gsd: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def changed_pixels(self) -> int:
        """Number of changed pixels."""
        return int(np.count_nonzero(self.mask))

    @property
    def changed_share(self) -> float:
        """Changed part of the image, in 0..1."""
        return self.changed_pixels / self.mask.size

    @property
    def changed_area(self) -> float | None:
        """Changed area in square metres, None where the ground resolution is unknown."""
        return None if self.gsd is None else self.changed_pixels * self.gsd**2


class ChangeMapper:
    """A trained detector, ready to map changes.

    Args:
        checkpoint: model with its input's size and resolution, and its threshold.
        device: where it runs.
        source: where it came from.
    """

    def __init__(self, checkpoint: DetectorCheckpoint, device: torch.device, source: str) -> None:
        self.checkpoint, self.device, self.source = checkpoint, device, source
        model = checkpoint.model
        model.backbone.fold()
        # on CPU the convolutions run more than twice as fast in this layout
        self._model = model.to(device=device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None, *, device: str = "auto") -> Self:
        """Loads a detector.

        Args:
            source: None for the detector that comes with the package; else the name of a shipped one, or a checkpoint folder.
            device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps` ...

        Raises:
            CheckpointError: there is no such detector, or it is damaged.
            ModelKindError: the checkpoint holds a captioner.
        """
        target = resolve_device(device)
        folder = require_folder(source, "detector")
        return cls(load_detector(folder, target), target, folder.name if source is None else str(source))

    def tiles(self, pair: ImagePair) -> int:
        """Number of tiles that a pair is read in."""
        return len(self._plan(pair)[0])

    def detect(
        self,
        pair: ImagePair,
        *,
        threshold: float | None = None,
        views: int = 1,
        batch_size: int = 8,
        progress: Callable[[int], None] | None = None,
    ) -> ChangeMap:
        """Maps what changed. An image larger than the training crops is read in overlapping tiles.

        Where the ground resolution is known, the model sees tiles at that of its training.

        Args:
            pair: two images.
            threshold: probability from which on a pixel counts as changed; None takes the one chosen in validation.
            views: 1, or up to 8 symmetries of the square whose answers are averaged: slower and a little better.
            batch_size: tiles at once; the answer does not depend on it.
            progress: called with the number of tiles done since the last call.

        Raises:
            PixelValueError: a threshold outside 0..1, or a number of views outside 1..8.
        """
        limit = self.checkpoint.threshold if threshold is None else threshold
        if not 0 < limit <= 1:
            raise PixelValueError(f"threshold={limit} is no probability above 0; give one such as 0.5")
        if not 1 <= views <= len(ALL_DIHEDRALS):
            raise PixelValueError(f"views={views} is not possible; give 1 to {len(ALL_DIHEDRALS)}")
        windows, zoom, feather = self._plan(pair)
        probability, classes = self._run(pair, windows, zoom, feather, views, batch_size, progress)
        changed = probability >= limit
        mask = np.where(changed, 1 if classes is None else 1 + classes.argmax(0), 0).astype(np.uint8)
        warnings = (*pair.warnings, *self._warnings(pair, zoom))
        names = ("change",) if classes is None else ("building", "road")
        return ChangeMap(pair.name, probability, mask, limit, names, pair.gsd, warnings)

    def _plan(self, pair: ImagePair) -> tuple[list[Window], float, int]:
        """Windows, what the model sees them magnified by, and the width of the seam over which tiles are blended."""
        zoom = 1.0
        if pair.gsd is not None:
            ratio = pair.gsd / self.checkpoint.gsd
            if not 1 / _NEAR <= ratio <= _NEAR:
                zoom = min(max(ratio, 1 / _FAR), _FAR)
        size = max(round(self.checkpoint.size / zoom), 8)
        overlap = round(size * _OVERLAP)
        return plan_tiles(*pair.size, size, overlap), zoom, overlap

    @torch.no_grad()
    def _run(
        self,
        pair: ImagePair,
        windows: Sequence[Window],
        zoom: float,
        feather: int,
        views: int,
        batch_size: int,
        progress: Callable[[int], None] | None,
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Probability of change [H, W] and, of three classes, that of building and road [2, H, W]."""
        maps: list[Tensor] = []
        for part in _chunks(windows, batch_size):
            pixels = torch.stack([self._cut(pair, window) for window in part]).to(self.device)
            maps.extend(self._classes(pixels, zoom, views).cpu())  # each [C, h, w]
            if progress is not None:
                progress(len(part))
        layers = [mosaic(*pair.size, windows, (tile[layer].numpy() for tile in maps), feather) for layer in range(len(maps[0]))]
        probability: npt.NDArray[np.float32] = np.clip(layers[0], 0, 1)
        return probability, np.stack(layers[1:]) if len(layers) > 1 else None

    def _cut(self, pair: ImagePair, window: Window) -> Tensor:
        row, column, height, width = window
        before, after = (image[:, row : row + height, column : column + width] for image in (pair.before, pair.after))
        return torch.from_numpy(np.stack((before, after)))

    def _classes(self, pixels: Tensor, zoom: float, views: int) -> Tensor:
        """Tiles [B, 2, 3, h, w] -> probability of any change and, of three classes, of each of the two kinds [B, 1 or 3, h, w]."""
        height, width = pixels.shape[-2:]
        seen = scale_images(pixels, max(round(height * zoom), 1), max(round(width * zoom), 1))
        total: Tensor | None = None
        for view in ALL_DIHEDRALS[:views]:
            logits = self._model(apply_dihedral(seen, view)).mask_logits
            logits = apply_dihedral(at_size(logits, *apply_dihedral(pixels[0, 0, 0], view).shape), view.inverse())
            answer = torch.cat((change_probability(logits), logits.softmax(1)[:, 1:]), 1)
            total = answer if total is None else total + answer
        if total is None:
            raise ValueError("at least one view is needed")
        return total / views

    def _warnings(self, pair: ImagePair, zoom: float) -> Iterator[str]:
        if pair.gsd is not None:
            seen = pair.gsd / zoom
            if abs(math.log(seen / self.checkpoint.gsd)) > math.log(_NEAR) + 1e-6:
                yield (
                    f"the model sees {seen:.2g} m a pixel but was trained on {self.checkpoint.gsd:g} m; expect mistakes, "
                    "and resample the images for a better mask"
                )
            if zoom > 1:
                coarse = f"{pair.gsd:.2g} m a pixel, coarser than the {self.checkpoint.gsd:g} m of training"
                yield f"the images have {coarse}: small changes are missed"
        if pair.identical:
            yield "the two images are the same in every pixel; check that two dates were given"


def _chunks(windows: Sequence[Window], size: int) -> Iterator[Sequence[Window]]:
    for start in range(0, len(windows), size):
        yield windows[start : start + size]
