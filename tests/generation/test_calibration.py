"""The change flag is put right by a scale and a shift."""

from __future__ import annotations

import pytest
import torch

from deltascribe.generation import Calibration, fit_calibration


def test_the_identity_is_the_sigmoid() -> None:
    logits = torch.tensor([-2.0, 0.0, 3.0])
    assert torch.equal(Calibration()(logits), logits.sigmoid())
    assert Calibration.from_dict(None) == Calibration()
    assert Calibration.from_dict(Calibration(0.5, -1.0).to_dict()) == Calibration(0.5, -1.0)


def test_a_known_distortion_is_undone_whatever_the_share_of_changed_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    changed = torch.rand(20000, generator=generator) < 0.8
    # two unit normals at +-1 have the log-odds 2x; the logit that is seen is (2x + 3) / 0.5
    x = torch.randn(20000, generator=generator) + torch.where(changed, 1.0, -1.0)
    fitted = fit_calibration(((2 * x + 3) / 0.5).tolist(), changed.tolist())
    assert fitted.scale == pytest.approx(0.5, abs=0.03)
    assert fitted.shift == pytest.approx(-3.0, abs=0.15)


def test_one_kind_of_pairs_alone_cannot_calibrate() -> None:
    with pytest.raises(ValueError, match="with and without"):
        fit_calibration([0.0, 1.0], [True, True])
    assert fit_calibration([-1.0, 1.0], [False, True]).scale < 100
