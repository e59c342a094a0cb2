"""Tests of deltascribe.captioner."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from deltascribe import __version__
from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import CheckpointError, MissingDependencyError, ModelKindError
from deltascribe.generation import Description, describe
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.text import NO_CHANGE_CAPTION


@pytest.fixture
def captioner(tiny_checkpoint: Path) -> ChangeCaptioner:
    return ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu")


def make_pair(seed: int, height: int = 64, width: int = 64, **options: object) -> ImagePair:
    """Noise of some brightness before, coarse blocks after."""
    random = np.random.default_rng(seed)
    before = random.random((height, width, 3)) * random.random()
    after = random.random((-(-height // 8), -(-width // 8), 3)).repeat(8, 0).repeat(8, 1)[:height, :width]
    return ImagePair.from_arrays(before.astype(np.float32), after.astype(np.float32), name=f"pair{seed}", **options)


def set_flag(captioner: ChangeCaptioner, logit: float) -> ChangeCaptioner:
    """The same captioner with a change flag that always gives `logit`."""
    flag = captioner.checkpoint.model.flag
    with torch.no_grad():
        flag.weight.zero_()
        flag.bias.fill_(logit)
    return captioner


def captions(reports: list[ChangeReport]) -> list[str]:
    return [report.caption for report in reports]


# loading


def test_a_checkpoint_folder_gives_size_and_gsd(captioner: ChangeCaptioner) -> None:
    assert captioner.size == 64
    assert captioner.gsd == 0.5


def test_a_shipped_model_is_found_by_name_and_without_one(shipped: Path) -> None:
    (shipped / "dfm_lite0").rename(shipped / "other")
    assert ChangeCaptioner.from_pretrained("other", device="cpu").source == "other"
    (shipped / "other").rename(shipped / "dfm_lite0")
    assert ChangeCaptioner.from_pretrained(device="cpu").source == "dfm_lite0"


def test_an_installation_without_weights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deltascribe.shipped.MODELS", tmp_path)
    with pytest.raises(CheckpointError, match="lacks its captioner dfm_lite0; reinstall"):
        ChangeCaptioner.from_pretrained(device="cpu")


def test_a_change_detector_is_named_as_such_with_the_command_that_takes_it(shipped: Path) -> None:
    with pytest.raises(
        ModelKindError, match=r"holds a change detector, and a captioner is wanted.*`deltascribe detect BEFORE AFTER --model "
    ):
        ChangeCaptioner.from_pretrained("detector_lite0", device="cpu")


@pytest.mark.parametrize("source", ["nothing_such", "../nothing", "./a/b", "/nothing/such", "a/b/c", "~/nothing"])
def test_what_is_neither_folder_nor_shipped_nor_a_hub_name_is_refused_without_network(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_hub(monkeypatch, lambda *_, **__: pytest.fail("asked the hub"))
    with pytest.raises(CheckpointError, match=r"no checkpoint folder .*deltascribe models"):
        ChangeCaptioner.from_pretrained(source, device="cpu")


def test_a_folder_without_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no config\.json"):
        ChangeCaptioner.from_pretrained(tmp_path, device="cpu")


def put_hub(monkeypatch: pytest.MonkeyPatch, download: object) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=download))


def test_a_hub_name_loads_the_weights_and_nothing_that_could_run(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(name: str, allow_patterns: list[str]) -> str:
        asked.append((name, allow_patterns))
        return str(tiny_checkpoint)

    put_hub(monkeypatch, download)
    captioner = ChangeCaptioner.from_pretrained("somebody/change-captioner", device="cpu")
    assert captioner.source == "somebody/change-captioner"
    assert asked == [("somebody/change-captioner", ["model.safetensors", "config.json", "README.md"])]


def test_a_failed_download_names_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*_: object, **__: object) -> str:
        raise OSError("no route")

    put_hub(monkeypatch, download)
    with pytest.raises(CheckpointError, match=r"'some/model' .*OSError: no route.*Check the name and the network, or give a folder"):
        ChangeCaptioner.from_pretrained("some/model", device="cpu")


def test_a_hub_name_without_the_hub_client_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingDependencyError, match="huggingface_hub"):
        ChangeCaptioner.from_pretrained("some/model", device="cpu")


# captions


def test_captions_do_not_depend_on_batch_size_order_or_the_kind_of_iterable(captioner: ChangeCaptioner) -> None:
    pairs = [make_pair(0), make_pair(1, 150, 70), make_pair(2), make_pair(3, 90, 80), make_pair(4)]
    expected = captioner.caption(pairs, batch_size=1, gate=False)
    assert [report.name for report in expected] == [pair.name for pair in pairs]
    assert len(set(captions(expected))) > 1
    for size in (2, 5, 64):
        reports = captioner.caption((pair for pair in pairs), batch_size=size, gate=False)
        assert captions(reports) == captions(expected)
        for one, other in zip(reports, expected, strict=True):
            assert one.change_probability == pytest.approx(other.change_probability, abs=1e-5)
            np.testing.assert_allclose(one.mask, other.mask, atol=1e-4)
    assert captions(captioner.caption(pairs[::-1], batch_size=2, gate=False)) == captions(expected)[::-1]


def test_no_pairs_give_no_reports(captioner: ChangeCaptioner) -> None:
    assert captioner.caption([]) == []


def test_pairs_are_read_a_batch_at_a_time_and_progress_adds_up(captioner: ChangeCaptioner) -> None:
    read, seen, done = [], [], []

    def reader():
        for seed in range(5):
            read.append(seed)
            yield make_pair(seed)

    def progress(count: int) -> None:
        done.append(count)
        seen.append(len(read))

    captioner.caption(reader(), batch_size=2, beams=1, progress=progress)
    assert sum(done) == 5
    assert seen[0] == 2


@pytest.mark.parametrize(("height", "width"), [(64, 64), (90, 80), (96, 96), (20, 30)])
def test_a_pair_near_the_input_size_is_resized_and_its_mask_has_its_own_size(captioner: ChangeCaptioner, height: int, width: int) -> None:
    report = captioner.caption([make_pair(0, height, width)])[0]
    assert report.tiles == []
    assert report.mask.shape == (height, width)
    assert report.mask.dtype == np.float32
    assert 0 <= report.mask.min() < report.mask.max() <= 1
    assert 0 <= report.change_probability <= 1
    assert [("stretched" in warning) for warning in report.warnings] == ([True] if max(height, width) > 1.25 * min(height, width) else [])


def test_a_large_pair_is_tiled_and_says_so(captioner: ChangeCaptioner) -> None:
    report = set_flag(captioner, 2.0).caption([make_pair(0, 200, 300)], batch_size=3)[0]
    covered = np.zeros((200, 300), bool)
    for tile in report.tiles:
        row, column, height, width = tile.window
        covered[row : row + height, column : column + width] = True
        assert tile.caption
        assert tile.change_probability == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-5)
    assert covered.all()
    assert len(report.tiles) == 20
    assert report.mask.shape == (200, 300)
    assert "300 x 200 pixels were read in 20 tiles of 64 x 64" in report.warnings[0]
    assert report.alternatives == []
    assert report.token_log_probabilities == []
    assert report.changed
    assert "at the upper left" in report.caption


def test_the_sentence_on_a_large_pair_names_no_place_within_a_tile(captioner: ChangeCaptioner, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["houses appear at the top of the scene", "houses appear on the right", "a house is built on the left side of the road"])

    def told(*values: Any, **settings: Any) -> list[Description]:
        return [replace(answer, caption=next(said)) for answer in describe(*values, **settings)]

    monkeypatch.setattr("deltascribe.captioner.describe", told)
    report = set_flag(captioner, 2.0).caption([make_pair(0, 64, 192)])[0]
    assert report.caption == "on the left and in the middle houses appear; on the right a house is built on the left side of the road"
    assert report.tiles[0].caption == "houses appear at the top of the scene"


def test_a_large_pair_in_which_no_tile_changed_has_not_changed(captioner: ChangeCaptioner) -> None:
    set_flag(captioner, -2.0)
    pair = make_pair(0, 64, 150)
    report = captioner.caption([pair])[0]
    assert report.caption == NO_CHANGE_CAPTION
    assert not report.changed
    assert {tile.caption for tile in report.tiles} == {NO_CHANGE_CAPTION}
    assert NO_CHANGE_CAPTION not in captioner.caption([pair], gate=False)[0].caption


def test_the_gate_says_that_nothing_changed_and_can_be_left_off(captioner: ChangeCaptioner) -> None:
    set_flag(captioner, -1.0)
    closed, opened = (captioner.caption([make_pair(0)], gate=gate)[0] for gate in (True, False))
    assert closed.caption == NO_CHANGE_CAPTION
    assert closed.token_log_probabilities == []
    assert opened.caption != NO_CHANGE_CAPTION
    assert closed.alternatives == []
    assert not closed.changed
    assert not opened.changed
    assert closed.change_probability == opened.change_probability == pytest.approx(1 / (1 + np.e), abs=1e-5)


def test_alternatives_come_best_first_and_are_no_more_than_beams(captioner: ChangeCaptioner) -> None:
    set_flag(captioner, 1.0)
    for beams, wanted, number in ((3, 1, 0), (3, 2, 1), (3, 9, 2), (1, 3, 0)):
        report = captioner.caption([make_pair(0)], beams=beams, alternatives=wanted)[0]
        assert len(report.alternatives) == number
        assert len({report.caption, *(entry.caption for entry in report.alternatives)}) == number + 1


def test_each_word_has_its_log_probability(captioner: ChangeCaptioner) -> None:
    report = set_flag(captioner, 1.0).caption([make_pair(0)])[0]
    assert " ".join(word for word, _ in report.token_log_probabilities) == report.caption
    assert all(score <= 0 for _, score in report.token_log_probabilities)


def test_feature_levels_are_named_by_their_stride(captioner: ChangeCaptioner, monkeypatch: pytest.MonkeyPatch) -> None:
    (report,) = captioner.caption([make_pair(1)])
    assert list(report.level_weights) == ["stride 8", "stride 16", "stride 32"]
    assert sum(report.level_weights.values()) == pytest.approx(1)
    assert captioner.caption([make_pair(1, 130, 64)])[0].level_weights == {}
    monkeypatch.setattr(captioner.checkpoint.model.backbone, "strides", (16, 16, 16))
    (report,) = captioner.caption([make_pair(1)])
    assert list(report.level_weights) == ["level 1, stride 16", "level 2, stride 16", "level 3, stride 16"]


# warnings and provenance


@pytest.mark.parametrize(
    ("height", "gsd", "warned"),
    [(64, 0.5, False), (64, None, False), (64, 0.7, False), (64, 0.35, False), (64, 1.0, True), (64, 0.2, True), (32, 1.0, False)],
)
def test_a_ground_resolution_far_from_the_training_images_is_a_warning(
    captioner: ChangeCaptioner, height: int, gsd: float | None, warned: bool
) -> None:
    warnings = captioner.caption([make_pair(0, height, height, gsd=gsd)])[0].warnings
    assert [text for text in warnings if "trained on 0.5 m" in text] == warnings
    assert bool(warnings) == warned


def test_identical_images_are_a_warning(captioner: ChangeCaptioner) -> None:
    image = np.full((64, 64, 3), 0.5, np.float32)
    assert any("same in every pixel" in text for text in captioner.caption([ImagePair.from_arrays(image, image)])[0].warnings)


def test_warnings_of_the_pair_are_carried(captioner: ChangeCaptioner) -> None:
    before, after = np.zeros((64, 64, 3), np.float32), np.ones((32, 32, 3), np.float32)
    pair = ImagePair.from_arrays(before, after, align=True)
    assert pair.warnings
    assert captioner.caption([pair])[0].warnings[: len(pair.warnings)] == list(pair.warnings)


def test_provenance_tells_model_settings_and_files(captioner: ChangeCaptioner, tiny_checkpoint: Path) -> None:
    assert captioner.caption([make_pair(0)], beams=2, gate=False)[0].provenance == {
        "version": __version__,
        "model": str(tiny_checkpoint),
        "architecture": "dfm",
        "beams": 2,
        "gate": False,
        "device": "cpu",
        "before": "before",
        "after": "after",
    }
