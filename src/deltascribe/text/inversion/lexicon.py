"""The words that an invertible change sentence may hold, by what they do in it; a sentence with any other word is not inverted."""

from __future__ import annotations

from deltascribe.text.direction_words import words

BUILDINGS = words(
    "house houses building buildings villa villas bungalow bungalows mansion mansions warehouse warehouses factory factories cottage "
    "cottages construction constructions structure structures mall malls complex complexes residence residences longhouses room rooms "
    "tower towers"
)
STRUCTURES = BUILDINGS | words(
    "road roads track tracks lane lanes facilities path paths street streets footpath crossroad crossroads crossing crossings "
    "intersection intersections bypass bypasses t-junction roundabout highway overpasses viaduct viaducts bridge bridges driveway "
    "driveways trail trails lot lots playground playgrounds court courts stadium yard yards pavilion floor pool pools tank tanks "
    "village"
)
VEGETATION = words(
    "tree trees plant plants bush bushes shrub shrubs vegetation grass forest forests woods wood woodland woodlands grassland "
    "grasslands meadow meadows jungle lawn lawns crops greenery"
)
GROUND = words(
    "bareland wasteland desert soil moorland pasture farmland cropland field fields water lake lakes pond ponds river reservoir "
    "concrete mud"
)
SCATTERED = words("trees plants bushes shrubs crops")
"""Vegetation that is counted; of all other, "the" is simply left out where it comes back."""
VEHICLES = words("car cars truck trucks vehicle vehicles bus buses")
COLLECTIVES = words("row rows line lines group groups block blocks cluster clusters piece")
"""Nouns whose "of" tells what they are made of."""
PLACES = words(
    "screen picture area areas side sides scene image corner corners edge edges part parts center middle end ends front roadside "
    "roadsides space clearing land ground place site open branch branches bend foot back one ones other others sideway shore bank "
    "entrance turn"
)
PRONOUNS = words("it them")
COVERING = words("on in over across through among into above below inside")
"""Before a pronoun these claim the very ground of a thing, which need not be there on the other date."""
SIDES = words(
    "left right top bottom upper lower upper-left upper-right lower-left lower-right top-left top-right bottom-left bottom-right "
    "left-hand right-hand central"
)
NUMERALS = words("two three four five six seven eight nine ten")
DETERMINERS = NUMERALS | words(
    "a an the some several many few a_few quite_a_few lots_of a_lot_of a_large_number_of a_number_of dozens_of plenty_of most all "
    "both each either this massive numerous another a_pair_of a_couple_of"
)
PARTITIVES = words(
    "half_of most_of part_of a_part_of parts_of some_of all_of almost_all_of almost_all all many_of several_of one_of"
) | frozenset(f"{numeral}_of" for numeral in NUMERALS)
"""Quantities of a whole that was there: "half of the woods"."""
NOVEL = words("new newly newly-built brand completed finished more additional extra")
"""Said of what has come; left out of the sentence in which it goes."""
FORMER = words("original old former existing")
"""Said of what was there before; left out where the dates are swapped."""
ADJECTIVES = words(
    "residential large small big huge giant wide narrow long winding curved turning straight cross crossing intersecting vertical "
    "horizontal parallel main neat detached dense sparse lush bare open vacant square round circular rectangular t-shaped u-shaped "
    "l-shaped tall high cement dirt concrete asphalt ring parking swimming basketball storage muddy sandy paved unsurfaced medium "
    "medium-sized medium-size single double scattered separate arc white red blue green black grey gray yellow brown low short flat "
    "rural wooden country steel simple villa house building tennis football playing sports nearby adjacent similar different "
    "independent attached arranged spaced distributed staggered rugged uneven deep abandoned power traffic public industrial curly "
    "zigzag arc-shaped semicircular forked isolated withered"
)
PREPOSITIONS = words(
    "on in at of beside by near between across among next_to close_to in_front_of around along above below through alongside behind "
    "inside outside into within connecting connected_to connected_with connecting_to connecting_with leading_to linked_to adjacent_to "
    "surrounding surrounded_by perpendicular_to parallel_to vertical_to attached_to to_the_left_of to_the_right_of facing opposite "
    "toward towards to_the to joining over amid amidst from linking under_the"
)
FOLLOWING = words("of to leading_to connected_to connected_with connecting_to connecting_with connecting linked_to attached_to")
"""Prepositions that belong to the phrase right before them: "with a path to the road"."""
ADVERBS = words("along around nearby above below alongside through inside outside neatly densely closely orderly compactly evenly in_a_row")
MANNERS = words(
    "neatly densely closely orderly compactly newly evenly tightly sporadically also separately staggeredly respectively regularly"
)
PARTICIPLES = words(
    "built constructed erected arranged scattered distributed located situated parked lined spaced connected surrounded attached standing"
)
BUILDING_PARTICIPLES = words("built constructed erected added")
"""Said of what stands beside a thing that comes ("a road with villas built along"); left out where both go."""

_PHRASES = """
    a large number of, quite a few, a few, lots of, a lot of, a number of, dozens of, plenty of, a pair of, a couple of, half of,
    most of, a part of, almost all of, almost all, part of, parts of, some of, all of, many of, several of, one of, two of, three
    of, four of, five of, next to, close to, in front of, connected to, connected with, connecting to, connecting with, leading to,
    linked to, adjacent to, surrounded by, perpendicular to, parallel to, vertical to, attached to, to the left of, to the right of,
    in a row, as well as, to replace, in replace of, in place of, instead of
"""
PHRASES = tuple(tuple(phrase.split()) for phrase in _PHRASES.split(","))
"""Words that do the work of one."""


def join_phrases(tokens: list[str]) -> list[str]:
    """Writes each of `PHRASES` as one token, its words joined by underscores."""
    joined: list[str] = []
    index = 0
    while index < len(tokens):
        phrase = next((phrase for phrase in PHRASES if tuple(tokens[index : index + len(phrase)]) == phrase), (tokens[index],))
        joined.append("_".join(phrase))
        index += len(phrase)
    return joined
