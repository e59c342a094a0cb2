"""Augmented crops: the mask stays true, and the seed alone decides."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from deltascribe.training.detector.augment import MaskAugment, Pixels
from deltascribe.training.detector.config import MaskAugmentConfig

OFF = dict.fromkeys(("centred", "dihedral", "swap_dates", "paste", "shift", "photometric", "noise", "half_resolution", "blur"), 0)


def scene(size: int = 96, top: int = 40, left: int = 60) -> Pixels:
    """Grey ground; a square of 20 pixels is white in the after image and marked in the mask."""
    pair = torch.full((2, 3, size, size), 100, dtype=torch.uint8)
    mask = torch.zeros(size, size, dtype=torch.uint8)
    pair[1, :, top : top + 20, left : left + 20] = 255
    mask[top : top + 20, left : left + 20] = 1
    return pair, mask


def augment(size: int = 64, **changes: Any) -> MaskAugment:
    return MaskAugment(MaskAugmentConfig(**{**OFF, "scale": (1.0, 1.0), **changes}), size)


def run(augment: MaskAugment, pixels: Pixels, seed: int, zoom: float = 1.0, donor: Pixels | None = None) -> tuple[Tensor, Tensor]:
    return augment(pixels, zoom, (seed,), lambda number: (pixels if donor is None else donor, 1.0))


@pytest.mark.parametrize(
    "changes",
    [{}, {"scale": (0.6, 1.8)}, {"dihedral": 1}, {"centred": 1}, {"swap_dates": 1}, {"shift": 1}, {"scale": (0.4, 0.5), "dihedral": 1}],
)
def test_the_mask_marks_what_differs(changes: dict[str, Any]) -> None:
    for seed in range(20):
        pair, mask = run(augment(**changes), scene(), seed)
        assert pair.shape == (2, 3, 64, 64)
        assert pair.dtype == torch.float32
        assert mask.shape == (64, 64)
        assert mask.dtype == torch.uint8
        assert 0 <= float(pair.min()) <= float(pair.max()) <= 1
        differs = (pair[1] - pair[0]).abs().amax(0) > 0.3
        # the border of a resampled square may lie half a pixel off
        assert float((differs != (mask > 0)).float().mean()) < 0.02


def test_the_same_seed_gives_the_same_crop_and_another_one_another() -> None:
    full = MaskAugment(MaskAugmentConfig(paste=1), 64)
    one, two, other = (run(full, scene(), seed, donor=scene(top=5, left=5)) for seed in (1, 1, 2))
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1], two[1])
    assert not torch.equal(one[0], other[0])


def test_a_centred_crop_holds_change_and_a_free_one_sometimes_does_not() -> None:
    wide = scene(size=160, top=10, left=130)
    found = [bool(run(augment(centred=share), wide, seed)[1].any()) for share in (1, 0) for seed in range(30)]
    assert all(found[:30])
    assert 0 < sum(found[30:]) < 25


def test_images_of_a_coarser_resolution_are_magnified() -> None:
    pair, mask = run(augment(size=192), scene(), 0, zoom=2.0)
    assert int(mask.sum()) == pytest.approx(40 * 40, rel=0.02)
    assert float(pair[1].max()) == 1


def test_an_image_smaller_than_the_window_is_mirrored_at_its_border() -> None:
    pair, mask = run(augment(size=64), scene(size=40, top=10, left=10), 5)
    assert bool(((pair[1, 0] > 0.9) == (mask > 0)).all())
    assert int(mask.sum()) >= 400


def test_swapped_dates_keep_the_mask() -> None:
    kept, swapped = (run(augment(swap_dates=share), scene(), 3) for share in (0, 1))
    assert torch.equal(kept[0], swapped[0].flip(0))
    assert torch.equal(kept[1], swapped[1])


def test_pasted_changes_are_in_the_after_image_and_in_the_mask_and_nothing_is_covered() -> None:
    donor = scene(top=6, left=6)
    donor[0][1, :, 6:26, 6:26] = 200
    size = 96
    pair, mask = run(augment(size=size, paste=1), scene(), 0, donor=donor)
    expected = (scene()[1] > 0) | (donor[1] > 0)
    assert torch.equal(mask > 0, expected)
    assert bool((pair[1, :, 6:26, 6:26] == 200 / 255).all())
    assert bool((pair[1, :, 40:60, 60:80] == 1).all())
    assert bool((pair[0] == 100 / 255).all())
    covered, _ = run(augment(size=size, paste=1), scene(), 0, donor=(donor[0], scene()[1]))
    assert bool((covered[1, :, 40:60, 60:80] == 1).all())


def test_the_before_image_alone_is_shifted() -> None:
    pixels = scene()
    pixels[0][0, :, 48, 48] = 255
    moved = set()
    for seed in range(40):
        pair, mask = run(augment(size=96, shift=1), pixels, seed)
        assert torch.equal(mask, pixels[1])
        assert torch.equal(pair[1], pixels[0][1].float() / 255)
        place = (pair[0, 0] == 1).nonzero()[0]
        moved.add((int(place[0]) - 48, int(place[1]) - 48))
    assert all(abs(value) <= 2 for place in moved for value in place)
    assert len(moved) > 8


@pytest.mark.parametrize("option", ["photometric", "noise", "half_resolution", "blur"])
def test_light_and_sharpness_leave_the_mask_and_stay_in_range(option: str) -> None:
    plain, mask = run(augment(size=96), scene(), 1)
    changed, other = run(augment(size=96, **{option: 1}), scene(), 1)
    assert torch.equal(mask, other)
    assert not torch.equal(plain, changed)
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1


def test_classes_survive_resampling() -> None:
    pair, mask = scene()
    mask[40:60, 70:80] = 2
    _, crop = run(augment(size=192), (pair, mask), 0, zoom=2.0)
    assert crop.unique().tolist() == [0, 1, 2]
    assert int((crop == 2).sum()) == pytest.approx(800, rel=0.05)
