"""What a TIFF file says about itself: its layout, and where on the ground it lies, by its tags or through rasterio."""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import TiffImagePlugin

from deltascribe.errors import ImageDecodeError, MissingDependencyError

Tags = Mapping[int, Any]
Affine = tuple[float, float, float, float, float, float]

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES = 256, 257, 258, 259, 262, 277
ORIENTATION, EXTRA_SAMPLES, SAMPLE_FORMAT = 274, 338, 339
_PIXEL_SCALE, _TIEPOINT, _TRANSFORMATION, _GEO_KEYS, _NODATA = 33550, 33922, 34264, 34735, 42113
_MODEL_TYPE, _RASTER_TYPE, _GEOGRAPHIC_CODE, _PROJECTED_CODE, _LINEAR_UNITS = 1024, 1025, 2048, 3072, 3076
_METRES = {None: 1.0, 9001: 1.0, 9002: 0.3048, 9003: 1200 / 3937}  # EPSG codes of metre, foot, US survey foot

_EARTH_RADIUS = 6371008.8  # metres, mean radius
_MERCATOR_RADIUS = 6378137.0  # metres, sphere of Web Mercator
WEB_MERCATOR = {"EPSG:3857", "EPSG:900913", "EPSG:3785"}
_PILLOW_COMPRESSIONS = {1, 5, 6, 7, 8, 32773, 32946}  # none, LZW, JPEG (old, new), Deflate (new, old spelling), PackBits

SIGNATURES: tuple[bytes, ...] = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""First bytes of a TIFF: either byte order, classic or BigTIFF."""

# GTiff itself opens no network; these also keep GDAL from side files and from remote paths
NO_SIDE_FILES: dict[str, str] = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
NO_NETWORK: dict[str, str] = {"CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none", "GDAL_HTTP_MAX_RETRY": "0"}


@dataclass(frozen=True)
class Georeference:
    """Where an image lies on the ground.

    Attributes:
        crs: coordinate reference system, `EPSG:...` where it has a code.
        transform: (a, b, c, d, e, f): x = a * column + b * row + c, y = d * column + e * row + f, at a pixel's upper left corner.
        size: (height, width) in pixels.
        gsd: ground sample distance in metres a pixel, None where it can't be told.
    """

    crs: str
    transform: Affine
    size: tuple[int, int]
    gsd: float | None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) in units of the CRS."""
        return bounds_of(self.transform, self.size)


def bounds_of(transform: Affine, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """(left, bottom, right, top) of a raster of `size` (height, width), however it is turned."""
    a, b, c, d, e, f = transform
    height, width = size
    corners = [(a * x + b * y + c, d * x + e * y + f) for x in (0, width) for y in (0, height)]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def name_of(crs: Any) -> str:
    """`EPSG:...` of rasterio's CRS where it has a code, else its WKT."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.to_wkt())


def read_tags(stream: BinaryIO) -> Tags:
    """Reads the tags of a TIFF file's first image, BigTIFF too; the stream is left anywhere."""
    stream.seek(0)
    header = stream.read(8)
    if header[2:3] == b"\x2b" or header[3:4] == b"\x2b":
        header += stream.read(8)
    directory = TiffImagePlugin.ImageFileDirectory_v2(header)
    stream.seek(directory.next)
    directory.load(stream)
    return directory


def fits_pillow(tags: Tags, highest_band: int) -> bool:
    """Whether Pillow reads a TIFF without losing bits or bands: it cuts 16-bit colours to 8 and knows few band layouts.

    Args:
        tags: of the file.
        highest_band: highest band number asked for, 0 where the file's own colours are wanted.
    """
    count = int(tags.get(SAMPLES, 1))
    bits = tuple(tags.get(BITS, (1,)))
    bits = bits * count if len(bits) == 1 else bits
    sample_format: set[int] = set(tags.get(SAMPLE_FORMAT, (1,)))
    photometric = int(tags.get(PHOTOMETRIC, 1))
    extra = tuple(tags.get(EXTRA_SAMPLES, ()))
    if tags.get(COMPRESSION, 1) not in _PILLOW_COMPRESSIONS:
        return False
    if count == 1 and photometric in (0, 1):
        return (bits[0] in (1, 2, 4, 8, 16) and sample_format == {1}) or (bits[0] == 32 and sample_format == {3})
    if set(bits) != {8} or sample_format != {1}:
        return False
    if count == 1:
        return photometric == 3
    alpha = extra in ((1,), (2,))
    if count == 2:
        return photometric == 1 and alpha
    if count == 3:
        return photometric in (2, 6)
    return count == 4 and ((photometric == 5 and not extra) or (photometric == 2 and (alpha or (extra == (0,) and highest_band <= 3))))


def nodata_value(tags: Tags) -> float | None:
    """The value that GDAL's nodata tag declares as missing."""
    try:
        return float(str(tags[_NODATA]).strip("\x00 "))
    except (KeyError, ValueError):
        return None


def import_rasterio(feature: str, *parts: str) -> Any:
    """rasterio, which only a part of the users has, with those of its modules that are named.

    Args:
        feature: what it is needed for, for the message.
        parts: such as `warp`; they stand in the module that is given.

    Raises:
        MissingDependencyError: it is not installed.
    """
    try:
        rasterio = importlib.import_module("rasterio")
        for part in parts:
            importlib.import_module(f"rasterio.{part}")
    except ImportError as error:
        raise MissingDependencyError("rasterio", feature, "geo") from error
    return rasterio


@contextmanager
def open_raster(path: Path, driver: str, feature: str) -> Iterator[Any]:
    """Opens a local file with one named GDAL driver and no other, so that no VRT or web address passes for an image.

    Raises:
        MissingDependencyError: rasterio is not installed.
        ImageDecodeError: GDAL can't open or read the file.
    """
    rasterio = import_rasterio(feature)
    try:
        with warnings.catch_warnings(), rasterio.Env(**NO_SIDE_FILES, **NO_NETWORK):
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path.resolve(), driver=driver) as dataset:
                yield dataset
    except rasterio.errors.RasterioError as error:
        raise ImageDecodeError(f"{path} cannot be decoded: {error}. It may be damaged or cut short: copy or export it again.") from error


