"""A request by telephone: a coordinator fills in one page for a caller, searches on it, reads out, and files."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral import reference
from referral.access import gate, links
from referral.access.authorize import may
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.permissions import Right
from referral.models import PractitionerRole
from referral.services import consents
from referral.services.act import records_changed
from referral.services.find_specialists import find_specialists
from referral.services.profile import roles_in_order
from referral.services.rebuild_index import current_or_built
from referral.services.refer import Call, Repeat, refer
from referral.settings import Settings
from referral.store import referrals
from referral.web import clock, forms, forms_intake, forms_search
from referral.web.forms_intake import Intake

pages = Blueprint("intake", __name__, url_prefix="/coordinator/intake")

Page = str | Response | tuple[str, int]
Found = Sequence[tuple[PractitionerRole, float]]
"""Specialists with their scores."""
FOUND = 8
_FILED = "intake_filed"


@pages.get("")
def ask() -> str:
    """The empty form."""
    return _page(Intake({}, (), ()), (), ())


@pages.post("")
def answer() -> Page:
    """Search, change the list, or file; in every case what was typed stays."""
    now = clock.now()
    typed = forms_intake.read(request.form, now.date())
    do = request.form.get("do", "file").partition(":")[0]
    if do != "file":
        found, problems = _found(typed) if do in ("find", "add") else ((), ())
        return _page(typed, found, problems)
    if typed.problems:
        return _page(typed, (), typed.problems), 422
    settings: Settings = current_app.extensions["settings"]
    call = Call(gate.acting(), number_confirmed=request.form.get(forms_intake.CONFIRM) == "yes")
    repeat = Repeat(f"intake:{links.digest(request.form.get('key', '') or secrets.token_urlsafe(16))}", "intake")
    try:
        made = refer(forms_intake.new_referral(typed, now.date()), settings.secret_key, now, repeat, call)
    except InvalidInput as error:
        return _page(typed, (), tuple(error.problems)), 422
    session[_FILED] = str(made.id)
    if call.number_confirmed:
        records_changed(made.id, now)
    return redirect(url_for("intake.filed"), 303)


@pages.get("/filed")
def filed() -> str:
    """What to tell the caller: the name of the request, the code, and what happens by when. Shown to who filed it."""
    made = referrals.get(UUID(session[_FILED])) if session.get(_FILED) else None
    if made is None or made.events[0].actor_name != gate.acting().name:
        abort(404)
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "coordinator/intake_filed.html", made=made, code=links.tracking_code(settings.secret_key, made.id),
        sees=may(gate.acting(), Right.READ, made), staff=gate.staff(), now=clock.now(),
    )  # fmt: skip


def _found(typed: Intake) -> tuple[Found, tuple[Invalid, ...]]:
    """The specialists for this cancer near this place, or what is missing for a search."""
    form = forms_search.read_form(request.form)
    try:
        asked = forms_search.understand(
            forms_search.SearchForm(cancer=typed.answers["cancer"] or form.cancer, near=form.near, remote="yes")
        )
    except InvalidInput as error:
        return (), tuple(error.problems)
    if asked.query is None:
        named = "; ".join(place.label for place in asked.places[:5])
        wrong = Invalid("near", f"Which of these: {named}? Type one of them.") if asked.places else typed.problems[0]
        return (), (wrong,)
    now = clock.now()
    snapshot = current_or_built(current_app.extensions["index"], now)
    log = current_app.extensions["search_log"]
    results = find_specialists(snapshot, asked.query, asked.place, asked.inputs, log, now).results[:FOUND]
    scores = {match.role.role_id: match.score for match in results}
    return [(role, scores[role.id]) for role in roles_in_order(list(scores))], ()


def _page(typed: Intake, found: Found, problems: Sequence[Invalid]) -> str:
    code = typed.answers.get("cancer", "")
    return render_template(
        "coordinator/intake.html", typed=request.form if request.method == "POST" else MultiDict(), intake=typed,
        found=found, problems=problems, roles=roles_in_order(typed.shortlist), cancer=reference.cancers().get(code),
        answers={"reroute": {"allowed": True, "max_tries": 3}, **typed.answers}, consent_text=consents.TEXT,
        key=request.form.get("key", "") or secrets.token_urlsafe(16),
        parts=lambda name: forms.date_parts(request.form, name),
        staff=gate.staff(), now=clock.now(),
    )  # fmt: skip
