"""What a raster is known by, on disk and on the web."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import DeltascribeError, RasterError
from deltascribe.scenes.identity import checksum

from .rasters_for_tests import noise, write
from .web import Web, web

__all__ = ["web"]  # fixture


@pytest.fixture
def tokens() -> Iterator[str]:
    """Queries that are new each time; GDAL keeps what it has read of an address."""
    return (f"?sig=SECRET{number}" for number in range(100))


def blocks(folder: Path, values: Any, **profile: Any) -> bytes:
    """A GeoTIFF in blocks of 16 pixels."""
    settings = {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "deflate", **profile}
    return write(folder / "scene.tif", values, **settings).read_bytes()


def test_a_local_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert checksum(str(tmp_path / "a")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_renewed_token_makes_no_difference(web: Web, tmp_path: Path, tokens: Iterator[str]) -> None:
    for folder in ("a", "b"):
        (web.folder / folder).mkdir()
        (web.folder / folder / "scene.tif").write_bytes(blocks(tmp_path, noise()))
    first, again = (checksum(f"{web.root}/a/scene.tif{next(tokens)}", network=True) for _ in range(2))
    assert first == again
    assert first.startswith(f"address {web.root}/a/scene.tif ")
    assert "SECRET" not in first
    assert any("SECRET0" in path for path in web.asked)
    assert any("SECRET1" in path for path in web.asked)
    assert checksum(f"{web.root}/b/scene.tif", network=True) == first.replace("/a/", "/b/")


@pytest.mark.parametrize("compress", ["deflate", "none"])
def test_another_file_at_the_same_address_is_told(web: Web, tmp_path: Path, tokens: Iterator[str], compress: str) -> None:
    ground = noise(height=320, width=320)
    patch, wide = ground.copy(), ground.copy()
    patch[:, 100:120, 100:120] = 0
    wide[:, :160] = 0
    found = set()
    # a small change is told where the lengths of blocks tell it, a large one in any file
    files = [blocks(tmp_path, values, compress=compress) for values in ([ground, patch, wide] if compress == "deflate" else [ground, wide])]
    files += [blocks(tmp_path, ground, compress=compress, nodata=0), blocks(tmp_path, ground, compress=compress, crs="EPSG:32632")]
    for content in files:
        (web.folder / "scene.tif").write_bytes(content)
        found.add(checksum(f"{web.root}/scene.tif{next(tokens)}", network=True))
    assert len(found) == len(files)


def test_a_large_raster_is_not_loaded_whole(web: Web, tmp_path: Path) -> None:
    content = blocks(tmp_path, noise(height=1600, width=1600), compress="none")
    (web.folder / "scene.tif").write_bytes(content)
    checksum(f"{web.root}/scene.tif", network=True)
    assert 0 < web.sent < len(content) / 5


def test_the_network_is_not_used_unasked(web: Web) -> None:
    with pytest.raises(RasterError, match=r"scene\.tif is not a local file.*--network"):
        checksum(f"{web.root}/scene.tif?sig=SECRET")
    assert web.asked == []


def test_an_address_that_is_gone_is_named_without_its_token(web: Web) -> None:
    with pytest.raises(DeltascribeError, match=r"/scene\.tif cannot be read \(.*404") as raised:
        checksum(f"{web.root}/scene.tif?sig=SECRET", network=True)
    assert "SECRET" not in str(raised.value)
