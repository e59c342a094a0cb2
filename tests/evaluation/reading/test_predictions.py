"""Reading anybody's predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.evaluation import Prediction, read_predictions, write_predictions
from deltascribe.evaluation.reading import PredictedCaption, read_predicted

ROWS = [{"name": "a", "caption": "a house is built"}, {"name": "b", "caption": "no change"}]
READ = [("a", "a house is built"), ("b", "no change")]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes text, bytes or a JSON value into a file."""

    def write(content: Any, name: str = "p.json") -> Path:
        path = tmp_path / name
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def pairs(path: Path) -> list[tuple[str, str]]:
    return [(entry.name, entry.caption) for entry in read_predicted(path)]


def fault(path: Path) -> str:
    with pytest.raises(PredictionsError) as caught:
        read_predicted(path)
    message = str(caught.value)
    assert message.endswith("."), "the last sentence is the next step"
    message.encode()
    return message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.jsonl", lines(ROWS)),
        ("p.txt", "\r\n".join(lines(ROWS).split("\n"))),
        ("p.json", json.dumps(ROWS)),
        ("p.json", json.dumps(ROWS, indent=2)),
        ("p.json", "[\n" + ",\n".join(json.dumps(row) for row in ROWS) + "\n]"),
        ("p.json", json.dumps({"predictions": ROWS})),
        ("p.json", json.dumps({"a": "a house is built", "b": "no change"}, indent=1)),
        ("p.json", json.dumps({"a": ["a house is built"], "b": ["no change"]})),
        ("p.json", json.dumps({"a": [{"caption": "a house is built"}], "b": {"prediction": "no change"}})),
        ("p.csv", "Name,Caption\na,a house is built\nb,no change\n"),
        ("p.csv", "score,filename,text\r\n1,a,a house is built\r\n2,b,no change\r\n"),
        ("p.csv", 'name;caption\n"a";"a house is built"\n\nb;no change'),
        ("p.tsv", "image\tprediction\na\ta house is built\nb\tno change\n"),
        ("p.txt", "a\ta house is built\n\nb\tno change"),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_every_format_gives_the_same_captions(written, name: str, content: str, mark: bytes) -> None:
    assert pairs(written(mark + content.encode(), name)) == READ


@pytest.mark.parametrize("key", ["name", "image", "image_id", "filename", "file_name", "pair", "id"])
def test_names_are_found_under_each_usual_field(written, key: str) -> None:
    assert pairs(written([{key: "a", "caption": "x"}])) == [("a", "x")]


@pytest.mark.parametrize("key", ["caption", "prediction", "hypothesis", "pred", "text", "sentence", "generated_caption"])
def test_captions_are_found_under_each_usual_field(written, key: str) -> None:
    assert pairs(written([{"name": "a", key: "x"}])) == [("a", "x")]


def test_coco_results_give_numbers_as_names_and_a_file_name_goes_before_them(written) -> None:
    assert pairs(written([{"image_id": 7, "caption": "x"}, {"id": 3, "file_name": "b.png", "caption": "y"}])) == [
        ("7", "x"),
        ("b.png", "y"),
    ]


def test_our_own_file_gives_flags_and_probabilities_and_agrees_with_its_own_reader(tmp_path: Path) -> None:
    entries = [
        Prediction("a", "two houses\u2028are built \u00e9", ("one", "two"), True, False, 0.25, -3.5),
        Prediction("b", "", ("there is no difference",), False, False, 0.0),
    ]
    write_predictions(tmp_path / "p.jsonl", entries)
    read = read_predicted(tmp_path / "p.jsonl")
    assert read == [PredictedCaption("a", entries[0].caption, False, 0.25), PredictedCaption("b", "", False, 0.0)]
    assert [entry.caption for entry in read] == [entry.caption for entry in read_predictions(tmp_path / "p.jsonl")]


