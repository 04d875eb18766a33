"""The door of every address, in one table: who may come in at all. What they may do there `authorize` says.

An address without a row opens to nobody, not even by mistake: it fails. So does an answer about one request that was
given without asking `authorize`, before it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from flask import Flask, Response, current_app, redirect, request, session, url_for
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from referral.access import asked, sessions, tokens
from referral.access.authorize import Acting, require
from referral.domain.errors import NotFound
from referral.domain.permissions import Duty
from referral.models import Staff
from referral.store import emergencies

SIGN_IN = "accounts.sign_in_page"
"""Where strangers are led who ask for a page of staff."""

PATIENTS_SIGN_IN = "patient_account.sign_in_page"
"""Where strangers are led who ask for a page of a patient's account."""

_ACTING, _STAFF = "referral.acting", "referral.staff"
"""Under these names who came in is kept with the request of the web."""


class Unguarded(Exception):
    """A view without a row in the table, or one that answered about a request without asking. A fault of ours."""


class Kind(StrEnum):
    """How somebody is known."""

    PUBLIC = "public"
    STAFF = "staff"
    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105 - a kind of door, not a secret
    LINK = "link"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Door:
    """Who comes in, with what duty, and whether one request is behind it, which `authorize` has to be asked for."""

    kind: Kind
    duty: Duty | None = None
    one: bool = False


PUBLIC = Door(Kind.PUBLIC)
"""Everybody: nothing personal is behind it, or a secret of the address leads on to a page that asks."""
LINK = Door(Kind.LINK, one=True)
"""Whoever holds the link of one request, and has opened it in this browser."""
ACCOUNT = Door(Kind.ACCOUNT)
"""Who has signed in, also without a second factor yet; the pages themselves say how far that carries."""
OWN_ACCOUNT = Door(Kind.PATIENT)
"""Who is signed in to a patient's account, and sees nobody but themselves."""
IN_ACCOUNT = Door(Kind.PATIENT, one=True)
DESK = Door(Kind.STAFF, Duty.DESK)
CASE = Door(Kind.STAFF, Duty.DESK, one=True)
DIRECTORY = Door(Kind.STAFF, Duty.DIRECTORY)
OPEN_IN_EMERGENCY = Door(Kind.STAFF, Duty.OPEN_IN_EMERGENCY)
BULK = Door(Kind.STAFF, Duty.BULK)
OPERATIONS = Door(Kind.STAFF, Duty.OPERATIONS)
REPORTS = Door(Kind.STAFF, Duty.REPORTS)
READ_STAFF = Door(Kind.STAFF, Duty.READ_STAFF)
ACCOUNTS = Door(Kind.STAFF, Duty.STAFF)
AUDIT = Door(Kind.STAFF, Duty.AUDIT_LOG)
EMERGENCIES = Door(Kind.STAFF, Duty.READ_EMERGENCIES)
PROGRAM = Door(Kind.TOKEN, Duty.REFERRALS)
PROGRAM_CASE = Door(Kind.TOKEN, Duty.REFERRALS, one=True)

