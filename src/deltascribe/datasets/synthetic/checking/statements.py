"""A finished clause as claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from deltascribe.datasets.synthetic.checking.claims import Claim, Event, Group, Relation
from deltascribe.datasets.synthetic.checking.frames import Frame, is_former

PLAIN_EVENTS: dict[str, Event] = {
    "appear": "appear",
    "vanish": "vanish",
    "fewer": "fewer",
    "more": "more",
    "widen": "widen",
    "extend": "extend",
    "enlarge": "enlarge",
    "shrink": "shrink",
    "rebuild": "rebuild",
    "pave": "pave",
}
STATES: dict[str, Event] = {
    "wide": "widen",
    "narrow": "shrink",
    "large": "enlarge",
    "small": "shrink",
    "long": "extend",
    "short": "shrink",
    "dense": "more",
    "scattered": "fewer",
    "new": "appear",
    "paved": "pave",
}
"""What a quality behind "becomes" or "is" says has happened."""
MADE = frozenset(
    {
        "house",
        "residential",
        "building",
        "large building",
        "residential area",
        "road",
        "path",
        "path or track",
        "branch",
        "cul-de-sac",
        "crossroads",
        "junction",
        "t-junction",
    }
    | {"parking", "pool", "playground", "track", "court"}
)
"""What people build; such things that come "with" something new are said to be new as well."""


def claims_of(frame: Frame) -> list[Claim]:
    """The claims of one clause; none of a clause that only tells what was there before, or that was never finished.

    "A neighborhood of ten houses" makes the same claim of the ten houses.
    """
    claims = _claims(frame)
    of = [(claim, relation) for claim in claims if claim.thing for relation in claim.thing.relations if relation.kind == "of"]
    return claims + [
        Claim(claim.event, group, words=claim.words) for claim, relation in of for group in relation.anchors if group.noun in MADE
    ]


def _claims(frame: Frame) -> list[Claim]:
    words = " ".join(frame.words)
    if is_former(frame) or (not frame.sense and not frame.link):
        return []
    if frame.link in ("with", "without") and frame.host is not None and not frame.sense:
        return [_companion(frame, group, words) for group in _told(frame, frame.subjects)]
    if frame.sense == "replace":
        return _replacing(_told(frame, frame.subjects), [*frame.objects, *frame.former], words)
    if frame.sense == "give way":
        return _becoming(frame, words)
    if frame.sense == "being":
        return _being(frame, words)
    if frame.sense == "flood":
        return [Claim("flood", Group("water", word="water"), tuple(_told(frame, frame.subjects)), words=words)]
    if frame.sense == "extend":
        frame.spots = [spot for spot in frame.spots if not spot.word.startswith("to")]  # "to the right" is where it leads
    things = _told(frame, frame.subjects)
    if frame.sense in PLAIN_EVENTS:
        return [_former_of(frame, PLAIN_EVENTS[frame.sense], group, words) for group in things]
    event: Event = "stand" if frame.link in ("of", "with") else "appear"
    return [_former_of(frame, event, group, words) for group in things]


def _told(frame: Frame, groups: Iterable[Group]) -> list[Group]:
    """The things with all that the clause says of them together."""
    return [group.placed(tuple(frame.spots), tuple(frame.relations)).having(*frame.traits) for group in groups]


def _former_of(frame: Frame, event: Event, group: Group, words: str) -> Claim:
    """ "A house appears in place of the trees", "where trees stood": the thing replaces what was there."""
    named = [anchor for relation in group.relations if relation.kind == "former" for anchor in relation.anchors]
    group = replace(group, relations=tuple(relation for relation in group.relations if relation.kind != "former"))
    former = tuple([*named, *frame.former])
    if former and event in ("appear", "stand"):
        return Claim("replace", group, former, words=words)
    return Claim(event, group, words=words)


def _companion(frame: Frame, group: Group, words: str) -> Claim:
    """What comes with something: new with what is new if people made it, else only there."""
    host = frame.host
    if frame.link == "without" or host is None:
        return Claim("unclear", group, words=words)
    if host.sense == "vanish" and group.noun in MADE:
        return Claim("vanish", group, words=words)
    return Claim("appear" if group.noun in MADE and host.sense not in ("widen", "extend", "rebuild") else "stand", group, words=words)


def _replacing(things: list[Group], former: list[Group], words: str) -> list[Claim]:
    """Each thing replaces the former ones together; what is said of the place of these holds for it too."""
    if not former and all(group.spots for group in things):
        return [Claim("appear", group, words=words) for group in things]  # "water covers the lower half of the scene"
    if not former:
        return [Claim("unclear", group, words=words) for group in things]
    spots = tuple(spot for group in former for spot in group.spots)
    return [Claim("replace", group if group.spots else group.placed(spots), tuple(former), words=words) for group in things]


def _becoming(frame: Frame, words: str) -> list[Claim]:
    former = [group for group in frame.subjects if group.noun not in ("ground", "frame")]
    if frame.objects:
        spots = tuple(spot for group in frame.subjects for spot in group.spots)
        things = [group if group.spots else group.placed(spots) for group in _told(replace(frame, traits=set()), frame.objects)]
        return _replacing(things, former, words) if former else [Claim("appear", group, words=words) for group in things]
    return _state(frame, words)


def _being(frame: Frame, words: str) -> list[Claim]:
    if frame.objects and frame.subjects:
        return _becoming(frame, words)
    if lining := [relation for relation in _relations_of(frame) if relation.word.startswith(("lined", "flanked", "bordered"))]:
        along = Relation("along", tuple(group.having("told") for group in frame.subjects), None, words)
        return [Claim("appear", group.placed(relations=(along,)), words=words) for relation in lining for group in relation.anchors]
    if frame.objects:
        return [Claim("appear", group, words=words) for group in _told(frame, frame.objects)]
    if frame.traits & set(STATES) or not (
        frame.spots or frame.relations or any(group.spots or group.relations for group in frame.subjects)
    ):
        return _state(frame, words)
    return [Claim("appear", group, words=words) for group in _told(frame, frame.subjects)]


def _relations_of(frame: Frame) -> list[Relation]:
    """Relations of a clause and of its subjects."""
    return [*frame.relations, *(relation for group in frame.subjects for relation in group.relations)]


def _state(frame: Frame, words: str) -> list[Claim]:
    """ "The road becomes wider" is a claim of widening; "the bushes are lush" is none that can be checked."""
    events = sorted({STATES[trait] for trait in frame.traits if trait in STATES})
    plain = [group.placed(tuple(frame.spots), tuple(frame.relations)) for group in frame.subjects]
    return [Claim(event, group, words=words) for event in events or ["unclear"] for group in plain]
