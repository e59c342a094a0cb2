"""Worn ground about houses, and ways to those without a drive."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import LineString, box

from deltascribe.datasets.synthetic.painting.access import worn
from deltascribe.datasets.synthetic.painting.grid import Grid
from deltascribe.datasets.synthetic.painting.layout import stock
from deltascribe.datasets.synthetic.world import Cover, Layout, Road

GRID = Grid(0, 0, 160, 120, 0.5)
ROAD = Road(1, LineString([(-10, 50), (90, 50)]), 6.0)
ON_THE_WAY = np.s_[:, 64:72, 56:64]
"""Between a house at (30, 20) and the road."""


def change(layout: Layout, grid: Grid = GRID) -> np.ndarray:
    ground = np.full((3, *grid.shape), 0.3, np.float32)
    worn(ground, grid, stock(layout))
    return ground - np.float32(0.3)


def test_a_way_leads_from_a_house_to_its_road(make_house) -> None:  # type: ignore[no-untyped-def]
    house = make_house(2, 30, 20)
    assert change(Layout(roads=(ROAD,), buildings=(house,)))[ON_THE_WAY].max() > 0.05
    assert not change(Layout(buildings=(house,)))[ON_THE_WAY].any()


def test_a_paved_drive_or_a_house_between_spares_the_way(make_house) -> None:  # type: ignore[no-untyped-def]
    house = make_house(2, 30, 20)
    drive = Cover(3, "concrete", box(28, 26, 32, 47), 3)
    assert not change(Layout(covers=(drive,), roads=(ROAD,), buildings=(house,)))[ON_THE_WAY].any()
    assert not change(Layout(roads=(ROAD,), buildings=(house, make_house(4, 30, 34, kind="block"))))[ON_THE_WAY].any()


@pytest.mark.parametrize("kind", ["block", "warehouse"])
def test_large_buildings_wear_nothing(make_house, kind: str) -> None:  # type: ignore[no-untyped-def]
    assert not change(Layout(roads=(ROAD,), buildings=(make_house(2, 30, 20, kind=kind),))).any()


@pytest.mark.parametrize("part", [Grid(50, 30, 60, 70, 0.5), Grid(56, 66, 12, 10, 0.5), Grid(40, 84, 30, 20, 0.5)])
def test_a_window_is_a_piece_of_the_whole(make_house, part: Grid) -> None:  # type: ignore[no-untyped-def]
    layout = Layout(roads=(ROAD,), buildings=(make_house(2, 30, 20), make_house(3, 60, 24, angle=0.3)))
    rows, columns = GRID.slices(part)
    assert np.abs(change(layout)[:, rows, columns] - change(layout, part)).max() < 0.01
