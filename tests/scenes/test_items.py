"""Which image of a STAC item is taken, and how items are read from the web."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import SceneError
from deltascribe.scenes import items
from deltascribe.scenes.items import image_of, is_item

from .web import Web, web

__all__ = ["web"]  # fixture

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
BANDS = {f"B{number:02}": {"href": f"B{number:02}.tif", "type": COG} for number in (2, 3, 4, 8)}


def save(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def tiff(href: str, *roles: str, **fields: Any) -> dict[str, Any]:
    return {"href": href, "type": COG, "roles": list(roles), **fields}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a/item.json", True),
        ("a/Item.GEOJSON#visual", True),
        ("a/item.json#some.json", True),
        ("https://host/item.json", True),
        ("https://host/item.json?sig=a/b.tif#visual", True),
        ("https://host/collections/s2/items/S2A_33TWN", True),
        ("https://host/collections/s2/items/S2A_33TWN?sig=x#B04", True),
        ("https://host/items/2024.tif", False),
        ("https://host/2024.tif?item=a.json", False),
        ("a/items/S2A", False),
        ("a/scene#1.tif", False),
        ("s3://bucket/2024.tif", False),
    ],
)
def test_items_are_told_from_rasters(source: str, expected: bool) -> None:
    assert is_item(source) == expected


@pytest.mark.parametrize(
    ("assets", "key"),
    [
        ({"visual": tiff("v.tif", "overview"), **BANDS}, "visual"),
        ({"rgb": tiff("v.tif", "visual"), "analytic": tiff("a.tif", "data")}, "rgb"),
        ({"image": tiff("i.tif"), "B04": tiff("r.tif")}, "image"),
        ({"ortho": tiff("o.tif", "data"), "dsm": tiff("d.tif")}, "ortho"),
        ({"ortho": tiff("o.tif", "data"), "udm": tiff("u.tif", "data-mask"), "small": tiff("s.tif", "thumbnail")}, "ortho"),
        ({"four": tiff("f.tif", **{"eo:bands": [{}] * 4}), "one": tiff("o", **{"raster:bands": [1]}), "b": tiff("b", bands=[1])}, "four"),
        ({"red": tiff("v.tif", **{"eo:bands": [{}] * 3}), "green": tiff("g.tif")}, "red"),
        ({"B04": {"href": "r.jp2", "type": "image/jp2"}, "thumbnail": {"href": "t.png", "type": "image/png"}}, "B04"),
        ({"visual": {"href": "a.tif"}, "info": {"href": "a.xml"}}, "visual"),
        ({"only": {"href": "https://host/a.TIFF?sig=b.xml"}}, "only"),
    ],
)  # fmt: skip
def test_the_image_is_found_and_told(tmp_path: Path, assets: dict[str, Any], key: str) -> None:
    path, note, _ = image_of(str(save(tmp_path / "item.json", {"assets": assets})))
    assert path.endswith(assets[key]["href"])
    assert note.startswith(f"Of the STAC item item.json the asset `{key}` is read")
    assert ("item.json#NAME reads another" in note) == (len([asset for asset in assets.values() if "tif" in json.dumps(asset)]) > 1)


def test_bands_one_by_one_are_no_picture(tmp_path: Path) -> None:
    path = str(save(tmp_path / "item.json", {"assets": BANDS}))
    with pytest.raises(SceneError, match=r"bands one by one \(B02, B03, B04, B08\).*rio stack RED.tif .*item\.json#B02"):
        image_of(path)
    assert image_of(f"{path}#B04")[:2] == (str(tmp_path / "B04.tif"), "")


@pytest.mark.parametrize(
    ("assets", "message"),
    [
        ({}, "no image among its assets .there are none"),
        ({"visual": {"href": "v.png", "type": "image/png"}, "b": 1}, r"no image among its assets \(b, visual\)"),
        ({"visual": {"type": "image/tiff"}}, "no image"),
        ({"a": tiff("a.tif", "overview"), "b": tiff("b.tif", "thumbnail")}, r"no image among its assets \(a, b\).*ITEM.json#NAME"),
        ({"a": tiff("a.tif"), "b": tiff("b.tif")}, r"may be the image \(a, b\)\. Name one: .*item\.json#a"),
        ({"a": tiff("a.tif", "visual"), "b": tiff("b.tif", "visual"), "data": tiff("b.tif")}, r"may be the image \(a, b\)"),
    ],
)
def test_an_item_without_a_clear_image_is_named(tmp_path: Path, assets: dict[str, Any], message: str) -> None:
    with pytest.raises(SceneError, match=message):
        image_of(str(save(tmp_path / "item.json", {"assets": assets})))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "item.json").write_text(json.dumps({"assets": {"visual": tiff("v.tif")}}), encoding="utf-8-sig")
    assert image_of(str(tmp_path / "item.json")).path == str(tmp_path / "v.tif")


@pytest.mark.parametrize("content", [{"type": "Feature"}, {"assets": ["a.tif"]}, [1, 2], "not JSON", "[" * 100_000])
def test_what_is_no_item_is_named(tmp_path: Path, content: Any) -> None:
    with pytest.raises(SceneError, match=r"no STAC item that can be read.*Give one with `assets`, or the GeoTIFF"):
        image_of(str(save(tmp_path / "item.json", content)))


def test_a_path_of_gdals_file_systems_is_not_shown() -> None:
    with pytest.raises(SceneError) as raised:
        image_of("/vsicurl/host/item.json?sig=SECRET.json")
    assert str(raised.value).startswith("/vsicurl/... is no STAC item")
    assert "SECRET" not in str(raised.value)


def test_a_missing_item_or_asset_is_named(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="no STAC item"):
        image_of(str(tmp_path / "missing.json"))
    with pytest.raises(SceneError, match=r"no file `B05` among its assets \(B02, B03, B04, B08\)"):
        image_of(f"{save(tmp_path / 'item.json', {'assets': BANDS})}#B05")


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("./v.tif", "items/v.tif"),
        ("../v.tif", "items/../v.tif"),
        ("/data/v.tif", "/data/v.tif"),
        ("file:///data/a%20b.tif", "/data/a b.tif"),
        ("https://host/v.tif?sig=x", "https://host/v.tif?sig=x"),
    ],
)
def test_a_file_lies_where_its_item_says(tmp_path: Path, href: str, path: str) -> None:
    item = save(tmp_path / "items" / "item.json", {"assets": {"visual": tiff(href)}})
    assert image_of(str(item))[0] == (path if "//" in path else str(tmp_path / path))


# from the web


@pytest.fixture
def site(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The server, allowed as one of https:// is."""
    monkeypatch.setattr(items, "_SCHEME", "http")
    return web


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("v.tif", "/s2/v.tif"),
        ("./v.tif?sig=x", "/s2/v.tif?sig=x"),
        ("../v.tif", "/v.tif"),
        ("/data/v.tif", "/data/v.tif"),
        ("https://cdn/v.tif", "https://cdn/v.tif"),
        ("file:///data/v.tif", "file:///data/v.tif"),
    ],
)
def test_an_item_is_read_from_the_web(site: Web, href: str, path: str) -> None:
    save(site.folder / "s2" / "item.json", {"assets": {"visual": tiff(href), **BANDS}})
    found, note, _ = image_of(f"{site.root}/s2/item.json?sig=SECRET", network=True)
    assert found == (path if "://" in path else site.root + path)
    assert note == "Of the STAC item item.json the asset `visual` is read; item.json#NAME reads another."
    assert site.asked == ["/s2/item.json?sig=SECRET"]
    assert image_of(f"{site.root}/s2/item.json?sig=SECRET#B04", network=True)[:2] == (f"{site.root}/s2/B04.tif", "")


