"""What `deltascribe scene --dry-run` tells of a run's costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltascribe.units import format_duration

if TYPE_CHECKING:
    from deltascribe.captioner import ChangeCaptioner
    from deltascribe.scenes.costs import Crew, Estimate
    from deltascribe.scenes.plan import ScenePlan


def crew_for(executor: str, address: str | None, workers: int | None, batch_size: int, captioner: ChangeCaptioner) -> Crew:
    """Who would work with these options; a cluster is asked how large it is where `workers` is None.

    Raises:
        MissingDependencyError: Ray is not installed.
        ExecutorError: the cluster can't be reached.
    """
    from deltascribe.device import available_cores
    from deltascribe.scenes.costs import Crew, own_room

    if executor == "local":
        return Crew(workers or available_cores(), batch_size)
    if address is None:
        return Crew(workers or own_room("actors", captioner.device), batch_size, "actors")
    from deltascribe.scenes.executors.ray import cluster_workers

    return Crew(workers or cluster_workers(address, str(captioner.device)), batch_size, "cluster")


def cost_text(plan: ScenePlan, expected: Estimate, crew: Crew) -> str:
    """Tiles, time and memory of a run, and what is missing, in two sentences at most."""
    text = (
        f"{counted_tiles(plan)} of {plan.size} pixels, {plan.overlap} shared; {expected.seconds_a_tile:.2f} s each: "
        f"about {format_duration(expected.seconds)} with {_workers(expected.busy, crew.workers)}, and {_memory(expected)}."
    )
    return f"{text}{_unknown(expected)}"


def counted_tiles(plan: ScenePlan) -> str:
    """`1 tile`, `25 tiles`."""
    return f"{len(plan.tiles)} tile{'s' * (len(plan.tiles) != 1)}"


def _workers(busy: int, crew: int) -> str:
    """Those that get tiles."""
    return f"{busy} worker{'s' * (busy != 1)}" if busy == crew else f"{busy} of {crew} workers"


def _memory(expected: Estimate) -> str:
    own = f"about {expected.memory_gb:.1f} GB of memory"
    return f"{own} here and {expected.worker_gb:.1f} GB for each worker" if expected.worker_gb else own


def _unknown(expected: Estimate) -> str:
    """What the sample tells of missing ground, where it is half a percent or more."""
    if expected.unknown < 0.005:
        return ""
    skipped = f"; {100 * expected.skipped:.0f} % of the tiles are skipped" if expected.skipped else ""
    return f" About {100 * expected.unknown:.0f} % of the ground is not known on both dates{skipped}."
