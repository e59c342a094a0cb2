"""Retrieval in the space that TGCL shares between pairs and sentences: a model's vectors, compared both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.errors import ConfigError, DatasetError, MissingDependencyError, ModelError
from deltascribe.evaluation.inference import choose_evenly
from deltascribe.evaluation.progress import batches
from deltascribe.losses import pair_text_similarity
from deltascribe.metrics.retrieval import RetrievalScores, relevance, retrieval_scores
from deltascribe.models import Batch
from deltascribe.pair import scale_images
from deltascribe.text import SentenceEncoder, build_sentence_encoder, normalise
from deltascribe.text.special import PAD

if TYPE_CHECKING:
    from deltascribe.captioner import ChangeCaptioner

DEFAULT_ENCODER = "minilm"
"""What training takes where its configuration names no sentence encoder."""
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Texts:
    """Sentences in the shared space.

    Attributes:
        vectors: unit vectors [S, E].
        channels: what each weighs the channels of a pair's vector by [S, E]; None for a model without a gate on channels.
    """

    vectors: Vectors
    channels: Vectors | None = None


@dataclass(frozen=True)
class Retrieval:
    """What retrieval gave, or why there is none.

    Attributes:
        scores: by pool: `all` pairs, and the `changed` ones alone with their own sentences; a pool without a
            pair is left out.
        reason: why there are no scores; empty where there are.
        encoder: name of the sentence encoder; empty where it never came to it.
        notes: what to know when one reads the scores.
        pairs: number of pairs that were used.
        settings: what was asked for, for the record.
    """

    scores: dict[str, RetrievalScores]
    reason: str
    encoder: str
    notes: tuple[str, ...]
    pairs: int
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; `scores` is None where there is a reason."""
        scores = {pool: scores.to_dict() for pool, scores in self.scores.items()}
        return {
            "scores": scores or None,
            "reason": self.reason or None,
            "encoder": self.encoder or None,
            "notes": list(self.notes),
            "pairs": self.pairs,
            "settings": self.settings,
        }


def run_retrieval(
    captioner: Any,
    dataset: ChangeDataset,
    *,
    indices: Sequence[int] | None = None,
    limit: int | None = None,
    ks: Sequence[int] = (1, 5, 10),
    batch_size: int = 16,
    fit_on: Sequence[str] | None = None,
    progress: bool = True,
) -> Retrieval:
    """Embeds pairs and their references, and tells how well each finds the other.

    Args:
        captioner: a `ChangeCaptioner`; of any other, the answer says why it can't be done.
        dataset: pairs with references.
        indices: pairs to use; None takes `limit` of them, evenly spread.
        limit: number of pairs where `indices` is None; None takes all.
        ks: ranks at which recall is told.
        batch_size: pairs embedded at once.
        fit_on: training captions, for a model that was trained with the sentence encoder `tfidf`, which is fitted and not stored.
        progress: show a progress bar on standard error.

    Returns:
        Scores; or the reason why there are none: the model has no space shared with text, or its sentence encoder isn't here.

    Raises:
        ConfigError: `limit`, `batch_size` or one of `ks` is below 1.
        PredictionsError: a pair has no reference.
        DatasetError, ImageError: there is no pair, or one cannot be read.
    """
    if batch_size < 1 or (limit is not None and limit < 1) or min(ks, default=0) < 1:
        raise ConfigError(f"limit={limit}, batch_size={batch_size}, ks={list(ks)} are not possible in retrieval. Give 1 or more.")
    chosen = choose_evenly(len(dataset), limit) if indices is None else list(indices)
    if not chosen:
        raise DatasetError("There is no pair to search among. Give a data set or indices with at least one.")
    settings = {"limit": limit if indices is None else None, "batch_size": batch_size, "ks": list(ks)}
    missing = why_no_space(captioner)
    if missing is not None:
        return Retrieval({}, missing, "", (), len(chosen), settings)
    own = reads_words(captioner)
    name, notes = ("", ()) if own else encoder_of(captioner)
    records = [dataset.records[index] for index in chosen]
    sentences, relevant = relevance([record.captions for record in records])
    try:
        # before the images are read: what is missing is missing at once
        encoder = None if own else build_sentence_encoder(name, fit_on, device=str(captioner.device))
        texts = embed_sentences(captioner, sentences, encoder)
    except (MissingDependencyError, ModelError, ConfigError) as error:
        return Retrieval({}, f"the sentence encoder '{name}' can't be used here: {error}", name, notes, len(chosen), settings)
    pairs = embed_pairs(captioner, dataset, chosen, batch_size=batch_size, progress=progress)
    similarity = compare(pairs, texts.vectors, texts.channels)
    changed = np.array([is_changed(record) for record in records])
    scores = {}
    for pool, rows in (("all", np.ones_like(changed)), ("changed", changed)):
        if rows.any():
            columns = relevant[rows].any(0)
            scores[pool] = retrieval_scores(similarity[rows][:, columns], relevant[rows][:, columns], ks=tuple(ks))
    return Retrieval(scores, "", name, notes, len(chosen), settings)


