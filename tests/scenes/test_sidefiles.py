"""Files beside a raster: which are named, and which make it unfit."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import RasterError
from deltascribe.scenes.sidefiles import placing_files, refuse_mask_beside


@pytest.mark.parametrize("name", ["a.tfw", "a.TFW", "a.tifw", "a.wld", "a.prj", "a.tif.aux.xml", "a.aux.xml"])
def test_files_that_place_a_raster_are_found(tmp_path: Path, name: str) -> None:
    for other in ("a.tif", name, "b.tfw", "a.txt", "a.tif.ovr"):
        (tmp_path / other).touch()
    assert placing_files(str(tmp_path / "a.tif")) == [name]


def test_an_address_has_nothing_beside_it() -> None:
    assert placing_files("https://example.org/a.tif") == []
    refuse_mask_beside("https://example.org/a.tif")


def test_only_a_rasters_own_mask_is_refused(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif.msk", "a.msk"):
        (tmp_path / name).touch()
    refuse_mask_beside(str(tmp_path / "a.tif"))
    with pytest.raises(RasterError, match=r"b\.tif\.msk marks what is missing"):
        refuse_mask_beside(str(tmp_path / "b.tif"))
