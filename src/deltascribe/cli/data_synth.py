"""`deltascribe data synth`: makes captioned pairs of places that never were, or one large scene of two dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from rich.progress import Task
    from rich.text import Text

    from deltascribe.datasets.synthetic.recipe import Recipe

_SHEET_ROWS = 24


def synth(
    out: Annotated[Path | None, typer.Argument(help="New folder, or one to go on with.", show_default=False)] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="How many pairs; 100 if left out.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other pairs.")] = 0,
    size: Annotated[int, typer.Option(help="Side of the images in pixels.")] = 256,
    resolution: Annotated[float, typer.Option(help="Metres a pixel.")] = 0.5,
    scenario: Annotated[list[str] | None, typer.Option(help="Only this kind of story; may be given several times.")] = None,
    changed_share: Annotated[float, typer.Option(min=0, max=1, help="Share of the pairs in which something changes.")] = 0.5,
    shares: Annotated[str, typer.Option(help="Percent of the pairs in train, val and test.")] = "80,10,10",
    backgrounds: Annotated[Path | None, typer.Option(help="Folder of real aerial images: objects are put on crops of them.")] = None,
    scene: Annotated[int | None, typer.Option(help="Instead of pairs: GeoTIFFs of one scene, so many pixels wide and high.")] = None,
    scene_crs: Annotated[str | None, typer.Option(help="Another CRS for the scene's second date, such as EPSG:3857.")] = None,
    scene_shift: Annotated[str, typer.Option(help="The second date lies so many pixels too far right and down.")] = "0,0",
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Processes.")] = 1,
    sheet: Annotated[bool, typer.Option("--sheet/--no-sheet", help="Draw the first 24 pairs with captions into OUT/sheet.png.")] = True,
    list_scenarios: Annotated[bool, typer.Option("--list-scenarios", help="Print the kinds of stories and exit.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Makes pairs of rendered places with exact masks and five captions each, in LEVIR-MCI's layout.

    Needs the extra `synth`, for --scene also `geo`. Any pair depends on the seed and its number alone. A call that was interrupted is
    gone on with by giving it again; a larger --count adds pairs. The folder holds images/, LevirCCcaptions.json, truth/NAME.json with
    the polygons of all objects, synth.json with the settings, and sheet.png to look at.

    With --scene it holds before.tif, after.tif, change_mask.tif and truth.geojson.

    Examples:

        deltascribe data synth data/synth --count 1000 --workers 2

        deltascribe data synth data/floods --count 200 --scenario flood --changed-share 1

        deltascribe data synth data/composed --count 500 --backgrounds my-aerial-images

        deltascribe data synth data/scene --scene 4096 --scene-crs EPSG:3857 --scene-shift 2,1
    """
    from deltascribe.datasets.synthetic.makers import default_makers
    from deltascribe.errors import DatasetError

    if list_scenarios:
        _print_scenarios(Console())
        return
    if out is None:
        raise typer.BadParameter("Give the folder to write to, or --list-scenarios.", param_hint="OUT")
    default_makers()  # a missing package is told of before anything is written
    if scene is not None:
        if count is not None or backgrounds is not None:
            raise DatasetError("--scene makes one scene and no pairs. Leave out --count and --backgrounds, or --scene.")
        _write_scene(out, scene, seed, resolution, scenario or [], scene_crs, scene_shift, workers, quiet)
        return
    recipe = _recipe(seed, size, resolution, changed_share, scenario or [], shares, backgrounds)
    _write_pairs(out, 100 if count is None else count, recipe, workers, sheet, quiet)


def _recipe(
    seed: int, size: int, resolution: float, changed_share: float, scenarios: list[str], shares: str, backgrounds: Path | None
) -> Recipe:
    from deltascribe.datasets.synthetic.backgrounds import Backgrounds
    from deltascribe.datasets.synthetic.recipe import Recipe

    train, val, test = _numbers(shares, 3, "--shares", "80,10,10")
    return Recipe(
        seed=seed,
        size=size,
        resolution=resolution,
        changed_share=changed_share,
        weights=dict.fromkeys(scenarios, 1.0) or None,
        shares=(train / 100, val / 100, test / 100),
        backgrounds=None if backgrounds is None else Backgrounds.of_folder(backgrounds),
    )


def _write_pairs(out: Path, count: int, recipe: Recipe, workers: int, sheet: bool, quiet: bool) -> None:
    from deltascribe.datasets import open_dataset, save_sheet
    from deltascribe.datasets.synthetic.pair import pair_name
    from deltascribe.datasets.synthetic.writing import write_pairs

    with _progress("pairs", quiet) as advance:
        written = write_pairs(out, count, recipe, workers=workers, progress=lambda done, total: advance("making pairs", done, total))
    if sheet:
        names = [pair_name(index) for index in range(min(count, _SHEET_ROWS))]
        save_sheet(open_dataset(out), out / "sheet.png", names=names)
    earlier = f", {count - written.made:,} of them there before" if written.made < count else ""
    console = Console()
    console.print(f"{count:,} pairs{earlier}: {escape(str(out))}", soft_wrap=True)
    if sheet:
        console.print(f"The first {min(count, _SHEET_ROWS)} with captions: {escape(str(out / 'sheet.png'))}", soft_wrap=True)


def _write_scene(
    out: Path,
    size: int,
    seed: int,
    resolution: float,
    scenarios: list[str],
    crs: str | None,
    shift: str,
    workers: int,
    quiet: bool,
) -> None:
    from deltascribe.datasets.synthetic.scene import Scene, write_scene
    from deltascribe.errors import DatasetError

    if len(scenarios) > 1:
        raise DatasetError("A scene has one --scenario at most; without any it mixes several.")
    across, down = _numbers(shift, 2, "--scene-shift", "2,1")
    if across != int(across) or down != int(down):
        raise DatasetError("--scene-shift takes whole pixels, such as 2,1.")
    scenario = scenarios[0] if scenarios else None
    scene = Scene(size, seed, resolution, scenario, crs, (int(across), int(down)))
    with _progress("blocks", quiet) as advance:
        files = write_scene(out, scene, workers=workers, progress=advance)
    for path in files:
        Console().print(escape(str(path)), soft_wrap=True)


def _numbers(text: str, count: int, option: str, example: str) -> list[float]:
    from deltascribe.errors import DatasetError

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise DatasetError(f"{option} takes {count} numbers with commas between them, such as {example}; '{text}' is something else.")
    return numbers


def _print_scenarios(console: Console) -> None:
    from deltascribe.datasets.synthetic.makers import default_makers, scenario_titles

    default_makers()
    for name, title in scenario_titles().items():
        console.print(f"[bold]{escape(name):<24}[/bold] {escape(title)}", soft_wrap=True)


@contextmanager
def _progress(unit: str, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr that tells the speed too."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.1f} {unit}/s")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        tasks = {}

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:  # what is there at first was not made now, and says nothing of the speed
                tasks[step] = bar.add_task(step, total=total, completed=done)
            else:
                bar.update(tasks[step], completed=done, total=total)

        yield advance
