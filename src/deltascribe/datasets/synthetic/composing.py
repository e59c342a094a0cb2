"""Puts the rendered objects of a place on a real image.

Method: only what came or went is kept of a planned place (roads, buildings, parking lots, pools, sports grounds, and water). It is painted
twice on bare ground under one look, with and without these objects. Inside their outlines the rendered colours replace the image's, with
soft edges and gains that bring the bare ground's mean colour near the image's; outside, the image is multiplied by the ratio of the two
paintings where that is clearly below one: the objects' shadows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic.makers import Date, Makers, in_register

if TYPE_CHECKING:
    from deltascribe.datasets.synthetic.world import Layout, Place, Thing

Pixels = NDArray[np.float32]

_EDGE = 0.25  # metres over which an object fades into the image
_DARKEST = 0.25  # of a shadow, as a factor
_SHADOW = 0.88  # paint grain moves the ratio a little everywhere; only what is darker than this is a shadow
_KEPT_COVERS = ("water", "concrete", "lawn")
_PLAIN = {"noise": 0.0, "quality": None, "haze": 0.0, "exposure": 1.0, "contrast": 1.1, "saturation": 1.0, "balance": (1.0, 1.0, 1.0)}
"""The image has been through a camera already, and the two paintings must differ by the objects alone."""


def keep_changes(place: Place) -> Place:
    """The place with nothing but the objects that came or went, and the cars on their parking lots."""
    from deltascribe.datasets.synthetic.world import Cover, Layout

    numbers = {thing.id for thing in [*place.added(), *place.removed()] if not isinstance(thing, Cover) or thing.kind in _KEPT_COVERS}
    # yards and lawns come with what they lie about, and are no change of their own
    objects = {thing.id for thing in [*place.added(), *place.removed()] if not isinstance(thing, Cover) or thing.kind == "water"}
    numbers = numbers if objects else set()

    def strip(layout: Layout) -> Layout:
        parkings = tuple(item for item in layout.parkings if item.id in numbers)
        return Layout(
            covers=tuple(item for item in layout.covers if item.id in numbers),
            roads=tuple(item for item in layout.roads if item.id in numbers),
            buildings=tuple(item for item in layout.buildings if item.id in numbers),
            parkings=parkings,
            pools=tuple(item for item in layout.pools if item.id in numbers),
            playgrounds=tuple(item for item in layout.playgrounds if item.id in numbers),
            cars=tuple(car for car in layout.cars if any(_holds(parking.polygon, car.x, car.y) for parking in parkings)),
        )

    events = tuple(event for event in place.events if objects.intersection(event.added + event.removed))
    return replace(place, before=strip(place.before), after=strip(place.after), events=events)


def _holds(polygon: Any, x: float, y: float) -> bool:
    from shapely import contains_xy

    return bool(contains_xy(polygon, x, y))


def compose(crop: Pixels, place: Place, date: Date, look: Any, resolution: float, makers: Makers) -> Pixels:
    """Puts the objects that stand on a date on a crop; see the method above.

    Args:
        crop: [N, N, 3] in 0..1.
        place: as `keep_changes` gives it.
        date: which of its dates.
        look: of the painting.
        resolution: metres a pixel.
        makers: the renderer's parts.
    """
    from deltascribe.datasets.synthetic.world import Layout

    things = list((place.before if date == "before" else place.after).things())
    if not things:
        return crop
    look = in_register(look, **_PLAIN)
    empty = replace(place, before=Layout(), after=Layout())
    painted, bare = (
        np.asarray(makers.paint(each, date, look, resolution=resolution), np.float32) / np.float32(255) for each in (place, empty)
    )
    alpha = coverage(things, crop.shape[0], resolution)[..., None]
    gains = _gains(crop, bare)
    shade = np.clip(painted.mean(2) / np.maximum(bare.mean(2), 0.02), _DARKEST, 1.0)[..., None]
    shade = np.where(shade > _SHADOW, 1.0, shade)
    return np.asarray(np.clip(crop * shade * (1 - alpha) + painted * gains * alpha, 0, 1), np.float32)


def coverage(things: list[Thing], size: int, resolution: float) -> Pixels:
    """How much of each pixel objects cover, [size, size] in 0..1, with edges soft over a quarter of a metre."""
    import cv2
    from shapely import get_coordinates, get_parts

    fine, bits = 4, 4
    canvas = np.zeros((size * fine, size * fine), np.uint8)
    for thing in things:
        for part in get_parts(thing.polygon):
            rings = [part.exterior, *part.interiors]
            points = [np.rint(get_coordinates(ring) / resolution * fine * 2**bits).astype(np.int32) for ring in rings]
            own = np.zeros_like(canvas) if len(points) > 1 else canvas
            cv2.fillPoly(own, points, 255, lineType=cv2.LINE_8, shift=bits)
            canvas = np.maximum(canvas, own)
    soft = cv2.GaussianBlur(canvas, (0, 0), max(_EDGE / resolution * fine, 0.5))
    return np.asarray(cv2.resize(soft, (size, size), interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def _gains(crop: Pixels, bare: Pixels) -> Pixels:
    """Factor of each channel that takes rendered colours half the way to the crop's light."""
    ratio = crop.mean((0, 1)) / np.maximum(bare.mean((0, 1)), 0.02)
    return np.asarray(np.clip(np.sqrt(ratio), 0.75, 1.25), np.float32)
