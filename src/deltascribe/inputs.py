"""Which pairs a user means: two files, two folders, or a CSV list."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from urllib.parse import urlsplit

from deltascribe.errors import ImageNotFoundError, PairListError
from deltascribe.imaging import IMAGE_SUFFIXES


@dataclass(frozen=True)
class PairFiles:
    """Two files to be captioned, and what to call them."""

    name: str
    before: Path
    after: Path


def find_pairs(before: Path, after: Path) -> list[PairFiles]:
    """The pair of two files, called by both, or the pairs of two folders, matched by file name without its ending.

    Raises:
        ImageNotFoundError: a path does not exist.
        PairListError: one is a file and one a folder, a folder has no images, two images of a folder share a name, or an image
            has no partner.
    """
    for path in (before, after):
        if not path.exists():
            raise ImageNotFoundError(f"{path} does not exist; give two images, or two folders of images with the same names")
    if before.is_dir() != after.is_dir():
        raise PairListError(f"{before} and {after} must both be images or both be folders; give two of a kind")
    if not before.is_dir():
        # by both, as scenes are: results of 2019 and 2024 must not replace those of 2019 and 2022
        return [PairFiles(before.stem if before.stem == after.stem else f"{before.stem}_{after.stem}", before, after)]
    first, second = _by_name(before), _by_name(after)
    alone = sorted(set(first) ^ set(second))
    if alone:
        shown = ", ".join(alone[:5]) + (" ..." if len(alone) > 5 else "")
        raise PairListError(
            f"{len(alone)} images lie in only one of {before} and {after}: {shown}. Give both the same names or list the pairs with --pairs"
        )
    return [PairFiles(name, first[name], second[name]) for name in sorted(first)]


def read_pair_list(path: Path) -> list[PairFiles]:
    """The pairs of a CSV file with the columns `before`, `after` and, if wanted, `name`; relative paths start at the file's folder.

    Raises:
        PairListError: see `read_pair_rows`.
    """
    return [PairFiles(row["name"], path.parent / row["before"], path.parent / row["after"]) for row in read_pair_rows(path)]


def read_pair_rows(path: Path, further: Sequence[str] | None = None) -> list[dict[str, str]]:
    """The cells of each pair of such a file, by column, as they are written there; where there is no name, that of the before file.

    Args:
        path: CSV file.
        further: columns that there may be besides; an empty text stands where they are not. Any others are refused. None: any other
            columns are let be, and not read.

    Raises:
        PairListError: no such file, no such columns, an empty cell or an empty list; a name that is given twice, or that could not be
            the name of a file; more cells in a line than columns.
    """
    known = ("before", "after", "name", *(further or ()))
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            _check_columns(path, reader.fieldnames or (), known, strict=further is not None)
            rows = [(reader.line_num, row) for row in reader]
    except (FileNotFoundError, IsADirectoryError) as error:
        raise PairListError(f"there is no list of pairs {path}; give a CSV file with the columns before,after") from error
    except UnicodeDecodeError as error:
        raise PairListError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise PairListError(f"{path} is not a CSV file ({error}); save it as CSV in UTF-8") from error
    pairs: dict[str, dict[str, str]] = {}
    for line, row in rows:
        if further is not None and None in row:  # where csv puts the cells that have no column
            raise PairListError(f"{path}, line {line} has more cells than the first line has columns; put names with a comma into quotes")
        cells = {column: (row.get(column) or "").strip() for column in known}
        if not cells["before"] or not cells["after"]:
            raise PairListError(f"{path}, line {line}: `before` or `after` is empty; give a file for each")
        name = cells["name"] = cells["name"] or stem_of(cells["before"])
        # pictures are saved under this name: it must neither lead to another folder, nor replace another pair's
        if PureWindowsPath(name).name != name or name == ".." or "\0" in name:
            raise PairListError(f"{path}, line {line}: the name '{name}' has parts of a path in it; give a plain name, without / and \\")
        if name in pairs:
            raise PairListError(f"{path}, line {line}: there is a pair named '{name}' already; give each its own in the column `name`")
        pairs[name] = cells
    if not pairs:
        raise PairListError(f"{path} lists no pair; give each a line below the first")
    return list(pairs.values())


def _check_columns(path: Path, columns: Sequence[str], known: Sequence[str], *, strict: bool) -> None:
    if not {"before", "after"} <= set(columns):
        commas = "; separate them with commas" if any(mark in column for column in columns for mark in ";\t|") else ""
        raise PairListError(
            f"{path} needs a first line with the columns before,after (and name, if wanted); it has {sorted(columns)}{commas}"
        )
    unknown = sorted(set(columns) - {*known, ""})  # a spreadsheet may leave commas at the end
    if strict and unknown:
        raise PairListError(f"{path} has columns that aren't known: {', '.join(unknown)}; there may be {','.join(known)}")


def stem_of(source: str) -> str:
    """What a file is called without its ending, also one behind a web address with a query; such a query may be a secret."""
    return Path(urlsplit(source).path if "://" in source or source.startswith("/vsi") else source).stem


def _by_name(folder: Path) -> dict[str, Path]:
    images: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("."):  # file managers leave such files, which are no images
            if path.stem in images:
                raise PairListError(f"{folder} has two images named {path.stem} ({images[path.stem].name}, {path.name}); rename one")
            images[path.stem] = path
    if not images:
        raise PairListError(f"{folder} holds no image ({', '.join(IMAGE_SUFFIXES)})")
    return images
