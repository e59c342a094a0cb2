"""What lies in an output folder after a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import ConfigError, ImageDecodeError, SceneError
from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.manifest import Manifest
from deltascribe.scenes.outputs import FILES, write_outputs
from deltascribe.scenes.outputs import write as module
from deltascribe.scenes.outputs.write import summary
from deltascribe.scenes.running import RECORD

rasterio = pytest.importorskip("rasterio")
pytest.importorskip("geopandas")

MakeAnswer = Callable[..., SceneAnswer]


def test_all_files_are_written_and_the_item_knows_their_contents(make_answer: MakeAnswer, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "out"
    written = write_outputs(make_answer(), out, progress=lambda *news: told.append(news))
    assert written == [out / name for name in FILES]
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assets = json.loads((out / "item.json").read_text())["assets"]
    assert sorted(assets) == sorted(set(FILES) - {"item.json"})
    for name, asset in assets.items():
        assert asset["file:checksum"] == "1220" + hashlib.sha256((out / name).read_bytes()).hexdigest()
    assert [done for _, done, _ in told] == [*range(9), 10]
    assert {total for _, _, total in told} == {10}


def test_the_probability_is_a_cloud_optimised_geotiff(make_answer: MakeAnswer, tmp_path: Path) -> None:
    answer = make_answer(rows=9, columns=9)
    write_outputs(answer, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "probability.tif") as dataset, rasterio.open(answer.probability) as source:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1) == [2]
        assert (dataset.nodata, dataset.crs, dataset.transform) == (255, source.crs, source.transform)
        assert (dataset.read(1) == source.read(1)).all()


@pytest.mark.parametrize("settings", [{"changed": {}}, {"changed": {}, "skipped": tuple(range(6))}], ids=["no change", "nothing known"])
def test_an_empty_result_leaves_the_same_files(make_answer: MakeAnswer, tmp_path: Path, settings: dict[str, Any]) -> None:
    out = tmp_path / "out"
    write_outputs(make_answer(**settings), out)
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assert json.loads((out / "areas.geojson").read_text())["features"] == []
    assert len(json.loads((out / "tiles.geojson").read_text())["features"]) == 6
    found = json.loads((out / "summary.json").read_text())
    assert (found["areas"], found["findings"], found["changed_m2"]) == (0, [], 0)
    skipped = len(settings.get("skipped", ()))
    assert found["tiles"] == {"planned": 6, "seen": 6 - skipped, "changed": 0, "skipped": skipped}


def test_the_summary_counts_and_names_the_tiles_behind_each_statement(make_answer: MakeAnswer) -> None:
    answer = make_answer(skipped=(5,), notes=("Look out.",))
    found = summary(answer)
    assert found["tiles"] == {"planned": 6, "seen": 5, "changed": 2, "skipped": 1}
    assert (found["changed_m2"], found["ground_m2"], found["areas"]) == (512.0, 128 * 192 / 4, 2)
    assert found["looked_at_m2"] == 128 * 192 / 4 - 64 * 64 / 4
    assert (found["resolution_m"], found["crs"], found["notes"]) == (0.5, "EPSG:32633", ["Look out."])
    assert [finding["tiles"] for finding in found["findings"]] == [(1,), (3,)]
    assert found["headline"] in found["text"]
    assert json.loads(json.dumps(found))["misregistration"]["columns"] == 0.2


def test_the_same_answer_makes_the_same_bytes_in_another_place(make_answer: MakeAnswer, tmp_path: Path) -> None:
    write_outputs(make_answer(tmp_path / "one"), tmp_path / "one-out")
    write_outputs(make_answer(tmp_path / "other"), tmp_path / "other-out")
    for name in FILES:
        assert (tmp_path / "one-out" / name).read_bytes() == (tmp_path / "other-out" / name).read_bytes(), name


@pytest.mark.parametrize("kind", [OSError(28, "No space left on device"), RuntimeError("disk is full")])
def test_what_cannot_be_written_is_told_and_the_rest_stays(
    make_answer: MakeAnswer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Exception
) -> None:
    answer, out = make_answer(), tmp_path / "out"
    write_outputs(answer, out)

    def full(*_: Any) -> None:
        raise kind

    monkeypatch.setattr(module, "write_cog", full)
    with pytest.raises(SceneError, match=r"probability.tif can't be written \((No space left|disk is full).*\. All that was found"):
        write_outputs(answer, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(set(FILES) - {"item.json"})  # which would say that all is whole


def test_what_a_killed_process_left_is_removed(make_answer: MakeAnswer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    left = [f".{Path(name).stem}-ab_3defg.tmp{Path(name).suffix}" for name in FILES] + [".changes-ab_3defg.tmp.gpkg-journal"]
    others = [".changes-notes.tmp.gpkg", ".mine-ab_3defg.tmp.json", ".changes.tmp.gpkg"]
    for name in (*left, *others):
        (out / name).write_text("half")
    write_outputs(make_answer(), out)
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, *others])


def test_nothing_is_written_where_another_process_works(make_answer: MakeAnswer, tmp_path: Path) -> None:
    answer = make_answer()
    with Manifest(tmp_path / RECORD, {}):
        (tmp_path / ".index-ab_3defg.tmp.html").write_text("half, by the other one")
        with pytest.raises(ConfigError, match="Another process works in"):
            write_outputs(answer, tmp_path)
        assert (tmp_path / ".index-ab_3defg.tmp.html").exists()
    write_outputs(answer, tmp_path)
    assert not (tmp_path / ".index-ab_3defg.tmp.html").exists()


def test_errors_of_the_inputs_are_told_as_they_are(make_answer: MakeAnswer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: Any, **__: Any) -> None:
        raise ImageDecodeError("a block can't be decoded")

    monkeypatch.setattr(module, "write_page", damaged)
    with pytest.raises(ImageDecodeError, match="a block can't be decoded"):
        write_outputs(make_answer(), tmp_path / "out")
