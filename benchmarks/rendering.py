"""How fast places are painted on one core: pairs a second at 256 pixels, and what a pair spends its time on.

python benchmarks/rendering.py                       # the planner's places, all scenarios as often as they are drawn
python benchmarks/rendering.py --pairs 500 --scenario subdivision
python benchmarks/rendering.py --scene 2048          # one large window: seconds, and the most memory it took
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict

import numpy as np

from deltascribe.datasets.synthetic.painting import Look, change_mask, draw_looks, paint
from deltascribe.datasets.synthetic.planning import plan_place
from deltascribe.datasets.synthetic.world import Place

DATES = ("before", "after")


def pairs(count: int, seed: int, scenario: str | None) -> None:
    """Paints pairs one after another and prints processor seconds, which other work on the machine disturbs less than the clock."""
    _draw(plan_place(seed, 0, scenario=scenario), draw_looks(np.random.default_rng([seed, 0])))  # noise tiles and crowns are made once
    spent: dict[str, list[float]] = defaultdict(list)
    for index in range(1, count + 1):
        began = time.process_time()
        place, looks = plan_place(seed, index, scenario=scenario), draw_looks(np.random.default_rng([seed, index]))
        planned = time.process_time()
        _draw(place, looks)
        drawn = time.process_time()
        change_mask(place)
        spent["plan"].append(planned - began)
        spent["paint"].append(drawn - planned)
        spent["mask"].append(time.process_time() - drawn)
    for name, seconds in spent.items():
        median, slow = np.percentile(seconds, (50, 95))
        print(f"{name:6s} mean {1e3 * np.mean(seconds):6.1f} ms a pair, median {1e3 * median:6.1f}, 95th percentile {1e3 * slow:6.1f}")
    drawing = np.sum(spent["paint"]) + np.sum(spent["mask"])
    print(f"painting and mask alone: {count / drawing:.1f} pairs/s a core; with planning: {count / (drawing + np.sum(spent['plan'])):.1f}")


def _draw(place: Place, looks: tuple[Look, Look]) -> None:
    paint(place, "before", looks[0])
    paint(place, "after", looks[1])


def scene(side: int, seed: int) -> None:
    """Paints one large place."""
    place = plan_place(seed, 0, width=side / 2, height=side / 2)
    look = draw_looks(np.random.default_rng(seed))[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    image = paint(place, "after", look)
    seconds, grown = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{image.shape[1]} x {image.shape[0]} pixels: {seconds:.1f} s, {side * side / seconds / 1e6:.2f} Mpixel/s")
    print(f"memory grew by {grown / 1024:.0f} MiB at most, of which the picture takes {image.nbytes / 2**20:.0f}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--scenario", help="of the planner; drawn by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scene", type=int, metavar="PIXELS", help="paint one square of that side instead")
    options = parser.parse_args()
    if options.scene:
        scene(options.scene, options.seed)
    else:
        pairs(options.pairs, options.seed, options.scenario)


if __name__ == "__main__":
    main()
