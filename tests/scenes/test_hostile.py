"""Files that are broken, wrong or made to do harm: each gets a named error that says what to do, or is read; in bounded memory."""

from __future__ import annotations

import json
import math
import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .rasters_for_tests import LEFT, TOP, noise, north_up, write

rasterio = pytest.importorskip("rasterio")

SCRIPT = Path(__file__).with_name("look_at_files.py")
VRT = (
    '<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:32633</SRS><GeoTransform>500000,0.5,0,5000000,0,-0.5</GeoTransform>'
    '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand>'
    "</VRTDataset>"
)
GEO_KEYS = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633)
"""Of a GeoTIFF in UTM zone 33."""


def bare_tiff(
    path: Path, size: tuple[int, int], block: tuple[int, int], pieces: int, data: bytes, *, deflate: bool, tiled: bool, bits: int = 8
) -> None:
    """A one-band BigTIFF of (height, width) of whole numbers, all of whose blocks are one piece of data."""
    layout = {322: (3, block[1:]), 323: (3, block[:1])} if tiled else {278: (4, block[:1])}
    offsets, counts = (324, 325) if tiled else (273, 279)
    tags: dict[int, tuple[int, Any]] = {
        256: (4, size[1:]),
        257: (4, size[:1]),
        258: (3, (bits,)),
        259: (3, (8 if deflate else 1,)),
        262: (3, (1,)),
        277: (3, (1,)),
        33550: (12, (0.5, 0.5, 0.0)),
        33922: (12, (0.0, 0.0, 0.0, LEFT, TOP, 0.0)),
        34735: (3, GEO_KEYS),
        **layout,
        offsets: (16, (16,) * pieces),
        counts: (4, (len(data),) * pieces),
    }
    formats = {3: "H", 4: "I", 12: "d", 16: "Q"}
    directory = 16 + len(data)
    behind = directory + 8 + 20 * len(tags) + 8
    entries, extra = [], b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}{formats[kind]}", *values)
        if len(packed) > 8:
            where, extra = struct.pack("<Q", behind + len(extra)), extra + packed
        else:
            where = packed.ljust(8, b"\0")
        entries.append(struct.pack("<HHQ", tag, kind, len(values)) + where)
    head = b"II" + struct.pack("<HHHQ", 43, 8, 0, directory)
    path.write_bytes(head + data + struct.pack("<Q", len(tags)) + b"".join(entries) + struct.pack("<Q", 0) + extra)


def cut(path: Path, share: float, **profile: Any) -> None:
    write(path, noise(3, 1024, 1024), **profile)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def header_cut_off(path: Path) -> None:
    """A TIFF whose header, which lies behind the data, is missing."""
    bare_tiff(path, (64, 64), (64, 64), 1, bytes(64 * 64), deflate=False, tiled=True)
    path.write_bytes(path.read_bytes()[: 64 * 64])


def without_text_of_keys(path: Path) -> None:
    """A GeoTIFF whose keys speak of a text that is not there."""
    write(path, noise())
    content = path.read_bytes().replace(struct.pack("<HH", 34737, 2), struct.pack("<HH", 34737, 77))
    path.write_bytes(content.replace(struct.pack("<HH", 33550, 12), struct.pack("<HH", 33644, 12)))


def turned(degrees: float) -> tuple[float, ...]:
    cos, sin = 0.5 * math.cos(math.radians(degrees)), 0.5 * math.sin(math.radians(degrees))
    return cos, sin, LEFT, sin, -cos, TOP


def deflated(size: int) -> bytes:
    return zlib.compress(bytes(size), 1)


SPARSE = {"sparse_ok": True, "tiled": True, "blockxsize": 512, "blockysize": 512, "bigtiff": "yes", "photometric": "minisblack"}


def sparse(path: Path, side: int, bands: int, dtype: str) -> None:
    place = {"crs": "EPSG:32633", "transform": rasterio.Affine(*north_up(0.5)), "driver": "GTiff"}
    with rasterio.open(path, "w", height=side, width=side, count=bands, dtype=dtype, **place, **SPARSE):
        pass


