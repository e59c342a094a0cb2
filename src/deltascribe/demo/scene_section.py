"""The scene's section of the demo's page: the swipe map with its tiles, figures on the ground, and all tiles as a list."""

from __future__ import annotations

import html
from dataclasses import dataclass

from deltascribe.demo.layers import swipe_layers
from deltascribe.demo.scene import DemoScene
from deltascribe.report import TileReport, format_percent
from deltascribe.tiling import tile_names
from deltascribe.units import HECTARE, format_area, keep_together

_BAR = 25
"""Percent of the scene left of the bar at first: most of it is shown as it is now."""


@dataclass(frozen=True)
class _Tile:
    """A tile in words (its figures by their names), and where it lies: left, top, width and height in percent of the scene."""

    title: str
    caption: str
    probability: float
    figures: dict[str, str]
    box: tuple[float, float, float, float]

    @property
    def summary(self) -> str:
        """Its figures in one line."""
        return "; ".join(f"{name} {value}" for name, value in self.figures.items())


def render_scene(scene: DemoScene) -> str:
    """HTML of the section; with a script it answers to pointer and keys, without one it is a picture and a list."""
    tiles = _tiles(scene)
    height, width = scene.pair.size
    shown = max(range(len(tiles)), key=lambda number: tiles[number].probability, default=0)
    buttons = "\n".join(_button(tile, chosen=number == shown) for number, tile in enumerate(tiles))
    hidden = "" if scene.report.mask is not None else " hidden"
    return f"""<section class="scene" aria-labelledby="scene-title">
<h2 id="scene-title">{_headline(scene)}</h2>
<p class="caption">{html.escape(scene.report.caption)}</p>
<div class="split">
<div>
<div class="swipe map" style="aspect-ratio: {width} / {height}; --at: {_BAR}%">
{swipe_layers(scene.pair, scene.report.mask)}
<div class="tiles" role="group" aria-label="Tiles, coloured by change probability. Arrow keys go from tile to tile.">
{buttons}
</div>
</div>
<input class="slider" type="range" min="0" max="100" step="0.5" value="{_BAR}" aria-label="share of the before image, scene">
<div class="controls">
<label><input type="checkbox" checked data-hides="tiles"> tiles</label>
<label{hidden}><input type="checkbox" data-shows="mask"> changed area</label>
<span class="legend soft">change probability <span>0 %</span><i></i><span>100 %</span></span>
</div>
</div>
<aside>
{_card(tiles[shown]) if tiles else ""}
<dl>
{_facts(scene)}
</dl>
</aside>
</div>
{_notes(scene, tiles)}
</section>"""


def _headline(scene: DemoScene) -> str:
    return "One scene" if scene.area is None else f"One scene of {format_area(scene.area)}"


def _tiles(scene: DemoScene) -> list[_Tile]:
    """The report's tiles, row by row."""
    height, width = scene.pair.size
    tiles = []
    ordered = sorted(scene.report.tiles, key=lambda tile: tile.window)
    for tile, title in zip(ordered, tile_names([tile.window for tile in ordered]), strict=True):
        row, column, tall, wide = tile.window
        box = (100 * column / width, 100 * row / height, 100 * wide / width, 100 * tall / height)
        tiles.append(_Tile(title, tile.caption, tile.change_probability, _figures(scene, tile), box))
    return tiles


def _figures(scene: DemoScene, tile: TileReport) -> dict[str, str]:
    figures = {"change probability": keep_together(format_percent(tile.change_probability))}
    area, centre = scene.changed_area_in(tile.window), scene.centre(tile.window)
    if area is not None:
        figures["changed area"] = keep_together(f"{area:,.0f} m²")
    if centre is not None:
        figures["centre"] = "x {:.10g}, y {:.10g}".format(*centre)
    return figures


def _button(tile: _Tile, *, chosen: bool) -> str:
    left, top, width, height = tile.box
    style = f"left: {left:g}%; top: {top:g}%; width: {width:g}%; height: {height:g}%; --p: {tile.probability:.3f}"
    words = {name: html.escape(value) for name, value in (("title", tile.title), ("caption", tile.caption), ("figures", tile.summary))}
    data = " ".join(f'data-{name}="{value}"' for name, value in words.items())
    label = f"{words['title']}: {words['caption']}; {words['figures']}"
    state = f'aria-pressed="{str(chosen).lower()}" tabindex="{0 if chosen else -1}" aria-label="{label}"'
    percent = html.escape(keep_together(format_percent(tile.probability)))
    return f'<button type="button" class="tile" style="{style}" {data} {state}><span>{percent}</span></button>'


def _card(tile: _Tile) -> str:
    return f"""<div class="card">
<h3 data-part="title">{tile.title}</h3>
<div class="zoom" hidden>
<figure><div class="crop"></div><figcaption>before</figcaption></figure>
<figure><div class="crop"></div><figcaption>after</figcaption></figure>
</div>
<p class="caption" data-part="caption">{html.escape(tile.caption)}</p>
<p class="soft" data-part="figures">{html.escape(tile.summary)}</p>
</div>"""


def _facts(scene: DemoScene) -> str:
    """Rows of the list of figures; what is unknown is left out."""
    height, width = scene.pair.size
    facts = {"Tiles changed": f"{scene.changed_tiles} of {len(scene.report.tiles)}"}
    if scene.changed_area is not None and scene.area:
        share = format_percent(scene.changed_area / scene.area)
        facts["Changed area"] = f"{scene.changed_area:,.0f} m² ({scene.changed_area / HECTARE:.2f} ha), {share} of the scene"
    if scene.true_area is not None:
        facts["In truth"] = f"{format_area(scene.true_area)} of new or lost buildings and roads, as the renderer recorded"
    if scene.pair.gsd is not None:
        facts["Ground"] = f"{width * scene.pair.gsd:,.0f} x {height * scene.pair.gsd:,.0f} m, {scene.pair.gsd:g} m a pixel"
    if scene.place is not None:
        facts["Coordinates"] = scene.place.crs
    return "\n".join(f"<dt>{name}</dt><dd>{html.escape(keep_together(value))}</dd>" for name, value in facts.items())


def _notes(scene: DemoScene, tiles: list[_Tile]) -> str:
    """How the figures came about, and all tiles as a list."""
    notes = (
        f"Two GeoTIFFs, opened as your own would be and captioned in {len(tiles)} tiles; the sentence above puts together what the most "
        "certain tiles say. A tile's caption names places within that tile, which the sentence leaves out."
    )
    if scene.changed_area is not None and scene.pair.gsd is not None:
        notes += (
            " Changed area: all pixels to which the model gives a change probability of 50 % or more, times "
            f"{scene.pair.gsd**2:g} m² a pixel, as the georeference tells."
        )
    return f"""<p class="soft">{notes}</p>
<details><summary>All tiles as a list</summary>
{_table(tiles)}
</details>"""


def _table(tiles: list[_Tile]) -> str:
    heads = ["tile", "caption", *(tiles[0].figures if tiles else ())]
    rows = [[tile.title, tile.caption, *tile.figures.values()] for tile in tiles]
    body = "\n".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"""<div class="wide" tabindex="0" role="region" aria-label="All tiles"><table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table></div>"""
