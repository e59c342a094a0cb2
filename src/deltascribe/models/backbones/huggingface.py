"""Backbones from `transformers`: any `AutoBackbone`, and CLIP's vision tower through a small adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.errors import BackboneError, MissingDependencyError
from deltascribe.models.backbones.base import Backbone, BackboneConfig, freeze

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
# what a checkpoint holds beyond a backbone: heads of its first task, the pooled vector, CLIP's text tower
_LEFT_OVER = ("classifier.", "head.", "pooler.", "layernorm.", "text_model.", "text_projection.", "visual_projection.", "logit_scale")
# norms that AutoBackbone adds to its levels; no checkpoint has them and they start as the identity
_ADDED = ("hidden_states_norms.",)
_LEVELS = 4


class HuggingFaceBackbone(Backbone):
    """Levels of a `transformers` model: four evenly spaced blocks of a ViT, the last three stages of a CNN or hierarchical transformer.

    The model stays in evaluation mode, also where it is tuned: batch statistics and stochastic depth of its first training
    would let the two dates of a pair be seen differently.

    Attributes:
        architecture: the `transformers` configuration, with `image_mean` and `image_std`; enough to build the backbone again.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, architecture: dict[str, object], tuned_stages: int) -> None:
        """Wraps a network that was built by `build_huggingface`.

        Args:
            network: an `AutoBackbone` or a `CLIPVisionModel`.
            architecture: see the class.
            tuned_stages: number of last blocks (ViT) or stages (CNN) that training changes; embeddings and added norms stay frozen.

        Raises:
            BackboneError: more stages than there are.
        """
        super().__init__()
        self.network: Any = network.eval()
        self.architecture = architecture
        self.tuned_stages = tuned_stages
        self.register_buffer("mean", torch.tensor(architecture["image_mean"]).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(architecture["image_std"]).view(3, 1, 1), persistent=False)
        stages = _stages(self.network)
        if not 0 <= tuned_stages <= len(stages):
            raise BackboneError(f"this backbone has {len(stages)} blocks or stages; tuned_stages={tuned_stages} is not possible")
        freeze(self.network)
        for stage in stages[len(stages) - tuned_stages :]:
            stage.requires_grad_(True)
        self._patch = _patch_size(self.network.config)
        self._read = _even(len(stages))
        side = 4 * self._patch if self._patch else 64
        with torch.no_grad():
            levels = self._levels(torch.zeros(1, 3, side, side))
        self.channels = tuple(level.shape[1] for level in levels)
        self.strides = tuple(side // level.shape[2] for level in levels)

    @property
    def cacheable(self) -> bool:
        """True where the whole network is frozen."""
        return self.tuned_stages == 0

    def train(self, mode: bool = True) -> HuggingFaceBackbone:
        """As in torch, but the network stays in evaluation mode."""
        super().train(mode)
        self.network.eval()
        return self

    def frozen_part(self, images: Tensor) -> list[Tensor]:
        """Images [N, 3, H, W] in 0..1 -> all levels where the whole network is frozen, else the images themselves."""
        if self.tuned_stages:
            return [images]
        with torch.no_grad():
            return self._levels(images)

    def tuned_part(self, features: list[Tensor]) -> list[Tensor]:
        """What `frozen_part` gave -> levels, each [N, C_l, H_l, W_l], finest first."""
        return self._levels(features[0]) if self.tuned_stages else list(features)

    def _levels(self, images: Tensor) -> list[Tensor]:
        x = (images - self.mean) / self.std
        if self._patch:
            # a ViT drops what does not fill a patch: stretch the image so that the grid spans all of it
            size = [max(round(side / self._patch), 1) * self._patch for side in x.shape[-2:]]
            if size != list(x.shape[-2:]):
                x = F.interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)
        if self.network.config.model_type != "clip_vision_model":
            return list(self.network(x).feature_maps)
        states = self.network(x, interpolate_pos_encoding=True, output_hidden_states=True).hidden_states
        grid = [side // self._patch for side in x.shape[-2:]]
        # the first token is the class token; state 0 is what enters the first block
        return [states[index][:, 1:].transpose(1, 2).reshape(len(x), -1, *grid) for index in self._read]


def build_huggingface(kind: str, source: str, config: BackboneConfig) -> HuggingFaceBackbone:
    """Builds a backbone from `transformers`.

    With `config.architecture` given and weights `none`, nothing is read from disk or network.

    Args:
        kind: `auto` (any `AutoBackbone`) or `clip` (CLIP's vision tower).
        source: local folder or hub name.
        config: weights `pretrained` (safetensors only) or `none`, number of tuned stages, architecture.

    Raises:
        BackboneError: the source cannot be read, or its weights do not fit.
        MissingDependencyError: `transformers` is not installed.
    """
    if config.weights not in ("pretrained", "none"):
        raise BackboneError(f"{config.name} takes the weights 'pretrained' or 'none', not '{config.weights}'")
    try:
        import transformers
    except ImportError as error:
        raise MissingDependencyError("transformers", f"the backbone {config.name}", "train") from error
    try:
        settings, mean, std = _settings(transformers, kind, source, config)
        network = _network(transformers, kind, source, config, settings)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise BackboneError(
            f"the backbone {config.name} cannot be built ({error}). Give a folder written by `save_pretrained` with safetensors "
            "weights, or the name of a model on the hub while it can be reached"
        ) from error
    # JSON and back: what is saved with a checkpoint must be plain values
    architecture = {**json.loads(settings.to_json_string(use_diff=False)), "image_mean": list(mean), "image_std": list(std)}
    return HuggingFaceBackbone(network, architecture, config.tuned_stages)


def _settings(transformers: Any, kind: str, source: str, config: BackboneConfig) -> tuple[Any, Any, Any]:
    """The `transformers` configuration with the levels that are read, and the mean and deviation of images."""
    fallback = _CLIP if kind == "clip" else _IMAGENET
    if config.architecture is not None:
        values = {key: value for key, value in config.architecture.items() if key not in ("image_mean", "image_std")}
        mean = config.architecture.get("image_mean", fallback[0])
        std = config.architecture.get("image_std", fallback[1])
        if kind == "clip":
            return transformers.CLIPVisionConfig.from_dict(values), mean, std
        settings = transformers.AutoConfig.for_model(values.pop("model_type"), **values)
    else:
        reader = transformers.CLIPVisionConfig if kind == "clip" else transformers.AutoConfig
        settings = reader.from_pretrained(source)
        mean, std = _statistics(transformers, source, fallback)
    if kind == "auto":
        if type(settings) not in transformers.models.auto.modeling_auto.MODEL_FOR_BACKBONE_MAPPING:
            raise ValueError(f"'{settings.model_type}' is not an AutoBackbone of transformers {transformers.__version__}")
        if hasattr(settings, "reshape_hidden_states"):
            settings.reshape_hidden_states = True
        stages = len(settings.stage_names) - 1  # the first name is the stem
        settings.out_indices = list(_even(stages)) if _patch_size(settings) else list(range(max(stages - 2, 1), stages + 1))
    return settings, mean, std


def _statistics(transformers: Any, source: str, fallback: tuple[Any, Any]) -> tuple[Any, Any]:
    name = "preprocessor_config.json"
    path = transformers.utils.cached_file(source, name, _raise_exceptions_for_missing_entries=False)
    if path is None:
        return fallback
    values = json.loads(Path(path).read_text(encoding="utf-8"))
    return values.get("image_mean", fallback[0]), values.get("image_std", fallback[1])


def _network(transformers: Any, kind: str, source: str, config: BackboneConfig, settings: Any) -> Any:
    # AutoBackbone.from_pretrained asks the hub even for a local folder; the class that it would choose does not
    mapping = transformers.models.auto.modeling_auto.MODEL_FOR_BACKBONE_MAPPING
    builder = transformers.CLIPVisionModel if kind == "clip" else mapping[type(settings)]
    if config.weights == "none":
        return builder(settings)
    network, loading = builder.from_pretrained(
        source, config=settings, dtype=torch.float32, use_safetensors=True, output_loading_info=True, ignore_mismatched_sizes=True
    )
    missing = sorted(key for key in loading["missing_keys"] if not key.startswith(_ADDED))
    left_over = sorted(key for key in loading["unexpected_keys"] if not key.startswith(_LEFT_OVER))
    mismatched = sorted(str(entry[0]) for entry in loading["mismatched_keys"])
    if missing or left_over or mismatched:
        raise ValueError(f"weights do not fit: missing {missing[:3]}, left over {left_over[:3]}, other shapes {mismatched[:3]}")
    return network


def _stages(network: Any) -> nn.ModuleList:
    """The list of blocks (ViT) or stages (CNN) of a network."""
    settings = network.config
    if settings.model_type == "clip_vision_model":
        count = settings.num_hidden_layers
    else:  # of the stages' names the first is the stem, but PVT v2 names none
        count = len(getattr(settings, "depths", None) or settings.stage_names[1:])
    for module in network.modules():  # outermost first
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    raise BackboneError(f"no list of {count} blocks in a '{settings.model_type}'; use another backbone")


def _patch_size(settings: Any) -> int:
    """Side of a plain ViT's patches; 0 for a network of stages."""
    if getattr(settings, "depths", None) is not None:
        return 0
    patch = getattr(settings, "patch_size", 0)
    return int(patch if isinstance(patch, int) else patch[0])


def _even(blocks: int) -> tuple[int, ...]:
    """Four evenly spaced blocks, counted from 1, the last among them; all of them where there are fewer."""
    return tuple(sorted({max(-(-blocks * (level + 1) // _LEVELS), 1) for level in range(_LEVELS)}))
