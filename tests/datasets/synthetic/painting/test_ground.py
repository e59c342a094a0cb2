"""Ground textures, covers, parking bays, fences and crowns."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from shapely import LineString, affinity, box

from deltascribe.datasets.synthetic.bays import BAY_WIDTH
from deltascribe.datasets.synthetic.painting import crowns
from deltascribe.datasets.synthetic.painting.canvas import Canvas, Surface
from deltascribe.datasets.synthetic.painting.covers import edge, ground
from deltascribe.datasets.synthetic.painting.fences import HEIGHT, fences
from deltascribe.datasets.synthetic.painting.grid import Grid
from deltascribe.datasets.synthetic.painting.grounds import bays
from deltascribe.datasets.synthetic.painting.texture import texture
from deltascribe.datasets.synthetic.world import Cover, CoverKind, Layout, Parking, Road, Tree

GRID = Grid(0, 0, 160, 120, 0.5)
KINDS: tuple[CoverKind, ...] = get_args(CoverKind)


def canvas(grid: Grid = GRID) -> Canvas:
    fine = grid.finer(2)
    return Canvas.on(fine, np.full((*fine.shape, 3), 120, np.uint8))


@pytest.mark.parametrize("kind", KINDS)
def test_every_ground_has_a_texture_that_is_part_of_the_world(kind: CoverKind) -> None:
    whole, part = GRID, Grid(40, 30, 64, 50, 0.5)
    rows, columns = whole.slices(part)
    image = texture(kind, whole, 7, 0.5, 0.4)
    assert image.shape == (3, 120, 160)
    assert 0.04 < image.min() < image.max() < 1.3
    assert image.std(axis=(1, 2)).min() > 0.002
    assert np.allclose(image[:, rows, columns], texture(kind, part, 7, 0.5, 0.4), atol=1e-5)


@pytest.mark.parametrize("kind", ["grass", "lawn", "woods"])
def test_plants_are_greener_in_the_green_season(kind: CoverKind) -> None:
    dry, green = (texture(kind, GRID, 3, season).mean((1, 2)) for season in (0.05, 0.95))
    assert green[1] - green[0] > dry[1] - dry[0] + 0.02


def test_water_is_the_darkest_ground_and_the_calmest() -> None:
    water, grass = (texture(kind, GRID, 8, 0.5) for kind in ("water", "grass"))
    assert water.mean() < grass.mean()
    assert water.std(axis=(1, 2)).max() < grass.std(axis=(1, 2)).min()


def test_furrows_follow_the_angle_of_a_field() -> None:
    fields = [texture("field", GRID, seed, 0.5, 0.0).mean(0) for seed in range(6)]
    down, along = (np.mean([np.abs(np.diff(field, axis=axis)).mean() for field in fields]) for axis in (0, 1))
    assert down > 1.15 * along


def test_a_soft_edge_fades_over_about_its_width() -> None:
    cover = Cover(1, "lawn", box(-50, -50, 40, 200), 3, soft=4.0)
    alpha = edge(GRID, cover)
    assert alpha[:, :64].min() == pytest.approx(1, abs=0.02)
    assert alpha[:, 96:].max() == pytest.approx(0, abs=0.02)
    assert 0.3 < alpha[:, 79:81].mean() < 0.7
    assert (edge(GRID, replace(cover, soft=0.0))[:, [78, 82]] == (1, 0)).all()


def test_later_covers_lie_on_top() -> None:
    lower, upper = Cover(1, "bare", box(0, 0, 80, 60), 1, soft=0.0), Cover(2, "water", box(20, 20, 60, 40), 2, soft=0.0)
    image = ground(GRID, (lower, upper), 0, 0.5)
    assert image[:, 60, 80].mean() < 0.7 * image[:, 10, 80].mean()
    assert ground(GRID, (upper, lower), 0, 0.5)[:, 60, 80].mean() > image[:, 60, 80].mean()


def test_bays_stand_apart_within_their_lot() -> None:
    lot = Parking(1, affinity.rotate(box(10, 10, 60, 44), 0.4, use_radians=True), 0.4, 5)
    spots = np.array(bays(lot))
    assert len(spots) > 40
    assert all(
        lot.polygon.buffer(0.1).contains(affinity.rotate(box(x - 1.2, y - 2.4, x + 1.2, y + 2.4), 0.4, use_radians=True)) for x, y in spots
    )
    gaps = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
    assert gaps[gaps > 0].min() == pytest.approx(BAY_WIDTH)


def test_a_yard_is_fenced_but_for_its_front() -> None:
    # of all seeds some leave a yard open
    yards = [Cover(1, "lawn", box(20, 20, 40, 48), seed, soft=0.4) for seed in range(12)]
    road = Road(2, LineString([(-20, 12), (100, 12)]), 8.0)
    fenced = []
    for yard in yards:
        paper = canvas()
        fences(paper, Layout(covers=(yard,), roads=(road,)))
        fenced.append(paper.height)
    drawn = [height for height in fenced if height.any()]
    assert 6 <= len(drawn) < 12
    back, front = (drawn[0][4 * y - 2 : 4 * y + 3, 90:150].max(0) for y in (48, 20))
    assert (back == np.float32(HEIGHT)).all()
    assert not front.any()


def test_parks_have_no_fence() -> None:
    paper = canvas()
    for seed in range(8):
        fences(paper, Layout(covers=(Cover(1, "lawn", box(5, 5, 75, 55), seed, soft=0.4),)))
    assert not paper.height.any()


def test_the_higher_of_two_crowns_is_seen_whatever_their_order() -> None:
    low, high = Tree(20, 20, 4, 4, (0.3, 0.1, 0.1)), Tree(22, 20, 4, 12, (0.1, 0.3, 0.1))
    papers = [canvas(), canvas()]
    crowns.put(papers[0], (low, high), 1.0)
    crowns.put(papers[1], (high, low), 1.0)
    assert np.array_equal(papers[0].albedo, papers[1].albedo)
    assert np.array_equal(papers[0].height, papers[1].height)
    red, green, _ = papers[0].albedo[80, 88].astype(int)
    assert green > red
    assert papers[0].kind[80, 88] == Surface.CROWN
    assert 10 < papers[0].height.max() <= crowns.TOP * 12


def test_a_crown_is_about_as_wide_as_its_tree() -> None:
    paper = canvas()
    crowns.put(paper, (Tree(40, 30, 5, 8, (0.2, 0.25, 0.15)),), 1.0)
    assert (paper.kind == Surface.CROWN).sum() * 0.25**2 == pytest.approx(np.pi * 25, rel=0.25)


def test_some_trees_lose_their_leaves_in_the_dry_season() -> None:
    rng = np.random.default_rng(1)
    trees = tuple(Tree(float(x), float(y), 3.0, 5.0, (0.18, 0.22, 0.15)) for x, y in rng.uniform(0, 500, (400, 2)))
    dry, green = crowns.Wood.of(trees, 0.05), crowns.Wood.of(trees, 0.95)
    assert 0.1 < (dry.bare > 0.5).mean() < 0.45
    assert not green.bare.any()
    assert np.array_equal(dry.forms, green.forms)
    assert np.array_equal(green.seen(), green.forms)
    assert np.array_equal(dry.seen() != dry.forms, dry.bare > 0.45)


def test_the_ground_is_seen_through_a_bare_tree() -> None:
    rng = np.random.default_rng(1)
    trees = tuple(Tree(float(x), float(y), 3.0, 5.0, (0.18, 0.22, 0.15)) for x, y in rng.uniform(5, 55, (60, 2)))
    covered = []
    for season in (0.0, 1.0):
        bare = crowns.Wood.of(trees, 0.0).bare > 0.9
        paper = canvas()
        crowns.put(paper, tuple(tree for tree, leafless in zip(trees, bare, strict=True) if leafless), season)
        covered.append((paper.kind == Surface.CROWN).sum())
    assert 0.2 * covered[1] < covered[0] < 0.75 * covered[1]


def test_water_is_paler_at_its_rim_and_has_a_shore() -> None:
    square = box(20, 15, 60, 45)
    middle, rim, shore = [], [], []
    for seed in range(20):
        covers = (Cover(1, "grass", box(-20, -20, 120, 120), 1, soft=0.0), Cover(2, "water", square, seed, soft=0.8))
        image = ground(GRID, covers, 0, 0.5)
        without = ground(GRID, covers[:1], 0, 0.5)
        middle.append(image[:, 56:64, 70:90].mean())
        rim.append(image[:, 56:64, 43:45].mean())
        shore.append(np.abs(image - without)[:, 56:64, 36:38].mean())
        assert np.array_equal(image[:, :10, :10], without[:, :10, :10])
    assert np.mean(rim) > 1.05 * np.mean(middle)
    assert np.mean(shore) > 0.02


@pytest.mark.parametrize("kind", ["bare", "water"])
def test_a_cover_that_spans_a_window_looks_as_in_the_whole(kind: CoverKind) -> None:
    covers = (Cover(1, "grass", box(-20, -20, 120, 120), 1, soft=0.0), Cover(2, kind, box(10, 8, 72, 54), 5, soft=0.8))
    whole = ground(GRID, covers, 0, 0.5)
    for part in (Grid(24, 20, 112, 82, 0.5), Grid(46, 40, 68, 42, 0.5), Grid(60, 50, 20, 20, 0.5)):
        rows, columns = GRID.slices(part)
        assert np.abs(whole[:, rows, columns] - ground(part, covers, 0, 0.5)).max() < 0.02
