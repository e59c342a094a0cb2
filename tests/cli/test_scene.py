"""`deltascribe scene`: files, plans, lists, several dates, interruptions, and errors in one line."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.scenes.executors import run_local
from deltascribe.scenes.manifest import LINES, Manifest
from deltascribe.scenes.outputs import FILES
from deltascribe.scenes.preparing import ScenePair
from deltascribe.scenes.running import RECORD

from ..scenes.small import TILES, captioner, describe_small, prepare_scene, read_files, scene_files, scene_model, undisturbed, write_raster

__all__ = ["captioner", "describe_small", "prepare_scene", "scene_files", "scene_model", "undisturbed"]  # fixtures
rasterio = pytest.importorskip("rasterio")

Files = tuple[Path, Path]
SAME = ("--overlap", 16, "--beams", 1)
"""Options of the undisturbed run."""
FEW = (*SAME, "--limit", 2)
STANDS_STILL = """
import threading
from deltascribe.cli.main import main
from deltascribe.scenes.manifest import Manifest

append, left = Manifest.append, [None] * 5

def append_five(manifest, batch):
    if not left:
        threading.Event().wait()
    left.pop()
    append(manifest, batch)

Manifest.append = append_five
main()
"""
"""The command, which writes five batches down and then waits to be killed."""


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, ["scene", *map(str, arguments)], env={"COLUMNS": "200"})
    return result.exit_code, result.stdout, result.stderr


def flat(text: str) -> str:
    return " ".join(text.split())


def test_help_tells_what_it_writes_and_gives_examples() -> None:
    code, stdout, _ = invoke("--help")
    assert code == 0
    text = flat(re.sub(r"[│╭╮╰╯─]", " ", stdout))
    assert "deltascribe scene 2019.tif 2024.tif -o changes --dry-run" in text
    assert "deltascribe scene --pairs pairs.csv -o changes --executor ray --address auto --workers 32" in text
    assert "Give the same command again: it goes on where it stopped." in text
    assert "Exit codes: 0 all pairs were described" in text


def test_a_pair_becomes_a_folder_of_files(scene_files: Files, scene_model: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = invoke(*scene_files, "-o", out, "--model", scene_model, *SAME)
    assert code == 0, stderr
    lines = stdout.splitlines()
    assert lines[0] == (
        "before_after (before: before.tif, after: after.tif): 230 x 180 pixels of 0.5 m in EPSG:32633 (0.0103 km2); "
        "the scenes share 100 % of the before and 100 % of the after one; 20 tiles"
    )
    found = json.loads((out / "summary.json").read_text())
    assert found["headline"] in stdout
    assert lines[-1] == f"Written to {out}: open {out / 'index.html'}"
    assert "note: Tiles skipped, since too little of them is known on both dates: 1 of 20." in stderr
    assert sorted(path.name for path in out.iterdir()) == [RECORD, *sorted(FILES)]
    assert read_files(out) == undisturbed


def test_a_dry_run_shows_the_plan_and_writes_nothing(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = invoke(*scene_files, "-o", out, "--model", scene_model, "--dry-run", *SAME, "--workers", 2)
    assert code == 0, stderr
    assert "; 20 tiles" in stdout.splitlines()[0]
    assert re.fullmatch(
        r"20 tiles of 64 pixels, 16 shared; 0\.\d\d s each: about \d+ s with 2 workers, and about 0\.8 GB of memory\. "
        r"About 10 % of the ground is not known on both dates; 5 % of the tiles are skipped\. Nothing was written\.",
        stdout.splitlines()[1],
    )
    assert not out.exists()


def test_a_missing_value_reaches_the_scenes(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    code, _, stderr = invoke(*scene_files, "-o", tmp_path, "--model", scene_model, "--dry-run", *FEW, "--nodata", -300)
    assert code == 0, stderr
    assert "note: --nodata -300 is not used for the after image" in stderr


def test_a_dry_run_counts_the_workers_that_get_tiles(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    options = (*scene_files, "-o", tmp_path, "--model", scene_model, "--dry-run", *SAME)
    said = [
        invoke(*options, *more)[1].splitlines()[1]
        for more in (
            ["--limit", 1, "--workers", 32],
            ["--workers", 32],
            ["--workers", 3, "--executor", "ray"],
            ["--workers", 32, "--executor", "ray", "--address", "auto"],  # is not connected to
        )
    ]
    assert said[0].startswith("1 tile of 64 pixels, 16 shared; ")
    assert "with 1 of 32 workers, and about 0.7 GB of memory." in said[0]
    assert "with 20 of 32 workers, and about 1.8 GB of memory." in said[1]
    assert "with 3 workers, and about 2.8 GB of memory." in said[2]
    assert "with 20 of 32 workers, and about 0.7 GB of memory here and 0.5 GB for each worker." in said[3]


def test_a_dry_run_asks_a_cluster_how_large_it_is(
    scene_files: Files, scene_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def workers(address: str, device: str) -> int:
        asked.append((address, device))
        return 5

    monkeypatch.setattr("deltascribe.scenes.executors.ray.cluster_workers", workers)
    ray = ("--executor", "ray", "--address", "10.0.0.1:6379", "--device", "cpu")
    code, stdout, stderr = invoke(*scene_files, "-o", tmp_path, "--model", scene_model, "--dry-run", *SAME, *ray)
    assert code == 0, stderr
    assert asked == [("10.0.0.1:6379", "cpu")]
    assert " with 5 workers, " in stdout


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], {"address": None, "workers": None}),
        (["--address", "auto"], {"address": "auto", "workers": None}),
        (["--address", "auto", "--workers", 32], {"address": "auto", "workers": 32}),
    ],
    ids=str,
)
def test_ray_is_told_the_address_and_leaves_the_number_to_the_cluster(
    scene_files: Files,
    scene_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[object],
    wanted: dict[str, object],
) -> None:
    told: list[dict[str, object]] = []

    def run_ray(order: Any, batches: Any, **settings: object) -> Any:
        told.append(settings)
        return run_local(order, batches)

    monkeypatch.setattr("deltascribe.scenes.executors.ray.run_ray", run_ray)
    code, _, stderr = invoke(*scene_files, "-o", tmp_path, "--model", scene_model, *FEW, "--executor", "ray", *arguments)
    assert code == 0, stderr
    assert told == [wanted]


def test_a_log_gets_plain_lines_between_the_notes(
    scene_files: Files, scene_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*scene_files, "--model", scene_model, *SAME, "--workers", 1, "--batch-size", 5, "-o")
    notes = invoke(*arguments, tmp_path / "quick")[2].splitlines()
    assert [line.split(":")[0] for line in notes] == ["note"] * len(notes)
    monkeypatch.setattr("deltascribe.cli.progress.EVERY", 0.0)
    lines = invoke(*arguments, tmp_path / "slow")[2].splitlines()
    assert [line for line in lines if line.startswith("note")] == notes
    assert [line.split(",")[0] for line in lines if line.startswith("tiles:")] == [
        f"tiles: {done} of 20 ({5 * done} %)" for done in (0, 5, 10, 15, 20)
    ]
    assert all(re.search(r"\), about \d+ s left$", line) for line in lines if re.match(r"tiles: (5|10|15) ", line))
    assert "item.json: 10 of 10 (100 %)" in lines
    assert "" not in lines


def test_an_interrupt_tells_what_is_saved_and_how_to_go_on(
    scene_files: Files, scene_model: Path, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*scene_files, "--model", scene_model, *SAME, "--workers", 1, "--batch-size", 8, "-o", tmp_path, "-q")
    append = Manifest.append

    def interrupted(manifest: Manifest, batch: Any) -> None:
        if manifest.done:
            raise KeyboardInterrupt
        append(manifest, batch)

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "append", interrupted)
        code, stdout, stderr = invoke(*arguments)
    assert (code, stdout) == (130, "")
    assert stderr == "interrupted: 8 of 20 tiles of before_after are saved; give the same command again to go on\n"
    with monkeypatch.context() as patch:
        patch.setattr("deltascribe.scenes.outputs.write_outputs", stopped)
        code, _, stderr = invoke(*arguments)
    assert (code, stderr.split(":")[1].split(" tiles")[0]) == (130, " 20 of 20")
    assert invoke(*arguments)[0] == 0
    assert read_files(tmp_path) == undisturbed


def test_quiet_prints_the_answer_alone(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    code, stdout, stderr = invoke(*scene_files, "-o", tmp_path, "--model", scene_model, "-q", *FEW)
    assert (code, stderr) == (0, "")
    found = json.loads((tmp_path / "summary.json").read_text())
    assert stdout == found["text"] + "\n"
    assert found["tiles"]["planned"] == 2


def test_damage_of_the_record_is_told(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    arguments = (*scene_files, "-o", tmp_path, "--model", scene_model, *FEW)
    assert invoke(*arguments)[0] == 0
    (lines,) = tmp_path.glob(f"{RECORD}/*/{LINES}")
    lines.write_bytes(lines.read_bytes()[:-3])
    code, _, stderr = invoke(*arguments)
    assert code == 0
    assert "note: Damaged lines of the record: 1. What stood there is computed again." in stderr


def test_three_dates_make_two_folders(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    third = scene_files[1].with_name("later.tif")
    third.write_bytes(scene_files[0].read_bytes())
    out = tmp_path / "out"
    code, stdout, stderr = invoke(*scene_files, third, "-o", out, "--model", scene_model, *FEW)
    assert code == 0, stderr
    assert sorted(path.name for path in out.iterdir()) == ["after_later", "before_after"]
    for folder in out.iterdir():
        assert set(FILES) < {path.name for path in folder.iterdir()}
        assert json.loads((folder / "item.json").read_text())["id"] == folder.name
    assert stdout.count("Written to") == 2


def test_one_pair_of_a_list_that_fails_leaves_the_others(scene_files: Files, scene_model: Path, tmp_path: Path) -> None:
    far = write_raster(tmp_path / "far.tif", np.full((3, 100, 100), 9, np.uint8), left=700_000)
    bad, gone = f"bad,{scene_files[0]},{far}", f"gone,missing.json,{scene_files[1]}"
    rows = [gone, f"good,{scene_files[0]},{scene_files[1]}", bad, f"again,{scene_files[1]},{scene_files[0]}"]
    (tmp_path / "pairs.csv").write_text("\n".join(["name,before,after", *rows]))
    out = tmp_path / "out"
    code, _, stderr = invoke("--pairs", tmp_path / "pairs.csv", "-o", out, "--model", scene_model, "-q", *FEW)
    assert code == 1
    first, second = stderr.splitlines()
    assert first.startswith(f"gone: {tmp_path}/missing.json is no STAC item that can be read")
    assert second.startswith("bad: The scenes share no ground.")
    assert sorted(path.name for path in out.iterdir()) == ["again", "good"]
    (tmp_path / "pairs.csv").write_text("\n".join(["name,before,after", bad, gone]))
    code, _, stderr = invoke("--pairs", tmp_path / "pairs.csv", "-o", out, "--model", scene_model)
    assert code == 2
    assert [line.split(":")[0] for line in stderr.splitlines()] == ["bad", "gone"]


def test_an_interrupt_leaves_the_failures_before_it_told(scene_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(pair: ScenePair, *_: object) -> None:
        raise {"full": OSError(errno.ENOSPC, "No space left on device", "out"), "stopped": KeyboardInterrupt()}[pair.name]

    monkeypatch.setattr("deltascribe.cli.scene._describe", describe)
    (tmp_path / "pairs.csv").write_text("name,before,after\nfull,a.tif,b.tif\nstopped,a.tif,b.tif\n")
    code, _, stderr = invoke("--pairs", tmp_path / "pairs.csv", "-o", tmp_path / "out", "--model", scene_model)
    assert code == 130
    assert stderr.splitlines()[0] == "full: out: No space left on device"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["before.tif"], "Give two scenes or more, the earliest first"),
        (["before.tif", "missing.tif"], "There is no file .*missing.tif. Check the path."),
        (["before.tif", "after.tif", "--bbox", "1,2,3"], "--bbox 1,2,3: give west,south,east,north in degrees"),
        (["before.tif", "after.tif", "--bbox", "1,2,3,x"], "--bbox: 'x' is no number."),
        (["before.tif", "after.tif", "--bbox", "16,45,15,46"], "must be west, south, east, north in degrees"),
        (["before.tif", "after.tif", "--bbox", "1,2,3,4"], "lies outside the shared ground"),
        (["before.tif", "after.tif", "--resolution", "fine"], "--resolution: 'fine' is no number."),
        (["before.tif", "after.tif", "--resolution", "-1"], "resolution must be a positive number"),
        (["before.tif", "after.tif", "--nodata", "nan"], "nodata must be a number that is finite"),
        (["before.tif", "after.tif", "--overlap", "40"], "An overlap of 40 pixels is too much for tiles of 64. Give less than 32."),
        (["before.tif", "after.tif", "--pairs", "pairs.csv"], "Give either scenes or --pairs, not both."),
        (["--pairs", "pairs.csv", "--clouds", "a.tif"], "columns clouds_before and clouds_after. Leave --clouds out."),
        (["before.tif", "https://example.org/item.json?sig=a#visual"], "https://example.org/item.json is not a local file. .* --network."),
        (["before.tif", "after.tif", "--clouds", "a.tif"], "2 scenes and 1 cloud masks"),
        (["before.tif", "after.tif", "--polygon", "area.geojson"], "There is no file area.geojson."),
        (["before.tif", "after.tif", "--bands", "1,2"], "--bands 1,2: give three band numbers"),
        (["before.tif", "https://example.org/after.tif"], "is not a local file. .* with --network."),
        (["before.tif", "after.tif", "--address", "auto"], "--address is that of a Ray cluster: add --executor ray"),
        (["before.tif", "after.tif", "--max-pixels", "100"], "raise the limit with --max-pixels"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line(
    scene_files: Files, scene_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(scene_files[0].parent)
    code, stdout, stderr = invoke(*arguments, "-o", tmp_path / "out", "--model", scene_model)
    assert (code, stdout) == (2, "")
    assert len(stderr.splitlines()) == 1
    assert stderr.startswith("deltascribe: ")
    assert re.search(message, stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(
    scene_files: Files, scene_model: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    """Killed three times, at random after some tiles were written down; each time it would stop at five more, however slow we are."""
    out, moments = tmp_path / "out", random.Random(5)
    options = [*scene_files, "-o", out, "--model", scene_model, "-q", *SAME, "--workers", 1, "--batch-size", 1]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    written = 0
    for _ in range(3):
        command = [sys.executable, "-c", STANDS_STILL, "scene", *map(str, options)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
            while lines_of(out) <= written and run.poll() is None:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.05))
            assert run.poll() is None, run.communicate()[1].decode()[-500:]
            run.send_signal(signal.SIGKILL)
        assert written < lines_of(out) <= written + 5
        written = lines_of(out)
    command = [sys.executable, "-c", "from deltascribe.cli.main import main; main()", "scene", *map(str, options)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(out) == TILES
    assert read_files(out) == undisturbed


def lines_of(out: Path) -> int:
    """Lines of the record so far, a half one included."""
    return sum(path.read_bytes().count(b"\n") for path in out.glob(f"{RECORD}/*/{LINES}"))
