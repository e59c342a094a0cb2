"""The words behind the keyword scores: which phrases mean the same thing, by kind.

The classes follow the training captions of LEVIR-CC (3,407 changed pairs, five people each). Two words share a class where a second
person, seeing the same pair, uses the one about as readily as the other, or where chance-corrected agreement (Cohen's kappa between
two people of a pair) is no better apart than together:

- "villa" and "house" are one: after "villa" the others say "house" in 55 % of cases and "villa" in 24 %. "Building" stays apart: after
  it the others say "building" 1.5 times as often as elsewhere, and "house" no more than elsewhere.
- "woods", "forest", "vegetation", "plants" and "trees" agree better together (kappa 0.53 against 0.3), and so do the words for bare
  ground ("desert" and "open space" alone agree below chance), "some" and "several", "many", "massive" and "rows of".
- "path", "a row of" and the plain numbers are said again far more often than by chance, and stay apart. A crossroad is a road too.
- "B replaces A" says that A is gone and B is there. "A becomes B" does not: the others speak no more of removal than elsewhere.

Phrases of a class are separated by commas; the longest phrase that fits is the one that counts. A phrase that stands for two classes
has both in its key. Nouns are given in the singular.
"""

from __future__ import annotations

OBJECTS: dict[str, str] = {
    "house": (
        "house, villa, cottage, bungalow, longhouse, long house, cabin, hut, mansion, home, dwelling, residence, apartment, "
        "residential building, residential house, residential area, residential district, residential block, residential, "
        "settlement, village, neighborhood, square house, vital"  # "vitals" is LEVIR-CC's misspelling of "villas"
    ),
    "building": (
        "building, structure, construction, room, factory, square building, electronic plant, power plant, warehouse, storehouse, "
        "depot, mall, shopping mall, tower, block, facility, complex, hall, gym, gymnasium, school, teaching building, pavilion, "
        "skyscraper, greenhouse, shed, hangar, station, dome, roof, foundation"
    ),
    "road": (
        "road, street, lane, highway, avenue, asphalt, bypass, ring road, expressway, freeway, motorway, driveway, branch, runway, tarmac"
    ),
    "crossroad, road": "crossroad, crossing, intersection, t-junction, junction, roundabout, interchange",
    "path": "path, track, trail, footpath, pathway, pavement, sidewalk, dirt road, dirt path, country road, country lane",
    "bridge": "bridge, viaduct, overpass, flyover",
    "parking lot": "parking lot, parking area, parking space, parking, car park, parking place",
    "car": "car, vehicle, truck, bus, tow, trailer",
    "tree": "tree, wood, woodland, forest, jungle, vegetation, plant, wooded area, oasis",
    "bush": "bush, shrub, brush, brushwood",
    "grass": "grass, grassland, meadow, lawn, pasture, grass field, grassy area",
    "farmland": "farmland, farm, ranch, cropland, crop field, crop, orchard",
    "bare ground": (
        "bareland, bare land, bare ground, wasteland, waste land, desert, clearing, open space, open ground, open area, space, ground, "
        "land, vacant land, moorland, moor, wilderness, field, soil, earth, sand, dirt, mound, empty space, mud"
    ),
    "water": "water, water level, lake, pond, pool, river, reservoir, stream, sea, wharf, dock, shore, cistern, canal, pound",
    "swimming pool": "swimming pool",
    "sports ground": (
        "playground, stadium, court, basketball court, tennis court, football field, baseball field, playing field, golf course, golf, "
        "sports field, sports venue, sports ground, venue, basketball, gymnasium field, park, amusement park"
    ),
    "square": "square, plaza, cement ground, concrete ground, cement floor, concrete floor, platform, cement square, ring square",
    "construction site": "construction site, site, building site",
    "container": "container, storage tank, tank, cabinet, box, storage",
    "power line": "telegraph pole, pole, wire, electric wire, power grid, power line, power tower, power tower station, rod, grid",
    "wall": "wall, fence, gate, dam",
}

UNCOUNTED = (
    "wood, woodland, forest, jungle, vegetation, plant, wooded area, oasis, brush, brushwood, grass, grassland, meadow, lawn, pasture, "
    "grass field, grassy area, farmland, cropland, crop field, crop, bareland, bare land, bare ground, wasteland, waste land, desert, "
    "clearing, open space, open ground, open area, space, ground, land, vacant land, moorland, moor, wilderness, field, soil, earth, sand, "
    "dirt, empty space, mud, water, water level, sea, shore, residential area, residential district, residential block, residential, "
    "settlement, village, neighborhood, parking, asphalt, storage, basketball, golf"
)
"""Objects that are not one thing each: an article before them says no number, as in "a forest" or "a residential area"."""

PLACES: dict[str, str] = {
    "middle": "middle, center, centre, central",
    "corner": "corner, corners",
    "edge": "edge, edges, border, boundary, margin",
    "end": "end, ends",
    "both sides": "both sides, either side, each side, two sides, both roadsides, both side, opposite sides, sides",
    "beside": (
        "along, alongside, beside, besides, near, nearby, next to, next, close to, adjacent, roadside, roadsides, by the road, by the "
        "roads, by a road, by the roadside, by the side, by the sides, by it, by them, stand by, one side, the side, other side, "
        "lining, lined, line the, line a, line up along, street sides"
    ),
    "around": "around, surrounding, surround, surrounds, surrounded, encircle, enclosed",
    "between": "between, among, in the gap",
    "across": "across, through, crosses, traversing, traverse",
    "front or back": "in front of, front, behind, back, opposite",
    "inside": "inside, within",
    "outside": "outside",
}

