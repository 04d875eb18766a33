"""The audit trail in the database: one chain, only added to, every change and every read in it."""

import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from referral.access.authorize import Acting
from referral.domain.audit_chain import Entry
from referral.domain.codes import Actor
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.services import audit_log
from referral.store import audit_trail
from tests.factories import COORDINATOR, NOW, make_request, make_staff
from tests.services.journeys import office, step
from tests.signing_in import sign_in

WRITERS, EACH = 20, 5


def written() -> list[Entry]:
    """The trail, oldest first."""
    db.session.rollback()
    return list(audit_trail.every())


def noted(count: int = 5) -> None:
    """So many entries, one transaction each."""
    for number in range(count):
        audit_log.note(COORDINATOR, "open", "referral", f"r-{number}")
        db.session.commit()


def as_owner(*statements: str) -> None:
    """What somebody does who owns the tables: the triggers are no obstacle to them."""
    postgresql = db.engine.dialect.name == "postgresql"
    triggers = ("stays", "stays_whole") if postgresql else ("no_update", "no_delete")
    for name in triggers:
        db.session.execute(text(f"DROP TRIGGER audit_entry_{name}{' ON audit_entry' if postgresql else ''}"))
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()


def fault_number() -> int | None:
    _, fault = audit_log.verify()
    return fault.number if fault else None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'x' WHERE number = 1", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_or_remove_an_entry(app_on_both: Flask, statement: str) -> None:
    noted(1)
    with pytest.raises(DatabaseError, match="only added to"):
        db.session.execute(text(statement))
    assert len(written()) == 1


@pytest.mark.parametrize(
    "statements, first",
    [
        (["UPDATE audit_entry SET actor_name = 'mallory@example.org' WHERE number = 3"], 3),
        (["DELETE FROM audit_entry WHERE number = 2"], 2),
        (
            [
                "UPDATE audit_entry SET number = 99 WHERE number = 2",
                "UPDATE audit_entry SET number = 2 WHERE number = 4",
                "UPDATE audit_entry SET number = 4 WHERE number = 99",
            ],
            2,
        ),
    ],
)
def test_the_verifier_names_the_first_entry_that_an_owner_touched(
    app_on_both: Flask, statements: list[str], first: int
) -> None:
    noted()
    assert fault_number() is None
    as_owner(*statements)
    assert fault_number() == first


def test_a_cut_end_is_found_by_the_head_that_the_daily_job_has_written(app: Flask) -> None:
    noted()
    audit_log.write_head(NOW)
    as_owner("DELETE FROM audit_entry WHERE number > 3")
    assert fault_number() == 4


def test_twenty_writers_at_once_make_one_chain(app_on_both: Flask) -> None:
    def write() -> None:
        with app_on_both.app_context():
            noted(EACH)

    in_parallel(write)
    assert [entry.number for entry in written()] == list(range(1, WRITERS * EACH + 1))
    assert fault_number() is None


def in_parallel(work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_an_entry_is_written_with_its_change_or_not_at_all(app: Flask) -> None:
    audit_log.note(COORDINATOR, "open", "referral", "1")
    db.session.rollback()
    db.session.commit()
    assert written() == []


def test_a_transaction_may_note_several_things(app: Flask) -> None:
    for number in range(3):
        audit_log.note(COORDINATOR, "open", "referral", number)
    db.session.commit()
    assert [entry.object_id for entry in written()] == ["0", "1", "2"]
    assert fault_number() is None


def test_every_move_is_in_the_trail_with_who_took_it(app: Flask) -> None:
    request_id = make_request().id
    step(request_id, Action.APPROVE)
    entries = [entry for entry in written() if entry.request_id == str(request_id)]
    assert [(entry.action, entry.actor) for entry in entries][:1] == [("submit", "patient")]
    approved = next(entry for entry in entries if entry.action == "approve")
    assert (approved.actor_name, approved.detail["to"]) == ("casey@example.org", "queued")
    assert fault_number() is None


def test_a_move_that_was_refused_leaves_no_entry(app: Flask) -> None:
    request_id, before = make_request().id, len(written())
    with pytest.raises(NotAllowed):
        step(request_id, Action.ACCEPT)
    assert len(written()) == before


def test_no_entry_holds_what_a_person_has_typed(app: Flask) -> None:
    request_id = make_request().id
    step(request_id, Action.NOTE, text="Maria called and cried")
    step(request_id, Action.APPROVE)
    trail = str(written())
    for personal in ("Maria", "Sample", "1961", "maria@sample.example", "02115", "cried", "Cholangio"):
        assert personal not in trail


def test_a_page_that_shows_a_referral_is_noted_before_it_is_sent_and_only_once(app: Flask) -> None:
    request_id, staff = make_request().id, make_staff()
    client = app.test_client()
    sign_in(client, staff)
    before = len(written())
    assert client.get(f"/coordinator/referrals/{request_id}").status_code == 200
    reads = written()[before:]
    assert [(entry.action, entry.actor_name, entry.request_id) for entry in reads] == [
        ("open", "casey@example.org", str(request_id))
    ]
    client.get("/coordinator/")
    assert written()[-1].detail["referrals"] == [str(request_id)]


def test_a_page_that_cannot_be_noted_is_not_sent(app: Flask) -> None:
    request_id, staff = make_request().id, make_staff()
    client = app.test_client()
    app.testing = False  # errors become pages, as they do in earnest
    sign_in(client, staff)
    db.session.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))
    db.session.commit()
    answer = client.get(f"/coordinator/referrals/{request_id}")
    assert answer.status_code == 500
    assert "Maria" not in answer.text


def test_the_correlation_id_of_a_page_stands_in_its_entries(app: Flask) -> None:
    request_id, staff, given = make_request().id, make_staff(), str(uuid4())
    client = app.test_client()
    sign_in(client, staff)
    answer = client.get(f"/coordinator/referrals/{request_id}", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == written()[-1].correlation_id == given
    other = client.get(f"/coordinator/referrals/{request_id}", headers={"X-Request-Id": "Maria Sample"})
    assert UUID(other.headers["X-Request-Id"]).version == 4


def test_the_commands_verify_the_trail_and_write_its_head(app: Flask, tmp_path: Path) -> None:
    noted(3)
    runner, file = app.test_cli_runner(), tmp_path / "far" / "heads"
    assert "3 entries, and none was changed" in runner.invoke(args=["audit", "verify"]).output
    assert runner.invoke(args=["audit", "head", "--write", str(file)]).exit_code == 0
    as_owner("UPDATE audit_entry SET action = 'x' WHERE number = 2")
    broken = runner.invoke(args=["audit", "verify"])
    assert (broken.exit_code, "Entry 2 was changed. The 1 before" in broken.output) == (1, True)
    as_owner_again = "DELETE FROM audit_entry"
    db.session.execute(text(as_owner_again))
    db.session.commit()
    assert "Entry 1 is missing" in runner.invoke(args=["audit", "verify", "--heads", str(file)]).output


def test_an_office_and_a_patient_are_named_by_what_they_hold(app: Flask) -> None:
    request_id = make_request().id
    step(request_id, Action.APPROVE)
    acting = office(request_id)
    audit_log.note(acting, "open", "referral", request_id, request_id)
    audit_log.note(Acting(Actor.PATIENT, "Maria Sample", request_id=request_id), "open", "referral", request_id)
    db.session.commit()
    by_office, by_patient = written()[-2:]
    assert (by_office.actor_id, by_office.actor_name) == (str(acting.task_id), "Office of Ana Rivera")
    assert (by_patient.actor_id, by_patient.actor_name) == ("", "")
