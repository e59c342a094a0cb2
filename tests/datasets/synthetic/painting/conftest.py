"""Places made by hand for the tests of the painter."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import LineString, Polygon, affinity, box

from deltascribe.datasets.synthetic.world import (
    Building,
    Car,
    Cover,
    Layout,
    Parking,
    Place,
    Playground,
    Pool,
    Road,
    Tree,
)

GREEN = (0.18, 0.22, 0.15)


def house(number: int, x: float, y: float, *, size: tuple[float, float] = (16.0, 12.0), angle: float = 0.0, **changes: object) -> Building:
    """A rectangular house with a hip roof, 3 m to the eaves."""
    footprint = affinity.rotate(box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2), angle, use_radians=True)
    fields = {"kind": "house", "height": 3.0, "roof": "hip", "colour": (0.4, 0.36, 0.33), "seed": number} | changes
    return Building(number, polygon=footprint, x=x, y=y, angle=angle, size=size, **fields)  # type: ignore[arg-type]


@pytest.fixture
def make_house():  # type: ignore[no-untyped-def]
    """See `house`."""
    return house


@pytest.fixture(scope="session")
def full_layout() -> Layout:
    """One of everything on 96 x 96 m."""
    rng = np.random.default_rng(4)
    ground = box(-20, -20, 130, 130)
    pond = Polygon([(70, 62), (88, 66), (92, 80), (78, 88), (66, 78)])
    covers = (
        Cover(1, "bare", ground, 11, soft=0.0),
        Cover(2, "field", box(-10, 60, 40, 110), 12, angle=0.4, soft=0.8),
        Cover(3, "water", pond, 13, soft=0.8),
        Cover(4, "lawn", box(20, 6, 44, 30), 14, soft=0.4),
        Cover(5, "concrete", box(50, 4, 90, 30), 15, soft=0.4),
        Cover(6, "woods", box(60, 30, 100, 52), 16, soft=3.0),
    )
    roads = (
        Road(7, LineString([(-30, 40), (40, 46), (140, 40)]), 8.0, marked=True, seed=21),
        Road(8, LineString([(45, 130), (45, 46)]), 4.0, paved=False, seed=22),
        Road(9, LineString([(12, -20), (12, 20)]), 7.0, seed=23, head=9.0),
    )
    buildings = (
        house(10, 32, 16, angle=0.3),
        house(11, 70, 12, size=(30.0, 12.0), kind="warehouse", roof="ribbed", height=7.0),
        house(12, 90, 16, size=(12.0, 9.0), kind="block", roof="flat", height=14.0),
        house(13, 20, 52, roof="gable"),
    )
    trees = tuple(
        Tree(float(x), float(y), float(r), float(1.6 * r), GREEN)
        for x, y, r in zip(rng.uniform(58, 98, 60), rng.uniform(28, 56, 60), rng.uniform(1, 4, 60), strict=True)
    )
    return Layout(
        covers,
        roads,
        buildings,
        (Parking(14, box(50, 20, 90, 31), 0.0, 24),),
        (Pool(15, box(36, 24, 42, 28)),),
        (
            Playground(16, "court", box(4, 66, 30, 82), 0.0, 25),
            Playground(17, "track", LineString([(20, 94), (50, 94)]).buffer(14), 0.0, 26),
        ),
        trees,
        (Car(30.0, 42.0, 0.0, (0.8, 0.8, 0.8)), Car(55.0, 24.0, 1.57, (0.3, 0.1, 0.1), 8.0)),
    )


@pytest.fixture(scope="session")
def full_place(full_layout: Layout) -> Place:
    """The layout of one of everything on both dates."""
    return Place(96.0, 96.0, full_layout, full_layout, seed=3)