CHANGES: dict[str, str] = {
    "appear": (
        "appear, appears, appeared, appearing, appearance, built, build, builds, building up, construct, constructs, constructed, "
        "erected, erect, add, adds, added, emerge, emerges, emerged, show up, shows up, showed up, shown up, completed, finished, "
        "established, created, create, formed, form, forms, set up, developed, developed into, developed as, develops, come out, comes "
        "out, comes into being, come into being, new, newly, springs up, spring up, made, exposed, expose, exposes, revealed, reveal, "
        "construction of, finished construction, completed construction, started construction, under construction, "
        "perfected"
    ),
    "remove": (
        "remove, removed, removes, removal, demolished, demolish, disappear, disappears, disappeared, disappearing, disappearance, "
        "vanish, vanishes, vanished, cleared, clear, clears, cut, cut down, pulled down, knocked down, bulldozed, razed, wiped, gone, "
        "missing, miss, eliminated, destroyed, abandoned, taken away, torn down, fades, fade, faded, dismantled, moved, deserted, "
        "leave"
    ),
    "appear, remove": (
        "replace, replaces, replaced, replacing, in place of, take the place of, takes the place of, taken place of, takes place of, "
        "take place of, instead of, instead"
    ),
    "become": (
        "become, becomes, became, turn into, turns into, turned into, turn to, turns to, turned to, turned from, converted, convert, "
        "converts, transformed, changed into, changes into, change into, changed, changes, change, into"
    ),
    "rebuild": (
        "rebuilt, rebuild, reconstructed, reconstruct, reconstruction, renovated, renovate, restored, reshaped, repaired, modified, "
        "resurfaced, paved"
    ),
    "extend": (
        "extended, extend, extends, extension, widened, widens, widen, wider, width, expanded, expands, expanding, expansion, "
        "broadened, enlarged, lengthened, longer, bigger, larger, spread, spreads, stretches, expended"
    ),
    "increase": "increased, increases, increase, risen, rises, rise, raised",
    "decrease": (
        "decreased, decreases, decrease, reduced, shrunk, shrank, shortened, fewer, less, smaller, diminish, thinned, fallen, lowered"
    ),
    "grow": (
        "grown, grow, grows, growing, planted, greener, lusher, thicker, denser, bushier, lush, luxuriant, turns green, turn green, "
        "overgrown, grassed, vigorous, vigorously, vibrant"
    ),
    "wither": "withered, wither, dry, dries, dried, dead, sparser, dried up",
    "fill": "filled, fill, fills, covered, cover, covers, covering, coverage, occupied, flooded",
    "level": "leveled, levelled, flattened, flattens, flat, level, dug, flattened out",
}

QUANTITIES: dict[str, str] = {
    "two": "two, a couple of, a pair of, both the",
    "three": "three",
    "four": "four",
    "five or more": "five, six, seven, eight, nine, ten",
    "some": "some, several, few, a few, various, some of, a number of, a group of, group of, groups of, a cluster of",
    "many": (
        "many, lots of, lot of, a lot of, massive, plenty of, numerous, a large number of, large number of, large quantity of, "
        "quantity of, a large quantity of, rows of, lines of, some rows of, several rows of, several lines of, a few rows of, many "
        "rows of, lots, many lines of, rows, lines, masses of, a mass of, a complex of, complexes of, full of, a ring of"
    ),
    "a row": "row of, line of, a row of, a line of, one row of, another row of, row, in a line, a long row of, a neat row of",
    "more": "more, additional, extra, another",
    "all": "all, entire, whole, all of, all the, every",
    "most": "most, majority, most of, mostly",
    "part": "half, part of, parts of, half of, quarter of, a quarter of, some parts of, partly, rest",
}

NEUTRAL = (
    "level of the, level of water, ground level, make room for, makes room for, make room, each other, square of, squares of, "
    "piece of, pieces of, side by side, one by one, more or less"
)
"""Phrases that hold a keyword's word and mean nothing by it."""

STOP_WORDS = (
    "the a an of and in on at to with by from for as or but while which that this these those it its they them their there here "
    "where s is are was were be been being has have had having do does will can also very well so not no than then only almost "
    "nearly over up down out off under onto upon per via scene image picture screen area areas place places part parts side "
    "section sections location position portion region one ones other others original existing former old current remaining "
    "surrounding respective different similar same own main large small big huge giant tiny little great wide narrow long short "
    "high higher low deep medium single neat neatly orderly evenly arranged distributed scattered sporadic sporadically sporadic "
    "scatter separate staggered spaced compact compactly closely detached attached connected connecting connects connect "
    "connection join joins joint linked parallel vertical vertically horizontal horizontally diagonal diagonally longitudinal "
    "perpendicular intersecting cross crossed straight winding turning turn turns curved curving curly crooked zigzag bend "
    "circular circle circles round ring rings arc square rectangular oval angle angles shape shapes shaped t-shaped u-shaped "
    "h-shaped t-typed fan-shaped uneven rugged sparse dense densely massive concrete cement asphalt unsurfaced white red green "
    "blue black yellow brown purple located situated seated placed stand stands run runs running lead leads leading line lines "
    "piece pieces group groups number quantity consisting composed including parked greatly gradually extremely mainly level brand "
    "yard yards bare vacant empty bank divided divide converge right left unfinished uncompleted incomplete directions"
)
"""Words that carry no keyword of the four kinds: grammar, looks, shapes and how things are arranged."""
