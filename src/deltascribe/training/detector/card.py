"""The model card that a detector's training run writes beside its weights."""

from __future__ import annotations

from deltascribe.models.detector import CLASS_NAMES, DetectorCheckpoint


def detector_card(checkpoint: DetectorCheckpoint) -> str:
    """A short card: what the detector is, how it was trained and scored."""
    scores = checkpoint.training.get("validation", {})
    rows = "\n".join(f"| {name} | {value:.2f} |" for name, value in scores.items() if name != "threshold")
    config = checkpoint.model.config
    parameters = sum(parameter.numel() for parameter in checkpoint.model.parameters())
    order = "the order of the dates does not matter" if config.order_free else "the order of the dates matters"
    return f"""# A change detector

Made by `deltascribe pretrain-detector`; use it with `deltascribe detect BEFORE AFTER --model "this folder"`.

- input: two images of one place at {checkpoint.gsd:g} m a pixel, trained on crops of {checkpoint.size} pixels; {order}
- output: {", ".join(CLASS_NAMES[config.classes])}; a pixel counts as changed from a probability of {checkpoint.threshold:g} on
- parameters: {parameters:,}
- seed: {checkpoint.training.get("seed")}, epoch: {checkpoint.training.get("epoch")}
- trained on: {"; ".join(checkpoint.training.get("data", []))}

| validation, pooled pixels | percent |
|---|---|
{rows}
"""
