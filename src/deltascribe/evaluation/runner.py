"""The whole evaluation in one call: run the model, score it, write the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from deltascribe.datasets import ChangeDataset
from deltascribe.errors import ConfigError
from deltascribe.evaluation.context import ScoringContext
from deltascribe.evaluation.earlier import describe_replaced
from deltascribe.evaluation.inference import Captioner, Evaluation, run_evaluation, settings_of
from deltascribe.evaluation.looks import choose_looks, run_looks
from deltascribe.evaluation.outputs import choose_for_gallery, describe_data, write_captions, write_outputs
from deltascribe.evaluation.retrieval import run_retrieval
from deltascribe.evaluation.sanity import run_sanity
from deltascribe.files import make_folder
from deltascribe.metrics import MODES, Mode
from deltascribe.shipped import DEFAULT_BEAMS


def evaluate(
    model: Captioner | str | Path | None,
    dataset: ChangeDataset,
    out: Path | None = None,
    *,
    device: str = "auto",
    beams: Sequence[int] = (DEFAULT_BEAMS, 1),
    batch_size: int = 16,
    gate: bool = True,
    limit: int | None = None,
    context: ScoringContext | None = None,
    modes: Sequence[Mode] = MODES,
    anchors: bool = True,
    resamples: int = 1000,
    sanity: int = 100,
    retrieval: bool = True,
    seed: int = 0,
    label: str = "model",
    command: str = "",
    gallery: bool = True,
    gallery_limit: int = 300,
    looks: int = 40,
    progress: bool = True,
    tell: Callable[[str], None] = lambda line: None,
) -> Evaluation:
    """Captions every pair of a data set, scores the captions, and writes predictions, scores and a gallery.

    Args:
        model: a captioner, a checkpoint folder, or None for the model that comes with the package.
        dataset: pairs with references.
        out: folder for the files, see `write_outputs`; made before the model runs. None writes none.
        device: where a model given by its folder runs.
        beams, batch_size, gate, limit, context, modes, anchors, resamples, seed, label, progress: see `run_evaluation`.
        sanity: number of pairs for the sanity tests, each captioned a good ten times; 0 leaves them out.
        retrieval: whether pairs and sentences are to find each other, for models with a space for both.
        command, gallery, gallery_limit: see `write_outputs`.
        tell: called before the model runs with a line on results in `out` that will be replaced, if they are of another model, data or
            settings.
        looks: number of the gallery's pairs of which the page shows where the model looked, see `choose_looks`; 0 leaves them out.

    Raises:
        ConfigError: `out` is a file, or can't be made or written; nothing was run.
        DeltascribeError: one of its named kinds; see `run_evaluation`.
    """
    if min(sanity, resamples, looks) < 0:
        raise ConfigError(f"sanity={sanity}, resamples={resamples}, looks={looks} are not possible. Give 0 to leave them out, or more.")
    if out is not None:
        make_folder(out)
    captioner = load_captioner(model, device) if model is None or isinstance(model, (str, Path)) else model
    if out is not None:
        settings = settings_of(
            context or ScoringContext(),
            beams=beams,
            batch_size=batch_size,
            gate=gate,
            limit=limit,
            modes=modes,
            anchors=anchors,
            resamples=resamples,
            seed=seed,
        )
        replaced = describe_replaced(out, getattr(captioner, "source", None), describe_data(dataset), settings)
        if replaced is not None:
            tell(f"{out}: replaces the results of {replaced}")
    evaluation = run_evaluation(
        captioner,
        dataset,
        beams=beams,
        batch_size=batch_size,
        gate=gate,
        limit=limit,
        context=context,
        modes=modes,
        anchors=anchors,
        resamples=resamples,
        seed=seed,
        label=label,
        progress=progress,
    )
    if out is not None:
        # what took longest is kept, whatever happens to the rest
        write_captions(out, evaluation)
    if sanity > 0:
        tested = run_sanity(
            captioner, dataset, among=evaluation.indices, limit=sanity, batch_size=batch_size, gate=gate, seed=seed, progress=progress
        )
        evaluation = replace(evaluation, sanity=tested)
    if retrieval:
        found = run_retrieval(captioner, dataset, indices=evaluation.indices, batch_size=batch_size, progress=progress)
        evaluation = replace(evaluation, retrieval=found)
    if out is not None and gallery and looks > 0:
        said = evaluation.runs[0].predictions
        rows = choose_looks(said, choose_for_gallery(evaluation.runs[0], gallery_limit, seed), looks, seed)
        seen = run_looks(captioner, dataset, evaluation.indices, said, rows, batch_size=batch_size, progress=progress)
        evaluation = replace(evaluation, looks=seen)
    if out is not None:
        write_outputs(out, evaluation, dataset, command=command, gallery=gallery, gallery_limit=gallery_limit)
    return evaluation


def load_captioner(model: str | Path | None, device: str = "auto") -> Captioner:
    """The captioner of a checkpoint folder; None gives the one that comes with the package."""
    from deltascribe.captioner import ChangeCaptioner

    captioner: Captioner = ChangeCaptioner.from_pretrained(model, device=device)
    return captioner
