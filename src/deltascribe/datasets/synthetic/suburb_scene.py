"""Renders an aerial picture of a made-up place: a height field under one sun, numpy and Pillow only.

A scene is a colour and a height for each point of the ground. Roof facets, tree crowns and all shadows follow from the height field, so
that they agree with one another and with the direction of the sun of each date.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Array = NDArray[np.float32]
Points = list[tuple[float, float]]
Colour = tuple[float, float, float]

SIZE = 256
"""Pixels on a side of a rendered image."""
GSD = 0.5
"""Metres a pixel."""
EXTENT = SIZE * GSD
BUILDING, ROAD = 1, 2

SUPER = 2  # rendered finer, then averaged down: soft edges and an exact majority mask
_N = SIZE * SUPER
_STEP = GSD / SUPER
_Y, _X = (np.mgrid[0:_N, 0:_N].astype(np.float32) + 0.5) * _STEP

_GROUNDS = {
    "bare": ((0.56, 0.51, 0.42), (0.45, 0.40, 0.33), (0.38, 0.36, 0.28)),
    "grass": ((0.34, 0.33, 0.24), (0.27, 0.27, 0.19), (0.43, 0.39, 0.30)),
    "floor": ((0.38, 0.35, 0.28), (0.28, 0.27, 0.20), (0.52, 0.47, 0.39)),
    "lawn": ((0.23, 0.27, 0.17), (0.29, 0.31, 0.20), (0.35, 0.33, 0.24)),
}
CROWNS = ((0.17, 0.21, 0.15), (0.20, 0.23, 0.16), (0.14, 0.19, 0.14), (0.25, 0.25, 0.18), (0.33, 0.30, 0.26))
ROOFS = ((0.32, 0.30, 0.28), (0.37, 0.34, 0.31), (0.41, 0.38, 0.35), (0.27, 0.27, 0.28), (0.42, 0.34, 0.28))
CARS = ((0.85, 0.85, 0.85), (0.12, 0.12, 0.13), (0.38, 0.12, 0.11), (0.18, 0.22, 0.33), (0.5, 0.5, 0.5), (0.65, 0.65, 0.66))
CONCRETE, ASPHALT = (0.68, 0.66, 0.62), (0.36, 0.36, 0.36)


@dataclass(frozen=True)
class Tree:
    x: float
    y: float
    radius: float
    height: float
    colour: Colour


def noise(rng: np.random.Generator, cell: float, octaves: int = 4) -> Array:
    """Smooth random field [N, N], about unit variance, whose coarsest cells are `cell` metres wide."""
    total = np.zeros((_N, _N), np.float32)
    weight, norm = 1.0, 0.0
    for _ in range(octaves):
        count = max(2, round(EXTENT / cell) + 1)
        field = Image.fromarray(rng.standard_normal((count, count)).astype(np.float32))
        total += weight * np.asarray(field.resize((_N, _N), Image.Resampling.BICUBIC))
        norm += weight**2
        weight, cell = weight * 0.62, cell / 2.1
    scaled: Array = (total / (np.sqrt(norm) * 0.75)).astype(np.float32)
    return scaled


def stroke(points: Points, width: float, soft: float = 0.0) -> Array:
    """Coverage [N, N] in 0..1 of a line `width` metres wide through points in metres; its edge is blurred by `soft` metres."""
    image = Image.new("L", (_N, _N), 0)
    draw = ImageDraw.Draw(image)
    pixels = [(x / _STEP, y / _STEP) for x, y in points]
    draw.line(pixels, fill=255, width=max(1, round(width / _STEP)), joint="curve")
    return _blurred(image, soft)


def area(*polygons: Points, soft: float = 0.0) -> Array:
    """Coverage [N, N] in 0..1 of polygons with corners in metres."""
    image = Image.new("L", (_N, _N), 0)
    draw = ImageDraw.Draw(image)
    for points in polygons:
        draw.polygon([(x / _STEP, y / _STEP) for x, y in points], fill=255)
    return _blurred(image, soft)


def cell(metres: float) -> int:
    """Index of the fine grid at a coordinate, kept inside the image."""
    return int(np.clip(metres / _STEP, 0, _N - 1))


def _blurred(image: Image.Image, soft: float) -> Array:
    if soft:
        image = image.filter(ImageFilter.GaussianBlur(soft / _STEP))
    return np.asarray(image, np.float32) / np.float32(255)


def rectangle(x: float, y: float, along: float, across: float, angle: float) -> Points:
    """Corners of a turned rectangle of `along` x `across` metres about (x, y)."""
    c, s = np.cos(angle), np.sin(angle)
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return [(x + (u * along * c - v * across * s) / 2, y + (u * along * s + v * across * c) / 2) for u, v in corners]


class Scene:
    """The place on one date: colour [N, N, 3], height in metres [N, N] and class [N, N]."""

    def __init__(self, ground: str, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])  # the ground of both dates comes from the same seed
        self.fine = noise(rng, 1.6, 3)
        self.rough = noise(rng, 5.0, 4)
        self.colour = self._ground(ground, rng)
        self.height = np.zeros((_N, _N), np.float32)
        self.labels = np.zeros((_N, _N), np.uint8)

    def _ground(self, kind: str, rng: np.random.Generator) -> Array:
        first, second, third = (np.array(entry, np.float32) for entry in _GROUNDS[kind])
        wide, patches = noise(rng, 45, 5), noise(rng, 14, 5)
        a = 1 / (1 + np.exp(-1.6 * wide))[..., None]
        b = 1 / (1 + np.exp(-3.5 * (patches - 0.9)))[..., None]
        colour = (first * a + second * (1 - a)) * (1 - b) + third * b
        tufts = np.clip(self.rough - 1.1, 0, 1)[..., None] * 0.35  # low dry shrubs
        grain = 1 + 0.07 * self.fine[..., None] + 0.05 * self.rough[..., None]
        grained: Array = (colour * grain * (1 - tufts)).astype(np.float32)
        return grained

    def paint(self, cover: Array, colour: Colour, grain: float = 0.03, label: int | None = None) -> None:
        """Lays a colour over the ground where `cover` says, with some grain; `label` marks the class of what is more than half covered."""
        tone = np.array(colour, np.float32) * (1 + grain * (0.6 * self.fine + 0.6 * self.rough))[..., None]
        self.colour += cover[..., None] * (tone - self.colour)
        if label is not None:
            self.labels[cover > 0.5] = label

    def plant(self, kind: str, cover: Array, seed: int) -> None:
        """Replaces the ground by another kind where `cover` says."""
        self.colour += cover[..., None] * (self._ground(kind, np.random.default_rng([seed, 2])) - self.colour)

    def road(self, points: Points, width: float, *, paved: bool = True, label: int | None = ROAD) -> None:
        """A road with worn lanes and a concrete kerb, or a dirt track."""
        if not paved:
            self.paint(stroke(points, width, 0.7) * 0.75, (0.66, 0.58, 0.46), 0.08, label)
            return
        self.paint(stroke(points, width + 3.0, 0.9) * 0.55, (0.52, 0.46, 0.36), 0.06)
        self.paint(stroke(points, width + 0.9, 0.15), CONCRETE, 0.03, label)
        self.paint(stroke(points, width, 0.2), (0.46, 0.45, 0.44), 0.05, label)
        self.paint(stroke(points, width * 0.45, 0.8) * 0.5, (0.40, 0.39, 0.39), 0.05)

    def fence(self, points: Points) -> None:
        """A wooden fence, head high: too thin for more than a dark line and its shadow."""
        cover = stroke(points, _STEP)
        everywhere = slice(0, _N)
        tone = np.broadcast_to(np.array((0.25, 0.22, 0.19), np.float32), self.colour.shape)
        self.raise_to(everywhere, everywhere, np.full_like(self.height, 1.3), cover > 0, tone)

    def raise_to(self, rows: slice, columns: slice, height: Array, cover: NDArray[np.bool_], colour: Array) -> None:
        """Puts something upright there: where it stands higher than what is there already, its height and colour are seen."""
        seen = cover & (height > self.height[rows, columns])
        self.height[rows, columns][seen] = height[seen]
        self.colour[rows, columns][seen] = colour[seen]

    def house(self, x: float, y: float, angle: float, size: tuple[float, float], colour: Colour, seed: int) -> None:
        """A house of one to three wings under hip roofs; the height of a hip grows with the distance to the nearest eave."""
        rng = np.random.default_rng([seed, 3])
        rows, columns = _window(x, y, max(size))
        u, v = _local(rows, columns, x, y, angle)
        long, deep = size[0] / 2, size[1] / 2
        wings = [(0.0, 0.0, long, deep * 0.72)]
        side = float(rng.choice([-1, 1]))
        wings.append((side * long * rng.uniform(0.35, 0.6), -deep * 0.3, long * rng.uniform(0.3, 0.42), deep * 0.75))
        if rng.random() < 0.7:
            wings.append((-side * long * rng.uniform(0.4, 0.6), deep * 0.3, long * rng.uniform(0.26, 0.36), deep * 0.7))
        inside = np.max([np.minimum(a - abs(u - du), b - abs(v - dv)) for du, dv, a, b in wings], axis=0)
        cover = inside > 0
        height = (2.8 + 0.62 * np.maximum(inside, 0)).astype(np.float32)
        courses = 1 + 0.05 * self.fine[rows, columns] + 0.05 * np.sin(inside * 9)
        ridge = 1 + 0.25 * _ridges(height)
        self.raise_to(rows, columns, height, cover, np.array(colour, np.float32) * (courses * ridge)[..., None].astype(np.float32))
        self.labels[rows, columns][cover] = BUILDING

    def box(self, x: float, y: float, angle: float, size: tuple[float, float, float], colour: Colour, label: int | None = None) -> None:
        """A flat box, a car or a hall: along, across and height in metres. A labelled one has a ribbed roof."""
        rows, columns = _window(x, y, max(size[:2]))
        u, v = _local(rows, columns, x, y, angle)
        cover = (abs(u) < size[0] / 2) & (abs(v) < size[1] / 2)
        shade = 1 + 0.03 * self.rough[rows, columns] + (0.025 * np.sin(u * 2.6) if label else 0)
        self.raise_to(rows, columns, np.full(u.shape, size[2], np.float32), cover, (np.array(colour) * shade[..., None]).astype(np.float32))
        if label is not None:
            self.labels[rows, columns][cover] = label

    def hall(self, x: float, y: float, angle: float, size: tuple[float, float, float], colour: Colour, seed: int) -> None:
        """A large flat building with a parapet and machines on its roof."""
        rng = np.random.default_rng([seed, 4])
        self.box(x, y, angle, size, tuple(0.85 * value for value in colour), BUILDING)  # type: ignore[arg-type]
        self.box(x, y, angle, (size[0] - 1.6, size[1] - 1.6, size[2] + 0.01), colour, BUILDING)
        for u, v in rng.uniform(-0.4, 0.4, (9, 2)):
            along, across = u * size[0], v * size[1]
            where = (x + along * np.cos(angle) - across * np.sin(angle), y + along * np.sin(angle) + across * np.cos(angle))
            self.box(*where, angle, (rng.uniform(1.5, 4), rng.uniform(1.5, 3), size[2] + 1.3), (0.7, 0.7, 0.7))

    def is_free(self, x: float, y: float, radius: float) -> bool:
        """Whether neither a building nor a road is within `radius` metres of a point."""
        rows, columns = _window(x, y, radius)
        return not self.labels[rows, columns].any()

    def tree(self, tree: Tree) -> None:
        """A bumpy crown; its lit and dark sides come from its height."""
        rows, columns = _window(tree.x, tree.y, tree.radius * 2.6)
        distance = np.hypot(_X[rows, columns] - tree.x, _Y[rows, columns] - tree.y) / tree.radius
        distance = distance * (1 - 0.16 * self.rough[rows, columns]) - 0.10 * self.fine[rows, columns]
        dome = np.sqrt(np.clip(1 - distance**2, 0, 1))
        leaves = 0.5 * self.fine[rows, columns] + 0.3 * self.rough[rows, columns]
        height = (tree.height * (0.45 + 0.55 * dome) + leaves).astype(np.float32)
        tone = np.array(tree.colour, np.float32) * (0.75 + 0.35 * dome + 0.12 * leaves)[..., None]
        self.raise_to(rows, columns, height, distance < 1, tone.astype(np.float32))


def _window(x: float, y: float, size: float) -> tuple[slice, slice]:
    """Rows and columns of the square of `size` x 2 metres about (x, y), cut at the edge of the image."""
    low = [int(np.clip((value - size) / _STEP, 0, _N)) for value in (y, x)]
    high = [int(np.clip((value + size) / _STEP, 0, _N)) for value in (y, x)]
    return slice(low[0], high[0]), slice(low[1], high[1])


def _local(rows: slice, columns: slice, x: float, y: float, angle: float) -> tuple[Array, Array]:
    dx, dy = _X[rows, columns] - np.float32(x), _Y[rows, columns] - np.float32(y)
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return dx * c + dy * s, dy * c - dx * s


def _ridges(height: Array) -> Array:
    """1 where a roof bends downward (ridges and hips), 0 elsewhere."""
    if min(height.shape) < 3:
        return np.zeros_like(height)
    bend = sum(2 * height - np.roll(height, 1, axis) - np.roll(height, -1, axis) for axis in (0, 1))
    return np.clip(bend / (_STEP * 0.62) - 0.4, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Sky:
    """The sun and the camera of one date: azimuth of the shadows and elevation in radians, exposure, contrast, warmth, blur in pixels."""

    azimuth: float
    elevation: float
    mean: float
    gamma: float
    warmth: float
    blur: float


def draw_sky(rng: np.random.Generator, second: bool) -> Sky:
    azimuth = -np.pi / 2 + rng.uniform(-0.9, 0.2)  # shadows fall to the north-west: a morning in Texas
    mean, gamma, warmth = (0.31, 1.1, -0.015) if second else (0.42, 1.4, -0.03)
    shift = rng.uniform(-0.035, 0.035)
    return Sky(azimuth, rng.uniform(0.8, 1.0), mean + shift, gamma, warmth + rng.uniform(-0.03, 0.03), rng.uniform(0.5, 0.68))


def shadow(height: Array, sky: Sky) -> Array:
    """Share of the sun that reaches each point [N, N]: marches the height field towards the sun."""
    slope = np.tan(sky.elevation) * _STEP
    lit = np.ones_like(height)
    steps = int(height.max() / slope) + 2
    padded = np.pad(height, steps)  # what stands beyond the image is not known: it casts nothing
    rows, columns = height.shape
    for k in range(1, steps):
        dx, dy = round(k * np.cos(sky.azimuth)), round(k * np.sin(sky.azimuth))
        moved = padded[steps - dy : steps - dy + rows, steps - dx : steps - dx + columns]
        lit = np.minimum(lit, np.clip(1.5 - (moved - k * slope - height) * 4, 0, 1))
    return lit


def photograph(scene: Scene, sky: Sky, rng: np.random.Generator, shift: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.uint8]:
    """The scene as a camera sees it: uint8 [256, 256, 3]."""
    gy, gx = np.gradient(scene.height, _STEP)
    # cliffs at eaves and crowns are walls that nobody sees from above
    gx, gy = (1.1 * np.tanh(g / 1.1) for g in (gx, gy))
    sun = np.array([-np.cos(sky.azimuth), -np.sin(sky.azimuth)]) * np.cos(sky.elevation)
    lambert = np.clip((-gx * sun[0] - gy * sun[1] + np.sin(sky.elevation)) / np.sqrt(1 + gx**2 + gy**2), 0, None) / np.sin(sky.elevation)
    direct = (lambert * shadow(scene.height, sky))[..., None]
    light = direct * np.array([1.0, 0.97, 0.91]) + np.array([0.20, 0.23, 0.27])
    image = (scene.colour * light).reshape(SIZE, SUPER, SIZE, SUPER, 3).mean((1, 3))
    image = (image / 1.2) ** sky.gamma
    image = image * np.array([1 + sky.warmth, 1.0, 1 - 1.6 * sky.warmth])
    image = _tone(image * sky.mean / image.mean() * (0.55 + 0.45 * min(image.mean() / 0.25, 1.3)))
    # cubic resampling with a margin: a shift must not leave a black rim
    margin = 4
    padded = np.pad((np.clip(image, 0, 1) * 255).astype(np.uint8), ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    picture = Image.fromarray(padded).filter(ImageFilter.GaussianBlur(sky.blur))
    matrix = (1, 0, margin + shift[0], 0, 1, margin + shift[1])
    picture = picture.transform((SIZE, SIZE), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    grain = rng.normal(0, 1.6, (SIZE, SIZE, 1)) + rng.normal(0, 0.5, (SIZE, SIZE, 3))
    grain = 0.5 * grain + 0.5 * np.roll(grain, 1, 1)  # what a compressed mosaic leaves of it is not white
    noisy: NDArray[np.uint8] = np.clip(np.asarray(picture) + grain + 0.5, 0, 255).astype(np.uint8)
    return noisy


def _tone(image: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rolls highlights off instead of clipping them."""
    return np.where(image < 0.7, image, 0.7 + 0.3 * np.tanh((image - 0.7) / 0.3))
