"""Which image of a STAC item is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, url2pathname

from deltascribe import __version__
from deltascribe.errors import SceneError
from deltascribe.scenes.addresses import is_address, shown, without_secrets
from deltascribe.scenes.dates import Span, item_dates

_FILE = re.compile(r"(.+?\.(?:geo)?json)(?:#(.+))?", re.IGNORECASE)
_WEB = re.compile(r"(\w+://[^?#]+?(?:\.(?:geo)?json|/items/[^/?#]+(?<!\.tif)(?<!\.tiff)(?<!\.jp2))(?:\?[^#]*)?)(?:#(.+))?", re.IGNORECASE)
"""An item, also as an API gives it, and the name of an asset behind `#`."""
_TYPES = ("image/tiff", "image/jp2", "image/vnd.stac.geotiff")
_ENDINGS = (".tif", ".tiff", ".jp2")
_ASIDE = {"thumbnail", "overview", "metadata", "data-mask", "cloud", "cloud-shadow"}
"""Roles of what isn't the image itself."""
_BAND = re.compile(r"(sr_)?b\d{1,2}a?|coastal|blue|green|red|rededge\d*|nir\d*|swir\d*|pan", re.IGNORECASE)
"""Usual names of assets that are a single band."""
_WISHES: tuple[Callable[[str, set[str]], bool], ...] = (
    lambda key, _: key == "visual",
    lambda _, roles: "visual" in roles,
    lambda key, _: key in ("image", "data"),
    lambda _, roles: "data" in roles,
    lambda _, __: True,
)
"""What makes an asset the image, by its name and roles; the first of these that any asset fulfils decides."""
_SCHEME = "https"
_MOST = 8 * 2**20
"""Bytes of the largest item that is read from the web; usual ones have some 10 kB."""
_PATIENCE = 30
"""Seconds without an answer after which a server is given up."""


def is_item(source: str) -> bool:
    """Whether a source is a STAC item, with or without the name of an asset, rather than a raster."""
    return _split(source) is not None


class ItemImage(NamedTuple):
    """The image of a STAC item.

    Attributes:
        path: path or address of the raster.
        told: a sentence that tells which asset it is; an empty one where the user named it.
        taken: when it was taken; None where the item doesn't say.
    """

    path: str
    told: str = ""
    taken: Span | None = None


def image_of(source: str, *, network: bool = False) -> ItemImage:
    """The image of a STAC item.

    Args:
        source: path or `https://` address of the item; behind `#` the name of the asset that is meant.
        network: whether web addresses are read.

    Raises:
        SceneError: no such item, not a STAC item, or it isn't clear which asset is meant.
    """
    place, wanted = _split(source) or (source, None)
    item = _read(place, network)
    assets: dict[str, Any] = item["assets"]
    key = wanted or _chosen(place, assets)
    try:
        href = str(assets[key]["href"])
    except (KeyError, TypeError) as error:
        raise SceneError(f"{shown(place)} has no file `{key}` among its assets ({_listed(assets)}). Give one of them.") from error
    name = shown(place).rsplit("/", 1)[-1]
    told = f"Of the STAC item {name} the asset `{key}` is read"
    told += f"; {name}#NAME reads another." if sum(map(_is_image, assets.values())) > 1 else "."
    return ItemImage(_located(place, href), "" if wanted else told, item_dates(item.get("properties")))


def local(source: str) -> str:
    """A source with the path of a `file://` address, and what is behind `#`, in its place."""
    if not source.startswith("file://"):
        return source
    parts = urlsplit(source)
    return url2pathname(parts.path) + (f"#{parts.fragment}" if parts.fragment else "")


def _split(source: str) -> tuple[str, str | None] | None:
    """The item and the asset's name, if a source is one."""
    found = (_WEB if is_address(source) else _FILE).fullmatch(source)
    return None if found is None else (found[1], found[2])


