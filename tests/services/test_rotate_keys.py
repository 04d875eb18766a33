"""A change of keys while the service works: nothing is lost, and what was begun is finished."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import create_app
from referral.extensions import db
from referral.models import Patient, ServiceRequest
from referral.models.sealed import sealed_tables
from referral.sealing import SealingError, key_ring
from referral.sealing.key_file import add_key, held
from referral.services import rotate_keys, store_file
from referral.services.rotate_keys import Rotation
from referral.store import messages, sealed_rows
from tests.factories import make_request, make_role
from tests.records import pdf, upload

ROOT = Path(__file__).resolve().parents[2]


def rotate(*, drop_old: bool = False) -> Rotation:
    return rotate_keys.rotate(lambda *_: None, lambda _: None, drop_old=drop_old)


def requests(number: int) -> None:
    role = make_role()
    for _ in range(number):
        make_request(role, contact_by_email=False)
    db.session.remove()


def test_everything_is_sealed_anew_and_the_old_key_may_go(app_on_both: Flask) -> None:
    requests(3)
    kept = store_file.the_store().put(upload(pdf()).stream, 10**6)
    old = key_ring().first.id

    done = rotate()

    assert (done.new_key, done.files, done.unused, done.problems) == (True, 1, [old], [])
    assert set(rotate_keys.in_use()) == {key_ring().first.id}
    assert rotate(drop_old=True).dropped == [old]
    assert [key.id for key in key_ring().known()] == [key_ring().first.id]
    assert {one.name for one in db.session.scalars(select(Patient))} == {"Maria Sample"}
    assert len(messages.by_confirmed_address("", "617 555 0123")) == 3
    with store_file.the_store().open(kept.key) as file:
        assert file.read() == pdf()


def test_what_was_stopped_is_finished_without_another_key(app: Flask) -> None:
    requests(2)
    path = key_ring().path
    assert path is not None
    add_key(path)
    key_ring().look()
    done = rotate()
    assert (done.new_key, len(key_ring().known()), done.needed) == (False, 2, [])
    assert done.rows > 4


def test_writers_lose_nothing_meanwhile(app_on_both: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    requests(6)
    monkeypatch.setattr(rotate_keys, "AT_ONCE", 2)
    written: dict[str, str] = {}
    ended, begun = Event(), Event()

    def write() -> None:
        with app_on_both.app_context():
            ids = list(db.session.scalars(select(Patient.id)))
            number = 0
            while not ended.is_set():
                patient = db.session.get_one(Patient, ids[number % len(ids)])
                patient.given, number = f"Maria {number}", number + 1
                db.session.commit()
                written[str(patient.id)] = patient.given
                db.session.remove()
                begun.set()

    writer = Thread(target=write)
    writer.start()
    begun.wait(10)
    done = [rotate(), rotate()]
    ended.set()
    writer.join(20)

    assert [one.problems for one in done] == [[], []]
    found = {str(one.id): one.given for one in db.session.scalars(select(Patient))}
    assert written.items() <= found.items()
    assert rotate(drop_old=True).needed == []
    assert len(written) == 6
    db.session.expire_all()
    assert {str(one.id): one.given for one in db.session.scalars(select(Patient))} == found


def test_a_value_that_changed_since_it_was_read_is_left_alone(app_on_both: Flask) -> None:
    requests(1)
    table = next(one for one in sealed_tables() if one.table.name == "patient")
    (row,) = sealed_rows.stale(table, "00000000", None, 10)
    db.session.rollback()
    patient = db.session.scalars(select(Patient)).one()
    patient.given = "Marta"
    db.session.commit()
    assert not sealed_rows.replace(table, row, {"given": row["given"]})
    db.session.commit()
    assert patient.given == "Marta"


def test_a_value_of_an_unknown_key_is_named_and_the_others_go_on(app: Flask) -> None:
    requests(2)
    one = db.session.scalars(select(Patient)).first()
    assert one is not None
    sealed = f"s1.00000000.{one.given_sealed[12:]}"  # type: ignore[attr-defined]  # the column under the value
    db.session.execute(text("UPDATE patient SET given = :sealed WHERE id = :id"), {"sealed": sealed, "id": one.id.hex})
    db.session.commit()

    done = rotate()

    assert done.problems == [
        f"patient.given of row {one.id.hex} is sealed with the key 00000000, which is not among FIELD_KEYS"
    ]
    assert done.needed == []
    assert db.session.scalars(select(ServiceRequest)).first() is not None
    said = app.test_cli_runner().invoke(args=["keys", "list"]).output
    assert "00000000" in said
    assert "not among FIELD_KEYS" in said


def test_the_command_says_what_it_did_and_which_key_may_go(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    requests(1)
    old = key_ring().first.id
    monkeypatch.setattr(rotate_keys, "TAKEN_UP_AFTER", 0.0)
    monkeypatch.setattr(rotate_keys, "OUT_OF_USE_AFTER", 0.0)
    run = app.test_cli_runner().invoke
    said = run(args=["keys", "rotate"]).output.splitlines()
    new = key_ring().first.id
    assert said[0] == f"The new key {new} is the first in {key_ring().path}."
    assert said[-1] == f"Nothing needs {old} any more: `flask keys rotate --drop-old` takes it out of the file."
    assert run(args=["keys", "rotate", "--drop-old"]).output.splitlines()[-1] == (
        f"Taken out of the file: {old}. Backups made before cannot be read without."
    )
    assert new != old
    assert old not in run(args=["keys", "list"]).output


def test_two_changes_at_once_are_refused(app: Flask) -> None:
    path = key_ring().path
    assert path is not None
    with held(path), pytest.raises(SealingError):
        rotate()


def test_keys_of_the_environment_stay_as_they_are(app: Flask, tmp_path: Path) -> None:
    requests(1)
    settings = app.extensions["settings"]
    path = settings.field_keys_file
    add_key(path)
    new, old = path.read_text().split()
    values = {"DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir), "FIELD_KEYS": f"{new},{old}"}
    db.session.remove()
    with create_app(values).app_context():
        done = rotate()
        said = create_app(values).test_cli_runner().invoke(args=["keys", "rotate"]).output
        db.engine.dispose()
    assert (done.new_key, done.needed, len(done.unused)) == (False, [], 1)
    assert f"Nothing needs {done.unused[0]} any more: take it out of FIELD_KEYS." in said
    with create_app({**values, "FIELD_KEYS": new}).app_context():
        assert db.session.scalars(select(Patient)).one().name == "Maria Sample"
        db.session.remove()
        db.engine.dispose()


@pytest.mark.chaos
def test_a_change_that_is_killed_is_taken_up_again(app_on_both: Flask) -> None:
    requests(20)
    settings = app_on_both.extensions["settings"]
    environ = {**os.environ, "DATABASE_URL": settings.database_url, "DATA_DIR": str(settings.data_dir)}
    slowly = (
        "import time\nfrom app import create_app\nfrom referral.services import rotate_keys\nrotate_keys.AT_ONCE = 3\n"
        "with create_app().app_context():\n    rotate_keys.rotate(lambda *_: time.sleep(0.2), lambda _: None)\n"
    )
    old = key_ring().first.id
    with subprocess.Popen([sys.executable, "-c", slowly], cwd=ROOT, env=environ) as process:
        until = time.monotonic() + 60
        while len(rotate_keys.in_use()) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert old in rotate_keys.in_use()

    done = rotate(drop_old=True)

    assert (done.new_key, done.dropped) == (False, [old])
    assert {one.name for one in db.session.scalars(select(Patient))} == {"Maria Sample"}