# name -> (what makes the file, kind of the answer, what it says)
CASES: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    # no rasters
    "vrt": (lambda path: path.write_text(VRT), "ImageDecodeError", r"neither a TIFF nor a JPEG 2000.*VRT.*gdal_translate IN OUT\.tif"),
    "text": (lambda path: path.write_text("before and after"), "ImageDecodeError", r"neither a TIFF.*gdal_translate IN OUT\.tif"),
    "png": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50)), "ImageDecodeError", r"neither a TIFF.*gdal_translate"),
    "empty": (lambda path: path.write_bytes(b""), "ImageDecodeError", r"0 bytes.*Copy or export it again"),
    "folder": (lambda path: path.mkdir(), "ImageDecodeError", "folder.*Give the GeoTIFF in it"),
    "missing": (lambda path: None, "ImageNotFoundError", "There is no file.*Check the path"),
    "pipe": (lambda path: os.mkfifo(path), "ImageDecodeError", "no regular file.*Give a GeoTIFF"),
    # damaged
    "cut in the header": (lambda path: cut(path, 0.00005), "ImageDecodeError", "cut short: copy or export it again"),
    "only a signature": (lambda path: path.write_bytes(b"II*\0"), "ImageDecodeError", "cut short: copy or export it again"),
    "header cut off": (lambda path: header_cut_off(path), "ImageDecodeError", "cut short: copy or export it again"),
    "cut in the data": (
        lambda path: cut(path, 0.6), "ImageDecodeError", r"near x=.*, y=.*EPSG:32633.*(?<!details)\).*cut short there.*--bbox"),
    "cut in deflated data": (lambda path: cut(path, 0.6, compress="deflate"), "ImageDecodeError", r"near x=.*, y=.*--bbox"),
    "no text of its keys": (without_text_of_keys, "ImageDecodeError", "damaged or cut short: copy or export it again"),
    # larger than they are
    "declares 120 GB, sparse": (
        lambda path: sparse(path, 61_300, 4, "float64"), "RasterError", r"declares 112 GB.*gdal_translate -projwin"),
    "declares 120 GB in bands": (lambda path: sparse(path, 19_000, 340, "uint8"), "RasterError", r"declares 114 GB.*-projwin"),
    "too many pixels": (lambda path: sparse(path, 200_000, 1, "uint8"), "RasterError", r"4e\+10.*--max-pixels.*gdal_translate -projwin"),
    "one deflated block for all of 3.6 GB": (
        lambda path: bare_tiff(path, (60_000, 60_000), (2048, 2048), 900, deflated(2048**2), deflate=True, tiled=True),
        "read", "first 1.00, last 1.00"),
    "one deflated block for all of 29 GB": (
        lambda path: bare_tiff(path, (60_000, 60_000), (2048, 2048), 900, deflated(8 * 2048**2), deflate=True, tiled=True, bits=64),
        "RasterError", "declares 27 GB of pixels in a file of 0.* MB.*gdal_translate -projwin"),
    "a strip of 3.6 GB, deflated, with 1 MB in it": (
        lambda path: bare_tiff(path, (60_000, 60_000), (60_000, 60_000), 1, deflated(10**6), deflate=True, tiled=False),
        "ImageDecodeError", r"near x=.*, y=.*copy or export it again"),
    "two strips of 1.8 GB, deflated": (
        lambda path: bare_tiff(path, (60_000, 60_000), (30_000, 60_000), 2, deflated(10**6), deflate=True, tiled=False),
        "RasterError", r"blocks of 60000 x 30000 pixels \(1717 MB each\).*gdal_translate -co TILED=YES"),
    "a block of 128 MB": (
        lambda path: bare_tiff(path, (11_584, 11_584), (11_584, 11_584), 1, deflated(11_584**2), deflate=True, tiled=True),
        "read", "first 1.00, last 1.00"),
    "a strip of 3.6 GB in 1 MB": (
        lambda path: bare_tiff(path, (60_000, 60_000), (60_000, 60_000), 1, bytes(10**6), deflate=False, tiled=False),
        "ImageDecodeError", r"near x=.*, y=.*copy or export it again"),
    "a strip of 100 MB, deflated": (
        lambda path: bare_tiff(path, (10_000, 10_000), (10_000, 10_000), 1, deflated(10_000**2), deflate=True, tiled=False),
        "read", "first 1.00, last 1.00"),
    # nowhere
    "no system": (lambda path: write(path, noise(), crs=None), "UnplacedError", r"no coordinate reference system.*gdal_edit\.py -a_srs"),
    "no transform": (lambda path: write(path, noise(), transform=None), "UnplacedError", r"no transform from pixels.*gdal_edit\.py"),
    "identity": (lambda path: write(path, noise(), transform=(1, 0, 0, 0, 1, 0)), "UnplacedError", r"no transform from pixels.*gdal_edit"),
    "pixels without ground": (
        lambda path: write(path, noise(), transform=(0.5, 0.5, LEFT, 0.5, 0.5, TOP)), "UnplacedError", "cover no ground.*Export it again"),
    "place that is no number": (
        lambda path: write(path, noise(), transform=(0.5, 0, math.nan, 0, -0.5, TOP)), "UnplacedError", "cover no ground.*Export it again"),
    "degrees that are metres": (lambda path: write(path, noise(), crs="EPSG:4326"), "UnplacedError", "no place on Earth.*gdal_edit"),
    # pictures that need a choice
    "complex": (lambda path: write(path, noise(1).astype(np.complex64)), "PixelValueError", "complex values.*amplitude"),
    "complex of 16 bit": (lambda path: write(path, noise(1).astype(np.complex64), dtype="complex_int16"), "PixelValueError", "amplitude"),
    "all missing, 16 bit": (
        lambda path: write(path, noise().astype("uint16") * 0, nodata=0), "PixelValueError", "no valid value.*-unsetnodata"),
    "all NaN": (lambda path: write(path, noise() * np.float32(np.nan)), "PixelValueError", "no valid value"),
    "two bands": (lambda path: write(path, noise(2)), "BandError", "2 bands.*--bands 3,2,1"),
    "colour table": (lambda path: write(path, noise(1), photometric="palette"), "BandError", "colour table.*gdal_translate -expand rgb"),
    # read as they are
    "all missing": (lambda path: write(path, noise() * 0, nodata=0), "read", "first 0.00, last 0.00"),
    "NaN in places": (
        lambda path: write(path, np.where(np.arange(64) < 16, np.nan, noise()).astype("float32")), "read", "first 0.75, last 0.75"),
    "one band": (lambda path: write(path, noise(1)), "read", "first 1.00, last 1.00"),
    "16 bit": (lambda path: write(path, noise().astype("uint16") * 100), "read", "first 1.00, last 1.00"),
    "64 bit": (lambda path: write(path, noise().astype("uint64") * 100), "read", "first 1.00, last 1.00"),
    "signed 8 bit": (lambda path: write(path, noise().astype("int8")), "read", "first 1.00, last 1.00"),
    "constant": (lambda path: write(path, noise().astype("uint16") * 0 + 7), "read", "first 1.00, last 1.00"),
    "rotated": (lambda path: write(path, noise(3, 300, 300), transform=turned(30)), "read", r"first 0\.6\d, last 0\.6\d"),
    "big-endian": (lambda path: write(path, noise().astype("uint16"), endianness="big"), "read", "first 1.00, last 1.00"),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What one process with little memory says of each file."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = {name: folder / f"{number}.tif" for number, name in enumerate(CASES)}
    for name, path in paths.items():
        CASES[name][0](path)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, paths.values())], capture_output=True, text=True, check=True, timeout=300, env=environment
    )
    said = json.loads(found.stdout)
    return {name: said[str(path)] for name, path in paths.items()}


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="memory is limited by what Linux tells of it")
@pytest.mark.parametrize("name", CASES)
def test_each_file_is_read_or_named_with_what_to_do(answers: dict[str, dict[str, Any]], name: str) -> None:
    _, kind, says = CASES[name]
    assert answers[name]["kind"] == kind, answers[name]
    assert re.search(says, answers[name]["message"])


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="memory is limited by what Linux tells of it")
@pytest.mark.parametrize("name", CASES)
def test_no_file_takes_much_time_or_memory(answers: dict[str, dict[str, Any]], name: str) -> None:
    assert answers[name]["seconds"] < 10  # 2 are meant, see docs/scenes.md; a busy machine takes longer
    assert 0 < answers[name]["grown"] < 500e6
