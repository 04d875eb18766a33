"""What the office says of itself: one form behind its link, and what was changed by it."""

import re
from uuid import UUID

from flask import Blueprint, flash, get_flashed_messages, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.access.authorize import authorize
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.permissions import Right
from referral.models import PractitionerRole, ReferralTask
from referral.services import office_facts, open_office_link
from referral.services.fact_fields import FactField
from referral.services.open_office_link import Standing
from referral.web import office
from referral.web.admin_door import built_soon
from referral.web.admin_filters import fact_text
from referral.web.clock import now
from referral.web.filters import LANGUAGES
from referral.web.office import Page

pages = Blueprint("office_details", __name__, url_prefix="/office/packet/<uuid:task_id>/details")

CHANGED, KEPT, SOON = "changed", "kept", "soon"
"""What a sentence on the page of thanks is about."""

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")
_TAGS = {name.casefold(): tag for tag, name in LANGUAGES.items()}


@pages.get("")
def details(task_id: UUID) -> str | Page:
    """What the directory says of the office, as a form."""
    task, asked, gone = _held(task_id)
    return _form(task, asked) if task else gone


@pages.post("")
def confirm(task_id: UUID) -> Response | Page:
    """Take over what the office confirms or changes. Whose office it is follows from the link alone."""
    task, asked, gone = _held(task_id)
    if task is None:
        return gone
    try:
        confirmed = office_facts.confirm(task.role, asked, _typed(request.form), now())
    except InvalidInput as error:
        return _form(task, asked, request.form, error.problems), 422
    role = task.role
    for field in confirmed.changed:
        flash(f"{field.label}: {_now(role, field)}.", CHANGED)
    for field in confirmed.overruled:
        flash(f"{field.label}: it stays “{_now(role, field)}” until a person here has looked at your change.", KEPT)
    if confirmed.changed:
        flash(built_soon(confirmed.built), SOON)
    return redirect(url_for("office_details.thanks", task_id=task_id))


@pages.get("/thanks")
def thanks(task_id: UUID) -> str | Page:
    """What was changed."""
    task, asked, gone = _held(task_id)
    if task is None:
        return gone
    return render_template(
        "office/thanks.html", task=task, said=get_flashed_messages(with_categories=True), asked=asked
    )


def _held(task_id: UUID) -> tuple[ReferralTask | None, str, Page]:
    """The task of the link that is held here, and the cancer of its request while the office has it.

    Without a link that lives, the page that says what became of it.
    """
    link, standing = office.held(task_id, now())
    if link is None or link.task is None or not open_office_link.may_state_facts(standing):
        return None, "", office.gone(standing, link)
    authorize(open_office_link.acting_for(link.task), Right.STATE_FACTS, link.request)
    return link.task, link.request.oncotree_code if standing is Standing.OPEN else "", ("", 200)


def _typed(form: MultiDict[str, str]) -> dict[str, str]:
    """The form as the service reads it: lists one entry a line, languages as tags."""
    typed = {name: form.get(name, "") for name in office_facts.ASKED}
    tags = [_tag(part) for part in re.split(r"[,;\n]", form.get("languages", "")) if part.strip()]
    return typed | {"not_treated": "\n".join(form.getlist("not_treated")), "languages": "\n".join(tags)}


def _tag(part: str) -> str:
    name = " ".join(part.split())
    if name.casefold() in _TAGS:
        return _TAGS[name.casefold()]
    if _TAG.fullmatch(name):
        return name
    raise InvalidInput(
        [Invalid("languages", f"“{name[:40]}” is not a language that we know. Write it in English, such as Spanish.")]
    )


def _now(role: PractitionerRole, field: FactField) -> str:
    values = office_facts.held(role, now().date()) | {"paused_by": role.paused_by}
    return fact_text(values, field)


def _form(
    task: ReferralTask, asked: str, typed: MultiDict[str, str] | None = None, problems: tuple[Invalid, ...] = ()
) -> str:
    held = office_facts.held(task.role, now().date())
    return render_template(
        "office/details.html",
        task=task,
        role=task.role,
        asked=asked,
        cancers=office_facts.cancers_asked(task.role, asked),
        shown=typed if typed is not None else _shown(held),
        problems=problems,
        today=now().date(),
    )


def _shown(held: dict[str, object]) -> MultiDict[str, str]:
    """What the directory says, as the form's inputs hold it."""
    shown = MultiDict[str, str]()
    for name, value in held.items():
        if name == "not_treated" and isinstance(value, list):
            shown.setlist(name, value)
        elif name == "languages" and isinstance(value, list):
            shown[name] = ", ".join(LANGUAGES.get(str(tag), str(tag)) for tag in value)
        elif isinstance(value, bool):
            shown[name] = "yes" if value else "no"
        else:
            shown[name] = "" if value is None else str(value)
    return shown