DOORS: Mapping[str, Door] = {
    **dict.fromkeys(
        (
            "static", "stylesheet.sheet", "health.healthz", "health.metrics", "health.readyz", "about.privacy",
            "about.ranking", "about.second_opinion", "about.weigh", "learn.index", "learn.look_up", "learn.show",
            "compare.add", "compare.choose", "compare.show", "trials.near", "trials.show", "search.results",
            "search.start", "specialists.report", "specialists.report_page", "specialists.reported", "guide.start",
            "guide.answer", "narrow.choose",
            "specialists.show", "suggest.suggest", "api_docs.docs", "api_docs.openapi", "api.lookups.cancer",
            "api.lookups.cancers", "api.lookups.places", "api.specialists.search", "map_files.one", "design.page",
            "design.schemes", "offline.page", "offline.worker", "offline.manifest",
        ),
        PUBLIC,
    ),
    # The FHIR server's directory, in the same shapes for everybody.
    "fhir.metadata": PUBLIC,
    **{
        f"fhir.{view}": PUBLIC
        for kind in ("Practitioner", "PractitionerRole", "Organization", "Location")
        for view in (f"search_{kind}", f"search_{kind}_by_form", f"read_{kind}")
    },
    # Signed by the sender; changes the state of a message, shows nothing.
    "api.receipts.webhook": PUBLIC,
    # A request that is being made: its answers lie under a secret of this browser's session.
    **dict.fromkeys(
        (
            "requests.answer", "requests.ask", "requests.check", "requests.find", "requests.resume", "requests.send",
            "requests.start",
            "api.referrals.create", "come_back.later", "come_back.code_page", "come_back.by_link", "come_back.go_on",
        ),
        PUBLIC,
    ),
    "requests.sent": LINK,
    # Ways in: what they show is the same for everybody.
    **dict.fromkeys(
        (
            "demo.mail", "demo.one_mail", "demo.people_page", "demo.sign_in", "accounts.sign_in_page",
            "accounts.sign_in", "accounts.code_page", "accounts.second_step", "accounts.key_question",
            "accounts.key_step",
            "accounts.sign_out", "accounts.invitation_page", "accounts.invitation", "accounts.password_page",
            "accounts.set_password",
            "contact.lost", "contact.send_again", "track.start", "track.by_code", "track.unlock", "track.leave",
            "track_data.erased", "office.door", "office.enter", "patient_account.sign_in_page",
            "patient_account.sign_in_with_password", "patient_account.code_page", "patient_account.second_step",
            "patient_account.sign_out", "patient_account.lost_page", "patient_account.lost",
            "patient_account.password_page", "patient_account.set_password",
        ),
        PUBLIC,
    ),
    **dict.fromkeys(
        (
            "patient_account.listing", "patient_settings.page", "patient_settings.change_password",
            "patient_settings.end_sessions", "patient_settings.enrol_page", "patient_settings.enrol",
            "patient_settings.drop_factor", "patient_settings.new_codes", "patient_settings.ask_delete",
            "patient_settings.delete",
        ),
        OWN_ACCOUNT,
    ),
    "patient_account.open_request": IN_ACCOUNT,
    # One's own account: whoever has given the password, and sees nobody but themselves.
    **dict.fromkeys(
        (
            "own_account.page", "own_account.enrol_page", "own_account.enrol_app", "own_account.key_question",
            "own_account.enrol_key", "own_account.remove_key", "own_account.codes_page", "own_account.new_codes",
            "own_account.change_password", "own_account.end_sessions", "own_account.confirm_page",
            "own_account.confirm",
        ),
        ACCOUNT,
    ),
    **dict.fromkeys(
        (
            "track_letters.show", "track_letters.pdf", "track_data.ask_download", "track_data.download",
            "track_data.ask_erase", "track_data.prove", "track_data.erase",
            "opinions.show", "opinions.keep_notes", "opinions.keep_outcome", "opinions.another", "opinions.sheet",
            "track.follow", "track.answer", "track.ask_to_cancel", "track.ask_to_confirm", "track.cancel",
            "track.confirm", "track.object_to_reroute", "track_records.cannot", "track_records.document",
            "track_records.form", "track_records.send", "track_records.take_along", "track_records.take_back",
            "contact.ask_to_confirm",
            "contact.change", "contact.choose", "contact.choose_news",
            "track_privacy.show", "track_privacy.seen", "track_privacy.ask", "track_privacy.take_back",
            "track_privacy.give", "contact.confirm", "contact.show", "contact.withdraw",
            "track_account.show", "track_account.ask", "track_account.take_out",
            "track_messages.show", "track_messages.write", "track_uploads.begin", "track_uploads.where",
            "track_uploads.add", "track_uploads.end", "track_uploads.end_by_form",
            "office.late", "office.packet", "office.take", "office_details.confirm", "office_details.details",
            "office_details.thanks", "office_records.document", "office_records.form", "office_records.originals",
            "office_records.packet", "office_records.send", "office_records.take_back",
            "office_program.fetched_packet",
        ),
        LINK,
    ),
    **dict.fromkeys(
        (
            "coordinator.queue", "live.stream", "live.changes", "intake.ask", "intake.answer", "intake.filed",
            "desk_exports.as_csv",
            "desk_exports.as_json", "desk_exports.columns",
            "desk_saved.change", "desk_saved.keep", "desk_saved.search",
        ),
        DESK,
    ),
    **dict.fromkeys(
        ("desk_bulk.jobs", "desk_bulk.prepare", "desk_bulk.job_page", "desk_bulk.confirm", "desk_bulk.undo"), BULK
    ),
    **dict.fromkeys(
        (
            "desk_templates.list_page", "desk_templates.new_page", "desk_templates.add", "desk_templates.edit_page",
            "desk_templates.change", "desk_macros.list_page", "desk_macros.edit_page",
        ),
        DESK,
    ),
    "desk_templates.fill": CASE,
    "desk_macros.run": CASE,
    "desk_macros.keep": BULK,
    "admin_days.lead_page": REPORTS,
    "reports.show": REPORTS,
    "reports.table_file": REPORTS,
    "reports.dictionary": REPORTS,
    **dict.fromkeys(
        (
            "coordinator.packet", "coordinator.referral_page", "coordinator.take", "desk_messages.write",
            "desk_messages.settle", "desk_messages.take_it", "desk_messages.retry", "live.here", "live.take_over",
            "desk_contact.called",
            "desk_contact.duplicate", "desk_contact.end_links",
            "desk_contact.office_told", "desk_records.change", "desk_records.choose", "desk_records.document",
            "desk_records.form", "desk_records.link", "desk_records.originals", "desk_records.packet",
            "desk_records.send", "desk_records.take_back",
        ),
        CASE,
    ),
    **dict.fromkeys(
        (
            "admin_operations.clocks_page", "admin_operations.keep_clocks", "admin_operations.sending_page",
            "admin_operations.retry", "admin_operations.again", "admin_days.listing", "admin_days.change",
        ),
        OPERATIONS,
    ),
    "admin_staff.list_page": READ_STAFF,
    "admin_staff.add": ACCOUNTS,
    "admin_staff.change": ACCOUNTS,
    "audit.trail": AUDIT,
    "audit.export": AUDIT,
    "emergency.ask": OPEN_IN_EMERGENCY,
    "emergency.begin": OPEN_IN_EMERGENCY,
    "emergency.listing": EMERGENCIES,
    **dict.fromkeys(
        (
            "admin.import_page", "admin.imports_page", "admin.overview_page", "admin.rejected_rows",
            "admin_checks.check_page", "admin_checks.close", "admin_checks.due_page", "admin_facts.correct",
            "admin_facts.fact_page", "admin_facts.organization_page", "admin_facts.specialist_page",
            "admin_facts.specialists_page", "admin_facts.use", "admin_facts.use_page", "admin_reviews.decide_official",
            "admin_reviews.decide_organization", "admin_reviews.officials_page", "admin_reviews.organizations_page",
        ),
        DIRECTORY,
    ),
    "api.referrals.listing": PROGRAM,
    **{
        f"fhir.{view}": door
        for kind in ("ServiceRequest", "Task", "DocumentReference", "Communication")
        for view, door in (
            (f"search_{kind}", PROGRAM), (f"search_{kind}_by_form", PROGRAM), (f"read_{kind}", PROGRAM_CASE),
        )
    },
    "fhir.read_version_of_ServiceRequest": PROGRAM_CASE,
    "fhir.read_version_of_Task": PROGRAM_CASE,
    "fhir.update_Task": PROGRAM_CASE,
    "fhir.create_ServiceRequest": PROGRAM,
    **dict.fromkeys(
        (
            "api.referrals.actions", "api.referrals.events", "api.referrals.read", "api.referrals.take",
            "api.documents.add_document", "api.documents.change", "api.documents.delete_document",
            "api.documents.documents", "api.documents.packet", "api.documents.read_document",
        ),
        PROGRAM_CASE,
    ),
}  # fmt: skip
"""Every view and its door."""


