"""Knowledge of a pre-trained change detector for captioning: its features as tokens of JFM, its map, or what JFM learns to imitate.

Certain (arXiv 2606.27410, abstract): a pre-trained change detection model transfers its knowledge. Second-hand: its encoder is
frozen, and the joint modeling reads it. The forms are ours.
"""

from __future__ import annotations

from typing import Any, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.errors import ConfigError
from deltascribe.models.backbones.base import Backbone, BackboneConfig, freeze
from deltascribe.models.detector import ChangeDetector, DetectorConfig, DetectorOutput, load_detector
from deltascribe.models.joint import Prior
from deltascribe.models.layers import LayerNorm2d, sine_grid, zeros
from deltascribe.shipped import DEFAULT_DETECTOR, require_folder

_EVIDENCE = 32
_CLOSEST = 1e-3
"""How near to 0 and 1 a cell's probability may come before its logit is taken as evidence."""
_SUREST = 1e-4
"""Likewise for the logits of the mask."""


class TransferConfig(BaseModel):
    """What captioning takes from a change detector.

    Attributes:
        mode: `none`; `features`: its features and its soft map enter JFM, and the map the pooled vector, at inference too; `map`: the map
            enters the pooled vector alone, which needs no joint layers; `mimicry`: JFM's differences learn to resemble its features, and
            inference needs no detector. (The mode `auxiliary` is the mask head, which needs no detector.)
        detector: checkpoint folder of the detector, or name of a shipped one.
        encoder: in the modes `features` and `map`, its encoder is the captioner's backbone too, so that images are encoded once; the
            captioner's own `backbone` is not built then. It is frozen, and read from stride 8 on.
        stride: pixels that a cell of the detector's features spans, among those of its levels; the mode `map` reads none.
        architecture: the detector's settings, filled in when a checkpoint is saved, so that loading needs no other file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["none", "features", "map", "mimicry"] = "none"
    detector: str = DEFAULT_DETECTOR
    encoder: bool = False
    stride: int = Field(default=16, ge=1)
    architecture: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _an_encoder_is_read(self) -> Self:
        if self.encoder and self.mode not in ("features", "map"):
            raise ValueError(f"transfer.encoder shares the detector's encoder in the modes features and map, not {self.mode}")
        return self


class FrozenDetector(nn.Module):
    """A detector that is read and never trained.

    Args:
        config: which one.
        grid: side of the maps that are read.

    Raises:
        CheckpointError: the detector cannot be loaded.
        ConfigError: it has no level of the stride, in the modes that read one.
    """

    def __init__(self, config: TransferConfig, grid: int) -> None:
        super().__init__()
        if config.architecture is None:
            self.network: ChangeDetector = load_detector(require_folder(config.detector, "detector")).model
        else:
            self.network = ChangeDetector(DetectorConfig.model_validate(_unfilled(config.architecture)))
        if config.encoder:
            self.network = _frozen_whole(self.network)
        self.level = None if config.mode == "map" else _level(self.network.strides, config.stride)
        self.grid = grid
        freeze(self.network)
        self.network.eval()

    @property
    def channels(self) -> int:
        """Of its features; none are read in the mode `map`."""
        return 0 if self.level is None else self.network.feature_channels[self.level]

    @property
    def count(self) -> int:
        """Number of tensors that it gives."""
        return 1 if self.level is None else 2

    def train(self, mode: bool = True) -> Self:
        """As in torch, but the detector stays as in use."""
        super().train(mode)
        self.network.eval()
        return self

    @torch.no_grad()
    def forward(self, pair: Tensor) -> list[Tensor]:
        """Pairs [B, 2, 3, H, W] -> features [B, 1, C, grid, grid] and the probability of change of each place [B, 1, 1, h, w].

        In the mode `map` the probability alone.
        """
        return self._read(self.network(pair))

    @torch.no_grad()
    def compare(self, levels: list[Tensor]) -> list[Tensor]:
        """The same from its backbone's levels, each [B, 2, C_l, h_l, w_l]."""
        return self._read(self.network.compare(levels))

    def _read(self, output: DetectorOutput) -> list[Tensor]:
        change_map = output.change_map.float().unsqueeze(1)
        if self.level is None:
            return [change_map]
        return [F.adaptive_avg_pool2d(output.features[self.level].float(), self.grid).unsqueeze(1), change_map]


