"""Settings of the change detector."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from deltascribe.models.backbones import BackboneConfig

Classes = Literal["binary", "three-class"]

CLASS_NAMES: dict[Classes, tuple[str, ...]] = {"binary": ("change",), "three-class": ("none", "building", "road")}
"""What each channel of the mask's logits stands for."""


class DetectorConfig(BaseModel):
    """Settings of `ChangeDetector`.

    Attributes:
        backbone: see `BackboneConfig`; all stages are tuned unless it says otherwise.
        finest: stride of the finest level that is read, 2, 4 or 8; None where the backbone decides, as all but EfficientNet-Lite0 do.
            The mask has half of it.
        width: channels of the difference maps; the level of stride 2 has a quarter of them.
        classes: `binary` (one logit: changed) or `three-class` (none, building, road).
        order_free: swapping the dates gives the same mask, by construction; else the order may matter.
        dropout: of whole channels of the coarsest difference map.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backbone: BackboneConfig = BackboneConfig(tuned_stages=4)
    finest: Literal[2, 4, 8] | None = 4
    width: int = Field(default=64, multiple_of=2, gt=0)
    classes: Classes = "binary"
    order_free: bool = True
    dropout: float = Field(default=0.1, ge=0, lt=1)
