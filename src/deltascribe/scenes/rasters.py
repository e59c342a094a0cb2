"""Opens rasters: a short list of drivers, what the header declares checked before a pixel is read, a named error for what is unfit."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltascribe import geotiff
from deltascribe.errors import BandError, ImageDecodeError, ImageNotFoundError, RasterError, UnplacedError
from deltascribe.geotiff import NO_NETWORK, NO_SIDE_FILES, SIGNATURES, band_roles, name_of
from deltascribe.pixels import BandChoice, choose_bands
from deltascribe.scenes.addresses import is_address, shown, without_secrets
from deltascribe.scenes.sidefiles import placing_files, refuse_mask_beside

_SIGNATURES = {
    **dict.fromkeys(SIGNATURES, "GTiff"),
    b"\x00\x00\x00\x0cjP  ": "JP2OpenJPEG",
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",
}
"""First bytes of a file -> GDAL driver that reads it. A VRT or another container can name further files and web addresses: none is here."""

_ADDRESSES = ("https://", "s3://")

MAX_BLOCK_BYTES = 128 * 2**20
"""Largest block (tile or strip) of a file that is read, and what is kept of decoded ones: a block is decoded whole, whatever part of it is
wanted, and one that is not kept is decoded anew for each window."""

OWN_CACHE = 32 * 2**20
"""What is kept of the decoded blocks of the raster of probabilities: one of its rows of blocks at a width of 60,000 pixels. It is read in
order, and what GDAL once kept does not go back to the system."""

_GDAL_OPTIONS = {**NO_SIDE_FILES, "GDAL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class RasterInfo:
    """What the header of a raster declares.

    Attributes:
        path: file, or web address where the network is allowed.
        driver: GDAL's name of the format.
        width, height: in pixels.
        roles: meaning of each band: `grey`, `red`, `green`, `blue`, `alpha` or another word.
        dtype: of the values.
        crs: coordinate reference system, `EPSG:...` or WKT.
        transform: (a, b, c, d, e, f): x = a * column + b * row + c, y = d * column + e * row + f.
        nodata: value that is declared missing, or None.
        block: (height, width) of the blocks that the file is stored in.
        compressed: name of the compression, or None.
        overviews: whether smaller versions are stored inside.
    """

    path: str
    driver: str
    width: int
    height: int
    roles: tuple[str, ...]
    dtype: str
    crs: str
    transform: tuple[float, float, float, float, float, float]
    nodata: float | None
    block: tuple[int, int]
    compressed: str | None
    overviews: bool

    @property
    def shown(self) -> str:
        """The path as it may be shown and written: a web address without its query, user and password."""
        return shown(self.path)

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.shown.rsplit("/", 1)[-1]

    @property
    def striped(self) -> bool:
        """Whether blocks are strips over the whole width, so that reading a small window decodes much more than it."""
        return self.block[1] >= self.width > 1024

    def bands(self, wanted: Sequence[int] | None) -> BandChoice:
        """Bands shown as red, green and blue.

        Raises:
            BandError: see `deltascribe.pixels.choose_bands`; or the band holds numbers of a colour table.
        """
        choice = choose_bands(self.roles, wanted, self.shown)
        if any(self.roles[band] == "palette" for band in choice.colour):
            raise BandError(f"{self.shown} holds numbers of a colour table. Write the colours first: gdal_translate -expand rgb IN OUT.tif")
        return choice


def import_rasterio() -> Any:
    """rasterio with its submodules that scenes use.

    Raises:
        MissingDependencyError: it is not installed.
    """
    return geotiff.import_rasterio("Reading scenes", "warp", "vrt", "features", "windows", "shutil", "crs")


def raster_errors() -> tuple[type[Exception], ...]:
    """What rasterio raises for a damaged file; some of GDAL's errors it hands on as they are."""
    rasterio = import_rasterio()
    return rasterio.errors.RasterioError, rasterio.errors.CRSError, rasterio._err.CPLE_BaseError


