"""A new request as somebody filled it in, and whether it can be used: one rule per field, one sentence per problem."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from email_validator import EmailNotValidError, validate_email

from referral.domain.codes import NewsTo, Priority, Situation
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.opinions import DETAILS
from referral.domain.phrases import phrase
from referral.domain.texts import LONG, seen, unusable

OLDEST_AGE = 120
LATEST_DECISION = timedelta(days=5 * 366)
MOST_QUESTIONS = 5
MOST_SPECIALISTS = 10
MOST_TRIES = 10
SHORT = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
EMAIL = phrase("Enter an email address like name@example.com.")
_PHONE = re.compile(r"[0-9+().\-/ x]{7,40}")


@dataclass(frozen=True, slots=True)
class NewPatient:
    """Who asks."""

    given: str = ""
    family: str = ""
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    postcode: str = ""
    language: str = "en"
    interpreter: bool = False
    requester_name: str = ""
    requester_relation: str = ""
    requester_email: str = ""
    """Of whoever asks for the patient, where they shall hear of it too."""
    news_to: NewsTo = NewsTo.PATIENT


@dataclass(frozen=True, slots=True)
class FirstOpinion:
    """What the first doctor said; all of it may be unknown."""

    npi: str = ""
    organization: str = ""
    diagnosis: str = ""
    stage: str = ""
    plan: str = ""
    subtype: str = ""
    grade: str = ""
    biomarkers: str = ""
    intent: str = ""
    surgery: str = ""
    systemic: str = ""
    radiation: str = ""
    observation: str = ""
    prognosis: str = ""


@dataclass(frozen=True, slots=True)
class NewReferral:
    """A request for a second opinion, before anything is written."""

    cancer: str
    patient: NewPatient
    share_with_specialists: bool = False
    contact_by_email: bool = False
    consent_language: str = "en"
    """Of the words under which the permissions were given."""
    situation: Situation | None = None
    priority: Priority = Priority.ROUTINE
    decision_date: date | None = None
    questions: tuple[str, ...] = ()
    first_opinion: FirstOpinion = field(default_factory=FirstOpinion)
    shortlist: tuple[str, ...] = ()
    reroute_allowed: bool = False
    max_tries: int = 3
    max_km: int | None = None
    follows_id: str = ""
    """Id of the patient's earlier request whose opinions this one adds to; empty for a first one."""


def check(new: NewReferral, cancers: Container[str], today: date) -> None:
    """Raise `InvalidInput` with every problem there is, or return."""
    problems = [
        *_about_the_cancer(new, cancers, today),
        *_about_the_patient(new.patient, today),
        *_about_the_wishes(new),
        *_about_the_length(new),
    ]
    if problems:
        raise InvalidInput(problems)


def check_contact(email: str, phone: str) -> None:
    """Raise `InvalidInput` where an email address or a phone number, each empty or new, cannot be used."""
    lengths = (("patient.email", email, 320), ("patient.phone", phone, 50))
    problems = [*_about_the_contact(NewPatient(email=email, phone=phone))]
    problems += [problem for length in lengths for problem in unusable(*length)]
    if problems:
        raise InvalidInput(problems)


def _about_the_cancer(new: NewReferral, cancers: Container[str], today: date) -> Iterator[Invalid]:
    if not new.cancer:
        yield Invalid("cancer", phrase("Choose the cancer this is about."))
    elif new.cancer not in cancers:
        yield Invalid("cancer", phrase("There is no cancer with this code. Search for its name first."))
    if new.decision_date and new.decision_date < today:
        yield Invalid("decision_date", phrase("The date of the decision is in the past. Enter a date from today on."))
    if new.decision_date and new.decision_date > today + LATEST_DECISION:
        yield Invalid("decision_date", phrase("The date of the decision is more than five years away. Check the year."))


