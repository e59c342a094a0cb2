"""What a run over scenes can be told."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deltascribe.pixels import Scale
from deltascribe.shipped import DEFAULT_BEAMS

Resolution = Literal["auto", "native"] | float


class SceneOptions(BaseModel):
    """Settings of a run that change what comes out; what changes only how fast is not among them.

    Attributes:
        overlap: pixels that neighbouring tiles share.
        resolution: metres a pixel on the common grid. `auto`: the coarser of the two, but the model's own where both are finer, and up
            to twice the model's where they are coarser; further away is refused, with a number too. `native`: the coarser of the two,
            whatever it is.
        bands: bands shown as red, green and blue in both dates, counted from 1; None by their names.
        bands_after: the same for the after image alone; None takes `bands`.
        scale: how values become 0..1. `auto`: 8-bit values as they are, others by two percentiles of a sample of each date.
        nodata: value that means missing, in all bands of a pixel, for files that don't declare one themselves.
        bbox: (west, south, east, north) in degrees, with west greater than east across 180 degrees; None for the whole overlap.
        polygon: GeoJSON geometry in degrees. Tiles that don't touch it are left out, and nothing outside of it is mapped as changed; the
            captions of tiles on its border tell of the whole tile.
        limit: only the first so many tiles; None for all.
        min_valid: share of a tile's pixels that must be known on both dates.
        correct_shift: shift the after image by the misregistration that was estimated.
        beams: of the search for captions.
        threshold: probability from which a pixel counts as changed.
        min_area: square metres below which a changed area is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    overlap: int = Field(default=32, ge=0)
    resolution: Literal["auto", "native"] | float = "auto"
    bands: tuple[int, ...] | None = None
    bands_after: tuple[int, ...] | None = None
    scale: Literal["auto", "dtype"] | float | tuple[float, float] = "auto"
    nodata: float | None = None
    bbox: tuple[float, float, float, float] | None = None
    polygon: str | None = None
    limit: int | None = Field(default=None, ge=1)
    min_valid: float = Field(default=0.25, gt=0, le=1)
    correct_shift: bool = False
    beams: int = Field(default=DEFAULT_BEAMS, ge=1)
    threshold: float = Field(default=0.5, gt=0, lt=1)
    min_area: float = Field(default=10.0, ge=0)

    @model_validator(mode="after")
    def _sensible(self) -> SceneOptions:
        if isinstance(self.resolution, float) and not 0 < self.resolution < math.inf:
            raise ValueError("resolution must be a positive number of metres a pixel")
        if self.nodata is not None and not math.isfinite(self.nodata):
            raise ValueError("nodata must be a number that is finite; what is not counts as missing anyway")
        if self.bbox is not None:
            west, south, east, north = self.bbox
            # as in RFC 7946, 5.2; a box that would then lie around more than half of the Earth has its sides mixed up
            sides = west < east or west - east > 180
            if not (sides and min(west, east) >= -180 and max(west, east) <= 180 and -90 <= south < north <= 90):
                raise ValueError(
                    f"bbox {self.bbox} must be west, south, east, north in degrees; west is greater than east only across 180 degrees"
                )
        return self


__all__ = ["Resolution", "Scale", "SceneOptions"]
