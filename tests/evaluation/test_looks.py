from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.datasets import ChangeDataset
from deltascribe.evaluation import Prediction
from deltascribe.evaluation.inference import to_pair
from deltascribe.evaluation.looks import BY_RULE, TILED, UNTOLD, choose_looks, encode, look_at, mean_levels, run_looks
from deltascribe.generation import word_attention
from deltascribe.models import Batch
from deltascribe.pair import scale_images
from deltascribe.text import normalise

from .conftest import FakeCaptioner

MakeDataset = Callable[..., ChangeDataset]


def said(name: str, caption: str = "a road", own: bool = True) -> Prediction:
    return Prediction(name, caption, ("a road",), True, log_probability=-1.0 if own else None)


@pytest.fixture
def captioner(tiny_checkpoint: Path) -> ChangeCaptioner:
    return ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu")


def predict(captioner: ChangeCaptioner, dataset: ChangeDataset, gate: bool = False) -> list[Prediction]:
    reports = captioner.caption([to_pair(dataset[index]) for index in range(len(dataset))], gate=gate)
    scores = [sum(score for _, score in report.token_log_probabilities) for report in reports]
    return [
        Prediction(record.name, normalise(report.caption), record.captions, bool(record.changed), log_probability=score or None)
        for record, report, score in zip(dataset.records, reports, scores, strict=True)
    ]


def test_pairs_are_drawn_with_the_seed_those_with_a_sentence_of_the_decoder_first() -> None:
    predictions = [said(str(row), own=row % 2 == 0) for row in range(20)]
    shown = list(range(2, 20))
    chosen = choose_looks(predictions, shown, 5, seed=3)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == 5
    assert all(row % 2 == 0 and row >= 2 for row in chosen)
    assert choose_looks(predictions, shown, 5, seed=3) == chosen
    assert any(choose_looks(predictions, shown, 5, seed=seed) != chosen for seed in range(4, 8))
    # nine have a sentence of their own, the tenth has not
    assert sum(row % 2 for row in choose_looks(predictions, shown, 10)) == 1
    assert choose_looks(predictions, shown, 99) == shown


def test_the_attention_is_that_of_the_sentence_as_it_was_written(captioner: ChangeCaptioner, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(3, 2)
    predictions = predict(captioner, dataset)
    looks = run_looks(captioner, dataset, range(5), predictions, [0, 3, 4], batch_size=2, progress=False)
    assert list(looks.pairs) == [0, 3, 4]
    for row, look in looks.pairs.items():
        assert " ".join(look.words) == predictions[row].caption
        assert look.attention is not None
        assert look.attention.shape == (len(look.words), 4, 4)
        np.testing.assert_allclose(look.attention.sum((1, 2)), 1, rtol=1e-4)
        pair = scale_images(dataset[row].pair[None], 64, 64)
        model: Any = captioner.checkpoint.model
        with torch.inference_mode():
            memory = model.encode(Batch(pair=pair))
        tokens = torch.tensor([captioner.checkpoint.vocabulary.encode(predictions[row].caption)[1:-1]])
        np.testing.assert_allclose(look.attention, word_attention(model, memory, tokens)[0], rtol=1e-3, atol=1e-5)
        assert look.remark == ""
    assert looks.missing == ("gates (the model has no learned, area or channel gate)",)


def test_evaluated_pairs_are_found_by_their_index(captioner: ChangeCaptioner, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(3, 0)
    whole = predict(captioner, dataset)
    every = run_looks(captioner, dataset, range(3), whole, [2], progress=False).pairs[2]
    picked = run_looks(captioner, dataset, [2], whole[2:], [0], progress=False).pairs[0]
    assert every.attention is not None
    assert picked.attention is not None
    np.testing.assert_array_equal(every.attention, picked.attention)


def test_a_sentence_by_rule_and_a_tiled_pair_have_a_remark_instead(captioner: ChangeCaptioner, make_dataset: MakeDataset) -> None:
    dataset = make_dataset(2, 0)
    large = replace(dataset[1], pair=torch.rand(2, 3, 130, 64))
    memory = encode(captioner, [dataset[0], large])
    looks = look_at(captioner, memory, [dataset[0], large], [None, "a house"])
    assert [look.remark for look in looks] == [BY_RULE, TILED]
    assert all(look.attention is None and look.words == () for look in looks)


def test_a_decoder_that_tells_no_attention_is_named(
    captioner: ChangeCaptioner, make_dataset: MakeDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(1, 1)
    monkeypatch.setattr(type(captioner.checkpoint.model.decoder), "attention", None)
    predictions = [said("pair_0", "a house"), said("still_0", own=False)]
    looks = run_looks(captioner, dataset, range(2), predictions, [0, 1], progress=False)
    assert [look.remark for look in looks.pairs.values()] == [UNTOLD, BY_RULE]
    assert looks.missing[0] == "attention (the decoder tells none)"


def test_a_memory_of_many_grids_is_summed_to_one_map(
    captioner: ChangeCaptioner, make_dataset: MakeDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = make_dataset(1, 0)[0]
    memory = encode(captioner, [sample])
    for grids, shape in ((2, (2, 2, 4, 4)), (3, (2, 4, 4))):
        look = look_at(captioner, replace(memory, tokens=memory.tokens.repeat(1, grids, 1)), [sample], ["a house"])[0]
        assert look.attention is not None
        assert look.attention.shape == shape
        assert look.attention[0].sum() == pytest.approx(1, rel=1e-4)


def test_a_captioner_without_a_checkpoint_shows_nothing(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(1, 0)
    looks = run_looks(FakeCaptioner(dataset), dataset, [0], [said("pair_0")], [0], progress=False)
    assert looks.pairs == {}
    assert looks.missing == ("attention and gates (the captioner gives no checkpoint)",)


def test_levels_are_averaged_over_each_kind_of_pairs() -> None:
    levels = [{"stride 8": 0.25, "stride 16": 0.75}, {"stride 8": 0.75, "stride 16": 0.25}, {}, {"stride 8": 1.0, "stride 16": 0.0}]
    assert mean_levels(levels, [True, True, True, False]) == {
        "changed": {"stride 8": 0.5, "stride 16": 0.5},
        "no_change": {"stride 8": 1.0, "stride 16": 0.0},
    }
    assert mean_levels(levels[:3], [True, True, False]) == {"changed": {"stride 8": 0.5, "stride 16": 0.5}}
    assert mean_levels([], [True, False]) == {}
    assert mean_levels([{}, {}], [True, False]) == {}
