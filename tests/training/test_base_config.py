"""The configuration for a GPU and the whole of LEVIR-CC, run small: everything in it but sizes and places stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

pytest.importorskip("lightning")

from deltascribe.models.checkpoint import load_checkpoint
from deltascribe.training import train
from deltascribe.training.config import load_config

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "levir_cc_dfm_base.yaml"
VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    """A tiny CLIP vision tower in a local folder."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**VISION)).save_pretrained(tmp_path / "clip")
    return tmp_path / "clip"


def test_the_recipe_trains_and_its_checkpoint_needs_no_hub(
    root: Path, backbone: Path, tmp_path: Path, no_paraphrase_table: Callable[..., None]
) -> None:
    small = {
        "output": tmp_path / "run",
        "data.root": root,
        "data.size": 64,
        "data.min_count": 1,
        "data.workers": 0,
        "model.settings.backbone.name": f"clip:{backbone}",
        "model.settings.width": 32,
        "model.settings.heads": 4,
        "model.settings.grid": 4,
        "epochs": 2,
        "batch_size": 3,
        "precision": "32-true",
        "accelerator": "cpu",
        "threads": 1,
        "sentence_encoder": "tfidf",
    }
    config = load_config(CONFIG, [f"{key}={value}" for key, value in small.items()])
    assert (config.objective.gate, config.objective.similar_from, config.augment.swap_changed) == ("binary", None, 0.2)
    best = train(config, quiet=True)
    backbone.rename(tmp_path / "gone")
    checkpoint = load_checkpoint(best)
    assert checkpoint.settings["backbone"]["tuned_stages"] == 3
    assert checkpoint.settings["transfer"]["mode"] == "features"
    assert sorted(path.name for path in (tmp_path / "run").glob("epoch-*")) == ["epoch-01", "epoch-02"]
