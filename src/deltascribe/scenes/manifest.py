"""The record of a run: what has been found so far, safe against a crash at any moment.

Two files that only grow: `masks.bin` holds compressed masks, `manifest.jsonl` one line a batch, each with its own checksum. A line is
written after its masks are on disk, so a tile that a line names is whole. They lie in a folder named by what was asked (inputs, plan,
model, settings): another question has another folder, and answers never mix.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from deltascribe.errors import ManifestError
from deltascribe.files import write_json
from deltascribe.scenes.results import BatchResult, TileResult

LINES, MASKS, QUESTION = "manifest.jsonl", "masks.bin", "question.json"


@dataclass(frozen=True)
class _Kept:
    """A tile's line and where its mask lies."""

    record: dict[str, Any]
    offset: int
    length: int


class Manifest:
    """Answers of a run on disk; one process at a time writes.

    Attributes:
        folder: where it lies.
        notes: what was found damaged and will be computed again.
    """

    def __init__(self, folder: Path, kept: dict[int, _Kept], notes: list[str]) -> None:
        self.folder = folder
        self.notes = notes
        self._kept = kept
        self._lines: BinaryIO | None = None
        self._masks: BinaryIO | None = None

    @classmethod
    def open(cls, root: Path, question: dict[str, Any]) -> Self:
        """Begins a record, or goes on with the one of the same question.

        A damaged end, as a crash or a full disk leaves it, is cut off; a tile whose mask is damaged counts as not done.

        Args:
            root: folder of the records of one output folder.
            question: all that the answers depend on, for JSON.

        Raises:
            ManifestError: the folder can't be written.
        """
        folder = root / question_key(question)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / QUESTION).exists():
                write_json(folder / QUESTION, question)
            kept, size, notes = _recover(folder)
            for name, length in ((LINES, size), (MASKS, max((entry.offset + entry.length for entry in kept.values()), default=0))):
                _cut(folder / name, length)
        except OSError as error:
            raise ManifestError(f"The record of the run can't be kept in {folder} ({error}). Give another output folder.") from error
        return cls(folder, kept, notes)

    def __enter__(self) -> Self:
        self._lines, self._masks = ((self.folder / name).open("ab", buffering=0) for name in (LINES, MASKS))
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._lines, self._masks):
            if stream is not None:
                stream.close()
        self._lines = self._masks = None

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
            _sync(self._masks)
            _write(self._lines, _line([{**entry.record, "at": [entry.offset, entry.length, crc]} for entry, crc in kept]))
            _sync(self._lines)
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
        packed = tile.packed_mask()
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


def _recover(folder: Path) -> tuple[dict[int, _Kept], int, list[str]]:
    """What the files hold, how many bytes of the lines are whole, and notes on what is not."""
    kept: dict[int, _Kept] = {}
    notes: list[str] = []
    size = 0
    path = folder / LINES
    if not path.exists():
        return kept, 0, notes
    masks = folder / MASKS
    with path.open("rb") as stream, masks.open("rb") if masks.exists() else open(os.devnull, "rb") as blobs:  # noqa: PTH123
        for line in stream:
            records = _parse(line)
            if records is None:
                notes.append(f"the record's end is damaged from byte {size} on; what stood there is computed again")
                break
            size += len(line)
            for record in records:
                offset, length, crc = record.pop("at")
                blobs.seek(offset)
                if zlib.crc32(blobs.read(length)) == crc:
                    kept[record["tile"]] = _Kept(record, offset, length)
                else:
                    notes.append(f"the mask of tile {record['tile']} is damaged; the tile is computed again")
    return kept, size, notes


def _parse(line: bytes) -> list[dict[str, Any]] | None:
    """The records of a line, None if it is damaged."""
    code, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or code != b"%08x" % zlib.crc32(text):
        return None
    records: list[dict[str, Any]] = json.loads(text)
    return records


def _cut(path: Path, length: int) -> None:
    if path.exists() and path.stat().st_size > length:
        with path.open("r+b") as stream:
            stream.truncate(length)
            _sync(stream)


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


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
