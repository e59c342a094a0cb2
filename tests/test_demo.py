"""Tests of deltascribe.demo and its command."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import deltascribe
from deltascribe.cli.main import app
from deltascribe.demo import DemoScene, SceneFiles, describe_scene, render_page, run_demo
from deltascribe.errors import ImageNotFoundError
from deltascribe.geotiff import Georeference
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport, TileReport
from deltascribe.shipped import ASSETS, demo_pairs
from deltascribe.tiling import plan_tiles


class FakeCaptioner:
    """Says of each pair, and of each tile of 64 pixels of a large one, how much darker it got."""

    def __init__(self, mask: bool = True, size: int = 256) -> None:
        self.mask = mask
        self.size = size

    def caption(self, pairs: Sequence[ImagePair]) -> list[ChangeReport]:
        return [self._report(pair) for pair in pairs]

    def _report(self, pair: ImagePair) -> ChangeReport:
        difference = abs(pair.after - pair.before).mean(0)
        windows = plan_tiles(*pair.size, self.size)
        tiles = []
        for row, column, height, width in windows if len(windows) > 1 else []:
            share = float(difference[row : row + height, column : column + width].mean())
            tiles.append(TileReport((row, column, height, width), f"<tile> at {row}, {column}", share))
        caption = f"it got <darker> in {pair.name}"
        mask = difference if self.mask else None
        return ChangeReport(
            pair.name, caption, True, float(difference.mean()), mask=mask, tiles=tiles, provenance={"model": "fake & small"}
        )


class Outline(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if attributes.get("class") == name]


@pytest.fixture
def scene_files(tmp_path: Path) -> SceneFiles:
    """GeoTIFFs of 128 x 192 pixels of 2 m, black on both dates but for a white block of 10 x 20 pixels that comes in the second tile."""
    rasterio = pytest.importorskip("rasterio")
    pixels = np.zeros((3, 128, 192), np.uint8)
    form = {"driver": "GTiff", "height": 128, "width": 192, "count": 3, "dtype": "uint8", "crs": "EPSG:32614", "photometric": "rgb"}
    transform = rasterio.Affine(2, 0, 600_000, 0, -2, 3_000_000)
    for date in ("before", "after"):
        if date == "after":
            pixels[:, 10:20, 70:90] = 255
        with rasterio.open(tmp_path / f"{date}.tif", "w", transform=transform, **form) as target:
            target.write(pixels)
    return SceneFiles(tmp_path / "before.tif", tmp_path / "after.tif", changed_area=900.0)


def small_pair() -> ImagePair:
    return ImagePair.from_arrays(np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 9, np.uint8))


def open_scene(files: SceneFiles, captioner: FakeCaptioner) -> DemoScene:
    pair = files.open()
    return DemoScene(pair, captioner.caption([pair])[0], files.georeference(), files.changed_area)


def test_the_demo_writes_a_picture_a_pair_and_a_page_with_each_caption(tmp_path: Path) -> None:
    result = run_demo(tmp_path / "report", FakeCaptioner())
    names = [*(before.stem for before, _ in demo_pairs()), "scene"]
    assert [path.name for path in result.pictures] == [f"{name}.png" for name in names]
    assert all(path.is_file() for path in result.pictures)
    outline = Outline(result.page.read_text())
    assert all(f"it got <darker> in {name}" in outline.words for name in names)
    assert "fake & small" in outline.words
    assert sum(tag == "input" and attributes["type"] == "range" for tag, attributes in outline.tags) == 7


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    page = run_demo(tmp_path, FakeCaptioner()).page.read_text()
    sources = [str(attributes["src"]) for tag, attributes in Outline(page).tags if "src" in attributes]
    assert len(sources) == 21
    assert all(re.match(r"data:image/(png|jpeg);base64,", source) for source in sources)
    assert not re.search(r"https?://|@import|url\(", page)
    assert len(page) < 4_000_000


def test_the_shipped_scene_is_small_and_lies_on_the_ground() -> None:
    files = SceneFiles.shipped()
    assert files.before.stat().st_size + files.after.stat().st_size < 1_200_000
    place, pair = files.georeference(), files.open()
    assert place is not None
    assert place.crs.startswith("EPSG:")
    assert (pair.size, pair.gsd, pair.warnings, pair.identical) == ((1024, 1024), 0.5, (), False)
    assert files.changed_area is not None
    assert 0 < files.changed_area < 512 * 512


def test_the_shipped_scene_opens_without_rasterio(monkeypatch: pytest.MonkeyPatch) -> None:
    with_rasterio = SceneFiles.shipped().georeference()
    monkeypatch.setitem(sys.modules, "rasterio", None)
    scene = open_scene(SceneFiles.shipped(), FakeCaptioner())
    assert scene.place == with_rasterio
    assert scene.area == 512 * 512
    assert len(scene.report.tiles) == 16


def test_areas_and_places_come_from_the_georeference(scene_files: SceneFiles) -> None:
    scene = open_scene(scene_files, FakeCaptioner(size=64))
    assert scene.area == 256 * 384
    assert scene.changed_area == 10 * 20 * 4
    assert [scene.changed_area_in(tile.window) for tile in scene.report.tiles] == [0, 800, 0, 0, 0, 0]
    assert scene.centre((0, 64, 64, 64)) == (600_192, 2_999_936)


def test_a_turned_raster_has_its_centre_where_its_transform_puts_it() -> None:
    pair = small_pair()
    place = Georeference("EPSG:32614", (0.0, 2.0, 100.0, 3.0, 0.0, 50.0), (8, 8), None)
    scene = DemoScene(pair, FakeCaptioner().caption([pair])[0], place)
    assert scene.centre((0, 4, 2, 2)) == (102.0, 65.0)
    assert scene.area is None  # the pair knows no scale


def test_each_tile_is_a_button_in_its_place_with_its_words(scene_files: SceneFiles) -> None:
    scene = open_scene(scene_files, FakeCaptioner(size=64))
    outline = Outline(render_page([], [], scene, "how"))
    buttons = outline.of_class("tile")
    assert [button["data-caption"] for button in buttons] == [f"<tile> at {row}, {column}" for row in (0, 64) for column in (0, 64, 128)]
    assert str(buttons[1]["style"]).startswith("left: 33.3333%; top: 0%; width: 33.3333%; height: 50%; --p: 0.049")
    assert (
        buttons[1]["aria-label"]
        == "Row 1, column 2: <tile> at 0, 64; change probability 4.9\u00a0%; changed area 800\u00a0m²; centre x 600192, y 2999936"
    )
    # one of them is open at first and can be reached by Tab: the likeliest
    assert [button["aria-pressed"] for button in buttons] == ["false", "true", "false", "false", "false", "false"]
    assert [button["tabindex"] for button in buttons] == ["-1", "0", "-1", "-1", "-1", "-1"]


def test_the_page_tells_the_scene_in_figures_and_how_they_were_computed(scene_files: SceneFiles) -> None:
    words = Outline(render_page([], [], open_scene(scene_files, FakeCaptioner(size=64)), "how")).words.replace("\u00a0", " ")
    assert "One scene of 9.83 ha" in words
    assert "800 m² (0.08 ha), 0.8 % of the scene" in words
    assert "900 m² of new or lost buildings and roads" in words
    assert "EPSG:32614" in words
    assert "change probability of 50 % or more, times 4 m² a pixel" in words
    assert words.count("<tile> at 64, 128") == 1  # in the list; the card shows another


def test_the_command_s_line_on_a_scene_counts_tiles_from_one_half_on(scene_files: SceneFiles) -> None:
    pair = scene_files.open()
    tiles = [TileReport((0, 0, 128, 96), "a", 0.5), TileReport((0, 96, 128, 96), "b", 0.49)]
    report = ChangeReport("scene", "a", True, 0.5, tiles=tiles)
    assert describe_scene(DemoScene(pair, report)) == "1 of 2 tiles changed"
    report = ChangeReport("scene", "a", True, 0.5, mask=np.full((128, 192), 0.5), tiles=tiles)
    assert describe_scene(DemoScene(pair, report)) == "1 of 2 tiles changed, changed area 9.83 ha of 9.83 ha"


def test_without_masks_there_is_no_overlay_to_show(scene_files: SceneFiles) -> None:
    captioner, pair = FakeCaptioner(mask=False, size=64), small_pair()
    outline = Outline(render_page([pair], captioner.caption([pair]), open_scene(scene_files, captioner), "how"))
    assert outline.of_class("mask") == []
    assert sum(tag == "label" and "hidden" in attributes for tag, attributes in outline.tags) == 2
    assert "changed area 8" not in outline.words
    assert "In truth" in outline.words


def test_missing_pairs_are_told(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFoundError, match="Reinstall"):
        run_demo(tmp_path, FakeCaptioner(), files=[])


@pytest.mark.parametrize("name", ["truth.json", "before.tif", "after.tif"])
def test_a_scene_that_is_not_whole_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    shutil.copytree(ASSETS / "demo" / "scene", tmp_path / "scene")
    assert SceneFiles.shipped(tmp_path / "scene").changed_area == SceneFiles.shipped().changed_area
    (tmp_path / "scene" / name).unlink()
    monkeypatch.setattr(SceneFiles.shipped.__func__, "__defaults__", (tmp_path / "scene",))
    with pytest.raises(ImageNotFoundError, match=rf"{re.escape(name)} is missing\. Reinstall deltascribe"):
        run_demo(tmp_path / "out", FakeCaptioner())


def test_the_command_refuses_a_number_of_threads_below_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "out"), "--threads", "0"])
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_what_scrolls_can_be_reached_by_tab(scene_files: SceneFiles) -> None:
    outline = Outline(render_page([], [], open_scene(scene_files, FakeCaptioner(size=64)), "how"))
    scrolling = [attributes for tag, attributes in outline.tags if tag == "pre" or attributes.get("class") == "wide"]
    assert [attributes["tabindex"] for attributes in scrolling] == ["0", "0"]


def test_the_command_prints_captions_where_the_page_is_and_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deltascribe, "load", lambda device: FakeCaptioner())
    monkeypatch.setenv("PATH", "")  # no environment is active
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "it got <darker> in large-building" in result.output
    assert "it got <darker> in scene" in result.output
    assert "of 16 tiles changed" in result.output
    assert str(tmp_path / "out" / "index.html") in result.output
    assert f"    {sys.executable} -m deltascribe caption before.png after.png" in result.output.splitlines()
    assert (tmp_path / "out" / "index.html").is_file()
