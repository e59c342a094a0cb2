"""Loads a text file that somebody gave, and refuses what is too large, binary, empty or not UTF-8."""

from __future__ import annotations

from pathlib import Path

from deltascribe.errors import DeltascribeError

SIZE_LIMIT = 500 * 1024**2
"""Largest file that is read, in bytes. A million captions are some 150 MB."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MAGIC = {
    b"\x1f\x8b": "is gzip-compressed. Unpack it first (gunzip)",
    b"PK\x03\x04": "is a ZIP archive (or a spreadsheet, or saved weights). Unpack it, or export the captions as text",
    b"\x80": "looks like a Python pickle, which is not read since it can run code. Write the captions as JSON",
}


def load_text(path: Path, error: type[DeltascribeError], wanted: str) -> str:
    """The text of a file; a byte order mark is dropped.

    Args:
        path: the file.
        error: class of the errors.
        wanted: what should be given, for the next step, "predictions".

    Raises:
        DeltascribeError: of class `error`: there is no such file, it is above `SIZE_LIMIT` (told before reading), binary, not UTF-8
            or empty.
    """
    try:
        if path.is_dir():
            inside = next((path / name for name in ("predictions.jsonl",) if (path / name).is_file()), None)
            raise error(f"{path} is a folder. Give the file of {wanted} in it{f': {inside}' if inside else ''}.")
        if not path.is_file():
            raise error(f"There is no file {path}. Give the path of the {wanted}.")
        size = path.stat().st_size
        if size > SIZE_LIMIT:
            raise error(
                f"{path} has {size / 1024**2:.0f} MB, more than the limit of {SIZE_LIMIT // 1024**2} MB, and was not read. "
                f"Give a text file that holds the {wanted} alone."
            )
        data = path.read_bytes()
    except (OSError, ValueError) as cause:  # ValueError: a NUL in the path
        reason = getattr(cause, "strerror", None) or cause
        raise error(f"{path} cannot be read ({reason}). Check the path of the {wanted} and its permissions.") from cause
    text = _decode(data, path, error)
    if not text.strip():
        raise error(f"{path} is empty. Write the {wanted} again.")
    return text


def _decode(data: bytes, path: Path, error: type[DeltascribeError]) -> str:
    if data.startswith(_UTF16):
        raise error(f"{path} is UTF-16 text, not UTF-8. Save it as UTF-8.")
    for magic, meaning in _MAGIC.items():
        if data.startswith(magic):
            raise error(f"{path} {meaning}.")
    nul = data.find(b"\0")
    if nul >= 0:
        raise error(f"{path} is binary, not text (a zero byte at byte {nul}). Give a text file: JSON, JSONL, CSV or TSV.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise error(
            f"{path} is not UTF-8 text: line {line} holds the byte 0x{data[cause.start]:02x} ({cause.reason}). Save it as UTF-8."
        ) from cause
