"""Vision backbones behind one interface."""

from __future__ import annotations

from deltascribe.errors import BackboneError
from deltascribe.models.backbones.base import Backbone, BackboneConfig, by_pair, frozen_levels_of_pairs, levels_of_pairs
from deltascribe.models.backbones.efficientnet_lite import EfficientNetLite0, load_imagenet
from deltascribe.shipped import find_folder

__all__ = ["Backbone", "BackboneConfig", "build_backbone", "by_pair", "frozen_levels_of_pairs", "levels_of_pairs"]


def build_backbone(config: BackboneConfig, finest: int | None = None) -> Backbone:
    """Builds a backbone and fills it with its first weights.

    Args:
        config: which one.
        finest: stride of the finest level, for backbones that have finer ones than they give by themselves (efficientnet_lite0); None
            for the levels that it gives by itself.

    Raises:
        BackboneError: unknown name or weights, weights that do not fit, or a stride for a backbone without a choice.
        CheckpointError: the change detector that the weights are taken from can't be read.
        MissingDependencyError: the package that carries it is not installed.
    """
    if config.name == "efficientnet_lite0":
        model = EfficientNetLite0(config.tuned_stages) if finest is None else EfficientNetLite0(config.tuned_stages, finest)
        if config.weights == "imagenet":
            load_imagenet(model)
        elif config.weights != "none":
            _load_detectors(model, config.weights)
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


def _load_detectors(model: EfficientNetLite0, name: str) -> None:
    from deltascribe.models.detector import load_detector  # which is built on a backbone itself

    folder = find_folder(name, "detector")
    if folder is None:
        raise BackboneError(
            f"backbone.weights={name}: there is no change detector of that name. efficientnet_lite0 takes 'imagenet', 'none', or a "
            "detector: the folder `best` of `deltascribe pretrain-detector`, or one that `deltascribe models` lists"
        )
    detector = load_detector(folder).model
    if not isinstance(detector.backbone, EfficientNetLite0):
        raise BackboneError(f"the detector in {folder} has the backbone {detector.config.backbone.name}, not efficientnet_lite0")
    model.load_state_dict(detector.backbone.state_dict())
