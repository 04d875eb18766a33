"""The import of any source: what it leaves behind, what happens to it when something goes wrong."""

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from referral.directory import csv_text
from referral.directory.report import ImportRefused, Rejection, Report
from referral.directory.statements import (
    Counted,
    Item,
    Known,
    Mention,
    Official,
    Payment,
    Progress,
    Site,
    Statement,
    Subject,
    TaxonomyName,
    Trial,
)
from referral.domain.codes import EvidenceKind
from referral.extensions import db
from referral.models import (
    DirectoryImport,
    Experience,
    FieldChange,
    Organization,
    OrganizationAlias,
    PractitionerRole,
    SourceRecord,
    TrialOfficial,
    TrialSite,
)
from referral.models import Payment as PaymentRow
from referral.models import (
    TaxonomyName as TaxonomyRow,
)
from referral.models import (
    Trial as TrialRow,
)
from referral.services import import_directory as importing
from referral.services.import_directory import Options, import_directory
from referral.services.import_files import rejected_file
from referral.store import imports
from tests.directory.files import ANA, BEN, npi, nppes_file

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
Say = Callable[..., Report]

ANA_SAYS = Statement(Subject.PRACTITIONER, ANA, {"given": "Ana", "family": "Rivera"}, 2)
QUAY = Mention("ccn:220001", "Quay Hospital", "1 Quay", "Boston", "MA", "02115", "220001", 2)


def counted(npi_of: str = ANA, code: str = "CHOL", count: int | None = 31, line: int = 2, rows: int = 1) -> Counted:
    """Evidence of a specialist."""
    link = "https://example.org"
    return Counted(
        Subject.PRACTITIONER, npi_of, code, EvidenceKind.PROCEDURES, count, *YEAR, "Claims", link, line, rows
    )


