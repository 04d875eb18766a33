"""Templates on the desk: the list, one with the preview in both languages, and its use in a form of a referral."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Flask, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from referral.access import gate
from referral.domain.errors import Invalid, InvalidInput, StaleVersion
from referral.domain.lifecycle import Action
from referral.domain.messages import language_of
from referral.domain.permissions import Duty, has_duty
from referral.domain.reply_templates import FIELDS, KINDS, ReplyKind
from referral.domain.texts import LONG, as_uuid
from referral.models import ReplyTemplate, ServiceRequest
from referral.services import reply_templates
from referral.services.reply_templates import Written
from referral.store import replies
from referral.web import action_forms, coordinator
from referral.web.clock import now

pages = Blueprint("desk_templates", __name__, url_prefix="/coordinator")

MESSAGE = "message"
"""The field of words to the patient, which belongs to no action."""

USED_IN: dict[str, frozenset[ReplyKind]] = {
    Action.REQUEST_RECORDS: frozenset({ReplyKind.RECORDS}),
    Action.NOTE: frozenset({ReplyKind.NOTE}),
    Action.HOLD: frozenset({ReplyKind.NOTE}),
    Action.CLOSE: frozenset({ReplyKind.NOTE}),
    Action.ANSWER_INFORMATION: frozenset({ReplyKind.OFFICE}),
    MESSAGE: frozenset({ReplyKind.PATIENT, ReplyKind.RECORDS}),
}
"""Which kinds are offered beside which field; the names are those its fields begin with."""

PATIENT_READS = frozenset({MESSAGE, Action.REQUEST_RECORDS})
LANGUAGES = ("en", "es")

Page = str | tuple[str, int]


def register(app: Flask) -> None:
    """Let the referral's page offer templates."""
    app.add_template_global(offered, "reply_templates")
    app.add_template_filter(templates_for, "templates_for")
    app.add_template_filter(template_language, "template_language")


def offered() -> list[ReplyTemplate]:
    """What the signed-in coordinator may use."""
    return replies.of_staff(gate.staff().id)


def templates_for(templates: Sequence[ReplyTemplate], action: str) -> list[ReplyTemplate]:
    """Those that fit beside the field of this action."""
    kinds = USED_IN.get(action, frozenset())
    return [template for template in templates if template.kind in kinds]


def template_language(referral: ServiceRequest, action: str) -> str:
    """The patient's language for what they read, English for what stays here."""
    return language_of(referral.patient.language) if action in PATIENT_READS else "en"


@pages.get("/templates")
def list_page() -> str:
    """Everybody's templates and one's own; those put away come last."""
    staff = gate.staff()
    every = replies.of_staff(staff.id, archived=True)
    return render_template(
        "coordinator/templates.html", staff=staff, kinds=KINDS,
        live=[one for one in every if one.archived_at is None], away=[one for one in every if one.archived_at],
    )  # fmt: skip


@pages.get("/templates/new")
def new_page() -> str:
    """An empty form."""
    return _form(None, request.args, ())


@pages.post("/templates/new")
def add() -> AnyResponse | Page:
    """Keep a new template, or show what the fields would become."""
    if request.form.get("do") == "preview":
        return _form(None, request.form, ())
    try:
        made = reply_templates.add(_typed(), gate.acting(), now())
    except InvalidInput as error:
        return _form(None, request.form, error.problems), 422
    flash(f"Kept: {made.name}.")
    return redirect(url_for("desk_templates.edit_page", template_id=made.id), 303)


@pages.get("/templates/<uuid:template_id>")
def edit_page(template_id: UUID) -> str:
    """One template, its preview in both languages, and its versions."""
    return _form(reply_templates.readable(template_id, gate.acting()), None, ())


