"""What stands in the table of a comparison: one row a field, in each cell what is known of one specialist."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from referral.domain import explanation
from referral.domain.codes import Designation, Discipline
from referral.domain.matching import EvidenceLine
from referral.domain.phrases import SHORT, counted, day, joined, phrase
from referral.domain.travel_time import by_road
from referral.services.compare import Compared
from referral.web import filters

MOST_LINES = 2
"""Of each kind of evidence; the profile has the rest."""
_NOT_KNOWN = phrase("not known")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one field says of one specialist: texts, lines of evidence, and how many lines more the profile has.

    With neither texts nor lines nothing is known, and `nothing` says it.
    """

    texts: tuple[str, ...] = ()
    lines: tuple[EvidenceLine, ...] = ()
    more: int = 0
    nothing: str = _NOT_KNOWN

    @property
    def known(self) -> object:
        """What is told apart from other cells; None where nothing is known."""
        return (self.texts, self.lines) if self.texts or self.lines else None


@dataclass(frozen=True, slots=True)
class Row:
    """One field, with a cell for each specialist."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether two of them are known and not the same."""
        return len({cell.known for cell in self.cells} - {None}) > 1

    @property
    def most(self) -> int:
        """The largest number that an interval reaches, 10 at least: the scale that the cells of this row share."""
        return max([10, *(line.high or line.count or 0 for cell in self.cells for line in cell.lines)])


def rows(columns: Sequence[Compared], today: date, *, located: bool, rough: bool) -> list[Row]:
    """All rows; the way only where somebody said where they are, and `rough` where that is a region alone."""
    fields = [
        *_WHO,
        *([(phrase("How far"), _far_roughly if rough else _far)] if located else []),
        *_EVIDENCE,
        *_HOW,
    ]
    found = [Row(label, tuple(tell(one) for one in columns)) for label, tell in fields]
    return [*found, Row(phrase("Details last checked"), tuple(_checked(one, today) for one in columns))]


def _text(text: str | None) -> Cell:
    return Cell((text,)) if text else Cell()


def _specialty(one: Compared) -> Cell:
    return _text(joined([filters.WORDS[Discipline].get(code, code) for code in one.disciplines], ", "))


def _place(one: Compared) -> Cell:
    role = one.role
    city = ", ".join(part for part in (role.city, role.state) if part)
    designation = role.organization.designation if role.organization else ""
    named = filters.WORDS[Designation].get(designation, "")
    name = role.organization.name if role.organization else phrase("Own practice")
    return Cell(tuple(text for text in (name, city, named) if text))


def _far(one: Compared) -> Cell:
    if one.kilometres is None:
        return Cell()
    straight = phrase("{distance} in a straight line", distance=explanation.distance(one.kilometres))
    return Cell((straight, by_road(one.kilometres)))


def _far_roughly(one: Compared) -> Cell:
    """From the middle of a region, so no finer than that."""
    if one.kilometres is None:
        return Cell()
    away = explanation.rough_distance(one.kilometres)
    return _text(phrase("about {distance} from the middle of the region", distance=away))


def _lines(lines: Sequence[EvidenceLine], nothing: str) -> Cell:
    return Cell((), tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES), nothing)


def _own(one: Compared) -> Cell:
    return _lines(one.own, phrase("not known: no count is published that we know of"))


def _related(one: Compared) -> Cell:
    return _lines(one.related, phrase("not known: no count is published that we know of"))


def _research(one: Compared) -> Cell:
    return _lines(one.research, phrase("none that we know of"))


def _centre(one: Compared) -> Cell:
    return _lines(one.centre, phrase("not known: no count is published that we know of"))


def _accepts(one: Compared) -> Cell:
    return _yes_no(one.role.accepts_new_patients)


def _by_records(one: Compared) -> Cell:
    return _yes_no(one.role.remote_opinion)


def _yes_no(value: bool | None) -> Cell:
    return Cell() if value is None else _text(filters.yes_no(value))


def _wait(one: Compared) -> Cell:
    days = one.role.wait_days
    return Cell() if days is None else _text(counted("about {number} day", "about {number} days", days))


def _fee(one: Compared) -> Cell:
    return Cell() if one.role.fee_usd is None else _text(filters.dollars(one.role.fee_usd))


def _languages(one: Compared) -> Cell:
    return _text(joined([filters.language(tag) for tag in one.role.practitioner.languages], ", "))


def _insurance(one: Compared) -> Cell:
    return _text(", ".join(one.role.insurers))


def _checked(one: Compared, today: date) -> Cell:
    checked = one.role.assured_on
    if checked is None:
        return Cell((), nothing=phrase("never by us: we call the office first"))
    old = filters.age_days(checked, today) or 0
    texts = (day(checked, SHORT), phrase("more than 90 days ago") if old > 90 else "")
    return Cell(tuple(text for text in texts if text))


Field = tuple[str, Callable[[Compared], Cell]]
_WHO: tuple[Field, ...] = ((phrase("Specialty"), _specialty), (phrase("Where they work"), _place))
_EVIDENCE: tuple[Field, ...] = (
    (phrase("Counted cases of this cancer"), _own),
    (phrase("Counted cases of related cancers"), _related),
    (phrase("Research and certificates"), _research),
    (phrase("What is counted of the centre"), _centre),
)
_HOW: tuple[Field, ...] = (
    (phrase("Accepts new patients"), _accepts),
    (phrase("Opinion by records"), _by_records),
    (phrase("Wait"), _wait),
    (phrase("Fee they state"), _fee),
    (phrase("Languages"), _languages),
    (phrase("Insurance"), _insurance),
)