def _read(place: str, network: bool) -> dict[str, Any]:
    try:
        content = _fetched(place, network) if is_address(place) else Path(place).read_bytes()
        item: Any = json.loads(content)
        return {**item, "assets": {str(key): asset for key, asset in item["assets"].items()}}
    except (OSError, HTTPException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = without_secrets(str(error), place)
        raise SceneError(
            f"{shown(place)} is no STAC item that can be read ({type(error).__name__}: {reason}). Give one with `assets`, or the GeoTIFF."
        ) from error


def _fetched(address: str, network: bool) -> bytes:
    if not network:
        raise SceneError(f"{shown(address)} is not a local file. Download it, or allow web addresses (https://) with --network.")
    parts = urlsplit(address)
    if parts.scheme.lower() != _SCHEME or "@" in parts.netloc:
        raise SceneError(f"{shown(address)}: STAC items are read from {_SCHEME}:// addresses without user and password alone. Download it.")
    request = Request(address, headers={"User-Agent": f"deltascribe/{__version__}"})
    with build_opener(_SameScheme).open(request, timeout=_PATIENCE) as answer:
        content: bytes = answer.read(_MOST + 1)
    if len(content) > _MOST:
        raise SceneError(f"{shown(address)} has more than {_MOST / 2**20:.0f} MB, too much for a STAC item. Check the address.")
    return content


class _SameScheme(HTTPRedirectHandler):
    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        if urlsplit(newurl).scheme != _SCHEME:
            raise URLError(f"it leads to {shown(newurl)}, which is no {_SCHEME}:// address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _chosen(place: str, assets: dict[str, Any]) -> str:
    """Name of the asset that is the image."""
    images = {key: asset for key, asset in assets.items() if _is_image(asset) and (key == "visual" or not _roles(asset) & _ASIDE)}
    if not images:
        raise SceneError(f"{shown(place)} has no image among its assets ({_listed(assets)}). Give its file, or its name: ITEM.json#NAME")
    pictures = [key for key, asset in images.items() if not _is_band(key, asset)]
    if len(images) == 1:
        return next(iter(images))
    if not pictures:
        raise SceneError(
            f"{shown(place)} has its bands one by one ({_listed(images)}) and no picture. Make a file of three of them and give that: rio "
            f"stack RED.tif GREEN.tif BLUE.tif --rgb -o SCENE.tif; or name one to be read as grey: {shown(place)}#{min(images)}"
        )
    found = next(keys for wish in _WISHES if (keys := [key for key in pictures if wish(key, _roles(images[key]))]))
    if len(found) > 1:
        raise SceneError(
            f"{shown(place)} has several assets that may be the image ({', '.join(sorted(found))}). Name one: {shown(place)}#{min(found)}"
        )
    return found[0]


def _is_image(asset: Any) -> bool:
    if not isinstance(asset, dict) or "href" not in asset:
        return False
    kind = str(asset.get("type") or "").lower()
    return kind.startswith(_TYPES) or (not kind and urlsplit(str(asset["href"])).path.lower().endswith(_ENDINGS))


def _is_band(key: str, asset: dict[str, Any]) -> bool:
    """Whether an asset is a single band, by what it tells of its bands, else by its name."""
    for field in ("bands", "eo:bands", "raster:bands"):
        if isinstance(asset.get(field), list):
            return len(asset[field]) == 1
    return _BAND.fullmatch(key.removesuffix("-jp2")) is not None


def _roles(asset: dict[str, Any]) -> set[str]:
    roles = asset.get("roles")
    return {str(role) for role in roles} if isinstance(roles, list) else set()


def _listed(assets: dict[str, Any]) -> str:
    return ", ".join(sorted(assets)) or "there are none"


def _located(place: str, href: str) -> str:
    """Where a file of an item lies; what is relative is so to the item."""
    if is_address(place):
        return urljoin(re.split(r"[?#]", place, maxsplit=1)[0], href)  # no file of this machine, whatever the web says
    if href.startswith("file://"):
        return local(href)
    return href if is_address(href) else str(Path(place).parent / href)