@pages.post("/templates/<uuid:template_id>")
def change(template_id: UUID) -> AnyResponse | Page:
    """Keep a new version, put it away or bring it back; or show what was typed with its fields filled."""
    acting, do = gate.acting(), request.form.get("do", "")
    template = reply_templates.readable(template_id, acting)
    version = action_forms.read_version(request.form)
    if do == "preview":
        return _form(template, request.form, ())
    try:
        if do in ("archive", "restore"):
            reply_templates.put_away(template_id, version, acting, now(), away=do == "archive")
            flash("It is put away: nobody is offered it." if do == "archive" else "It is offered again.")
        else:
            changed = reply_templates.change(template_id, _typed(), version, acting, now())
            flash(f"Kept as version {changed.version}.")
    except InvalidInput as error:
        return _form(template, request.form, error.problems), 422
    except StaleVersion as error:
        template = reply_templates.readable(template_id, acting)
        return _form(template, request.form, (Invalid("text_en", _overtaken(template, error)),)), 409
    return redirect(url_for("desk_templates.edit_page", template_id=template_id), 303)


@pages.post("/referrals/<referral_id>/template")
def fill(referral_id: str) -> Response | str:
    """Put a template's text into the form it was chosen in, after what stands there; nothing is saved."""
    referral, action = coordinator.read(referral_id), request.form.get("fill", "")
    if action not in USED_IN:
        abort(400)
    chosen = as_uuid(request.form.get(f"{action}.template", ""))
    template = reply_templates.readable(chosen, gate.acting()) if chosen else None
    language = request.form.get(f"{action}.language", "")
    spoken = language if language in LANGUAGES else template_language(referral, action)
    filled = reply_templates.fill(template, referral, spoken, gate.staff().name) if template else None
    told = _told(template, filled.missing if filled else ())
    if request.accept_mimetypes.best == "application/json":
        records = template.records if template else []
        return jsonify({"text": filled.text if filled else "", "records": records, "told": told})
    typed = MultiDict(request.form)
    typed["action"], typed[f"filled.{action}"] = action, told
    if template and filled:
        field = MESSAGE if action == MESSAGE else f"{action}.text"
        typed[field] = "\n\n".join(part for part in (typed.get(field, "").strip(), filled.text) if part)
        ticked = dict.fromkeys([*typed.getlist(f"{action}.items"), *template.records])
        typed.setlist(f"{action}.items", list(ticked))
    return coordinator.page_with(referral, typed)


def _told(template: ReplyTemplate | None, missing: Sequence[str]) -> str:
    if template is None:
        return "Choose a template first."
    words = ", ".join(FIELDS[name][0] for name in missing)
    return f"Not known for this request: {words}. It stands in brackets." if words else "Put into the text below."


def _overtaken(template: ReplyTemplate, error: StaleVersion) -> str:
    by = template.versions[0].by if template.versions else "Somebody"
    return f"{error.message} By {by}: “{template.text_en[:200]}”. Keep yours over it, or copy what you need."


def _typed() -> Written:
    form = request.form
    return Written(
        kind=form.get("kind", ""),
        name=form.get("name", "").strip(),
        text_en=form.get("text_en", "").replace("\r\n", "\n").strip(),
        text_es=form.get("text_es", "").replace("\r\n", "\n").strip(),
        records=tuple(form.getlist("records")),
        shared=form.get("whose") == "everybody",
    )


def _form(template: ReplyTemplate | None, typed: MultiDict[str, str] | None, problems: Sequence[Invalid]) -> str:
    shown = _shown(template, typed)
    previews = {
        language: reply_templates.example(shown[f"text_{language}"], language).text
        for language in LANGUAGES
        if shown[f"text_{language}"] and len(shown[f"text_{language}"]) <= LONG
    }
    acting = gate.acting()
    return render_template(
        "coordinator/template.html", template=template, shown=shown, problems=problems, previews=previews,
        records=typed.getlist("records") if typed is not None else (template.records if template else []),
        kinds=KINDS, fields=FIELDS, staff=gate.staff(), leads=has_duty(acting.actor, Duty.SETTINGS),
        may_change=template is None or reply_templates.may_change(template, acting),
    )  # fmt: skip


def _shown(template: ReplyTemplate | None, typed: MultiDict[str, str] | None) -> dict[str, str]:
    names = ("kind", "name", "text_en", "text_es")
    shown = {name: str(getattr(template, name)) if template else "" for name in names}
    if typed is not None:
        shown |= {name: typed[name] for name in names if name in typed}
    if template is not None:
        shown["kind"] = template.kind
    return shown
