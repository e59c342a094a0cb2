"""No ground that is validated or tested on is trained on, for the data sets and the configuration that made the detector."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from deltascribe.datasets import open_dataset
from deltascribe.datasets.change_detection import open_masks, require_other_ground, with_grounds
from deltascribe.errors import DatasetError
from deltascribe.training.detector.config import DetectorTrainConfig
from deltascribe.training.detector.data import open_source

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", params=["detector.yaml", "detector_second.yaml"])
def config(request: pytest.FixtureRequest) -> DetectorTrainConfig:
    return DetectorTrainConfig.model_validate(yaml.safe_load((REPOSITORY / "configs" / request.param).read_text()))


@pytest.fixture(scope="module")
def captioned() -> Path:
    root = REPOSITORY / "data" / "levir"
    if not root.is_dir():
        pytest.skip("the real captioned pairs are not on this machine")
    return root


@pytest.fixture(scope="module")
def scenes(shared_data: Path) -> dict[str, str]:
    """LEVIR-CD scene of the half-resolution views that were recognised."""
    entries = json.loads((shared_data / "levircc" / "recovered.json").read_text())
    views = (entry for entry in entries if "__half512" in entry["name"])
    return {entry["name"].rsplit("_", 1)[1]: entry["levir_cd"] for entry in views}


def held_out_grounds(root: Path) -> set[str]:
    return {str(record.ground) for split in ("val", "test") for record in open_dataset(root, split).records}  # type: ignore[arg-type]


def test_the_configuration_holds_out_val_and_test(config: DetectorTrainConfig) -> None:
    assert [(source.root.name, source.split) for source in config.data.val] == [("levir", "val")]
    assert ("levir", "test") in [(source.root.name, source.split) for source in config.data.held_out]
    assert {source.split for source in config.data.train} == {"train"}


def test_every_captioned_pair_that_is_trained_on_lies_on_known_other_ground(config: DetectorTrainConfig, captioned: Path) -> None:
    held_out = held_out_grounds(captioned)
    assert {ground.split("_")[0] for ground in held_out} == {"val", "test"}
    for source in config.data.train:
        if source.root.name == "levir":
            records = open_source(source.model_copy(update={"root": captioned})).records
            grounds = {record.ground for record in records}
            assert None not in grounds
            assert not grounds & held_out


def test_the_half_resolution_views_lie_on_official_training_ground(scenes: dict[str, str], shared_data: Path, captioned: Path) -> None:
    assert len(scenes) > 200
    assert {scene.split("_")[0] for scene in scenes.values()} == {"train"}
    views = with_grounds(open_masks(shared_data / "detection" / "levir_train_half"), scenes)
    assert set(scenes) <= {record.name for record in views.records}
    for split in ("val", "test"):
        require_other_ground(views, open_masks(captioned, split))  # type: ignore[arg-type]


def test_a_view_of_held_out_ground_would_be_found(scenes: dict[str, str], shared_data: Path, captioned: Path) -> None:
    views = open_masks(shared_data / "detection" / "levir_train_half")
    spoiled = with_grounds(views, {**scenes, "00007": open_masks(captioned, "test").records[0].ground or ""})
    with pytest.raises(DatasetError, match="1 training pairs"):
        require_other_ground(spoiled, open_masks(captioned, "test"))


def test_no_sharp_training_crop_equals_a_held_out_one(shared_data: Path, captioned: Path) -> None:
    """The sharp crops carry no scene number, so their pictures are compared: under all symmetries, none is one of val or test."""
    import torch
    from torch.nn import functional as F

    from deltascribe.text.dihedral import ALL_DIHEDRALS, apply_dihedral

    def thumbnails(records: list[Path]) -> torch.Tensor:
        from deltascribe.imaging import read_image

        images = torch.stack([torch.from_numpy(read_image(path)).mean(0) for path in records])
        return F.adaptive_avg_pool2d(images[:, None], 16)[:, 0]

    def flat(images: torch.Tensor) -> torch.Tensor:
        rows = images.flatten(1)
        return F.normalize(rows - rows.mean(1, keepdim=True), dim=1)

    trained = thumbnails([record.before for record in open_masks(shared_data / "detection" / "levir_train_256").records])
    held_out = thumbnails([r.before for split in ("val", "test") for r in open_masks(captioned, split).records])  # type: ignore[arg-type]
    closest = max(float((flat(apply_dihedral(trained, turn)) @ flat(held_out).T).max()) for turn in ALL_DIHEDRALS)
    assert closest < 0.95
    # the same picture after a little noise would be found
    noisy = held_out + 0.01 * torch.randn(held_out.shape, generator=torch.Generator().manual_seed(0))
    assert float((flat(noisy) * flat(held_out)).sum(1).min()) > 0.5
    assert float((flat(noisy) * flat(held_out)).sum(1).median()) > 0.95
