"""Order and collation of training batches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.datasets import open_dataset
from deltascribe.datasets.sample import ChangeSample
from deltascribe.locks import locked
from deltascribe.text import Vocabulary
from deltascribe.text.special import END, NO_CHANGE_SENTENCES, PAD, START
from deltascribe.training import text_vectors
from deltascribe.training.augment import Augment, AugmentConfig
from deltascribe.training.data import AugmentedPairs, Collate, EpochBatches, TrainingItem
from deltascribe.training.text_vectors import TextVectors
from deltascribe.training.weights import PairWeights

ROAD, HOUSE = "a road is built", "two houses appear on the left"


class Axes:
    """Gives each sentence an axis of its own."""

    name, dimension = "axes", 64

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def encode(self, sentences: list[str]) -> torch.Tensor:
        self.sentences = list(sentences)
        return torch.eye(64)[: len(sentences)]


def pairs(count: int = 20, size: int = 4, seed: int = 1, epoch: int = 0, **rest: int) -> list[list[int]]:
    batches = list(EpochBatches(count, size, seed, epoch, **rest))
    assert {place[0] for batch in batches for place in batch} <= {epoch}
    return [[index for _, index in batch] for batch in batches]


def item(captions: list[str], changed: bool | None, mask: bool = True, name: str = "pair", source: str = "human") -> TrainingItem:
    known = torch.ones(8, 8, dtype=torch.uint8) if mask else None
    return TrainingItem(ChangeSample(name, "train", torch.rand(2, 3, 8, 8), captions, changed, known, caption_source=source))


@pytest.mark.parametrize(("count", "size", "batches"), [(20, 4, 5), (23, 4, 5), (3, 4, 1)])
def test_an_epoch_meets_each_pair_at_most_once(count: int, size: int, batches: int) -> None:
    order = pairs(count, size)
    assert len(order) == len(EpochBatches(count, size, 1, 0)) == EpochBatches.per_epoch(count, size) == batches
    flat = [index for batch in order for index in batch]
    assert len(set(flat)) == len(flat) == min(batches * size, count)
    assert set(flat) <= set(range(count))


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    assert pairs() == pairs()
    assert pairs() != pairs(seed=2)
    assert pairs() != pairs(epoch=1)
    torch.manual_seed(5)
    first = pairs()
    torch.manual_seed(6)
    assert first == pairs()


def test_first_leaves_out_exactly_the_batches_before_it() -> None:
    assert pairs(first=2) == pairs()[2:]
    assert len(EpochBatches(20, 4, 1, 0, first=2)) == 3


def test_ranks_share_each_batch_of_a_single_device() -> None:
    whole = pairs(size=4)
    shares = [pairs(size=2, rank=rank, world=2) for rank in range(2)]
    for batch, *parts in zip(whole, *shares, strict=True):
        assert sorted(batch) == sorted(index for part in parts for index in part)
        assert all(len(part) == 2 for part in parts)


def test_an_augmented_pair_is_a_function_of_seed_epoch_and_index(root: Path) -> None:
    dataset = open_dataset(root, "train")
    source = AugmentedPairs(dataset, Augment(), 3)
    one, again, other = source[1, 2], AugmentedPairs(dataset, Augment(), 3)[1, 2], source[2, 2]
    assert torch.equal(one.sample.pair, again.sample.pair)
    assert not torch.equal(one.sample.pair, other.sample.pair)
    plain = AugmentedPairs(dataset, Augment(AugmentConfig.off()), 3)[1, 2].sample
    assert torch.equal(plain.pair, dataset[2].pair)


def test_tokens_have_a_row_for_each_caption_and_rows_of_padding() -> None:
    vocabulary = Vocabulary.build([ROAD, HOUSE, *NO_CHANGE_SENTENCES], 1)
    batch = Collate(vocabulary, 2, 40, None)(
        [item([ROAD, HOUSE, ROAD], True, name="a"), item(list(NO_CHANGE_SENTENCES), False, name="b"), item([ROAD], None, name="c")]
    )
    assert batch.tokens is not None
    assert batch.tokens.shape == (3, 2, 9)  # the no-change sentence has seven words
    assert batch.tokens.dtype == torch.int64
    assert batch.tokens[0, 0].tolist() == [START, *map(vocabulary.index, ROAD.split()), END, PAD, PAD, PAD]
    assert vocabulary.decode(batch.tokens[0, 1]) == HOUSE
    assert vocabulary.decode(batch.tokens[1, 0]) == "the scene is the same as before"
    assert (batch.tokens[1:, 1] == PAD).all()
    assert batch.names == ("a", "b", "c")
    assert batch.text is None
    assert batch.features is None
    assert batch.changed is not None
    assert batch.changed[:2].tolist() == [1, 0]
    assert batch.changed[2].isnan()
    assert batch.pair is not None
    assert batch.pair.shape == (3, 2, 3, 8, 8)


def test_a_long_caption_keeps_its_end() -> None:
    vocabulary = Vocabulary.build([HOUSE], 1)
    batch = Collate(vocabulary, 1, 4, None)([item([HOUSE], True)])
    assert batch.tokens is not None
    assert vocabulary.decode(batch.tokens[0, 0]) == "two houses"
    assert batch.tokens[0, 0, -1] == END


def test_an_unknown_mask_is_255_and_no_mask_at_all_is_none() -> None:
    collate = Collate(Vocabulary.build([ROAD], 1), 1, 40, None)
    batch = collate([item([ROAD], True), item([ROAD], True, mask=False)])
    assert batch.mask is not None
    assert batch.mask.dtype == torch.uint8
    assert (batch.mask[0] == 1).all()
    assert (batch.mask[1] == 255).all()
    assert collate([item([ROAD], True, mask=False)]).mask is None


def test_pairs_weigh_by_whether_they_changed() -> None:
    items = [item([ROAD], flag) for flag in (True, False, None)]
    vocabulary = Vocabulary.build([ROAD], 1)
    assert Collate(vocabulary, 1, 40, None)(items).weight is None
    batch = Collate(vocabulary, 1, 40, None, weights=PairWeights((2.0, 0.75), (3.0, 0.5)))(items)
    assert batch.weight is not None
    assert batch.flag_weight is not None
    assert batch.weight.tolist() == [0.75, 2.0, 1.0]
    assert batch.flag_weight.tolist() == [0.5, 3.0, 1.0]


def test_flags_of_other_sources_are_not_learned_from() -> None:
    items = [item([ROAD], True), item([ROAD], True, source="model"), item([ROAD], False, source="model")]
    batch = Collate(Vocabulary.build([ROAD], 1), 1, 40, None, weights=PairWeights(flag_sources=frozenset({"human"})))(items)
    assert batch.weight is not None
    assert batch.flag_weight is not None
    assert batch.weight.tolist() == [1, 1, 1]
    assert batch.flag_weight.tolist() == [1, 0, 0]


def test_cached_features_stand_in_for_the_images() -> None:
    items = [TrainingItem(item([ROAD], True).sample, [torch.full((2, 5, 4, 4), float(value)), torch.zeros(2, 3, 2, 2)]) for value in (1, 2)]
    batch = Collate(Vocabulary.build([ROAD], 1), 1, 40, None)(items)
    assert batch.pair is None
    assert batch.features is not None
    assert [level.shape for level in batch.features] == [(2, 2, 5, 4, 4), (2, 2, 3, 2, 2)]
    assert batch.features[0][1].unique().tolist() == [2]


def test_a_pairs_text_vector_is_the_unit_mean_of_its_captions() -> None:
    encoder = Axes()
    vectors = TextVectors(encoder, [ROAD, HOUSE])
    row = {sentence: place for place, sentence in enumerate(encoder.sentences)}
    expected = torch.zeros(64)
    expected[[row[ROAD], row[HOUSE]]] = 0.5**0.5
    torch.testing.assert_close(vectors.mean(["A road is built.", HOUSE, "never seen"]), expected)
    batch = Collate(Vocabulary.build([ROAD], 1), 1, 40, vectors)([item([ROAD, HOUSE], True)])
    assert batch.text is not None
    torch.testing.assert_close(batch.text, expected[None])
    assert vectors.mean(["never seen"]).tolist() == [0] * 64


def test_all_texts_of_a_pair_stand_apart_and_what_it_lacks_is_zero() -> None:
    vectors = TextVectors(Axes(), [ROAD, HOUSE])
    batch = Collate(Vocabulary.build([ROAD], 1), 1, 40, vectors, "all")([item([ROAD, HOUSE], True), item([HOUSE], True)])
    assert batch.text is not None
    assert batch.text.shape == (2, 2, 64)
    torch.testing.assert_close(batch.text[0], vectors.each([ROAD, HOUSE]))
    torch.testing.assert_close(batch.text.norm(dim=-1), torch.tensor([[1.0, 1.0], [1.0, 0.0]]))


def test_text_vectors_are_computed_once_and_read_afterwards(tmp_path: Path) -> None:
    first = TextVectors(Axes(), [ROAD, HOUSE], tmp_path)
    encoder = Axes()
    again = TextVectors(encoder, [ROAD, HOUSE], tmp_path)
    assert not encoder.sentences
    assert torch.equal(first.mean([HOUSE]), again.mean([HOUSE]))
    TextVectors(encoder, [ROAD], tmp_path)
    assert encoder.sentences


def test_text_vectors_that_another_process_computes_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TextVectors(Axes(), [ROAD], tmp_path)
    (finished,) = tmp_path.glob("*.safetensors")
    (lock,) = tmp_path.glob(".*.lock")
    aside, other = finished.rename(tmp_path / "unfinished"), ExitStack()
    other.enter_context(locked(tmp_path, lock.name))

    def finishing(folder: Path, name: str, waiting: Callable[[], None]) -> Any:
        def finish() -> None:
            aside.rename(finished)
            other.close()

        return locked(folder, name, waiting=finish)

    monkeypatch.setattr(text_vectors, "locked", finishing)
    encoder = Axes()
    TextVectors(encoder, [ROAD], tmp_path)
    assert not encoder.sentences


def test_captions_that_augmentation_turns_have_vectors() -> None:
    encoder = Axes()
    vectors = TextVectors(encoder, [HOUSE])
    assert {"two houses appear on the left", "two houses appear on the right", "two houses appear at the top"} & set(encoder.sentences)
    assert vectors.mean(["two houses appear on the right"]).norm() == 1
