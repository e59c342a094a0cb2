"""Vision backbones behind one interface."""

from __future__ import annotations

from deltascribe.errors import BackboneError
from deltascribe.models.backbones.base import Backbone, BackboneConfig, by_pair, levels_of_pairs
from deltascribe.models.backbones.efficientnet_lite import EfficientNetLite0, load_imagenet

__all__ = ["Backbone", "BackboneConfig", "build_backbone", "by_pair", "levels_of_pairs"]


def build_backbone(config: BackboneConfig, finest: int | None = None) -> Backbone:
    """Builds a backbone and fills it with its first weights.

    Args:
        config: which one.
        finest: stride of the finest level, for backbones that have finer ones than they give by themselves (efficientnet_lite0); None
            for the levels that it gives by itself.

    Raises:
        BackboneError: unknown name or weights, weights that do not fit, or a stride for a backbone without a choice.
        MissingDependencyError: the package that carries it is not installed.
    """
    if config.name == "efficientnet_lite0":
        if config.weights not in ("imagenet", "none"):
            raise BackboneError(f"efficientnet_lite0 takes the weights 'imagenet' or 'none', not '{config.weights}'")
        model = EfficientNetLite0(config.tuned_stages) if finest is None else EfficientNetLite0(config.tuned_stages, finest)
        if config.weights == "imagenet":
            load_imagenet(model)
        return model
    kind, _, source = config.name.partition(":")
    if kind not in ("auto", "clip") or not source:
        raise BackboneError(f"no backbone '{config.name}'. Use efficientnet_lite0, auto:FOLDER_OR_NAME or clip:FOLDER_OR_NAME")
    if finest is not None:
        raise BackboneError(
            f"the backbone '{config.name}' gives its own levels alone, and finest={finest} asks for another; set finest=null"
        )
    from deltascribe.models.backbones.huggingface import build_huggingface

    return build_huggingface(kind, source, config)
