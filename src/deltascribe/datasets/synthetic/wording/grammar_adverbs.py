"""Rules for where: the place in the frame, the ground, the road, the neighbours; "$" is the letter of the group that stands there."""

from __future__ import annotations

from deltascribe.datasets.synthetic.wording.grammar import Rule

_OTHER = {"top": "upper", "bottom": "lower"}


def _side_rules() -> list[Rule]:
    rules = []
    for side in ("left", "right"):
        needs = f"$.{side} !$.corner"
        rules += [
            Rule(f"on the {side}", 6, needs),
            Rule(f"in the {side}", 1.6, needs),
            Rule(f"on the {side} side", 1.4, needs),
            Rule(f"on the {side} side of the scene", 1.8, needs),
            Rule(f"on the {side} of the scene", 0.4, needs),
            # true of a corner too, and said of it at times
            Rule(f"on the {side}", 0.7, f"$.{side} $.corner"),
        ]
    for side in ("top", "bottom"):
        needs = f"$.{side} !$.corner"
        rules += [
            Rule(f"at the {side}", 6, needs),
            Rule(f"in the {side}", 1.6, needs),
            Rule(f"at the {side} of the scene", 2, needs),
            Rule(f"on the {side} side of the scene", 1, needs),
            Rule(f"on the {side}", 0.8, needs),
            Rule(f"at the {side}", 0.7, f"$.{side} $.corner"),
        ]
    return rules


def _corner_rules() -> list[Rule]:
    rules = []
    for level, other in _OTHER.items():
        for side in ("left", "right"):
            needs = f"$.{level} $.{side}"
            dash = "-" if other == "lower" else " "  # so people write it
            rules += [
                Rule(f"in the {other} {side} corner", 1.6, needs),
                Rule(f"in the {other} {side} corner of the scene", 2.0, needs),
                Rule(f"in the {other}{dash}{side} corner of the scene", 0.8, needs),
                Rule(f"on the {other}{dash}{side}", 1.6, needs),
                Rule(f"at the {level} {side} corner of the scene", 1.4, needs),
                Rule(f"at the {level} {side} corner", 0.5, needs),
                Rule(f"in the {level} {side} corner", 0.9, needs),
                Rule(f"in the {level} {side}", 1.1, needs),
                Rule(f"on the {level} {side}", 1.0, needs),
                Rule(f"at the {level} {side}", 0.4, needs),
            ]
    return [*rules, Rule("in the corner of the scene", 2.0, "$.corner"), Rule("at the corner of the scene", 0.4, "$.corner")]


