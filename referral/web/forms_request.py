"""The request form: its steps in order, what each reads, and the request that all answers make together.

The answers have the shape of the JSON interface's request. Every rule about them is the domain's (`intake.check`); a
step shows the problems of its own fields.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from referral import languages
from referral.domain import intake
from referral.domain.cancers import CancerTree
from referral.domain.codes import NewsTo, Situation
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.intake import FirstOpinion, NewPatient, NewReferral
from referral.domain.opinions import DETAILS
from referral.domain.phrases import phrase
from referral.domain.urgency import priority_for
from referral.services import consents
from referral.services.drafts import Answers
from referral.services.profile import roles_in_order
from referral.web import forms
from referral.web.forms import Form

MOST_CHOSEN = 5
SHARED = "consent.share"
"""The boxes of the recipients, numbered in the order of the list; each says who was ticked."""
FOUND = "consent.share_with_specialists"
"""The box for whoever a coordinator finds, where nobody is on the list."""
FIRST_OPINION = ("organization", "diagnosis", "stage", "plan", *DETAILS)
BIRTH_DATE = phrase("Enter the birth date with day, month and year, for example 27 3 1961.")
WHOLE_KM = phrase("Enter the distance in whole km, for example 100, or leave it empty.")
DECISION_DATE = phrase("Enter the date with day, month and year, for example 3 12 2026, or leave it empty.")

Reader = Callable[[Form, list[Invalid]], Answers]
"""Takes what was typed; what cannot be read at all is added to the problems, and the rest is kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form: its address, the fields whose problems it shows, and how it is read."""

    name: str
    title: str
    fields: tuple[str, ...]
    read: Reader


def _why(form: Form, problems: list[Invalid]) -> Answers:
    situation = form.get("situation", "")
    if situation and situation not in set(Situation):
        problems.append(Invalid("situation", phrase("Choose one of the situations, or “I do not know”.")))
        situation = ""
    return {"situation": situation, "decision_date": _read_date(form, "decision_date", DECISION_DATE, problems)}


def _first_opinion(form: Form, problems: list[Invalid]) -> Answers:
    return {"first_opinion": {name: forms.paragraph(form, f"first_opinion.{name}") for name in FIRST_OPINION}}


def _questions(form: Form, problems: list[Invalid]) -> Answers:
    asked = (question.replace("\r\n", " ").strip() for question in form.getlist("questions"))
    return {"questions": list(dict.fromkeys(question for question in asked if question))}


def _patient(form: Form, problems: list[Invalid]) -> Answers:
    for_other = form.get("for_other") == "yes"
    return {
        "patient": {
            "given": forms.paragraph(form, "patient.given"),
            "family": forms.paragraph(form, "patient.family"),
            "birth_date": _read_date(form, "patient.birth_date", BIRTH_DATE, problems),
        },
        "requester": {
            "name": forms.paragraph(form, "requester.name") if for_other else "",
            "relation": forms.paragraph(form, "requester.relation") if for_other else "",
        },
        "for_other": for_other,
    }


def _contact(form: Form, problems: list[Invalid]) -> Answers:
    names = ("email", "phone", "postcode", "language")
    contact: Answers = {name: forms.paragraph(form, f"patient.{name}") for name in names}
    to = form.get("news_to", "")
    news = {"to": to if to in set(NewsTo) else NewsTo.PATIENT, "email": forms.paragraph(form, "requester.email")}
    return {"contact": {**contact, "interpreter": form.get("patient.interpreter") == "yes"}, "news": news}


def _if_declined(form: Form, problems: list[Invalid]) -> Answers:
    allowed = form.get("reroute.allowed", "yes") == "yes"
    tries = far = None
    try:
        tries = forms.whole_number(
            form, "reroute.max_tries", phrase("Enter a number from 1 to {most_tries}.", most_tries=intake.MOST_TRIES)
        )
        far = forms.whole_number(form, "reroute.max_km", WHOLE_KM)
    except Invalid as problem:
        problems.append(problem)
    return {"reroute": {"allowed": allowed, "max_tries": 3 if tries is None else tries, "max_km": far}}


def _consent(form: Form, problems: list[Invalid]) -> Answers:
    boxes = ("share_with_specialists", consents.REROUTE, "contact_by_email")
    given = {name: form.get(f"consent.{name}") == "yes" for name in boxes}
    ticked = [role for name, role in form.items(multi=True) if name.startswith(f"{SHARED}.")]
    return {"consent": {**given, "share": list(dict.fromkeys(ticked)), "language": languages.current()}}


def _nothing(form: Form, problems: list[Invalid]) -> Answers:
    return {}


def _read_date(form: Form, name: str, message: str, problems: list[Invalid]) -> str:
    """A date as a draft keeps it; one that cannot be read is a problem and not kept."""
    try:
        found = forms.read_date(forms.date_parts(form, name), name, message)
    except Invalid as problem:
        problems.append(problem)
        return ""
    return found.isoformat() if found else ""


STEPS = (
    Step("specialists", phrase("Your specialists, in your order"), ("shortlist",), _nothing),
    Step("why", phrase("Why now?"), ("situation", "decision_date"), _why),
    Step(
        "first-opinion",
        phrase("What did the first doctor say?"),
        tuple(f"first_opinion.{name}" for name in FIRST_OPINION),
        _first_opinion,
    ),
    Step("questions", phrase("What do you want to ask?"), ("questions",), _questions),
    Step(
        "patient",
        phrase("Who is the patient?"),
        ("patient.given", "patient.family", "patient.birth_date", "requester.name", "requester.relation"),
        _patient,
    ),
    Step(
        "contact",
        phrase("How can we reach you?"),
        (*(f"patient.{name}" for name in ("email", "phone", "postcode", "language")), "requester.email"),
        _contact,
    ),
    Step(
        "if-declined",
        phrase("If a specialist says no"),
        ("reroute.allowed", "reroute.max_tries", "reroute.max_km"),
        _if_declined,
    ),
    Step("consent", phrase("Your permission"), (FOUND, "consent.contact_by_email"), _consent),
)
BY_NAME = {step.name: step for step in STEPS}
IN_ALL = len(STEPS) + 1
"""Steps with the last one, checking the answers."""


def place_of(step: Step) -> int:
    """The step's number, from 1."""
    return STEPS.index(step) + 1


