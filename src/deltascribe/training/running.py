"""What every training loop needs around its steps: the devices, the run's folder, its state on disk, a progress bar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import yaml
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import nn

from deltascribe.device import has_bf16, resolve_device, set_threads
from deltascribe.errors import ConfigError, MissingDependencyError
from deltascribe.files import write_text
from deltascribe.training.optimiser import MovingAverage
from deltascribe.training.resume import load_resume_point, save_resume_point
from deltascribe.training.settings import differences, shown

Exact = Literal["32-true", "bf16-mixed", "16-mixed"]
Precision = Literal["auto"] | Exact


class Devices(Protocol):
    """The part of a configuration that says where a run computes."""

    @property
    def threads(self) -> int | None: ...

    @property
    def accelerator(self) -> str: ...

    @property
    def devices(self) -> int: ...

    @property
    def nodes(self) -> int: ...

    @property
    def precision(self) -> Precision: ...


def launch(config: Devices, strategy: str = "auto") -> Any:
    """A Lightning Fabric on the devices of a configuration, launched.

    Raises:
        MissingDependencyError: the extra `train` is not installed.
    """
    try:
        from lightning.fabric import Fabric
    except ImportError as error:
        raise MissingDependencyError("lightning", "training", "train") from error
    set_threads(config.threads)
    fabric = Fabric(
        accelerator=config.accelerator,
        strategy=strategy,
        devices=config.devices,
        num_nodes=config.nodes,
        precision=resolve_precision(config.precision, config.accelerator),
    )
    fabric.launch()
    return fabric


def resolve_precision(precision: Precision, accelerator: str) -> Exact:
    """What `auto` means on this machine: `bf16-mixed` where the accelerator has bf16 in hardware, else `32-true`."""
    if precision != "auto":
        return precision
    device = resolve_device("cuda" if accelerator == "gpu" else accelerator)
    return "bf16-mixed" if has_bf16(device) else "32-true"


def claim_folder(output: Path, config: BaseModel, write: bool) -> None:
    """Writes the configuration into the run's folder, or checks that the run there is this one.

    Settings that the folder's configuration does not name, such as those of a later version, have their defaults there.

    Raises:
        ConfigError: the folder holds resume points of a run with other settings, which the message names.
    """
    path = output / "config.yaml"
    values = config.model_dump(mode="json")
    # a run that failed before its first resume point has nothing to lose
    if path.exists() and any((output / "resume").glob("step-*.pt")):
        changed = differences(_stored(path, type(config)), values)
        if changed:
            lines = [f"{output} holds a run with other settings ({path}):"]
            lines += [f"  {key}: {shown(there)} there, {shown(now)} now" for key, (there, now) in changed.items()]
            raise ConfigError("\n".join([*lines, "Give another `output`, or delete that folder"]))
    text = yaml.safe_dump(values, sort_keys=False)
    if write and not (path.exists() and path.read_bytes() == text.encode()):
        write_text(path, text)


def _stored(path: Path, schema: type[BaseModel]) -> dict[str, Any]:
    """The settings in a run's folder, with the defaults of this version."""
    try:
        return schema.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).model_dump(mode="json")
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(
            f"{path}, the settings of the run in that folder, can't be read by this version ({reason}). "
            "Give another `output`, or delete that folder"
        ) from error


@dataclass
class RunState:
    """How far a run is."""

    step: int = 0
    best: float = float("-inf")


def save_state(folder: Path, state: RunState, fabric: Any, model: nn.Module, optimiser: Any, average: MovingAverage | None) -> None:
    """Writes a resume point of the run into its folder."""
    values = {
        "state": dict(vars(state)),
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "precision": fabric.strategy.precision.state_dict(),
        "average": None if average is None else average.model.state_dict(),
    }
    save_resume_point(folder, state.step, values)


def restore_state(folder: Path, fabric: Any, model: nn.Module, optimiser: Any, average: MovingAverage | None) -> RunState:
    """Fills model, optimiser and average from the last resume point in a folder; the state of a new run where there is none."""
    saved = load_resume_point(folder)
    if saved is None:
        return RunState()
    model.load_state_dict(saved["model"])
    optimiser.load_state_dict(saved["optimiser"])
    fabric.strategy.precision.load_state_dict(saved.get("precision", {}))
    if average is not None:
        average.model.load_state_dict(saved["average"])
    return RunState(**saved["state"])


def tell_finished(output: Path, epochs: int) -> None:
    """Says that the run in a folder has nothing left to do, and how to train anew."""
    done = f"all {epochs} epochs are" if epochs > 1 else "its one epoch is"
    Console().print(
        f"The run in {output} is finished already: {done} trained. To train anew, give another `output`, or delete that folder.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def progress_bar(hidden: bool) -> Progress:
    """A bar whose tasks have a field `detail`, shown at its end."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    return Progress(*columns, disable=hidden)
