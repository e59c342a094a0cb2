"""Decodes one image (a file or an array) to float32 RGB in 0..1, with what is known of its place on the ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
from PIL import BmpImagePlugin, Image, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from deltascribe import geotiff
from deltascribe.errors import DeltascribeError, ImageDecodeError, ImageNotFoundError, ImageTooLargeError
from deltascribe.geotiff import Georeference
from deltascribe.pixels import BandChoice, Layout, Pixels, Raw, Scale, check_scale, choose_bands, scale_pixels, split_array

IMAGE_SUFFIXES: tuple[str, ...] = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
"""Endings by which images are found in a folder; what a file really is, its first bytes tell."""

MAX_PIXELS = 100_000_000
"""Pixels that an image may declare before it is refused undecoded."""

# Plugins are called directly: Image.open would add formats, and limits that any other library can change.
_PLUGINS: dict[str, Callable[[BinaryIO], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
}
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    *((start, "TIFF") for start in geotiff.SIGNATURES),
    (b"BM", "BMP"),
)
_NATIVE_MODES = {"L", "LA", "RGB", "RGBA", "I", "F", "I;16", "I;16B", "I;16L"}
_MODE_ROLES = {"LA": ("grey", "alpha"), "RGB": ("red", "green", "blue"), "RGBA": ("red", "green", "blue", "alpha")}


@dataclass(frozen=True, eq=False)
class LoadedImage:
    """One decoded image.

    Attributes:
        pixels: float32 [3, H, W] in 0..1.
        source: the file, or what an array was called.
        georeference: where it lies on the ground, None where the file doesn't say.
        warnings: what a user should know about the reading, such as a scale that looks wrong.
    """

    pixels: Pixels
    source: str
    georeference: Georeference | None = None
    warnings: tuple[str, ...] = ()

    @property
    def gsd(self) -> float | None:
        """Ground sample distance in metres a pixel."""
        return self.georeference.gsd if self.georeference else None


@dataclass(frozen=True, eq=False)
class _Decoded:
    colour: Raw  # [1 or 3, H, W]
    alpha: Raw | None  # [H, W]


def read_image(path: str | Path, *, bands: Sequence[int] | None = None, scale: Scale = "dtype", max_pixels: int = MAX_PIXELS) -> Pixels:
    """Reads an image file as float32 [3, H, W] in 0..1; see `load_image`."""
    return load_image(path, bands=bands, scale=scale, max_pixels=max_pixels).pixels


def load_image(
    path: str | Path, *, bands: Sequence[int] | None = None, scale: Scale = "dtype", max_pixels: int = MAX_PIXELS
) -> LoadedImage:
    """Reads a PNG, JPEG, TIFF, GeoTIFF, BMP or WebP file.

    The type is told by the file's content, not its name. Grey becomes three equal bands. The EXIF orientation is applied.
    Fully transparent pixels, and those that a GeoTIFF declares missing (nodata), become black; partly transparent ones
    keep their colour, since on maps alpha is a mask. Of more than three bands those named red, green and blue are read
    (see `choose_bands`). rasterio is needed for what Pillow can't read exactly: 16-bit colour, and most multi-band TIFFs.

    Args:
        path: image file.
        bands: band numbers counted from 1 to use as red, green and blue (or a single one), None for the file's own.
        scale: how values become 0..1: `"dtype"`, the value that stands for white, or (low, high). Never depends on the image.
        max_pixels: largest height x width that is decoded; checked in the header first.

    Raises:
        ImageNotFoundError: there is no such file.
        ImageDecodeError: not an image of these types, damaged, cut short, empty, or a folder.
        ImageTooLargeError: the header declares more than `max_pixels`.
        BandError: which bands are red, green and blue can't be told.
        PixelValueError: NaN, infinite values, or floats outside 0..1 without a scale.
        MissingDependencyError: the file needs rasterio (extra `geo`).
    """
    path = Path(path)
    check_scale(scale)
    _check_file(path)
    georeference, nodata = None, None
    try:
        with path.open("rb") as stream:
            kind = _kind(stream, path)
            if kind == "TIFF":
                tags = geotiff.read_tags(stream)
                decoded = _decode_tiff(path, stream, tags, bands, max_pixels)
                georeference, nodata = geotiff.read_georeference(path, tags), geotiff.nodata_value(tags)
            elif kind == "PNG":
                decoded = _decode_png(path, stream, bands, max_pixels)
            else:
                decoded = _decode_pillow(path, stream, kind, bands, max_pixels)
    except DeltascribeError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # TIFF and WebP ask Pillow's limit by themselves
        raise ImageTooLargeError(
            f"{path} is beyond Pillow's own limit: {error} Cut it up, or raise PIL.Image.MAX_IMAGE_PIXELS in Python."
        ) from error
    except PermissionError as error:
        raise ImageDecodeError(f"{path} may not be read: {error.strerror}. Change its permissions.") from error
    except Exception as error:  # decoders answer hostile bytes with almost any exception
        reason = str(error) or type(error).__name__
        raise ImageDecodeError(f"{path} cannot be decoded: {reason}. It may be damaged or cut short: copy or export it again.") from error
    pixels, warnings = scale_pixels(decoded.colour, scale, str(path), _missing(decoded, nodata))
    return LoadedImage(pixels, str(path), georeference, tuple(warnings))


def load_array(
    array: Any, *, bands: Sequence[int] | None = None, scale: Scale = "dtype", layout: Layout | None = None, name: str = "array"
) -> LoadedImage:
    """Takes an image in memory, under the rules of `load_image`.

    Args:
        array: [H, W], [H, W, C] or [C, H, W] of uint8, uint16 or floats in 0..1; four bands are red, green, blue, alpha.
        bands, scale: see `load_image`.
        layout: `HWC` or `CHW` where the shape leaves it open.
        name: what the image is called in messages.

    Raises:
        BandError: wrong shape or band count.
        PixelValueError: NaN, infinite values, or floats outside 0..1 without a scale.
    """
    values, roles = split_array(array, layout, name)
    choice = choose_bands(roles, bands, name)
    decoded = _pick(values, choice)
    pixels, warnings = scale_pixels(decoded.colour, scale, name, _missing(decoded, None))
    return LoadedImage(pixels, name, None, tuple(warnings))


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise ImageDecodeError(f"{path} is a folder. Give an image file in it.")
    if not path.exists():
        raise ImageNotFoundError(f"There is no image at {path}. Check the path and its spelling.")
    if not path.is_file():
        raise ImageDecodeError(f"{path} is not a regular file. Give an image file.")
    if path.stat().st_size == 0:
        raise ImageDecodeError(f"{path} is empty (0 bytes). Copy or download it again.")


def _kind(stream: BinaryIO, path: Path) -> str:
    head = stream.read(12)
    stream.seek(0)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    raise ImageDecodeError(
        f"{path} is no PNG, JPEG, TIFF, BMP or WebP image (its content starts with {head[:8]!r}). "
        "Convert it to one of these, for example with gdal_translate."
    )


def _check_size(path: Path, width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise ImageDecodeError(f"{path} declares a size of {width} x {height} pixels. It is damaged: export it again.")
    if width * height > max_pixels:
        raise ImageTooLargeError(
            f"{path} declares {width} x {height} = {width * height / 1e6:.0f} million pixels, more than the limit of "
            f"{max_pixels / 1e6:g} million. Cut it into smaller images, or, if you trust the file, raise the limit: "
            "max_pixels=..., or --max-pixels on the command line."
        )


def _decode_png(path: Path, stream: BinaryIO, bands: Sequence[int] | None, max_pixels: int) -> _Decoded:
    depth, colour_type = stream.read(26)[24:]
    stream.seek(0)
    image = _PLUGINS["PNG"](stream)
    _check_size(path, *image.size, max_pixels)
    image.verify()  # checksums; Pillow skips them when it decodes
    stream.seek(0)
    if depth == 16 and colour_type != 0:  # Pillow would cut the colours to 8 bits
        orientation = int(_PLUGINS["PNG"](stream).getexif().get(geotiff.ORIENTATION, 1))
        return _decode_raster(path, "PNG", bands, orientation, "Reading a PNG with 16-bit colours")
    return _decode_pillow(path, stream, "PNG", bands, max_pixels)


def _decode_tiff(path: Path, stream: BinaryIO, tags: geotiff.Tags, bands: Sequence[int] | None, max_pixels: int) -> _Decoded:
    if geotiff.WIDTH not in tags or geotiff.HEIGHT not in tags:
        raise ImageDecodeError(f"{path} is a TIFF without a size. It is damaged or cut short: copy or export it again.")
    _check_size(path, int(tags[geotiff.WIDTH]), int(tags[geotiff.HEIGHT]), max_pixels)
    if geotiff.fits_pillow(tags, max(bands, default=0) if bands is not None else 0):
        stream.seek(0)
        return _decode_pillow(path, stream, "TIFF", bands, max_pixels)
    return _decode_raster(path, "GTiff", bands, int(tags.get(geotiff.ORIENTATION, 1)), "Reading this kind of TIFF (16-bit or many bands)")


def _decode_pillow(path: Path, stream: BinaryIO, kind: str, bands: Sequence[int] | None, max_pixels: int) -> _Decoded:
    opened = _PLUGINS[kind](stream)
    _check_size(path, *opened.size, max_pixels)
    opened.load()
    image: Image.Image = ImageOps.exif_transpose(opened)
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        image = image.convert("RGBA")
    elif image.mode not in _NATIVE_MODES:
        image = image.convert({"1": "L", "PA": "RGBA", "La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB"))
    values = np.asarray(image)
    values = values[None] if values.ndim == 2 else np.moveaxis(values, 2, 0)
    if values.dtype.byteorder not in ("=", "|"):
        values = values.astype(values.dtype.newbyteorder("="))
    return _pick(values, choose_bands(_MODE_ROLES.get(image.mode, ("grey",)), bands, str(path)))


def _decode_raster(path: Path, driver: str, bands: Sequence[int] | None, orientation: int, feature: str) -> _Decoded:
    with geotiff.open_raster(path, driver, feature) as dataset:
        choice = choose_bands(geotiff.band_roles(dataset), bands, str(path))
        colour = geotiff.orient(dataset.read([i + 1 for i in choice.colour]), orientation)
        alpha = None if choice.alpha is None else geotiff.orient(dataset.read(choice.alpha + 1), orientation)
    return _Decoded(colour, alpha)


def _pick(values: Raw, choice: BandChoice) -> _Decoded:
    return _Decoded(values[list(choice.colour)], None if choice.alpha is None else values[choice.alpha])


def _missing(decoded: _Decoded, nodata: float | None) -> npt.NDArray[np.bool_] | None:
    """Where there is nothing to see: fully transparent, or all bands at the value that is declared missing."""
    missing = None if decoded.alpha is None else decoded.alpha == 0
    if nodata is not None:
        values = decoded.colour
        absent = (np.isnan(values) if np.isnan(nodata) and values.dtype.kind == "f" else values == nodata).all(axis=0)
        missing = absent if missing is None else missing | absent
    return cast("npt.NDArray[np.bool_] | None", missing)
