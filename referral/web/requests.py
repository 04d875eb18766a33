"""The request, step by step. The answers stay on the server; the browser's session holds the draft's secret."""

from collections.abc import Sequence
from datetime import date, datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from jinja2 import Template
from werkzeug.wrappers import Response

from referral import languages, reference
from referral.access import asked, links
from referral.domain import npi
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.phrases import phrase
from referral.languages import said
from referral.models import PractitionerRole
from referral.services import consents, drafts, first_place
from referral.services.act import read
from referral.services.drafts import Answers
from referral.services.patient_time import today_of
from referral.services.profile import roles_in_order
from referral.services.refer import Repeat, refer
from referral.services.track import tracking_link
from referral.settings import Settings
from referral.web import clock, come_back, filters, forms, forms_request, page_language, record_forms, search, visitor
from referral.web.forms import one_each
from referral.web.forms_request import BY_NAME, Step
from referral.web.forms_search import SearchForm

pages = Blueprint("requests", __name__, url_prefix="/request")
pages.before_request(come_back.ask_who_is_back)

Page = str | Response | tuple[str, int]

NOTHING_BEFORE: Answers = {"follows": "", "first_doctor": "", "first_opinion": {}, "questions": []}
"""What is left of an earlier request's answers where the next one is about another cancer."""


@pages.post("/start")
def start() -> Response:
    """Take cancer and choice over from the results; answers given before stay."""
    cancer = request.form.get("cancer", "")[:50]
    if cancer not in reference.cancers():
        raise Invalid("cancer", phrase("Search for the cancer first."))
    chosen = [code for code in dict.fromkeys(request.form.getlist("chosen")) if code][:10]
    known = {role.id for role in roles_in_order(chosen)}
    answers: Answers = {"cancer": cancer, "shortlist": [code for code in chosen if code in known]}
    situation, first_doctor = request.form.get("situation", "")[:40], request.form.get("exclude_npi", "")
    if situation:
        answers["situation"] = situation
    if npi.is_valid(first_doctor):
        answers["first_doctor"] = first_doctor
    if place := first_place.name_of(request.form.get("exclude_organization", "")[:100]):
        answers["first_opinion"] = {"organization": place, **_said_before(cancer)}
    _begin_or_go_on(answers, _known_contact())
    return redirect(url_for("requests.ask", name="specialists"), 303)


@pages.get("/")
def resume() -> Response:
    """Where the request goes on, or the search where there is none."""
    answers = drafts.read(_secret(), clock.now())
    return redirect("/" if answers is None else url_for("requests.ask", name=answers.get("at", "check")), 303)


@pages.get("/find")
def find() -> Page:
    """The specialists for the request as far as it is known, so that the search asks nothing again."""
    answers = drafts.read(_secret(), clock.now())
    if answers is None:
        return _no_draft()
    known = SearchForm(
        cancer=answers["cancer"],
        near=answers.get("contact", {}).get("postcode", ""),
        situation=answers.get("situation", ""),
        exclude_npi=answers.get("first_doctor", ""),
    )
    return search.answered(known) if known.near else search.first_page(known)


@pages.get("/<name>")
def ask(name: str) -> Page:
    """The question of one step, with the answer given before."""
    step = BY_NAME.get(name) or abort(404)
    answers = drafts.read(_secret(), clock.now())
    return _no_draft() if answers is None else _question(step, answers, ())


@pages.post("/<name>")
@page_language.shows_again
def answer(name: str) -> Page:
    """Keep the answer and go on, or ask again with what is wrong."""
    step = BY_NAME.get(name) or abort(404)
    now = clock.now()
    answers = drafts.read(_secret(), now)
    if answers is None:
        return _no_draft()
    answers["shortlist"] = [role.id for role in roles_in_order(answers.get("shortlist", ()))]  # those that were shown
    problems: list[Invalid] = []
    answers.update(step.read(request.form, problems))
    if page_language.switching():
        return _question(step, answers, ())
    if move := request.form.get("move", ""):
        answers["shortlist"] = forms_request.rearranged(answers["shortlist"], move)
        drafts.keep(_secret(), answers, now)
        return redirect(url_for("requests.check") if "at_check" in request.form else _again(name), 303)
    if "later" in request.form:
        drafts.keep(_secret(), {**answers, "at": name}, now)
        return redirect(url_for("come_back.later"), 303)
    problems += forms_request.problems_of(step, answers, reference.cancers(), _today(answers, now))
    if problems:
        return _question(step, answers, one_each(problems)), 422
    if step.name == "first-opinion" and (there := forms_request.not_told(answers, _same_place(answers))):
        drafts.keep(_secret(), {**answers, "told_same_place": there}, now)
        return redirect(_again(name), 303)
    if step.name == "consent":
        answers = forms_request.given(answers)
    following = "check" if "change" in request.form else forms_request.after(step)
    drafts.keep(_secret(), {**answers, "at": following}, now)
    return redirect(f"/request/{following}", 303)


@pages.get("/check")
def check() -> Page:
    """All answers on one page, each with a way to change it."""
    now = clock.now()
    answers = drafts.read(_secret(), now)
    if answers is None:
        return _no_draft()
    return _unfinished(answers, now) or _check_page(answers, ())


