"""How values look on a page: dates, numbers, distances, and the plain names of codes. Formatting happens only here."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, current_app, url_for

from referral import reference
from referral.domain import explanation, phrases, plain_words, status
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
from referral.domain.experience import VolumeMark
from referral.domain.lifecycle import Stage
from referral.domain.opinions import said_of_the_first
from referral.domain.outcomes import Changed, Decided
from referral.domain.phrases import phrase
from referral.domain.records import NAMES as RECORD_NAMES
from referral.languages import clock_time, in_english, name_of, said
from referral.services.patient_time import today_of, zone_of
from referral.web import desk_time

WORDS: Mapping[type, Mapping[str, str]] = {
    Situation: {
        Situation.RARE_OR_COMPLEX: phrase("The cancer is rare or complex"),
        Situation.UNCERTAIN_DIAGNOSIS: phrase("The diagnosis is not certain"),
        Situation.DOCTORS_DISAGREE: phrase("My doctors do not agree"),
        Situation.MAJOR_TREATMENT_DECISION: phrase("A big treatment decision is ahead"),
        Situation.RECURRENCE: phrase("The cancer came back"),
        Situation.MORE_OPTIONS: phrase("I want to know about more options or trials"),
        Situation.REASSURANCE: phrase("I want to be sure"),
    },
    Complexity: {
        Complexity.RECURRENT: phrase("It came back after treatment"),
        Complexity.METASTATIC: phrase("It has spread to other parts of the body"),
        Complexity.PRETREATED: phrase("Several treatments were tried already"),
        Complexity.DISPUTED: phrase("Doctors disagree about what it is"),
        Complexity.MULTIPLE_PRIMARIES: phrase("There is more than one cancer"),
    },
    Discipline: {
        Discipline.MEDICAL: phrase("medical oncology (cancer drugs)"),
        Discipline.SURGICAL: phrase("surgery"),
        Discipline.RADIATION: phrase("radiation oncology"),
        Discipline.GYNECOLOGIC: phrase("gynecologic oncology"),
        Discipline.HEMATOLOGY: phrase("hematology (blood cancers)"),
        Discipline.PEDIATRIC: phrase("children’s oncology"),
        Discipline.NEURO: phrase("neuro-oncology (brain and nerves)"),
        Discipline.PATHOLOGY: phrase("pathology (looks at the tissue)"),
    },
    EvidenceKind: {
        EvidenceKind.PATIENTS: phrase("People treated"),
        EvidenceKind.PROCEDURES: phrase("Operations or procedures"),
        EvidenceKind.TRIALS: phrase("Clinical trials"),
        EvidenceKind.PUBLICATIONS: phrase("Publications"),
        EvidenceKind.CERTIFICATION: phrase("Board certification"),
        EvidenceKind.CENTRE: phrase("Work at a centre"),
        EvidenceKind.SELF_DECLARED: phrase("Their own word"),
    },
    Relation: {
        Relation.EXACT: phrase("this cancer"),
        Relation.NARROWER: phrase("a form of this cancer"),
        Relation.BROADER: phrase("the wider group"),
        Relation.RELATED: phrase("a related cancer"),
    },
    Band: {
        Band.HIGH: phrase("much experience"),
        Band.MODERATE: phrase("some experience"),
        Band.LIMITED: phrase("little counted experience"),
        Band.NOT_ENOUGH_DATA: phrase("not enough data"),
    },
    Step: {
        Step.EXACT_IN_RADIUS: "",
        Step.FAMILY_IN_RADIUS: phrase("Evidence for related cancers only"),
        Step.EXACT_WIDER: phrase("Farther than you asked"),
        Step.FAMILY_WIDER: phrase("Farther than you asked, and evidence for related cancers only"),
        Step.REMOTE: phrase("Reviews your records remotely"),
        Step.NOBODY: "",
    },
    Priority: {
        Priority.ROUTINE: phrase("Routine"),
        Priority.URGENT: phrase("Urgent"),
        Priority.ASAP: phrase("As soon as possible"),
        Priority.STAT: phrase("At once"),
    },
    Designation: {
        Designation.COMPREHENSIVE: phrase("Comprehensive cancer centre named by the National Cancer Institute"),
        Designation.CLINICAL: phrase("Cancer centre named by the National Cancer Institute"),
        Designation.BASIC: phrase("Research centre named by the National Cancer Institute; it treats no patients"),
    },
    Agreement: plain_words.AGREEMENTS,
    Impact: plain_words.IMPACTS,
    Decided: plain_words.DECIDED,
    Changed: plain_words.CHANGED,
    Stage: {
        Stage.DRAFT: phrase("Draft"),
        Stage.SUBMITTED: phrase("New"),
        Stage.RECORDS_NEEDED: phrase("Records needed"),
        Stage.READY: phrase("Ready to send"),
        Stage.QUEUED: phrase("Being sent"),
        Stage.SENT: phrase("Sent"),
        Stage.DELIVERED: phrase("Delivered"),
        Stage.ACKNOWLEDGED: phrase("Acknowledged"),
        Stage.INFORMATION_REQUESTED: phrase("Question to the patient"),
        Stage.ACCEPTED: phrase("Accepted"),
        Stage.SCHEDULED: phrase("Appointment made"),
        Stage.NO_SHOW: phrase("Missed appointment"),
        Stage.IN_REVIEW: phrase("In review"),
        Stage.OPINION_RECEIVED: phrase("Opinion received"),
        Stage.DECLINED: phrase("Declined"),
        Stage.NO_RESPONSE: phrase("No response"),
        Stage.SEND_FAILED: phrase("Sending failed"),
        Stage.ON_HOLD: phrase("On hold"),
        Stage.CANCELLED: phrase("Cancelled"),
        Stage.CLOSED: phrase("Closed"),
    },
}
"""The plain name of each code, by its kind."""

LANGUAGES = {
    "en": "English", "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese", "ko": "Korean", "tl": "Tagalog",
    "ru": "Russian", "ar": "Arabic", "fr": "French", "ht": "Haitian Creole", "pt": "Portuguese", "hi": "Hindi",
    "de": "German", "it": "Italian", "pl": "Polish", "ja": "Japanese", "fa": "Persian", "ur": "Urdu",
    "bn": "Bengali", "gu": "Gujarati", "pa": "Punjabi", "te": "Telugu", "ta": "Tamil", "he": "Hebrew",
    "uk": "Ukrainian", "el": "Greek", "hy": "Armenian", "so": "Somali", "am": "Amharic",
    "ase": phrase("American Sign Language"),
}  # fmt: skip
"""Names of BCP 47 tags; others have the name that CLDR gives them."""

_NOT_KNOWN = phrase("not known")
_KINDS = {kind.__name__.lower(): kind for kind in WORDS}


def register(app: Flask) -> None:
    """Make the filters and the few globals known to every template."""
    named = (
        day,
        day_at,
        moment_at,
        short_day,
        moment,
        number,
        decimal,
        km,
        percent,
        points,
        dollars,
        language,
        languages,
        cancer_name,
        called,
    )
    for function in (
        *named,
        called,
        word,
        mark_text,
        record_name,
        said_of_the_first,
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
    app.add_template_global(lambda: app.extensions["settings"].contact, "service_contact")
    app.context_processor(lambda: {"demo": app.extensions["settings"].demo})


def day(value: date | datetime | str | None) -> str:
    """A date with its weekday: "Thursday 3 December 2026"; "not known" without one. Takes ISO text too."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if value else None
    return said(status.day(_local(value), with_year=True) if value else _NOT_KNOWN)


