"""Buildings from above: hip, gable, flat and ribbed roofs with what stands on them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.painting.canvas import Canvas, Surface, scaled
from deltascribe.datasets.synthetic.painting.grid import Floats, Grid, fill
from deltascribe.datasets.synthetic.painting.grounds import at, box
from deltascribe.datasets.synthetic.painting.light import Sun
from deltascribe.datasets.synthetic.painting.noise import sample, uniform
from deltascribe.datasets.synthetic.painting.roofshape import rise, roof_shape
from deltascribe.datasets.synthetic.world import Building, Colour


def top(building: Building) -> float:
    """Upper bound in metres of a building's height."""
    across = min(building.size[1], building.size[0])
    return building.height + {"hip": 0.35 * across, "gable": 0.35 * across, "flat": 2.4, "ribbed": 0.08 * across + 1.2}[building.roof]


def put(canvas: Canvas, building: Building, sun: Sun) -> None:
    """Draws one building on a canvas."""
    cut = canvas.grid.cut(building.polygon.bounds, 0.5)
    if cut is None:
        return
    part, where = cut
    mask = np.zeros(part.shape, np.uint8)
    fill(mask, part, building.polygon, 1)
    inside = mask.astype(bool)
    if not inside.any():
        return
    canvas.kind[where][inside] = Surface.ROOF
    if building.roof in ("hip", "gable"):
        _pitched(canvas, building, sun, part, where, inside)
    elif building.roof == "flat":
        _flat(canvas, building, part, where, inside)
    else:
        _ribbed(canvas, building, sun, part, where, inside)


Where = tuple[slice, slice]
Inside = NDArray[np.bool_]


def _pitched(canvas: Canvas, building: Building, sun: Sun, grid: Grid, where: Where, inside: Inside) -> None:
    shape = roof_shape(building)
    x, y = grid.centres()
    rows, columns = np.nonzero(inside)
    run, plane, seam = rise(shape, x[0, columns], y[rows, 0])
    light = sun.on_slope(-shape.slope * shape.inward)
    own = np.array([uniform(building.seed, 110 + number, 0.965, 1.035) for number in range(len(light))], np.float32)
    run, plane, seam, light = _cross_gables(building, sun, (x[0, columns], y[rows, 0]), (run, plane, seam, light))
    own = own[np.minimum(plane, len(own) - 1)]
    canvas.height[where][rows, columns] = building.height + shape.slope * run
    canvas.shade[where][rows, columns] = light[plane]
    ridge = 1 + np.float32(uniform(building.seed, 102, -0.06, 0.14)) * (seam < 0.4)
    eave = 1 - 0.12 * (run < 0.35)
    courses = 1 + np.float32(0.015) * np.sin(run * np.float32(2 * np.pi / uniform(building.seed, 103, 0.9, 1.5)))
    tone = own * ridge * eave * courses
    # weathered shingles are paler than new ones
    colour = np.float32(uniform(building.seed, 105, 0.02, 0.09)) + np.float32(0.95) * np.array(building.colour, np.float32)
    canvas.albedo[where][rows, columns] = np.clip(255 * colour * tone[:, None], 0, 255).astype(np.uint8)
    for number in range(int(uniform(building.seed, 104, 0, 5))):
        _on_pitch(canvas, building, number)


Roofs = tuple[Floats, NDArray[np.intp], Floats, Floats]


def _cross_gables(building: Building, sun: Sun, spots: tuple[Floats, Floats], roof: Roofs) -> Roofs:
    """Small gables over a house's longer walls, as above doors and garages: run, plane, seam [N] and light [planes] with theirs added."""
    shape = roof_shape(building)
    walls = np.flatnonzero(shape.length > 7.0)
    count = int(uniform(building.seed, 280, -0.8, 3.0))
    if building.kind not in ("house", "villa") or count < 1 or not len(walls):
        return roof
    run, plane, seam, light = roof[0].copy(), roof[1].copy(), roof[2].copy(), roof[3]
    for number in range(count):
        wall = int(walls[int(uniform(building.seed, 281 + number, 0, len(walls)))])
        long = float(shape.length[wall])
        half = uniform(building.seed, 285 + number, 1.6, min(3.4, 0.3 * long))
        middle = uniform(building.seed, 289 + number, 0.3, 0.7) * long
        x, y = spots[0] - shape.start[wall, 0], spots[1] - shape.start[wall, 1]
        beside = x * shape.along[wall, 0] + y * shape.along[wall, 1] - middle
        higher = np.flatnonzero((plane == wall) & (half - np.abs(beside) > run))
        run[higher] = half - np.abs(beside[higher])
        plane[higher] = len(light) + (beside[higher] > 0)
        seam[higher] = np.abs(beside[higher])
        light = np.concatenate((light, sun.on_slope(shape.slope * np.stack((-shape.along[wall], shape.along[wall])))))
    return run, plane, seam, light


def _on_pitch(canvas: Canvas, building: Building, number: int) -> None:
    """A vent, a chimney, a skylight or solar panels on a pitched roof."""
    spot = _spot(building, number, 0.8)
    if spot is None:
        return
    chance = uniform(building.seed, 160 + number)
    where = box(spot, building.angle, 0.6, 0.6)
    if chance < 0.55:
        canvas.area(where, scaled(building.colour, 1.35 if chance < 0.25 else 0.7), Surface.ROOF)
    elif chance < 0.65:
        shape = roof_shape(building)
        run = rise(shape, np.array([spot[0]], np.float32), np.array([spot[1]], np.float32))[0][0]
        high = building.height + shape.slope * float(run) + 1.0
        canvas.solid(box(spot, building.angle, 1.1, 0.9), (0.42, 0.34, 0.30), high, Surface.ROOF)
    elif chance < 0.70:
        canvas.area(box(spot, building.angle, 1.2, 0.9), (0.62, 0.66, 0.70), Surface.SMOOTH)
    elif chance < 0.72 and building.kind != "shed":
        canvas.area(box(spot, building.angle, 3.3, 1.7), (0.16, 0.18, 0.24), Surface.SMOOTH)


