"""The model card that a training run writes beside its weights."""

from __future__ import annotations

from deltascribe.models.checkpoint import Checkpoint
from deltascribe.models.registry import is_own


def model_card(checkpoint: Checkpoint) -> str:
    """A short card: what the model is, how it was trained and scored."""
    scores = checkpoint.training.get("validation", {})
    own = " once the file that registers the model is imported" if is_own(checkpoint.name) else ""
    rows = "\n".join(f"| {name} | {value:.2f} |" for name, value in scores.items())
    return f"""# {checkpoint.name}, a change captioner

Made by `deltascribe train`; load it with `ChangeCaptioner.from_pretrained("this folder")`{own}.

- input: two images of one place, {checkpoint.preprocessing["size"]} pixels at {checkpoint.preprocessing["gsd"]} m
- words: {len(checkpoint.vocabulary)}
- seed: {checkpoint.training.get("seed")}, epoch: {checkpoint.training.get("epoch")}

| validation | percent |
|---|---|
{rows}
"""