def why_no_space(captioner: Any) -> str | None:
    """Why a captioner has no space shared by pairs and texts; None where it has one."""
    checkpoint = getattr(captioner, "checkpoint", None)
    if checkpoint is None:
        return "the captioner gives no checkpoint, so there are no vectors to compare"
    if not any(callable(getattr(checkpoint.model, name, None)) for name in ("embed_text", "embed_sentences")):
        return f"the model '{checkpoint.name}' has no space shared by pairs and sentences"
    if "sentence_encoder" in checkpoint.training and checkpoint.training["sentence_encoder"] is None:
        return "the model was trained without TGCL, so pairs and sentences were never brought together"
    return None


def reads_words(captioner: ChangeCaptioner) -> bool:
    """Whether the model embeds sentences by its own decoder, and needs no sentence encoder."""
    return callable(getattr(captioner.checkpoint.model, "embed_sentences", None))


def encoder_of(captioner: ChangeCaptioner) -> tuple[str, tuple[str, ...]]:
    """Name of the sentence encoder that a model was trained with, and notes on what the checkpoint says or leaves open."""
    training = captioner.checkpoint.training
    notes = []
    if "sentence_encoder" not in training:
        notes.append(f"the checkpoint does not record its sentence encoder; taken is '{DEFAULT_ENCODER}', the default of training")
    name = str(training.get("sentence_encoder", DEFAULT_ENCODER))
    if name == "tfidf":
        notes.append("the sentence encoder 'tfidf' was fitted anew, which is right only on the very captions of the training")
    if training.get("gate", "none") != "none":
        notes.append("unchanged pairs were left out of TGCL, so that in the pool of all pairs their place in the space was not learned")
    return name, tuple(notes)


@torch.inference_mode()
def embed_pairs(
    captioner: ChangeCaptioner, dataset: ChangeDataset, indices: Sequence[int], *, batch_size: int = 16, progress: bool = True
) -> Vectors:
    """Unit vectors of pairs in the shared space, the model's pooled difference feature as TGCL sees it.

    Args:
        captioner: whose model `encode`s, see `why_no_space`.
        dataset: what the pairs are read from.
        indices: which of them, and in which order.
        batch_size: pairs read and embedded at once.
        progress: show a progress bar on standard error.

    Returns:
        [pairs, E]. A pair of another size than the model's input is scaled to it, whole.

    Raises:
        DatasetError, ImageError: a pair cannot be read.
    """
    model: Any = captioner.checkpoint.model
    rows = []
    for start in batches(len(indices), batch_size, "embedding pairs", progress):
        pairs = [scale_images(dataset[index].pair, captioner.size, captioner.size) for index in indices[start : start + batch_size]]
        memory = model.encode(Batch(pair=torch.stack(pairs).to(captioner.device)))
        rows.append(memory.embedding.float().cpu())
    return torch.cat(rows).numpy()


@torch.inference_mode()
def embed_sentences(captioner: ChangeCaptioner, sentences: Sequence[str], encoder: SentenceEncoder | None) -> Texts:
    """Unit vectors of sentences in the shared space: the sentence encoder's vectors through the model's text layer, or its own reading.

    Training compares a pair with the mean of its sentences' vectors; here each sentence stands alone, as in a search.

    Args:
        captioner: whose model has `embed_text` or `embed_sentences`, see `why_no_space`.
        sentences: in any form; they are normalised as in training.
        encoder: the one that the model was trained with; None for a model that reads words itself.

    Returns:
        The vectors and, for a model with a gate on channels, what each sentence weighs the channels by.

    Raises:
        ModelError: the encoder's vectors have another length than the model takes.
    """
    model: Any = captioner.checkpoint.model
    if encoder is None:
        return Texts(_read_sentences(captioner, sentences))
    wanted = getattr(getattr(model, "config", None), "text_dimension", encoder.dimension)
    if wanted != encoder.dimension:
        raise ModelError(
            f"it gives vectors of {encoder.dimension} numbers, and the model takes {wanted}. Use the sentence encoder, and for 'tfidf' "
            "the training captions, that the model was trained with"
        )
    vectors = encoder.encode([normalise(sentence) for sentence in sentences]).to(captioner.device)
    embedded: Tensor = model.embed_text(vectors)
    weigh = getattr(model, "channel_weights", None)
    weights: Tensor | None = None if weigh is None else weigh(vectors)
    return Texts(embedded.float().cpu().numpy(), None if weights is None else weights.float().cpu().numpy())


def compare(pairs: Vectors, texts: Vectors, channels: Vectors | None) -> Vectors:
    """Cosines of pairs [P, E] and sentences [S, E] as TGCL compares them, with what the sentences weigh channels by [S, E] -> [P, S]."""
    visual, textual = torch.from_numpy(pairs), torch.from_numpy(texts)
    weights = None if channels is None else torch.from_numpy(channels).unsqueeze(1)
    return pair_text_similarity(visual, textual.unsqueeze(1), weights).squeeze(-1).numpy()


def _read_sentences(captioner: ChangeCaptioner, sentences: Sequence[str]) -> Vectors:
    model: Any = captioner.checkpoint.model
    coded = [torch.tensor(captioner.checkpoint.vocabulary.encode(sentence, model.max_length)) for sentence in sentences]
    rows = [
        model.embed_sentences(pad_sequence(coded[i : i + 256], batch_first=True, padding_value=PAD).to(captioner.device))
        for i in range(0, len(coded), 256)
    ]
    return torch.cat(rows).float().cpu().numpy()
