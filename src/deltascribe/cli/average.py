"""`deltascribe average`."""

from __future__ import annotations

from deltascribe.cli.combining import Calibrate, Checkpoints, Half, Output, folders_of, write


def average(checkpoints: Checkpoints, output: Output, half: Half = False, calibrate: Calibrate = None) -> None:
    """Average the weights of several checkpoints of one model.

    Examples:

      deltascribe average runs/first/epoch-03 runs/first/epoch-04 runs/first/epoch-05 -o runs/first/average --calibrate DATA

      deltascribe average runs/tuned-1/best runs/tuned-2/best -o runs/soup

    They must have the same settings and vocabulary: the last epochs of one run (`keep=3` keeps them), or runs that were tuned from one
    checkpoint. Runs that started apart lie too far from each other, and their mean is worth nothing: see `deltascribe ensemble`.
    """
    from deltascribe.models.averaging import average_card, average_checkpoints

    folders = folders_of(checkpoints, output)
    mean = average_checkpoints(folders)
    write(mean, average_card(mean), f"The average of {len(folders)} checkpoints", output, half, calibrate)
