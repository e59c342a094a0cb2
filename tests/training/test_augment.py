"""Augmented pairs stay true: places, masks, flags, ranges, and the same draw for the same seed."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from deltascribe.datasets.sample import ChangeSample
from deltascribe.text import NO_CHANGE_SENTENCES
from deltascribe.training.augment import Augment, AugmentConfig

SIZE = 32
CORNERS = {"upper left": (0, 0), "upper right": (0, 1), "lower left": (1, 0), "lower right": (1, 1)}
SIDES = {"at the top": (0, None), "at the bottom": (1, None), "on the left": (None, 0), "on the right": (None, 1)}


def _sample(captions: list[str] | None = None, changed: bool | None = True, mask: bool = True, width: int = SIZE) -> ChangeSample:
    """A bright square appears in the upper left quadrant of a noisy ground."""
    pair = torch.rand(2, 3, SIZE, width, generator=torch.Generator().manual_seed(0)) * 0.2
    pair[1, :, 4:12, 4:12] = 0.9
    label = torch.zeros(SIZE, width, dtype=torch.uint8)
    label[4:12, 4:12] = 1
    sentences = captions or ["a shed is built in the upper left corner"]
    return ChangeSample("one", "train", pair, sentences, changed, label if mask else None)


def _only(**values: float) -> Augment:
    return Augment(AugmentConfig.off().model_copy(update=values))


def _bytes(sample: ChangeSample) -> tuple[bytes, bytes, tuple[str, ...], bool | None]:
    assert sample.mask is not None
    return sample.pair.numpy().tobytes(), sample.mask.numpy().tobytes(), tuple(sample.captions), sample.changed


def test_off_changes_nothing() -> None:
    sample = _sample()
    assert _bytes(Augment(AugmentConfig.off())(sample, (0, 0, 0))) == _bytes(sample)


def test_the_square_is_where_the_caption_says_for_every_symmetry() -> None:
    augment = _only(dihedral=1)
    sample = _sample(["a shed is built in the upper left corner", "a shed appears on the left", "a shed appears at the top"])
    seen = set()
    for index in range(80):
        result = augment(sample, (1, 0, index))
        corner = next(name for name in CORNERS if name in result.captions[0])
        row, column = CORNERS[corner]
        half = SIZE // 2
        square = result.pair[1].mean(0) > 0.5
        assert square.sum() == 64
        assert square[row * half : (row + 1) * half, column * half : (column + 1) * half].sum() == 64
        for caption in result.captions[1:]:
            side = SIDES[next(name for name in SIDES if name in caption)]
            assert all(wanted in (None, found) for wanted, found in zip(side, (row, column), strict=True))
        assert torch.equal(result.mask == 1, square)
        seen.add((corner, result.pair[0].numpy().tobytes()))
    assert len(seen) == 8


def test_a_transform_that_a_caption_cannot_follow_is_not_drawn() -> None:
    sample = _sample(["a shed is built right beside the road", "two vertical roads cross"])
    square_places = set()
    for index in range(40):
        result = _only(dihedral=1)(sample, (2, 0, index))
        assert result.captions == sample.captions
        rows, columns = (result.pair[1].mean(0) > 0.5).nonzero(as_tuple=True)
        square_places.add((int(rows.min()), int(columns.min())))
    # neither left and right nor the axes may change: identity and upside down remain
    assert square_places == {(4, 4), (20, 4)}


def test_images_that_are_not_square_keep_their_shape() -> None:
    shapes = {tuple(_only(dihedral=1)(_sample(width=48), (3, 0, index)).pair.shape) for index in range(20)}
    assert shapes == {(2, 3, 32, 48)}


def test_the_mask_stays_with_the_after_image_under_a_shift() -> None:
    moved = set()
    for index in range(60):
        sample = _sample()
        result = _only(shift=1)(sample, (4, 0, index))
        assert torch.equal(result.mask == 1, result.pair[1].mean(0) > 0.5)
        still = [torch.equal(result.pair[date], sample.pair[date]) for date in (0, 1)]
        assert any(still)
        moved.add(still.index(False) if False in still else -1)
        rows, columns = (result.pair[1].mean(0) > 0.5).nonzero(as_tuple=True)
        assert max(abs(int(rows.min()) - 4), abs(int(columns.min()) - 4)) <= 4
    assert {0, 1} <= moved


def test_the_same_date_twice_becomes_a_pair_without_change() -> None:
    dates = set()
    for index in range(20):
        sample = _sample()
        result = _only(identical=1)(sample, (5, 0, index))
        assert torch.equal(result.pair[0], result.pair[1])
        dates.add(torch.equal(result.pair[0], sample.pair[1]))
        assert result.captions == list(NO_CHANGE_SENTENCES)
        assert result.changed is False
        assert result.mask is not None
        assert result.mask.sum() == 0
    assert dates == {True, False}


def test_a_pair_without_a_mask_gets_none() -> None:
    assert all(Augment()(_sample(mask=False), (6, 0, index)).mask is None for index in range(30))


def test_identical_pairs_come_as_often_as_asked_and_keep_two_views() -> None:
    augment = Augment(AugmentConfig(identical=0.3))
    results = [augment(_sample(), (7, 0, index)) for index in range(400)]
    unchanged = [result for result in results if result.changed is False]
    assert 85 <= len(unchanged) <= 155  # 3 standard deviations around 120
    different = sum(not torch.equal(*result.pair) for result in unchanged)
    assert different > 0.9 * len(unchanged)


def test_dates_are_swapped_only_where_nothing_changed() -> None:
    augment = _only(swap_dates=1)
    unchanged, changed = _sample(list(NO_CHANGE_SENTENCES), changed=False), _sample()
    assert torch.equal(augment(unchanged, (8, 0, 0)).pair, unchanged.pair.flip(0))
    assert torch.equal(augment(changed, (8, 0, 0)).pair, changed.pair)


def test_the_same_seed_gives_the_same_bits_in_any_order() -> None:
    augment = Augment()
    seeds = [(9, epoch, index) for epoch in range(3) for index in range(8)]
    first = {seed: _bytes(augment(_sample(), seed)) for seed in seeds}
    torch.manual_seed(123)
    second = {seed: _bytes(Augment()(_sample(), seed)) for seed in reversed(seeds)}
    assert first == second
    assert len(set(first.values())) == len(seeds)


def test_the_global_generator_is_left_alone_and_the_sample_too() -> None:
    sample = _sample()
    before, state = _bytes(sample), torch.random.get_rng_state()
    for index in range(20):
        Augment()(sample, (10, 0, index))
    assert _bytes(sample) == before
    assert torch.equal(torch.random.get_rng_state(), state)


def test_values_stay_in_range_and_memory_is_contiguous() -> None:
    strong = AugmentConfig(brightness=1, contrast=0.9, saturation=1, cast=0.9, gamma=2, noise_deviation=1, noise=1, photometric=1)
    for index in range(60):
        result = Augment(strong)(_sample(), (11, 0, index))
        assert result.pair.dtype == torch.float32
        assert result.pair.is_contiguous()
        assert torch.isfinite(result.pair).all()
        assert result.pair.min() >= 0
        assert result.pair.max() <= 1
        assert result.mask is not None
        assert result.mask.dtype == torch.uint8
        assert result.mask.is_contiguous()


def test_light_changes_independently_in_the_two_dates() -> None:
    sample = _sample()
    sample.pair[1] = sample.pair[0]
    result = _only(photometric=1)(sample, (12, 0, 0))
    assert (result.pair[0] - result.pair[1]).abs().mean() > 1e-3


def test_sharpness_mostly_changes_in_both_dates() -> None:
    both = 0
    for index in range(100):
        sample = _sample()
        result = _only(half_resolution=1)(sample, (13, 0, index))
        changed = [not torch.equal(result.pair[date], sample.pair[date]) for date in (0, 1)]
        assert any(changed)
        both += all(changed)
    assert 80 <= both <= 99


@pytest.mark.parametrize("values", [{"identical": 1.5}, {"contrast": 1.0}, {"shift_pixels": -1}, {"crop": 0.5}])
def test_a_configuration_that_makes_no_sense_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        AugmentConfig.model_validate(values)


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        AugmentConfig().identical = 0.5  # type: ignore[misc]


def test_changed_pairs_are_swapped_with_the_captions_that_can_follow() -> None:
    augment = _only(swap_changed=1)
    captions = ["a shed of unknown make is there", "a house is built on the left", "the trees are removed", "a house appears"]
    sample = _sample(captions)
    result = augment(sample, (14, 0, 0))
    assert torch.equal(result.pair, sample.pair.flip(0))
    assert result.captions == ["a house is removed on the left", "some trees appear", "a house disappears"]
    assert result.changed is True
    assert result.caption_source == sample.caption_source
    assert result.mask is not None
    assert sample.mask is not None
    assert torch.equal(result.mask, sample.mask)


@pytest.mark.parametrize(
    ("captions", "changed"),
    [
        (["a house is built"], None),  # a pair of unknown kind
        (list(NO_CHANGE_SENTENCES), False),
        (["a house is built", "the road is wider", "the lake is deeper"], True),  # one caption alone can follow
        (["the road is wider"], True),
    ],
)
def test_other_pairs_are_not_swapped(captions: list[str], changed: bool | None) -> None:
    sample = _sample(captions, changed=changed)
    assert _bytes(_only(swap_changed=1)(sample, (15, 0, 0))) == _bytes(sample)


def test_a_pair_of_one_caption_is_swapped_by_it() -> None:
    assert _only(swap_changed=1)(_sample(["a house is built"]), (16, 0, 0)).captions == ["a house is removed"]


def test_swapped_pairs_are_turned_with_their_new_captions() -> None:
    sample = _sample(["a house appears in the upper left corner", "a house is built on the left", "a house is built at the top"])
    for index in range(20):
        result = _only(swap_changed=1, dihedral=1)(sample, (17, 0, index))
        row, column = CORNERS[next(name for name in CORNERS if name in result.captions[0])]
        assert "disappears" in result.captions[0]
        square = (result.pair[0].mean(0) > 0.5).nonzero()
        assert (int(square[0, 0]) // 16, int(square[0, 1]) // 16) == (row, column)


def test_a_share_of_the_changed_pairs_is_swapped() -> None:
    sample = _sample(["a house is built"])
    swapped = [_only(swap_changed=0.3)(sample, (18, 0, index)).captions != sample.captions for index in range(400)]
    assert 85 <= sum(swapped) <= 155  # 3 standard deviations around 120


def test_the_draws_of_a_run_without_swaps_stay_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []
    monkeypatch.setattr("deltascribe.training.augment.happens", lambda share, generator: drawn.append(share))
    Augment(AugmentConfig(swap_changed=0))(_sample(), (19, 0, 0))
    without = list(drawn)
    drawn.clear()
    Augment(AugmentConfig(swap_changed=0.4))(_sample(), (19, 0, 0))
    assert AugmentConfig().swap_changed == 0
    assert len(drawn) == len(without) + 1
