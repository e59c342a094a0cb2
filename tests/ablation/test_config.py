"""The configuration of a grid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deltascribe.ablation import Ablation, load_ablation, plan_runs
from deltascribe.errors import ConfigError
from deltascribe.models import create_model
from deltascribe.training.settings import differences

from .conftest import WriteGrid

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs" / "ablation").glob("*.yaml"))
Make = Callable[..., Ablation]


def test_settings_of_base_grid_command_and_variant_follow_each_other(write_grid: WriteGrid) -> None:
    path = write_grid(set={"epochs": 4, "optimiser.lr": 1e-5, "batch_size": 3}, variants={"plain": {"batch_size": 5}, "b": None})
    grid = load_ablation(path, ["epochs=7"])
    plain, other = (variant.config for variant in grid.variants)
    assert (plain.epochs, plain.batch_size, plain.optimiser.lr) == (7, 5, 1e-5)
    assert (other.epochs, other.batch_size) == (7, 3)
    assert other.optimiser.ema == 0.5  # of the base


def test_each_run_has_its_folder_and_seed_and_all_share_a_cache(make_grid: Make, tmp_path: Path) -> None:
    grid = make_grid(variants={"plain": None, "+TGCL, all": {"objective.tgcl": 0.3}})
    runs = plan_runs(grid)
    # a grid that is cut short has every row
    assert [run.title for run in runs] == ["plain, seed 1", "+TGCL, all, seed 1", "plain, seed 2", "+TGCL, all, seed 2"]
    assert [run.config.seed for run in runs] == [1, 1, 2, 2]
    assert runs[3].config.output == tmp_path / "grid" / "+TGCL-all" / "seed-2"
    assert {run.config.cache.folder for run in runs} == {tmp_path / "grid" / "cache"}
    assert {run.config.cache.seed for run in runs} == {0}


def test_a_cache_that_is_given_is_kept(make_grid: Make) -> None:
    (config,) = {run.config.cache for run in plan_runs(make_grid(set={"cache.folder": "elsewhere", "cache.seed": 5}))}
    assert (config.folder, config.seed) == (Path("elsewhere"), 5)


def test_a_variant_may_come_from_another_training_configuration(write_grid: WriteGrid, write_config: Any, tmp_path: Path) -> None:
    write_config(tmp_path / "peer", epochs=9, optimiser__ema=0.25)
    grid = load_ablation(write_grid(set={"epochs": 3}, variants={"plain": None, "peer": {"config": "peer.yaml", "batch_size": 4}}))
    peer = grid.variants[1]
    assert (peer.config.epochs, peer.config.batch_size, peer.config.optimiser.ema) == (3, 4, 0.25)
    assert peer.source == tmp_path / "peer.yaml"


def test_a_variant_may_start_from_the_weights_of_one_above(make_grid: Make, tmp_path: Path) -> None:
    grid = make_grid(variants={"plain": None, "pre-trained": {"epochs": 2}, "tuned": {"from": "pre-trained"}})
    runs = plan_runs(grid)
    starts = {run.title: run.config.init for run in runs if run.config.init is not None}
    assert starts == {f"tuned, seed {seed}": tmp_path / "grid" / "pre-trained" / f"seed-{seed}" / "best" for seed in (1, 2)}


def test_a_start_that_is_not_above_is_refused(write_grid: WriteGrid) -> None:
    variants: dict[str, Any] = {"plain": {"from": "later"}, "later": {"from": "plain", "init": "x"}}
    with pytest.raises(ConfigError) as caught:
        load_ablation(write_grid(variants=variants))
    assert "variants.plain.from: there is no variant 'later' above it; choose one of: none" in str(caught.value)
    assert "variants.later: give `from` or `init`, not both" in str(caught.value)


def test_a_start_counts_as_trained_weights_for_the_settings_that_need_them(make_grid: Make) -> None:
    grid = make_grid(variants={"plain": None, "tuned": {"from": "plain", "self_critical.samples": 4}})
    assert all(run.config.self_critical and run.config.self_critical.samples == 4 for run in plan_runs(grid, ["tuned"]))
    with pytest.raises(ConfigError) as caught:
        make_grid(variants={"plain": {"self_critical.samples": 4}})
    line = next(line for line in str(caught.value).splitlines() if "self_critical tunes" in line)
    assert line.strip().startswith("self_critical tunes")  # of no single key, so that none stands before it


def test_where_a_variant_starts_is_among_its_settings_and_the_stand_in_is_not(make_grid: Make) -> None:
    plain, tuned = make_grid(variants={"plain": None, "a b": {"from": "plain"}}).variants
    assert (tuned.settings()["from"], tuned.settings()["init"]) == ("plain", None)
    assert "from" not in plain.settings()


def test_settings_on_the_command_line_are_checked_as_those_of_the_file(write_grid: WriteGrid) -> None:
    path = write_grid(variants={"plain": None, "tuned": {"from": "plain"}})
    with pytest.raises(ConfigError) as caught:
        load_ablation(path, ["seed=77", "output=/x", "init=y"])
    lines = [line.strip() for line in str(caught.value).splitlines()]
    assert set(lines[1:]) == {
        "seed: the runner sets it; give `seeds` of the grid",
        "output: the runner sets it; give `output` of the grid",
        "init: tuned has `from`; give `init` to the variants that need it, in the file",
    }
    with pytest.raises(ConfigError, match=r"set\.init: tuned has `from`"):
        load_ablation(write_grid(set={"init": "y"}, variants={"plain": None, "tuned": {"from": "plain"}}))
    assert load_ablation(write_grid(), ["init=y"]).variants[0].config.init == Path("y")


def test_the_parts_of_dfm_add_up_to_the_whole() -> None:
    variants = {variant.name: variant for variant in load_ablation(next(path for path in CONFIGS if path.stem == "parts")).variants}
    baseline, whole = variants["baseline"], variants["all"]
    parts = [variants[name] for name in ("+TGCL", "+CD", "+JFM", "+mask")]
    sections = [differences(variant.settings(), baseline.settings()) for variant in parts]
    added = {key for found in sections for key in found if key != "output"}
    assert added == {key for key in differences(whole.settings(), baseline.settings()) if key != "output"}
    assert all(len(found) == 2 for found in sections)  # the folder, and one part
    for name in ("baseline", "+JFM"):  # how the epoch is chosen is all that differs
        again = differences(variants[f"{name}, kept by changed pairs"].settings(), variants[name].settings())
        assert set(again) == {"output", "select_by"}


def test_the_rows_without_a_part_of_jfm_differ_from_it_in_that_part_alone() -> None:
    whole, *rows = load_ablation(next(path for path in CONFIGS if path.stem == "joint")).variants
    changed = [set(differences(whole.settings(), row.settings())) - {"output"} for row in rows]
    assert all(len(found) == 1 for found in changed)
    names = {name.removeprefix("model.settings.") for found in changed for name in found}
    assert names == {"difference", "level_weights", "pixel_level", "joint_layers", "fusion"}


@pytest.mark.parametrize("stages", [0, 2])
def test_peers_and_dfm_tune_the_same_part_of_the_backbone(stages: int) -> None:
    tuned: dict[str, set[str]] = {}
    path = next(path for path in CONFIGS if path.stem == "peers")
    for variant in load_ablation(path, [f"model.settings.backbone.tuned_stages={stages}"]).variants:
        settings = dict(variant.config.model.settings)
        settings["backbone"] = {**settings["backbone"], "weights": "none"}
        settings.pop("transfer", None)  # its detector is not there
        model: Any = create_model(variant.config.model.name, settings, 6)
        tuned[variant.name] = {name for name, parameter in model.backbone.named_parameters() if parameter.requires_grad}
    assert bool(tuned["DFM without CD"]) == bool(stages)
    assert {name for name, found in tuned.items() if found != tuned["DFM without CD"]} == set()


def test_every_problem_of_every_variant_is_named_at_once(write_grid: WriteGrid) -> None:
    variants = {
        "plain": {"optimiser.rate": 1},
        "deep": {"model.settings.depth": 3},
        "other data": {"data.root": "elsewhere"},
        "two": {"devices": 2},
        "Two": {"model.name": "none such"},
        "seeded": {"seed": 3},
    }
    with pytest.raises(ConfigError) as caught:
        load_ablation(write_grid(reference="gone", set={"output": "x"}, variants=variants))
    text = str(caught.value)
    for part in (
        "reference: there is no variant 'gone'. Choose one of: plain, deep",
        "set.output: the runner sets it; give `output` of the grid",
        "variants.seeded.seed: the runner sets it; give `seeds` of the grid",
        "optimiser.rate: unknown setting; there are: lr, ",
        "variants.deep: the settings of model 'dfm' are not valid",
        "data.root and data.format must be the same",
        "variants.two: a run of a grid has one device",
        "variants.Two: its folder would be 'Two', which is empty or another's",
        "no model 'none such'",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"split": "test"}, "split: .*--final-test"),
        ({"split": "all"}, "choose val or train"),
        ({"seeds": [1, 1]}, "different seeds"),
        ({"seeds": []}, "seeds: "),
        ({"variants": {}}, "variants: "),
        ({"beam": 3}, "beam: unknown setting; did you mean beams"),
        ({"base": None}, "give a training configuration: `base`"),
        ({"base": "gone.yaml"}, r"no configuration .*gone\.yaml"),
    ],
)
def test_what_a_grid_cannot_be_is_told(write_grid: WriteGrid, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_ablation(write_grid(**values))


@pytest.mark.parametrize("text", ["- a list", "a: [", ""])
def test_a_file_that_is_no_grid_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "grid.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"grid\.yaml"):
        load_ablation(tmp_path / "grid.yaml")
    with pytest.raises(ConfigError, match="no configuration"):
        load_ablation(tmp_path / "gone.yaml")


def test_runs_can_be_chosen_among_those_there_are(make_grid: Make) -> None:
    grid = make_grid()
    assert [run.title for run in plan_runs(grid, ["whole"], [2])] == ["whole, seed 2"]
    with pytest.raises(ConfigError, match=r"no variant wole .* Choose among: plain, whole"):
        plan_runs(grid, ["wole"])
    with pytest.raises(ConfigError, match=r"has no seed 3\. Its seeds: 1, 2"):
        plan_runs(grid, [], [3])


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_committed_grids_are_valid(path: Path) -> None:
    grid = load_ablation(path)
    assert len(grid.seeds) >= 3
    assert len(grid.variants) >= 3
    # a variant that says nothing of its own is the reference under another name
    settings = [yaml.safe_dump(variant.settings() | {"output": ""}) for variant in grid.variants]
    assert len(set(settings)) == len(settings)


def test_there_are_committed_grids() -> None:
    assert {path.stem for path in CONFIGS} == {"captions", "gates", "joint", "parts", "peers", "synthetic", "tgcl", "transfer"}
