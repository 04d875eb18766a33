"""What companies paid a specialist, summed by year and by what it was for, in plain words and without a judgement.

The kinds are those of Open Payments (42 CFR 403.904(e)); one that is not among them keeps its own name.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from referral.domain.phrases import phrase

_KINDS = {
    "research": phrase("research"),
    "grant": phrase("a grant"),
    "consulting fee": phrase("advice to the company"),
    "compensation for services other than consulting": phrase("talks and other services"),
    "compensation for serving as faculty or as a speaker": phrase("teaching and talks"),
    "honoraria": phrase("fees of thanks for a talk or an article"),
    "food and beverage": phrase("meals"),
    "travel and lodging": phrase("travel and hotels"),
    "education": phrase("training and books"),
    "gift": phrase("gifts"),
    "entertainment": phrase("entertainment"),
    "royalty or license": phrase("royalties and licenses for an invention"),
    "current or prospective ownership": phrase("shares in the company"),
    "ownership": phrase("shares in the company"),
    "charitable contribution": phrase("donations"),
    "acquisitions": phrase("the sale of a company or a part of one"),
    "debt forgiveness": phrase("a debt that was forgiven"),
    "long term medical supply or device loan": phrase("devices on loan"),
    "space rental or facility fees": phrase("rent for rooms"),
}


class Paid(NamedTuple):
    """One payment: the year, who paid, for what as the file says it, and how much in US dollars."""

    year: int
    payer: str
    nature: str
    amount_usd: Decimal


class Sum(NamedTuple):
    """All of one year for one kind of thing, and how many companies paid it."""

    nature: str
    amount_usd: Decimal
    companies: int


class Year(NamedTuple):
    """All of one year, the largest first."""

    year: int
    amount_usd: Decimal
    sums: tuple[Sum, ...]


def by_year(payments: Iterable[Paid]) -> tuple[Year, ...]:
    """Payments summed, the newest year first."""
    found: dict[int, dict[str, list[Paid]]] = defaultdict(lambda: defaultdict(list))
    for paid in payments:
        found[paid.year][plain(paid.nature)].append(paid)
    return tuple(_year(year, found[year]) for year in sorted(found, reverse=True))


def plain(nature: str) -> str:
    """What a payment was for in plain words."""
    folded = nature.strip().casefold()
    return next((words for begins, words in _KINDS.items() if folded.startswith(begins)), nature)


def _year(year: int, kinds: dict[str, list[Paid]]) -> Year:
    sums = [Sum(kind, _total(paid), len({one.payer for one in paid})) for kind, paid in kinds.items()]
    sums.sort(key=lambda one: (-one.amount_usd, one.nature))
    return Year(year, sum((one.amount_usd for one in sums), Decimal()), tuple(sums))


def _total(paid: Iterable[Paid]) -> Decimal:
    return sum((one.amount_usd for one in paid), Decimal())
