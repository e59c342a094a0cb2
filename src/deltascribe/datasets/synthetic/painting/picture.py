"""Draws a window of a place on one date."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from deltascribe.datasets.synthetic.painting import access, camera, covers, crowns, grounds, roads, roofs, scrub, yards
from deltascribe.datasets.synthetic.painting.canvas import GRAIN, Canvas, Surface
from deltascribe.datasets.synthetic.painting.fences import fences
from deltascribe.datasets.synthetic.painting.grid import Bytes, Floats, Grid, Window, grid_of
from deltascribe.datasets.synthetic.painting.layout import Stock, stock
from deltascribe.datasets.synthetic.painting.light import Sun, crown_light, lit, openness
from deltascribe.datasets.synthetic.painting.look import Look
from deltascribe.datasets.synthetic.painting.noise import sample
from deltascribe.datasets.synthetic.world import Place
from deltascribe.errors import DatasetError

Date = Literal["before", "after"]

TILE = 512
"""Pixels on a side of what is drawn at once."""
_RIM = 4
"""Cells beyond a crown's that its light depends on."""
_GRAIN = np.zeros(256, np.float32)
_GRAIN[: len(GRAIN)] = GRAIN
_SKY = np.array((0.94, 1.0, 1.10))


def paint(place: Place, date: Date, look: Look, *, window: Window | None = None, resolution: float = 0.5) -> Bytes:
    """The aerial picture of a place on one date.

    Pixels are functions of the world: any window is the same piece of the whole. Large windows are drawn in tiles of 512 pixels, so that
    memory stays bounded but for the result.

    Args:
        place: what stands where.
        date: "before" or "after".
        look: sun, season and camera of that date.
        window: x0, y0, x1, y1 in metres, on whole pixels; the whole place by default.
        resolution: metres a pixel.

    Returns:
        uint8 [rows, columns, 3], red, green, blue.

    Raises:
        DatasetError: no such date, or a window that is empty or not on whole pixels.
    """
    if date not in ("before", "after"):
        raise DatasetError(f"There is no date '{date}'. Use 'before' or 'after'.")
    cv2.setNumThreads(1)
    whole = grid_of(window or (0.0, 0.0, place.width, place.height), resolution)
    things = stock(place.before if date == "before" else place.after)
    picture = np.empty((*whole.shape, 3), np.uint8)
    for row in range(whole.row, whole.row + whole.rows, TILE):
        for column in range(whole.column, whole.column + whole.columns, TILE):
            wide, high = min(TILE, whole.column + whole.columns - column), min(TILE, whole.row + whole.rows - row)
            part = Grid(column, row, wide, high, resolution)
            picture[whole.slices(part)] = _tile(place, things, look, part)
    return picture


def _tile(place: Place, things: Stock, look: Look, grid: Grid) -> Bytes:
    frame = camera.frame(grid, look)
    return camera.photograph(_light(place, things, look, frame), grid, look)


def _light(place: Place, things: Stock, look: Look, frame: Grid) -> Floats:
    """Light of a frame, float32 [rows, columns, 3] in 0..255, before any camera."""
    sun = Sun.at(look.sun_azimuth, look.sun_elevation)
    wide = _with_shadows(frame, sun, things.highest)
    near = things.within(wide.bounds)
    base = frame.grown(1, 1, 1, 1)  # neighbours for the finer cells at the rim
    ground = covers.ground(base, near.covers, place.seed, look.season)
    roads.verges(ground, base, near.roads)
    access.worn(ground, base, things)
    canvas = _canvas(ground, base, wide)
    roads.pave(canvas, near.roads, place.seed)
    yards.clutter(canvas, near)
    for parking in near.parkings:
        grounds.park(canvas, parking)
    for pool in near.pools:
        grounds.pool(canvas, pool)
    for playground in near.playgrounds:
        grounds.playground(canvas, playground)
    fences(canvas, near)
    for car in near.cars:
        grounds.car(canvas, car)
    for building in near.buildings:
        roofs.put(canvas, building, sun)
    low = (*scrub.shrubs(near, place.seed, wide.bounds), *yards.bushes(near))
    crowns.put(canvas, (*near.trees, *low), look.season)
    return _lit(canvas, sun, look, frame, things)


