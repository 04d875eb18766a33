"""What an import of a `native` folder does to the directory, on SQLite and PostgreSQL."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from referral.directory.report import ImportRefused
from referral.extensions import db
from referral.models import (
    DirectoryImport,
    Experience,
    Organization,
    OrganizationExperience,
    Practitioner,
    PractitionerRole,
)
from referral.services.import_files import alone
from referral.store import directory
from tests.directory.files import ANA, BEN, NOW, native_folder, npi
from tests.directory.imports import import_native

LATER = NOW + timedelta(days=1)
TABLES = (Practitioner, Organization, PractitionerRole, Experience, OrganizationExperience)


def contents(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the directory's tables."""
    session.expire_all()
    return {
        model.__tablename__: [tuple(row) for row in session.execute(select(*model.__table__.columns))]
        for model in TABLES
    }


def test_the_same_folder_twice_changes_nothing(tmp_path: Path, session: Session) -> None:
    folder = native_folder(tmp_path / "east", experience=[{}, {"kind": "certification", "period_start": ""}])
    first = import_native(folder, now=NOW)
    session.commit()
    before = contents(session)

    again = import_native(folder, now=LATER)
    session.commit()

    assert (first.added, first.changed, first.unchanged) == (6, 0, 0)
    assert (again.added, again.changed, again.unchanged, again.retired) == (0, 0, 6, 0)
    assert contents(session) == before


def test_a_changed_row_is_updated_and_counted(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path), now=NOW)
    session.commit()
    folder = native_folder(
        tmp_path,
        specialists=[{"given": "Anna"}],
        roles=[{"channel": "", "channel_address": ""}],
        experience=[{"count": "40"}],
    )

    report = import_native(folder, now=LATER)
    session.commit()

    assert (report.changed, report.unchanged) == (3, 2)
    assert session.get_one(Practitioner, ANA).given == "Anna"
    assert session.get_one(PractitionerRole, "r1").channel == ""
    assert session.scalars(select(Experience.count)).all() == [40]


def test_an_import_that_came_to_its_end_is_there_for_everybody(
    tmp_path: Path, database_url: str, session: Session
) -> None:
    import_native(native_folder(tmp_path), now=NOW)
    session.rollback()

    engine = create_engine(database_url)
    with Session(engine) as other:
        assert all(rows for rows in contents(other).values())
        assert [each.state for each in other.scalars(select(DirectoryImport))] == ["finished"]
    engine.dispose()


def test_a_file_that_breaks_off_later_leaves_the_directory_as_it_was(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path), now=NOW)
    session.commit()
    before = contents(session)
    folder = native_folder(tmp_path, specialists=[{"given": "Other"}])
    with (folder / "experience.csv").open("a") as file:
        file.write(f'{ANA},CHOL,patients,"12')

    with pytest.raises(ImportRefused):
        import_native(folder, now=LATER)
    session.rollback()

    assert contents(session) == before


def test_a_trial_run_reports_the_same_and_writes_nothing(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "demo"), now=NOW, demo=True)
    import_native(native_folder(tmp_path / "b", specialists=[{"npi": BEN}], roles=[], experience=[]), now=NOW)
    session.commit()
    before = contents(session)
    folder = native_folder(tmp_path / "b", specialists=[{"npi": BEN, "given": "Bo"}, {"npi": "1"}, {}])

    trial = import_native(folder, now=LATER, dry_run=True, replace=True)
    session.commit()

    assert contents(session) == before
    assert len(session.scalars(select(DirectoryImport)).all()) == 2
    real = import_native(folder, now=LATER, replace=True)
    assert trial.lines()[1:] == real.lines()[1:]
    assert "trial run, nothing was written" in trial.lines()[0]


def test_a_strict_import_refuses_all_for_one_bad_row_and_brings_the_whole_report(
    tmp_path: Path, session: Session
) -> None:
    folder = native_folder(
        tmp_path, roles=[{"wait_days": "soon"}, {"role_id": "r2", "fee_usd": "-1"}, {"role_id": "r3"}]
    )

    with pytest.raises(ImportRefused) as caught:
        import_native(folder, now=NOW, strict=True)
    session.rollback()

    refused = caught.value
    assert (refused.file, refused.line, refused.column) == ("roles.csv", 2, "wait_days")
    assert "2 rows were rejected in all; nothing was imported" in refused.message
    assert refused.report is not None
    assert refused.report.rejected_count == 2
    assert all(not rows for rows in contents(session).values())


def test_a_strict_import_of_a_clean_folder_goes_through(tmp_path: Path, session: Session) -> None:
    assert import_native(native_folder(tmp_path), now=NOW, strict=True).added == 5


def test_without_replace_what_the_folder_no_longer_has_stays(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path, roles=[{}, {"role_id": "r2"}]), now=NOW)
    report = import_native(native_folder(tmp_path), now=LATER)

    assert report.retired == 0
    assert session.get_one(PractitionerRole, "r2").retired_at is None


def test_replace_retires_what_the_folder_no_longer_has_and_a_row_that_comes_back_is_in_use_again(
    tmp_path: Path, session: Session
) -> None:
    full = {
        "specialists": [{}, {"npi": BEN}],
        "organizations": [{}, {"organization_id": "quay"}],
        "roles": [{}, {"role_id": "r2", "npi": BEN}],
        "experience": [{}, {"npi": BEN}],
    }
    import_native(native_folder(tmp_path / "n", **full), now=NOW)
    smaller = native_folder(tmp_path / "n")
    (smaller / "organization_experience.csv").unlink()

    report = import_native(smaller, now=LATER, replace=True)
    session.commit()

    assert report.retired == 5
    session.expire_all()
    assert session.get_one(Practitioner, BEN).retired_at == LATER
    assert session.get_one(Organization, "quay").retired_at == LATER
    assert session.get_one(PractitionerRole, "r2").retired_at == LATER
    assert session.get_one(PractitionerRole, "r1").retired_at is None
    assert session.scalars(select(OrganizationExperience.retired_at)).all() == [LATER]

    back = import_native(native_folder(tmp_path / "n", **full), now=LATER)
    session.commit()
    session.expire_all()
    assert (back.changed, back.unchanged) == (5, 4)
    assert session.get_one(Practitioner, BEN).retired_at is None


