"""Image operations of the augmentation, by their closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from deltascribe.training.jitter import add_noise, blur, change_sharpness, halve_resolution, recolour, shift_image

NONE = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "cast": 0.0, "gamma": 0.0}


def _images(seed: int = 0, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
    return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * (high - low) + low


def _recolour(images: torch.Tensor, seed: int = 1, **limits: float) -> torch.Tensor:
    return recolour(images, torch.Generator().manual_seed(seed), **{**NONE, **limits})


def test_no_limits_change_no_colour() -> None:
    images = _images()
    torch.testing.assert_close(_recolour(images), images)


def test_brightness_adds_one_number_to_each_image() -> None:
    images = _images(low=0.3, high=0.7)
    change = (_recolour(images, brightness=0.2) - images).flatten(1)
    assert change.std(1).max() < 1e-6
    assert change.mean(1).abs().max() <= 0.2
    assert (change[0, 0] - change[1, 0]).abs() > 1e-3


def test_contrast_keeps_the_mean_grey_and_scales_the_rest() -> None:
    images = _images(low=0.4, high=0.6)
    changed = _recolour(images, contrast=0.5)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    torch.testing.assert_close((changed * luma).sum(1).mean((1, 2)), (images * luma).sum(1).mean((1, 2)))
    ratio = changed.std((1, 2, 3)) / images.std((1, 2, 3))
    assert ((ratio > 0.49) & (ratio < 1.51) & ((ratio - 1).abs() > 0.01)).all()


def test_saturation_keeps_each_pixels_grey() -> None:
    images = _images(low=0.3, high=0.7)
    changed = _recolour(images, saturation=0.4)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    torch.testing.assert_close((changed * luma).sum(1), (images * luma).sum(1))
    assert (changed - images).abs().max() > 1e-3


def test_cast_multiplies_each_channel() -> None:
    images = _images(low=0.2, high=0.8)
    factor = (_recolour(images, cast=0.1) / images).flatten(2)
    assert factor.std(2).max() < 1e-5
    assert (factor - 1).abs().max() <= 0.1 + 1e-5
    assert factor[0, :, 0].unique().numel() == 3


def test_gamma_is_one_exponent_for_each_image() -> None:
    images = _images(low=0.1, high=0.9)
    exponent = (_recolour(images, gamma=0.5).log() / images.log()).flatten(1)
    assert exponent.std(1).max() < 1e-4
    assert (exponent.log().abs() <= 0.5 + 1e-4).all()


def test_noise_has_the_deviation_it_was_drawn_for() -> None:
    images = torch.full((2, 3, 64, 64), 0.5)
    generator = torch.Generator().manual_seed(4)
    noise = add_noise(images, generator, 0.05) - images
    drawn = torch.rand(2, 1, 1, 1, generator=torch.Generator().manual_seed(4)).flatten() * 0.05
    torch.testing.assert_close(noise.std((1, 2, 3)), drawn, rtol=0.05, atol=0)


@pytest.mark.parametrize("size", [(16, 16), (15, 16), (15, 17)])
def test_half_resolution_keeps_size_mean_level_and_loses_detail(size: tuple[int, int]) -> None:
    flat = torch.full((1, 3, *size), 0.3)
    torch.testing.assert_close(halve_resolution(flat), flat)
    stripes = (torch.arange(size[1]) % 2).float().expand(1, 3, *size)
    inner = halve_resolution(stripes)[..., 2:-3]
    assert inner.std() < 0.26 * stripes.std()


def test_blur_spreads_a_point_as_a_gaussian() -> None:
    image = torch.zeros(1, 1, 9, 9)
    image[..., 4, 4] = 1
    spread = blur(image, 1.0)[0, 0]
    assert spread.sum() == pytest.approx(1, abs=1e-6)
    assert (spread[4, 5] / spread[4, 4]).item() == pytest.approx(math.exp(-0.5), rel=1e-5)
    assert (spread[6, 4] / spread[4, 4]).item() == pytest.approx(math.exp(-2), rel=1e-5)


def test_shift_moves_right_and_down_and_mirrors_the_border() -> None:
    image = torch.arange(12).view(3, 4)
    assert shift_image(image, 1, 0).tolist() == [[1, 0, 1, 2], [5, 4, 5, 6], [9, 8, 9, 10]]
    assert shift_image(image, -1, 0)[0].tolist() == [1, 2, 3, 2]
    assert shift_image(image, 0, 2)[:, 0].tolist() == [8, 4, 0]
    assert shift_image(image.to(torch.uint8), 0, 0).dtype == torch.uint8


def _sharpened(seed: int, **shares: float) -> torch.Tensor:
    options = {"half_resolution": 0.0, "blurred": 0.0, "of_one": 0.0, **shares}
    return change_sharpness(_images(), torch.Generator().manual_seed(seed), sigma=(0.5, 0.5), **options)


def test_sharpness_changes_as_asked_for() -> None:
    images = _images()
    assert torch.equal(_sharpened(0), images)
    assert torch.equal(_sharpened(0, blurred=1), blur(images, 0.5))
    assert torch.equal(_sharpened(0, half_resolution=1), halve_resolution(images))
    # half the resolution goes before the blur
    assert torch.equal(_sharpened(0, half_resolution=1, blurred=1), halve_resolution(images))


def test_sharpness_of_one_date_alone_changes_either_one() -> None:
    images, soft = _images(), blur(_images(), 0.5)
    first = second = 0
    for seed in range(40):
        changed = _sharpened(seed, blurred=1, of_one=1)
        first += torch.equal(changed, torch.stack((soft[0], images[1])))
        second += torch.equal(changed, torch.stack((images[0], soft[1])))
    assert first + second == 40
    assert 10 <= first <= 30


def test_the_blur_is_drawn_between_its_limits() -> None:
    images = _images()
    distances = []
    for seed in range(30):
        generator = torch.Generator().manual_seed(seed)
        changed = change_sharpness(images, generator, half_resolution=0, blurred=1, of_one=0, sigma=(0.4, 1.2))
        distances.append(float((changed - images).abs().mean()))
    weakest, strongest = (float((blur(images, sigma) - images).abs().mean()) for sigma in (0.4, 1.2))
    assert weakest <= min(distances) < max(distances) <= strongest
    assert len(set(distances)) > 20