def _level(strides: tuple[int, ...], stride: int) -> int:
    if stride not in strides:
        raise ConfigError(f"transfer.stride={stride}: the detector has levels of strides {list(strides)}")
    return strides.index(stride)


class FeatureTransfer(nn.Module):
    """Features and soft map of the detector -> tokens and an attention bias that starts at zero; never a hard mask.

    Args:
        channels: of the detector's features.
        width: token width d.
        heads: attention heads.
        grid: side of the token grid.
        biased: whether there are attention layers for the map to draw.
    """

    def __init__(self, channels: int, width: int, heads: int, grid: int, biased: bool = True) -> None:
        super().__init__()
        self.project = nn.Sequential(LayerNorm2d(channels), nn.Conv2d(channels, width, 1))
        self.kind = nn.Parameter(torch.zeros(width))
        self.strength = nn.Parameter(torch.zeros(heads)) if biased else None
        self.register_buffer("position", sine_grid(grid, width), persistent=False)

    def forward(self, features: Tensor, cells: Tensor) -> Prior:
        """[B, 1, C, g, g] and [B, 1, 1, g, g] -> what JFM's layers read."""
        tokens = self.project(features[:, 0]).flatten(2).transpose(1, 2) + self.position + self.kind
        if self.strength is None:
            return Prior(tokens, None)
        seen = cells.flatten(1)  # [B, g * g]
        bias = self.strength[None, :, None] * torch.cat((seen, seen), 1)[:, None]  # the same places, seen by both kinds of tokens
        return Prior(tokens, bias.unsqueeze(2))


class Evidence(nn.Module):
    """What the detector's map says of the whole pair -> something to add to its pooled vector; nothing at the start.

    The map alone tells changed pairs from others well (`docs/ablation.md`), but attention dilutes a single cell among many.

    Args:
        width: of the pooled vector.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(3, _EVIDENCE)
        self.out = zeros(nn.Linear(_EVIDENCE, width))

    def forward(self, cells: Tensor) -> Tensor:
        """Probability of change of each cell [B, 1, 1, g, g] -> [B, width], from its largest value, that one's logit, and its mean."""
        seen = cells.float().flatten(1)
        largest = seen.amax(1)
        says = torch.stack((largest, largest.logit(_CLOSEST) / 4, seen.mean(1)), 1)
        return self.out(F.gelu(self.hidden(says)))  # type: ignore[no-any-return]