@lru_cache(maxsize=16384)
def _spot(building: Building, number: int, clear: float) -> tuple[float, float] | None:
    """A place on a roof, `clear` metres from its walls, by chance; None where it would miss the roof."""
    u, v = (
        uniform(building.seed, 120 + number, -0.45, 0.45) * building.size[0],
        uniform(building.seed, 140 + number, -0.45, 0.45) * building.size[1],
    )
    cos, sin = np.cos(building.angle), np.sin(building.angle)
    x, y = float(building.x + u * cos - v * sin), float(building.y + u * sin + v * cos)
    return (x, y) if shapely.contains_xy(_inner(building, clear), x, y) else None


@lru_cache(maxsize=4096)
def _inner(building: Building, metres: float) -> shapely.Polygon:
    return building.polygon.buffer(-metres, join_style="mitre")


def _flat(canvas: Canvas, building: Building, grid: Grid, where: Where, inside: Inside) -> None:
    """A flat roof: a parapet about it, stains, seams, and machines with shadows of their own."""
    stains = 1 + 0.035 * sample("patch", grid, building.seed + 1) + 0.03 * sample("wide", grid, building.seed + 2)
    rim = scaled(building.colour, uniform(building.seed, 102, 0.85, 1.2))
    _colour(canvas, building.colour, stains, where, inside)
    canvas.height[where][inside] = building.height
    width = 0.45
    for ring_height, ring in ((building.height + 0.7, building.polygon), (building.height, _inner(building, width))):
        fill(canvas.height, canvas.grid, ring, ring_height)
    outline = (
        shapely.get_coordinates(_inner(building, width / 2).exterior) if not _inner(building, width / 2).is_empty else np.zeros((0, 2))
    )
    if len(outline):
        canvas.line(outline, width, rim)
    area = building.polygon.area
    for number in range(int(min(area / 60 * uniform(building.seed, 104, 0.3, 1.4), 20))):
        spot = _spot(building, number, 2.2)
        if spot is not None:
            long, wide = uniform(building.seed, 180 + number, 1.0, 3.6), uniform(building.seed, 210 + number, 0.9, 2.4)
            grey = uniform(building.seed, 240 + number, 0.45, 0.82)
            high = building.height + uniform(building.seed, 270 + number, 0.5, 1.9)
            canvas.solid(box(spot, building.angle, long, wide), (grey, grey, 1.01 * grey), high, Surface.ROOF)


def _ribbed(canvas: Canvas, building: Building, sun: Sun, grid: Grid, where: Where, inside: Inside) -> None:
    """A sheet-metal roof: two faint slopes, ribs down them, bands of skylights, round vents on the ridge."""
    x, y = grid.centres()
    cos, sin = np.float32(np.cos(building.angle)), np.float32(np.sin(building.angle))
    dx, dy = x - np.float32(building.x), y - np.float32(building.y)
    along, across = dx * cos + dy * sin, dy * cos - dx * sin
    half = building.size[1] / 2
    pitch = 0.05 + 0.1 * uniform(building.seed, 101)
    canvas.height[where][inside] = (building.height + pitch * np.maximum(half - abs(across), 0))[inside]
    slopes = np.array([[-sin, cos], [sin, -cos]], np.float32) * np.float32(pitch)  # away from the ridge, on either side
    low, high = sun.on_slope(slopes)
    canvas.shade[where][inside] = np.where(across > 0, low, high)[inside]
    ribs = 1 + np.float32(uniform(building.seed, 102, 0.01, 0.05)) * np.sin(
        along * np.float32(2 * np.pi / uniform(building.seed, 103, 1.0, 2.4))
    )
    ribs = ribs * (1 + 0.03 * sample("patch", grid, building.seed + 1)) * np.where(abs(across) < 0.3, np.float32(1.08), np.float32(1))
    _colour(canvas, building.colour, ribs, where, inside)
    _panels(canvas, building)
    outline = shapely.get_coordinates(building.polygon.exterior)
    canvas.line(outline, 0.25, scaled(building.colour, uniform(building.seed, 105, 0.75, 1.1)))


def _panels(canvas: Canvas, building: Building) -> None:
    """Translucent sheets and turbine vents."""
    long, wide = building.size
    middle = (building.x, building.y)

    if uniform(building.seed, 106) < 0.5:
        for u in np.arange(-long / 2 + 5, long / 2 - 3, uniform(building.seed, 107, 6, 12)):
            for side in (-1, 1):
                canvas.area(
                    box(at(middle, building.angle, float(u), side * 0.26 * wide), building.angle, 0.8, 0.22 * wide),
                    scaled(building.colour, 1.15),
                    Surface.ROOF,
                )
    if uniform(building.seed, 108) < 0.6:
        for u in np.arange(-long / 2 + 4, long / 2 - 3, uniform(building.seed, 109, 6, 14)):
            high = building.height + 0.08 * wide + 0.8
            canvas.solid(
                box(at(middle, building.angle, float(u), 0.0), building.angle, 0.9, 0.9), scaled(building.colour, 0.8), high, Surface.ROOF
            )


def _colour(canvas: Canvas, colour: Colour, tone: NDArray[np.floating], where: Where, inside: Inside) -> None:
    values = tone[inside][:, None] * (255 * np.array(colour, np.float32))
    canvas.albedo[where][inside] = np.clip(values, 0, 255).astype(np.uint8)
