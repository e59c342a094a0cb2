"""How well rendered images pass for real ones: a linear probe on frozen features, and a blind test for people.

    python benchmarks/synthetic_realism.py --real DATA_ROOT                           # the probe; DATA_ROOT is laid out as LEVIR-MCI
    python benchmarks/synthetic_realism.py --real DATA_ROOT --sheet sheet.png --key key.json --tiles 48 --seed 991
    python benchmarks/synthetic_realism.py --key key.json --answers answers.json      # {"1": "real", "2": "rendered", ...}

The probe tells single images apart: logistic regression on EfficientNet-Lite0 features (ImageNet weights), each level averaged over the
image, in 5 folds that keep both dates of a pair, and pairs of one ground, together. Chance is 50 %. Real images are those of the train
split whose `quality` begins with `native`, if any has one. Real and rendered images pass the same resize and the same JPEG.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import shapely
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from deltascribe.datasets import open_dataset
from deltascribe.datasets.synthetic.pair import SyntheticPair, make_pair
from deltascribe.datasets.synthetic.world import Layout
from deltascribe.files import write_json
from deltascribe.metrics.significance import proportion_interval
from deltascribe.models.backbones import BackboneConfig, build_backbone

SIZE, QUALITY, FOLDS, PENALTY = 256, 85, 5, 0.03
"""Side of the images in pixels, their JPEG quality, folds, and weight of the squared coefficients beside the mean log loss."""
Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One image: what it shows, whether it is rendered, what must stay in its fold, and for rendered ones scenario, terrain and date."""

    picture: Picture
    rendered: bool
    group: str
    name: str
    traits: tuple[str, ...] = ()


def treated(picture: Picture) -> Picture:
    """An image [H, W, 3] at the common size and after the common JPEG."""
    if picture.shape[:2] != (SIZE, SIZE):
        picture = np.asarray(cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)
    _, code = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def real_exhibits(root: Path, count: int, seed: int, *, apart: bool = False) -> list[Exhibit]:
    """Both dates of `count` real pairs drawn by a seed, or of all there are; `apart` takes one pair of each ground."""
    dataset = open_dataset(root, "train")
    native = dataset.subset(lambda record: record.quality.startswith("native"))
    dataset = native if len(native) else dataset
    order = [int(index) for index in np.random.default_rng([seed, 1]).permutation(len(dataset))]
    if apart:
        order = list({dataset.records[index].ground or dataset.records[index].name: index for index in reversed(order)}.values())[::-1]
    exhibits = []
    for index in order[:count]:
        sample = dataset[index]
        pictures = (255 * sample.pair).round().byte().permute(0, 2, 3, 1).numpy()
        for date, picture in zip(("before", "after"), pictures, strict=True):
            exhibits.append(Exhibit(treated(picture), False, f"real {sample.ground or sample.name}", f"{sample.name} {date}"))
    return exhibits


def rendered_exhibits(count: int, seed: int) -> list[Exhibit]:
    """Both dates of the rendered pairs 0 to `count` of a seed."""
    exhibits = []
    for index in range(count):
        pair = make_pair(seed, index, size=SIZE)
        for date, picture in (("before", pair.before), ("after", pair.after)):
            traits = (f"scenario {pair.truth['scenario']}", f"terrain {terrain(pair, date)}", f"date {date}")
            exhibits.append(Exhibit(treated(picture), True, pair.ground, f"{pair.name} {date}", traits))
    return exhibits


def terrain(pair: SyntheticPair, date: str) -> str:
    """What most of the ground is on a date, or `built` where five buildings stand."""
    layout: Layout = getattr(pair.place, date)
    if len(layout.buildings) >= 5:
        return "built"
    x, y = np.meshgrid(np.linspace(0.05, 0.95, 12) * pair.place.width, np.linspace(0.05, 0.95, 12) * pair.place.height)
    kinds = np.full(x.shape, "grass", dtype=object)
    for cover in layout.covers:
        kinds[shapely.contains_xy(cover.polygon, x, y)] = cover.kind
    names, counts = np.unique(kinds.astype(str), return_counts=True)
    return str(names[counts.argmax()])


def features(exhibits: Sequence[Exhibit]) -> list[Floats]:
    """Each level's channels averaged over the image: arrays [N, C]."""
    backbone = build_backbone(BackboneConfig(tuned_stages=0)).eval()
    rows: list[list[torch.Tensor]] = []
    with torch.no_grad():
        for exhibit in exhibits:
            image = torch.from_numpy(exhibit.picture).permute(2, 0, 1)[None].float() / 255
            rows.append([level.mean((0, 2, 3)) for level in backbone(image)])
    return [torch.stack(level).double().numpy() for level in zip(*rows, strict=True)]


def folds(groups: Sequence[str], seed: int) -> NDArray[np.int64]:
    """A fold 0 to 4 for each image; a group stays whole."""
    names = sorted(set(groups))
    number = dict(zip(names, np.random.default_rng([seed, 2]).permutation(len(names)) % FOLDS, strict=True))
    return np.array([number[group] for group in groups])


def held_out(values: Floats, truth: NDArray[np.bool_], fold: NDArray[np.int64]) -> Floats:
    """Probability of "rendered" of each image, by a probe that was fitted on the other folds."""
    chances = np.empty(len(truth))
    for number in range(FOLDS):
        test = fold == number
        mean, spread = values[~test].mean(0), values[~test].std(0) + 1e-9
        x, y = torch.from_numpy((values[~test] - mean) / spread), torch.from_numpy(truth[~test].astype(float))
        weights, bias = (
            torch.zeros(x.shape[1], dtype=torch.double, requires_grad=True),
            torch.zeros(1, dtype=torch.double, requires_grad=True),
        )
        solver = torch.optim.LBFGS([weights, bias], max_iter=100, line_search_fn="strong_wolfe")

        def loss(x: torch.Tensor = x, y: torch.Tensor = y, w: torch.Tensor = weights, b: torch.Tensor = bias) -> torch.Tensor:
            w.grad = b.grad = None
            value = torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, y) + PENALTY * (w**2).sum()
            value.backward()  # type: ignore[no-untyped-call]
            return value

        solver.step(loss)  # type: ignore[no-untyped-call]
        logits = torch.from_numpy((values[test] - mean) / spread) @ weights.detach() + bias.detach()
        chances[test] = torch.sigmoid(logits).numpy()
    return chances


