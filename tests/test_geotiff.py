"""TIFFs beyond 8-bit colour: bands, 16 bit, missing values, and the place on the ground, with and without rasterio."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps, TiffImagePlugin

from deltascribe.errors import (
    BandError,
    ImageDecodeError,
    MissingDependencyError,
    PixelValueError,
)
from deltascribe.geotiff import georeference_from_tags, orient, read_tags
from deltascribe.imaging import load_array, load_image, read_image

RGB = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
EXPECTED = RGB.transpose(2, 0, 1).astype(np.float32) / 255


@pytest.fixture
def no_rasterio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)


def write_tiff(path: Path, bands: np.ndarray, **options: Any) -> Path:
    """Writes [C, H, W] with GDAL; options are those of rasterio.open."""
    rasterio = pytest.importorskip("rasterio")
    colours = options.pop("colorinterp", None)
    count, height, width = bands.shape
    options = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": bands.dtype, **options}
    with rasterio.open(path, "w", **options) as dataset:
        if colours:
            dataset.colorinterp = [rasterio.enums.ColorInterp[name] for name in colours]
        dataset.write(bands)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orient_turns_as_pillow_does(orientation: int) -> None:
    image = Image.fromarray(RGB[..., 0])
    image.getexif()[274] = orientation
    np.testing.assert_array_equal(orient(RGB[..., 0], orientation), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.usefixtures("no_rasterio")
def test_a_big_endian_16_bit_tiff_is_read_in_its_byte_order(tmp_path: Path) -> None:
    rows = struct.pack(">2H", 1000, 65535)
    tags = [
        (256, 3, 2),
        (257, 3, 1),
        (258, 3, 16),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (278, 3, 1),
        (279, 4, 4),
    ]
    body = b"".join(struct.pack(">HHI", tag, kind, 1) + struct.pack(">I" if kind == 4 else ">H2x", value) for tag, kind, value in tags)
    (tmp_path / "a.tif").write_bytes(b"MM\x00*" + struct.pack(">IH", 8, len(tags)) + body + struct.pack(">I", 0) + rows)
    np.testing.assert_allclose(read_image(tmp_path / "a.tif")[0], [[1000 / 65535, 1.0]], rtol=1e-6)


def test_16_bit_colour_keeps_all_its_bits(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 65536, (3, 5, 7), dtype=np.uint16)
    tiff = write_tiff(tmp_path / "a.tif", values, photometric="RGB")
    png = write_tiff(tmp_path / "a.png", values, driver="PNG")
    for path in (tiff, png):
        np.testing.assert_allclose(read_image(path), values / 65535, rtol=1e-6)


@pytest.mark.parametrize("count", [1, 3])
def test_a_tiff_with_nan_is_named(tmp_path: Path, count: int) -> None:
    values = np.full((count, 4, 4), 0.5, np.float32)
    values[0, 0, 0] = np.nan
    with pytest.raises(PixelValueError, match="1 pixels that are NaN"):
        read_image(write_tiff(tmp_path / "a.tif", values))


@pytest.mark.parametrize("nodata", [-9999.0, math.nan])
def test_pixels_declared_missing_become_black(tmp_path: Path, nodata: float) -> None:
    values = np.full((3, 4, 4), 0.5, np.float32)
    values[:, 0, 0] = nodata
    pixels = read_image(write_tiff(tmp_path / "a.tif", values, nodata=nodata))
    assert (pixels[:, 0, 0] == 0).all()
    assert (pixels[:, 1:] == 0.5).all()


def test_a_value_declared_missing_counts_only_where_all_bands_have_it(tmp_path: Path) -> None:
    values = np.full((3, 2, 2), 100, np.uint8)
    values[:, 0, 0], values[0, 1, 1] = 255, 255
    pixels = read_image(write_tiff(tmp_path / "a.tif", values, photometric="RGB", nodata=255))
    assert (pixels[:, 0, 0] == 0).all()
    assert pixels[0, 1, 1] == 1.0


def test_red_green_blue_and_infrared_gives_the_first_three(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 65536, (4, 5, 5), dtype=np.uint16)
    path = write_tiff(tmp_path / "a.tif", values, photometric="RGB", colorinterp=["red", "green", "blue", "undefined"])
    np.testing.assert_allclose(read_image(path), values[:3] / 65535, rtol=1e-6)


def test_bands_named_blue_green_red_are_put_in_order(tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(0, 256, (4, 5, 5), dtype=np.uint8)
    path = write_tiff(tmp_path / "a.tif", values, photometric="MINISBLACK", colorinterp=["blue", "green", "red", "undefined"])
    dataset = pytest.importorskip("rasterio").open(path)
    if [role.name for role in dataset.colorinterp][:3] != ["blue", "green", "red"]:
        pytest.skip("this GDAL doesn't keep the names of the bands in the file")
    np.testing.assert_array_equal(read_image(path), values[[2, 1, 0]].astype(np.float32) / 255)


@pytest.mark.parametrize(("count", "dtype"), [(2, np.uint8), (4, np.uint16), (8, np.uint16)])
def test_bands_without_names_must_be_chosen(tmp_path: Path, count: int, dtype: Any) -> None:
    values = np.random.default_rng(4).integers(0, 250, (count, 5, 5)).astype(dtype)
    path = write_tiff(tmp_path / "a.tif", values, photometric="MINISBLACK", alpha="NO")
    with pytest.raises(BandError, match=rf"{count} bands.*bands=\(R, G, B\)"):
        read_image(path)
    np.testing.assert_allclose(read_image(path, bands=(2,), scale=255)[2], values[1] / 255, rtol=1e-6)
    if count > 3:
        np.testing.assert_allclose(read_image(path, bands=(4, 3, 1), scale=255), values[[3, 2, 0]] / 255, rtol=1e-6)


def test_the_infrared_of_a_4_band_file_can_be_chosen(tmp_path: Path) -> None:
    values = np.random.default_rng(5).integers(1, 256, (4, 5, 5), dtype=np.uint8)
    path = write_tiff(tmp_path / "a.tif", values)  # GDAL calls the fourth band alpha unless told otherwise
    np.testing.assert_array_equal(read_image(path, bands=(4, 1, 2)), values[[3, 0, 1]].astype(np.float32) / 255)
    np.testing.assert_array_equal(read_image(path), values[:3].astype(np.float32) / 255)


@pytest.mark.parametrize("interleave", ["pixel", "band"])
@pytest.mark.parametrize("compress", ["none", "deflate", "zstd"])
@pytest.mark.parametrize("tiled", [False, True])
def test_tiff_layouts_read_alike(tmp_path: Path, interleave: str, compress: str, tiled: bool) -> None:
    values = np.random.default_rng(6).integers(0, 256, (3, 40, 50), dtype=np.uint8)
    blocks = {"blockxsize": 16, "blockysize": 16} if tiled else {}
    path = write_tiff(tmp_path / "a.tif", values, photometric="RGB", interleave=interleave, compress=compress, tiled=tiled, **blocks)
    np.testing.assert_array_equal(read_image(path), values.astype(np.float32) / 255)


def test_orientation_is_applied_to_a_16_bit_colour_tiff(tmp_path: Path) -> None:
    values = np.random.default_rng(7).integers(0, 65536, (3, 4, 6), dtype=np.uint16)
    path = write_tiff(tmp_path / "a.tif", values, photometric="RGB")
    data = bytearray(path.read_bytes())
    start = struct.unpack("<I", data[4:8])[0] + 2
    count = struct.unpack("<H", data[start - 2 : start])[0]
    entries = [bytes(data[start + 12 * i : start + 12 * i + 12]) for i in range(count)]
    # the orientation takes the place of the planar configuration, which is the default one
    entries = [entry for entry in entries if entry[:2] != struct.pack("<H", 284)] + [struct.pack("<HHIHH", 274, 3, 1, 6, 0)]
    assert len(entries) == count
    data[start : start + 12 * count] = b"".join(sorted(entries, key=lambda entry: struct.unpack("<H", entry[:2])))
    path.write_bytes(data)
    np.testing.assert_allclose(read_image(path), np.rot90(values, -1, axes=(1, 2)) / 65535, rtol=1e-6)


def test_a_vrt_that_poses_as_a_tiff_is_refused(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "real.tif")
    (tmp_path / "a.tif").write_text(
        '<VRTDataset rasterXSize="9" rasterYSize="6"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">real.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    with pytest.raises(ImageDecodeError, match="VRT"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("compress", ["none", "deflate"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_16_bit_colour_tiff_cut_short_is_named(tmp_path: Path, compress: str, share: float) -> None:
    values = np.random.default_rng(9).integers(0, 65536, (3, 64, 64), dtype=np.uint16)
    path = write_tiff(tmp_path / "a.tif", values, photometric="RGB", compress=compress)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ImageDecodeError):
        read_image(path)


def test_a_tiff_that_needs_rasterio_says_so_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiff(tmp_path / "a.tif", np.zeros((3, 4, 4), np.uint16), photometric="RGB")
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingDependencyError, match=r"deltascribe\[geo\]"):
        read_image(path)


@pytest.mark.usefixtures("no_rasterio")
def test_ordinary_images_need_no_rasterio(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), EXPECTED)


CASES = [
    ("EPSG:32633", (0.5, 500000.0, 5000000.0), 0.5, 1e-9),
    ("EPSG:4326", (1e-5, 15.0, 60.0), 1e-5 * 111195 * math.sqrt(0.5), 1e-3),
    ("EPSG:3857", (1.0, 0.0, 8399737.9), 0.5, 1e-3),  # 60 degrees north: everything is drawn twice as large
    ("EPSG:2263", (2.0, 980000.0, 200000.0), 2 * 1200 / 3937, 1e-6),  # US survey feet
]


@pytest.mark.parametrize(("crs", "place", "metres", "tolerance"), CASES)
def test_ground_resolution_is_in_metres_with_and_without_rasterio(
    tmp_path: Path, crs: str, place: tuple[float, float, float], metres: float, tolerance: float
) -> None:
    affine = pytest.importorskip("rasterio.transform")
    transform = affine.from_origin(place[1], place[2], place[0], place[0])
    path = write_tiff(tmp_path / "a.tif", np.zeros((3, 8, 8), np.uint8), photometric="RGB", crs=crs, transform=transform)
    loaded = load_image(path)
    assert loaded.gsd == pytest.approx(metres, rel=tolerance)
    with path.open("rb") as stream:
        by_tags = georeference_from_tags(read_tags(stream))
    assert by_tags is not None
    assert by_tags.crs == crs
    assert by_tags.gsd == pytest.approx(loaded.gsd, rel=1e-6)
    assert loaded.georeference is not None
    assert by_tags.bounds == pytest.approx(loaded.georeference.bounds)
    left, top, side = place[1], place[2], place[0]
    assert loaded.georeference.bounds == pytest.approx((left, top - 8 * side, left + 8 * side, top))


@pytest.mark.usefixtures("no_rasterio")
@pytest.mark.parametrize(("raster_type", "left"), [(1, 300.0), (2, 299.75)])
def test_tags_written_without_gdal_give_the_ground_resolution(tmp_path: Path, raster_type: int, left: float) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550] = (0.5, 0.5, 0.0)
    tags[33922] = (0.0, 0.0, 0.0, 300.0, 900.0, 0.0)
    tags[34735] = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, raster_type, 3072, 0, 1, 32650)
    for tag, kind in ((33550, 12), (33922, 12), (34735, 3)):
        tags.tagtype[tag] = kind
    Image.fromarray(RGB).save(tmp_path / "a.tif", tiffinfo=tags)
    loaded = load_image(tmp_path / "a.tif")
    assert loaded.gsd == 0.5
    assert loaded.georeference is not None
    assert loaded.georeference.crs == "EPSG:32650"
    assert loaded.georeference.bounds[0] == left


def test_an_image_without_a_georeference_has_no_ground_resolution(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.tif")
    assert load_image(tmp_path / "a.tif").gsd is None
    assert load_array(RGB).gsd is None
