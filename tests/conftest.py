"""Fixtures that every test may use."""

from __future__ import annotations

import runpy
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

torch.set_num_threads(1)

VOID = {"meta", "img", "input"}
Attributes = dict[str, str | None]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor fill the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DELTASCRIBE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def own_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test imports or registers as a user's own is forgotten after it."""
    from deltascribe.models import registry

    monkeypatch.setenv("DELTASCRIBE_IMPORT", "")
    monkeypatch.delenv("DELTASCRIBE_IMPORT")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


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


@pytest.fixture(scope="session")
def build_detector() -> Callable[..., Any]:
    """Builds a change detector of width 16 with random weights, in evaluation mode, whose masks differ from place to place."""
    from deltascribe.models.backbones import BackboneConfig
    from deltascribe.models.detector import ChangeDetector, DetectorConfig

    def make(**settings: Any) -> ChangeDetector:
        torch.manual_seed(0)
        model = ChangeDetector(
            DetectorConfig(**{"backbone": BackboneConfig(weights="none", tuned_stages=4), "width": 16, **settings})
        ).eval()
        for name, parameter in model.named_parameters():
            if "refine" in name or "gate" in name:  # these start at zero
                torch.nn.init.normal_(parameter, std=0.1)
        return model

    return make


@pytest.fixture(scope="session")
def tiny_detector(build_detector: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoint folder of a small random detector (crops of 64 pixels, 0.5 m a pixel) that finds change in any pair."""
    from deltascribe.models.detector import DetectorCheckpoint, save_detector

    folder = tmp_path_factory.mktemp("detector") / "tiny"
    save_detector(folder, DetectorCheckpoint(build_detector(), 64, 0.5, 0.01, {}), "# Tiny\n")
    return folder


@pytest.fixture
def shipped(tmp_path: Path, tiny_checkpoint: Path, tiny_detector: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the shipped models in which the two defaults, with checksums, take the place of the package's own."""
    from deltascribe.shipped import DEFAULT_DETECTOR, DEFAULT_MODEL, write_checksums

    root = tmp_path / "shipped"
    for name, source in ((DEFAULT_MODEL, tiny_checkpoint), (DEFAULT_DETECTOR, tiny_detector)):
        shutil.copytree(source, root / name)
        write_checksums(root / name)
    monkeypatch.setattr("deltascribe.shipped.MODELS", root)
    return root


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


@dataclass
class Page(HTMLParser):
    """Tags, attributes and text of an HTML page."""

    tags: list[tuple[str, Attributes]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, tag: str, kind: str | None = None) -> list[Attributes]:
        return [found for name, found in self.tags if name == tag and (kind is None or kind in (found.get("class") or "").split())]


@pytest.fixture
def parse() -> Callable[[str], Page]:
    """Reads HTML; every tag must close."""

    def read(html: str) -> Page:
        page = Page()
        page.feed(html)
        page.close()
        assert page.open == []
        return page

    return read
