"""Image operations of the augmentation: light and colour, sharpness, small shifts. All randomness comes from a generator."""

from __future__ import annotations

import math
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from deltascribe.training.draws import happens, whole

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class LightSettings(Protocol):
    """How strongly light, colour and noise are drawn: probabilities and limits of `recolour` and `add_noise`."""

    @property
    def photometric(self) -> float: ...

    @property
    def brightness(self) -> float: ...

    @property
    def contrast(self) -> float: ...

    @property
    def saturation(self) -> float: ...

    @property
    def cast(self) -> float: ...

    @property
    def gamma(self) -> float: ...

    @property
    def noise(self) -> float: ...

    @property
    def noise_deviation(self) -> float: ...


def relight(images: Tensor, settings: LightSettings, generator: torch.Generator) -> Tensor:
    """Light and colour of each image on its own, then noise, each as often as the settings say: [N, 3, H, W] in 0..1 -> the same."""
    if happens(settings.photometric, generator):
        images = recolour(
            images,
            generator,
            brightness=settings.brightness,
            contrast=settings.contrast,
            saturation=settings.saturation,
            cast=settings.cast,
            gamma=settings.gamma,
        )
    return add_noise(images, generator, settings.noise_deviation) if happens(settings.noise, generator) else images


def uniform(low: float, high: float, generator: torch.Generator, size: tuple[int, ...] = ()) -> Tensor:
    """Random numbers, even between two bounds."""
    return torch.rand(size, generator=generator) * (high - low) + low


def recolour(
    images: Tensor,
    generator: torch.Generator,
    *,
    brightness: float,
    contrast: float,
    saturation: float,
    cast: float,
    gamma: float,
) -> Tensor:
    """Changes light and colour of each image on its own.

    Contrast acts around the image's mean grey, saturation between each pixel and its grey, the cast multiplies each channel,
    and the exponent of gamma acts last; values are clipped to 0..1.

    Args:
        images: [N, 3, H, W] in 0..1.
        generator: source of randomness.
        brightness: largest shift of the values, either way.
        contrast, saturation, cast: largest relative change, either way.
        gamma: largest logarithm of the exponent, either way.

    Returns:
        Images [N, 3, H, W] in 0..1.
    """
    count = images.shape[0]
    shift, scale, colour = (uniform(-limit, limit, generator, (count, 1, 1)) for limit in (brightness, contrast, saturation))
    channel = 1 + uniform(-cast, cast, generator, (count, 3, 1))
    exponent = uniform(-gamma, gamma, generator, (count, 1, 1, 1)).exp()
    luma = torch.tensor(_LUMA)
    grey = (images.mean((2, 3)) * luma).sum(1).view(count, 1, 1)
    # the linear steps together are one 3x3 matrix and an offset for each image
    mix = (1 + colour) * torch.eye(3) - colour * luma
    matrix = channel * (1 + scale) * mix
    offset = channel * (shift - scale * grey)
    changed = torch.baddbmm(offset, matrix, images.flatten(2)).view_as(images).clamp_(0, 1)
    return changed.pow_(exponent) if gamma else changed


def add_noise(images: Tensor, generator: torch.Generator, largest: float) -> Tensor:
    """Adds Gaussian noise to each image [N, 3, H, W], of a standard deviation drawn for each between 0 and `largest`."""
    deviation = uniform(0, largest, generator, (images.shape[0], 1, 1, 1))
    return torch.randn(images.shape, generator=generator).mul_(deviation).add_(images).clamp_(0, 1)


def halve_resolution(images: Tensor) -> Tensor:
    """Images [N, 3, H, W] as a sensor of half the ground resolution sees them, brought back to their size."""
    height, width = images.shape[-2:]
    small = F.interpolate(images, size=((height + 1) // 2, (width + 1) // 2), mode="area")
    return F.interpolate(small, size=(height, width), mode="bilinear", align_corners=False)


def blur(images: Tensor, sigma: float) -> Tensor:
    """Images [N, 3, H, W] under a 5x5 Gaussian of standard deviation `sigma` pixels."""
    near, far = math.exp(-0.5 / sigma**2), math.exp(-2 / sigma**2)
    total = 1 + 2 * near + 2 * far
    weights = (1 / total, near / total, far / total)
    padded = F.pad(images, (2, 2, 2, 2), mode="replicate")
    for axis in (-2, -1):
        size = padded.shape[axis] - 4
        a, b, centre, d, e = (padded.narrow(axis, start, size) for start in range(5))
        padded = centre * weights[0] + (b + d) * weights[1] + (a + e) * weights[2]
    return padded


def change_sharpness(
    pair: Tensor, generator: torch.Generator, *, half_resolution: float, blurred: float, of_one: float, sigma: tuple[float, float]
) -> Tensor:
    """A pair [2, 3, H, W] seen at half its ground resolution, or else blurred, or as it is.

    Args:
        pair: two dates.
        generator: source of randomness.
        half_resolution: probability of `halve_resolution`.
        blurred: probability of `blur`, where not seen at half resolution.
        of_one: of those, the share in which one date alone changes, either one as often.
        sigma: least and largest standard deviation of the blur in pixels; it is drawn evenly between them.
    """
    half, soft, alone = (happens(share, generator) for share in (half_resolution, blurred, of_one))
    date, deviation = whole(0, 1, generator), float(uniform(*sigma, generator))
    if not (half or soft):
        return pair
    chosen = pair[date : date + 1] if alone else pair
    chosen = halve_resolution(chosen) if half else blur(chosen, deviation)
    if not alone:
        return chosen
    return torch.cat((chosen, pair[1:]) if date == 0 else (pair[:1], chosen))


def shift_image(image: Tensor, right: int, down: int) -> Tensor:
    """Moves an image or a mask [..., H, W] by whole pixels; what comes in at the border is mirrored."""
    rows = _mirrored(image.shape[-2], down)
    columns = _mirrored(image.shape[-1], right)
    return image.index_select(-2, rows).index_select(-1, columns)


def _mirrored(size: int, shift: int) -> Tensor:
    index = torch.arange(-shift, size - shift).abs_()
    return torch.minimum(index, 2 * (size - 1) - index).clamp_(0, size - 1)