def _with_shadows(frame: Grid, sun: Sun, highest: float) -> Grid:
    """The frame and what beyond it may throw shadows into it."""
    cells = int(np.ceil(highest / sun.tangent / frame.step)) + 4
    edge = int(np.ceil(4 / frame.step))  # gaps between crowns look this far
    left, right = (edge + int(cells * max(side, 0)) for side in (-sun.x, sun.x))
    top, bottom = (edge + int(cells * max(side, 0)) for side in (-sun.y, sun.y))
    return frame.grown(left, top, right, bottom)


def _canvas(ground: Floats, base: Grid, wide: Grid) -> Canvas:
    """A canvas over `wide` with the ground of `base` on it, in half the cells."""
    bytes_ = cv2.convertScaleAbs(cv2.merge(list(ground)), alpha=255)
    left, top = base.column - wide.column, base.row - wide.row
    right, bottom = wide.columns - base.columns - left, wide.rows - base.rows - top
    cut = bytes_[max(-top, 0) : base.rows + min(bottom, 0), max(-left, 0) : base.columns + min(right, 0)]
    sides = (max(top, 0), max(bottom, 0), max(left, 0), max(right, 0))
    padded = cv2.copyMakeBorder(cut, *sides, cv2.BORDER_REPLICATE)
    fine = wide.finer(2)
    return Canvas.on(fine, np.asarray(cv2.resize(padded, (fine.columns, fine.rows), interpolation=cv2.INTER_LINEAR), np.uint8))


def _lit(canvas: Canvas, sun: Sun, look: Look, frame: Grid, things: Stock) -> Floats:
    step = canvas.grid.step
    direct = lit(canvas.height, sun, step, things.highest)
    inner = canvas.grid.slices(frame.finer(2))
    kind = canvas.kind[inner]
    crown = kind == Surface.CROWN
    shade = canvas.shade[inner]
    near = tuple(slice(side.start - _RIM, side.stop + _RIM) for side in inner)
    np.copyto(shade, crown_light(canvas.height[near], sun, step)[_RIM:-_RIM, _RIM:-_RIM], where=crown)
    # leaves pass light on: no crown is quite dark
    direct = np.maximum(direct[inner], np.float32(0.3) * crown) * shade
    sunny = cv2.convertScaleAbs(direct, alpha=128)
    albedo = np.ascontiguousarray(canvas.albedo[inner])
    size = (frame.columns, frame.rows)
    lit_up = cv2.resize(cv2.multiply(albedo, cv2.merge([sunny] * 3), scale=1 / 128), size, interpolation=cv2.INTER_AREA)
    flat = cv2.resize(albedo, size, interpolation=cv2.INTER_AREA)
    shadow = look.ambient * _SKY
    low = np.asarray(cv2.resize(canvas.height, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    rows, columns = slice(inner[0].start // 2, inner[0].stop // 2), slice(inner[1].start // 2, inner[1].stop // 2)
    modulation: Floats = _grain(frame, kind[::2, ::2]) * openness(low, round(2.5 / frame.step))[rows, columns]
    modulation += _wear(frame, things)
    sun_share, sky_share = (np.array((*share, 0.0)) for share in (1 - shadow, shadow))
    image = cv2.add(cv2.multiply(lit_up, sun_share, dtype=cv2.CV_32F), cv2.multiply(flat, sky_share, dtype=cv2.CV_32F))
    return np.asarray(cv2.multiply(image, cv2.merge([modulation] * 3)), np.float32)


def _wear(frame: Grid, things: Stock) -> Floats:
    """What wheels wear into roads [rows, columns], drawn with a margin for its blur."""
    around = frame.grown(12, 12, 12, 12)
    worn = np.zeros(around.shape, np.float32)
    roads.wear(worn, around, things.within(around.bounds).roads)
    return worn[around.slices(frame)]


def _grain(frame: Grid, kind: Bytes) -> Floats:
    """Variation of brightness within what was drawn in one colour, about 1, [rows, columns]."""
    strength = cv2.LUT(np.ascontiguousarray(kind), _GRAIN)
    field = 0.8 * sample("grain", frame, 101) + 0.6 * sample("mottle", frame, 103)
    return np.asarray(1 + strength * field, np.float32)
