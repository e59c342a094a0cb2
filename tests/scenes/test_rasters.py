"""Headers of rasters, and which files and addresses are opened at all; `test_hostile.py` has the files that are wrong."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from deltascribe.errors import BandError, DeltascribeError, ImageDecodeError, MissingDependencyError, RasterError, UnplacedError
from deltascribe.scenes.alignment import align
from deltascribe.scenes.rasters import import_rasterio, inspect_raster, opened, raster_environment

from .rasters_for_tests import LEFT, TOP, UTM, date, header, info, noise, north_up, write

rasterio = pytest.importorskip("rasterio")


def test_a_header_tells_what_the_file_declares(tmp_path: Path) -> None:
    blocks = {"tiled": True, "blockxsize": 32, "blockysize": 16, "compress": "deflate"}
    path = write(tmp_path / "scene.tif", noise(4, 80, 100).astype("uint16"), nodata=7, photometric="rgb", alpha="yes", **blocks)
    found = info(path)
    assert (found.path, found.name, found.driver) == (str(path), "scene.tif", "GTiff")
    assert (found.width, found.height) == (100, 80)
    assert found.roles == ("red", "green", "blue", "alpha")
    assert (found.dtype, found.nodata, found.compressed) == ("uint16", 7.0, "deflate")
    assert (found.crs, found.transform) == (UTM, north_up(0.5))
    assert found.block == (16, 32)
    assert not found.overviews
    assert not found.striped


def test_strips_over_a_wide_scene_are_told(tmp_path: Path) -> None:
    assert info(write(tmp_path / "wide.tif", noise(1, 20, 1100))).striped
    assert not info(write(tmp_path / "narrow.tif", noise(1, 20, 1000))).striped
    assert not info(write(tmp_path / "tiles.tif", noise(1, 20, 1100), tiled=True, blockxsize=256, blockysize=256)).striped


@pytest.mark.parametrize("compress", ["none", "lzw", "deflate", "zstd", "packbits", "lzma", "lerc", "lerc_zstd", "webp", "jpeg"])
def test_compressions_are_named_or_none(tmp_path: Path, compress: str) -> None:
    try:
        path = write(tmp_path / "a.tif", noise(), compress=compress)
    except rasterio.errors.RasterioError:
        pytest.skip("this GDAL does not write it")
    assert info(path).compressed == (None if compress == "none" else compress)


def test_a_system_without_a_number_is_kept_as_text(tmp_path: Path) -> None:
    found = info(write(tmp_path / "a.tif", noise(), crs="ESRI:54030"))
    assert "Robinson" in found.crs


def test_the_type_is_told_by_the_content(tmp_path: Path) -> None:
    path = write(tmp_path / "scene.tif", noise())
    path.rename(tmp_path / "scene.dat")
    assert info(tmp_path / "scene.dat").driver == "GTiff"


def test_a_jpeg_2000_is_read(tmp_path: Path) -> None:
    try:
        path = write(tmp_path / "a.jp2", noise(), driver="JP2OpenJPEG")
    except rasterio.errors.RasterioError:
        pytest.skip("this GDAL does not write JPEG 2000")
    assert info(path).driver == "JP2OpenJPEG"


def test_side_files_are_left_alone_and_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise(), crs=None, transform=None)
    (tmp_path / "a.tfw").write_text(f"0.5\n0\n0\n-0.5\n{LEFT}\n{TOP}\n")
    (tmp_path / "a.tif.aux.xml").write_text(f"<PAMDataset><SRS>{UTM}</SRS></PAMDataset>")
    with pytest.raises(UnplacedError, match=r"no coordinate reference system.*write what is in a\.tfw and a\.tif\.aux\.xml into it"):
        info(path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.tfw", "a.tif", "a.tif.aux.xml"]


def test_a_mask_in_a_file_of_its_own_is_refused_until_it_is_written_inside(tmp_path: Path) -> None:
    hole = np.full((64, 64), 255, np.uint8)
    hole[:, :20] = 0
    path = write(tmp_path / "a.tif", noise())
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as target:
        target.write_mask(hole)
    with pytest.raises(RasterError, match=r"a\.tif\.msk marks what is missing in .*a\.tif.*GDAL_TIFF_INTERNAL_MASK YES IN\.tif OUT\.tif"):
        info(path)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):  # what the message says to do
        import_rasterio().shutil.copy(path, tmp_path / "b.tif", driver="GTiff")
    assert info(tmp_path / "b.tif").width == 64
    with raster_environment(), opened(str(tmp_path / "b.tif")) as dataset:
        np.testing.assert_array_equal(dataset.read_masks(1), hole)


@pytest.mark.parametrize(
    "address", ["https://example.org/a.tif", "s3://bucket/a.tif", "/vsicurl/https://example.org/a.tif", "/vsizip/a.zip/b.tif"]
)
def test_an_address_is_refused_unless_the_network_is_allowed(address: str) -> None:
    with pytest.raises(RasterError, match=r"not a local file.*--network"):
        inspect_raster(address, max_pixels=10**8)


@pytest.mark.parametrize("address", ["http://example.org/a.tif", "ftp://example.org/a.tif"])
def test_other_kinds_of_addresses_are_refused_with_the_network_too(address: str) -> None:
    with pytest.raises(RasterError, match=r"https:// and s3:// addresses alone"):
        inspect_raster(address, max_pixels=10**8, network=True)


@pytest.mark.parametrize("address", ["/vsicurl/https://example.org/a.tif", "/vsizip/a.zip/b.tif", "/vsistdin/"])
def test_gdals_own_file_systems_are_refused_even_then(address: str) -> None:
    with pytest.raises(RasterError, match="not a local file"):
        inspect_raster(address, max_pixels=10**8, network=True)


def test_the_limit_of_pixels_is_that_of_the_caller(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise())
    assert inspect_raster(path, max_pixels=64 * 64).width == 64
    with pytest.raises(RasterError, match=r"64 x 64 pixels.*more than the limit of 4\.1e\+03.*--max-pixels"):
        inspect_raster(path, max_pixels=64 * 64 - 1)


def test_bands_in_planes_are_counted_one_by_one(tmp_path: Path) -> None:
    profile = {"tiled": True, "blockxsize": 4096, "blockysize": 4096, "sparse_ok": True, "photometric": "minisblack", "driver": "GTiff"}
    place = {"height": 4096, "width": 4096, "count": 10, "dtype": "uint8", "crs": UTM, "transform": rasterio.Affine(*north_up(0.5))}
    for interleave in ("band", "pixel"):  # 16 MB and 160 MB a block
        with rasterio.open(tmp_path / f"{interleave}.tif", "w", interleave=interleave, **place, **profile):
            pass
    assert info(tmp_path / "band.tif").block == (4096, 4096)
    with pytest.raises(RasterError, match=r"160 MB each.*TILED=YES"):
        info(tmp_path / "pixel.tif")


@pytest.mark.parametrize(
    ("roles", "wanted", "bands"),
    [
        (("grey",), None, (0,)),
        (("grey", "alpha"), None, (0,)),
        (("red", "green", "blue", "undefined"), None, (0, 1, 2)),
        (("blue", "green", "red", "undefined"), None, (2, 1, 0)),
        (("grey", "undefined", "undefined", "undefined"), (4, 3, 2), (3, 2, 1)),
        (("grey", "palette"), (1,), (0,)),
    ],
)
def test_bands_go_by_their_names_or_by_choice(roles: tuple[str, ...], wanted: tuple[int, ...] | None, bands: tuple[int, ...]) -> None:
    assert header(roles=roles).bands(wanted).colour == bands


@pytest.mark.parametrize("wanted", [None, (1,)])
def test_numbers_of_a_colour_table_are_no_grey(wanted: tuple[int, ...] | None) -> None:
    with pytest.raises(BandError, match=r"colour table.*-expand rgb"):
        header(roles=("palette",)).bands(wanted)


def test_an_error_while_a_file_is_open_is_named_after_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise())
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ImageDecodeError, match=r"a\.tif cannot be read \(.*Read error.*copy or export it again"), raster_environment():  # noqa: SIM117
        with opened(str(path)) as dataset:
            dataset.read()


def test_nodata_beside_alpha_gives_no_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise(4), photometric="rgb", alpha="yes", nodata=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with raster_environment(), opened(str(path)) as dataset:
            assert dataset.read_masks(1).all()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", noise())
    path.chmod(0)
    with pytest.raises(ImageDecodeError, match="Change its permissions"):
        info(path)


def test_without_rasterio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.tif", noise())
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingDependencyError, match=r"deltascribe\[geo\]"):
        info(path)


def test_headers_with_wrong_bytes_are_read_or_named(tmp_path: Path) -> None:
    """Whatever is in a header, nothing but a named error comes out."""
    draw = np.random.default_rng(0)
    usual = write(tmp_path / "a.tif", noise(), compress="deflate", nodata=0).read_bytes()
    degrees = write(tmp_path / "b.tif", noise(), crs="EPSG:4326", transform=north_up(1e-5, 15.0, 45.0), tiled=True).read_bytes()
    kinds = set()
    for turn in range(200):
        content = bytearray((usual, degrees)[turn % 2])
        for place in draw.integers(4, 420, draw.integers(1, 4)):
            content[place] = draw.integers(256)
        path = tmp_path / "c.tif"
        path.write_bytes(content)
        try:
            found = date(path).info
            align(found, found, 0.5, "native")
            kinds.add("read")
        except DeltascribeError as error:
            kinds.add(type(error).__name__)
    assert {"read", "ImageDecodeError", "UnplacedError"} <= kinds
