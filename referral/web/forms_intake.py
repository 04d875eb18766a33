"""The form for a caller: all steps of the patient's form on one page, read by the same readers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from referral import reference
from referral.domain.codes import NewsTo
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.intake import NewReferral
from referral.domain.messages import language_of
from referral.languages import known
from referral.services.drafts import Answers
from referral.web import forms, forms_request, forms_search
from referral.web.forms import Form
from referral.web.forms_request import STEPS, rearranged

CONFIRM = "number_confirmed"
READ_IN = "consent.read_in"
"""In which language the words of the permission were read out, where that is not the patient's."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What was typed: the answers it makes, the shortlist, and what is wrong."""

    answers: Answers
    shortlist: tuple[str, ...]
    problems: tuple[Invalid, ...]


def read(form: Form, today: date) -> Intake:
    """The whole form; nothing that was typed is lost, whatever is wrong with it."""
    problems: list[Invalid] = []
    answers: Answers = {"cancer": _cancer(form, problems)}
    for step in STEPS:
        answers.update(step.read(form, problems))
    answers["consent"]["language"] = _read_in(form)
    shortlist = _shortlist(form)
    answers["shortlist"] = list(shortlist)
    for step in STEPS:
        problems += forms_request.problems_of(step, answers, reference.cancers(), today)
    problems += _heard(form, answers)
    return Intake(answers, shortlist, forms.one_each(problems))


def new_referral(intake: Intake, today: date) -> NewReferral:
    """The request that the form makes."""
    return forms_request.new_referral(intake.answers, today)


def _cancer(form: Form, problems: list[Invalid]) -> str:
    """The code of what stands in the field; words with several meanings are asked back by name."""
    search = forms_search.read_form(form)
    if not search.cancer:
        problems.append(Invalid("cancer", "Choose the cancer this is about."))
        return ""
    try:
        asked = forms_search.understand(forms_search.SearchForm(cancer=search.cancer, near="02115"))
    except InvalidInput as error:
        problems += [problem for problem in error.problems if problem.field == "cancer"]
        return ""
    if asked.query is not None:
        return asked.query.cancer
    names = ", ".join(reference.cancers()[reading.code].called for reading in asked.cancers[:4])
    problems.append(Invalid("cancer", f"This can mean several cancers: {names}. Ask which one, and type its name."))
    return ""


def _read_in(form: Form) -> str:
    """The language of the words that the page showed: the one that was chosen, else the patient's if there are some."""
    chosen = form.get(READ_IN, "")
    return chosen if chosen in known() else language_of(form.get("patient.language", ""))


def _shortlist(form: Form) -> tuple[str, ...]:
    """Who is on the list, after the button that was pressed."""
    listed = [role for role in dict.fromkeys(form.getlist("shortlist")) if role]
    do, _, which = form.get("do", "").partition(":")
    if do == "add" and which not in listed:
        listed.append(which)
    if do in ("up", "remove"):
        listed = rearranged(listed, f"{do}:{which}")
    return tuple(listed)


def _heard(form: Form, answers: Answers) -> Iterator[Invalid]:
    """What the desk asks beyond the patient's own form: who hears of it, and a number that is theirs."""
    if answers["for_other"] and answers["news"]["email"] and answers["news"]["to"] == NewsTo.PATIENT:
        yield Invalid("news_to", "Say who hears from us: an address is kept only for somebody who wants news.")
    if form.get(CONFIRM) == "yes" and not answers["contact"]["phone"]:
        yield Invalid("patient.phone", "Enter the number that you have confirmed.")
