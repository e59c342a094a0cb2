from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from deltascribe.datasets import ChangeDataset
from deltascribe.errors import MissingDependencyError
from deltascribe.evaluation import gates
from deltascribe.evaluation.gates import GateValues, open_gates
from deltascribe.losses import area_gate
from deltascribe.models import Batch, create_model
from deltascribe.text import normalise

MakeDataset = Callable[..., ChangeDataset]
SETTINGS: dict[str, Any] = {
    "backbone": {"weights": "none"},
    "width": 32,
    "heads": 4,
    "grid": 4,
    "embedding": 16,
    "text_dimension": 8,
}


class WordEncoder:
    """A unit vector a sentence, drawn from its letters."""

    name, dimension = "words", 8

    def encode(self, sentences: Sequence[str]) -> Tensor:
        rows = [torch.randn(8, generator=torch.Generator().manual_seed(sum(map(ord, text)))) for text in sentences]
        return F.normalize(torch.stack(rows), dim=1)


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    """The sentence encoder that every name leads to."""
    words = WordEncoder()
    monkeypatch.setattr(gates, "build_sentence_encoder", lambda name, fit_on=None, *, device="cpu": words)
    return words


def make_captioner(training: dict[str, Any], **settings: Any) -> Any:
    torch.manual_seed(0)
    model: Any = create_model("dfm", {**SETTINGS, **settings}, 12).eval()
    for layer in (model.pair_gate.out if model.pair_gate else None, model.channel_gate):
        if layer is not None:
            torch.nn.init.normal_(layer.weight)
    checkpoint = SimpleNamespace(model=model, name="dfm", training={"sentence_encoder": "words", **training})
    return SimpleNamespace(checkpoint=checkpoint, device=torch.device("cpu"), size=64)


def read(captioner: Any, dataset: ChangeDataset) -> tuple[list[GateValues], Tensor, list[Any]]:
    """The gates of all pairs, the pairs as the model sees them, and their samples."""
    reader, reason = open_gates(captioner)
    assert reader is not None
    assert reason == ""
    samples = [dataset[index] for index in range(len(dataset))]
    pairs = F.interpolate(torch.stack([sample.pair for sample in samples]).flatten(0, 1), (64, 64)).unflatten(0, (-1, 2))
    with torch.inference_mode():
        memory = captioner.checkpoint.model.encode(Batch(pair=pairs))
    return reader.read(memory, samples, [bool(sample.changed) for sample in samples]), pairs, samples


def text_of(encoder: WordEncoder, samples: list[Any]) -> Tensor:
    """Vectors of the pairs' references, as training gives them to a model."""
    return F.normalize(torch.stack([encoder.encode([normalise(text) for text in sample.captions]).mean(0) for sample in samples]), dim=1)


def test_a_learned_gate_is_what_training_weighs_pairs_by(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    captioner = make_captioner({"gate": "learned"}, learned_gate=True)
    values, pairs, samples = read(captioner, make_dataset(2, 1))
    with torch.no_grad():
        trained = captioner.checkpoint.model(Batch(pair=pairs, tokens=torch.tensor([[[1, 4, 2]]] * 3), text=text_of(encoder, samples))).gate
    # an unchanged pair is left out whatever the network says of it
    assert [value.pair for value in values] == pytest.approx([*trained[:2].tolist(), 0])
    assert trained[2] > 0
    assert values[0].pair != pytest.approx(0.5, abs=1e-3)
    assert {value.kind for value in values} == {"learned"}
    assert values[0].channels is None


def test_an_area_gate_reads_the_known_mask_and_else_the_predicted_one(make_dataset: MakeDataset) -> None:
    captioner = make_captioner({"gate": "area", "area_half": 0.5})
    # the masks of the data set cover the whole image
    values, _, _ = read(captioner, make_dataset(1, 1))
    whole = float(area_gate(torch.ones(1), torch.ones(1), half=0.5))
    assert [value.pair for value in values] == pytest.approx([whole, 0])
    values, pairs, _ = read(captioner, make_dataset(1, 1, label=False))
    with torch.no_grad():
        area = captioner.checkpoint.model.encode(Batch(pair=pairs[:1])).mask_logits.sigmoid().mean()
    assert values[0].pair == pytest.approx(float(area_gate(torch.ones(1), area[None], half=0.5)))
    assert {value.kind for value in values} == {"area"}


def test_an_area_gate_without_any_mask_counts_as_half_way(make_dataset: MakeDataset) -> None:
    values, _, _ = read(make_captioner({"gate": "area"}, mask_head=False), make_dataset(1, 0, label=False))
    assert values[0].pair == pytest.approx(0.25 + 0.75 / 2)


def test_a_gate_on_channels_tells_its_spread(make_dataset: MakeDataset, encoder: WordEncoder) -> None:
    captioner = make_captioner({"gate": "binary"}, channel_gate=True)
    values, _, samples = read(captioner, make_dataset(1, 0))
    weights = captioner.checkpoint.model.channel_weights(text_of(encoder, samples)).detach()
    assert values[0].channels == pytest.approx((float(weights.min()), float(weights.mean()), float(weights.max())))
    assert (values[0].kind, values[0].pair) == ("", None)


@pytest.mark.parametrize(
    ("training", "settings"),
    [
        ({"gate": "binary"}, {}),
        ({"gate": "binary"}, {"learned_gate": True}),  # there, but not trained
        ({}, {}),
        ({"gate": "area", "sentence_encoder": None}, {}),
    ],
)
def test_a_model_without_such_gates_says_so(training: dict[str, Any], settings: dict[str, Any]) -> None:
    assert open_gates(make_captioner(training, **settings)) == (None, "the model has no learned, area or channel gate")


def test_a_missing_sentence_encoder_is_the_reason(monkeypatch: pytest.MonkeyPatch, make_dataset: MakeDataset) -> None:
    def refuse(name: str, fit_on: Any = None, *, device: str = "cpu") -> WordEncoder:
        raise MissingDependencyError("sentence-transformers", "The sentence encoder", "train")

    monkeypatch.setattr(gates, "build_sentence_encoder", refuse)
    reader, reason = open_gates(make_captioner({"gate": "learned"}, learned_gate=True))
    assert reader is None
    assert "'words' can't be used here" in reason
    # an area gate reads no sentence
    reader, reason = open_gates(make_captioner({"gate": "area"}, channel_gate=True))
    assert reader is not None
    assert "can't be used here" in reason
