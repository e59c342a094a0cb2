"""`deltascribe detect`: files, figures, places, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.geotiff import Georeference
from deltascribe.shipped import ASSETS


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, ["detect", *map(str, arguments)], env={"COLUMNS": "200"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    for date in ("before", "after"):
        (tmp_path / date).mkdir()
        for name in ("one", "two"):
            Image.fromarray(rng.integers(0, 255, (64, 80, 3), np.uint8)).save(tmp_path / date / f"{name}.png")
    return tmp_path / "before", tmp_path / "after"


def test_a_pair_gives_mask_picture_polygons_and_figures(tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    out = tmp_path / "out"
    code, stdout, stderr = invoke(folders[0] / "one.png", folders[1] / "one.png", "-o", out, "--model", tiny_detector, "--gsd", 0.5)
    assert code == 0, stderr
    assert {path.name for path in out.iterdir()} == {"one_mask.png", "one_overlay.png", "one.geojson", "one.json"}
    mask = np.asarray(Image.open(out / "one_mask.png"))
    values = json.loads((out / "one.json").read_text())
    assert mask.shape == (64, 80)
    assert values["changed_pixels"] == int((mask == 255).sum())
    assert values["changed_area_m2"] == values["changed_pixels"] / 4
    areas = json.loads((out / "one.geojson").read_text())["features"]
    assert sum(area["properties"]["pixels"] for area in areas) == values["changed_pixels"]
    assert stdout.splitlines()[0].startswith("one: ")
    assert " m2, " in stdout
    assert stdout.splitlines()[-1] == f"Written to {out}"


def test_folders_give_one_json_object_a_line(tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    code, stdout, stderr = invoke(
        *folders, "-o", tmp_path / "out", "--model", tiny_detector, "--json", "--no-polygons", "--threshold", 0.9999
    )
    assert code == 0, stderr
    rows: list[dict[str, Any]] = [json.loads(line) for line in stdout.splitlines()]
    assert [row["name"] for row in rows] == ["one", "two"]
    assert all(row["changed_pixels"] == 0 and row["polygons"] is None and row["changed_area_m2"] is None for row in rows)
    assert not list((tmp_path / "out").glob("*.geojson"))


def test_georeferenced_images_give_a_mask_and_polygons_in_their_place(tiny_detector: Path, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    transform = rasterio.Affine(0.5, 0, 620000, 0, -0.5, 3350000)
    for seed, date in enumerate(("before", "after")):
        with rasterio.open(
            tmp_path / f"{date}.tif",
            "w",
            driver="GTiff",
            height=100,
            width=130,
            count=3,
            dtype="uint8",
            crs="EPSG:32614",
            transform=transform,
        ) as dataset:
            dataset.write(np.random.default_rng(seed).integers(0, 255, (3, 100, 130), np.uint8))
    out = tmp_path / "out"
    code, stdout, stderr = invoke(tmp_path / "before.tif", tmp_path / "after.tif", "-o", out, "--model", tiny_detector)
    assert code == 0, stderr
    assert " m2" in stdout
    with rasterio.open(out / "before_after_mask.tif") as dataset:
        assert (dataset.crs.to_epsg(), dataset.transform, dataset.shape) == (32614, transform, (100, 130))
    feature = json.loads((out / "before_after.geojson").read_text())["features"][0]
    longitude, latitude = feature["geometry"]["coordinates"][0][0]
    assert -98 < longitude < -97
    assert 30 < latitude < 31


def test_pairs_that_cannot_be_read_are_named_and_the_rest_is_done(tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    (folders[1] / "two.png").write_bytes(b"broken")
    code, stdout, stderr = invoke(*folders, "-o", tmp_path / "out", "--model", tiny_detector, "--no-polygons", "-q")
    assert code == 1
    assert stdout.splitlines()[0].startswith("one: ")
    assert "two: " in stderr
    assert (tmp_path / "out" / "one_mask.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give BEFORE and AFTER"),
        (["a.png"], "see deltascribe detect --help"),
        (["a.png", "b.png"], "does not exist"),
        (["a.png", "b.png", "--bands", "1,2"], "does not exist"),
    ],
)
def test_wrong_use_is_told_in_one_line(arguments: list[str], message: str, tiny_detector: Path) -> None:
    code, _, stderr = invoke(*arguments, "--model", tiny_detector)
    assert code == 2
    assert message in stderr
    assert "Traceback" not in stderr


def test_a_missing_model_and_an_impossible_format_say_what_to_do(tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    pair = (folders[0] / "one.png", folders[1] / "one.png")
    code, _, stderr = invoke(*pair, "--model", tmp_path / "none")
    assert (code, "no checkpoint folder" in stderr) == (2, True)
    code, _, stderr = invoke(*pair, "--model", tiny_detector, "--format", "tif", "-o", tmp_path / "out")
    assert (code, "choose --format png" in stderr) == (2, True)
    code, _, stderr = invoke(*pair, "--model", tiny_detector, "--threshold", 0, "-o", tmp_path / "out")
    assert (code, "no probability above 0" in stderr) == (2, True)


def test_without_a_shipped_detector_the_error_says_how_to_get_one(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deltascribe.shipped.MODELS", tmp_path)
    code, _, stderr = invoke(folders[0] / "one.png", folders[1] / "one.png", "-o", tmp_path / "out")
    assert code == 2
    assert "reinstall deltascribe, or train one with `deltascribe pretrain-detector`" in stderr


def test_the_shipped_detector_is_taken_where_none_is_named(shipped: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    pair = (folders[0] / "one.png", folders[1] / "one.png")
    for arguments in ((), ("--model", "detector_lite0"), ("--model", shipped / "detector_lite0")):
        code, stdout, stderr = invoke(*pair, "-o", tmp_path / "out", "--no-polygons", "--json", *arguments)
        assert code == 0, stderr
        assert json.loads(stdout)["threshold"] == 0.01
    assert (tmp_path / "out" / "one_mask.png").is_file()


def test_a_captioner_is_told_apart_in_one_line(shipped: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    code, _, stderr = invoke(folders[0] / "one.png", folders[1] / "one.png", "-o", tmp_path / "out", "--model", "dfm_lite0")
    assert code == 2
    assert "holds a captioner, and a change detector is wanted here; use it with `deltascribe caption" in stderr
    assert len(stderr.splitlines()) == 1


def test_without_rasterio_the_mask_of_a_placed_pair_is_a_png(
    tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deltascribe.cli.detect.importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(
        "deltascribe.detection.outputs.georeference_of",
        lambda path: Georeference("EPSG:32614", (0.5, 0, 0, 0, -0.5, 0), (64, 80), 0.5),
    )
    code, _, stderr = invoke(folders[0] / "one.png", folders[1] / "one.png", "-o", tmp_path / "out", "--model", tiny_detector)
    assert code == 0, stderr
    assert "pip install 'deltascribe[geo]'" in stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"one_mask.png", "one_overlay.png", "one.json"}


def test_a_pair_without_a_place_does_not_stop_a_folder(
    tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rasterio")
    placed = Georeference("EPSG:32614", (0.5, 0, 620000, 0, -0.5, 3350000), (64, 80), 0.5)
    monkeypatch.setattr("deltascribe.detection.outputs.georeference_of", lambda path: placed if path.stem == "two" else None)
    code, _, stderr = invoke(*folders, "-o", tmp_path / "out", "--model", tiny_detector, "--format", "tif", "--no-polygons")
    assert code == 1
    assert "one: one says nowhere where it lies" in stderr
    assert (tmp_path / "out" / "two_mask.tif").is_file()


def test_a_note_says_that_earlier_results_are_replaced(tiny_detector: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    common = ("-o", tmp_path / "out", "--model", tiny_detector, "--no-polygons", "--format", "png", "--json")
    one, two = ([folder / f"{name}.png" for folder in folders] for name in ("one", "two"))
    told = "note: earlier results in " + str(tmp_path / "out") + " were replaced: "
    assert [invoke(*pair, *common)[2].strip() for pair in (one, two, (one[0], two[1]))] == ["", "", ""]
    assert invoke(*one, *common)[2].strip() == told + "one"
    assert invoke(*folders, *common)[2].strip() == told + "one and 1 more"
    assert invoke(*folders, *common, "--quiet")[2].strip() == ""


def test_help_tells_the_threshold_of_the_shipped_detector() -> None:
    config = json.loads((ASSETS / "models" / "detector_lite0" / "config.json").read_text())
    words = " ".join(invoke("--help")[1].replace("│", " ").split())
    assert f"the detector's own (detector_lite0: {config['preprocessing']['threshold']})" in words


def test_help_shows_examples() -> None:
    code, stdout, _ = invoke("--help")
    assert code == 0
    assert "deltascribe detect before.png after.png -o changes" in stdout
    assert "deltascribe detect 2019.tif 2024.tif -o changes --min-area 20" in stdout
