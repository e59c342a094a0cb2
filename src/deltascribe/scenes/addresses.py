"""Web addresses of scenes: which sources are such, and what of them is shown and written. Their queries and passwords are not."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"(\w+://)(?:[^\s/?#@]*@)?([^\s?#'\"]*)(?:[?#][^\s'\"]*)?")
_GDAL = re.compile(r"/vsi\w*")
"""How paths of GDAL's own file systems begin, which hold addresses in several spellings, and are never read."""


def is_address(source: str) -> bool:
    """Whether a source is a web address rather than a path."""
    return "://" in source


def shown(source: str) -> str:
    """A source as it may be shown and written: an address without query, fragment, user and password, which may be secrets.

    Of a path of GDAL's own file systems (`/vsicurl?url=...`) only the name of that system.
    """
    if found := _GDAL.match(source):
        return f"{found[0]}/..."
    if not is_address(source):
        return source
    before, _, rest = source.partition("://")
    place = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = place.partition("/")
    return f"{before}://{host.rpartition('@')[2]}{slash}{path}"


def without_secrets(text: str, *sources: str) -> str:
    """A library's message with every address as it may be shown.

    Args:
        text: the message.
        sources: what it is about; the query of an address is also left out where the message has only its last part.
    """
    for source in sources:
        if shown(source) == source:
            continue
        text = text.replace(source, shown(source))
        _, mark, query = source.partition("?")
        text = text.replace(mark + query, "") if query else text
    return _ADDRESS.sub(r"\1\2", text)
