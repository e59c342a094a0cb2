"""Rules for all that is not building: demolition, roads made over, planting, ground that turns into other ground, water."""

from __future__ import annotations

from deltascribe.datasets.synthetic.wording.grammar import Number, Rule

_NAMES: dict[str, tuple[tuple[str, float, Number], ...]] = {
    "bare": (("the bareland", 6, "singular"), ("the wasteland", 3, "singular")),
    "grass": (("the grass", 5, "singular"), ("the grassland", 4, "singular"), ("the meadow", 3, "singular")),
    "woods": (("the woods", 5, "plural"), ("the forest", 3, "singular")),
    "water": (("the lake", 5, "singular"), ("the water", 1, "singular")),
    "field": (("the field", 5, "singular"), ("the farmland", 2, "singular"), ("the cropland", 0.2, "singular")),
}
_BECOMES = {
    "bare": (("bareland", 6), ("a bareland", 1), ("bare land", 0.3)),
    "mud": (("mud", 3), ("muddy ground", 1)),
    "grass": (("grass", 6), ("grassland", 3), ("a meadow", 1)),
    "woods": (("woods", 4), ("a forest", 1)),
    "field": (("farmland", 3), ("cropland", 0.4)),
    "concrete": (("concrete ground", 2), ("a cement floor", 1), ("concrete", 1)),
}


def _was_rules() -> tuple[Rule, ...]:
    """The ground that is no longer there; only a part of it where much of its kind remains."""
    rules: list[Rule] = []
    for kind, names in _NAMES.items():
        for text, weight, number in names:
            rules += [
                Rule(text, weight, f"g.was_{kind} g.all", number),
                Rule(f"part of {text}", weight, f"g.was_{kind} g.part", "singular"),
                Rule(f"{text} {{place:g}}", weight, f"g.was_{kind}", number),
            ]
    return tuple(rules)


def _now_rules() -> tuple[Rule, ...]:
    return tuple(Rule(text, weight, f"g.now_{kind}", "none") for kind, names in _BECOMES.items() for text, weight in names)


_LOSSES: dict[str, tuple[Rule, ...]] = {
    "demolish": (
        Rule("{d} {demolished}", 10),
        Rule("{d} {demolished} {place:d}", 5),
        Rule("{d} {place:d} {demolished}", 4),
        Rule("{d} in the woods {demolished}", 2, "d.in_woods"),
        Rule("{d} {demolished} in the forest", 1, "d.in_woods"),
        Rule("the original {d_bare} {demolished}", 2, "d.all d.only d.many"),
        Rule("all the {d_bare} {demolished}", 1, "d.all d.only d.many"),
    ),
    "swap": (
        Rule("{d} {replaced_by} {b}", 5, "b now_building"),
        Rule("{b} {replace} {d}", 2, "b now_building"),
        Rule("{d} {be} demolished and replaced by {b}", 0.8, "b now_building"),
        Rule("{demolish} and {built_there:b}", 1.5, "b now_building"),
        Rule("{d} {replaced_by} {k}", 6, "k now_parking"),
        Rule("{demolish} and {built_there:k}", 2, "k now_parking"),
        Rule("{d} {replaced_by} {r}", 4, "r now_road"),
        Rule("{d} {demolished} and the ground becomes bareland", 2, "turned_bare"),
        Rule("{d} {become} bareland", 2, "turned_bare"),
        Rule("{d} {become} grass", 2, "turned_grass"),
        Rule("{d} {be} removed and grass has grown there", 1, "turned_grass"),
    ),
    "built_there": (Rule("{$} {built} there"),),
    "give_up": (
        Rule("{x} {gone} {place:x}", 4, "x"),
        Rule("{x} {gone}", 8, "x"),
        Rule("{l} {gone}", 6, "l"),
        Rule("{l} {gone} {place:l}", 3, "l"),
        Rule("{q} {gone}", 4, "q"),
        Rule("{q} {gone} {place:q}", 3, "q"),
        Rule("{z} {gone}", 4, "z"),
        Rule("{z} {gone} {place:z}", 3, "z"),
    ),
}

_ROADS: dict[str, tuple[Rule, ...]] = {
    "rework": (
        Rule("{the_old_road:widened} {widened}", 10, "widened|wideneds"),
        Rule("{the_old_road:widened} {place:m} {widened}", 4, "widened|wideneds"),
        Rule("{the_old_road:widened} {widened} {place:m}", 2, "widened|wideneds"),
        Rule("{the_old_road:widened} {be} rebuilt and widened", 2, "widened|wideneds"),
        Rule("{the_old_road:paved} {rebuilt}", 6, "paved|paveds"),
        Rule("{the_dirt_road} {replaced_by} {paved_road}", 4, "paved|paveds"),
        Rule("{the_dirt_road} {place:m} {replaced_by} {paved_road}", 2, "paved|paveds"),
        Rule("{the_dirt_road} {become} {paved_road}", 3, "paved|paveds"),
        Rule("{the_old_road:extended} {extended}", 8, "extended|extendeds"),
        Rule("{the_old_road:extended} {extended} {place:m}", 3, "extended|extendeds"),
    ),
    "the_old_road": (
        Rule("the road", 10, "$", "singular"),
        Rule("the original road", 5, "$", "singular"),
        Rule("a road", 2, "$", "singular"),
        Rule("an original road", 0.6, "$", "singular"),
        Rule("the existing road", 0.6, "$", "singular"),
        Rule("the old road", 0.8, "$", "singular"),
        Rule("the roads", 10, "$s", "plural"),
        Rule("the original roads", 4, "$s", "plural"),
        Rule("some roads", 3, "$s", "plural"),
    ),
    "the_dirt_road": (
        Rule("the dirt road", 8, "paved", "singular"),
        Rule("the original dirt road", 1, "paved", "singular"),
        Rule("the dirt roads", 8, "paveds", "plural"),
    ),
    "paved_road": (
        Rule("a paved road", 1, "paved", "none"),
        Rule("paved roads", 1, "paveds", "none"),
    ),
}

