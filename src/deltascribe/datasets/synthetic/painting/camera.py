"""From light to the picture that a user would download: tones, colour cast, blur, noise, JPEG, resampling."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from deltascribe.datasets.synthetic.painting.grid import Bytes, Floats, Grid
from deltascribe.datasets.synthetic.painting.look import Look
from deltascribe.datasets.synthetic.painting.noise import block, mix

BLOCK = 16
"""Pixels of a JPEG unit with halved colour; the picture that is compressed begins on whole ones."""
_HAZE = np.array((0.66, 0.69, 0.72))
_MIDDLE = 0.39
_LUMA = np.array((0.299, 0.587, 0.114))


def frame(grid: Grid, look: Look) -> Grid:
    """The grid that has to be lit to photograph a window, see `photograph`."""
    rim = _rim(look)
    return _plate(grid, look).grown(rim, rim, rim, rim)


def _rim(look: Look) -> int:
    """Pixels over which the sensor's blur, the softness of its colours and sharpening reach."""
    return int(np.ceil(4 * look.blur)) + 1 + (6 if look.sharpen else 0) + int(np.ceil(4 * look.chroma))


def _plate(grid: Grid, look: Look) -> Grid:
    """What is compressed: whole blocks about a window and what later resampling takes from beyond it."""
    around = int(np.ceil(max(abs(look.shift[0]), abs(look.shift[1])) + 4 * look.resample)) + 4
    left, top = ((value - around) // BLOCK * BLOCK for value in (grid.column, grid.row))
    right = -((-(grid.column + grid.columns + around)) // BLOCK) * BLOCK
    bottom = -((-(grid.row + grid.rows + around)) // BLOCK) * BLOCK
    return Grid(left, top, right - left, bottom - top, grid.step)


def photograph(light: Floats, grid: Grid, look: Look) -> Bytes:
    """The picture uint8 [rows, columns, 3] of a grid, from the light [.., .., 3] in 0..255 over its `frame`."""
    lit, plate = frame(grid, look), _plate(grid, look)
    image = cv2.transform(light, _tones(look))
    # both ends of the scale are rounded off, as film and tone curves do
    np.minimum(image, 0.5 * image + np.float32(112), out=image)
    np.maximum(image, 0.45 * image + np.float32(9), out=image)
    # from here on in whole grey levels: OpenCV rounds these alike in arrays of any size
    picture = np.asarray(cv2.convertScaleAbs(np.maximum(image, 0)), np.uint8)
    if look.blur > 0.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), look.blur), np.uint8)
    if look.noise:
        tile = _noise()
        noise = np.float32(look.noise) * block(tile, lit, mix(look.seed, 1) % len(tile), mix(look.seed, 2) % len(tile))
        picture = np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)
    if look.chroma > 0.15:
        picture = _soft_colours(picture, look.chroma)
    if look.sharpen:
        blurred = cv2.GaussianBlur(picture, (0, 0), 1.3)
        picture = np.asarray(cv2.addWeighted(picture, 1 + look.sharpen, blurred, -look.sharpen, 0), np.uint8)
    picture = np.ascontiguousarray(picture[lit.slices(plate)])
    if look.quality is not None:
        picture = _compressed(picture, look.quality)
    if look.resample > 0.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), look.resample), np.uint8)
    if look.shift != (0.0, 0.0):
        matrix = np.array([[1, 0, look.shift[0]], [0, 1, look.shift[1]]], np.float64)
        flags, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
        picture = np.asarray(cv2.warpAffine(picture, matrix, (plate.columns, plate.rows), flags=flags, borderMode=border), np.uint8)
    return picture[plate.slices(grid)]


@lru_cache(maxsize=1)
def _noise() -> Floats:
    """A tile of sensor noise of about unit variance [side, side, 3]: most of it alike in all channels, none of it finer than a pixel."""
    rng = np.random.default_rng(23)
    grain = 0.85 * rng.standard_normal((600, 600, 1)) + 0.5 * rng.standard_normal((600, 600, 3))
    smooth = sum(np.roll(grain, shift, (0, 1)) for shift in ((0, 0), (0, 1), (1, 0))) / 3**0.5
    return np.asarray(smooth, np.float32)


def _tones(look: Look) -> np.ndarray:
    """Exposure, colour balance, haze, contrast and saturation as one affine map [3, 4] of colours in 0..255."""
    clear = 1 - look.haze
    slope = look.exposure * np.array(look.balance) * clear * look.contrast
    offset = (_HAZE * look.haze * look.exposure - _MIDDLE) * look.contrast + _MIDDLE
    saturate = look.saturation * np.eye(3) + (1 - look.saturation) * _LUMA[None]
    shifted = 255 * (saturate @ offset) + np.array(look.cast)
    return np.hstack((saturate * slope[None], shifted[:, None])).astype(np.float32)


def _soft_colours(picture: Bytes, sigma: float) -> Bytes:
    """Colours less sharp than brightness: satellites take them at a quarter of the resolution."""
    luma, red, blue = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb))
    red, blue = (cv2.GaussianBlur(channel, (0, 0), sigma) for channel in (red, blue))
    return np.asarray(cv2.cvtColor(cv2.merge((luma, red, blue)), cv2.COLOR_YCrCb2RGB), np.uint8)


def _compressed(picture: Bytes, quality: int) -> Bytes:
    """What is left of a picture after JPEG."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    _, code = cv2.imencode(".jpg", picture[..., ::-1], flags)
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