def register(app: Flask) -> None:
    """Stand before every view of the application, and behind it."""
    app.extensions["doors"] = dict(DOORS)
    app.before_request(_let_in)
    app.after_request(_let_out)


def acting() -> Acting:
    """Who came in by a door of staff or programs."""
    known: Acting | None = request.environ.get(_ACTING)
    if known is None:
        raise NotFound
    return known


def staff() -> Staff:
    """The member of staff who is signed in and came in by a door of staff."""
    known: Staff | None = request.environ.get(_STAFF)
    if known is None:
        raise NotFound
    return known


def _let_in() -> AnyResponse | None:
    """Before a view: 302 to the sign-in or 401 for whom nobody knows, 404 for a role that has nothing to do there."""
    if request.endpoint is None:
        return None
    door = _door()
    if door.kind is Kind.STAFF:
        known = sessions.current_staff()
        if known is None:
            return _to_sign_in(SIGN_IN)
        request.environ[_STAFF], request.environ[_ACTING] = known, _of_staff(known)
    elif door.kind is Kind.ACCOUNT and sessions.current(datetime.now(UTC)) is None:
        return _to_sign_in(SIGN_IN)
    elif door.kind is Kind.PATIENT and sessions.current_account() is None:
        return _to_sign_in(PATIENTS_SIGN_IN)
    elif door.kind is Kind.TOKEN:
        request.environ[_ACTING] = _of_token()
    if door.duty is not None:
        require(acting(), door.duty)
    return None


def _let_out(response: Response) -> Response:
    """Behind a view: nothing about a request leaves that `authorize` was not asked for."""
    if request.endpoint is None or request.method == "OPTIONS" or response.status_code >= 500:
        return response
    if _door().one and response.status_code < 400 and not asked.anything():
        raise Unguarded(f"{request.endpoint} answered about a request and asked nobody")
    return response


def _door() -> Door:
    doors: Mapping[str, Door] = current_app.extensions["doors"]
    door = doors.get(request.endpoint or "")
    if door is None:
        raise Unguarded(f"{request.endpoint} has no row in the table of doors")
    return door


def _to_sign_in(page: str) -> AnyResponse:
    asked.shows_nothing_personal()
    if request.endpoint in sessions.BY_ITSELF:
        raise Unauthorized  # nobody asked for a page: after signing in they want the one that is open
    session[sessions.AFTER_SIGN_IN] = request.full_path if request.method == "GET" else ""
    return redirect(url_for(page))


def _of_staff(known: Staff) -> Acting:
    if known.organization_id is None:
        return Acting.of_staff(known)
    return Acting.of_staff(known, emergencies.open_to(known.id, datetime.now(UTC)))


def _of_token() -> Acting:
    token = tokens.bearer(request.headers.get("Authorization"), datetime.now(UTC))
    if token is None:
        raise Unauthorized("A bearer token is needed.", www_authenticate=WWWAuthenticate("bearer"))
    return Acting.of_token(token)
