"""The record of a run: it goes on where it stopped, finds what is damaged, and survives a full disk."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltascribe.errors import ManifestError
from deltascribe.scenes import manifest as module
from deltascribe.scenes.manifest import LINES, MASKS, QUESTION, Manifest, question_key
from deltascribe.scenes.results import BatchResult, TileResult

QUERY = {"model": "a" * 64, "beams": 3}


def tile(index: int) -> TileResult:
    mask = np.random.default_rng(index).integers(0, 255, (16, 16)).astype(np.uint8)
    return TileResult(index, 1.0, f"a house is built, {index} ä", 0.75, True, mask)


def skipped(index: int) -> TileResult:
    return TileResult(index, 0.1, None, 0.0, False, None)


def batch(*indices: int) -> BatchResult:
    return BatchResult(tuple(skipped(index) if index == 4 else tile(index) for index in indices), 0.1, 0.2)


def fill(root: Path, *batches: tuple[int, ...]) -> Path:
    with Manifest(root, QUERY) as manifest:
        for indices in batches:
            manifest.append(batch(*indices))
    return manifest.folder


def whole(manifest: Manifest) -> bool:
    """Whether all that is said to be done reads back as it was written."""
    for found in manifest.results():
        wanted = skipped(found.index) if found.index == 4 else tile(found.index)
        same_mask = found.mask is wanted.mask is None or np.array_equal(found.mask, wanted.mask)  # type: ignore[arg-type]
        if found.as_record() != wanted.as_record() or not same_mask:
            return False
    return {found.index for found in manifest.results()} == manifest.done


def test_answers_outlast_the_process(tmp_path: Path) -> None:
    folder = fill(tmp_path, (5, 1), (4,))
    with Manifest(tmp_path, QUERY) as manifest:
        assert manifest.done == {1, 4, 5}
        assert manifest.notes == []
        assert [found.index for found in manifest.results()] == [1, 4, 5]
        assert [found.index for found in manifest.select([9, 4, 5])] == [4, 5]
        manifest.append(batch(2, 3))
    with Manifest(tmp_path, QUERY) as manifest:
        assert manifest.done == {1, 2, 3, 4, 5}
        assert whole(manifest)
    assert json.loads((folder / QUESTION).read_text()) == QUERY


def test_another_question_has_another_folder(tmp_path: Path) -> None:
    fill(tmp_path, (1, 2))
    with Manifest(tmp_path, {**QUERY, "beams": 1}) as manifest:
        assert manifest.done == set()
    assert question_key(QUERY) == question_key(dict(reversed(QUERY.items())))
    assert len({path.name for path in tmp_path.iterdir() if path.is_dir()}) == 2


def test_a_tile_keeps_its_first_answer(tmp_path: Path) -> None:
    folder = fill(tmp_path, (1, 2))
    size = (folder / LINES).stat().st_size
    with Manifest(tmp_path, QUERY) as manifest:
        manifest.append(BatchResult((TileResult(1, 0.5, "another", 0.1, False, None),), 0, 0))
        assert (folder / LINES).stat().st_size == size
        manifest.append(batch(2, 3))
        assert manifest.done == {1, 2, 3}
        assert whole(manifest)


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_last_line_that_is_cut_off_is_computed_again(tmp_path: Path, cut: int) -> None:
    folder = fill(tmp_path, (1, 2), (3,))
    content = (folder / LINES).read_bytes()
    (folder / LINES).write_bytes(content[:-cut])
    with Manifest(tmp_path, QUERY) as manifest:
        assert manifest.done == {1, 2}
        assert manifest.notes == ["Damaged lines of the record: 1. What stood there is computed again."]
        assert whole(manifest)
        manifest.append(batch(3))
    assert (folder / LINES).read_bytes() == content
    with Manifest(tmp_path, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == ({1, 2, 3}, [])
        assert whole(manifest)


def test_garbage_at_the_end_is_removed(tmp_path: Path) -> None:
    folder = fill(tmp_path, (1,), (2,))
    content = (folder / LINES).read_bytes()
    (folder / LINES).write_bytes(content + b"\0" * 700 + b"\n\xff{]")
    with (folder / MASKS).open("ab") as stream:
        stream.write(b"half a mask")
    masks = (folder / MASKS).stat().st_size
    with Manifest(tmp_path, QUERY) as manifest:
        assert manifest.done == {1, 2}
        assert manifest.notes == ["Damaged lines of the record: 2. What stood there is computed again."]
        assert (folder / LINES).read_bytes() == content
        assert (folder / MASKS).stat().st_size == masks - len(b"half a mask")
        manifest.append(batch(3))
        assert whole(manifest)


@pytest.mark.parametrize("place", [*range(0, 700, 29), 263, -1])
def test_a_byte_that_flips_in_the_lines_costs_its_batch_alone(tmp_path: Path, place: int) -> None:
    folder = fill(tmp_path, (1, 2), (3, 5), (6, 7))
    content = bytearray((folder / LINES).read_bytes())
    place %= len(content)
    joined = content[place] == ord("\n") and place < len(content) - 1
    content[place] ^= 0x11
    (folder / LINES).write_bytes(content)
    with Manifest(tmp_path, QUERY) as manifest:
        # a newline that is gone makes one damaged line of two
        assert len(manifest.done) == (2 if joined else 4)
        assert manifest.notes == ["Damaged lines of the record: 1. What stood there is computed again."]
        assert whole(manifest)
        manifest.append(batch(1, 2, 3, 5, 6, 7))
    with Manifest(tmp_path, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == ({1, 2, 3, 5, 6, 7}, [])
        assert whole(manifest)


def test_a_byte_that_flips_in_the_masks_costs_its_tile_alone(tmp_path: Path) -> None:
    folder = fill(tmp_path, (1, 2), (3, 4))
    content = bytearray((folder / MASKS).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / MASKS).write_bytes(content)
    with Manifest(tmp_path, QUERY) as manifest:
        assert manifest.done == {1, 3, 4}
        assert manifest.notes == ["Tiles with a damaged mask in the record: 1. They are computed again."]
        manifest.append(batch(2))
    with Manifest(tmp_path, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == ({1, 2, 3, 4}, [])
        assert whole(manifest)


def test_without_its_masks_only_tiles_that_have_none_count_as_done(tmp_path: Path) -> None:
    folder = fill(tmp_path, (1, 2), (4, 5))
    (folder / MASKS).unlink()
    with Manifest(tmp_path, QUERY) as manifest:
        assert manifest.done == {4}
        assert whole(manifest)
        manifest.append(batch(1, 2, 5))
    with Manifest(tmp_path, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == ({1, 2, 4, 5}, [])
        assert whole(manifest)


@pytest.mark.parametrize("fails_at", range(4))
def test_a_full_disk_is_told_with_what_is_saved_and_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    """Writing stops halfway: in the mask of the second batch's first or second tile, in its line, or not before they are synced."""
    folder = fill(tmp_path, (1, 2))
    write, calls = module._write, iter(range(100))

    def half(stream: Any, content: bytes) -> None:
        if next(calls) < fails_at:
            write(stream, content)
            return
        write(stream, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def no_sync(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Manifest(tmp_path, QUERY) as manifest:
        with monkeypatch.context() as patch:
            patch.setattr(module, "_write", half)
            if fails_at == 3:
                patch.setattr(os, "fsync", no_sync)
            with pytest.raises(ManifestError, match=r"No space left on device.*\. 2 tiles are saved\. Make room and give this command"):
                manifest.append(batch(3, 5))
        assert manifest.done == {1, 2}
        manifest.append(batch(3))
    with Manifest(tmp_path, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == ({1, 2, 3}, [])
        assert whole(manifest)
        manifest.append(batch(5))
    assert (folder / MASKS).stat().st_size == sum(len(tile(index).packed()) for index in (1, 2, 3, 5))


def test_a_disk_that_is_really_full_loses_nothing(tiny_disk: Callable[[str], Path], tmp_path: Path) -> None:
    root = tmp_path / "disk" / "record"
    saved: set[int] = set()
    message = ""
    with Manifest(root, QUERY) as manifest:
        while not message:
            index = 10 + len(saved)
            try:
                manifest.append(batch(index))
                saved.add(index)
            except ManifestError as error:
                message = str(error)
    assert f"(No space left on device). {len(saved)} tiles are saved." in message
    assert len(saved) > 20
    with Manifest(root, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == (saved, [])
        with pytest.raises(ManifestError, match="No space left on device"):
            manifest.append(batch(*range(1000, 1050)))
    tiny_disk("remount,size=512k")
    with Manifest(root, QUERY) as manifest:
        assert (manifest.done, manifest.notes) == (saved, [])
        assert whole(manifest)
        manifest.append(batch(*range(1000, 1050)))
        assert whole(manifest)


def test_one_process_at_a_time_works_in_an_output_folder(tmp_path: Path) -> None:
    with Manifest(tmp_path / "record", QUERY) as first:
        for question in (QUERY, {**QUERY, "beams": 1}):
            with (
                pytest.raises(ManifestError, match=r"Another process works in .*record\. Wait for it"),
                Manifest(tmp_path / "record", question),
            ):
                pass
        first.append(batch(1))
    with Manifest(tmp_path / "record", QUERY) as second:
        assert second.done == {1}


def test_what_a_killed_process_left_half_written_is_removed(tmp_path: Path) -> None:
    folder = fill(tmp_path, (1,))
    (folder / ".probability-abc.tmp.tif").write_bytes(b"half")
    (folder / "probability.tif").write_bytes(b"whole")
    fill(tmp_path, (2,))
    assert sorted(path.name for path in folder.iterdir()) == [LINES, MASKS, "probability.tif", QUESTION]


def test_outside_a_with_block_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="Use it in a `with` block"):
        Manifest(tmp_path, QUERY).append(batch(1))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_a_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ManifestError, match="Choose another OUT"), Manifest(tmp_path / "file", QUERY):
        pass
    (tmp_path / question_key(QUERY)).write_text("")
    with pytest.raises(ManifestError, match=r"can't be kept in .* Make room, or give another output"), Manifest(tmp_path, QUERY):
        pass
