"""The facts of one specialist or organization with their sources, and the forms that correct them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.domain.errors import Invalid, InvalidInput
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Organization, Practitioner, PractitionerRole
from referral.services import correct_fact
from referral.services.correct_fact import About
from referral.services.fact_fields import INPUTS
from referral.services.facts import Facts, facts
from referral.store import checks, provenance
from referral.store.directory_import import roles_of
from referral.web import forms
from referral.web.admin_door import built_soon, steward
from referral.web.clock import now

pages = Blueprint("admin_facts", __name__, url_prefix="/admin")

MOST_FOUND = 50


@pages.get("/specialists")
def specialists_page() -> str:
    """Find a specialist by NPI or name."""
    asked = request.args.get("q", "").strip()[:100]
    found = provenance.people_named(asked, MOST_FOUND) if len(asked) > 1 else []
    return render_template("admin/specialists.html", asked=asked, found=found, most=MOST_FOUND, staff=steward())


@pages.get("/specialists/<npi>")
def specialist_page(npi: str) -> str:
    """Every field of a specialist and of each place of work, with who says so."""
    person = facts(Subject.PRACTITIONER, npi[:20])
    roles = [facts(Subject.ROLE, role_id) for role_id in sorted(roles_of([npi]))]
    roles.sort(key=lambda role: role.retired_at is not None)
    return render_template(
        "admin/specialist.html",
        person=person,
        row=db.session.get(Practitioner, npi),
        roles=[(role, db.session.get(PractitionerRole, role.id)) for role in roles],
        checks=checks.open_of(npi),
        staff=steward(),
        now=now(),
    )


@pages.get("/organizations/of/<path:organization_id>")
def organization_page(organization_id: str) -> str:
    """Every field of an organization with who says so."""
    shown = facts(Subject.ORGANIZATION, organization_id[:100])
    row = db.session.get(Organization, shown.id)
    return render_template("admin/organization.html", shown=shown, row=row, staff=steward(), now=now())


@pages.get("/facts/<subject>/<path:subject_id>/<name>")
def fact_page(subject: str, subject_id: str, name: str) -> str:
    """One field: what everybody says of it, and the form that corrects it."""
    return _fact_page(_facts(subject, subject_id), name)


@pages.post("/facts/<subject>/<path:subject_id>/<name>")
def correct(subject: str, subject_id: str, name: str) -> Response | tuple[str, int]:
    """Correct the field, say that it is empty, or take back what was said."""
    shown, form = _facts(subject, subject_id), request.form
    field = shown.fact(name).field
    about = About(shown.subject, shown.id, steward().email, forms.paragraph(form, "why"))
    try:
        if form.get("do") == "withdraw":
            asked, did = correct_fact.withdraw(about, field, now()), "The correction is taken back."
        elif form.get("do") == "empty":
            asked, did = correct_fact.empty(about, field, now()), "It is empty now."
        else:
            asked, did = correct_fact.correct(about, field, form, now()), "The correction counts."
    except InvalidInput as error:
        return _fact_page(shown, name, form, error.problems), 422
    flash(f"{field.label}: {did} {built_soon(asked)}")
    return redirect(_home(shown))


@pages.get("/use/<subject>/<path:subject_id>")
def use_page(subject: str, subject_id: str) -> str:
    """Ask why somebody goes out of use, or comes back."""
    return _use_page(_facts(subject, subject_id))


@pages.post("/use/<subject>/<path:subject_id>")
def use(subject: str, subject_id: str) -> Response | tuple[str, int]:
    """Take somebody out of use, or into use again: the opposite of what is."""
    shown, form = _facts(subject, subject_id), request.form
    about = About(shown.subject, shown.id, steward().email, forms.paragraph(form, "why"))
    back = form.get("do") == "bring-back"
    try:
        asked = correct_fact.bring_back(about, now()) if back else correct_fact.retire(about, now())
    except InvalidInput as error:
        return _use_page(shown, form, error.problems), 422
    flash(f"{'In use again' if back else 'Out of use'}. {built_soon(asked)}")
    return redirect(_home(shown))


def _facts(subject: str, subject_id: str) -> Facts:
    if subject not in set(Subject):
        abort(404)
    return facts(Subject(subject), subject_id[:100])


def _home(shown: Facts) -> str:
    """The page on which the subject stands."""
    if shown.subject is Subject.ORGANIZATION:
        return url_for("admin_facts.organization_page", organization_id=shown.id)
    return url_for("admin_facts.specialist_page", npi=_npi(shown))


def _npi(shown: Facts) -> str:
    role = db.session.get(PractitionerRole, shown.id) if shown.subject is Subject.ROLE else None
    return role.npi if role else shown.id


def _called(shown: Facts) -> str:
    """The name of a specialist, with the place for a role; the name of an organization."""
    if shown.subject is Subject.ORGANIZATION:
        organization = db.session.get(Organization, shown.id)
        return organization.name if organization else shown.id
    person = db.session.get(Practitioner, _npi(shown))
    name = person.name if person else shown.id
    role = db.session.get(PractitionerRole, shown.id) if shown.subject is Subject.ROLE else None
    if role is None:
        return name
    return f"{name}, {role.organization.name if role.organization else 'own practice'}"


def _fact_page(
    shown: Facts, name: str, typed: MultiDict[str, str] | None = None, problems: tuple[Invalid, ...] = ()
) -> str:
    fact = shown.fact(name)
    if fact.field.read is None:
        abort(404)
    return render_template(
        "admin/fact.html",
        shown=shown,
        fact=fact,
        inputs=INPUTS,
        called=_called(shown),
        home=_home(shown),
        typed=typed,
        problems=problems,
        staff=steward(),
    )


def _use_page(shown: Facts, typed: MultiDict[str, str] | None = None, problems: tuple[Invalid, ...] = ()) -> str:
    return render_template(
        "admin/use.html",
        shown=shown,
        called=_called(shown),
        home=_home(shown),
        typed=typed or MultiDict(),
        problems=problems,
        staff=steward(),
    )
