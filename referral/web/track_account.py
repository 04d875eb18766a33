"""On a request's page: keep it in an account, make one for that, and see and end which accounts open it."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from referral.access import sessions
from referral.access.authorize import authorize
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.domain.texts import as_uuid
from referral.languages import said
from referral.models import ServiceRequest
from referral.services import patient_accounts
from referral.services.audit_log import note_read
from referral.web import clock, forms, page_language, track, visitor
from referral.web.patient_account import secret_key

pages = Blueprint("track_account", __name__, url_prefix="/track")

Page = str | Response | tuple[str, int]


@pages.get("/<token>/account")
def show(token: str) -> str:
    """What an account is for, the form for it, and the accounts that open this request."""
    found = track.opened(token)
    if not visitor.knows(found.id):
        return track.ask_birth_date(token, "account")
    return _page(found, token, ())


@pages.post("/<token>/account")
@page_language.shows_again
def ask(token: str) -> Page:
    """Put the request into the account that is signed in here, else write to an address how to make one."""
    found = track.opened(token, known=True)
    if page_language.switching():
        return _page(found, token, ())
    account, acting = sessions.current_account(), visitor.acting(found.id)
    try:
        if account is not None:
            patient_accounts.add(account, found.id, acting, clock.now())
            flash(said(phrase("It is in your account now.")))
            return redirect(url_for("track_account.show", token=token), 303)
        email = forms.line(request.form, "email", 320)
        patient_accounts.ask_for_link(found.id, acting, email, secret_key(), clock.now())
    except NotAllowed as refused:
        flash(said(refused.message))
        return redirect(url_for("track_account.show", token=token), 303)
    except Invalid as problem:
        return _page(track.opened(token, known=True), token, (problem,)), 422
    return _page(track.opened(token, known=True), token, (), sent=email)


@pages.post("/<token>/account/take-out")
def take_out(token: str) -> Response:
    """Let an account open this request no longer."""
    found = track.opened(token, known=True)
    account_id = as_uuid(request.form.get("account", ""))
    gone = account_id is not None and patient_accounts.take_out(
        found.id, account_id, visitor.acting(found.id), clock.now()
    )
    if gone:
        flash(said(phrase("That account opens this request no longer.")))
    stays = visitor.knows(found.id)
    return redirect(url_for("track_account.show", token=token) if stays else url_for("patient_account.listing"), 303)


def _page(made: ServiceRequest, token: str, problems: tuple[Invalid, ...], sent: str = "") -> str:
    account, acting = sessions.current_account(), visitor.acting(made.id)
    note_read(acting, authorize(acting, Right.READ, made))
    if account is None:
        session[sessions.AFTER_SIGN_IN] = url_for("track_account.show", token=token)
    there = patient_accounts.that_open(made.id)
    return render_template(
        "track/account.html", made=made, token=token, problems=problems, sent=sent, account=account, there=there,
        in_it=account is not None and any(one.account_id == account.id for one in there),
        email=request.form.get("email", "")[:320],
    )  # fmt: skip