class Mimicry(nn.Module):
    """How far JFM's fused differences are from the detector's features: mean squared distance of unit vectors, 0 to 4.

    Args:
        channels: of the detector's features.
        width: token width d.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(width, channels, 1)

    def forward(self, fused: Tensor, features: Tensor) -> Tensor:
        """Ours [B, d, g, g] and theirs [B, 1, C, g, g] -> [B]."""
        ours, theirs = F.normalize(self.project(fused).float(), dim=1), F.normalize(features[:, 0].float(), dim=1)
        return (ours - theirs).square().sum(1).mean((1, 2))


class Transfer(nn.Module):
    """What a captioner takes from a detector: in one object, so that a model needs not know the mode.

    Args:
        config: mode and detector.
        width: token width d of the captioner.
        heads: its attention heads.
        grid: side of its token grid.
        biased: whether it has attention layers that the detector's map can draw.

    Raises:
        CheckpointError: the detector cannot be loaded.
        ConfigError: it has no level of the stride, in the modes that read one.
    """

    def __init__(self, config: TransferConfig, width: int, heads: int, grid: int, biased: bool = True) -> None:
        super().__init__()
        self.detector: FrozenDetector | None = None
        self.tokens: FeatureTransfer | None = None
        self.whole: Evidence | None = None
        self.mimicry: Mimicry | None = None
        # no submodule: what is only imitated is neither moved, trained nor saved with the captioner
        self._teacher: tuple[FrozenDetector, ...] = ()
        self.config = config
        self.grid = grid
        if config.mode == "none":
            return
        detector = FrozenDetector(config, grid)
        self.config = config.model_copy(update={"architecture": detector.network.config.model_dump(mode="json")})
        if config.mode == "mimicry":
            self.mimicry = Mimicry(detector.channels, width)
            # a saved captioner comes without the one that it learned to resemble
            self._teacher = (detector,) if config.architecture is None else ()
            return
        self.detector = detector
        self.whole = Evidence(width)
        if config.mode == "features":
            self.tokens = FeatureTransfer(detector.channels, width, heads, grid, biased)

    def take_encoder(self) -> Backbone | None:
        """The detector's encoder, if the captioner shares it: the detector keeps none, and then compares levels that it is given."""
        if self.detector is None or not self.config.encoder:
            return None
        encoder = self.detector.network.backbone
        del self.detector.network.backbone
        return encoder

    def share_detector(self, other: Transfer) -> None:
        """Reads another one's detector in place of its own: a reference, no submodule."""
        del self.detector
        self.__dict__["detector"] = other.detector

    def encoder_config(self) -> BackboneConfig:
        """What the shared encoder is, for the captioner's own settings."""
        if self.detector is None:
            raise ValueError("there is no detector whose encoder could be shared")
        return self.detector.network.config.backbone

    @property
    def count(self) -> int:
        """Number of tensors that `frozen_part` gives."""
        return sum(detector.count for detector in (self.detector, *self._teacher) if detector is not None)

    def frozen_part(self, pair: Tensor, learning: bool = True) -> list[Tensor]:
        """Pairs [B, 2, 3, H, W] -> the detector's features and map, its map alone, or nothing; a teacher is read only in learning."""
        if self.detector is not None:
            return self.detector(pair)  # type: ignore[no-any-return]
        if not learning:
            return []
        return [value for teacher in self._teacher for value in teacher.to(pair.device)(pair)]

    def compare(self, levels: list[Tensor]) -> list[Tensor]:
        """As `frozen_part` where the encoder is shared, from all of its levels, each [B, 2, C_l, h_l, w_l]."""
        return [] if self.detector is None else self.detector.compare(levels)

    def prior(self, frozen: list[Tensor]) -> Prior | None:
        """What JFM's layers read, of what `frozen_part` gave."""
        return None if self.tokens is None else self.tokens(frozen[0], self._by_cell(frozen[-1]))

    def evidence(self, frozen: list[Tensor]) -> Tensor | None:
        """What is added to the pooled vector [B, width], of what `frozen_part` gave."""
        return None if self.whole is None else self.whole(self._by_cell(frozen[-1]))

    def mask_logits(self, frozen: list[Tensor]) -> Tensor | None:
        """The detector's own mask as logits [B, 1, h, w], of what `frozen_part` gave; None where none is read."""
        return None if self.detector is None else frozen[-1][:, 0].float().logit(_SUREST)

    def _by_cell(self, change_map: Tensor) -> Tensor:
        """Probability of change [B, 1, 1, h, w] -> that of each cell [B, 1, 1, g, g]: its largest, that no house in it fades."""
        return F.adaptive_max_pool2d(change_map[:, 0], self.grid).unsqueeze(1)

    def distance(self, fused: Tensor, frozen: list[Tensor]) -> Tensor | None:
        """How far JFM's differences [B, d, g, g] are from the teacher's [B], or None without one."""
        return None if self.mimicry is None or not frozen else self.mimicry(fused, frozen[0])


def with_teacher(settings: dict[str, Any]) -> dict[str, Any]:
    """A model's settings as they must be to train it further: a detector that is imitated is loaded again, or its absence told."""
    transfer = settings.get("transfer")
    if not isinstance(transfer, dict) or transfer.get("mode") != "mimicry":
        return settings
    return {**settings, "transfer": {**transfer, "architecture": None}}


def _frozen_whole(network: ChangeDetector) -> ChangeDetector:
    """The same detector with a backbone of which no stage learns, whose frozen part so is the whole."""
    backbone = network.config.backbone.model_copy(update={"weights": "none", "tuned_stages": 0})
    frozen = ChangeDetector(network.config.model_copy(update={"backbone": backbone}))
    frozen.load_state_dict(network.state_dict())
    return frozen


def _unfilled(architecture: dict[str, Any]) -> dict[str, Any]:
    """Settings of a detector whose weights come with the captioner's own."""
    return {**architecture, "backbone": {**architecture["backbone"], "weights": "none"}}
