"""The page around it all, written piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deltascribe.files import atomic_write
from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.page.chart import map_parts
from deltascribe.scenes.page.content import changed_tiles, scene_json
from deltascribe.scenes.page.facts import header, provenance
from deltascribe.scenes.page.listing import list_parts
from deltascribe.scenes.page.panel import panel
from deltascribe.scenes.page.pictures import preview, preview_size, tile_crops
from deltascribe.webpage import page_end, page_start

_ENOUGH = 1.25
"""A whole date that is scaled down by less shows tiles as they are."""


def write_page(path: Path, answer: SceneAnswer, *, network: bool = False) -> None:
    """Writes one HTML file that needs no other and fetches nothing, atomically; the same answer gives the same bytes.

    The page holds each date with at most 2,048 pixels a side, both dates of the 300 most probable changed tiles as long as they take no
    more than 12 MB, and the 5,000 largest outlines. As text that is at most 16 MB for the tiles, about 3 MB for the dates of an aerial
    scene, 0.1 MB for every 1,000 tiles of the plan, 0.3 MB for every 1,000 that changed and 0.2 MB for every 1,000 outlines: 15 MB for
    5,000 tiles of which 500 changed. Memory does not grow with the scene's pixels.

    Args:
        path: of the new file.
        answer: of the run; its rasters are read again.
        network: whether rasters at web addresses are read.

    Raises:
        ImageNotFoundError, ImageDecodeError, RasterError: a raster can't be read any more.
    """
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(page_parts(answer, network=network))


def page_parts(answer: SceneAnswer, *, network: bool = False) -> Iterator[str]:
    """The page, piece by piece."""
    grid = answer.plan.grid
    previews = preview(answer, answer.before, network=network), preview(answer, answer.after, network=network)
    tiles = changed_tiles(answer)
    reduced = max(grid.height, grid.width) > _ENOUGH * max(preview_size(grid.height, grid.width))
    crops = tile_crops(answer, tiles, network=network) if reduced else {}
    yield page_start(f"{answer.name}: what changed", __package__)
    yield header(answer) + '\n<main>\n<section class="work" aria-label="map and tiles">\n'
    yield from map_parts(answer, previews)
    yield '<div class="side">\n' + panel(bool(tiles)) + "\n"
    yield from list_parts(answer, tiles, crops)
    yield "</div>\n</section>\n" + provenance(answer) + "\n</main>\n"
    yield scene_json(answer) + "\n"
    yield page_end(__package__, "map.js", "page.js")
