"""`deltascribe ensemble`."""

from __future__ import annotations

from deltascribe.cli.combining import Calibrate, Checkpoints, Half, Output, folders_of, write


def ensemble(checkpoints: Checkpoints, output: Output, half: Half = False, calibrate: Calibrate = None) -> None:
    """Put several trained models over their one frozen encoder, to write each word together.

    Examples:

      deltascribe ensemble runs/seed-1/best runs/seed-2/best runs/seed-3/best -o runs/ensemble --calibrate DATA

    They must be models `dfm` with the same settings, vocabulary and frozen encoder (`model.settings.transfer.encoder=true` or
    `model.settings.backbone.tuned_stages=0`), such as runs of one configuration with other values of `seed`. The encoder is stored and
    run once; what is behind it takes as many times longer as there are members.
    """
    from deltascribe.models.ensembling import ensemble_card, ensemble_checkpoints

    folders = folders_of(checkpoints, output)
    made = ensemble_checkpoints(folders)
    write(made, ensemble_card(made), f"The ensemble of {len(folders)} models", output, half, calibrate)