@pytest.fixture
def say(app_on_both: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Imports whatever items a test names, as if a reader had yielded them from a file of that name."""

    def run(*items: Item, kind: str = "made-up", file: str = "a.csv", now: datetime = NOW) -> Report:
        def read(_path: Path, _known: Known, report: Report, _progress: Progress | None) -> Iterator[Item]:
            report.read = len(items)
            yield from items

        monkeypatch.setitem(importing.READERS, kind, read)
        path = tmp_path / file
        path.write_text("x", encoding="utf-8")
        return import_directory(kind, path, now=now)

    return run


def test_evidence_leads_to_import_file_and_line(say: Say) -> None:
    say(ANA_SAYS, counted(line=1204, rows=3))

    row = db.session.scalars(select(Experience)).one()
    came = db.session.get_one(DirectoryImport, row.import_id)
    assert (came.name, row.line, row.rows, row.retrieved_on, row.origin) == ("a.csv", 1204, 3, NOW.date(), "made-up")
    word = db.session.scalars(select(SourceRecord)).one()
    assert (word.source, word.import_id, word.line, word.retrieved_on) == ("made-up", came.id, 2, NOW.date())


def test_a_count_that_changes_is_logged_and_one_that_is_said_again_keeps_its_place(say: Say) -> None:
    say(ANA_SAYS, counted())
    again = say(ANA_SAYS, counted(line=7), file="b.csv", now=LATER)
    more = say(ANA_SAYS, counted(count=40), file="c.csv", now=LATER)

    assert (again.unchanged, again.changed, more.changed) == (2, 0, 1)
    change = db.session.scalars(select(FieldChange)).one()
    assert (change.subject, change.field, change.old, change.new) == ("experience", "count", 31, 40)


def test_what_a_period_counted_anew_no_longer_has_is_retired(say: Say) -> None:
    say(ANA_SAYS, counted(), counted(code="PAAD"))

    report = say(ANA_SAYS, counted(), file="b.csv", now=LATER)

    assert report.retired == 1
    retired = {row.oncotree_code: row.retired_at for row in db.session.scalars(select(Experience))}
    assert retired == {"CHOL": None, "PAAD": LATER}


def test_an_organization_that_is_mentioned_becomes_one_of_ours_and_roles_are_placed_there(say: Say) -> None:
    role = Statement(Subject.ROLE, "r1", {"npi": ANA, "organization_key": QUAY.key, "city": "Boston"}, 2)

    report = say(ANA_SAYS, QUAY, role)

    quay = db.session.get_one(Organization, "ccn:220001")
    assert (quay.name, quay.city, quay.ccn, quay.source) == ("Quay Hospital", "Boston", "220001", "made-up")
    assert db.session.get_one(PractitionerRole, "r1").organization_id == quay.id
    assert report.notes["organizations that were not known before"] == 1
    assert db.session.get_one(OrganizationAlias, QUAY.key).state == "sure"


def test_two_sources_that_mean_one_hospital_meet_in_it(say: Say) -> None:
    say(QUAY)
    other = replace(QUAY, key="pac:1", name="The Quay Hospital, Inc.", line1="", ccn="")

    say(other, kind="another")

    alias = db.session.get_one(OrganizationAlias, "pac:1")
    assert (alias.organization_id, alias.state) == ("ccn:220001", "sure")
    assert [each.id for each in db.session.scalars(select(Organization))] == ["ccn:220001"]


def test_an_organization_that_may_be_one_of_ours_waits_for_a_person_and_is_not_merged(say: Say) -> None:
    say(QUAY)
    other = replace(QUAY, key="pac:2", name="Quay Hospital Pavilion", ccn="", line1="")

    say(other, kind="another")

    alias = db.session.get_one(OrganizationAlias, "pac:2")
    assert (alias.organization_id, alias.suggested_id, alias.state) == ("pac:2", "ccn:220001", "suggested")
    assert alias.reasons


def test_an_organization_may_be_spoken_of_by_the_key_of_its_mention(say: Say) -> None:
    designated = Statement(Subject.ORGANIZATION, QUAY.key, {"designation": "nci-clinical"}, 2)

    report = say(QUAY, designated)

    quay = db.session.get_one(Organization, "ccn:220001")
    assert (quay.name, quay.designation, report.added) == ("Quay Hospital", "nci-clinical", 1)


def test_payments_are_facts_of_a_year_and_the_newest_file_has_the_last_word(say: Say) -> None:
    food = Payment(ANA, 2024, "Acme", "Food", Decimal("12.50"), 3)
    say(ANA_SAYS, food, replace(food, nature="Fee", line=4))

    report = say(ANA_SAYS, replace(food, amount_usd=Decimal("20.00")), file="b.csv", now=LATER)

    rows = [(row.nature, row.amount_usd) for row in db.session.scalars(select(PaymentRow))]
    assert rows == [("Food", Decimal("20.00"))]
    assert report.changed == 1


TRIAL = Trial(
    "NCT01234567", "A trial", "RECRUITING", "PHASE2", ("Cholangiocarcinoma",), ("CHOL",), date(2025, 3, 1), None,
    "https://clinicaltrials.gov/study/NCT01234567",
    (Site("Quay Hospital", "Boston", "MA", "02115", "United States", 42.3, -71.1, "RECRUITING"),),
    (Official("Ana Rivera, MD", "Quay Hospital", "PRINCIPAL_INVESTIGATOR"),), 1,
)  # fmt: skip


def test_the_people_of_a_trial_are_suggested_and_what_a_person_decided_stays(say: Say) -> None:
    role = Statement(Subject.ROLE, "r1", {"npi": ANA, "organization_key": QUAY.key, "city": "Boston"}, 2)
    say(ANA_SAYS, QUAY, role, kind="people")
    say(TRIAL)
    official = db.session.scalars(select(TrialOfficial)).one()
    assert (official.npi, official.state) == (ANA, "suggested")
    assert official.confidence > 0.5
    official.state = "confirmed"
    db.session.commit()

    report = say(replace(TRIAL, status="COMPLETED", sites=(), officials=()), file="b.csv", now=LATER)

    assert report.changed == 1
    assert db.session.get_one(TrialRow, TRIAL.nct_id).status == "COMPLETED"
    assert db.session.scalars(select(TrialSite)).all() == []
    assert db.session.scalars(select(TrialOfficial.state)).all() == ["confirmed"]


def test_the_names_of_taxonomy_codes_are_kept(say: Say) -> None:
    say(TaxonomyName("207RX0202X", "Medical Oncology", 2))
    report = say(TaxonomyName("207RX0202X", "Medical Oncology Physician", 2), file="b.csv")

    assert report.changed == 1
    assert db.session.get_one(TaxonomyRow, "207RX0202X").name == "Medical Oncology Physician"


def test_the_same_file_is_read_again_once_other_specialists_are_there(say: Say) -> None:
    first = say(TaxonomyName("207RX0202X", "Medical Oncology", 2))
    again = say(TaxonomyName("207RX0202X", "Medical Oncology", 2))
    say(ANA_SAYS, kind="people")
    after = say(TaxonomyName("207RX0202X", "Medical Oncology", 2))

    assert [bool(each.same_as) for each in (first, again, after)] == [False, True, False]


def test_rejected_rows_stand_in_a_file_with_their_reasons(app: Flask, tmp_path: Path) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": "1"}, {"NPI": BEN, "Provider First Name": ""}])

    import_directory("nppes", path, now=NOW)

    import_id = db.session.scalars(select(DirectoryImport.id)).one()
    with rejected_file(app.extensions["settings"].data_dir, import_id).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "line", "column", "reason"]
    assert [row[:3] for row in rows[1:]] == [
        ["npidata_pfile.csv", "3", "NPI"],
        ["npidata_pfile.csv", "4", "Provider First Name"],
    ]
    assert "RIVERA" not in str(rows).upper()


def test_an_import_that_is_refused_says_so_and_leaves_nothing_else(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "npidata_pfile.csv"
    path.write_text("NPI,name\n", encoding="utf-8")

    with pytest.raises(ImportRefused, match="lacks"):
        import_directory("nppes", path, now=NOW)

    failed = db.session.scalars(select(DirectoryImport)).one()
    assert (failed.state, "lacks" in failed.problem) == ("failed", True)
    assert _leftovers(app) == ["lock"]


def test_no_space_for_the_imports_own_files_is_said_in_words_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    folder = app.extensions["settings"].data_dir / "imports"
    folder.mkdir()
    (folder / "1-rejected.csv").symlink_to("/dev/full")

    with pytest.raises(ImportRefused, match="no space is left"):
        import_directory("nppes", nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": "1"}]), now=NOW)

    assert db.session.scalars(select(DirectoryImport.state)).all() == ["failed"]
    assert db.session.scalars(select(SourceRecord)).all() == []


def test_a_mistake_of_the_program_leaves_the_directory_and_is_written_down(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_what: object) -> Iterator[Item]:
        yield ANA_SAYS
        raise ZeroDivisionError

    monkeypatch.setitem(importing.READERS, "broken", read)

    with pytest.raises(ZeroDivisionError):
        import_directory("broken", tmp_path, now=NOW)

    assert db.session.scalars(select(DirectoryImport.problem)).all() == ["it ended with ZeroDivisionError"]
    assert db.session.scalars(select(SourceRecord)).all() == []
    assert _leftovers(app) == ["lock"]


def test_an_import_that_died_is_marked_as_failed_by_the_next_and_swept_away(app: Flask, tmp_path: Path) -> None:
    imports.start("nppes", "old.csv", NOW, digest="", size=1)
    db.session.commit()
    left = app.extensions["settings"].data_dir / "imports" / "1"
    left.mkdir(parents=True)
    (left / "statement.jsonl").write_text("half a l", encoding="utf-8")

    import_directory("nppes", nppes_file(tmp_path / "npidata_pfile.csv", [{}]), now=LATER)

    died, done = db.session.scalars(select(DirectoryImport).order_by(DirectoryImport.id))
    assert (died.state, done.state) == ("failed", "finished")
    assert "ended before it was done" in died.problem
    assert _leftovers(app) == ["lock"]


def test_how_far_an_import_is_stands_in_its_row(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_BEAT_EVERY", 0.0)
    seen: list[tuple[str, int, bool]] = []
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(1, 50)])

    def told(_file: str, _rows: int) -> None:
        row = db.session.scalars(select(DirectoryImport)).one()
        seen.append((row.state, row.bytes_total, row.heartbeat_at is not None))
        db.session.rollback()

    import_directory("nppes", path, now=NOW, progress=told)

    done = db.session.scalars(select(DirectoryImport)).one()
    assert seen == [("running", path.stat().st_size, True)]
    assert (done.bytes_read, done.rows) == (path.stat().st_size, 49)


def test_a_trial_run_leaves_no_trace(app: Flask, tmp_path: Path) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": "1"}])

    report = import_directory("nppes", path, now=NOW, options=Options(dry_run=True))

    assert (report.added, report.rejected_count) == (1, 1)
    assert db.session.scalars(select(DirectoryImport)).all() == []
    assert _leftovers(app) == ["lock"]


def test_an_archive_that_unpacks_beyond_all_bounds_is_refused(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_text, "SMALL", 2**20)
    header = nppes_file(tmp_path / "npidata_pfile.csv", []).read_bytes()
    bomb = tmp_path / "npidata_pfile.csv.gz"
    bomb.write_bytes(gzip.compress(header + (b'"' + b"0" * 1000 + b'"\n') * 8000))

    with pytest.raises(ImportRefused, match="at most 200 times the size of the archive and 68,719,476,736 bytes"):
        import_directory("nppes", bomb, now=NOW)

    assert db.session.scalars(select(DirectoryImport.state)).all() == ["failed"]


def test_all_rejected_rows_are_written_also_those_that_the_report_does_not_keep(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_path: Path, _known: Known, report: Report, _progress: Progress | None) -> Iterator[Item]:
        for line in range(1, 1501):
            report.reject(Rejection("a.csv", line, "npi", "is empty"))
        yield ANA_SAYS

    monkeypatch.setitem(importing.READERS, "broken", read)
    import_directory("broken", tmp_path, now=NOW)

    import_id = db.session.scalars(select(DirectoryImport.id)).one()
    written = rejected_file(app.extensions["settings"].data_dir, import_id).read_text(encoding="utf-8")
    assert len(written.splitlines()) == 1501


def _leftovers(app: Flask) -> list[str]:
    return sorted(each.name for each in (app.extensions["settings"].data_dir / "imports").iterdir())
