"""The record of a run: what has been found so far, safe against a crash at any moment.

Two files that only grow: `masks.bin` holds compressed masks with the pixels that are known, `manifest.jsonl` one line a batch, each with
its own checksum. A line is written after its masks are on disk, so a tile that a line names is whole. They lie in a folder named by what
was asked (inputs, plan, model, settings): another question has another folder, and answers never mix.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from deltascribe.errors import ConfigError, ManifestError
from deltascribe.files import atomic_write, write_json
from deltascribe.locks import locked
from deltascribe.scenes.results import BatchResult, TileResult

LINES, MASKS, QUESTION = "manifest.jsonl", "masks.bin", "question.json"


@dataclass(frozen=True)
class _Kept:
    """A tile's line and where its mask lies."""

    record: dict[str, Any]
    offset: int
    length: int


class Manifest:
    """Answers of a run on disk. A `with` block begins the record, or goes on with the one of the same question.

    In the block no other process works with the records beside it. What is damaged, as a crash, a full disk or a bad sector leaves it,
    is found by its checksum and counts as not done.

    Args:
        root: folder of the records of one output folder.
        question: all that the answers depend on, for JSON.

    Attributes:
        folder: where it lies.
        notes: what was found damaged and will be computed again, one sentence each.
    """

    def __init__(self, root: Path, question: dict[str, Any]) -> None:
        self.folder = root / question_key(question)
        self.notes: list[str] = []
        self._question = question
        self._kept: dict[int, _Kept] = {}
        self._files = ExitStack()
        self._lines: BinaryIO | None = None
        self._masks: BinaryIO | None = None

    def __enter__(self) -> Self:
        """
        Raises:
            ManifestError: another process works there, or the folder can't be written.
        """
        with ExitStack() as files:
            try:
                files.enter_context(locked(self.folder.parent))
                self.folder.mkdir(exist_ok=True)
                if not (self.folder / QUESTION).exists():
                    write_json(self.folder / QUESTION, self._question)
                self._kept, self.notes = _recover(self.folder)
                self._lines, self._masks = (
                    cast(BinaryIO, files.enter_context((self.folder / name).open("ab", buffering=0))) for name in (LINES, MASKS)
                )
            except ConfigError as error:
                raise ManifestError(str(error)) from error
            except OSError as error:
                raise ManifestError(
                    f"The record of the run can't be kept in {self.folder} ({error.strerror or error}). Make room, or give another output."
                ) from error
            self._files = files.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._lines = self._masks = None
        self._files.close()

    @property
    def done(self) -> set[int]:
        """Numbers of the tiles that have an answer."""
        return set(self._kept)

    def append(self, batch: BatchResult) -> None:
        """Writes answers down; when this returns they outlast a crash. Tiles that have an answer already keep it.

        Raises:
            ManifestError: the disk is full, or can't be written; what was written before stays whole.
        """
        if self._lines is None or self._masks is None:
            raise ManifestError("The record is not open for writing. Use it in a `with` block.")
        new = [tile for tile in batch.tiles if tile.index not in self._kept]
        if not new:
            return
        ends = self._lines.tell(), self._masks.tell()
        try:
            kept = [self._write_mask(tile, self._masks) for tile in new]
            os.fsync(self._masks.fileno())
            _write(self._lines, _line([{**entry.record, "at": [entry.offset, entry.length, crc]} for entry, crc in kept]))
            os.fsync(self._lines.fileno())
        except OSError as error:
            for stream, end in zip((self._lines, self._masks), ends, strict=True):
                _take_back(stream, end)
            raise ManifestError(
                f"{self.folder} can't be written ({error.strerror or error}). {len(self._kept)} tiles are saved. Make room and give this "
                "command again: it goes on from there."
            ) from error
        self._kept.update({entry.record["tile"]: entry for entry, _ in kept})

    def results(self) -> Iterator[TileResult]:
        """All answers, by number; masks are read one at a time."""
        with (self.folder / MASKS).open("rb") as stream:
            for index in sorted(self._kept):
                yield self._result(self._kept[index], stream)

    def select(self, numbers: list[int]) -> list[TileResult]:
        """The answers for some tiles; those without one are left out."""
        with (self.folder / MASKS).open("rb") as stream:
            return [self._result(self._kept[index], stream) for index in numbers if index in self._kept]

    def _write_mask(self, tile: TileResult, stream: BinaryIO) -> tuple[_Kept, int]:
        packed = tile.packed()
        offset = stream.tell()
        _write(stream, packed)
        return _Kept(tile.as_record(), offset, len(packed)), zlib.crc32(packed)

    @staticmethod
    def _result(kept: _Kept, stream: BinaryIO) -> TileResult:
        stream.seek(kept.offset)
        return TileResult.from_record(kept.record, stream.read(kept.length) or None)


def question_key(question: dict[str, Any]) -> str:
    """Short name of a question."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]


def _line(records: list[dict[str, Any]]) -> bytes:
    text = json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x " % zlib.crc32(text) + text + b"\n"


def _recover(folder: Path) -> tuple[dict[int, _Kept], list[str]]:
    """What the files hold that is whole, and notes on what is not; lines that are damaged are removed, so that new ones can follow."""
    lines, masks = folder / LINES, folder / MASKS
    for stale in folder.glob(".*.tmp*"):  # of a process that was killed
        stale.unlink()
    for path in (lines, masks):
        path.touch()
    with lines.open("rb") as stream:
        parsed = [(line, _parse(line)) for line in stream]
    notes = []
    damaged = sum(records is None for _, records in parsed)
    if damaged:
        notes.append(f"Damaged lines of the record: {damaged}. What stood there is computed again.")
        with atomic_write(lines) as temporary:
            temporary.write_bytes(b"".join(line for line, records in parsed if records is not None))
    kept: dict[int, _Kept] = {}
    lost = set()
    with masks.open("rb") as stream:
        for record in (record for _, records in parsed if records is not None for record in records):
            offset, length, crc = record.pop("at")
            stream.seek(offset)
            if zlib.crc32(stream.read(length)) == crc:
                kept[record["tile"]] = _Kept(record, offset, length)
            else:
                lost.add(record["tile"])
    if lost - set(kept):
        notes.append(f"Tiles with a damaged mask in the record: {len(lost - set(kept))}. They are computed again.")
    _cut(masks, max((entry.offset + entry.length for entry in kept.values()), default=0))
    return kept, notes


def _parse(line: bytes) -> list[dict[str, Any]] | None:
    """The records of a line, None if it is damaged."""
    code, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or code != b"%08x" % zlib.crc32(text):
        return None
    records: list[dict[str, Any]] = json.loads(text)
    return records


def _cut(path: Path, length: int) -> None:
    if path.stat().st_size > length:
        with path.open("r+b") as stream:
            stream.truncate(length)
            os.fsync(stream.fileno())


def _take_back(stream: BinaryIO, end: int) -> None:
    """Removes a half-written end, as far as the disk lets us; what remains is found by its checksum."""
    try:
        stream.truncate(end)
        stream.seek(end)
    except OSError:
        return


def _write(stream: BinaryIO, content: bytes) -> None:
    """Writes all of it; an unbuffered stream may take a part at a time, but keeps nothing back when the disk is full."""
    rest = memoryview(content)
    while rest:
        rest = rest[stream.write(rest) :]
