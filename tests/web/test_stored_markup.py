"""What lies in the database stays text wherever it is shown: every free text of every table is hostile here.

However a text came in (a form, a file of specialists, a program, a mail), it lies in a column of a table. So all of
them are filled, whatever the way in would have refused, and everybody looks at all that they may see.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import String, select
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from referral.access.uploads import clean_name
from referral.domain.opinions import DETAILS, FIRST, OPTION_FIELDS
from referral.extensions import db
from referral.models import (
    Base,
    ClosedDay,
    Delivery,
    DeliveryAttempt,
    Macro,
    Practitioner,
    PractitionerRole,
    Trial,
    TrialSite,
)
from referral.models.sealed import TEXT, SealedRow, sealed_columns
from tests.access.matrix import ROUTES
from tests.access.scene import Scene, heads_of
from tests.access.test_fields import BY_LINK, make_whole_scene
from tests.access.who_comes_in import OFFICES, R, Role
from tests.factories import make_experience, make_index
from tests.services.journeys import send_due
from tests.services.steward_rows import make_payment
from tests.web.markup_rules import HOSTILE, MARK, of_answer
from tests.web.office_steps import right_now

FREE_FROM = 60
"""Columns as long as this hold words of somebody; shorter ones hold codes, which are words of ours."""
OF_OURS = frozenset({
    "bulk_job.view", "clock_change.new", "clock_change.old", "clock_setting.value", "contact_change.phone",
    "document.media_type", "document.sha256", "idempotency_key.body_hash", "opinion.agreement", "opinion.impact",
    "partial_upload.record", "partial_upload.sha256", "patient_account.email", "patient_account.password",
    "patient_account.totp_secret", "patient_session.pending", "record_item.name", "report_attempt.organization_id",
    "report_case.changed", "report_stay.organization_id", "report_stay.records", "staff.password", "staff.totp_secret",
    "staff_session.pending",
})  # fmt: skip
"""Long columns that hold codes, digests, secrets and checked addresses; and a number where there is an address."""
NOT_FILLED = frozenset({"audit_entry", "delivery_attempt", "added_cancer", "added_term"})
"""The trail takes no change and holds no words of people; an attempt takes none either, and comes with its text. The
vocabulary is the operator's, read when it begins."""


def lists_of(text: str) -> Mapping[str, object]:
    """What stands in columns that hold several texts."""
    return {
        "service_request.questions": [text],
        "service_request.first_opinion": dict.fromkeys(FIRST, text),
        "opinion.options": [dict.fromkeys(OPTION_FIELDS, text)],
        "opinion.details": dict.fromkeys(DETAILS, text),
        "opinion.open_questions": [text],
        "practitioner.other_names": [text],
        "practitioner_role.insurers": [text],
        "organization_alias.reasons": [text],
        "trial.conditions": [text],
        "trial_official.reasons": [text],
        "field_change.old": text,
        "field_change.new": text,
    }


def texts_of(model: type[Any]) -> Iterator[tuple[str, int | None]]:
    """The attributes of a model that hold a free text, and how long it may be."""
    sealed = sealed_columns(model) if issubclass(model, SealedRow) else ()
    yield from ((one.column, one._longest) for one in sealed if one._kind is TEXT)
    for column in model.__table__.columns:
        own = isinstance(column.type, String) and column.name not in {one.column for one in sealed}
        named = column.primary_key or column.foreign_keys or column.unique
        if own and not named and (column.type.length or FREE_FROM) >= FREE_FROM:
            yield column.name, column.type.length


def fill(text: str) -> set[str]:
    """Put a text into every free column of every row; which columns those were."""
    filled, lists = set(), lists_of(text)
    for mapper in Base.registry.mappers:
        model, table = mapper.class_, mapper.class_.__tablename__
        if table in NOT_FILLED:
            continue
        free = {name: longest for name, longest in texts_of(model) if f"{table}.{name}" not in OF_OURS}
        several = {name.partition(".")[2]: value for name, value in lists.items() if name.startswith(f"{table}.")}
        for number, row in enumerate(db.session.scalars(select(model)).all()):
            own = f"{text} {number}"  # an address is one person's
            for name, longest in free.items():
                if getattr(row, name) is not None:
                    setattr(row, name, (clean_name(own) if name == "file_name" else own)[:longest])
            for name, value in several.items():
                setattr(row, name, value)
            filled |= {f"{table}.{name}" for name in (*free, *several)}
    db.session.commit()
    return filled


def everybody(app: Flask) -> Scene:
    """The whole scene, with strangers and a patient who has an account."""
    scene = make_whole_scene(app)
    more = {role: heads_of(app, role, scene.own) for role in (R.ANONYMOUS, R.ACCOUNT_B)}
    db.session.commit()
    return replace(scene, heads={**scene.heads, **more})


def make_more(scene: Scene, text: str) -> list[str]:
    """Rows that the scene lacks, and the address of a search of the desk."""
    now = right_now()
    sent = db.session.scalars(select(Delivery)).first()
    assert sent is not None
    told = {"error": text, "reference": text, "outcome": "delivered"}
    db.session.add(DeliveryAttempt(delivery_id=sent.id, number=99, started_at=now, ended_at=now, **told))
    for role in list(db.session.scalars(select(PractitionerRole))):
        make_experience(role)
    npi = db.session.scalars(select(Practitioner.npi)).first() or ""
    make_payment(npi)
    trial = db.session.scalars(select(Trial)).first()
    assert trial is not None
    place = {"city": "Boston", "state": "MA", "postcode": "02115", "country": "US", "status": "RECRUITING"}
    trial.sites.append(TrialSite(facility="Harbor", latitude=42.36, longitude=-71.06, **place))
    db.session.add(ClosedDay(day=now.date() + timedelta(days=9), name="Staff day", added_at=now, added_by="kim"))
    db.session.add(Macro(name="Ask", steps=[], created_at=now))
    db.session.commit()
    found = []
    for route in ("POST desk_saved.keep", "POST desk_saved.search", "POST desk_messages.write"):
        with scene.ask(R.COORDINATOR, route, ROUTES[route], "B") as answer:
            assert answer.status_code == 303, route
            found.append(answer.location)
    return found