def after(step: Step) -> str:
    """The name of the page that follows a step."""
    following = STEPS[place_of(step) :]
    return following[0].name if following else "check"


def before(name: str) -> str:
    """The name of the page before one, empty before the first."""
    earlier = [*BY_NAME, "check"]
    position = earlier.index(name)
    return earlier[position - 1] if position else ""


def rearranged(shortlist: Sequence[str], move: str) -> list[str]:
    """The shortlist after one button: "up:2" moves the second up, "down:1" the first down, "remove:3" drops one."""
    order = list(shortlist)
    action, _, place = move.partition(":")
    index = int(place) - 1 if place.isdigit() else -1
    if not 0 <= index < len(order):
        return order
    role = order.pop(index)
    if action in ("up", "down"):
        order.insert(max(0, index - 1) if action == "up" else index + 1, role)
    return order


def problems_of(step: Step, answers: Answers, cancers: CancerTree, today: date) -> list[Invalid]:
    """What is wrong with the answers of one step."""
    found: list[Invalid] = []
    for problem in all_problems(answers, cancers, today):
        if problem.field in step.fields:
            found += (list(_not_ticked(answers)) if problem.field == FOUND else []) or [problem]
    return found + list(_own_problems(step, answers))


def first_unfinished(answers: Answers, cancers: CancerTree, today: date) -> str:
    """The first step whose answers cannot be used yet, empty where all can."""
    broken = (step.name for step in STEPS if problems_of(step, answers, cancers, today))
    return next(broken, "")


def all_problems(answers: Answers, cancers: CancerTree, today: date) -> Sequence[Invalid]:
    """Everything the domain finds wrong with the request as it stands."""
    try:
        intake.check(new_referral(answers, today), cancers, today)
    except InvalidInput as error:
        return error.problems
    return ()