def day_at(value: datetime, postcode: str) -> str:
    """The day it was, or will be, where somebody lives: "Thursday 3 December 2026"."""
    return day(today_of(postcode, value))


def short_day(value: date | datetime | str | None) -> str:
    """A date without weekday, for tables: "3 Dec 2026"; takes ISO text too."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if value else None
    return said(phrases.day(_local(value), phrases.SHORT) if value else _NOT_KNOWN)


def _local(value: date | datetime) -> date:
    return desk_time.local(value) if isinstance(value, datetime) else value


def moment(value: datetime) -> str:
    """A date and time: "Thursday 3 December 2026, 14:05 UTC"; on the desk's pages by its own clock."""
    return f"{day(value)}, {desk_time.hour(value)}"


def moment_at(value: datetime, postcode: str) -> str:
    """A day and time where somebody lives, as their language writes it: "Thursday 3 December 2026, 9:05 AM"."""
    local = value.astimezone(zone_of(postcode))
    return f"{day(local)}, {clock_time(local)}"


def number(value: int | float) -> str:
    """A whole number with commas."""
    return f"{value:,.0f}"


def decimal(value: float, places: int = 1) -> str:
    """A number with a fixed count of decimals."""
    return f"{value:,.{places}f}"


def km(value: float | None) -> str:
    """A distance; "not known" without one."""
    return said(_NOT_KNOWN) if value is None else explanation.distance(value)


