"""Whatever happens to a file, reading it gives a result or a named error."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from deltascribe.errors import DeltascribeError
from deltascribe.evaluation.reading import match_file, read_references

NAMES = [f"test_{number:06d}" for number in range(6)]
ROUNDS = 250
PREDICTIONS = {
    "lines.jsonl": "".join(
        json.dumps({"name": name, "caption": f"a house {name}", "predicted_changed": True, "change_probability": 0.5}) + "\n"
        for name in NAMES
    ),
    "list.json": json.dumps([{"image_id": name, "caption": "a \u00e9 house"} for name in NAMES], indent=1),
    "map.json": json.dumps({name: ["a house"] for name in NAMES}),
    "table.csv": "name,caption,change_probability\n" + "".join(f'{name},"a house, red",0.5\n' for name in NAMES),
    "plain.txt": "".join(f"{name}\ta house\n" for name in NAMES),
}
REFERENCES = {
    "map.json": json.dumps({name: ["a house", "two houses"] for name in NAMES}),
    "levir.json": json.dumps(
        {"images": [{"filename": f"{name}.png", "split": "test", "changeflag": 1, "sentences": [{"raw": "a house"}]} for name in NAMES]}
    ),
    "coco.json": json.dumps(
        {
            "images": [{"id": number, "file_name": f"{name}.png"} for number, name in enumerate(NAMES)],
            "annotations": [{"image_id": number, "caption": "a house"} for number in range(6)],
        }
    ),
    "rows.jsonl": "".join(json.dumps({"name": name, "references": ["a house"], "changed": True}) + "\n" for name in NAMES),
}
PIECES = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"\\",
        b"\n",
        b"\t",
        b";",
        b" ",
        b"null",
        b"NaN",
        b"true",
        b"-1",
        b"1e999",
        b"[[",
        b"{}",
        b'""',
    ),
    *(b"\\ud800", "\u2028".encode(), b'"caption": 1,', b'"a": [],'),
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b'"name"', b'"caption"', b'"images"', b'"split"', b"[" * 2000, b"9" * 5000),
]


def mutated(data: bytes, random: random.Random) -> bytes:
    """A few random changes: bytes cut out, doubled, moved or replaced by what may hurt."""
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((0, 1, 1, 3, 20, 200)))
        piece = random.choice((b"", random.choice(PIECES), data[start:end] * 2, bytes([random.randrange(256)]), data[end : end + 30]))
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("name", PREDICTIONS)
def test_mutated_predictions_raise_nothing_but_named_errors(tmp_path: Path, name: str) -> None:
    (tmp_path / "references.json").write_text(REFERENCES["map.json"])
    references = read_references(tmp_path / "references.json")
    path = tmp_path / name
    path.write_text(PREDICTIONS[name], encoding="utf-8")
    assert match_file(path, references).names == NAMES
    source, chance, refused = path.read_bytes(), random.Random(name), 0
    for turn in range(ROUNDS):
        path.write_bytes(mutated(source, chance))
        try:
            found = match_file(path, references, allow_missing=turn % 2 == 0)
        except DeltascribeError as error:
            str(error).encode()
            refused += 1
        else:
            assert len(found.names) == len(found.hypotheses) == len(found.references) == len(found.changed) > 0
            assert turn % 2 == 0 or found.names == NAMES
            "".join(found.hypotheses).encode()
    assert refused > ROUNDS // 4


@pytest.mark.parametrize("name", REFERENCES)
def test_mutated_references_raise_nothing_but_named_errors(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(REFERENCES[name])
    assert len(read_references(path).references) == len(NAMES)
    source, chance, refused = path.read_bytes(), random.Random(name), 0
    for _ in range(ROUNDS):
        path.write_bytes(mutated(source, chance))
        try:
            found = read_references(path)
        except DeltascribeError as error:
            str(error).encode()
            refused += 1
        else:
            assert found.references.keys() == found.changed.keys()
            assert all(found.references.values())
    assert refused > ROUNDS // 4