def new_referral(answers: Answers, today: date) -> NewReferral:
    """The request that the answers make."""
    patient, contact = answers.get("patient", {}), answers.get("contact", {})
    requester, reroute = answers.get("requester", {}), answers.get("reroute", {})
    news = answers.get("news", {}) if answers.get("for_other") else {}
    decided = as_date(answers.get("decision_date"))
    return NewReferral(
        cancer=answers.get("cancer", ""),
        patient=NewPatient(
            **{**patient, "birth_date": as_date(patient.get("birth_date"))},
            **contact,
            requester_name=requester.get("name", ""),
            requester_relation=requester.get("relation", ""),
            requester_email=news.get("email", ""),
            news_to=NewsTo(news.get("to", NewsTo.PATIENT)),
        ),
        share_with_specialists=_is_shared(answers),
        contact_by_email=bool(answers.get("consent", {}).get("contact_by_email")),
        consent_language=answers.get("consent", {}).get("language", languages.ENGLISH),
        situation=Situation(answers["situation"]) if answers.get("situation") else None,
        priority=priority_for(decided, today),
        decision_date=decided,
        questions=tuple(answers.get("questions", ())),
        first_opinion=FirstOpinion(**answers.get("first_opinion", {}), npi=answers.get("first_doctor", "")),
        shortlist=tuple(answers.get("shortlist", ())),
        reroute_allowed=bool(reroute.get("allowed")),
        max_tries=reroute.get("max_tries", 3),
        max_km=reroute.get("max_km"),
        follows_id=answers.get("follows", ""),
    )


def first_place(answers: Answers) -> Answers:
    """What is known of where the first opinion came from."""
    return {**answers.get("first_opinion", {}), "npi": answers.get("first_doctor", "")}


def not_told(answers: Answers, same_place: Sequence[str]) -> list[str]:
    """`same_place` where somebody in it was not shown to the patient yet, else nobody."""
    return list(same_place) if set(same_place) - set(answers.get("told_same_place", ())) else []


def given(answers: Answers) -> Answers:
    """The answers once the boxes are ticked: nobody goes on who was not allowed to, and what it all covers is kept."""
    consent, reroute = answers["consent"], answers.get("reroute", {})
    goes_on = bool(reroute.get("allowed") and consent.get(consents.REROUTE))
    settled = {**answers, "reroute": {**reroute, "allowed": goes_on}} if reroute else answers
    return {**settled, "consent": {**consent, "covers": covered(settled)}}


def covered(answers: Answers) -> list[object]:
    """What somebody has before them when they allow it: who is asked, how far it may go on, for whom, which words."""
    reroute = answers.get("reroute", {})
    return [
        sorted(answers.get("shortlist", ())),
        [reroute.get("max_tries"), reroute.get("max_km")] if reroute.get("allowed") else [],
        bool(answers.get("for_other")),
        answers.get("contact", {}).get("email", ""),
        consents.TEXT,
    ]


def has_lapsed(answers: Answers) -> bool:
    """Whether something was allowed, and what it covers is not what stands in the answers now."""
    consent = answers.get("consent", {})
    allowed = any(consent.get(name) for name in ("share", "share_with_specialists", "contact_by_email"))
    return allowed and consent.get("covers") != covered(answers)


def fingerprint(answers: Answers) -> str:
    """Short text by which answers are known again: what is sent is what was read."""
    return hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]


def as_date(text: str | None) -> date | None:
    """A date as it is kept in a draft."""
    return date.fromisoformat(text) if text else None


def _is_shared(answers: Answers) -> bool:
    """Whether everybody on the list may have the request; where nobody is on it, whoever is found."""
    listed, consent = set(answers.get("shortlist", ())), answers.get("consent", {})
    return listed <= set(consent.get("share", ())) if listed else bool(consent.get("share_with_specialists"))


def _not_ticked(answers: Answers) -> Iterator[Invalid]:
    """A sentence for each of the list whose box is not ticked."""
    ticked = answers.get("consent", {}).get("share", ())
    for number, role in enumerate(roles_in_order(answers.get("shortlist", ())), 1):
        if role.id not in ticked:
            name = role.practitioner.name
            yield Invalid(
                f"{SHARED}.{number}", phrase("Tick the box for {name}, or take them off the list.", name=name)
            )


def _own_problems(step: Step, answers: Answers) -> Iterator[Invalid]:
    """What this form asks beyond the rules of a request."""
    too_many = len(answers.get("shortlist", ())) - MOST_CHOSEN
    if step.name == "specialists" and too_many > 0:
        yield Invalid(
            "shortlist",
            phrase(
                "Choose at most {most_chosen} specialists. Remove {too_many}.",
                most_chosen=MOST_CHOSEN,
                too_many=too_many,
            ),
        )
    requester = answers.get("requester", {})
    if step.name == "patient" and answers.get("for_other") and not requester.get("name"):
        yield Invalid("requester.name", phrase("Enter your own name, so that we know with whom we speak."))
