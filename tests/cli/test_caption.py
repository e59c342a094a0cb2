"""Tests of deltascribe.cli.caption."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from deltascribe.captioner import ChangeCaptioner
from deltascribe.cli import caption as command
from deltascribe.cli import main
from deltascribe.imaging import MAX_PIXELS
from deltascribe.inputs import find_pairs


@pytest.fixture
def run(tiny_checkpoint: Path) -> Any:
    """Runs `deltascribe caption` with the tiny model: (exit code, standard output, standard error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        words = ["caption", "--model", str(tiny_checkpoint), "--device", "cpu", *map(str, arguments)]
        result = CliRunner().invoke(main.app, words, env={"COLUMNS": "160"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three pairs: p0, p1, p2."""
    random = np.random.default_rng(0)
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
        for place in range(3):
            Image.fromarray(random.integers(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / side / f"p{place}.png")
    return tmp_path / "before", tmp_path / "after"


def break_pair(folders: tuple[Path, Path], name: str) -> None:
    (folders[1] / f"{name}.png").write_bytes(b"no image")


def test_two_images_give_a_caption_and_the_change_probability(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, stderr = run(folders[0] / "p0.png", folders[1] / "p0.png")
    lines = stdout.splitlines()
    assert (code, stderr, len(lines)) == (0, "", 2)
    assert lines[0]
    assert lines[1].startswith("  change probability ")


def test_two_folders_give_a_line_a_pair_with_its_name(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, _ = run(*folders, "--batch-size", 2)
    assert code == 0
    names = [line.split(":")[0] for line in stdout.splitlines() if not line.startswith(" ")]
    assert names == ["p0", "p1", "p2"]


def test_quiet_prints_captions_and_nothing_else(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, stderr = run(*folders, "--quiet", "--gsd", 30)
    assert (code, stderr) == (0, "")
    assert [line.split(": ")[0] for line in stdout.splitlines()] == ["p0", "p1", "p2"]


def test_warnings_and_progress_go_to_standard_error(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, stderr = run(*folders, "--gsd", 30)
    assert code == 0
    assert "captioning" not in stdout
    assert "trained on" not in stdout
    assert stderr.count("note: the model sees 30 m a pixel") == 3


def test_the_progress_bar_is_shown_on_standard_error_alone(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from deltascribe.cli.caption import _progress

    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    for total, quiet, shown in ((3, False, True), (3, True, False), (1, False, False)):
        with _progress(total, quiet) as advance:
            advance(1)
        captured = capfd.readouterr()
        assert captured.out == ""
        assert ("captioning" in captured.err) == shown


def test_json_gives_an_object_a_line_without_the_mask(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, _ = run(*folders, "--json", "--alternatives", 2)
    values = [json.loads(line) for line in stdout.splitlines()]
    assert code == 0
    assert [value["name"] for value in values] == ["p0", "p1", "p2"]
    for value in values:
        assert value["mask"] is None
        assert 0 <= value["change_probability"] <= 1
        assert len(value["alternatives"]) == (1 if value["changed"] else 0)
        assert value["provenance"]["before"] == str(folders[0] / f"{value['name']}.png")


def test_csv_has_a_header_and_a_line_a_pair(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, _ = run(*folders, "--csv", "--gsd", 30)
    rows = list(csv.DictReader(io.StringIO(stdout)))
    assert code == 0
    assert [row["name"] for row in rows] == ["p0", "p1", "p2"]
    for row in rows:
        assert int(row["changed"]) == (float(row["change_probability"]) >= 0.5)
        assert 0 <= float(row["changed_fraction"]) <= 1
        assert "30 m a pixel" in row["warnings"]


def test_json_and_csv_exclude_each_other(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, stderr = run(*folders, "--csv", "--json")
    assert (code, stdout) == (2, "")
    assert "--json and --csv exclude each other" in stderr


def test_alternatives_are_shown(run: Any, folders: tuple[Path, Path]) -> None:
    code, stdout, _ = run(folders[0] / "p0.png", folders[1] / "p0.png", "--alternatives", 3)
    assert code == 0
    lines = stdout.splitlines()
    others = [line.removeprefix("  or: ") for line in lines if line.startswith("  or: ")]
    assert len(others) == len(set(others)) == 2
    assert lines[0] not in others


def test_save_writes_a_picture_a_pair(run: Any, folders: tuple[Path, Path], tmp_path: Path) -> None:
    code, _, _ = run(*folders, "--save", tmp_path / "new" / "pictures")
    assert code == 0
    written = sorted((tmp_path / "new" / "pictures").iterdir())
    assert [path.name for path in written] == ["p0.png", "p1.png", "p2.png"]
    for path in written:
        with Image.open(path) as picture:
            picture.load()


def test_save_into_a_file_is_refused(run: Any, folders: tuple[Path, Path]) -> None:
    code, _, stderr = run(*folders, "--save", folders[0] / "p0.png")
    assert code == 2
    assert "is a file; give a folder" in stderr


def test_a_broken_image_is_named_and_the_others_are_captioned(run: Any, folders: tuple[Path, Path]) -> None:
    break_pair(folders, "p1")
    code, stdout, stderr = run(*folders, "--quiet")
    assert code == 1
    assert [line.split(":")[0] for line in stdout.splitlines()] == ["p0", "p2"]
    assert stderr.startswith("p1: ")
    assert "p1.png" in stderr


def test_nothing_but_broken_images_gives_exit_code_2(run: Any, folders: tuple[Path, Path]) -> None:
    for name in ("p0", "p1", "p2"):
        break_pair(folders, name)
    code, stdout, stderr = run(*folders)
    assert (code, stdout) == (2, "")
    assert [line.split(":")[0] for line in stderr.splitlines() if line.startswith("p")] == ["p0", "p1", "p2"]


def test_a_list_of_pairs_is_captioned(run: Any, folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("before,after,name\nbefore/p0.png,after/p1.png,first\nbefore/p2.png,after/p2.png,second\n")
    code, stdout, _ = run("--pairs", tmp_path / "list.csv", "--quiet")
    assert code == 0
    assert [line.split(":")[0] for line in stdout.splitlines()] == ["first", "second"]


@pytest.mark.parametrize("name", ["../up", "same"])
def test_a_list_whose_pictures_would_go_astray_or_be_replaced_is_refused(
    run: Any, folders: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    (tmp_path / "list.csv").write_text(f"before,after,name\nbefore/p0.png,after/p0.png,same\nbefore/p1.png,after/p1.png,{name}\n")
    code, stdout, stderr = run("--pairs", tmp_path / "list.csv", "--save", tmp_path / "pictures")
    assert (code, stdout) == (2, "")
    assert "line 3" in stderr
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bands", "3,2"], "--bands 3,2: give three band numbers"),
        (["--bands", "r,g,b"], "--bands r,g,b: give three band numbers"),
        (["--scale", "bright"], "--scale bright: give dtype"),
        (["--scale", "1,2,3"], "--scale 1,2,3: give dtype"),
        (["--beams", "0"], "beams"),
        (["--device", "abacus"], "abacus"),
    ],
)
def test_options_that_cannot_be_read_give_exit_code_2(run: Any, folders: tuple[Path, Path], options: list[str], message: str) -> None:
    code, stdout, stderr = run(*folders, *options)
    assert (code, stdout) == (2, "")
    assert message in stderr


def test_bands_and_scale_reach_the_images(run: Any, folders: tuple[Path, Path]) -> None:
    paths = [folder / "p0.png" for folder in folders]
    plain, swapped, darker = (
        json.loads(run(*paths, "--json", *options)[1])["change_probability"]
        for options in ([], ["--bands", "3,2,1"], ["--scale", "0,1000"])
    )
    assert len({plain, swapped, darker}) == 3
    code, stdout, stderr = run(*paths, "--bands", "4,3,2")
    assert (code, stdout) == (2, "")
    assert stderr.startswith("p0: ")


def test_one_band_is_read_as_grey(run: Any, folders: tuple[Path, Path], tmp_path: Path) -> None:
    paths = [folder / "p0.png" for folder in folders]
    greys = [tmp_path / "grey_before.png", tmp_path / "grey_after.png"]
    for path, grey in zip(paths, greys, strict=True):
        Image.open(path).getchannel(1).save(grey)
    code, stdout, _ = run(*paths, "--bands", "2")
    assert (code, stdout) == (0, run(*greys)[1])


def test_max_pixels_reaches_the_images(run: Any, folders: tuple[Path, Path]) -> None:
    paths = [folder / "p0.png" for folder in folders]
    assert run(*paths, "--max-pixels", 64 * 64)[0] == 0
    code, stdout, stderr = run(*paths, "--max-pixels", 64 * 64 - 1)
    assert (code, stdout) == (2, "")
    assert "--max-pixels on the command line" in stderr
    assert f"decode; {MAX_PIXELS} if left out" in " ".join(run("--help")[1].replace("│", " ").split())


def test_parts_keep_to_the_batch_size_and_to_the_pixels(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def parts(batch_size: int, pixels: int) -> list[list[str]]:
        monkeypatch.setattr(command, "PART_PIXELS", pixels)
        return [[entry.name for entry in part] for part in command._parts(find_pairs(*folders), batch_size)]

    pair = 2 * 64 * 64
    assert parts(16, 3 * pair) == [["p0", "p1", "p2"]]
    assert parts(2, 3 * pair) == [["p0", "p1"], ["p2"]]
    assert parts(16, 3 * pair - 1) == [["p0", "p1"], ["p2"]]
    assert parts(16, 1) == [["p0"], ["p1"], ["p2"]]
    break_pair(folders, "p1")
    assert parts(16, 3 * pair) == [["p0"], ["p1"], ["p2"]]


def test_large_images_are_captioned_a_few_at_a_time(run: Any, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    original = ChangeCaptioner.caption

    def count(self: ChangeCaptioner, pairs: Any, **options: Any) -> Any:
        counts.append(len(pairs))
        return original(self, pairs, **options)

    monkeypatch.setattr(ChangeCaptioner, "caption", count)
    monkeypatch.setattr(command, "PART_PIXELS", 4 * 64 * 64)
    code, stdout, _ = run(*folders, "--quiet")
    assert (code, counts) == (0, [2, 1])
    assert [line.split(":")[0] for line in stdout.splitlines()] == ["p0", "p1", "p2"]


def test_images_of_two_sizes_need_align(run: Any, folders: tuple[Path, Path]) -> None:
    paths = [folder / "p0.png" for folder in folders]
    Image.new("RGB", (32, 32)).save(paths[1])
    code, _, stderr = run(*paths)
    assert code == 2
    assert "p0: " in stderr
    code, _, stderr = run(*paths, "--align")
    assert code == 0
    assert "resized" in stderr


@pytest.mark.parametrize("arguments", [[], ["one.png"], ["--pairs", "missing.csv"], ["missing.png", "missing.png"]])
def test_missing_inputs_give_exit_code_2_and_one_line(run: Any, arguments: list[str]) -> None:
    code, stdout, stderr = run(*arguments)
    assert (code, stdout) == (2, "")
    assert len(stderr.splitlines()) == 1


def test_images_and_a_list_exclude_each_other(run: Any, folders: tuple[Path, Path]) -> None:
    code, _, stderr = run(*folders, "--pairs", "list.csv")
    assert code == 2
    assert "not both" in stderr


def test_help_shows_examples_and_exit_codes(run: Any) -> None:
    code, stdout, _ = run("--help")
    assert code == 0
    assert "deltascribe caption before.png after.png" in stdout
    assert "Exit codes: 0 all pairs were captioned" in stdout