def percent(value: float) -> str:
    """A share of 1 as whole percent."""
    return f"{value:.0%}"


def points(value: float) -> str:
    """Points of a score, with one decimal."""
    return f"{value:.1f}"


def dollars(value: int | None) -> str:
    """An amount in US dollars; "not known" without one."""
    return said(_NOT_KNOWN) if value is None else f"${value:,}"


def language(tag: str) -> str:
    """The name of a language by its BCP 47 tag."""
    primary = tag.split("-")[0].lower()
    return name_of(primary) or said(LANGUAGES.get(primary) or in_english(primary))


def languages(tags: Sequence[str]) -> str:
    """Names of several languages: "English, Spanish"."""
    return ", ".join(language(tag) for tag in tags)


def called(code: str) -> str:
    """What a cancer is called within a sentence, by its OncoTree code; a template says it in the page's language."""
    cancer = reference.cancers().get(code)
    return cancer.called if cancer else code


def cancer_name(code: str) -> str:
    """The name of a cancer by its OncoTree code, the code itself where nothing is known of it."""
    cancer = reference.cancers().get(code)
    return cancer.named if cancer else code


def word(code: str, kind: str) -> str:
    """The plain name of a code of one kind, such as "stage"; a code nobody knows is shown as it is."""
    return said(WORDS[_KINDS[kind]].get(code, code))


def mark_text(mark: VolumeMark) -> str:
    """The published volume mark of a cancer as a fact."""
    return said(explanation.mark_text(mark))


def word_options(kind: str) -> list[tuple[str, str]]:
    """The codes of one kind with their plain names, for a form."""
    return [(str(code), words) for code, words in WORDS[_KINDS[kind]].items()]


def record_name(name: str) -> str:
    """A medical record in plain words."""
    return said(RECORD_NAMES.get(name, name))


def field_id(name: str) -> str:
    """The id of a form field by its name: "patient.given" is "patient-given"."""
    return name.replace(".", "-").replace("[", "-").replace("]", "")


def message_at(problems: Sequence[Invalid], name: str) -> str:
    """What is wrong with one field, empty where nothing is."""
    return said(next((problem.message for problem in problems or () if problem.field == name), ""))


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
    return said(_NOT_KNOWN if value is None else phrase("yes") if value else phrase("no"))


def web_link(address: str) -> str:
    """The address of a source where a browser can follow it, else empty: a directory file may hold anything."""
    return address if address.startswith(("https://", "http://")) else ""


def static_url(name: str) -> str:
    """The address of a file of ours; it changes with the content, so browsers may keep it."""
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder or "") / name))


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]