def reason_of(error: BaseException, *paths: str) -> str:
    """What GDAL said about rasters; rasterio's own errors only point at it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return without_secrets(str(error).rstrip("."), *paths)


@contextmanager
def raster_environment(network: bool = False, cache: int = MAX_BLOCK_BYTES) -> Iterator[Any]:
    """GDAL set up for scenes: at most `cache` bytes of decoded blocks, no side files and, unless asked for, no network; gives rasterio."""
    rasterio = import_rasterio()
    with warnings.catch_warnings(), rasterio.Env(GDAL_CACHEMAX=cache, **_GDAL_OPTIONS, **({} if network else NO_NETWORK)):
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        warnings.simplefilter("ignore", rasterio.errors.NodataShadowWarning)  # a reader looks at both, nodata and alpha
        yield rasterio


@contextmanager
def opened(path: str, network: bool = False) -> Iterator[Any]:
    """Opens a raster within `raster_environment` by an allowed driver.

    Raises:
        ImageNotFoundError: there is no such file.
        ImageDecodeError: no allowed driver reads it, or it is damaged; also while it is being read.
        RasterError: a web address, and the network is not allowed.
    """
    rasterio = import_rasterio()
    target, driver = _address(path, network)
    try:
        with rasterio.open(target, driver=driver) as dataset:
            yield dataset
    except raster_errors() as error:
        raise ImageDecodeError(
            f"{shown(path)} cannot be read ({reason_of(error, path)}). It may be damaged or cut short: copy or export it again."
        ) from error


def inspect_raster(path: str | Path, *, max_pixels: int, network: bool = False, scene: bool = True) -> RasterInfo:
    """Reads and checks a raster's header; no pixel is decoded.

    Args:
        path: file.
        max_pixels: largest height x width.
        network: whether `https://` and `s3://` addresses are allowed.
        scene: whether it is a scene, so that messages may know another use for it.

    Raises:
        ImageNotFoundError, ImageDecodeError: see `opened`.
        RasterError: more pixels than `max_pixels`, blocks too large to decode, more bytes declared than such a file can hold, or a mask
            in a file of its own.
        UnplacedError: the file does not say where it lies, or its pixels cover no ground.
    """
    with raster_environment(network), opened(str(path), network) as dataset:
        info = _info(str(path), dataset)
        _check_budget(info, max_pixels)
        _check_extent(info, dataset)
        _check_place(info, scene)
        refuse_mask_beside(info.path)
        return info


def _address(path: str, network: bool) -> tuple[str, str]:
    """What GDAL is to open, and by which driver."""
    if is_address(path) or path.startswith("/vsi"):
        if not network or path.startswith("/vsi"):
            raise RasterError(f"{shown(path)} is not a local file. Download it, or allow web addresses (https://, s3://) with --network.")
        if not path.lower().startswith(_ADDRESSES):
            raise RasterError(f"{shown(path)}: scenes are read from {' and '.join(_ADDRESSES)} addresses alone. Download it.")
        return path, "JP2OpenJPEG" if shown(path).lower().endswith((".jp2", ".j2k")) else "GTiff"
    local = Path(path)
    if not local.exists():
        raise ImageNotFoundError(f"There is no file {path}. Check the path.")
    if local.is_dir():
        raise ImageDecodeError(f"{path} is a folder. Give the GeoTIFF in it.")
    if not local.is_file():
        raise ImageDecodeError(f"{path} is no regular file. Give a GeoTIFF on disk.")
    try:
        with local.open("rb") as stream:
            first = stream.read(12)
    except OSError as error:
        raise ImageDecodeError(f"{path} may not be read: {error.strerror}. Change its permissions.") from error
    if not first:
        raise ImageDecodeError(f"{path} is empty (0 bytes). Copy or export it again.")
    for signature, driver in _SIGNATURES.items():
        if first.startswith(signature):
            return str(local.resolve()), driver
    raise ImageDecodeError(
        f"{path} is neither a TIFF nor a JPEG 2000, whatever its name says. Scenes are read from these alone: a VRT or another container "
        "can name any other file or web address. Write the pixels into a GeoTIFF first: gdal_translate IN OUT.tif"
    )


def _info(path: str, dataset: Any) -> RasterInfo:
    return RasterInfo(
        path=path,
        driver=str(dataset.driver),
        width=int(dataset.width),
        height=int(dataset.height),
        roles=band_roles(dataset),
        dtype=str(dataset.dtypes[0]),
        crs="" if dataset.crs is None else name_of(dataset.crs),
        transform=tuple(float(value) for value in dataset.transform[:6]),  # type: ignore[arg-type]
        nodata=None if dataset.nodata is None else float(dataset.nodata),
        block=tuple(dataset.block_shapes[0]),
        compressed=None if dataset.compression is None else str(dataset.compression.name),
        overviews=bool(dataset.overviews(1)),
    )


def _check_budget(info: RasterInfo, max_pixels: int) -> None:
    pixels = info.width * info.height
    if pixels > max_pixels:
        raise RasterError(
            f"{info.shown} declares {info.width} x {info.height} pixels ({pixels:.3g}), more than the limit of {max_pixels:.3g}. "
            "If that is what you mean to read, raise the limit with --max-pixels; or cut the scene with gdal_translate -projwin."
        )


def _check_extent(info: RasterInfo, dataset: Any) -> None:
    """Refuses blocks that would fill the memory, and files far too small for what they declare."""
    size = _itemsize(info.dtype)
    together = 1 if dataset.interleaving is not None and dataset.interleaving.name == "band" else len(info.roles)
    block = info.block[0] * info.block[1] * size * together
    if block > MAX_BLOCK_BYTES:
        raise RasterError(
            f"{info.shown} is stored in blocks of {info.block[1]} x {info.block[0]} pixels ({block / 2**20:.0f} MB each), which must be "
            "decoded whole. Store it in tiles first: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE IN.tif OUT.tif"
        )
    local = Path(info.path)
    declared = info.width * info.height * size * len(info.roles)
    if local.is_file() and not info.overviews and declared > 2000 * max(local.stat().st_size, 1) and declared > 10 * 2**30:
        raise RasterError(
            f"{info.shown} declares {declared / 2**30:.0f} GB of pixels in a file of {local.stat().st_size / 2**20:.1f} MB: it is damaged, "
            "nearly empty, or made to exhaust memory. Cut out the part that holds data (gdal_translate -projwin) and give that."
        )


def _check_place(info: RasterInfo, scene: bool) -> None:
    a, b, _, d, e, _ = info.transform
    if not info.crs or (a, b, d, e) == (1, 0, 0, 1):
        missing = "coordinate reference system" if not info.crs else "transform from pixels to the ground"
        otherwise = ", or describe two pictures of the same frame with `deltascribe caption`" if scene else ""
        raise UnplacedError(f"{info.shown} has no {missing}, so it isn't known where it lies. {_how_to_place(info)}{otherwise}.")
    if not all(math.isfinite(value) for value in info.transform) or a * e - b * d == 0:
        raise UnplacedError(f"{info.shown} has a transform of which pixels cover no ground: {info.transform}. Export it again.")


def _how_to_place(info: RasterInfo) -> str:
    beside = placing_files(info.path)
    if beside:
        return (
            f"Files beside a scene aren't read: write what is in {' and '.join(beside)} into it (gdal_translate IN.tif OUT.tif; with "
            "-a_srs EPSG:... for the system that a .prj names)"
        )
    return "Write it into the file (gdal_edit.py -a_srs EPSG:... -a_ullr LEFT TOP RIGHT BOTTOM FILE)"


def _itemsize(dtype: str) -> int:
    import numpy as np

    try:
        return int(np.dtype(dtype).itemsize)
    except TypeError:  # such as complex integers, which numpy has no word for
        return 8
