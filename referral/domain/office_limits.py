"""What an office does not take: requests of any kind before a day, or one cancer for good."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from referral.domain.cancers import CancerTree
from referral.domain.codes import Discipline


def is_paused(paused_until: date | None, today: date) -> bool:
    """Whether the office takes no requests today; on the day named it takes them again."""
    return paused_until is not None and today < paused_until


def is_out_of_scope(not_treated: Collection[str], path: Sequence[str]) -> bool:
    """Whether a cancer, as its path of OncoTree codes from the tissue down, or a group it is in, is not treated."""
    return not set(path).isdisjoint(not_treated)


TISSUES_OF: Mapping[Discipline, tuple[str, ...]] = {
    Discipline.GYNECOLOGIC: ("OVARY", "UTERUS", "CERVIX", "VULVA"),
    Discipline.HEMATOLOGY: ("LYMPH", "MYELOID"),
    Discipline.NEURO: ("BRAIN",),
}
"""The tissues of OncoTree that a discipline is about; those that are not named here are about many."""

MOST_NAMED = 24


def scope(asked: str, evidence: Iterable[str], disciplines: Iterable[str], held: Iterable[str], tree: CancerTree,
          ) -> list[str]:  # fmt: skip
    """The cancers that an office is asked about: the one of the request first, if there is one, then by name.

    These are what the specialist's evidence is of, what the disciplines are about, and what was named before. Of very
    many the tissues stand for the cancers in them.
    """
    known = {code for code in evidence if code in tree}
    if len(known) > MOST_NAMED:
        known = {tree.root(code) for code in known}
    about = {code for each in disciplines for code in TISSUES_OF.get(Discipline(each), ()) if code in tree}
    rest = (known | about | {code for code in held if code in tree}) - {asked}
    return [*([asked] if asked in tree else []), *sorted(rest, key=lambda code: tree[code].name)]
