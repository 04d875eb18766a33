"""How values look on a page: dates, numbers, distances, and the plain names of codes. Formatting happens only here."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, current_app, url_for

from referral import reference
from referral.domain import explanation, plain_words, status
from referral.domain.codes import (
    Agreement,
    Band,
    Complexity,
    Designation,
    Discipline,
    EvidenceKind,
    Impact,
    Priority,
    Relation,
    Situation,
    Step,
)
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Stage
from referral.domain.outcomes import Changed, Decided
from referral.domain.records import NAMES as RECORD_NAMES

WORDS: Mapping[type, Mapping[str, str]] = {
    Situation: {
        Situation.RARE_OR_COMPLEX: "The cancer is rare or complex",
        Situation.UNCERTAIN_DIAGNOSIS: "The diagnosis is not certain",
        Situation.DOCTORS_DISAGREE: "My doctors do not agree",
        Situation.MAJOR_TREATMENT_DECISION: "A big treatment decision is ahead",
        Situation.RECURRENCE: "The cancer came back",
        Situation.MORE_OPTIONS: "I want to know about more options or trials",
        Situation.REASSURANCE: "I want to be sure",
    },
    Complexity: {
        Complexity.RECURRENT: "It came back after treatment",
        Complexity.METASTATIC: "It has spread to other parts of the body",
        Complexity.PRETREATED: "Several treatments were tried already",
        Complexity.DISPUTED: "Doctors disagree about what it is",
        Complexity.MULTIPLE_PRIMARIES: "There is more than one cancer",
    },
    Discipline: {
        Discipline.MEDICAL: "medical oncology (cancer drugs)",
        Discipline.SURGICAL: "surgery",
        Discipline.RADIATION: "radiation oncology",
        Discipline.GYNECOLOGIC: "gynecologic oncology",
        Discipline.HEMATOLOGY: "hematology (blood cancers)",
        Discipline.PEDIATRIC: "children’s oncology",
        Discipline.NEURO: "neuro-oncology (brain and nerves)",
        Discipline.PATHOLOGY: "pathology (looks at the tissue)",
    },
    EvidenceKind: {
        EvidenceKind.PATIENTS: "People treated",
        EvidenceKind.PROCEDURES: "Operations or procedures",
        EvidenceKind.TRIALS: "Clinical trials",
        EvidenceKind.PUBLICATIONS: "Publications",
        EvidenceKind.CERTIFICATION: "Board certification",
        EvidenceKind.CENTRE: "Work at a centre",
        EvidenceKind.SELF_DECLARED: "Their own word",
    },
    Relation: {
        Relation.EXACT: "this cancer",
        Relation.NARROWER: "a form of this cancer",
        Relation.BROADER: "the wider group",
        Relation.RELATED: "a related cancer",
    },
    Band: {
        Band.HIGH: "much experience",
        Band.MODERATE: "some experience",
        Band.LIMITED: "little counted experience",
        Band.NOT_ENOUGH_DATA: "not enough data",
    },
    Step: {
        Step.EXACT_IN_RADIUS: "",
        Step.FAMILY_IN_RADIUS: "Evidence for related cancers only",
        Step.EXACT_WIDER: "Farther than you asked",
        Step.FAMILY_WIDER: "Farther than you asked, and evidence for related cancers only",
        Step.REMOTE: "Reviews your records remotely",
        Step.NOBODY: "",
    },
    Priority: {
        Priority.ROUTINE: "Routine",
        Priority.URGENT: "Urgent",
        Priority.ASAP: "As soon as possible",
        Priority.STAT: "At once",
    },
    Designation: {
        Designation.COMPREHENSIVE: "Comprehensive cancer centre named by the National Cancer Institute",
        Designation.CLINICAL: "Cancer centre named by the National Cancer Institute",
        Designation.BASIC: "Research centre named by the National Cancer Institute; it treats no patients",
    },
    Agreement: plain_words.AGREEMENTS,
    Impact: plain_words.IMPACTS,
    Decided: plain_words.DECIDED,
    Changed: plain_words.CHANGED,
    Stage: {
        Stage.DRAFT: "Draft",
        Stage.SUBMITTED: "New",
        Stage.RECORDS_NEEDED: "Records needed",
        Stage.READY: "Ready to send",
        Stage.QUEUED: "Being sent",
        Stage.SENT: "Sent",
        Stage.DELIVERED: "Delivered",
        Stage.ACKNOWLEDGED: "Acknowledged",
        Stage.INFORMATION_REQUESTED: "Question to the patient",
        Stage.ACCEPTED: "Accepted",
        Stage.SCHEDULED: "Appointment made",
        Stage.NO_SHOW: "Missed appointment",
        Stage.IN_REVIEW: "In review",
        Stage.OPINION_RECEIVED: "Opinion received",
        Stage.DECLINED: "Declined",
        Stage.NO_RESPONSE: "No response",
        Stage.SEND_FAILED: "Sending failed",
        Stage.ON_HOLD: "On hold",
        Stage.CANCELLED: "Cancelled",
        Stage.CLOSED: "Closed",
    },
}
"""The plain name of each code, by its kind."""

LANGUAGES = {
    "en": "English", "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese", "ko": "Korean", "tl": "Tagalog",
    "ru": "Russian", "ar": "Arabic", "fr": "French", "ht": "Haitian Creole", "pt": "Portuguese", "hi": "Hindi",
    "de": "German", "it": "Italian", "pl": "Polish", "ja": "Japanese", "fa": "Persian", "ur": "Urdu",
    "bn": "Bengali", "gu": "Gujarati", "pa": "Punjabi", "te": "Telugu", "ta": "Tamil", "he": "Hebrew",
    "uk": "Ukrainian", "el": "Greek", "hy": "Armenian", "so": "Somali", "am": "Amharic",
    "ase": "American Sign Language",
}  # fmt: skip
"""Names of BCP 47 tags; one that is missing is shown as it is."""

_KINDS = {kind.__name__.lower(): kind for kind in WORDS}


def register(app: Flask) -> None:
    """Make the filters and the few globals known to every template."""
    named = (day, short_day, moment, number, decimal, km, percent, points, dollars, language, languages, cancer_name)
    for function in (
        *named,
        word,
        explanation.mark_text,
        record_name,
        field_id,
        message_at,
        telephone,
        age_days,
        yes_no,
        web_link,
    ):
        app.add_template_filter(function, function.__name__)
    app.add_template_global(static_url)
    app.add_template_global(word_options)
    app.context_processor(lambda: {"demo": app.extensions["settings"].demo})


def day(value: date | datetime | str | None) -> str:
    """A date with its weekday: "Thursday 3 December 2026"; "not known" without one. Takes ISO text too."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if value else None
    return status.day(value, with_year=True) if value else "not known"


