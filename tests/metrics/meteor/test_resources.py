"""Where METEOR's word knowledge comes from: the installed files, the copy on disk, and what happens without them."""

from __future__ import annotations

import gzip
import json
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from deltascribe.errors import MissingDependencyError
from deltascribe.metrics.meteor import Meteor
from deltascribe.metrics.meteor import resources as module
from deltascribe.metrics.meteor.paraphrases import cache_folder
from deltascribe.metrics.meteor.synonyms import SynonymDictionary

TABLE = ["0.5\nnear\nbeside\n", "0.2\nnear\nnext to\n", "0.1\nnear\nby\n", "0.3\nroads\nhighway\n"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like pycocoevalcap's, with a few made-up entries."""
    monkeypatch.setenv("DELTASCRIBE_CACHE", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / "meteor-1.5.jar", "w") as archive:
        archive.writestr("synonym/english.exceptions", "bush\nbushen bushes\n")
        archive.writestr("synonym/english.synsets", "bush\n00000007 00000008\nshrub\n00000008\nhouse\n00000009\ndomicile\n00000009\n")
    (tmp_path / "data").mkdir()
    with gzip.open(tmp_path / "data" / "paraphrase-en.gz", "wt") as stream:
        stream.write("".join(TABLE))
    return tmp_path


def matches(folder: Path, hypothesis: str, reference: str) -> dict[int, int]:
    """Hypothesis words matched, by stage."""
    words = [hypothesis.split(), reference.split()]
    row = Meteor.english([*words[0], *words[1]], folder).statistics([words[0]], [[words[1]]])[0]
    counts = {stage: int(row[4 + 4 * stage] + row[6 + 4 * stage]) for stage in range(4)}
    return {stage: count for stage, count in counts.items() if count}


@pytest.mark.parametrize(
    ("hypothesis", "reference", "expected"),
    [
        ("villa", "villas", {1: 1}),
        ("house", "domicile", {2: 1}),
        ("houses", "domiciles", {2: 1}),
        ("bushen", "shrub", {2: 1}),
        ("near", "next to", {3: 1}),
        ("next to", "near", {3: 2}),
        ("near", "nearby", {}),
        ("highway", "roads", {3: 1}),
    ],
)
def test_words_match_by_stem_synset_and_table(folder: Path, hypothesis: str, reference: str, expected: dict[int, int]) -> None:
    assert matches(folder, hypothesis, reference) == expected


def test_entries_about_other_words_are_left_out(folder: Path) -> None:
    resources = module.english_resources(["near", "by", "next"], folder)
    assert {phrase: dict(others) for phrase, others in resources.paraphrases.items()} == {("near",): {("by",): 0}}


def test_the_table_is_scanned_once_for_the_same_words(folder: Path) -> None:
    Meteor.english(["near", "by"], folder)
    (kept,) = cache_folder().rglob("*.json")
    content = json.loads(kept.read_text())
    assert content["pairs"] == [["near", "by"]]
    kept.write_text(json.dumps({**content, "pairs": [["by", "near"]]}))
    assert list(module.english_resources(["by", "near", "by"], folder).paraphrases) == [("by",)]


def test_one_file_grows_with_the_words_and_gives_each_set_its_own_entries(folder: Path) -> None:
    Meteor.english(["near", "by"], folder)
    Meteor.english(["road"], folder)
    (kept,) = cache_folder().rglob("*.json")
    assert json.loads(kept.read_text())["words"] == ["by", "near", "road"]
    assert list(module.english_resources(["near", "by"], folder).paraphrases) == [("near",)]
    assert list(module.english_resources(["near"], folder).paraphrases) == []


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-20], lambda text: "", lambda text: "[]", lambda text: text.replace(": 1,", ": 9,", 1)]
)
def test_a_damaged_copy_is_made_anew(folder: Path, damage: Callable[[str], str]) -> None:
    Meteor.english(["near", "by"], folder)
    (kept,) = cache_folder().rglob("*.json")
    good = kept.read_text()
    kept.write_text(damage(good))
    assert list(module.english_resources(["near", "by"], folder).paraphrases) == [("near",)]
    assert kept.read_text() == good


def test_a_table_that_changed_is_scanned_again(folder: Path) -> None:
    Meteor.english(["near", "by"], folder)
    with gzip.open(folder / "data" / "paraphrase-en.gz", "wt") as stream:
        stream.write("".join(TABLE * 2) + "0.1\nby\nnear\n")
    assert set(module.english_resources(["near", "by"], folder).paraphrases) == {("near",), ("by",)}


def test_a_cache_that_can_not_be_written_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("DELTASCRIBE_CACHE", str(folder / "file"))
    assert matches(folder, "near", "by") == {3: 1}


def test_the_cache_lies_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DELTASCRIBE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "deltascribe"
    monkeypatch.setenv("DELTASCRIBE_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("DELTASCRIBE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "deltascribe"


def test_without_pycocoevalcap_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pycocoevalcap.*deltascribe\[evaluate\]"):
        Meteor.english(["road"])


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"meteor-1\.5\.jar is not there"):
        Meteor.english(["road"], tmp_path)


def test_damaged_files_are_refused(folder: Path) -> None:
    table = folder / "data" / "paraphrase-en.gz"
    table.write_bytes(table.read_bytes()[:-12])
    with pytest.raises(MissingDependencyError, match="paraphrases"):
        Meteor.english(["road"], folder)
    (folder / "meteor-1.5.jar").write_bytes(b"no zip")
    with pytest.raises(MissingDependencyError, match="synonyms"):
        Meteor.english(["road"], folder)


def test_a_stemmer_with_other_rules_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = types.ModuleType("snowballstemmer.english_stemmer")
    newer.EnglishStemmer = type("EnglishStemmer", (), {"stemWord": lambda self, word: "add"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snowballstemmer.english_stemmer", newer)
    with pytest.raises(MissingDependencyError, match="snowballstemmer<3"):
        Meteor.english(["road"], folder)
    monkeypatch.setitem(sys.modules, "snowballstemmer.english_stemmer", None)
    with pytest.raises(MissingDependencyError, match="snowballstemmer<3"):
        Meteor.english(["road"], folder)


def test_base_forms_follow_the_first_rule_that_leads_to_a_known_word() -> None:
    dictionary = SynonymDictionary({"box": "1", "boxe": "2", "glass": "3", "woman": "4", "large": "5", "go": "6"}, {"went": ["go", "gone"]})
    assert dictionary.synsets("boxes") == {2}  # -s is tried before -xes
    assert dictionary.synsets("glass") == {3}
    assert dictionary.synsets("women") == {4}
    assert dictionary.synsets("largest") == {5}
    assert dictionary.synsets("went") == {6}
    assert dictionary.synsets("running") == set()