ADVERBS: dict[str, tuple[Rule, ...]] = {
    "place": (
        *_side_rules(),
        *_corner_rules(),
        Rule("in the center", 4, "$.center"),
        Rule("in the middle", 4, "$.center"),
        Rule("in the middle of the scene", 1.2, "$.center"),
        Rule("in the center of the scene", 1, "$.center"),
        Rule("at the edge of the scene", 1.2, "$.edge"),
    ),
    "land": (
        Rule("on the bareland", 18, "$.on_bare !$.on_desert"),
        Rule("in the bareland", 5, "$.on_bare !$.on_desert"),
        Rule("on bareland", 3.5, "$.on_bare !$.on_desert"),
        Rule("on the original bareland", 1.8, "$.on_bare !$.on_desert"),
        Rule("in the open space", 3, "$.on_bare"),
        Rule("in the clearing", 2.4, "$.on_bare !$.on_desert"),
        Rule("on the bare land", 0.2, "$.on_bare !$.on_desert"),
        Rule("on the wasteland", 1.2, "$.on_bare !$.on_desert"),
        Rule("in the desert", 12, "$.on_desert"),
        Rule("on the bareland", 2, "$.on_desert"),
        Rule("on the grass", 4, "$.on_grass"),
        Rule("on the meadow", 5, "$.on_grass"),
        Rule("on the grassland", 2.4, "$.on_grass"),
        Rule("in the meadow", 0.7, "$.on_grass"),
        Rule("in the open space", 2, "$.on_grass"),
        Rule("on the original grassland", 0.4, "$.on_grass"),
        Rule("in the field", 6, "$.on_field"),
        Rule("on the farmland", 2, "$.on_field"),
        Rule("in the fields", 1, "$.on_field"),
        Rule("on the field", 1, "$.on_field"),
        Rule("in the woods", 10, "$.in_woods"),
        Rule("in the forest", 5.5, "$.in_woods"),
        Rule("among the trees", 3, "$.in_woods"),
        Rule("among the plants", 0.5, "$.in_woods"),
        Rule("in the former forest", 0.6, "$.on_woods t"),
        Rule("in place of the trees", 0.6, "$.on_woods t"),
        Rule("in place of the vegetation", 0.4, "$.on_woods t"),
        Rule("to replace {lost:$}", 2.2, "$.on_woods t", "none"),
        Rule("to replace {lost:$}", 0.2, "$.on_bare|$.on_grass|$.on_field", "none"),
    ),
    "lost": (
        Rule("the trees", 3, "$.on_woods t.much", "plural"),
        Rule("some trees", 4, "$.on_woods t", "plural"),
        Rule("many trees", 3, "$.on_woods t.many", "plural"),
        Rule("the original trees", 1.2, "$.on_woods t.much", "plural"),
        Rule("some plants", 1.6, "$.on_woods t", "plural"),
        Rule("the plants", 0.8, "$.on_woods t.much", "plural"),
        Rule("the vegetation", 2, "$.on_woods t.much", "singular"),
        Rule("the former vegetation", 1.2, "$.on_woods t.much", "singular"),
        Rule("some vegetation", 0.6, "$.on_woods t", "singular"),
        Rule("most of the trees", 0.8, "$.on_woods t.most", "plural"),
        Rule("most of the plants", 0.8, "$.on_woods t.most", "plural"),
        Rule("half of the woods", 1.5, "$.on_woods t.half t.forest", "plural"),
        Rule("part of the woods", 0.6, "$.on_woods t.forest !t.most", "singular"),
        Rule("part of the forest", 0.6, "$.on_woods t.forest !t.most", "singular"),
        Rule("the woods", 3, "$.on_woods t.forest t.half|t.most", "plural"),
        Rule("the forest", 2.4, "$.on_woods t.forest t.half|t.most", "singular"),
        Rule("the bareland", 6, "$.on_bare !$.on_desert", "singular"),
        Rule("the original bareland", 1, "$.on_bare !$.on_desert", "singular"),
        Rule("the wasteland", 1.6, "$.on_bare !$.on_desert", "singular"),
        Rule("the desert", 4, "$.on_desert", "singular"),
        Rule("the grass", 2, "$.on_grass", "singular"),
        Rule("the grassland", 3, "$.on_grass", "singular"),
        Rule("the meadow", 2.4, "$.on_grass", "singular"),
        Rule("the farmland", 1.5, "$.on_field", "singular"),
        Rule("the field", 4, "$.on_field", "singular"),
        Rule("the cropland", 0.2, "$.on_field", "singular"),
        Rule("the water", 2, "$.on_water", "singular"),
    ),
    "where": (
        Rule("", 3.5),
        Rule("{land:$}", 6, "", "none"),
        Rule("{place:$}", 5, "", "none"),
        Rule("{land:$} {place:$}", 1.5, "", "none"),
    ),
    "along": (
        Rule("along {the_road}", 12, "b.roadside", "none"),
        Rule("beside {the_road}", 7, "b.roadside", "none"),
        Rule("near {the_road}", 2.4, "b.roadside", "none"),
        Rule("next to {the_road}", 2.2, "b.roadside", "none"),
        Rule("around {the_road}", 1.6, "b.roadside b.many", "none"),
        Rule("by {the_road}", 1.2, "b.roadside", "none"),
        Rule("alongside {the_road}", 0.6, "b.roadside", "none"),
        Rule("by the roadside", 1.0, "b.roadside", "none"),
        Rule("on the roadside", 0.4, "b.roadside", "none"),
        Rule("by the side of the road", 0.4, "b.roadside b.along_one", "none"),
        Rule("on both sides of {the_road}", 26, "b.both_sides", "none"),
        Rule("along {the_road} on both sides", 0.8, "b.both_sides", "none"),
        Rule("on either side of {the_road}", 0.4, "b.both_sides", "none"),
        Rule("on one side of the road", 1.6, "b.one_side", "none"),
        Rule("at the crossroad", 3.5, "b.crossroad", "none"),
        Rule("around the crossroad", 0.5, "b.crossroad b.many", "none"),
        Rule("at the end of the road", 3, "b.road_end", "none"),
        Rule("around the end of the road", 1, "b.road_end b.many", "none"),
    ),
    "the_road": (
        Rule("the road", 20, "b.along_one"),
        Rule("the roads", 14, "!b.along_one"),
        Rule("the newly built road", 2.5, "b.along_one b.along_new"),
        Rule("the new road", 1, "b.along_one b.along_new"),
        Rule("the newly built roads", 0.6, "!b.along_one b.along_new"),
        Rule("the new roads", 0.6, "!b.along_one b.along_new"),
        Rule("the winding road", 1.2, "b.along_curved"),
        Rule("the turning road", 0.8, "b.along_curved"),
        Rule("the dirt road", 2, "b.along_dirt b.along_one"),
        Rule("the original road", 0.4, "b.along_one b.along_old"),
        Rule("the main road", 0.3, "b.along_one b.along_old"),
    ),
    "neighbours": (
        Rule("near the existing buildings", 1, "b.near_old !b.near_one"),
        Rule("next to the existing building", 2, "b.near_old b.near_one"),
        Rule("near the original houses", 1.4, "b.near_homes !b.near_one"),
        Rule("near the existing houses", 1, "b.near_homes !b.near_one"),
        Rule("next to the original house", 2, "b.near_homes b.near_one"),
    ),
    "in_area": (
        Rule("in the residential area", 4, "b.in_area"),
        Rule("in this residential area", 1, "b.in_area"),
    ),
    "where_b": (
        Rule("", 2),
        Rule("{along}", 11, "", "none"),
        Rule("{land:b}", 5, "", "none"),
        Rule("{place:b}", 6, "", "none"),
        Rule("{along} {land:b}", 3.6, "", "none"),
        Rule("{land:b} {along}", 2.4, "", "none"),
        Rule("{land:b} {place:b}", 2, "", "none"),
        Rule("{along} {place:b}", 1.6, "", "none"),
        Rule("{along} {land:b} {place:b}", 0.8, "", "none"),
        Rule("{neighbours}", 1.4, "", "none"),
        Rule("{land:b} {neighbours}", 0.4, "", "none"),
        Rule("{in_area}", 3, "", "none"),
        Rule("{along} {in_area}", 1.6, "", "none"),
    ),
}
"""Rules by symbol."""