def band_roles(dataset: Any) -> tuple[str, ...]:
    """Meaning of each band of an open raster: `grey`, `red`, `green`, `blue`, `alpha` or another word."""
    try:
        names = [str(role.name) for role in dataset.colorinterp]
    except ValueError:  # a meaning that this rasterio has no word for
        return ("unknown",) * int(dataset.count)
    return tuple("grey" if name == "gray" else name for name in names)


def read_georeference(path: Path, tags: Tags) -> Georeference | None:
    """Where a TIFF lies on the ground: through rasterio if it is installed, else by its own tags; None if it doesn't say."""
    if _GEO_KEYS not in tags:
        return None
    try:
        with open_raster(path, "GTiff", "reading a georeference") as dataset:
            return _from_raster(dataset)
    except (MissingDependencyError, ImageDecodeError):
        return georeference_from_tags(tags)


def _from_raster(dataset: Any) -> Georeference | None:
    if dataset.crs is None or dataset.transform.is_identity:
        return None
    crs = name_of(dataset.crs)
    unit: float | None = None
    if dataset.crs.is_projected:
        unit = float(dataset.crs.linear_units_factor[1])
    transform: Affine = tuple(float(value) for value in dataset.transform[:6])  # type: ignore[assignment]
    size = (int(dataset.height), int(dataset.width))
    return Georeference(crs, transform, size, ground_sample_distance(crs, transform, size, unit, bool(dataset.crs.is_geographic)))


def georeference_from_tags(tags: Tags) -> Georeference | None:
    """Reads the GeoTIFF tags without rasterio (OGC GeoTIFF 1.1); a CRS whose unit isn't written down is taken as metric."""
    try:
        flat = [int(value) for value in tags[_GEO_KEYS]]
        keys = {flat[i]: flat[i + 3] for i in range(4, len(flat) - 3, 4) if flat[i + 1] == 0}
        transform = _transform(tags, point=keys.get(_RASTER_TYPE) == 2)
        size = (int(tags[HEIGHT]), int(tags[WIDTH]))
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    model = keys.get(_MODEL_TYPE)
    code = keys.get(_PROJECTED_CODE if model == 1 else _GEOGRAPHIC_CODE, 32767)
    crs = f"EPSG:{code}" if code != 32767 else f"own definition {sorted(keys.items())}"
    unit = _METRES.get(keys.get(_LINEAR_UNITS)) if model == 1 else None
    return Georeference(crs, transform, size, ground_sample_distance(crs, transform, size, unit, model == 2))


def _transform(tags: Tags, point: bool) -> Affine:
    if _TRANSFORMATION in tags:
        m = [float(value) for value in tags[_TRANSFORMATION]]
        a, b, c, d, e, f = m[0], m[1], m[3], m[4], m[5], m[7]
    else:
        across, down = (float(value) for value in tags[_PIXEL_SCALE][:2])
        column, row, _, x, y, _ = (float(value) for value in tags[_TIEPOINT][:6])
        a, b, c, d, e, f = across, 0.0, x - column * across, 0.0, -down, y + row * down
    if point:  # the tie point is a pixel's centre
        c, f = c - (a + b) / 2, f - (d + e) / 2
    return a, b, c, d, e, f


def ground_sample_distance(crs: str, transform: Affine, size: tuple[int, int], unit: float | None, geographic: bool) -> float | None:
    """Metres a pixel: side of a square of a pixel's area at the image's centre.

    Args:
        crs: coordinate reference system; Web Mercator's stretch with latitude is taken out.
        transform: see `Georeference`.
        size: (height, width) in pixels.
        unit: metres a unit of a projected CRS, None where unknown.
        geographic: whether the coordinates are degrees.
    """
    a, b, _, d, e, f = transform
    side = math.sqrt(abs(a * e - b * d))
    middle = d * size[1] / 2 + e * size[0] / 2 + f
    if geographic:
        side *= math.radians(1) * _EARTH_RADIUS * math.sqrt(max(math.cos(math.radians(middle)), 0.0))
    elif unit is None:
        return None
    else:
        side *= unit
        if crs in WEB_MERCATOR:
            side /= math.cosh(max(-10.0, min(10.0, middle / _MERCATOR_RADIUS)))
    return side if math.isfinite(side) and side > 0 else None


def orient(values: np.ndarray[Any, Any], orientation: int) -> np.ndarray[Any, Any]:
    """Turns an array [..., H, W] upright by its EXIF orientation (1 to 8; others leave it as it is)."""
    if orientation in (5, 6, 7, 8):
        values = np.swapaxes(values, -1, -2)
    if orientation in (2, 3, 6, 7):
        values = values[..., ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[..., ::-1, :]
    return values
