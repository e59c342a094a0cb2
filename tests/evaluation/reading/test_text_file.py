"""Loading a text file that somebody gave."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deltascribe.errors import CaptionFileError, PredictionsError
from deltascribe.evaluation.reading.text_file import SIZE_LIMIT, load_text


def fault(path: Path) -> str:
    with pytest.raises(PredictionsError) as caught:
        load_text(path, PredictionsError, "predictions")
    return str(caught.value)


def test_text_is_given_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes("\ufeffé\n".encode())
    assert load_text(path, PredictionsError, "predictions") == "é\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty. Write the predictions again"),
        (b" \n\t\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        ("a\tx".encode("utf-16"), "UTF-16 text, not UTF-8. Save it as UTF-8"),
        (b'{"a": "x"}\n{"b": "caf\xe9"}', "line 2 holds the byte 0xe9"),
        (b"\x1f\x8b\x08", "gzip-compressed. Unpack it"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"\x80\x04\x95", "pickle, which is not read"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary, not text"),
        (b"a\tx\0", "binary, not text (a zero byte at byte 3)"),
    ],
)
def test_what_is_no_utf8_text_is_told_with_the_next_step(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "p").write_bytes(data)
    assert told in fault(tmp_path / "p")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.json"
    path.touch()
    os.truncate(path, SIZE_LIMIT + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read"))
    assert "more than the limit of 500 MB, and was not read" in fault(path)


def test_paths_that_lead_to_no_file_are_told(tmp_path: Path) -> None:
    assert "There is no file" in fault(tmp_path / "none.json")
    assert "is a folder. Give the file of predictions in it." in fault(tmp_path)
    (tmp_path / "predictions.jsonl").write_text("{}")
    assert f"in it: {tmp_path / 'predictions.jsonl'}." in fault(tmp_path)
    assert "no file" in (message := fault(tmp_path / ("n" * 5000))) or "cannot be read" in message
    with pytest.raises(CaptionFileError, match="Give the path of the references"):
        load_text(tmp_path / "none.json", CaptionFileError, "references")
