"""What reports there are: each with its lines, its columns and their meaning; the data dictionary is made of this."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a number of a column is."""

    COUNT = "count"
    SHARE = "share"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how it is called in a file, what stands over it, its unit, and what it means."""

    name: str
    head: str
    unit: Unit
    meaning: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which columns a chart shows, by their places: `part` of `whole`, or one alone, or a span from one to another."""

    part: int
    whole: int | None = None
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """One report: its name in addresses, title, what a line is, its columns, and what has to be said about it."""

    name: str
    title: str
    line: str
    columns: tuple[Column, ...]
    drawing: Drawing
    says: str
    hides: bool = False


def _count(name: str, head: str, meaning: str) -> Column:
    return Column(name, head, Unit.COUNT, meaning)


def _share(name: str, head: str, meaning: str) -> Column:
    return Column(name, head, Unit.SHARE, meaning)


_OPINION_SAYS = (
    "Requests made in the period. A number of people from 1 to 10 is hidden, and so is whatever would give it away."
)
_PEOPLE = (
    _count("requests", "Requests", "Requests made in the period"),
    _count("with_opinion", "With an opinion", "Of these, those with at least one opinion by now"),
    _share("opinion_share", "Share", "with_opinion divided by requests"),
    _count("declined", "Declined at least once", "Of these, those that at least one office has declined"),
    Column("days", "Days to the opinion", Unit.DAYS, "Mean of the whole days from the request to its first opinion"),
)
_ENDED = "Steps that ended in the period; hours of the wall clock, nights and weekends included"


def _equity(name: str, title: str, line: str, more: str = "") -> Subject:
    says = f"{_OPINION_SAYS} {more}".strip()
    return Subject(name, title, line, _PEOPLE, Drawing(2), says, hides=True)


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "closure", "How many referrals that were sent have an opinion", "Month of sending",
        (
            _count("sent", "Sent", "Referrals handed over to an office in the month, one for each office"),
            _count("with_opinion", "With an opinion", "Of these, those the office has answered by now"),
            _share("share", "Share", "with_opinion divided by sent"),
        ),
        Drawing(1, 0), "The loop of a referral is closed when its opinion is here. Recent months are still open.",
    ),
    Subject(
        "stages", "How long requests stay in each stage", "Stage",
        (
            _count("ended", "Ended", _ENDED),
            Column("median", "Median", Unit.HOURS, "Half of them took at most so many whole hours"),
            Column("ninetieth", "90th percentile", Unit.HOURS, "Nine of ten took at most so many whole hours"),
        ),
        Drawing(1, to=2), "Hours of the wall clock, nights and weekends included. For one organization: what it held.",
    ),
    Subject(
        "deadlines", "How many steps ended after their deadline", "Stage",
        (
            _count("ended", "Ended", _ENDED),
            _count("late", "Late", "Of these, those whose deadline had passed"),
            _share("share", "Share", "late divided by ended"),
        ),
        Drawing(1, 0), "What is late and has not ended stands in the list “Past the deadline”.",
    ),
    Subject(
        "decline-reasons", "Why offices declined", "Reason",
        (_count("declined", "Declined", "Referrals that an office declined in the period for this reason"),),
        Drawing(0), "Each office that said no counts once for each request.",
    ),
    Subject(
        "decline-specialists", "Who declined most often", "Specialist",
        (
            _count("asked", "Asked", "Requests that the specialist was asked about in the period"),
            _count("declined", "Declined", "Requests that their office declined in the period"),
        ),
        Drawing(1, 0), "The twenty who declined most. One declined in the period may have been asked before it.",
    ),
    Subject(
        "reroutes", "What became of requests that were passed on", "Passed on after",
        (
            _count("passed_on", "Passed on", "Re-routes to the next specialist in the period"),
            _count("accepted", "Accepted", "Of these, those that the next office accepted or answered by now"),
            _count("with_opinion", "With an opinion", "Of these, those with its opinion by now"),
            _share("share", "Share accepted", "accepted divided by passed_on"),
        ),
        Drawing(1, 0), "A re-route succeeds when the next office accepts.",
    ),
    Subject(
        "records", "Which records hold requests up", "Record",
        (
            _count("asked", "Waits", "Waits that ended in the period, with this record among those asked for"),
            Column("median", "Median wait", Unit.HOURS, "Half of these waits took at most so many whole hours"),
            Column("ninetieth", "90th percentile", Unit.HOURS, "Nine of ten took at most so many whole hours"),
        ),
        Drawing(1, to=2), "A wait with several records counts for each of them: which of them came last is not known.",
    ),
    Subject(
        "workload", "What each coordinator did", "Coordinator",
        (
            _count("requests", "Requests", "Different requests they took a step on in the period"),
            _count("steps", "Steps", "Steps they took: every line of the history under their name"),
        ),
        Drawing(1), "Steps of the desk, notes included. It counts what was done, not how well.",
    ),
    Subject(
        "agreement", "What second opinions said of the first", "Second opinion",
        (
            _count("opinions", "Opinions", "First opinions of specialists that came in the period"),
            _share("share", "Share", "opinions divided by all of the period"),
        ),
        Drawing(0), "By the office’s own word. Whether it made things worse patients say, in the next report.",
    ),
    Subject(
        "outcomes", "What patients say the second opinion changed", "Answer",
        (
            _count("patients", "Patients", "Patients whose last answer came in the period and says this"),
            _share("share", "Share", "patients divided by all who answered in the period"),
        ),
        Drawing(0),
        "By the patients’ own word, where they gave one. Several things may have changed. A number of people from 1 to "
        "10 is hidden, and so is whatever would give it away.",
        hides=True,
    ),
    _equity("language", "Who gets an opinion, by language", "Language"),
    _equity(
        "rurality", "Who gets an opinion, by how rural the home is", "Home",
        "City: a place of 50,000 people within 30 km of the ZIP code’s middle; town: one of 10,000; rural: neither. "
        "This is a rough class of our own, not the official commuting areas.",
    ),
    _equity("state", "Who gets an opinion, by state", "State"),
)  # fmt: skip
"""Every report, in the order of the page."""
BY_NAME = {subject.name: subject for subject in SUBJECTS}
