"""Settings of a run."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from deltascribe.scenes.options import SceneOptions
from deltascribe.shipped import DEFAULT_BEAMS

pytest.importorskip("shapely")


def test_settings_have_defaults_and_stay_as_they_are() -> None:
    options = SceneOptions()
    assert (options.overlap, options.resolution, options.scale, options.beams) == (32, "auto", "auto", DEFAULT_BEAMS)
    with pytest.raises(ValidationError):
        options.beams = 2  # type: ignore[misc]


def test_a_box_across_180_degrees_has_its_west_above_its_east() -> None:
    assert SceneOptions(bbox=(179.9, -17.1, -179.9, -17.0)).bbox == (179.9, -17.1, -179.9, -17.0)


def test_whole_numbers_are_numbers() -> None:
    assert SceneOptions(resolution=1).resolution == 1.0
    assert SceneOptions(scale=10_000).scale == 10_000.0
    assert SceneOptions(scale=(0, 3000)).scale == (0.0, 3000.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"resolution": 0.0},
        {"resolution": -1.0},
        {"resolution": math.nan},
        {"resolution": math.inf},
        {"resolution": "fine"},
        {"nodata": math.nan},
        {"nodata": -math.inf},
        {"bbox": (16.0, 45.0, 15.0, 46.0)},
        {"bbox": (90.0, 45.0, -90.0, 46.0)},
        {"bbox": (180.1, 45.0, -179.9, 46.0)},
        {"bbox": (math.nan, 45.0, 16.0, 46.0)},
        {"bbox": (15.0, 46.0, 16.0, 45.0)},
        {"bbox": (15.0, 45.0, 190.0, 46.0)},
        {"bbox": (15.0, 45.0, 16.0, 91.0)},
        {"bbox": (15.0, 45.0, math.nan, 46.0)},
        {"overlap": -1},
        {"limit": 0},
        {"min_valid": 0.0},
        {"min_valid": 1.1},
        {"threshold": 1.0},
        {"min_area": -1.0},
        {"beams": 0},
        {"colour": "red"},
    ],
)
def test_settings_without_a_meaning_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SceneOptions(**fields)
