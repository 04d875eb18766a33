"""Two letters a patient sends: for copies of the records to a hospital, and to the own doctor about a second opinion.

The hospital's letter rests on the right of access of the HIPAA Privacy Rule, 45 CFR 164.524: 30 days to answer, once 30
more with a reason in writing (b)(2), the form and format asked for where it is readily producible (c)(2), a fee that
covers copying, supplies and postage only (c)(4). Who may sign for somebody else is in 45 CFR 164.502(g). Tissue is no
record under that rule; laboratories lend it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from referral.domain.phrases import LONG, day, phrase

HOSPITAL = "records"
DOCTOR = "doctor"
SLIDES = "slides"
"""The record that is tissue; asked for in words of its own."""
BIRTH_DATE = phrase("Birth date")
"""Left for the pen: the service asks for it to know a patient again, so that no page may tell it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What of a request the letters are filled in with; what is empty is left for the pen."""

    name: str
    reach: str
    """Phone and email address of the patient, as one line."""
    cancer: str
    hospital: str
    records: Sequence[tuple[str, str]]
    """The records that are still missing: code and name."""
    asked: str
    """The specialist who is asked for the second opinion, empty where nobody is yet."""
    helper: str
    """Who fills it in for the patient, with the relation, empty for the patient."""
    decision: date | None
    today: date


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, from head to signature; its texts are phrases, so that it can be read in the patient's language."""

    title: str
    facts: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    listed: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    to_fill_in: tuple[str, ...] = ()
    """Lines that are left for the pen."""


def in_english(letter: Letter) -> Letter:
    """The letter as its reader gets it, whatever language the page is in."""
    return Letter(
        str(letter.title),
        tuple((str(label), str(text)) for label, text in letter.facts),
        *(tuple(map(str, texts)) for texts in (letter.paragraphs, letter.listed, letter.closing, letter.to_fill_in)),
    )


def to_hospital(known: Known) -> Letter:
    """The request for copies of the records."""
    return Letter(
        title=phrase("Request for copies of medical records"),
        facts=_head(known, phrase("Medical records department"), known.hospital),
        paragraphs=(
            phrase(
                "I ask for copies of the records listed here. It is the right of access under HIPAA, 45 CFR 164.524."
            ),
        ),
        listed=tuple(name for code, name in known.records if code != SLIDES),
        closing=tuple(_hospital_rules(known)),
        to_fill_in=tuple(_hospital_blanks(known)),
    )


def to_doctor(known: Known) -> Letter:
    """The letter that tells the own doctor."""
    return Letter(
        title=phrase("I am asking for a second opinion"),
        facts=_head(known, phrase("To my doctor"), ""),
        paragraphs=(phrase("Dear Doctor,"), _about(known)),
        listed=(
            phrase("How long can I safely wait? Is there anything that must not wait?"),
            phrase("Could your office send me copies of my reports and images, or tell me whom to ask?"),
            phrase("If the other doctor has a question, may they call you?"),
        ),
        closing=(
            phrase("I stay your patient. Please do not stop or delay planned treatment because of this."),
            phrase("I will bring the second opinion to you, so that we can decide together. Thank you for your care."),
        ),
        to_fill_in=(phrase("Name of the doctor"), BIRTH_DATE, phrase("Signature and date")),
    )


def _head(known: Known, to: str, address: str) -> tuple[tuple[str, str], ...]:
    rows = (
        (phrase("To"), phrase("{to}, {address}", to=to, address=address) if address else to),
        (phrase("Date"), day(known.today, LONG)),
        (phrase("Patient"), known.name),
        (phrase("To reach"), known.reach),
        (phrase("Filled in by"), known.helper),
    )
    return tuple((label, text) for label, text in rows if text)


def _hospital_rules(known: Known) -> Iterator[str]:
    yield phrase(
        "Form and format: please send electronic files where you can readily make them. Reports as PDF, images as "
        "DICOM on a disc or behind a secure link. Paper is fine for what exists on paper only."
    )
    if any(code == SLIDES for code, _ in known.records):
        yield phrase(
            "Please tell me also how the pathology slides or blocks can be lent to another laboratory for review."
        )
    yield phrase(
        "The rule gives 30 days from the day you receive this letter. If you need up to 30 days more, please write to "
        "me within the first 30 days, with the reason and the date."
    )
    if known.decision:
        yield phrase(
            "A decision about treatment is due on {day}. Please send what is ready before that.",
            day=day(known.decision),
        )
    yield phrase(
        "You may charge a reasonable fee for copying, supplies and postage, nothing for the search. "
        "Please tell me the amount first."
    )


def _hospital_blanks(known: Known) -> Iterator[str]:
    if not known.hospital:
        yield phrase("Name and address of the hospital")
    yield BIRTH_DATE
    yield phrase("Send the copies to (address, email or portal)")
    yield phrase("Signature of the patient, and date")
    if known.helper:
        yield phrase(
            "If somebody signs for the patient: name, signature, and the right to act (45 CFR 164.502(g)), such as a "
            "health care power of attorney"
        )


def _about(known: Known) -> str:
    if known.asked:
        return phrase(
            "before I decide about treatment for {cancer}, I would like to hear a second opinion. I am asking {who}.",
            cancer=known.cancer, who=known.asked,
        )  # fmt: skip
    return phrase(
        "before I decide about treatment for {cancer}, I would like to hear a second opinion.", cancer=known.cancer
    )
