"""Fixtures that every test may use."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor fill the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DELTASCRIBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def no_paraphrase_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """METEOR on words by exact matches alone: the table of 60 MB takes seconds to read for each new set of words."""
    from deltascribe.metrics import Meteor

    monkeypatch.setattr(Meteor, "english", lambda words, folder=None: Meteor.exact())


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real image pairs beside the checkout; tests that need it skip where it is missing."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real image pairs are not on this machine")
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small random model (input 64 pixels, 0.5 m a pixel) whose captions and flags differ from pair to pair."""
    from deltascribe.models import create_model
    from deltascribe.models.checkpoint import Checkpoint, save_checkpoint
    from deltascribe.text import Vocabulary
    from deltascribe.text.special import END

    vocabulary = Vocabulary.build(["a house is built on the bare ground and some trees near road were removed"], min_count=1)
    settings = {
        "backbone": {"name": "efficientnet_lite0", "weights": "none", "tuned_stages": 4},
        "width": 32,
        "heads": 4,
        "grid": 4,
        "embedding": 16,
        "text_dimension": 8,
    }
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        model = create_model("dfm", settings, len(vocabulary)).eval()
        # with torch's own first weights the pixels' signal dies out in the backbone, and every pair gets the same words
        for layer in model.modules():
            if isinstance(layer, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(layer.weight)
        weights = dict(model.named_parameters())
        weights["decoder.position.weight"].normal_(std=3.0)
        weights["decoder.bias"][END] = 2.0
        for name, weight in weights.items():
            if name.startswith("decoder.layers") and weight.dim() == 2:
                weight.mul_(4.0)
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    save_checkpoint(folder, Checkpoint(model, vocabulary, "dfm", settings, {"size": 64, "gsd": 0.5}, {}), "# Tiny\n")
    return folder


@pytest.fixture
def fake_renderer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts tiny stand-ins in the place of the parts that render pairs."""
    from deltascribe.datasets.synthetic import makers

    fakes = runpy.run_path(str(Path(__file__).parent / "data" / "synthetic" / "fake_parts.py"))
    scenarios = {name: SimpleNamespace(weight=1.0, title=f"title of {name}") for name in ("build", "demolish", "no_change")}
    parts = {
        "painting": {"paint": fakes["paint"], "change_mask": fakes["mask"], "draw_looks": fakes["looks"]},
        "planning": {"plan_place": fakes["plan"], "SCENARIOS": scenarios},
        "wording": {"caption_place": fakes["caption"]},
    }
    for name, functions in parts.items():
        monkeypatch.setitem(sys.modules, f"deltascribe.datasets.synthetic.{name}", SimpleNamespace(**functions))
    makers.default_makers.cache_clear()
    yield
    makers.default_makers.cache_clear()