@pages.post("/send")
def send() -> Page:
    """Write the request; the same draft sent twice is one request."""
    now, secret = clock.now(), _secret()
    settings: Settings = current_app.extensions["settings"]
    answers = drafts.read(secret, now)
    if answers is None:
        sent = drafts.sent_as(secret)
        return _no_draft() if sent is None else _to_confirmation(str(sent))
    if unfinished := _unfinished(answers, now):
        return unfinished
    if request.form.get("read") != forms_request.fingerprint(answers):
        changed = phrase("Your answers were changed meanwhile, perhaps in another window. Read them, then send them.")
        return _check_page(answers, [Invalid("cancer", changed)]), 409
    try:
        repeat = Repeat(drafts.sending_key(secret), "draft")
        made = refer(forms_request.new_referral(answers, _today(answers, now)), settings.secret_key, now, repeat)
    except InvalidInput as error:
        return _check_page(answers, error.problems), 422
    request_id = made.id
    tracking_link(request_id, settings.secret_key, now)
    drafts.forget(secret)
    return _to_confirmation(str(request_id))


@pages.get("/sent")
def sent() -> Page:
    """What was sent, the tracking code, and what happens next."""
    now = clock.now()
    request_id = visitor.just_sent()
    if request_id is None:
        asked.shows_nothing_personal()
        return redirect("/track", 303)
    made = read(request_id, visitor.acting(request_id))
    settings: Settings = current_app.extensions["settings"]
    path = url_for("track.follow", token=tracking_link(made.id, settings.secret_key, now))
    code = links.tracking_code(settings.secret_key, made.id)
    return render_template(
        "requests/sent.html", made=made, code=code, path=path, link=settings.public_url + path,
        choices=record_forms.choices(made), earlier=record_forms.earlier_choices(made),
    )  # fmt: skip


def _unfinished(answers: Answers, now: datetime) -> Response | None:
    """The way to the first question that is still open; what was allowed for other answers is asked again."""
    if forms_request.has_lapsed(answers):
        answers["consent"] = {}
        drafts.keep(_secret(), answers, now)
        flash(said(phrase("You changed what your permission is for. Read it once more, and give it again.")))
    unfinished = forms_request.first_unfinished(answers, reference.cancers(), _today(answers, now))
    return redirect(url_for("requests.ask", name=unfinished), 303) if unfinished else None


def _check_page(answers: Answers, problems: Sequence[Invalid]) -> str:
    return render_template(
        "requests/check.html", **_shown(answers), number=forms_request.IN_ALL, back="consent", problems=problems,
        read=forms_request.fingerprint(answers), until=_today(answers, clock.now()) + consents.LASTS,
    )  # fmt: skip


def _question(step: Step, answers: Answers, problems: tuple[Invalid, ...]) -> str:
    """The page of one step."""
    return render_template(
        f"requests/{step.name}.html", **_shown(answers), step=step, problems=problems,
        number=forms_request.place_of(step), back=forms_request.before(step.name),
        change="change" in request.values, parts=_parts, consent_words=_consent_words,
    )  # fmt: skip


def _parts(name: str, value: str) -> dict[str, str]:
    """What the three inputs of a date show."""
    if request.method == "POST":
        return forms.date_parts(request.form, name)
    return forms.parts_of(forms_request.as_date(value))


def _shown(answers: Answers) -> dict[str, object]:
    roles: list[PractitionerRole] = roles_in_order(answers.get("shortlist", ()))
    cancer = reference.cancers()[answers["cancer"]]
    return {
        "answers": answers,
        "roles": roles,
        "same_place": first_place.among(roles, forms_request.first_place(answers)),
        "cancer": cancer,
        "in_all": forms_request.IN_ALL,
    }


def _consent_words() -> Template:
    """The words of the permissions in the language of the page, English where it has none of its own."""
    kinds = (f"{languages.current()}/{consents.TEXT}", consents.TEXT)
    return current_app.jinja_env.select_template([f"requests/consent_texts/{kind}.html" for kind in kinds])


def _said_before(cancer: str) -> Answers:
    """What was written of the first opinion on this cancer already."""
    before = drafts.read(_secret(), clock.now()) or {}
    first = before.get("first_opinion", {}) if before.get("cancer") == cancer else {}
    return {name: text for name, text in first.items() if text}


def _same_place(answers: Answers) -> list[str]:
    """The ids of those of the list who work where the first opinion came from."""
    roles = roles_in_order(answers.get("shortlist", ()))
    return [role.id for _, role in first_place.among(roles, forms_request.first_place(answers))]


def _again(name: str) -> str:
    """The address of a step that is shown again."""
    return url_for("requests.ask", name=name, change="yes" if "change" in request.form else None)


def _known_contact() -> Answers:
    """What the search knows of the patient already, so that it is not asked again."""
    near, language = request.form.get("near", "").strip(), request.form.get("language", "")
    postcode = near if len(near) == 5 and near.isascii() and near.isdigit() else ""
    known = {"postcode": postcode, "language": language if language in filters.LANGUAGES else ""}
    return {name: value for name, value in known.items() if value}


def _begin_or_go_on(answers: Answers, contact: Answers) -> None:
    now = clock.now()
    before = drafts.read(_secret(), now)
    if before is None:
        visitor.hold_draft(drafts.begin({**answers, "contact": contact} if contact else answers, now))
    elif before.get("follows") and before.get("cancer") != answers["cancer"]:
        drafts.keep(_secret(), {**NOTHING_BEFORE, **answers}, now)
    else:
        drafts.keep(_secret(), answers, now)


def _today(answers: Answers, now: datetime) -> date:
    return today_of(answers.get("contact", {}).get("postcode", ""), now)


def _secret() -> str:
    return visitor.draft()


def _no_draft() -> tuple[str, int]:
    return render_template("requests/no_draft.html"), 404


def _to_confirmation(request_id: str) -> Response:
    visitor.remember(request_id, just_sent=True)
    return redirect(url_for("requests.sent"), 303)