_GREEN: dict[str, tuple[Rule, ...]] = {
    "plant": (
        Rule("{new_trees} {planted} {place:n}", 4),
        Rule("{new_trees} {planted}", 8),
        Rule("{new_trees} {planted} on the bareland", 4, "g.was_bare"),
        Rule("{new_trees} {planted} on the grass", 4, "g.was_grass"),
    ),
    "new_trees": (
        Rule("some trees", 8, "n", "plural"),
        Rule("trees", 4, "n", "plural"),
        Rule("many trees", 9, "n.many", "plural"),
        Rule("some plants", 1.5, "n.veg", "plural"),
        Rule("many plants", 1, "n.veg n.many", "plural"),
        Rule("more trees", 2.5, "n", "plural"),
        Rule("some vegetation", 1, "n.veg", "singular"),
        Rule("some new trees", 0.8, "n", "plural"),
        Rule("a lot of vegetation", 0.6, "n.veg n.many", "singular"),
    ),
    "turn": (Rule("{was} {become} {now}", 1, "g !g.now_water"),),
    "was": _was_rules(),
    "now": _now_rules(),
}

_WATER: dict[str, tuple[Rule, ...]] = {
    "mud": (
        Rule("{mud_itself} {appear} {place:u}", 2),
        Rule("{mud_itself} {appear} {land:u}", 2, "u.on_bare|u.on_grass|u.on_field"),
        Rule("{mud_itself} covers {lost:u}", 4),
        Rule("{mud_itself} covers {covered:u}", 2),
        Rule("{the_flooded} {muddied}", 4),
        Rule("{lost:u} {muddied}", 3),
    ),
    "mud_itself": (Rule("mud", 1, "u", "singular"),),
    "water_itself": (Rule("water", 1, "w", "singular"),),
    "water": (
        Rule("{w} {appear} {where:w}", 12, "w !water_flooded"),
        Rule("{w} {appear} {where:w}", 3, "w water_flooded"),
        Rule("{w} {be} dug {where:w}", 0.8, "w !water_flooded"),
        Rule("{w} {be} built {where:w}", 1, "w !water_flooded"),
        Rule("{w} {be} formed {where:w}", 0.8, "w"),
        Rule("{lost:w} {become} {w}", 3, "w"),
        Rule("{lost:w} {replaced_by} water", 3, "w.unsure"),
        Rule("water covers {covered:w}", 4, "w.unsure"),
        Rule("{water_itself} {appear} {where:w}", 6, "w.unsure"),
        Rule("{w} {replace} {lost:w}", 2, "w"),
        Rule("the {gone_water} {filled}", 6, "v"),
        Rule("the {gone_water} {place:v} {filled}", 3, "v"),
        Rule("{v} {filled} {place:v}", 3, "v"),
        Rule("{v} {filled}", 2, "v"),
        Rule("the {gone_water} {become} {gone_now}", 5, "v g.was_water"),
        Rule("{the_lake} {grows}", 8, "water_grown"),
        Rule("the water has expanded", 1, "water_grown"),
        Rule("the water level has risen", 3, "water_grown"),
        Rule("the water level of the lake has risen", 2, "water_grown"),
        Rule("{the_lake} {shrinks}", 8, "water_shrunk"),
        Rule("{part_of_lake} {filled}", 3, "water_shrunk"),
        Rule("the area of the lake is reduced", 1.5, "water_shrunk"),
        Rule("the water has decreased", 1, "water_shrunk"),
        Rule("{turn}", 6, "water_shrunk g.was_water"),
        Rule("{the_flooded} {flooded}", 6, "water_flooded"),
        Rule("{lost:w} {flooded}", 5, "water_flooded w"),
        Rule("water covers {covered:w}", 4, "water_flooded"),
    ),
    "covered": (
        Rule("the ground", 2, "", "none"),
        Rule("part of the scene", 2, "", "none"),
        Rule("{lost:$}", 4, "$", "none"),
    ),
    "gone_water": (
        Rule("lake", 3, "v.one", "singular"),
        Rule("pond", 2, "v.one v.pond", "singular"),
        Rule("water", 1, "v", "singular"),
        Rule("lakes", 3, "v.many", "plural"),
        Rule("ponds", 2, "v.many v.pond", "plural"),
    ),
    "gone_now": (
        Rule("bareland", 3, "g.now_bare", "none"),
        Rule("grass", 3, "g.now_grass", "none"),
        Rule("grassland", 1, "g.now_grass", "none"),
        Rule("mud", 2, "g.now_mud", "none"),
    ),
    "the_lake": (
        Rule("the lake", 5, "", "singular"),
        Rule("the pond", 4, "water_small", "singular"),
    ),
    "part_of_lake": (Rule("part of the lake", 1, "", "singular"),),
    "the_flooded": (
        Rule("the ground", 4, "", "singular"),
        Rule("the area", 3, "", "singular"),
        Rule("part of the scene", 3, "", "singular"),
        Rule("part of the area", 1, "", "singular"),
    ),
}

CHANGES: dict[str, tuple[Rule, ...]] = {**_LOSSES, **_ROADS, **_GREEN, **_WATER}
"""Rules by symbol."""
