"""Which rasters can be cloud masks, and how much of the ground they tell about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import BandError, ImageNotFoundError, NoOverlapError
from deltascribe.scenes.clouds import covered_share, inspect_clouds
from deltascribe.scenes.grid import Grid

from .rasters_for_tests import LEFT, TOP, UTM, header, noise, north_up, write

pytest.importorskip("rasterio")

GRID = Grid(UTM, LEFT, TOP, 0.5, 200, 300, 0.5)


@pytest.mark.parametrize(("bands", "profile"), [(3, {"photometric": "rgb"}), (2, {"alpha": "no"})])
def test_more_than_one_band_is_refused(tmp_path: Path, bands: int, profile: dict[str, Any]) -> None:
    path = write(tmp_path / "c.tif", noise(bands), **profile)
    with pytest.raises(BandError, match=rf"cloud mask .*c\.tif has {bands} bands.*gdal_translate -b NUMBER"):
        inspect_clouds(str(path), max_pixels=10**6)


def test_one_band_is_enough_and_alpha_none(tmp_path: Path) -> None:
    assert inspect_clouds(str(write(tmp_path / "c.tif", noise(1))), max_pixels=10**6).roles == ("grey",)
    assert inspect_clouds(str(write(tmp_path / "d.tif", noise(2), alpha="yes")), max_pixels=10**6).roles == ("grey", "alpha")


def test_a_mask_that_is_not_there_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFoundError, match=r"^Cloud mask: There is no file .*c\.tif"):
        inspect_clouds(str(tmp_path / "c.tif"), max_pixels=10**6)


@pytest.mark.parametrize(
    ("transform", "size", "share"),
    [
        (north_up(0.5), (300, 200), 1.0),
        (north_up(10.0, LEFT - 500, TOP + 500), (500, 500), 1.0),
        (north_up(0.5), (300, 100), 0.5),
        (north_up(0.5, LEFT + 50, TOP - 75), (400, 400), 0.25),
        ((0.0, 0.5, LEFT, -0.5, 0.0, TOP), (100, 300), 0.5),  # columns go down
    ],
)
def test_the_share_of_the_ground_within_a_mask(transform: Any, size: tuple[int, int], share: float) -> None:
    assert covered_share(header(transform=transform, size=size), GRID) == pytest.approx(share, abs=0.02)


def test_a_mask_on_another_map_covers_its_place() -> None:
    world = header("EPSG:4326", (1.0, 0.0, -180.0, 0.0, -1.0, 90.0), (180, 360))
    assert covered_share(world, GRID) == 1.0
    east = header("EPSG:4326", (1e-5, 0.0, 15.0, 0.0, -1e-5, 45.2), (10_000, 64))  # 0.00064 degrees of 0.00127
    assert covered_share(east, GRID) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "mask", [header(transform=north_up(0.5, LEFT + 2500)), header("EPSG:32610"), header("EPSG:3031", north_up(0.5, -64.0, 64.0))]
)
def test_a_mask_elsewhere_is_refused(mask: Any) -> None:
    with pytest.raises(NoOverlapError, match=r"lies beside the ground that is described.*--clouds"):
        covered_share(mask, GRID)
