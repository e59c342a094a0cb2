"""What a captioner takes from a change detector."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.errors import CheckpointError, ConfigError
from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch, create_model
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.models.detector import ChangeDetector
from deltascribe.models.transfer import Evidence, FeatureTransfer, FrozenDetector, Mimicry, TransferConfig, with_teacher
from deltascribe.text import Vocabulary

from .conftest import unheard

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house"))
SMALL: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 2}, "width": 32, "heads": 4, "grid": 4}


def make(detector: Path, mode: str, **settings: Any) -> Any:
    torch.manual_seed(0)
    return create_model("dfm", {**SMALL, "transfer": {"mode": mode, "detector": str(detector)}, **settings}, len(WORDS))


def batch() -> Batch:
    generator = torch.Generator().manual_seed(1)
    return Batch(
        pair=torch.rand(2, 2, 3, 64, 64, generator=generator), tokens=torch.tensor([[[1, 4, 2]], [[1, 5, 2]]]), changed=torch.ones(2)
    )


@pytest.mark.parametrize("fusion", ["joint", "plain"])
@pytest.mark.parametrize("mode", ["features", "map", "mimicry"])
def test_an_untrained_transfer_equals_the_model_without_it(detector: Path, mode: str, fusion: str) -> None:
    plain, model = make(detector, "none", fusion=fusion).eval(), make(detector, mode, fusion=fusion).eval()
    model.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        one, two = plain(batch()), model(batch())
    assert torch.equal(one.logits, two.logits)
    assert torch.equal(one.memory.change_logit, two.memory.change_logit)


@pytest.mark.parametrize("mode", ["features", "map", "mimicry"])
def test_the_detector_is_never_trained(detector: Path, mode: str) -> None:
    model = make(detector, mode).train()
    assert not any("network" in name for name, value in model.named_parameters() if value.requires_grad)
    held = model.transfer._teacher[0] if mode == "mimicry" else model.transfer.detector
    assert not held.network.training


@pytest.mark.parametrize("fusion", ["joint", "plain"])
@pytest.mark.parametrize("mode", ["features", "map", "mimicry"])
def test_one_step_reaches_every_trainable_weight(detector: Path, mode: str, fusion: str) -> None:
    model = make(detector, mode, fusion=fusion, mask_head=False, text_dimension=12)
    given = replace(batch(), text=torch.nn.functional.normalize(torch.randn(2, 12), dim=-1))
    assert unheard(model, given, ObjectiveConfig()) == (set(), set())


def test_the_captioner_learns_to_read_the_features(detector: Path) -> None:
    model = make(detector, "features").train()
    for layer in model.joint.layers:  # as after the first step
        torch.nn.init.normal_(layer.attention.out.weight, std=0.02)
    objective(model(batch()), batch(), ObjectiveConfig())["loss"].backward()
    for value in (model.transfer.tokens.project[1].weight, model.transfer.tokens.strength, model.transfer.tokens.kind):
        assert value.grad is not None
        assert bool(value.grad.any())


def test_the_map_alone_reaches_the_pooled_vector_and_no_token(detector: Path) -> None:
    model = make(detector, "map", joint_layers=0).eval()
    torch.nn.init.ones_(model.transfer.whole.out.weight)
    features = model.frozen_part(batch().pair)
    others = [1 - features[0], *features[1:]]
    with torch.no_grad():
        one, two = (model.encode(replace(batch(), pair=None, features=given)) for given in (features, others))
    assert torch.equal(one.tokens, two.tokens)
    assert not torch.equal(one.change_logit, two.change_logit)


def test_mimicry_draws_the_differences_to_the_detectors_features(detector: Path) -> None:
    model = make(detector, "mimicry").train()
    first = model(batch()).mimicry
    assert first.shape == (2,)
    optimiser = torch.optim.Adam([value for value in model.parameters() if value.requires_grad], 3e-3)
    for _ in range(15):
        objective(model(batch()), batch(), ObjectiveConfig(tgcl=0, flag=0, mask=0, mimicry=1))["mimicry"].backward()
        optimiser.step()
        optimiser.zero_grad()
    assert float(model(batch()).mimicry.mean().detach()) < 0.7 * float(first.mean().detach())


@pytest.mark.parametrize("mode", ["features", "map", "mimicry"])
def test_cached_features_stand_in_for_the_images(detector: Path, mode: str) -> None:
    model = make(detector, mode).eval()
    features = model.frozen_part(batch().pair)
    assert model.transfer.count == (1 if mode == "map" else 2)
    assert all(tuple(level.shape[:2]) == (2, 1) for level in features[: model.transfer.count])
    assert tuple(features[model.transfer.count].shape[:2]) == (2, 2)
    with torch.no_grad():
        one, two = model(batch()), model(Batch(features=features, tokens=batch().tokens))
    assert torch.equal(one.memory.tokens, two.memory.tokens)
    if mode == "mimicry":
        assert torch.equal(one.mimicry, two.mimicry)


@pytest.mark.parametrize("mode", ["features", "map", "mimicry"])
def test_a_saved_captioner_needs_no_detector_file(detector: Path, mode: str, tmp_path: Path) -> None:
    model = make(detector, mode).eval()
    settings = model.config.model_dump(mode="json")
    settings["transfer"]["detector"] = "gone"
    save_checkpoint(tmp_path, Checkpoint(model, WORDS, "dfm", settings, {"size": 64}, {}), "card")
    loaded: Any = load_checkpoint(tmp_path).model
    with torch.no_grad():
        one, two = model.encode(batch()), loaded.encode(batch())
    assert torch.equal(one.tokens, two.tokens)
    assert any("detector" in key for key in model.state_dict()) == (mode != "mimicry")
    assert loaded.transfer.count == {"features": 2, "map": 1, "mimicry": 0}[mode]


def test_a_teacher_is_read_in_learning_alone(detector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(detector, "mimicry")
    calls: list[int] = []
    forward = ChangeDetector.forward
    monkeypatch.setattr(ChangeDetector, "forward", lambda self, pair: calls.append(1) or forward(self, pair))
    model.encode(batch())
    assert not calls
    model(batch())
    assert calls


def test_a_model_that_is_trained_further_finds_its_teacher_again(detector: Path) -> None:
    settings = make(detector, "mimicry").config.model_dump(mode="json")
    assert create_model("dfm", settings, len(WORDS)).transfer.count == 0  # type: ignore[union-attr, attr-defined]
    assert create_model("dfm", with_teacher(settings), len(WORDS)).transfer.count == 2  # type: ignore[union-attr, attr-defined]
    features = make(detector, "features").config.model_dump(mode="json")
    assert with_teacher(features) == features


def test_features_that_no_layer_reads_are_refused(detector: Path) -> None:
    with pytest.raises(ConfigError, match="joint_layers"):
        make(detector, "features", joint_layers=0)


def test_a_missing_detector_and_a_stride_it_has_not_raise(detector: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"(?s)nowhere.*pretrain-detector"):
        make(tmp_path / "nowhere", "features")
    with pytest.raises(ConfigError, match="strides"):
        FrozenDetector(TransferConfig(mode="features", detector=str(detector), stride=3), 4)
    assert FrozenDetector(TransferConfig(mode="map", detector=str(detector), stride=3), 4).count == 1  # it reads no level


def shared(detector: Path, mode: str = "features", **settings: Any) -> Any:
    torch.manual_seed(0)
    transfer = {"mode": mode, "detector": str(detector), "encoder": True}
    return create_model("dfm", {**SMALL, "transfer": transfer, **settings}, len(WORDS))


@pytest.mark.parametrize("fusion", ["joint", "plain"])
def test_a_shared_encoder_gives_what_two_networks_give(detector: Path, fusion: str) -> None:
    apart = make(detector, "features", fusion=fusion, backbone={"weights": str(detector), "tuned_stages": 0}).eval()
    model = shared(detector, fusion=fusion).eval()
    assert model.strides == apart.strides == (8, 16, 32)
    # what they do not share by construction
    missing, left = model.load_state_dict(apart.state_dict(), strict=False)
    assert missing == []
    assert all(name.startswith("transfer.detector.network.backbone.") for name in left)
    with torch.no_grad():
        one, two = apart(batch()), model(batch())
    torch.testing.assert_close(one.logits, two.logits)
    torch.testing.assert_close(one.memory.change_logit, two.memory.change_logit)
    torch.testing.assert_close(one.memory.mask_logits, two.memory.mask_logits)


@pytest.mark.parametrize("mode", ["features", "map"])
def test_a_shared_encoder_is_stored_once_and_never_trained(detector: Path, mode: str) -> None:
    model = shared(detector, mode)
    assert not any("network.backbone" in name for name in model.state_dict())
    tuned = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert tuned
    assert not any(name.startswith(("backbone.", "transfer.detector.")) for name in tuned)


def test_cached_features_of_a_shared_encoder_stand_in_for_the_images(detector: Path) -> None:
    model = shared(detector).eval()
    whole = batch()
    features = model.frozen_part(whole.pair)
    with torch.no_grad():
        one, two = model(whole), model(replace(whole, pair=None, features=features))
    torch.testing.assert_close(one.logits, two.logits)


def test_a_saved_captioner_has_its_shared_encoder_with_it(detector: Path, tmp_path: Path) -> None:
    model = shared(detector).eval()
    settings = model.config.model_dump(mode="json")
    save_checkpoint(tmp_path / "saved", Checkpoint(model, WORDS, "dfm", settings, {"size": 64, "gsd": 0.5}, {}), "card")
    settings["transfer"]["detector"] = "gone"
    again: Any = load_checkpoint(tmp_path / "saved").model
    with torch.no_grad():
        torch.testing.assert_close(again(batch()).logits, model(batch()).logits)


def test_an_encoder_is_shared_with_a_detector_that_is_read(detector: Path) -> None:
    with pytest.raises(ConfigError, match=r"transfer\.encoder .* not mimicry"):
        create_model("dfm", {**SMALL, "transfer": {"mode": "mimicry", "detector": str(detector), "encoder": True}}, len(WORDS))


def test_what_is_read_of_a_detector_is_pooled_features_and_its_whole_map(detector: Path) -> None:
    frozen = FrozenDetector(TransferConfig(mode="features", detector=str(detector)), 4)
    pair = batch().pair
    assert pair is not None
    features, change_map = frozen(pair)
    output = frozen.network(pair)
    torch.testing.assert_close(change_map[:, 0], output.change_map)
    torch.testing.assert_close(features[:, 0], torch.nn.functional.adaptive_avg_pool2d(output.features[frozen.level], 4))


@pytest.mark.parametrize("reads", ["prior", "evidence"])
def test_a_small_change_does_not_fade_in_its_cell(detector: Path, reads: str) -> None:
    transfer = make(detector, "features").transfer
    torch.nn.init.ones_(transfer.tokens.strength)
    torch.nn.init.ones_(transfer.whole.out.weight)
    features, point, spread = (
        torch.zeros(1, 1, transfer.detector.channels, 4, 4),
        torch.zeros(1, 1, 1, 32, 32),
        torch.zeros(1, 1, 1, 32, 32),
    )
    point[..., 17, 3] = 0.9
    spread[..., 16:24, 0:8] = 0.9
    one, two = (getattr(transfer, reads)([features, change_map]) for change_map in (point, spread))
    if reads == "evidence":
        assert torch.equal(one, two)
        assert one.any()
    else:
        assert torch.equal(one.bias, two.bias)
        assert one.bias[0, 0, 0, :16].reshape(4, 4).argmax() == 8


@pytest.mark.parametrize("mode", ["features", "map"])
@pytest.mark.parametrize("encoder", [False, True])
def test_in_use_the_mask_is_the_detectors(detector: Path, encoder: bool, mode: str) -> None:
    model = (shared if encoder else make)(detector, mode).eval()
    whole = batch()
    cached = replace(whole, pair=None, features=model.frozen_part(whole.pair))
    expected = FrozenDetector(TransferConfig(mode="features", detector=str(detector)), 4)(whole.pair)[1][:, 0]
    with torch.no_grad():
        for given in (whole, cached):
            torch.testing.assert_close(model.encode(given).mask_logits.sigmoid(), expected.clamp(1e-4, 1 - 1e-4))
    # the head learns: it is what the loss sees
    assert model.train()(cached).memory.mask_logits.requires_grad


def test_the_bias_is_the_soft_map_times_the_strength_of_a_head() -> None:
    transfer = FeatureTransfer(channels=6, width=32, heads=2, grid=4)
    with torch.no_grad():
        transfer.strength.copy_(torch.tensor([2.0, -1.0]))
    share = torch.rand(3, 1, 1, 4, 4)
    prior = transfer(torch.randn(3, 1, 6, 4, 4), share)
    assert prior.tokens.shape == (3, 16, 32)
    expected = torch.cat((share.flatten(1), share.flatten(1)), 1)
    torch.testing.assert_close(prior.bias, torch.stack((2 * expected, -expected), 1).unsqueeze(2))


def test_the_evidence_of_a_map_is_its_largest_share_that_ones_logit_and_its_mean() -> None:
    torch.manual_seed(0)
    evidence = Evidence(8)
    share = torch.rand(3, 1, 1, 4, 4)
    assert torch.equal(evidence(share), torch.zeros(3, 8))
    torch.nn.init.ones_(evidence.out.weight)
    largest = share.flatten(1).amax(1)
    says = torch.stack((largest, (largest / (1 - largest)).log() / 4, share.flatten(1).mean(1)), 1)
    torch.testing.assert_close(evidence(share)[:, 0], torch.nn.functional.gelu(evidence.hidden(says)).sum(1))
    assert evidence(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1, 1)).isfinite().all()


def test_mimicry_is_the_squared_distance_of_unit_vectors() -> None:
    mimicry = Mimicry(channels=2, width=2)
    with torch.no_grad():
        mimicry.project.weight.copy_(torch.eye(2).reshape(2, 2, 1, 1))
        mimicry.project.bias.zero_()  # type: ignore[union-attr]
    ours = torch.tensor([[3.0, 0.0], [0.0, 5.0], [2.0, 0.0]]).reshape(3, 2, 1, 1)
    theirs = torch.tensor([[1.0, 0.0], [7.0, 0.0], [-1.0, 0.0]]).reshape(3, 1, 2, 1, 1)
    torch.testing.assert_close(mimicry(ours, theirs), torch.tensor([0.0, 2.0, 4.0]))