def test_flags_and_probabilities_of_a_table_are_read(written) -> None:
    path = written("name,caption,predicted_changed,change_probability\na,x,true,0.75\nb,y,0,1e-3\nc,z,,\n", "p.csv")
    assert [(entry.changed, entry.change_probability) for entry in read_predicted(path)] == [(True, 0.75), (False, 0.001), (None, None)]


def test_an_empty_caption_is_a_prediction_but_a_missing_one_is_an_error(written) -> None:
    assert pairs(written([{"name": "a", "caption": ""}])) == [("a", "")]
    assert pairs(written("name,caption\na,\n", "p.csv")) == [("a", "")]
    assert pairs(written("a\t\nb\tx\n", "p.txt")) == [("a", ""), ("b", "x")]
    message = fault(written([{"name": "a", "caption": None}, {"name": "b"}, {"name": "c", "caption": 3}, {"name": "d", "caption": []}]))
    assert "pairs without a caption that is text (4): a (entry 1): caption is `None`; b (entry 2): no such field; c" in message
    assert "a (line 2): no such field" in fault(written("name,caption\na\n", "p.csv"))


def test_doubled_pairs_are_listed_with_their_lines_even_where_the_captions_are_the_same(written) -> None:
    message = fault(written(lines([ROWS[0], ROWS[1], ROWS[0], {"name": "b", "caption": "else"}]), "p.jsonl"))
    assert "pairs given more than once (2): a (lines 1, 3; the same caption); b (lines 2, 4; different captions)" in message
    table = 'name,caption\na,x\nb,"over\ntwo lines"\na,x\n'
    assert "a (lines 2, 5; the same caption)" in fault(written(table, "p.csv"))


def test_a_key_that_a_json_object_holds_twice_is_a_doubled_pair(written) -> None:
    assert "a (entries 1, 3; different captions)" in fault(written('{"a": "x", "b": "y", "a": "z"}'))


def test_a_field_that_a_row_holds_twice_is_an_error(written) -> None:
    assert "line 2 (the field caption occurs twice)" in fault(written(lines(ROWS[:1]) + '{"name":"b","caption":"x","caption":"y"}\n'))


def test_several_captions_are_an_error_in_lists_columns_and_fields(written) -> None:
    rows = [ROWS[0], {"name": "b", "caption": ["x", "y", "z"]}, {"name": "c", "caption": "x", "prediction": "y"}]
    message = fault(written(rows))
    assert "pairs with several captions (2): b (entry 2): 3; c (entry 3): the fields caption and prediction differ" in message
    assert "b (line 2): 2" in fault(written("a\tx\nb\ty\tz\n", "p.txt"))
    assert pairs(written([{"name": "a", "caption": "x", "text": "x"}])) == [("a", "x")]


def test_each_invalid_line_is_listed_with_column_and_text(written) -> None:
    text = lines(ROWS[:1]) + '{"name": "b", "caption": \'x\'}\n' + '{"name": "c", "capt\n' + lines(ROWS[1:])
    message = fault(written(text, "p.jsonl"))
    assert "lines that are not valid JSON (2): line 2, column 26: Expecting value, at `'x'}`; line 3, column 15: Unterminated" in message


def test_an_invalid_document_is_told_with_line_column_and_text(written) -> None:
    message = fault(written('[\n {"name": "a", "caption": "x"},\n {"name": oops}\n]'))
    assert "line 3, column 11: Expecting value, at `oops}" in message
    assert "at the end, after `" in fault(written('[{"name": "a", "caption": "x"},'))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, '{"name": "a", "id": ' + "1" * 5000 + "}"])
def test_json_that_breaks_the_parser_is_a_named_error(written, text: str) -> None:
    assert "nested too deeply" in (message := fault(written(text))) or "too long" in message


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-0.01", "1.5", '"high"', "true", "[0.5]", "1e999", "9" * 400])
def test_probabilities_outside_0_to_1_are_an_error(written, value: str) -> None:
    text = f'{{"name": "a", "caption": "x", "change_probability": {value}}}\n' + lines(ROWS[1:])
    assert "values of change_probability that are no number in 0..1 (1): a (line 1)" in fault(written(text))