def looks(scene: Scene, *roles: Role, printed: bool = False) -> Iterator[tuple[str, Role, TestResponse]]:
    """Every answer to a GET of these roles, or of all, with its route and who asked."""
    for role in roles or scene.heads:
        for route, row in ROUTES.items():
            public = row.pattern == "public" and (role is R.ANONYMOUS or (route in BY_LINK and role in OFFICES))
            asked = public or (row.pattern != "public" and row.comes_in(role))
            if route.startswith("GET") and asked and row.printed is printed and route != "GET live.stream":
                answer = scene.ask(role, route, row, "A" if role is R.OFFICE_1 else "B")
                with answer:
                    yield route.removeprefix("GET "), role, answer


SHOWN = {
    "admin.import_page", "admin_checks.check_page", "admin_days.listing", "admin_facts.specialist_page",
    "admin_operations.sending_page", "admin_reviews.officials_page", "admin_staff.list_page", "api.documents.documents",
    "api.referrals.events", "api.referrals.read", "api.specialists.search", "contact.show", "coordinator.packet",
    "coordinator.queue", "coordinator.referral_page", "desk_exports.as_csv", "desk_exports.as_json",
    "desk_records.form", "desk_templates.list_page", "emergency.listing", "fhir.read_DocumentReference",
    "fhir.read_Practitioner", "fhir.read_ServiceRequest", "fhir.read_Task", "office.packet", "opinions.show",
    "reports.show", "search.results", "specialists.show", "track.follow",
    "track_letters.show", "track_messages.show", "track_privacy.show", "track_records.form", "trials.show",
}  # fmt: skip
"""Where the texts are certainly shown, so that the test looks at something."""


@pytest.fixture(params=[HOSTILE[0], pytest.param(HOSTILE[1], marks=pytest.mark.chaos)], ids=["formula", "address"])
def filled(app: Flask, request: pytest.FixtureRequest) -> tuple[Scene, list[str]]:
    """The scene with hostile texts, the directory compiled from them, and more addresses to look at."""
    scene = everybody(app)
    more = make_more(scene, str(request.param))
    columns = fill(str(request.param))
    assert len(columns) > 80
    make_index(right_now())
    return scene, more


def test_no_page_no_answer_and_no_file_takes_a_stored_text_for_more(
    app: Flask, filled: tuple[Scene, list[str]]
) -> None:
    scene, more = filled
    wrong, shown = set[str](), set[str]()
    for place, role, answer in looks(scene):
        wrong |= {f"{place} as {role}: {fault}" for fault in of_answer(answer)}
        wrong |= {f"{place} as {role}: {answer.status_code}"} if answer.status_code >= 500 else set()
        shown |= {place} if MARK.encode() in answer.get_data() else set()
    browser = app.test_client(use_cookies=False)
    for address in more:
        with browser.get(address, headers=scene.heads[R.COORDINATOR]) as page:
            wrong |= {f"{address}: {fault}" for fault in of_answer(page)}
    assert wrong == set(), "\n".join(sorted(wrong))
    assert SHOWN - shown == set()


def test_no_stored_text_becomes_a_header_a_kind_or_a_page_of_a_mail(
    app: Flask, filled: tuple[Scene, list[str]]
) -> None:
    folder = app.extensions["settings"].data_dir / "mail"
    while send_due(app.extensions["channels"]["email"], right_now()):
        pass
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
    assert mails != []
    usual = {"From", "To", "Subject", "Message-ID", "X-Referral-Id", "Auto-Submitted", "MIME-Version", "Content-Type",
             "Content-Transfer-Encoding"}  # fmt: skip
    assert {name for mail in mails for name in mail} == usual
    assert {mail.get_content_type() for mail in mails} == {"text/plain"}
    browser = app.test_client()
    for path in folder.glob("*.eml"):
        with browser.get(f"/demo/mail/{path.stem}") as answer:
            assert (answer.status_code, of_answer(answer)) == (200, [])


ACTIONS = ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound")


def test_no_stored_text_acts_in_what_is_printed(filled: tuple[Scene, list[str]]) -> None:
    printed = 0
    for place, _, answer in looks(filled[0], R.PATIENT_A, R.COORDINATOR, R.OFFICE_2, R.PROGRAM_2, printed=True):
        if answer.mimetype == "application/pdf":
            printed += 1
            assert list(acting_in(answer)) == [], place
    assert printed >= 3


def acting_in(answer: Response) -> Iterator[str]:
    """What of a PDF would do something, or leads to where no page of the web is."""
    with pikepdf.open(io.BytesIO(answer.get_data())) as found:
        for thing in found.objects:
            if isinstance(thing, pikepdf.Dictionary):
                yield from (action for action in ACTIONS if thing.get("/S") == action)
                yield from (name for name in ("/JS", "/AA", "/EF") if name in thing)
                address = str(thing.get("/URI", "http"))
                if not address.startswith(("http", "mailto:", "tel:")):
                    yield address