def _about_the_patient(patient: NewPatient, today: date) -> Iterator[Invalid]:
    if not seen(patient.given):
        yield Invalid("patient.given", phrase("Enter the patient's first name."))
    if not seen(patient.family):
        yield Invalid("patient.family", phrase("Enter the patient's last name."))
    if patient.birth_date is None:
        yield Invalid(
            "patient.birth_date", phrase("Enter the birth date with day, month and year, for example 27 3 1961.")
        )
    elif not 0 <= (today - patient.birth_date).days <= OLDEST_AGE * 366:
        yield Invalid(
            "patient.birth_date",
            phrase("The birth date must be in the past and within {oldest_age} years.", oldest_age=OLDEST_AGE),
        )
    if not patient.email and not patient.phone:
        yield Invalid("patient.email", phrase("Enter an email address or a phone number, so that we can reach you."))
    yield from _about_the_contact(patient)


def _about_the_contact(patient: NewPatient) -> Iterator[Invalid]:
    if patient.email and not _is_email(patient.email):
        yield Invalid("patient.email", EMAIL)
    if patient.phone and not (_PHONE.fullmatch(patient.phone) and sum(map(str.isdigit, patient.phone)) >= 7):
        yield Invalid("patient.phone", phrase("Enter a phone number with area code, for example 617 555 0123."))
    if patient.news_to is not NewsTo.PATIENT and not _is_email(patient.requester_email):
        yield Invalid("requester.email", EMAIL)
    if patient.language and not _LANGUAGE.fullmatch(patient.language):
        yield Invalid("patient.language", phrase("Enter the language as a code, for example en or es."))


def _is_email(text: str) -> bool:
    try:
        validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _about_the_wishes(new: NewReferral) -> Iterator[Invalid]:
    if not new.share_with_specialists:
        yield Invalid(
            "consent.share_with_specialists",
            phrase("We can send your request only if you allow us to share it with them."),
        )
    if new.patient.email and not new.patient.phone and not new.contact_by_email:
        yield Invalid(
            "consent.contact_by_email",
            phrase(
                "You gave an email address and no phone number. Allow us to write to you there, or add a phone number."
            ),
        )
    if len(new.questions) > MOST_QUESTIONS:
        yield Invalid("questions", phrase("Ask at most {most_questions} questions.", most_questions=MOST_QUESTIONS))
    if len(new.shortlist) > MOST_SPECIALISTS:
        yield Invalid(
            "shortlist", phrase("Choose at most {most_specialists} specialists.", most_specialists=MOST_SPECIALISTS)
        )
    if len(set(new.shortlist)) < len(new.shortlist):
        yield Invalid("shortlist", phrase("The same specialist stands on the list twice."))
    if not 1 <= new.max_tries <= MOST_TRIES:
        yield Invalid("reroute.max_tries", phrase("Enter a number from 1 to {most_tries}.", most_tries=MOST_TRIES))
    if new.max_km is not None and not 1 <= new.max_km <= 20_100:
        yield Invalid("reroute.max_km", phrase("Enter a distance from 1 to 20,100 km."))


def _about_the_length(new: NewReferral) -> Iterator[Invalid]:
    patient, first = new.patient, new.first_opinion
    lines = [
        ("patient.given", patient.given, SHORT),
        ("patient.family", patient.family, SHORT),
        ("patient.postcode", patient.postcode, 20),
        ("requester.name", patient.requester_name, SHORT),
        ("requester.relation", patient.requester_relation, 100),
        ("first_opinion.npi", first.npi, 10),
        ("first_opinion.organization", first.organization, SHORT),
    ]
    texts = [
        *lines,
        ("patient.email", patient.email, 320),
        ("requester.email", patient.requester_email, 320),
        ("patient.phone", patient.phone, 50),
        ("first_opinion.diagnosis", first.diagnosis, LONG),
        ("first_opinion.stage", first.stage, LONG),
        ("first_opinion.plan", first.plan, LONG),
        *((f"first_opinion.{name}", getattr(first, name), LONG) for name in DETAILS),
        *(("questions", question, 1000) for question in new.questions),
    ]
    for name, text, longest in texts:
        yield from unusable(name, text, longest)
    for name, text, _ in lines:
        if any(mark in text.strip() for mark in "\r\n\t"):  # it stands in headings, letters and other systems' fields
            yield Invalid(name, phrase("This must stand on one line."))
