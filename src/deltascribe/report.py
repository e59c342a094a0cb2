"""What a captioner answers about one pair: caption, certainty, mask and where it all came from; as text, JSON or picture."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from deltascribe.errors import DeltascribeError
from deltascribe.files import atomic_write
from deltascribe.pair import ImagePair

_MAX_MASK_PIXELS = 100_000_000


@dataclass(frozen=True)
class Alternative:
    """Another caption that the model thought of, with the log-probability of the whole sentence (natural logarithm)."""

    caption: str
    log_probability: float


@dataclass(frozen=True)
class TileReport:
    """Caption of one part of a large pair.

    Attributes:
        window: (row, column, height, width) in pixels of the whole pair.
        caption: what changed in it.
        change_probability: probability in 0..1 that something changed in it.
    """

    window: tuple[int, int, int, int]
    caption: str
    change_probability: float


@dataclass(frozen=True, eq=False)
class ChangeReport:
    """The answer about one pair.

    Attributes:
        name: name of the pair.
        caption: what changed, one sentence.
        changed: whether the model says that something changed.
        change_probability: probability in 0..1 that something changed.
        alternatives: other captions, best first.
        mask: probability of change of each pixel [H, W] in 0..1, or None where the model makes no mask.
        token_log_probabilities: words of the caption with their log-probabilities.
        tiles: parts of a pair that was too large to be captioned at once.
        level_weights: by name (`stride 8`, finest first) the share of each feature level in the difference that was read, sum 1;
            empty where the model weighs no levels, or the pair was read in tiles.
        warnings: what a user should know before trusting the caption.
        provenance: model, version, files, settings: JSON-like values.

    Raises:
        DeltascribeError: a probability or the mask isn't within its range.
    """

    name: str
    caption: str
    changed: bool
    change_probability: float
    alternatives: list[Alternative] = field(default_factory=list)
    mask: npt.NDArray[Any] | None = None
    token_log_probabilities: list[tuple[str, float]] = field(default_factory=list)
    tiles: list[TileReport] = field(default_factory=list)
    level_weights: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.change_probability, *(tile.change_probability for tile in self.tiles)):
            if not 0.0 <= value <= 1.0:  # false for NaN too
                raise DeltascribeError(f"The report on '{self.name}' has a change probability of {value}; give one in 0..1.")
        scores = [alternative.log_probability for alternative in self.alternatives] + [score for _, score in self.token_log_probabilities]
        if not all(math.isfinite(score) for score in scores):
            raise DeltascribeError(
                f"The report on '{self.name}' has a log-probability that is not finite; JSON can't hold it. Leave it out."
            )
        if self.mask is not None:
            _check_mask(self.name, self.mask)

    @property
    def changed_fraction(self) -> float | None:
        """Part of the pixels whose probability of change is 0.5 or more, None without a mask."""
        return None if self.mask is None else float((self.mask >= 0.5).mean())

    def to_dict(self, *, with_mask: bool = True) -> dict[str, Any]:
        """The report as JSON-like values.

        Args:
            with_mask: put the mask in, as a PNG in base64 of 8 bits a pixel (so probabilities are rounded to 1/255).
        """
        return {
            "name": self.name,
            "caption": self.caption,
            "changed": bool(self.changed),
            "change_probability": float(self.change_probability),
            "alternatives": [{"caption": a.caption, "log_probability": float(a.log_probability)} for a in self.alternatives],
            "token_log_probabilities": [[token, float(score)] for token, score in self.token_log_probabilities],
            "tiles": [
                {"window": [int(v) for v in t.window], "caption": t.caption, "change_probability": float(t.change_probability)}
                for t in self.tiles
            ],
            "level_weights": {name: float(weight) for name, weight in self.level_weights.items()},
            "warnings": list(self.warnings),
            "provenance": self.provenance,
            "changed_fraction": self.changed_fraction,
            "mask": _encode_mask(self.mask) if with_mask and self.mask is not None else None,
        }

    def to_json(self, *, with_mask: bool = True, indent: int | None = 2) -> str:
        """The report as JSON; values of `provenance` that JSON doesn't know (paths) are written as text."""
        return json.dumps(self.to_dict(with_mask=with_mask), indent=indent, ensure_ascii=False, allow_nan=False, default=str)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ChangeReport:
        """Reads what `to_dict` wrote (fields that it doesn't know are passed over).

        Raises:
            DeltascribeError: a field is missing or malformed.
        """
        try:
            return cls(
                name=str(values["name"]),
                caption=str(values["caption"]),
                changed=bool(values["changed"]),
                change_probability=float(values["change_probability"]),
                alternatives=[Alternative(str(a["caption"]), float(a["log_probability"])) for a in values.get("alternatives", ())],
                mask=_decode_mask(values["mask"]) if values.get("mask") is not None else None,
                token_log_probabilities=[(str(token), float(score)) for token, score in values.get("token_log_probabilities", ())],
                tiles=[_tile(tile) for tile in values.get("tiles", ())],
                level_weights={str(name): float(weight) for name, weight in values.get("level_weights", {}).items()},
                warnings=[str(warning) for warning in values.get("warnings", ())],
                provenance=dict(values.get("provenance", {})),
            )
        except KeyError as error:
            raise DeltascribeError(f"This is no change report: field {error} is missing. Write it with ChangeReport.to_dict.") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise DeltascribeError(f"This is no change report: {error}. Write it with ChangeReport.to_dict.") from error

    def to_png(self, pair: ImagePair, path: str | Path) -> Path:
        """Writes a picture: before, after, the changed area if there is a mask, and the caption beneath.

        Args:
            pair: the pair that the report is on.
            path: where the PNG goes; an old one is replaced once the new one is complete.

        Returns:
            The path.
        """
        from deltascribe.picture import draw_report

        picture = draw_report(self, pair)
        with atomic_write(Path(path)) as temporary:
            picture.save(temporary, format="PNG")
        return Path(path)

    def __str__(self) -> str:
        verdict = "changed" if self.changed else "no change"
        lines = [f"{self.name}: {self.caption}", f"  {verdict}, change probability {format_percent(self.change_probability)}"]
        if self.changed_fraction is not None:
            lines.append(f"  changed area {format_percent(self.changed_fraction)} of the image")
        lines += [f"  or: {alternative.caption}" for alternative in self.alternatives if alternative.caption != self.caption]
        for tile in self.tiles:
            row, column, height, width = tile.window
            share = format_percent(tile.change_probability)
            lines.append(f"  tile at row {row}, column {column} ({width} x {height}): {tile.caption} ({share})")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)


