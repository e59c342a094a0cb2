"""Rewrites the direction words of a caption so that it stays true when the images are turned or mirrored.

The rules follow the constructions found in published change captions: "on the left" turns into "at the top", "in the upper part"
into "in the left part", "above the road" into "to the left of the road". A word that may mean something else ("right beside",
"on top of the hill") makes a caption unfit for the transforms that would move it.
"""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.text.dihedral import Dihedral
from deltascribe.text.direction_words import NOUNS, PARTS, Span, find_directions, target_of, word_at, words
from deltascribe.text.normalise import tokenize

_SIDE_NAMES = {("upper", -1): "upper", ("upper", 1): "lower", ("top", -1): "top", ("top", 1): "bottom"}
_EDGES = words("edge edges corner corners border boundary end ends")
_UPPER_BEFORE = PARTS - _EDGES
# what may follow "above" when it stands alone: "the grass above becomes a road"
_AFTER_ADVERB = words(
    "and is are was were has have had becomes become disappears disappear appears appear turns turn with to in on at along near "
    "beside next where while but vanishes vanish widens expands extends gets grows develops"
)
_BEFORE_OBJECT = words("the a an this that these those it them its one two some several many")


class _NotRewritableError(Exception):
    """Signals that no safe wording is known."""


def rewrite_directions(caption: str, transform: Dihedral) -> str | None:
    """The caption that is true of the transformed images.

    Args:
        caption: a caption that is true of the images as they are.
        transform: what is done to both images.

    Returns:
        The caption itself where no word has to change; else its rewritten, normalised words; None where a word that the
        transform concerns cannot be rewritten safely.
    """
    tokens = _with_article(tokenize(caption))
    spans = find_directions(tokens)
    if not any(_is_moved(span, transform) for span in spans):
        return caption
    if any(_is_moved(span, transform) and not span.sure for span in spans):
        return None
    try:
        return " ".join(_rewrite(tokens, spans, transform))
    except _NotRewritableError:
        return None


def _with_article(tokens: list[str]) -> list[str]:
    """Writes "at top of the scene" as "at the top of the scene", of which all sides have a natural form."""
    fixed: list[str] = []
    for index, word in enumerate(tokens):
        bare = word in ("top", "bottom", "left", "right") and word_at(tokens, index - 1) in ("on", "at")
        if bare and word_at(tokens, index + 1) == "of" and target_of(tokens, index + 2) == "frame":
            fixed[-1] = "at"
            fixed.append("the")
        fixed.append(word)
    return fixed


def _is_moved(span: Span, transform: Dihedral) -> bool:
    if span.kind == "axis":
        return transform.swaps_axes
    return transform.move(span.x, span.y) != (span.x, span.y)


def _rewrite(tokens: Sequence[str], spans: Sequence[Span], transform: Dihedral) -> list[str]:
    starts = {span.start: span for span in spans}
    out: list[str] = []
    index = 0
    while index < len(tokens):
        span = starts.get(index)
        if span is None:
            out.append(tokens[index])
            index += 1
            continue
        index = span.end
        if not _is_moved(span, transform):
            out.extend(tokens[span.start : span.end])
        elif span.kind == "side" and transform.swaps_axes and not span.suffix:
            index = _turn_side(tokens, starts, span, transform, out)
        elif span.kind == "relative" and transform.swaps_axes:
            _turn_relative(tokens, span, transform, out)
        else:
            out.append(_name(tokens, span, transform))
    return out


def _name(tokens: Sequence[str], span: Span, transform: Dihedral) -> str:
    """The moved direction for all kinds whose surroundings stay as they are."""
    x, y = transform.move(span.x, span.y)
    if span.kind == "corner":
        return _corner_name(span, x, y)
    if span.kind == "compass":
        vertical = {-1: "north", 0: "", 1: "south"}[y]
        horizontal = {-1: "west", 0: "", 1: "east"}[x]
        return (vertical + (span.joint if x and y else "") + horizontal) + span.suffix
    if span.kind == "relative":
        return "above" if y < 0 else "below"
    if span.kind == "axis":
        return "vertical" if span.x else "horizontal"
    if span.kind == "middle":
        return _middle_name(tokens, span, transform)
    if not span.suffix:
        return _SIDE_NAMES[span.family or "top", y] if y else _left_right(x)
    return _suffixed_name(span.suffix, x, y)


