"""How long a way takes by road, as a band: what can be said without a map of roads and without asking anybody.

Roads in the United States are about 1.4 times as long as the straight line. Boscoe, Henry and Zdeb compared the two
on the way to hospitals from 66,000 places ("A nationwide comparison of driving distance versus straight-line distance
to hospitals", The Professional Geographer 64(2), 2012, doi 10.1080/00330124.2011.583586, PMC3835347): they go
together closely but for shores and mountains. The factor is the detour index that they are cited for (1.417),
rounded; the paper was looked up, the figure in it was not. The speeds are a rule of thumb of ours: slow through the
place one lives in, faster after it.
"""

from functools import lru_cache

from referral.domain.phrases import Phrase, joined, phrase

ROAD_FACTOR = 1.4
SLOW_KM = 20.0
SLOW_KM_AN_HOUR = 40.0
FAST_KM_AN_HOUR = 90.0

_BANDS = (
    (0.5, phrase("under half an hour by road")),
    (1.0, phrase("half an hour to an hour by road")),
    (2.0, phrase("1 to 2 hours by road")),
    (4.0, phrase("2 to 4 hours by road")),
)
_LONGEST = phrase("more than 4 hours by road")


def hours_by_road(kilometres: float) -> float:
    """About how many hours a straight line of so many kilometres takes by car."""
    road = ROAD_FACTOR * kilometres
    slow = min(road, SLOW_KM)
    return slow / SLOW_KM_AN_HOUR + (road - slow) / FAST_KM_AN_HOUR


@lru_cache(4_096)
def by_road(kilometres: float) -> Phrase:
    """The band of time for a straight line of so many kilometres, in words."""
    hours = hours_by_road(kilometres)
    return next((words for least, words in _BANDS if hours < least), _LONGEST)


_SENTENCES = {words: phrase("That is {way}.", way=words) for words in (*(band for _, band in _BANDS), _LONGEST)}


def with_time(told: str, kilometres: float | None) -> str:
    """A text that ends with a distance, and how long that way takes; the text alone where no distance is known."""
    return told if kilometres is None else joined((told, _SENTENCES[by_road(kilometres)]))