def test_a_redirect_is_followed_over_https_alone(site: Web) -> None:
    save(site.folder / "item.json", {"assets": BANDS})
    save(site.folder / "moved.json.redirect", f"{site.root}/item.json")
    save(site.folder / "away.json.redirect", "ftp://host/item.json?sig=SECRET")
    assert image_of(f"{site.root}/moved.json#B04", network=True)[0] == f"{site.root}/B04.tif"
    with pytest.raises(SceneError, match=r"it leads to ftp://host/item.json, which is no http:// address"):
        image_of(f"{site.root}/away.json", network=True)


def test_an_item_that_is_gone_or_too_large_is_named_without_its_token(site: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SceneError, match=r"/item\.json is no STAC item that can be read \(HTTPError: .*404") as raised:
        image_of(f"{site.root}/item.json?sig=SECRET", network=True)
    assert "SECRET" not in str(raised.value)
    path = save(site.folder / "item.json", {"assets": BANDS})
    monkeypatch.setattr(items, "_MOST", path.stat().st_size)
    assert image_of(f"{site.root}/item.json#B04", network=True)[0] == f"{site.root}/B04.tif"
    monkeypatch.setattr(items, "_MOST", path.stat().st_size - 1)
    with pytest.raises(SceneError, match="too much for a STAC item"):
        image_of(f"{site.root}/item.json", network=True)


@pytest.mark.parametrize(
    ("address", "network", "message"),
    [
        ("https://host/item.json?sig=SECRET", False, "not a local file.*--network"),
        ("http://host/item.json?sig=SECRET", True, "https:// addresses without user and password alone"),
        ("https://me:SECRET@host/item.json", True, "https:// addresses without user and password alone"),
        ("s3://bucket/item.json?sig=SECRET", True, "https:// addresses without user and password alone.*Download it"),
    ],
)
def test_other_addresses_are_refused(address: str, network: bool, message: str) -> None:
    with pytest.raises(SceneError, match=message) as raised:
        image_of(address, network=network)
    assert "SECRET" not in str(raised.value)
