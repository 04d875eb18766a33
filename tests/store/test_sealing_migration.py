"""The step of the schema that seals what was plain, and the way back, on rows as they were before it."""

from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask, current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, Table, select, text

from referral.extensions import db
from referral.models import Base, EmergencyAccess, ServiceRequest
from referral.models.sealed import sealed_tables
from referral.services import store_file
from referral.services.open_in_emergency import LASTS
from referral.store import messages
from referral.store.scopes import EVERY_REQUEST
from tests.factories import NOW, make_request, make_staff
from tests.records import pdf, upload

BEFORE = "0013"
REASON = "Fever since this night, Maria cannot say her name"
CANARIES = ("Maria", "Is surgery possible?", "1961-03-27", "Cholangiocarcinoma", "617 555 0123", "tumor board")


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every table as it stands, by name."""
    found, tables = {}, MetaData()
    for name in ("patient", "service_request", "opinion", "referral_event", "record_item", "request_draft"):
        table = Table(name, tables, autoload_with=db.session.connection())
        columns = [table.c[column] for column in sorted(table.c.keys())]
        found[name] = sorted(map(tuple, db.session.execute(select(*columns))), key=str)
    db.session.rollback()
    return found


@pytest.fixture
def old_rows(app_on_both: Flask) -> ServiceRequest:
    """A request with all that hangs on it, in the schema as it was before."""
    request = make_request(contact_by_email=False, decision_date=date(2026, 12, 24))
    make_request()
    task = text("SELECT count(*) FROM referral_task")
    assert db.session.scalar(task) == 0
    request.events[0].text = "Discussed at the tumor board."
    request.record_items[0].reason = "The patient's own words"
    db.session.commit()
    db.session.remove()
    downgrade(revision=BEFORE)
    return request


def database_text(app: Flask) -> str:
    """The bytes of the database file, or on PostgreSQL every row as text."""
    url = app.extensions["settings"].database_url
    if not url.startswith("sqlite"):
        whole = [f'SELECT t::text FROM "{table.name}" t' for table in Base.metadata.sorted_tables]  # noqa: S608
        return "\n".join(str(row) for each in whole for row in db.session.scalars(text(each)))
    db.session.remove()
    db.engine.dispose()  # the last connection writes the log into the file
    return Path(url.removeprefix("sqlite:///")).read_bytes().decode("latin-1")


def plain_file() -> Path:
    """A file that lay there before files were sealed."""
    store = store_file.the_store()
    name = store.put(upload(pdf()).stream, 10**6).key
    assert list(store.open_all()) == [name]
    return Path(current_app.extensions["settings"].data_dir) / "documents" / name[:2] / name


def test_rows_and_files_are_sealed_and_opened_again_as_they_were(app_on_both: Flask, old_rows: ServiceRequest) -> None:
    plain = everything()
    assert "Maria" in str(plain)
    assert "1961" in str(plain)
    path = plain_file()

    upgrade()

    with store_file.the_store().open(path.name) as file:
        assert file.read() == pdf() != path.read_bytes()
    assert [canary for canary in CANARIES if canary in database_text(app_on_both)] == []
    found = messages.by_confirmed_address("", "617 555 0123")
    assert [request.patient.name for request in found] == ["Maria Sample"]
    assert [found[0].decision_date, found[0].questions] == [date(2026, 12, 24), ["Is surgery possible?"]]
    assert found[0].events[0].text == "Discussed at the tumor board."
    assert messages.alike(found[0], EVERY_REQUEST) != []
    db.session.remove()
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    types = [found for each in differences if isinstance(each, list) for found in each if found[0] == "modify_type"]
    assert {found[2] for found in types} & {one.table.name for one in sealed_tables()} == set()
    assert [each for each in differences if each[0] in ("add_column", "remove_column", "add_index")] == []

    downgrade(revision=BEFORE)
    assert everything() == plain
    assert path.read_bytes() == pdf()


def test_a_reason_for_an_emergency_is_sealed_and_opened_again(app_on_both: Flask) -> None:
    request_id, staff_id, now = make_request().id, make_staff().id, NOW
    row = EmergencyAccess(staff_id=staff_id, request_id=request_id, reason=REASON, opened_at=now, until=now + LASTS)
    db.session.add(row)
    db.session.commit()
    row_id = row.id
    db.session.remove()

    downgrade(revision="0022")
    plain = text("SELECT reason FROM emergency_access")
    assert db.session.scalars(plain).all() == [REASON]
    db.session.remove()

    upgrade()
    assert REASON not in str(db.session.scalars(plain).all())
    assert db.session.get_one(EmergencyAccess, row_id).reason == REASON
    assert REASON not in database_text(app_on_both)
