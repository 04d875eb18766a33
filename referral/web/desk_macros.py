"""Macros on the desk: the list, the form of one for those who lead, and taking its steps from a referral's page."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import gate
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound, StaleVersion
from referral.domain.macros import TEMPLATES, WORDS, Do, Step, steps_of
from referral.domain.texts import as_uuid
from referral.models import Macro, ReplyTemplate
from referral.services import macros
from referral.store import replies
from referral.web import action_forms, coordinator
from referral.web.clock import now

pages = Blueprint("desk_macros", __name__, url_prefix="/coordinator")
pages.register_error_handler(NotAllowed, coordinator.turned_away)
pages.add_app_template_global(replies.macros, "macros_of_the_desk")

Page = str | tuple[str, int]


@pages.app_template_global()
def macro_says(macro: Macro) -> list[str]:
    """What a macro does, step by step, in words."""
    return [_says(step) for step in steps_of(macro.steps)]


@pages.get("/macros")
def list_page() -> str:
    """Every macro, and for those who lead the form of a new one."""
    return _page(None, (), ())


@pages.get("/macros/<uuid:macro_id>")
def edit_page(macro_id: UUID) -> str:
    """The form of one macro."""
    return _page(_found(macro_id), steps_of(_found(macro_id).steps), ())


@pages.post("/macros")
def keep() -> Response | Page:
    """Keep a macro, put it away or bring it back."""
    form, acting, do = request.form, gate.acting(), request.form.get("do", "")
    macro_id, version = as_uuid(form.get("macro", "")), action_forms.read_version(request.form)
    steps = _typed()
    try:
        if do in ("archive", "restore") and macro_id is not None:
            macros.put_away(macro_id, version, acting, now(), away=do == "archive")
            flash("It is put away: nobody is offered it." if do == "archive" else "It is offered again.")
        else:
            kept = macros.keep(macro_id, form.get("name", "").strip(), steps, version, acting, now())
            flash(f"Kept: {kept.name}.")
    except InvalidInput as error:
        return _page(_found(macro_id) if macro_id else None, steps, error.problems), 422
    except StaleVersion as error:
        return _page(_found(macro_id) if macro_id else None, steps, (Invalid("name", error.message),)), 409
    return redirect(url_for("desk_macros.list_page"), 303)


@pages.post("/referrals/<referral_id>/macro")
def run(referral_id: str) -> Response | Page:
    """Take the steps of a macro for one referral."""
    found, macro_id = coordinator.to_change(referral_id), as_uuid(request.form.get("macro", ""))
    if macro_id is None:
        raise NotFound
    try:
        done = macros.run(found.id, macro_id, gate.acting(), gate.staff().name, now())
    except NotAllowed as refused:
        return coordinator.turned_away(refused)
    flash(" ".join(done))
    return redirect(url_for("coordinator.referral_page", referral_id=referral_id), 303)


def _typed() -> list[Step]:
    """The steps that were ticked, with the template and the records of each."""
    ticked = set(request.form.getlist("steps"))
    return [
        Step(do, _template(do), tuple(request.form.getlist("records")) if do is Do.RECORDS else ())
        for do in Do
        if do.value in ticked
    ]


def _template(do: Do) -> str:
    chosen = as_uuid(request.form.get(f"{do}.template", "")) if do in TEMPLATES else None
    return str(chosen or "")


def _found(macro_id: UUID) -> Macro:
    found = replies.macro(macro_id)
    if found is None:
        raise NotFound
    return found


def _says(step: Step) -> str:
    template = _of(step)
    words = f" with “{template.name}”" if template else ""
    return f"{WORDS[step.do]}{words}"


def _of(step: Step) -> ReplyTemplate | None:
    return replies.get(UUID(step.template)) if step.template else None


def _page(macro: Macro | None, steps: Sequence[Step], problems: Sequence[Invalid]) -> str:
    every = replies.macros(archived=True)
    shared = [one for one in replies.of_staff(gate.staff().id) if one.owner_id is None]
    return render_template(
        "coordinator/macros.html", macro=macro, problems=problems, staff=gate.staff(), words=WORDS,
        steps={step.do: step for step in steps}, leads=macros.may_change(gate.acting()),
        name=request.form.get("name", macro.name if macro else ""),
        fitting={do: [one for one in shared if one.kind in kinds] for do, kinds in TEMPLATES.items()},
        live=[one for one in every if one.archived_at is None], away=[one for one in every if one.archived_at],
    )  # fmt: skip