def probe(real: list[Exhibit], rendered: list[Exhibit], seed: int, show: int) -> None:
    """Prints the probe's accuracy, by level and by what the rendered images show."""
    exhibits = [*real, *rendered]
    truth = np.array([exhibit.rendered for exhibit in exhibits])
    fold = folds([exhibit.group for exhibit in exhibits], seed)
    levels = features(exhibits)
    chances = held_out(np.hstack(levels), truth, fold)
    print(f"{len(real)} real and {len(rendered)} rendered images; chance is 50 %")
    for name, guess in (("all levels", chances), *((f"level {n}", held_out(level, truth, fold)) for n, level in enumerate(levels, 1))):
        shares = [100 * np.mean((guess > 0.5)[fold == number] == truth[fold == number]) for number in range(FOLDS)]
        print(f"{name:10s} accuracy {np.mean(shares):.1f} % (deviation over folds {np.std(shares, ddof=1):.1f})")
    told: dict[str, list[float]] = defaultdict(list)
    for exhibit, chance in zip(exhibits, chances, strict=True):
        for trait in exhibit.traits:
            told[trait].append(float(chance))
    print("rendered images, the most easily told first: share that is told, mean probability, number")
    for trait, values in sorted(told.items(), key=lambda item: -float(np.mean(item[1]))):
        print(f"  {trait:32s} {100 * np.mean(np.array(values) > 0.5):3.0f} %  {np.mean(values):.2f}  {len(values)}")
    order = np.argsort(-chances)
    for title, numbers in (("most surely rendered", order), ("most surely real", order[::-1])):
        chosen = [exhibits[n].name for n in numbers if truth[n]][:show]
        print(f"rendered, {title}: {', '.join(chosen)}")


def write_sheet(root: Path, tiles: int, seed: int, sheet: Path, key: Path) -> None:
    """A contact sheet of single images, half of them rendered, each of another ground, in an order drawn by the seed."""
    rng = np.random.default_rng([seed, 3])
    half = tiles // 2
    chosen = []
    for exhibits in (real_exhibits(root, half, seed, apart=True), rendered_exhibits(tiles - half, seed)):
        chosen += [exhibits[2 * pair + int(rng.integers(2))] for pair in range(len(exhibits) // 2)]
    order = rng.permutation(len(chosen))
    columns, step = 8, SIZE + 22
    picture = Image.new("RGB", (columns * (SIZE + 6), -(-len(order) // columns) * step), "white")
    draw = ImageDraw.Draw(picture)
    for place, number in enumerate(order):
        x, y = place % columns * (SIZE + 6), place // columns * step
        draw.text((x + 2, y + 4), str(place + 1), fill="black")
        picture.paste(Image.fromarray(chosen[number].picture), (x, y + 18))
    picture.save(sheet)
    write_json(key, {str(place + 1): "rendered" if chosen[n].rendered else "real" for place, n in enumerate(order)})
    print(f"{len(order)} tiles in {sheet}, the truth in {key}")


def score_answers(answers: Path, key: Path) -> None:
    """Prints how often a reader was wrong, with the 95 % Wilson interval."""
    truth: dict[str, str] = json.loads(key.read_text(encoding="utf-8"))
    given: dict[str, str] = json.loads(answers.read_text(encoding="utf-8"))
    wrong_words = sorted(
        number for number in set(truth) | set(given) if number not in truth or given.get(number) not in ("real", "rendered")
    )
    if wrong_words:
        raise SystemExit(f'{answers}: give "real" or "rendered" for each tile of {key} and no other; not so for {", ".join(wrong_words)}.')
    known = list(truth)
    for title, numbers in (("all", known), *((kind, [n for n in known if truth[n] == kind]) for kind in ("real", "rendered"))):
        wrong, count = sum(given[number] != truth[number] for number in numbers), len(numbers)
        if count:
            interval = proportion_interval(wrong, count)
            print(
                f"{title:8s} {wrong} of {count} wrong: {100 * wrong / count:.0f} % ({100 * interval.low:.0f} to {100 * interval.high:.0f})"
            )


def main() -> None:
    """Runs the part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="data set laid out as LEVIR-MCI")
    parser.add_argument("--count", type=int, default=200, help="pairs of each kind for the probe")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=8, help="names of rendered images to print that pass best and worst")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet instead")
    parser.add_argument("--key", type=Path, help="where the sheet's truth is written, or read with --answers")
    parser.add_argument("--tiles", type=int, default=48)
    parser.add_argument("--answers", type=Path, help="score a reader's answers instead")
    options = parser.parse_args()
    if (options.answers or options.sheet) and not options.key:
        parser.error("--sheet and --answers need --key")
    if options.answers:
        score_answers(options.answers, options.key)
        return
    if not options.real:
        parser.error("--real is needed")
    if options.sheet:
        write_sheet(options.real, options.tiles, options.seed, options.sheet, options.key)
        return
    probe(
        real_exhibits(options.real, options.count, options.seed), rendered_exhibits(options.count, options.seed), options.seed, options.show
    )


if __name__ == "__main__":
    main()