def test_replace_leaves_other_origins_alone(tmp_path: Path, session: Session) -> None:
    other = [{"npi": BEN}]
    import_native(native_folder(tmp_path / "west", specialists=other, roles=[], experience=[]), now=NOW)

    report = import_native(native_folder(tmp_path / "east"), now=LATER, replace=True)

    assert report.retired == 0
    assert session.get_one(Practitioner, BEN).retired_at is None


def test_replace_does_not_take_a_rejected_row_for_a_missing_one(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "n"), now=NOW)
    broken = native_folder(tmp_path / "n", specialists=[{"given": ""}])

    report = import_native(broken, now=LATER, replace=True)

    assert (report.rejected_count, report.retired) == (3, 0)


def test_replace_retires_nothing_of_a_file_with_a_row_nobody_can_read(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "n", roles=[{}, {"role_id": "r2"}]), now=NOW)
    broken = native_folder(tmp_path / "n")
    with (broken / "roles.csv").open("a") as file:
        file.write("r2,too short\n")

    report = import_native(broken, now=LATER, replace=True)

    assert report.retired == 0
    assert any("nothing of that file was retired" in line for line in report.lines())


def test_with_replace_a_role_of_somebody_the_folder_dropped_is_rejected(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "n"), now=NOW)
    folder = native_folder(tmp_path / "n", specialists=[])

    report = import_native(folder, now=LATER, replace=True)
    session.commit()
    session.expire_all()

    assert [(each.file, each.column) for each in report.rejected] == [("roles.csv", "npi"), ("experience.csv", "npi")]
    assert session.get_one(Practitioner, ANA).retired_at == LATER


def test_an_empty_field_of_a_specialist_does_not_erase_what_is_known_but_for_replace(
    tmp_path: Path, session: Session
) -> None:
    import_native(native_folder(tmp_path / "n"), now=NOW)
    blank = native_folder(tmp_path / "n", specialists=[{"languages": "", "credential": ""}])

    import_native(blank, now=LATER)
    session.expire_all()
    assert session.get_one(Practitioner, ANA).languages == ["en", "es"]
    import_native(blank, now=LATER, replace=True)
    session.expire_all()
    assert session.get_one(Practitioner, ANA).languages == []


def test_the_first_real_source_retires_the_demo_rows_and_a_second_finds_none(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "demo"), now=NOW, demo=True)
    real = native_folder(
        tmp_path / "real", specialists=[{"npi": BEN}], organizations=[{"organization_id": "quay"}],
        roles=[{"role_id": "b1", "npi": BEN, "organization_id": "quay"}], experience=[{"npi": BEN}],
        organization_experience=[{"organization_id": "quay"}],
    )  # fmt: skip

    first = import_native(real, now=LATER)
    second = import_native(real, now=LATER)
    session.commit()

    assert (first.demo_retired, second.demo_retired) == (5, 0)
    assert [(each.origin, each.specialists) for each in directory.status()] == [("demo", 0), ("native:real", 1)]


def test_a_real_role_cannot_hang_on_a_demo_specialist(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "demo"), now=NOW, demo=True)

    report = import_native(native_folder(tmp_path / "real", specialists=[]), now=LATER)

    assert [each.file for each in report.rejected] == ["roles.csv", "experience.csv"]


def test_an_import_that_takes_nothing_leaves_the_demo_rows(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "demo"), now=NOW, demo=True)
    empty = native_folder(
        tmp_path / "empty", specialists=[], organizations=[], roles=[], experience=[], organization_experience=[]
    )

    assert import_native(empty, now=LATER).demo_retired == 0


def test_each_import_is_written_down(tmp_path: Path, session: Session) -> None:
    import_native(native_folder(tmp_path / "east", roles=[{}, {"role_id": ""}]), now=NOW)
    session.commit()

    written = session.scalars(select(DirectoryImport)).one()
    assert (written.kind, written.name, written.started_at, written.state) == ("native", "east", NOW, "finished")
    assert written.finished_at is not None
    assert timedelta(0) <= written.finished_at - NOW < timedelta(minutes=1)
    assert (written.rows, written.changed, written.rejected, written.demo) == (6, 5, 1, False)


def test_more_rows_than_one_batch_all_arrive_and_progress_is_told(tmp_path: Path, session: Session) -> None:
    told: list[tuple[str, int]] = []
    many = [{"npi": npi(number)} for number in range(1, 2502)]
    folder = native_folder(tmp_path, specialists=many)

    import_native(folder, now=NOW, progress=lambda *what: told.append(what))

    assert session.scalar(select(func.count()).select_from(Practitioner)) == 2501
    assert [rows for file, rows in told if file == "specialists.csv"] == [1000, 2000, 2501]


def test_an_import_waits_for_another_that_is_under_way(tmp_path: Path, app_on_both: Flask) -> None:
    folder, app = native_folder(tmp_path / "east"), app_on_both
    added: list[int] = []

    def second() -> None:
        with app.app_context():
            added.append(import_native(folder, now=LATER).added)
            db.session.remove()

    thread = threading.Thread(target=second)
    with alone(app.extensions["settings"].data_dir):
        thread.start()
        thread.join(0.5)
        assert added == []
    thread.join(30)

    assert added == [5]