@pytest.mark.parametrize("value", [2, "maybe", [True], 0.5])
def test_flags_that_are_neither_true_nor_false_are_an_error(written, value: object) -> None:
    assert "neither true nor false (1): a (entry 1)" in fault(written([{"name": "a", "caption": "x", "predicted_changed": value}]))


def test_entries_without_name_or_that_are_no_object_are_listed(written) -> None:
    message = fault(
        written([ROWS[0], {"caption": "x"}, {"name": " ", "caption": "x"}, {"name": 1.5, "caption": "x"}, "a caption", 3, None])
    )
    assert "entries without a name (3): entry 2; entry 3; entry 4" in message
    assert "entries that cannot be read (3): entry 5 (no object, but `a caption`)" in message


def test_half_of_a_surrogate_pair_is_no_text(written) -> None:
    message = fault(written('{"a": "x \\ud800", "\\udfff": "y"}'))
    assert "a (entry 1): caption is `'x \\ud800'`" in message
    assert "entries without a name (1): entry 2" in message


def test_more_than_ten_of_a_kind_are_counted(written) -> None:
    message = fault(written({f"n{index}": None for index in range(13)}))
    assert "(13): n0 (entry 1)" in message
    assert "n9 (entry 10): caption is `None`; and 3 more. Write" in message
    assert "n10" not in message


@pytest.mark.parametrize(
    "content",
    [
        {"images": [{"filename": "a.png", "split": "test", "sentences": [{"raw": "x"}]}]},
        {"images": [{"id": 1}], "annotations": [{"image_id": 1, "caption": "x"}]},
        {"a": ["x", "y"], "b": ["z", "u"]},
        [{"name": "a", "references": ["x", "y"]}],
    ],
)
def test_references_given_as_predictions_are_recognised(written, content: object) -> None:
    message = fault(written(content))
    assert "looks like references" in message
    assert "deltascribe score PREDICTIONS REFERENCES. Swap the two files" in message


def test_tables_that_cannot_be_split_are_told_by_line(written) -> None:
    assert "line 3 (more fields than columns" in fault(written("name,caption\na,x\nb,one, two\n", "p.csv"))
    assert "line 3 (not valid CSV" in fault(written('name,caption\na,x\nb,"open\n', "p.csv"))
    assert "two columns caption" in fault(written("name,caption,caption\na,x,y\n", "p.csv"))
    assert "line 2 (no tab after the name: `b no tab`)" in fault(written("a\tx\nb no tab\n", "p.txt"))


@pytest.mark.parametrize(
    ("name", "text"), [("p.csv", "a,x\nb,y\n"), ("p.tsv", "image\tanswer\na\tx\n"), ("p.csv", "name\na\n"), ("p.txt", "name,answer\na,x\n")]
)
def test_a_table_without_a_header_is_not_guessed_at(written, name: str, text: str) -> None:
    assert "Write the header name,caption as the first line" in fault(written(text, name))


@pytest.mark.parametrize("content", ["a house is built\nanother\n", "3", "null", '"x"'])
def test_other_text_is_told_the_known_formats(written, content: str) -> None:
    message = fault(written(content, "p.txt"))
    assert "none of the known formats" in message
    assert "name, tab, caption" in message


@pytest.mark.parametrize("content", [[], {}, "name,caption\n"])
def test_a_file_without_entries_is_an_error(written, content: object) -> None:
    assert "holds no prediction" in fault(written(content))


def test_a_file_of_another_kind_is_asked_about(written) -> None:
    assert "holds no usable prediction (is it the right file?)" in fault(written({"scores": {"bleu": 0.5}, "seed": 3}))
