"""Decoding one image file: formats, alpha, orientation, and every way to be unfit."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.errors import (
    BandError,
    DeltascribeError,
    ImageDecodeError,
    ImageNotFoundError,
    ImageTooLargeError,
)
from deltascribe.geotiff import orient
from deltascribe.imaging import load_array, read_image

RGB = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
EXPECTED = RGB.transpose(2, 0, 1).astype(np.float32) / 255


def png_with_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("png", {}),
        ("bmp", {}),
        ("webp", {"lossless": True}),
        ("tif", {}),
        ("tif", {"compression": "tiff_lzw"}),
        ("tif", {"compression": "tiff_adobe_deflate"}),
        ("tif", {"big_tiff": True}),
    ],
)
def test_lossless_formats_give_exact_pixels(tmp_path: Path, ending: str, options: dict[str, Any]) -> None:
    path = tmp_path / f"image.{ending}"
    Image.fromarray(RGB).save(path, **options)
    pixels = read_image(path)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, EXPECTED)


def test_jpeg_gives_pixels_near_the_original(tmp_path: Path) -> None:
    smooth = np.linspace(0, 255, 32 * 32 * 3).reshape(32, 32, 3).astype(np.uint8)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_image(tmp_path / "a.jpg") - smooth.transpose(2, 0, 1) / 255).max() < 0.05


def test_the_type_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "really_png.jpg", format="PNG")
    np.testing.assert_array_equal(read_image(str(tmp_path / "really_png.jpg")), EXPECTED)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "LA", "RGBA"])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_every_pillow_mode_reads_as_pillow_shows_it(tmp_path: Path, mode: str, ending: str) -> None:
    image = Image.fromarray(RGB).convert(mode)
    path = tmp_path / f"a.{ending}"
    try:
        image.save(path)
    except OSError:
        pytest.skip(f"{ending} has no mode {mode}")
    shown = np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1)
    np.testing.assert_array_equal(read_image(path), shown.astype(np.float32) / 255)


def test_grey_is_repeated_to_three_bands(tmp_path: Path) -> None:
    Image.fromarray(RGB[..., 0]).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png"), np.repeat(EXPECTED[:1], 3, axis=0))


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_only_fully_transparent_pixels_become_black(tmp_path: Path, ending: str) -> None:
    alpha = np.full((6, 9, 1), 255, np.uint8)
    alpha[0], alpha[1] = 0, 100
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.concatenate([RGB, alpha], axis=2)).save(path)
    pixels = read_image(path)
    assert (pixels[:, 0] == 0).all()
    np.testing.assert_array_equal(pixels[:, 1:], EXPECTED[:, 1:])


def test_a_transparent_palette_colour_becomes_black(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    image.putpalette([200, 100, 50, 10, 20, 30])
    image.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_allclose(read_image(tmp_path / "a.png")[:, 0] * 255, [[0, 10], [0, 20], [0, 30]], atol=1e-4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, ending: str) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / f"a.{ending}"
    Image.fromarray(RGB).save(path, exif=exif, **({"lossless": True} if ending == "webp" else {}))
    np.testing.assert_array_equal(read_image(path), orient(EXPECTED, orientation))


def test_orientation_is_applied_to_a_jpeg(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(RGB).save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (3, 9, 6)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_16_bit_grey_is_scaled_by_its_type(tmp_path: Path, ending: str) -> None:
    values = np.array([[0, 1, 32768, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / f"a.{ending}")
    np.testing.assert_allclose(read_image(tmp_path / f"a.{ending}")[1], values / 65535, rtol=1e-6)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [(2047, [0, 1000 / 2047, 1.0, 1.0]), (10000, [0, 0.1, 0.2047, 1.0]), ((1000, 3000), [0, 0, 1047 / 2000, 1.0])],
)
def test_an_explicit_scale_is_fixed_and_clips(tmp_path: Path, scale: Any, expected: list[float]) -> None:
    Image.fromarray(np.array([[0, 1000, 2047, 60000]], np.uint16)).save(tmp_path / "a.tif")
    np.testing.assert_allclose(read_image(tmp_path / "a.tif", scale=scale)[0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ((1, 2), "names 2 bands"),
        ((1, 2, 4), "no band 4"),
        ((0, 1, 2), "no band 0"),
        ((), "names 0 bands"),
        ((1.5, 2, 3), "whole numbers"),
        (3, "whole"),
    ],
)
def test_unusable_bands_are_named(tmp_path: Path, bands: Any, message: str) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.png")
    with pytest.raises(BandError, match=message):
        read_image(tmp_path / "a.png", bands=bands)
    with pytest.raises(BandError, match=message):
        load_array(RGB, bands=bands)


def test_bands_reorder_a_png(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png", bands=(3, 2, 1)), EXPECTED[::-1])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFoundError, match=r"nowhere\.png"):
        read_image(tmp_path / "nowhere.png")


def test_an_address_is_a_missing_file() -> None:
    with pytest.raises(ImageNotFoundError):
        read_image("/vsicurl/http://127.0.0.1/a.tif")


def test_a_folder_an_empty_file_and_a_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("hello, this is text")
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "empty.png", "is empty"), (tmp_path / "text.png", "is no PNG")):
        with pytest.raises(ImageDecodeError, match=message):
            read_image(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize(
    ("ending", "options"), [("png", {}), ("jpg", {}), ("tif", {}), ("tif", {"compression": "tiff_lzw"}), ("bmp", {}), ("webp", {})]
)
def test_a_file_cut_short_is_named_at_every_length(tmp_path: Path, ending: str, options: dict[str, Any], share: float) -> None:
    noise = np.random.default_rng(8).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / f"a.{ending}"
    Image.fromarray(noise).save(path, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ImageDecodeError):
        read_image(path)


@pytest.mark.parametrize("missing", [6, 12, 13, 20])
def test_a_png_without_its_last_bytes_is_named(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(RGB).save(path)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(ImageDecodeError):
        read_image(path)


def test_a_png_with_a_flipped_bit_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(RGB).save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ImageDecodeError, match="damaged"):
        read_image(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_random_damage_gives_pixels_or_a_named_error(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(RGB).save(path)
    data = path.read_bytes()
    generator = np.random.default_rng(10)
    for _ in range(150):
        damaged = bytearray(data)
        for at in generator.integers(0, len(data), 4):
            damaged[at] = generator.integers(0, 256)
        path.write_bytes(damaged)
        try:
            pixels = read_image(path, max_pixels=10_000)
        except DeltascribeError:
            continue
        assert pixels.shape[0] == 3
        assert np.isfinite(pixels).all()


def test_a_header_of_60000_x_60000_is_refused_undecoded(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_with_header(60000, 60000))
    with pytest.raises(
        ImageTooLargeError,
        match=r"60000 x 60000 = 3600 million pixels.*limit of 100 million.*max_pixels=\.\.\., or --max-pixels on the command line",
    ):
        read_image(tmp_path / "bomb.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "bmp", "webp"])
def test_the_pixel_limit_holds_for_every_format_with_pillows_own_limit_off(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(RGB).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert read_image(path, max_pixels=54).shape == (3, 6, 9)
    with pytest.raises(ImageTooLargeError, match="limit"):
        read_image(path, max_pixels=53)


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp"])
def test_a_raised_limit_is_not_undercut_by_pillows_own(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(RGB).save(tmp_path / f"a.{ending}")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    assert read_image(tmp_path / f"a.{ending}").shape == (3, 6, 9)


@pytest.mark.parametrize("ending", ["tif", "webp"])
def test_pillows_own_limit_is_named_where_it_cannot_be_avoided(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(RGB).save(tmp_path / f"a.{ending}")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    with pytest.raises(ImageTooLargeError, match="MAX_IMAGE_PIXELS"):
        read_image(tmp_path / f"a.{ending}")
