"""Training on real and synthetic pairs together."""

from __future__ import annotations

import pytest

from deltascribe.datasets.synthetic import memory
from deltascribe.errors import ConfigError, DatasetError
from deltascribe.training import train
from deltascribe.training.start import open_training

pytestmark = pytest.mark.usefixtures("fake_renderer")


def test_an_epoch_mixes_real_and_synthetic_pairs_by_share(make_config, tmp_path):
    config = make_config(tmp_path / "run", data__synthetic={"share": 0.4, "count": 20, "scenarios": ["build"]})
    training = open_training(config)
    assert len(training) == 9 + 6
    assert training[9].pair.shape == training[0].pair.shape
    assert training[9].captions[0] in training.captions()
    assert len(training.captions()) > sum(len(record.captions) for record in training.records)


def test_without_the_section_only_real_pairs_are_read(make_config, tmp_path):
    assert len(open_training(make_config(tmp_path / "run"))) == 9


def test_a_share_of_one_needs_a_count(make_config, tmp_path):
    with pytest.raises(ConfigError, match=r"data.synthetic.count"):
        open_training(make_config(tmp_path / "run", data__synthetic={"share": 1.0}))
    with pytest.raises(DatasetError, match="Choose from"):
        open_training(make_config(tmp_path / "run", data__synthetic={"share": 0.5, "scenarios": ["earthquake"]}))


def test_captions_of_another_renderer_are_written_anew(make_config, tmp_path, monkeypatch):
    config = make_config(tmp_path / "run", data__synthetic={"share": 0.4})
    for revision, files in ((1, 1), (1, 1), (2, 2)):
        monkeypatch.setattr(memory, "RENDERER", revision)
        open_training(config)
        assert len(list((tmp_path / "run" / "cache").glob("synthetic-*.json"))) == files


def test_cached_features_refuse_synthetic_pairs_that_no_epoch_would_read(make_config, tmp_path):
    def open_with(count, share=0.4, variants=1):
        return open_training(make_config(tmp_path / "run", data__synthetic={"share": share, "count": count}, cache__variants=variants))

    with pytest.raises(ConfigError, match=r"count=7 is more than the 6 .*set data\.synthetic\.count=6 or leave it out.*cache\.variants=0"):
        open_with(7)
    assert len(open_with(6)) == len(open_with(5)) == len(open_with(7, variants=0)) == len(open_with(None)) == 9 + 6
    assert len(open_with(7, share=1.0)) == 7  # all of them are one epoch


@pytest.mark.parametrize(("variants", "tuned"), [(0, 4), (1, 1)])
def test_a_run_trains_on_the_mixture(make_config, tmp_path, variants, tuned):
    overrides = {"cache__variants": variants, "model__settings__backbone__tuned_stages": tuned, "epochs": 1}
    train(make_config(tmp_path / "run", data__synthetic={"share": 0.5}, **overrides), quiet=True)
    losses = (tmp_path / "run" / "losses.csv").read_text().splitlines()
    assert len(losses) == 1 + 18 // 2