def format_percent(value: float) -> str:
    """A probability in words that never round to a certainty: 0.9996 gives `> 99.9 %`, 0 gives `0 %`."""
    if 0.0 < value < 0.001:
        return "< 0.1 %"
    if 0.999 < value < 1.0:
        return "> 99.9 %"
    return f"{100 * value:.1f} %" if 0.0 < value < 1.0 else f"{100 * value:.0f} %"


def _check_mask(name: str, mask: Any) -> None:
    if not isinstance(mask, np.ndarray) or mask.ndim != 2 or mask.size == 0 or mask.dtype.kind not in "buif":
        shape = getattr(mask, "shape", type(mask).__name__)
        raise DeltascribeError(f"The mask of '{name}' is {shape}; give an array [height, width] of probabilities of change.")
    if not (float(mask.min()) >= 0.0 and float(mask.max()) <= 1.0):
        raise DeltascribeError(f"The mask of '{name}' holds values outside 0..1; give probabilities (divide a 0/255 mask by 255).")


def _tile(values: Mapping[str, Any]) -> TileReport:
    row, column, height, width = (int(value) for value in values["window"])
    return TileReport((row, column, height, width), str(values["caption"]), float(values["change_probability"]))


def _encode_mask(mask: npt.NDArray[Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.fromarray(np.round(mask.astype(np.float32) * 255).astype(np.uint8)).save(buffer, format="PNG")
    return {"height": mask.shape[0], "width": mask.shape[1], "png": base64.b64encode(buffer.getvalue()).decode("ascii")}


def _decode_mask(values: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    try:
        image = PngImagePlugin.PngImageFile(io.BytesIO(base64.b64decode(values["png"], validate=True)))
        if image.size[0] * image.size[1] > _MAX_MASK_PIXELS or image.mode != "L":
            raise ValueError(f"mask of {image.size[0]} x {image.size[1]} pixels in mode {image.mode}")
        return np.asarray(image).astype(np.float32) / np.float32(255)
    except (OSError, SyntaxError) as error:
        raise ValueError(f"the mask is damaged ({error})") from error
