"""What is found in a tile, in a form that is the same wherever and in whatever batch it was computed."""

from __future__ import annotations

import base64
import json
import math
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MASK_LEVELS = 255
"""Probabilities of a mask are kept as whole numbers 0..255."""
_DIGITS = 4


@dataclass(frozen=True)
class TileResult:
    """The answer for one tile.

    Attributes:
        index: number of the tile in the plan.
        valid: share of its pixels that are known on both dates, 0..1.
        caption: sentence, None where the tile was skipped because too little of it is known.
        probability: of any change, 0..1, in steps of 0.0001; 0 where it was skipped.
        changed: whether the sentence tells of a change.
        mask: probability of change [m, m] in 0..255, or None.
        known: pixels of its window that are known on both dates [h, w]; None where all are, or it was skipped.
    """

    index: int
    valid: float
    caption: str | None
    probability: float
    changed: bool
    mask: npt.NDArray[np.uint8] | None
    known: npt.NDArray[np.bool_] | None = None

    def as_record(self) -> dict[str, Any]:
        """All but the rasters, for JSON."""
        return {
            "tile": self.index,
            "valid": self.valid,
            "caption": self.caption,
            "probability": self.probability,
            "changed": self.changed,
            "mask": None if self.mask is None else len(self.mask),
            "known": None if self.known is None else list(self.known.shape),
        }

    @classmethod
    def from_record(cls, record: dict[str, Any], packed: bytes | None) -> TileResult:
        """The inverse of `as_record` with `packed`; None gives the answer without its rasters."""
        figures = record["tile"], record["valid"], record["caption"], record["probability"], record["changed"]
        if not packed:
            return cls(*figures, None)
        values, side, shape = np.frombuffer(zlib.decompress(packed), np.uint8), record["mask"] or 0, record["known"]
        mask = values[: side**2].reshape(side, side) if side else None
        known = None if shape is None else np.unpackbits(values[side**2 :], count=math.prod(shape)).reshape(shape).astype(np.bool_)
        return cls(*figures, mask, known)

    def packed(self) -> bytes:
        """Mask and known pixels, compressed; empty without both."""
        parts = [b"" if self.mask is None else self.mask.tobytes(), b"" if self.known is None else np.packbits(self.known).tobytes()]
        return zlib.compress(b"".join(parts), 6) if any(parts) else b""


@dataclass(frozen=True)
class BatchResult:
    """The answers for a run of tiles, and what they cost.

    Attributes:
        tiles: answers, in the plan's order.
        reading, model: seconds spent on each.
    """

    tiles: tuple[TileResult, ...]
    reading: float
    model: float

    def to_json(self) -> str:
        """As text, to be sent from one machine to another."""
        tiles = [{**tile.as_record(), "data": base64.b64encode(tile.packed()).decode("ascii")} for tile in self.tiles]
        return json.dumps({"tiles": tiles, "reading": self.reading, "model": self.model})

    @classmethod
    def from_json(cls, text: str) -> BatchResult:
        """The inverse of `to_json`."""
        values = json.loads(text)
        tiles = (TileResult.from_record(tile, base64.b64decode(tile["data"]) or None) for tile in values["tiles"])
        return cls(tuple(tiles), values["reading"], values["model"])


def rounded(probability: float) -> float:
    """A probability in steps of 0.0001."""
    return round(probability, _DIGITS)


def quantised(mask: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Probabilities 0..1 as whole numbers 0..255."""
    whole: npt.NDArray[np.uint8] = np.rint(np.clip(mask, 0, 1) * MASK_LEVELS).astype(np.uint8)
    return whole
