"""How a patient is reached: which messages they want, a new address, and the way back in for who lost the link."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral import languages
from referral.access.authorize import authorize
from referral.domain.codes import NewsTo
from referral.domain.errors import Invalid, InvalidInput, NotFound
from referral.domain.messages import language_of
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.models import Patient, ServiceRequest
from referral.services import contact, outbox, standing
from referral.services.audit_log import note_read
from referral.services.compose import title_of
from referral.services.track import send_link_again
from referral.settings import Settings
from referral.store import messages
from referral.web import clock, forms, page_language, track, visitor
from referral.web.forms_request import BIRTH_DATE
from referral.web.track import Page

pages = Blueprint("contact", __name__, url_prefix="/track")

ALIKE_SECONDS = 0.4
"""How long looking an address up takes in any case: who measures the time must not learn whose address we know."""

NEWS = frozenset({"requester.name", "requester.email", "news_to", "news.birth_date"})
"""The fields in which it is said who hears of the request."""

ENTER_ADDRESS = phrase("Enter the email address or the phone number you gave us.")


@pages.get("/lost")
def lost() -> str:
    """Ask where the link goes to."""
    return render_template("track/lost.html", address="", problems=(), sent=False)


@pages.post("/lost")
@page_language.shows_again
def send_again() -> Page:
    """Send the link to that very address if it is a confirmed one; the answer is the same in any case."""
    typed = request.form.get("address", "")[:320]
    if page_language.switching():
        return render_template("track/lost.html", address=typed, problems=(), sent=False)
    try:
        address = forms.line(request.form, "address", 320)
        if not address:
            raise Invalid("address", ENTER_ADDRESS)
    except Invalid as problem:
        return render_template("track/lost.html", address=typed, problems=(problem,), sent=False), 422
    with equally_long():
        send_link_again(address, clock.now())
    return render_template("track/lost.html", address="", problems=(), sent=True)


@pages.get("/<token>/messages")
def show(token: str) -> Page:
    """What we tell, how, and what we told so far."""
    found = track.opened(token)
    if not visitor.knows(found.id):
        return track.ask_birth_date(token, "messages")
    return _page(authorize(visitor.acting(found.id), Right.READ_MESSAGES, found), token, ())


@pages.post("/<token>/messages")
def choose(token: str) -> Page:
    """Keep which messages the patient wants."""
    found = track.opened(token, known=True)
    form = request.form
    every_step, by_email = form.get("which") != "important", form.get("by_email") == "yes"
    try:
        acting = visitor.acting(found.id)
        contact.set_wishes(found.id, acting, every_step=every_step, by_email=by_email, now=clock.now())
    except Invalid as problem:
        return _page(track.opened(token, known=True), token, (problem,)), 422
    return redirect(url_for("contact.show", token=token), 303)


@pages.post("/<token>/address")
@page_language.shows_again
def change(token: str) -> Page:
    """Keep a new address until it is confirmed."""
    found = track.opened(token, known=True)
    if page_language.switching():
        return _page(found, token, ())
    settings: Settings = current_app.extensions["settings"]
    try:
        email, phone = forms.line(request.form, "patient.email", 320), forms.line(request.form, "patient.phone", 50)
        born = forms.need_date(request.form, "birth_date", BIRTH_DATE)
        acting = visitor.acting(found.id)
        contact.ask_for_change(found.id, acting, email, phone, born, settings.secret_key, clock.now())
    except Invalid as problem:
        return _page(track.opened(token, known=True), token, (problem,)), 422
    except InvalidInput as error:
        return _page(track.opened(token, known=True), token, tuple(error.problems)), 422
    return redirect(url_for("contact.show", token=token), 303)


@pages.post("/<token>/news")
def choose_news(token: str) -> Page:
    """Keep who hears of the request: the patient, whoever helps them, or both."""
    found = track.opened(token, known=True)
    settings: Settings = current_app.extensions["settings"]
    form = request.form
    try:
        to = form.get("news_to", "")
        name, email = forms.line(form, "requester.name", 200), forms.line(form, "requester.email", 320)
        born = forms.read_date(forms.date_parts(form, "news.birth_date"), "news.birth_date", BIRTH_DATE)
        wanted = contact.News(NewsTo(to) if to in set(NewsTo) else NewsTo.PATIENT, name, email)
        contact.choose_news(found.id, visitor.acting(found.id), wanted, born, settings.secret_key, clock.now())
    except Invalid as problem:
        return _page(track.opened(token, known=True), token, (problem,)), 422
    return redirect(url_for("contact.show", token=token), 303)


@pages.post("/<token>/address/withdraw")
def withdraw(token: str) -> Response:
    """Forget the new address; the one we have stays."""
    found = track.opened(token, known=True)
    contact.withdraw_change(found.id, visitor.acting(found.id), clock.now())
    return redirect(url_for("contact.show", token=token), 303)


@pages.get("/address/<token>")
def ask_to_confirm(token: str) -> str:
    """Reading the page changes nothing: mail programs open links by themselves."""
    found = contact.change_behind(token, clock.now())
    if found is None:
        raise NotFound(track.CLOSED_LINK)
    authorize(visitor.by_link(found.request_id), Right.CHOOSE_MESSAGES, found.request)
    return render_template("track/address.html", change=found, token=token)


@pages.post("/address/<token>")
def confirm(token: str) -> Response:
    """The new address is the patient's own."""
    now = clock.now()
    found = contact.change_behind(token, now)
    if found is None:
        raise NotFound(track.CLOSED_LINK)
    contact.confirm_change(found.id, visitor.by_link(found.request_id), now)
    return redirect(url_for("contact.ask_to_confirm", token=token), 303)


@contextmanager
def equally_long() -> Iterator[None]:
    """Do something with an address that takes the same time whether we know it or not."""
    began = monotonic()
    yield
    sleep(max(0.0, ALIKE_SECONDS - (monotonic() - began)))


@pages.app_template_filter()
def message_subject(template: str) -> str:
    """What a message to the patient was about."""
    return title_of(template, language_of(languages.current()))


def _page(made: ServiceRequest, token: str, problems: tuple[Invalid, ...]) -> str:
    form = request.form
    note_read(visitor.acting(made.id), made)
    return render_template(
        "track/messages.html", made=made, token=token, problems=problems, by_email=outbox.writes_mail(made),
        waiting=messages.waiting_changes(made.id, clock.now()), told=standing.told(made),
        typed={name: form.get(name, "")[:320] for name in ("patient.email", "patient.phone")},
        parts=forms.date_parts(form, "birth_date"), news_parts=forms.date_parts(form, "news.birth_date"),
        news=_news(made.patient), news_problems=any(one.field in NEWS for one in problems),
    )  # fmt: skip


def _news(patient: Patient) -> dict[str, str]:
    """Who hears of the request: as it was typed where that form was sent, else as it is kept."""
    form = request.form
    return {
        "name": form.get("requester.name", patient.requester_name)[:200],
        "to": form.get("news_to", patient.news_to),
        "email": form.get("requester.email", "")[:320],
    }
