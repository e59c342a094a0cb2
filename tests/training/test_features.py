"""The cache of frozen features."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from deltascribe.datasets import ChangeDataset, open_dataset
from deltascribe.datasets.sample import ChangeSample
from deltascribe.errors import ConfigError
from deltascribe.locks import locked
from deltascribe.models import create_model
from deltascribe.training import features
from deltascribe.training.augment import Augment
from deltascribe.training.features import CachedPairs, build_cache

SEED, VARIANTS = 5, 2


@pytest.fixture(scope="module")
def dataset(root: Path) -> ChangeDataset:
    return open_dataset(root, "train").subset(lambda record: record.name <= "train_000004")


@pytest.fixture(scope="module")
def model() -> Any:
    torch.manual_seed(0)
    backbone = {"weights": "none", "tuned_stages": 2}
    return create_model("dfm", {"backbone": backbone, "width": 32, "heads": 2, "grid": 4}, 20).eval()


@pytest.fixture
def build(dataset: ChangeDataset, model: Any, tmp_path: Path) -> Callable[..., Path]:
    def call(key: str = "key", variants: int = VARIANTS, model: Any = model) -> Path:
        return build_cache(dataset, model, Augment(), SEED, variants, tmp_path, key, quiet=True)

    return call


def test_the_cache_holds_what_a_direct_computation_gives(build: Callable[..., Path], dataset: ChangeDataset, model: Any) -> None:
    cached = CachedPairs(build())
    for index in range(len(dataset)):
        for epoch in range(3):
            item = cached[epoch, index]
            sample = Augment()(dataset[index], (SEED, (epoch + index) % VARIANTS, index))
            assert item.features is not None
            with torch.no_grad():
                direct = model.frozen_part(sample.pair[None])
            for level, expected in zip(item.features, direct, strict=True):
                assert level.dtype == torch.float32
                # 16-bit floats in the computation: 8 significant bits, over some twenty layers
                assert (level - expected[0]).norm() <= 0.03 * expected.norm()
            torch.testing.assert_close(item.features[-1], direct[-1][0], atol=1e-3, rtol=0)  # the images are stored in 11 bits
            assert item.sample.captions == sample.captions
            assert item.sample.changed == sample.changed
            assert item.sample.name == sample.name
            assert item.sample.mask is not None
            assert sample.mask is not None
            assert torch.equal(item.sample.mask, sample.mask)


def test_variants_rotate_and_each_epoch_mixes_them(build: Callable[..., Path]) -> None:
    cached = CachedPairs(build())
    first, second, third = (cached[epoch, 0].features for epoch in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert torch.equal(first[-1], third[-1])
    assert not torch.equal(first[-1], second[-1])


def test_a_finished_cache_is_read_and_other_settings_get_another_folder(build: Callable[..., Path]) -> None:
    folder = build()
    written = (folder / "level0.npy").stat().st_mtime_ns
    assert build() == folder
    assert (folder / "level0.npy").stat().st_mtime_ns == written
    assert len({folder, build(key="other"), build(variants=1)}) == 3


def test_the_model_counts_by_what_its_frozen_part_does(build: Callable[..., Path], model: Any) -> None:
    settings = {"backbone": {"weights": "none", "tuned_stages": 2}, "width": 16, "heads": 2, "grid": 4}
    torch.manual_seed(1)
    other = create_model("dfm", settings, 20).eval()
    assert build(model=other) != build()
    other.backbone.load_state_dict(model.backbone.state_dict())
    assert build(model=other) == build()


def test_an_unfinished_cache_is_computed_again(build: Callable[..., Path]) -> None:
    folder = build()
    whole = np.load(folder / "level0.npy")
    (folder / "cache.json").unlink()
    (folder / "level0.npy").write_bytes(b"half")
    assert build() == folder
    assert np.array_equal(np.load(folder / "level0.npy"), whole)


def test_of_two_processes_one_makes_the_cache_and_the_other_waits(
    build: Callable[..., Path],
    dataset: ChangeDataset,
    model: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = build()
    aside = folder.rename(tmp_path / "aside")  # the other process has not finished it yet
    written = (aside / "level0.npy").stat().st_mtime_ns
    other = ExitStack()
    other.enter_context(locked(tmp_path, f".{folder.name}.lock"))

    def finishing(root: Path, name: str, waiting: Callable[[], None]) -> Any:
        def finish() -> None:
            waiting()
            aside.rename(folder)
            other.close()

        return locked(root, name, waiting=finish)

    monkeypatch.setattr(features, "locked", finishing)
    assert build_cache(dataset, model, Augment(), SEED, VARIANTS, tmp_path, "key") == folder
    assert (folder / "level0.npy").stat().st_mtime_ns == written
    assert capsys.readouterr().err == "another process is caching these features: waiting for it\n"


def test_a_build_that_another_process_overtakes_where_nothing_can_be_locked_takes_the_others_cache(
    build: Callable[..., Path], dataset: ChangeDataset, model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "locked", lambda *arguments, **options: nullcontext())
    made: list[Path] = []
    written: list[int] = []

    def overtaken(sample: ChangeSample, draw: Any) -> ChangeSample:
        if not made:  # in the midst of this build another one begins and ends
            made.append(build())
            written.append((made[0] / "level0.npy").stat().st_mtime_ns)
        return Augment()(sample, draw)

    assert build_cache(dataset, model, overtaken, SEED, VARIANTS, tmp_path, "key", quiet=True) == made[0]  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == made
    assert [(made[0] / "level0.npy").stat().st_mtime_ns] == written  # a run that reads it already is not disturbed


def test_a_build_that_fails_leaves_nothing(dataset: ChangeDataset, model: Any, tmp_path: Path) -> None:
    def fail(sample: ChangeSample, draw: tuple[int, int, int]) -> ChangeSample:
        if draw[2] == 1:
            raise KeyboardInterrupt
        return Augment()(sample, draw)

    with pytest.raises(KeyboardInterrupt):
        build_cache(dataset, model, fail, SEED, VARIANTS, tmp_path, "key", quiet=True)  # type: ignore[arg-type]
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_what_a_crash_left_is_removed_after_a_day_by_the_next_build_of_the_same_cache(build: Callable[..., Path], tmp_path: Path) -> None:
    folder = build()
    (folder / "cache.json").unlink()
    old, busy, other = (tmp_path / f".{name}.tmp" for name in (f"{folder.name}-1-aa", f"{folder.name}-2-bb", "0123456789abcdef-3-cc"))
    for left in (old, busy, other):
        left.mkdir()
        (left / "level0.npy").touch()
        for path in (left / "level0.npy", left):
            os.utime(path, (time.time() - 90_000,) * 2)
    os.utime(busy / "level0.npy")
    assert build() == folder
    assert {path for path in tmp_path.iterdir() if path.suffix != ".lock"} == {folder, busy, other}


def test_a_pair_without_a_mask_stays_without_one(dataset: ChangeDataset, model: Any, tmp_path: Path) -> None:
    bare = open_dataset(dataset.root, "train", "levir_cc").subset(lambda record: record.name == "train_000001")
    assert CachedPairs(build_cache(bare, model, Augment(), 0, 1, tmp_path, "", quiet=True))[0, 0].sample.mask is None


def test_a_model_that_is_tuned_as_a_whole_cannot_be_cached(build: Callable[..., Path]) -> None:
    whole = create_model("dfm", {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 2, "grid": 4}, 20)
    with pytest.raises(ConfigError, match=r"cache\.variants=0"):
        build(model=whole)


def test_no_progress_bar_where_none_is_wanted(build: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    build()
    assert capsys.readouterr().out == ""