def short_day(value: date | datetime | str | None) -> str:
    """A date without weekday, for tables: "3 Dec 2026"; takes ISO text too."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if value else None
    return f"{value.day} {value:%b %Y}" if value else "not known"


def moment(value: datetime) -> str:
    """A date and time: "Thursday 3 December 2026, 14:05 UTC"."""
    return f"{day(value)}, {value:%H:%M} UTC"


def number(value: int | float) -> str:
    """A whole number with commas."""
    return f"{value:,.0f}"


def decimal(value: float, places: int = 1) -> str:
    """A number with a fixed count of decimals."""
    return f"{value:,.{places}f}"


def km(value: float | None) -> str:
    """A distance; "not known" without one."""
    return "not known" if value is None else explanation.distance(value)


def percent(value: float) -> str:
    """A share of 1 as whole percent."""
    return f"{value:.0%}"


def points(value: float) -> str:
    """Points of a score, with one decimal."""
    return f"{value:.1f}"


def dollars(value: int | None) -> str:
    """An amount in US dollars; "not known" without one."""
    return "not known" if value is None else f"${value:,}"


def language(tag: str) -> str:
    """The name of a language by its BCP 47 tag."""
    return LANGUAGES.get(tag.split("-")[0].lower(), tag)


def languages(tags: Sequence[str]) -> str:
    """Names of several languages: "English, Spanish"."""
    return ", ".join(language(tag) for tag in tags)


def cancer_name(code: str) -> str:
    """The name of a cancer by its OncoTree code, the code itself where nothing is known of it."""
    cancer = reference.cancers().get(code)
    return cancer.name if cancer else code


def word(code: str, kind: str) -> str:
    """The plain name of a code of one kind, such as "stage"; a code nobody knows is shown as it is."""
    return WORDS[_KINDS[kind]].get(code, code)


def word_options(kind: str) -> list[tuple[str, str]]:
    """The codes of one kind with their plain names, for a form."""
    return [(str(code), words) for code, words in WORDS[_KINDS[kind]].items()]


def record_name(name: str) -> str:
    """A medical record in plain words."""
    return RECORD_NAMES.get(name, name)


def field_id(name: str) -> str:
    """The id of a form field by its name: "patient.given" is "patient-given"."""
    return name.replace(".", "-").replace("[", "-").replace("]", "")


def message_at(problems: Sequence[Invalid], name: str) -> str:
    """What is wrong with one field, empty where nothing is."""
    return next((problem.message for problem in problems or () if problem.field == name), "")


def telephone(number: str) -> str:
    """A telephone number as an address to call."""
    return "tel:" + "".join(character for character in number if character.isdigit() or character == "+")


def age_days(value: date | str | None, today: date) -> int | None:
    """How many days ago a date was, None where it is not known."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if value else None
    return (today - value).days if value else None


def yes_no(value: bool | None) -> str:
    """Yes, no, or not known."""
    return "not known" if value is None else "yes" if value else "no"


def web_link(address: str) -> str:
    """The address of a source where a browser can follow it, else empty: a directory file may hold anything."""
    return address if address.startswith(("https://", "http://")) else ""


def static_url(name: str) -> str:
    """The address of a file of ours; it changes with the content, so browsers may keep it."""
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder or "") / name))


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]
