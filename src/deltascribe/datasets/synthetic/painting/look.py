"""How a place is lit and pictured on a date: sun, season, air and camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Look:
    """Sun, season, air and camera of one date. Nothing of it is a change of the place.

    Attributes:
        sun_azimuth: degrees clockwise from north in which the sun stands; shadows fall away from it.
        sun_elevation: degrees above the horizon, 15 to 80.
        season: 0 dry and bare to 1 green.
        ambient: share of light that shadows get, 0.1 (hard) to 0.6 (soft).
        haze: 0 clear air to 1 a white veil.
        exposure: factor of brightness.
        contrast: slope of tones about middle grey.
        saturation: of colours, 1 as they are.
        balance: factor for red, green and blue.
        blur: sigma of the sensor's blur in pixels.
        noise: sigma of the sensor's noise in grey levels.
        quality: of the JPEG that the picture once was, 1 to 100; None for none.
        sharpen: strength of the halo of an unsharp mask.
        resample: sigma in pixels of the softness that later resampling left.
        shift: misregistration (x, y) in pixels; the picture's content moves by it.
        seed: of the noise.
        chroma: sigma in pixels by which colours are softer than brightness.
        cast: grey levels added to red, green and blue, seen most in shadows.
    """

    sun_azimuth: float = 150.0
    sun_elevation: float = 45.0
    season: float = 0.5
    ambient: float = 0.35
    haze: float = 0.05
    exposure: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    blur: float = 0.7
    noise: float = 2.0
    quality: int | None = 80
    sharpen: float = 0.0
    resample: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    seed: int = 0
    chroma: float = 0.0
    cast: tuple[float, float, float] = (0.0, 0.0, 0.0)


def draw_looks(rng: np.random.Generator | np.random.SeedSequence, *, strength: float = 1.0) -> tuple[Look, Look]:
    """Looks of two dates that differ as those of real pairs do: one bright and hard, the other dim and soft, in another season.

    Args:
        rng: source of chance, or a seed for one.
        strength: how far the dates differ: 0 not at all, 1 as in real pairs; more exaggerates.
    """
    rng = np.random.default_rng(rng)
    bright, dim = _bright(rng), _dim(rng)
    first, second = (bright, dim) if rng.random() < 0.8 else (dim, bright)
    if rng.random() < 0.15:  # the same kind of picture twice
        first = _bright(rng) if second is bright else _dim(rng)
    azimuth = float(rng.uniform(115, 200))
    first = replace(
        first, sun_azimuth=azimuth + float(rng.normal(0, 14)), season=float(rng.beta(1.1, 1.2)), seed=int(rng.integers(1 << 31))
    )
    second = replace(
        second, sun_azimuth=azimuth + float(rng.normal(0, 14)), season=float(rng.beta(1.1, 1.2)), seed=int(rng.integers(1 << 31))
    )
    shift = rng.normal(0, 0.6, 2) if rng.random() < 0.7 else rng.uniform(-3, 3, 2)
    first = replace(first, shift=(float(shift[0]), float(shift[1])))
    return _nearer(first, second, strength), second


def _nearer(look: Look, other: Look, strength: float) -> Look:
    """A look `strength` times as far from another as it was; its noise stays its own."""

    def between(start: float, end: float) -> float:
        return start + strength * (end - start)

    names = ("sun_azimuth", "sun_elevation", "season", "ambient", "haze", "exposure", "contrast", "saturation", "blur", "noise", "sharpen")
    values = {name: between(getattr(other, name), getattr(look, name)) for name in (*names, "resample", "chroma")}
    limits = {"sun_elevation": (15.0, 80.0), "season": (0.0, 1.0), "ambient": (0.1, 0.7), "haze": (0.0, 0.9), "sharpen": (0.0, 2.5)}
    limits |= {name: (0.3, 3.0) for name in ("exposure", "contrast")}
    limits |= {name: (0.0, 4.0) for name in ("saturation", "blur", "resample", "chroma")}
    values = {name: float(np.clip(value, *limits.get(name, (-720.0, 720.0)))) for name, value in values.items()}
    values["noise"] = max(values["noise"], 0.0)
    red, green, blue = (between(start, end) for start, end in zip(other.balance, look.balance, strict=True))
    cast = tuple(between(start, end) for start, end in zip(other.cast, look.cast, strict=True))
    quality = look.quality if strength > 0 else other.quality
    shift = (look.shift[0] * strength, look.shift[1] * strength)
    return replace(look, **values, balance=(red, green, blue), quality=quality, shift=shift, cast=cast)  # type: ignore[arg-type]


def _balance(rng: np.random.Generator, warmth: float, spread: float) -> tuple[float, float, float]:
    warm, tint = rng.normal(warmth, spread), rng.normal(0, 0.5 * spread)
    return float(1 + warm), float(1 + tint), float(1 - warm)


def _cast(rng: np.random.Generator, spread: float) -> tuple[float, float, float]:
    """Red against green and blue: some pictures were stretched until their shadows turned blue-green, some are brownish."""
    cold, blue = rng.normal(0.35 * spread, spread), rng.normal(0, 0.5 * spread)
    return float(-cold), float(0.3 * cold), float(0.3 * cold + blue)


def _taken(rng: np.random.Generator, look: Look) -> Look:
    """Sharpness and noise hang together: crisp pictures were sharpened with their noise, soft ones were resampled once more.

    The shares are such that medians and spreads of the power spectra of rendered pictures match those of real ones.
    """
    kind = rng.random()
    if kind < 0.42:
        blur, sharpen, noise, resample = rng.uniform(0.25, 0.45), rng.uniform(0.6, 2.2), rng.uniform(1.9, 4.8), 0.0
    elif kind < 0.78:
        blur, sharpen, noise, resample = rng.uniform(0.4, 0.65), rng.uniform(0.3, 1.6), rng.uniform(1.6, 3.8), 0.0
    else:
        blur, sharpen, noise, resample = rng.uniform(0.65, 1.05), rng.uniform(0.1, 0.9), rng.uniform(1.7, 3.2), rng.uniform(-0.3, 0.45)
    return replace(
        look,
        blur=float(blur),
        sharpen=float(sharpen),
        noise=float(noise),
        resample=float(max(resample, 0.0)),
        chroma=float(rng.uniform(0.2, 1.2)),
    )


def _bright(rng: np.random.Generator) -> Look:
    look = Look(
        sun_elevation=float(rng.uniform(32, 60)),
        ambient=float(rng.uniform(0.16, 0.36)),
        haze=float(rng.beta(0.9, 9)),
        exposure=float(rng.lognormal(0.05, 0.07)),
        contrast=float(rng.uniform(1.2, 2.0)),
        saturation=float(rng.uniform(0.6, 1.2)),
        balance=_balance(rng, -0.02, 0.035),
        quality=int(rng.integers(45, 93)),
        cast=_cast(rng, 3.0),
    )
    return _taken(rng, look)


def _dim(rng: np.random.Generator) -> Look:
    look = Look(
        sun_elevation=float(rng.uniform(30, 58)),
        ambient=float(rng.uniform(0.27, 0.45)),
        haze=float(rng.beta(1.2, 14)),
        exposure=float(rng.uniform(0.76, 0.93)),
        contrast=float(rng.uniform(1.0, 1.5)),
        saturation=float(rng.uniform(0.45, 0.8)),
        balance=_balance(rng, -0.005, 0.018),
        quality=int(rng.integers(55, 93)),
        cast=_cast(rng, 1.5),
    )
    return _taken(rng, look)