def _left_right(x: int) -> str:
    return "left" if x < 0 else "right"


def _corner_name(span: Span, x: int, y: int) -> str:
    vertical = _SIDE_NAMES[span.family, y]
    # published captions write "lower-left" but "upper left"; the hyphened form would be an unknown word
    joint = " " if vertical == "upper" else span.joint
    return f"{vertical}{joint}{_left_right(x)}{span.suffix}"


def _middle_name(tokens: Sequence[str], span: Span, transform: Dihedral) -> str:
    x, y = transform.move(span.x, span.y)
    if transform.swaps_axes:
        return f"middle {_left_right(x)}" if x else f"{_SIDE_NAMES['upper', y]} middle"
    moved = []
    for word in tokens[span.start : span.end]:
        if word in ("left", "right"):
            word = _left_right(x)
        elif word in ("upper", "lower", "top", "bottom"):
            word = _SIDE_NAMES["upper" if word in ("upper", "lower") else "top", y]
        moved.append(word)
    return " ".join(moved)


def _suffixed_name(suffix: str, x: int, y: int) -> str:
    if suffix == "-hand":
        return f"{_left_right(x)}-hand" if x else _SIDE_NAMES["upper", y]
    if x:
        return _left_right(x) + suffix
    stem = ("top" if y < 0 else "bottom") if suffix == "most" else ("up" if y < 0 else "down")
    return stem + suffix


def _head(tokens: Sequence[str], starts: dict[int, Span], index: int) -> str:
    """The word that a direction ending at `index` belongs to, past others joined to it: "left and right sides"."""
    while word_at(tokens, index) in ("and", "or"):
        following = index + 2 if word_at(tokens, index + 1) == "the" else index + 1
        if following not in starts:
            break
        index = starts[following].end
    return word_at(tokens, index)


def _turn_side(tokens: Sequence[str], starts: dict[int, Span], span: Span, transform: Dihedral, out: list[str]) -> int:
    """Writes a side that changes its axis, with the preposition that goes with it; gives the index of the next word."""
    x, y = transform.move(span.x, span.y)
    head = _head(tokens, starts, span.end)
    if head in NOUNS:
        out.append(_left_right(x) if x else _SIDE_NAMES["upper" if head in _UPPER_BEFORE else "top", y])
        return span.end
    if out and out[-1] == "its":
        raise _NotRewritableError
    if word_at(tokens, span.end) == "of" and target_of(tokens, span.end + 1) != "frame":
        return _turn_beside(tokens, span, y, out)
    if out[-1:] == ["the"] and out[-2:-1] == (["on"] if y else ["at"]):
        out[-2] = "at" if y else "on"
    out.append(_left_right(x) if x else _SIDE_NAMES["top", y])
    return span.end


def _turn_beside(tokens: Sequence[str], span: Span, y: int, out: list[str]) -> int:
    """Writes "on the left of the road" as "above the road"."""
    beside = len(out) >= 2 and out[-1] == "the" and out[-2] in ("on", "at", "to", "in")
    if not (y and beside and target_of(tokens, span.end + 1) == "object"):
        # "at the top of the road" is its upper end as well as what lies above it
        raise _NotRewritableError
    out[-2:] = ["above" if y < 0 else "below"]
    return span.end + 1


def _turn_relative(tokens: Sequence[str], span: Span, transform: Dihedral, out: list[str]) -> None:
    """Writes "above the road" as "to the left of the road", and "above" alone as "on the left"."""
    side = _left_right(transform.move(0, span.y)[0])
    after = word_at(tokens, span.end)
    if after in ("and", "or") and word_at(tokens, span.end + 1) in ("above", "below"):
        raise _NotRewritableError
    if after in _BEFORE_OBJECT:
        out.extend(["on" if target_of(tokens, span.end) == "frame" else "to", "the", side, "of"])
    elif after == "" or after in _AFTER_ADVERB:
        out.extend(["on", "the", side])
    else:
        raise _NotRewritableError
