"""Which scenes a user means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import PairListError, SceneError
from deltascribe.scenes.inputs import WantedPair, listed_pairs, scene_pairs, wanted_list
from deltascribe.scenes.preparing import ScenePair

pytest.importorskip("shapely")


def save(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# pairs


def test_two_scenes_are_a_pair_named_by_both() -> None:
    assert scene_pairs(["x/2019.tif", "y/2024.tif"]) == [ScenePair("x/2019.tif", "y/2024.tif", "2019_2024")]


def test_of_several_dates_each_is_paired_with_the_next() -> None:
    pairs = scene_pairs(["2015.tif", "2019.tif", "2024.tif"], ["c15.tif", "", "c24.tif"])
    assert pairs == [
        ScenePair("2015.tif", "2019.tif", "2015_2019", "c15.tif", None),
        ScenePair("2019.tif", "2024.tif", "2019_2024", None, "c24.tif"),
    ]


def test_scenes_of_one_name_are_told_apart_by_their_place() -> None:
    names = [pair.name for pair in scene_pairs(["a/scene.tif", "b/scene.tif", "c/scene.tif", "d/late.tif"])]
    assert names == ["1-scene_2-scene", "2-scene_3-scene", "3-scene_4-late"]


def test_a_query_is_no_part_of_a_name() -> None:
    (pair,) = scene_pairs(["/vsicurl?url=host/2019.tif%3Ftoken=SECRET", "https://host/2024.tif?sig=SECRET"])
    assert pair.name == "vsicurl_2024"


def test_a_web_address_is_kept_and_gives_its_last_part_as_name() -> None:
    pairs = scene_pairs(["https://example.org/x/2019.tif", "s3://bucket/2024.tif"])
    assert pairs == [ScenePair("https://example.org/x/2019.tif", "s3://bucket/2024.tif", "2019_2024")]


@pytest.mark.parametrize("scenes", [[], ["a.tif"]])
def test_one_scene_is_no_pair(scenes: list[str]) -> None:
    with pytest.raises(PairListError, match=r"two scenes or more.*deltascribe scene BEFORE"):
        scene_pairs(scenes)


@pytest.mark.parametrize("clouds", [["c.tif"], ["c.tif", "", ""]])
def test_masks_are_one_for_each_scene(clouds: list[str]) -> None:
    with pytest.raises(PairListError, match=rf"2 scenes and {len(clouds)} cloud masks.*once for each"):
        scene_pairs(["a.tif", "b.tif"], clouds)


def test_items_are_told_and_called_by_their_files(tmp_path: Path) -> None:
    for name in ("s1", "s2"):
        save(tmp_path / f"{name}.json", {"assets": {"visual": {"href": f"./{name}.tif"}, "B04": {"href": "red.tif"}}})
    first, second = scene_pairs([f"file://{tmp_path}/s1.json", str(tmp_path / "s2.json"), f"file://{tmp_path}/s1.json#B04"])
    assert (first.before, first.after, first.name) == (str(tmp_path / "s1.tif"), str(tmp_path / "s2.tif"), "1-s1_2-s2")
    assert [note[:22] for note in first.notes] == ["Of the STAC item s1.js", "Of the STAC item s2.js"]
    assert (second.before, second.after) == (str(tmp_path / "s2.tif"), str(tmp_path / "red.tif"))
    assert len(second.notes) == 1


def test_an_item_on_the_web_needs_the_network(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"https://host/item\.json is not a local file.*--network"):
        scene_pairs(["https://host/item.json?sig=SECRET", "b.tif"])
    with pytest.raises(SceneError, match="--network"):
        listed_pairs(save(tmp_path / "pairs.csv", "before,after\na.tif,https://host/item.json\n"))


def test_a_bad_item_of_a_list_is_told_with_its_pair_and_wanted_pairs_look_at_none(tmp_path: Path) -> None:
    path = save(tmp_path / "pairs.csv", "before,after,name\na.tif,b.tif,one\nmissing.json,c.tif,two\n")
    with pytest.raises(SceneError, match=r"pairs\.csv, pair 'two': .*missing\.json is no STAC item"):
        listed_pairs(path)
    one, two = wanted_list(path)
    assert one.resolved() == ScenePair(str(tmp_path / "a.tif"), str(tmp_path / "b.tif"), "one")
    assert two == WantedPair("two", str(tmp_path / "missing.json"), str(tmp_path / "c.tif"))
    with pytest.raises(SceneError, match=r"^[^,]*missing\.json is no STAC item"):
        two.resolved()


def test_pairs_come_from_a_list(tmp_path: Path) -> None:
    save(tmp_path / "item.json", {"assets": {"visual": {"href": "./late.tif", "type": "image/tiff"}}})
    path = save(tmp_path / "pairs.csv", "before,after,name\nearly.tif,item.json,town\nx/a.tif,x/b.tif,\n")
    assert listed_pairs(path) == [
        ScenePair(
            str(tmp_path / "early.tif"),
            str(tmp_path / "late.tif"),
            "town",
            notes=("Of the STAC item item.json the asset `visual` is read.",),
        ),
        ScenePair(str(tmp_path / "x" / "a.tif"), str(tmp_path / "x" / "b.tif"), "a"),
    ]


def test_pairs_know_when_items_were_taken(tmp_path: Path) -> None:
    for year in (2019, 2024):
        item = {
            "properties": {"datetime": f"{year}-06-01T10:30:00Z"},
            "assets": {"visual": {"href": f"./{year}.tif", "type": "image/tiff"}},
        }
        save(tmp_path / f"{year}.json", item)
    taken = [(datetime(year, 6, 1, 10, 30, tzinfo=UTC),) * 2 for year in (2019, 2024)]
    pairs = scene_pairs([str(tmp_path / "2019.json"), str(tmp_path / "2024.json"), "later.tif"])
    assert [pair.dates for pair in pairs] == [(taken[0], taken[1]), (taken[1], None)]
    listed = listed_pairs(save(tmp_path / "pairs.csv", "before,after\n2019.json,2024.json\nearly.tif,2024.json\n"))
    assert [pair.dates for pair in listed] == [(taken[0], taken[1]), (None, taken[1])]


# lists


def test_a_list_may_name_web_addresses(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    rows = "https://example.org/x/2019.tif?sig=ab/c.d=,s3://bucket/2024.tif\nold.tif,new.tif\nfile:///data/a.tif,b.tif\n"
    table.write_text("before,after\n" + rows)
    first, second, third = listed_pairs(table)
    assert third == ScenePair("/data/a.tif", str(tmp_path / "b.tif"), "a")
    assert first == ScenePair("https://example.org/x/2019.tif?sig=ab/c.d=", "s3://bucket/2024.tif", "2019")
    assert second == ScenePair(str(tmp_path / "old.tif"), str(tmp_path / "new.tif"), "old")


def test_a_list_may_name_cloud_masks(tmp_path: Path) -> None:
    table = save(tmp_path / "pairs.csv", "clouds_after,before,clouds_before,after\nc.tif,a.tif,,b.tif\n,c.tif,https://host/c.tif,d.tif\n")
    first, second = listed_pairs(table)
    assert first == ScenePair(str(tmp_path / "a.tif"), str(tmp_path / "b.tif"), "a", None, str(tmp_path / "c.tif"))
    assert second == ScenePair(str(tmp_path / "c.tif"), str(tmp_path / "d.tif"), "c", "https://host/c.tif", None)


def test_a_cloud_mask_may_be_a_file_address(tmp_path: Path) -> None:
    (pair,) = scene_pairs(["a.tif", "b.tif"], ["file:///data/clouds%20a.tif", "c.tif"])
    assert (pair.clouds_before, pair.clouds_after) == ("/data/clouds a.tif", "c.tif")
    (listed,) = listed_pairs(save(tmp_path / "pairs.csv", "before,after,clouds_before\na.tif,b.tif,file:///data/c.tif\n"))
    assert (listed.clouds_before, listed.clouds_after) == ("/data/c.tif", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "before,after,clouds,bands\na.tif,b.tif,,\n",
            "columns that aren't known: bands, clouds; there may be before,after,name,clouds_before,clouds_after",
        ),
        ("before;after\na.tif;b.tif\n", "separate them with commas"),
        ("before\tafter\na.tif\tb.tif\n", "separate them with commas"),
        ("before,after\na.tif,b.tif,c.tif\n", "line 2 has more cells than the first line has columns"),
    ],
)
def test_what_of_a_list_would_be_ignored_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PairListError, match=message):
        listed_pairs(save(tmp_path / "pairs.csv", text))


def test_empty_columns_of_a_spreadsheet_do_no_harm(tmp_path: Path) -> None:
    assert [pair.name for pair in listed_pairs(save(tmp_path / "pairs.csv", "before,after,,\na.tif,b.tif,,\n"))] == ["a"]
