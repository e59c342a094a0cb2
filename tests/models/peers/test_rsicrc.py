"""RSICRC: the two parts of its decoder, and the space that pairs and texts share."""

from __future__ import annotations

import pytest
import torch

from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch
from deltascribe.models.peers.rsicrc import RSICRC, RSICRCConfig, TwoPartDecoder

SENTENCES = torch.tensor([[[1, 4, 5, 6, 2], [1, 7, 2, 0, 0]], [[1, 5, 8, 2, 0], [0, 0, 0, 0, 0]]])


def build(**settings: object) -> RSICRC:
    torch.manual_seed(0)
    backbone = {"weights": "none", "tuned_stages": 4}
    return RSICRC(RSICRCConfig.model_validate({"backbone": backbone, "width": 32, "heads": 4, "embedding": 16, **settings}), 9)


@pytest.fixture(scope="module")
def model() -> RSICRC:
    return build(word_layers=2, decoder_layers=2).eval()


def pairs(seed: int = 1) -> torch.Tensor:
    return torch.rand(2, 2, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_the_first_layers_do_not_see_the_image(model: RSICRC) -> None:
    one = model(Batch(pair=pairs(1), tokens=SENTENCES))
    two = model(Batch(pair=pairs(2), tokens=SENTENCES))
    assert torch.equal(one.text_embedding, two.text_embedding)
    assert not torch.allclose(one.logits, two.logits)
    assert not torch.allclose(one.memory.embedding, two.memory.embedding)


@torch.no_grad()
def test_a_text_vector_does_not_depend_on_padding(model: RSICRC) -> None:
    plain = model.embed_sentences(torch.tensor([[1, 7, 2]]))
    padded = model.embed_sentences(torch.tensor([[1, 7, 2, 0, 0, 0], [1, 4, 5, 6, 8, 2]]))
    torch.testing.assert_close(plain[0], padded[0])


@torch.no_grad()
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_text_vector_reads_every_word(model: RSICRC, place: int) -> None:
    tokens = torch.tensor([[1, 4, 5, 6, 2]])
    other = tokens.clone()
    other[0, place] = 8
    assert not torch.allclose(model.embed_sentences(tokens), model.embed_sentences(other), atol=1e-4)


@torch.no_grad()
def test_a_pair_has_the_mean_of_its_captions(model: RSICRC) -> None:
    vectors = model.embed_captions(Batch(tokens=SENTENCES))
    assert vectors is not None
    alone = model.embed_sentences(SENTENCES[0])
    torch.testing.assert_close(vectors[0], torch.nn.functional.normalize(alone.sum(0), dim=0))
    torch.testing.assert_close(vectors[1], model.embed_sentences(SENTENCES[1, :1, :4])[0])


@torch.no_grad()
def test_a_pair_without_captions_has_no_vector(model: RSICRC) -> None:
    vectors = model.embed_captions(Batch(tokens=torch.zeros(1, 2, 5, dtype=torch.long)))
    assert vectors is not None
    assert not vectors.any()


@torch.no_grad()
@pytest.mark.parametrize("chunks", [[1] * 8, [3, 5], [1, 4, 1, 2]])
def test_step_by_step_equals_the_whole(chunks: list[int]) -> None:
    torch.manual_seed(0)
    decoder = TwoPartDecoder(20, RSICRCConfig(width=32, heads=4, decoder_layers=2, word_layers=2)).eval()
    memory = torch.randn(3, 6, 32)
    tokens = torch.randint(0, 20, (6, 8))
    whole, _ = decoder(memory, tokens)
    cache, scores = None, []
    for part in tokens.split(chunks, 1):
        logits, cache = decoder(memory, part, cache)
        scores.append(logits)
    torch.testing.assert_close(torch.cat(scores, 1), whole, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_a_cache_goes_on_after_pairs_left_and_beams_moved() -> None:
    torch.manual_seed(0)
    decoder = TwoPartDecoder(20, RSICRCConfig(width=32, heads=4)).eval()
    memory, tokens = torch.randn(3, 6, 32), torch.randint(0, 20, (6, 5))
    _, cache = decoder(memory, tokens[:, :4])
    pairs_left, rows = torch.tensor([0, 2]), torch.tensor([1, 0, 5, 4])
    logits, _ = decoder(memory[pairs_left], tokens[rows, 4:], cache.keep(pairs_left).reorder(rows))
    alone, _ = decoder(memory[pairs_left], tokens[rows])
    torch.testing.assert_close(logits[:, 0], alone[:, -1], rtol=1e-5, atol=1e-5)


def test_both_losses_reach_every_trainable_weight() -> None:
    model = build().train()
    batch = Batch(pair=pairs(), tokens=SENTENCES, changed=torch.tensor([1.0, 0.0]))
    losses = objective(model(batch), batch, ObjectiveConfig(tgcl=1.0, gate="none"))
    assert losses["tgcl"].item() > 0
    losses["loss"].backward()
    for name, parameter in model.named_parameters():
        # a bias of keys moves all scores of a softmax alike, and so has no gradient but for rounding
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name


def test_the_contrastive_loss_alone_leaves_the_last_layers_untouched() -> None:
    model = build().train()
    output = model(Batch(pair=pairs(), tokens=SENTENCES))
    (output.memory.embedding * output.text_embedding).sum().backward()
    words, last = model.decoder.layers[0], model.decoder.layers[-1]
    assert all(parameter.grad is not None for parameter in words.parameters())
    assert all(parameter.grad is None for parameter in last.parameters())


def test_the_temperature_is_held_as_in_clip(model: RSICRC) -> None:
    torch.testing.assert_close(build().logit_scale, torch.tensor(1 / 0.07))
    hot = build()
    with torch.no_grad():
        hot.log_scale.fill_(9.0)
    torch.testing.assert_close(hot.logit_scale, torch.tensor(100.0))
