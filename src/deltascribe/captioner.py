"""`ChangeCaptioner`: everything that runs a trained model on pairs of images goes through it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe import __version__
from deltascribe.device import resolve_device
from deltascribe.errors import CheckpointError, MissingDependencyError
from deltascribe.generation import Calibration, Description, Generated, describe
from deltascribe.models import Batch
from deltascribe.models.backbones import Backbone
from deltascribe.models.checkpoint import CARD, CONFIG, WEIGHTS, Checkpoint, load_checkpoint
from deltascribe.pair import ImagePair, scale_images
from deltascribe.report import Alternative, ChangeReport, TileReport
from deltascribe.shipped import DEFAULT_BEAMS, find_folder, no_folder
from deltascribe.text import NO_CHANGE_CAPTION, begins_as_no_change, without_place
from deltascribe.tiling import Statement, Window, mosaic, plan_tiles, summarise

HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")

GSD_FACTOR = 1.6
"""A ground resolution further than this factor from the training images' gives a warning."""


@dataclass(frozen=True)
class _Tile:
    """One window of one pair, on its way through the model."""

    pair: int
    window: Window
    pixels: Tensor


class ChangeCaptioner:
    """A trained model, ready to tell what changed.

    Args:
        checkpoint: model with vocabulary and preprocessing.
        device: where it runs.
        source: where it came from, for the provenance of reports.

    Attributes:
        fingerprint: SHA-256 of the weights and what they are called, and of the vocabulary: the same for the same model.
    """

    def __init__(self, checkpoint: Checkpoint, device: torch.device, source: str) -> None:
        self.checkpoint = checkpoint
        self.device = device
        self.source = source
        # before anything is folded, which rounds differently from one processor to another
        self.fingerprint = _fingerprint(checkpoint)
        self._calibration = Calibration.from_dict(checkpoint.preprocessing.get("calibration"))
        for module in checkpoint.model.modules():
            if isinstance(module, Backbone):
                module.fold()
        # on CPU the convolutions run more than twice as fast in this layout
        self._model: Any = checkpoint.model.to(device=device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None, *, device: str = "auto") -> Self:
        """Loads a model.

        Args:
            source: None for the model that comes with the package; else the name of a shipped one, a checkpoint folder, or the
                name of a repository on the Hugging Face hub, such as `somebody/change-captioner`.
            device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps` ...

        Raises:
            CheckpointError: there is no such model, or it is damaged.
            ModelKindError: the checkpoint holds a change detector.
            MissingDependencyError: a hub name was given and `huggingface_hub` is not installed.
        """
        target = resolve_device(device)
        folder = _find(source)
        return cls(load_checkpoint(folder, target), target, folder.name if source is None else str(source))

    @property
    def size(self) -> int:
        """Side of the model's input in pixels."""
        return int(self.checkpoint.preprocessing["size"])

    @property
    def gsd(self) -> float:
        """Ground sample distance of the training images in metres a pixel."""
        return float(self.checkpoint.preprocessing["gsd"])

    def caption(
        self,
        pairs: Iterable[ImagePair],
        *,
        beams: int = DEFAULT_BEAMS,
        batch_size: int = 16,
        gate: bool = True,
        alternatives: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> list[ChangeReport]:
        """Tells what changed in each pair.

        Args:
            pairs: read one batch at a time, so that images given by a generator don't pile up; the reports keep their masks.
            beams: beams of the search; 1 is greedy.
            batch_size: pairs, or tiles of large pairs, that go through the model at once; the answers don't depend on it.
            gate: let the change flag decide between a sentence of change and the no-change sentence, see `describe`.
            alternatives: captions to give for each pair that is not tiled, the best one among them, at most `beams`.
            progress: called with the number of pairs done since the last call.

        Returns:
            A report a pair, in order.
        """
        gate = gate and self._model.gated
        reports: list[ChangeReport] = []
        waiting: dict[int, tuple[ImagePair, list[tuple[Window, Description]]]] = {}

        def finish(last: int) -> None:
            before = len(reports)
            for index in sorted(index for index in waiting if index <= last):
                pair, answers = waiting.pop(index)
                reports.append(self._report(pair, answers, beams, gate))
            if progress is not None and len(reports) > before:
                progress(len(reports) - before)

        for tiles in _batches(self._tiles(pairs, waiting), batch_size):
            answers = self.describe(torch.stack([tile.pixels for tile in tiles]), beams=beams, gate=gate, alternatives=alternatives)
            for tile, answer in zip(tiles, answers, strict=True):
                waiting[tile.pair][1].append((tile.window, answer))
            # the last pair may have tiles in the next batch
            finish(tiles[-1].pair - 1)
        finish(max(waiting, default=0))
        return reports

    def describe(
        self, pixels: Tensor, *, beams: int = DEFAULT_BEAMS, gate: bool = True, alternatives: int = 1, unchanged_sentences: bool = True
    ) -> list[Description]:
        """What the model says of pairs that have its input's size already.

        Args:
            pixels: [B, 2, 3, size, size] in 0..1, before first.
            beams, gate, alternatives: see `caption`.
            unchanged_sentences: let the decoder write for pairs that the change flag calls unchanged too; to leave it out is faster.
        """
        return describe(
            self._model,
            self.checkpoint.vocabulary,
            Batch(pair=pixels.to(self.device)),
            beams=beams,
            gate=gate,
            alternatives=min(alternatives, beams),
            calibration=self._calibration,
            unchanged_sentences=unchanged_sentences,
        )

    def _tiles(self, pairs: Iterable[ImagePair], waiting: dict[int, tuple[ImagePair, list[tuple[Window, Description]]]]) -> Iterator[_Tile]:
        for index, pair in enumerate(pairs):
            waiting[index] = (pair, [])
            pixels = pair.tensor()
            for row, column, height, width in plan_tiles(*pair.size, self.size):
                part = pixels[:, :, row : row + height, column : column + width]
                yield _Tile(index, (row, column, height, width), scale_images(part, self.size, self.size))

    def _report(self, pair: ImagePair, answers: list[tuple[Window, Description]], beams: int, gate: bool) -> ChangeReport:
        height, width = pair.size
        masks = [_full_size(answer.mask, window) for window, answer in answers if answer.mask is not None]
        best = max((answer for _, answer in answers), key=lambda answer: answer.change_probability)
        tiles: list[TileReport] = []
        caption = best.caption
        if len(answers) > 1:
            tiles = [TileReport(window, answer.caption, answer.change_probability) for window, answer in answers]
            statements = [
                Statement(window, without_place(answer.caption), answer.change_probability)
                for window, answer in answers
                if not begins_as_no_change(answer.caption)
            ]
            caption = summarise(statements, height, width) if statements else NO_CHANGE_CAPTION
        # where the gate spoke or tiles were put together, the caption is not the decoder's own sentence
        by_rule = bool(tiles) or (gate and best.change_probability < 0.5)
        return ChangeReport(
            name=pair.name,
            caption=caption,
            changed=best.change_probability >= 0.5 if self._model.gated else not begins_as_no_change(caption),
            change_probability=best.change_probability,
            alternatives=[] if by_rule else [Alternative(self._text(entry), entry.log_probability) for entry in best.sentences[1:]],
            mask=mosaic(height, width, [window for window, _ in answers], masks) if masks else None,
            token_log_probabilities=[] if by_rule else self._words(best.sentences[0]),
            tiles=tiles,
            level_weights={} if tiles or best.level_weights is None else self._name_levels(best.level_weights.tolist()),
            warnings=self._warnings(pair, answers),
            provenance={
                "version": __version__,
                "model": self.source,
                "architecture": self.checkpoint.name,
                "beams": beams,
                "gate": gate,
                "device": str(self.device),
                "before": pair.source[0],
                "after": pair.source[1],
            },
        )

    def _name_levels(self, weights: list[float]) -> dict[str, float]:
        strides: tuple[int, ...] = self._model.strides  # of a model that weighs levels
        names = [f"stride {stride}" for stride in strides]
        if len(set(strides)) < len(strides):  # the levels of a vision transformer are depths, all of one stride
            names = [f"level {place}, {name}" for place, name in enumerate(names, start=1)]
        return dict(zip(names, weights, strict=True))

    def _text(self, sentence: Generated) -> str:
        return self.checkpoint.vocabulary.decode(sentence.tokens)

    def _words(self, sentence: Generated) -> list[tuple[str, float]]:
        words = [self.checkpoint.vocabulary.words[token] for token in sentence.tokens]
        return list(zip(words, sentence.token_log_probabilities, strict=False))  # the last value is that of the end

    def _warnings(self, pair: ImagePair, answers: Sequence[tuple[Window, Description]]) -> list[str]:
        warnings = list(pair.warnings)
        height, width = pair.size
        if len(answers) > 1:
            tile = answers[0][0]
            warnings.append(
                f"the images of {width} x {height} pixels were read in {len(answers)} tiles of {tile[3]} x {tile[2]} pixels; "
                "the caption puts together what the most certain tiles say"
            )
        # what the model sees: the file's resolution, changed where the images were scaled to its input
        scale = answers[0][0][2] / self.size
        if pair.gsd is not None and not 1 / GSD_FACTOR <= pair.gsd * scale / self.gsd <= GSD_FACTOR:
            warnings.append(
                f"the model sees {pair.gsd * scale:.2g} m a pixel but was trained on {self.gsd:g} m; "
                "expect wrong words, and resample the images for better ones"
            )
        tall, wide = answers[0][0][2:]
        if max(tall, wide) > 1.25 * min(tall, wide):
            warnings.append(f"parts of {wide} x {tall} pixels were stretched to the model's square input; squares give better captions")
        if pair.identical:
            warnings.append("the two images are the same in every pixel; check that two dates were given")
        return warnings


def _find(source: str | Path | None) -> Path:
    """The checkpoint folder that a user means: on disk, in the package, or on the hub."""
    folder = find_folder(source, "captioner")
    if folder is not None:
        return folder
    # a mistyped path below a folder that is there must not ask the network
    if source is not None and HUB_NAME.fullmatch(str(source)) and not Path(str(source).split("/")[0]).is_dir():
        return _download(str(source))
    raise no_folder(source, "captioner")


def _download(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingDependencyError("huggingface_hub", "loading a model from the hub", "train") from error
    try:
        return Path(snapshot_download(name, allow_patterns=[WEIGHTS, CONFIG, CARD]))
    except Exception as error:  # the hub client raises many kinds; for a user they all mean the same
        raise CheckpointError(
            f"'{name}' is neither a folder nor a shipped model, and could not be fetched from the hub ({type(error).__name__}: {error}). "
            "Check the name and the network, or give a folder"
        ) from error


def _fingerprint(checkpoint: Checkpoint) -> str:
    digest = hashlib.sha256(json.dumps([checkpoint.vocabulary.words, checkpoint.preprocessing], sort_keys=True).encode())
    for name, value in sorted(checkpoint.model.state_dict().items()):
        digest.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        digest.update(value.reshape(-1).cpu().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _batches(tiles: Iterator[_Tile], size: int) -> Iterator[list[_Tile]]:
    batch: list[_Tile] = []
    for tile in tiles:
        batch.append(tile)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _full_size(mask: Tensor, window: Window) -> npt.NDArray[np.float32]:
    enlarged = F.interpolate(mask[None, None], window[2:], mode="bilinear", align_corners=False)
    values: npt.NDArray[np.float32] = enlarged[0, 0].clamp(0, 1).numpy()
    return values
