"""Who gave the first opinion, as somebody names them in a search: a doctor or a place, asked back where several fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from referral.domain import npi
from referral.domain.errors import Invalid
from referral.domain.phrases import phrase
from referral.services import first_place
from referral.services.first_place import DOCTOR, ORGANIZATION, Found
from referral.web import forms, forms_search, page_language
from referral.web.forms import Form
from referral.web.forms_search import SearchForm

FIRST = "first"
"""The field in which somebody is named."""
_ASKED, _WHO = "asked", "who"
_CHOOSE = phrase("Choose one of them, or “None of these”.")


@dataclass(frozen=True, slots=True)
class Named:
    """The search with whoever is left out, whom the name may mean where that has to be asked, and what is wrong."""

    form: SearchForm
    found: Sequence[Found] = ()
    problems: tuple[Invalid, ...] = ()

    def of_search(self) -> SearchForm:
        """The search, what is wrong with the name among its problems where there is nobody to choose from."""
        if self.found:
            return self.form
        return replace(self.form, problems=forms.one_each((*self.form.problems, *self.problems)))


def shown(form: SearchForm) -> str:
    """What stands in the field: what was typed, else whoever is left out, by their name."""
    return form.first or _called(form)


def named(form: SearchForm, values: Form) -> Named:
    """Take the name over that stands in the field: an NPI, or words for which one of those called so is chosen.

    A name that is still the one of whoever is left out is not asked for again.
    """
    if unreadable := tuple(problem for problem in form.problems if problem.field == FIRST):
        return Named(form, problems=unreadable)
    name = form.first
    if name and name == _called(form):
        return Named(form)
    nobody = replace(form, exclude_npi="", exclude_organization="")
    if name.isdigit() or not name:
        wrong = () if not name or npi.is_valid(name) else (Invalid(FIRST, forms_search.NO_NPI),)
        return Named(replace(nobody, exclude_npi="" if wrong else name), problems=wrong)
    asked, chosen = values.get(_ASKED) == name and not page_language.switching(), values.get(_WHO)
    return _chosen(nobody, chosen) if asked and chosen is not None else _meant(nobody, name, asked=asked)


def _chosen(form: SearchForm, chosen: str) -> Named:
    """Leave out the one that was chosen, nobody for “None of these”."""
    kind, _, key = chosen.partition(":")
    if kind == DOCTOR:
        return Named(replace(form, exclude_npi=key, first=""))
    return Named(replace(form, exclude_organization=key, first="") if kind == ORGANIZATION else form)


def _meant(form: SearchForm, name: str, *, asked: bool) -> Named:
    """Those whom a name may mean."""
    if found := first_place.named(name):
        return Named(form, found, (Invalid(_WHO, _CHOOSE),) if asked else ())
    nobody = phrase(
        "We list nobody called “{name}”, so there is nobody to leave out. Check the spelling, or leave it empty.",
        name=name[:60],
    )
    return Named(form, problems=(Invalid(FIRST, nobody),))


def _called(form: SearchForm) -> str:
    """The name of whoever is left out; a doctor whom the directory does not list by their number."""
    if form.exclude_npi:
        return first_place.doctor(form.exclude_npi) or form.exclude_npi
    return first_place.name_of(form.exclude_organization)
