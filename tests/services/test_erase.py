"""What has had its time goes, what a person asks for is handed over, and nothing of an erased person is left."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from referral.access.authorize import SYSTEM, Acting
from referral.domain.codes import Actor
from referral.domain.errors import NotAllowed, NotFound
from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.domain.outcomes import Outcome
from referral.domain.retention import PERIODS, Kept, periods
from referral.extensions import db
from referral.models import (
    AccessLink,
    AuditEntry,
    Delivery,
    Document,
    EmergencyAccess,
    Patient,
    PatientMessage,
    ReferralEvent,
    ServiceRequest,
    ThreadMessage,
)
from referral.models.sealed import sealed_tables
from referral.services import aftermath, audit_log, consent_ends, contact, retention, write_message
from referral.services.erase import erase, keep
from referral.services.export_request import LEFT_OUT, export
from referral.services.open_in_emergency import open_in_emergency
from referral.services.store_file import the_store
from referral.store import erasing, referrals, threads, worklist_counts
from referral.store.scopes import EVERY_REQUEST
from tests.factories import NOW, make_organization, make_request, make_staff
from tests.records import pdf
from tests.services.journeys import again, office, patient, send_due, step

YEARS = timedelta(days=2200)
ELSEWHERE = Acting(Actor.LEAD, "lea@example.org", organization_id="elsewhere")


def answered(*, closed: bool = True) -> UUID:
    """A request with a file, a note, an opinion; closed, unless not."""
    request_id = make_request().id
    db.session.commit()
    step(request_id, Action.APPROVE, waive=True)
    send_due()
    step(request_id, Action.NOTE, text="Her daughter Canary called.")
    step(request_id, Action.ACCEPT, office(request_id))
    stored = the_store().put(io.BytesIO(pdf(marked="Canary")), 10_000)
    task_id = db.session.scalars(select(ServiceRequest.current_task_id)).one()
    db.session.add(
        Document(
            request_id=request_id, task_id=task_id, actor="office", file_name="Canary report.pdf",
            media_type="application/pdf", size=stored.size, sha256=stored.sha256, storage_key=stored.key,
            received_at=NOW,
        )
    )  # fmt: skip
    db.session.commit()
    step(request_id, Action.SUBMIT_OPINION, office(request_id), opinion=OpinionText(diagnosis="CHOL", plan="Canary"))
    if closed:
        step(request_id, Action.CLOSE, text="Done.")
    send_due()
    return request_id


def values_left() -> list[str]:
    """Every column that still holds a sealed value or a blind index, but for drafts."""
    return [
        f"{table.table.name}.{column.name}"
        for table in sealed_tables()
        for column in (*table.sealed, *table.blind)
        if db.session.scalars(select(column).where(column != "")).first()
    ]


def test_an_erased_request_holds_nobody_any_more_and_its_history_stays(app_on_both: Flask) -> None:
    request_id = answered()
    events = len(db.session.scalars(select(ReferralEvent)).all())
    (stored,) = db.session.scalars(select(Document.storage_key)).all()
    assert "patient.family" in values_left()
    told = db.session.scalars(select(PatientMessage)).all()[0]
    told.way, told.delivery_id = "call", None  # one that nobody has called about
    threads.add(ThreadMessage(request_id=request_id, at=NOW, actor="patient", actor_name="Canary", text="Canary?"))
    db.session.commit()
    erase(request_id, NOW, "test")
    assert values_left() == []
    waiting = worklist_counts.counts(EVERY_REQUEST, NOW)
    assert set(waiting.values()) == {0}  # nothing of theirs waits for a person
    assert db.session.scalars(select(AccessLink)).all() == []
    assert len(db.session.scalars(select(ReferralEvent)).all()) == events
    with pytest.raises(FileNotFoundError):
        the_store().open(stored)
    assert (referrals.get(request_id), referrals.lock(request_id)) == (None, None)
    with pytest.raises(NotFound):
        erase(request_id, NOW, "test")


def test_who_opened_it_in_an_emergency_stays_known_and_the_reason_goes(app_on_both: Flask) -> None:
    request_id = answered()
    stranger = make_staff("eve@example.org", organization_id=make_organization("elsewhere").id)
    db.session.commit()
    name = again(request_id).identifier
    open_in_emergency(name, "Maria Sample is in our emergency room", Acting.of_staff(stranger), NOW)
    send_due()
    erase(request_id, NOW, "test")
    (opened,) = db.session.scalars(select(EmergencyAccess))
    assert (opened.staff_id, opened.request_id, opened.reason) == (stranger.id, request_id, "")


def test_every_table_with_personal_values_is_known_to_erasing(app: Flask) -> None:
    unreached = {
        table.table.name for table in sealed_tables() if erasing.rows_of(table, UUID(int=1), UUID(int=2)) is None
    }
    by_themselves = {"request_draft", "desk_search", "bulk_job"}  # which end after days or hours
    with_owner = {"desk_view", "patient_account"}  # a view goes with who kept it, an account with its last request
    assert unreached == by_themselves | with_owner


def test_an_open_request_is_cancelled_first_and_goes_when_its_office_was_told(app: Flask) -> None:
    request_id = make_request().id
    db.session.commit()
    step(request_id, Action.APPROVE, waive=True)
    send_due()
    with pytest.raises(NotAllowed, match="messages to offices wait"):
        erase(request_id, NOW, "test")
    assert referrals.lock(request_id).stage == "cancelled"  # type: ignore[union-attr]  # it is there
    db.session.rollback()
    send_due()
    erase(request_id, NOW, "test")
    assert db.session.scalars(select(Patient)).one().erased_at == NOW
    assert {delivery.status for delivery in db.session.scalars(select(Delivery))} <= {"delivered", "failed"}


def test_what_has_to_be_kept_is_not_erased_until_it_is_released(app: Flask) -> None:
    request_id = answered()
    keep(request_id, NOW + timedelta(days=9000), "A dispute.")
    with pytest.raises(NotAllowed, match=r"kept until .* A dispute\."):
        erase(request_id, NOW, "test")
    table = periods({})
    assert [one.gone for one in retention.run(table, NOW + YEARS, dry=False)][:3] == [0, 0, 0]
    keep(request_id, None, "")
    assert [one.gone for one in retention.run(table, NOW + YEARS, dry=False)][:3] == [0, 1, 1]


def test_each_period_is_counted_by_a_dry_run_and_carried_out_once(app_on_both: Flask) -> None:
    answered()
    unconfirmed = make_request(confirmed=False).id
    db.session.commit()
    table = periods({})

    def gone(after: timedelta, *, dry: bool) -> dict[str, int]:
        return {one.period.kept: one.gone for one in retention.run(table, NOW + after, dry=dry) if one.gone}

    assert gone(timedelta(days=29), dry=True) == {}
    assert gone(timedelta(days=31), dry=True) == {"unconfirmed": 1}
    assert gone(timedelta(days=31), dry=False) == {"unconfirmed": 1}
    assert referrals.get(unconfirmed) is None
    db.session.rollback()
    assert gone(timedelta(days=364), dry=False).get("files") is None
    assert gone(timedelta(days=366), dry=False)["files"] == 1
    (soon,) = retention.erased_soon(table[Kept.PERSON], SYSTEM, NOW + timedelta(days=2192 - 5))
    assert soon.on == (NOW + timedelta(days=2192)).date()
    assert retention.erased_soon(table[Kept.PERSON], ELSEWHERE, NOW + timedelta(days=2192 - 5)) == []
    assert gone(YEARS, dry=False) == {"person": 1}
    assert gone(YEARS, dry=False) == {}
    assert values_left() == []


def test_the_patient_gets_everything_as_json_as_fhir_and_the_files(app: Flask) -> None:
    request_id, kept = answered(), io.BytesIO()
    names = export(request_id, kept, NOW)
    assert names == ["README.txt", "request.json", "fhir.json", "files/01 Canary report.pdf"]
    with zipfile.ZipFile(kept) as archive:
        told = json.loads(archive.read("request.json"))
        fhir = json.loads(archive.read("fhir.json"))
        assert archive.read(names[3]) == pdf(marked="Canary")
    assert (told["patient"]["family"], told["patient"]["birth_date"]) == ("Sample", "1961-03-27")
    assert told["opinions"][0]["plan"] == "Canary"
    assert {"request_id", "tracking_code_hash"}.isdisjoint(told)
    kinds = {entry["resource"]["resourceType"] for entry in fhir["entry"]}
    assert {"Patient", "ServiceRequest", "Task", "Consent"} <= kinds


def test_the_file_is_whole_where_a_permission_was_taken_back_or_is_over(app: Flask) -> None:
    request_id, later = answered(), NOW + timedelta(days=400)
    assert "fhir.json" in export(request_id, io.BytesIO(), later)
    consent_ends.take_back_all(request_id, patient(request_id), NOW)
    assert "fhir.json" in export(request_id, io.BytesIO(), NOW)


def strings(value: object) -> list[str]:
    """Every text in a value as JSON has it."""
    if isinstance(value, dict | list):
        return [text for one in (value.values() if isinstance(value, dict) else value) for text in strings(one)]
    return [str(value)] if value not in ("", None) else []


def test_every_table_that_holds_something_of_a_person_is_in_the_file(app: Flask) -> None:
    request_id = answered()
    made, by = db.session.get_one(ServiceRequest, request_id), patient(request_id)
    made.max_km, made.record_items[0].reason = 400, "Lost in a flood."
    aftermath.keep_notes(made, "Ask about the margin", by, NOW)
    aftermath.keep_outcome(made, Outcome(decided="second", changed=("timing",), helped=4), by, NOW)
    write_message.write(request_id, "Thank you for the call.", by, NOW)
    born = again(request_id).patient.birth_date
    contact.ask_for_change(request_id, by, "new@sample.example", "", born, "a-secret-key-of-the-tests", NOW)
    kept = io.BytesIO()
    export(request_id, kept, NOW)
    with zipfile.ZipFile(kept) as archive:
        told = json.loads(archive.read("request.json"))
        assert "your request" in archive.read("README.txt").decode()
    said = set(strings(told))
    known = {table.table.name for table in sealed_tables() if "request_id" in table.table.columns}
    assert set(LEFT_OUT) <= known
    for table in sealed_tables():
        if table.table.name not in known - set(LEFT_OUT) - {"referral_event"}:  # its internal notes stay with the desk
            continue
        rows = db.session.scalars(select(table.model).where(table.table.c.request_id == request_id)).all()
        assert rows, f"{table.table.name}: this test needs a row of it"
        held = [text for row in rows for one in table.sealed for text in strings(getattr(row, one.name))]
        assert held
        assert set(held) <= said, f"{table.table.name} is not in the file"
    assert (told["reroute"]["max_km"], told["outcome"]["helped"]) == (400, 4)
    assert [one["position"] for one in told["chosen"]] == [1]


def test_a_changed_period_is_taken_and_one_that_cannot_be_is_named() -> None:
    assert periods({"files": 90})[Kept.FILES].days == 90
    assert periods({})[Kept.PERSON] == next(row for row in PERIODS if row.kept is Kept.PERSON)
    with pytest.raises(ValueError, match="nonsense is not one of"):
        periods({"nonsense": 3})
    with pytest.raises(ValueError, match="files needs at least"):
        periods({"files": 0})


def test_the_commands_say_what_they_did_and_refuse_in_one_line(app: Flask, tmp_path: Path) -> None:
    request_id = answered()
    name = db.session.scalars(select(ServiceRequest.identifier)).one()
    db.session.rollback()
    runner = current_app.test_cli_runner()
    said = runner.invoke(args=["patient", "export", name, str(tmp_path / "out.zip")])
    assert "as JSON and FHIR, 1 files." in said.output
    assert "is there already" in runner.invoke(args=["patient", "export", name, str(tmp_path / "out.zip")]).output
    assert "Say why" in runner.invoke(args=["patient", "keep", name, "--until", "2040-01-01"]).output
    assert (
        runner.invoke(args=["patient", "keep", name, "--until", "2040-01-01", "--because", "A dispute."]).exit_code == 0
    )
    refused = runner.invoke(args=["patient", "erase", name, "--yes"])
    assert (refused.exit_code, "kept until 2040-01-01" in refused.output) == (1, True)
    assert runner.invoke(args=["patient", "keep", str(request_id)]).exit_code == 0
    assert runner.invoke(args=["patient", "erase", str(request_id), "--yes"]).exit_code == 0
    db.session.rollback()
    found = select(AuditEntry).where(AuditEntry.request_id == request_id)
    trail = db.session.scalars(found.order_by(AuditEntry.number))
    ours = [(one.action, one.detail.get("until")) for one in trail if one.detail.get("way") == audit_log.COMMAND]
    assert ours == [("export", None), ("keep", "2040-01-01"), ("keep", ""), ("erase", None)]
    assert "There is no request" in runner.invoke(args=["patient", "erase", name, "--yes"]).output
    other_id = make_request().id
    step(other_id, Action.CANCEL)
    other, ended = again(other_id), datetime.now(UTC) - timedelta(days=2192 - 5)
    other.stage_since, named = ended, other.identifier
    db.session.commit()
    told = runner.invoke(args=["retention", "run", "--dry-run"]).output
    assert "Medical records" in told
    assert f"{named} {(ended + timedelta(days=2192)).date()}" in " ".join(told.split())
