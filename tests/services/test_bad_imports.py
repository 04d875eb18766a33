"""Files that are damaged, wrong or too large: each is refused in words, and the directory stays as it was."""

import gzip
import resource
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from referral.directory import csv_text, json_text
from referral.directory.report import ImportRefused, Rejection
from referral.extensions import db
from referral.models import Base, DirectoryImport, Practitioner, PractitionerRole
from referral.services import import_files
from referral.services.import_directory import import_directory
from tests.application import application_on
from tests.directory.files import ANA, BEN, NOW, PRACTICE, npi, nppes_file
from tests.directory.imports import import_nppes
from tests.directory.national import NationalSet, national_set

LATER = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FILES = {
    "nppes": "npidata_pfile_20261109-20261115.csv",
    "nucc": "nucc_taxonomy_261.csv",
    "clinicians": "DAC_NationalDownloadableFile.csv",
    "medicare": "MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv",
    "trials": "study_1.json",
    "open-payments": "OP_DTL_RSRCH_PGYR2023_P01302025.csv",
    "plan-net": "plan_net.ndjson",
}
Damage = Callable[[Path, Path], Path]


def zipped(whole: Path, folder: Path) -> Path:
    path = folder / f"{whole.stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(whole, whole.name)
    return path


def cut_zip(whole: Path, folder: Path) -> Path:
    """An archive of which the end was not fetched."""
    path = zipped(whole, folder)
    path.write_bytes(path.read_bytes()[:-40])
    return path


def cut_gz(whole: Path, folder: Path) -> Path:
    path = folder / f"{whole.name}.gz"
    packed = gzip.compress(whole.read_bytes())
    path.write_bytes(packed[: len(packed) * 2 // 3])
    return path


def cut_file(whole: Path, folder: Path) -> Path:
    """A file that ends in the middle of its last row."""
    path = folder / whole.name
    path.write_bytes(whole.read_bytes()[:-60])
    return path


def in_utf_16(whole: Path, folder: Path) -> Path:
    path = folder / whole.name
    path.write_text(whole.read_text(encoding="utf-8"), encoding="utf-16")
    return path


def of_another_kind(_whole: Path, folder: Path) -> Path:
    path = folder / "medicare_2022.csv"
    path.write_text("name,town\nQuill,Boston\n", encoding="utf-8")
    return path


def bomb(whole: Path, folder: Path) -> Path:
    """An archive of a few kilobytes that unpacks to more than a megabyte."""
    path = folder / f"{whole.stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(whole.name, whole.read_bytes() + (b"0" * 1000 + b"\n") * 1500)
    return path


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> NationalSet:
    return national_set(tmp_path_factory.mktemp("national"), 24)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, national: NationalSet) -> Iterator[Flask]:
    """The service after an import of everything."""
    folder = tmp_path_factory.mktemp("service")
    with contextmanager(application_on)(f"sqlite:///{folder / 'directory.sqlite3'}", folder) as app:
        Base.metadata.create_all(db.engine)
        for kind in FILES:
            import_directory(kind, national.files[kind], now=NOW)
        yield app


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database but for what imports say of themselves."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name != DirectoryImport.__tablename__]
    found = {table.name: [tuple(row) for row in db.session.execute(select(table))] for table in tables}
    db.session.rollback()
    return found


def newest() -> DirectoryImport:
    found = db.session.scalars(select(DirectoryImport).order_by(DirectoryImport.id.desc()).limit(1)).one()
    db.session.expire_all()
    return found


@pytest.mark.parametrize(
    "damage, why",
    [
        (cut_zip, "not a complete ZIP archive"),
        (cut_gz, "damaged or cut off"),
        (cut_file, "cut off|ends in the middle|ends inside|broken"),
        (in_utf_16, "UTF-16|UTF-8"),
        (of_another_kind, "lacks|no file|JSON|holds no"),
        (bomb, "unpacks to more than"),
    ],
)
@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_of_any_kind_is_refused_in_words_and_changes_nothing(
    filled: Flask, national: NationalSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    kind: str, damage: Damage, why: str,
) -> None:  # fmt: skip
    for reader in (csv_text, json_text):
        monkeypatch.setattr(reader, "SMALL", 2**16)
        monkeypatch.setattr(reader, "MAX_RATIO", 30)
    before = contents()

    with pytest.raises(ImportRefused, match=why):
        import_directory(kind, damage(national.file(FILES[kind]), tmp_path), now=LATER)

    assert contents() == before
    assert newest().state == "failed"
    assert not [each for each in (filled.extensions["settings"].data_dir / "imports").iterdir() if each.is_dir()]


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes meanwhile, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_no_space_for_what_was_read_is_said_in_words_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    import_nppes(nppes_file(tmp_path / "npidata_pfile.csv", [{}]), now=NOW)
    many = nppes_file(tmp_path / "npidata_pfile_2.csv", [{"NPI": npi(number)} for number in range(2, 9000)])
    before, size = contents(), Path(db.engine.url.database or "").stat().st_size

    with (
        no_file_beyond(size + 2**16),
        pytest.raises(ImportRefused, match=r"no space is left in .* nothing was imported"),
    ):
        import_nppes(many, now=LATER)

    assert contents() == before
    assert (newest().state, "no space" in newest().problem) == ("failed", True)


def test_no_space_for_the_database_is_said_in_words_and_changes_nothing(app_on_both: Flask, tmp_path: Path) -> None:
    """A database of SQLite may have no more pages; PostgreSQL says by its own code for it that the disk is full."""
    import_nppes(nppes_file(tmp_path / "npidata_pfile.csv", [{}]), now=NOW)
    many = nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(number)} for number in range(2, 400)])
    _fill_the_disk()
    before = contents()

    with pytest.raises(ImportRefused, match="no space is left for the database; nothing was imported"):
        import_nppes(many, now=LATER)

    assert contents() == before


def _fill_the_disk() -> None:
    if db.engine.dialect.name == "sqlite":
        pages = db.session.scalar(text("PRAGMA page_count"))
        db.session.execute(text(f"PRAGMA max_page_count = {pages + 20}"))
    else:
        full = "RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file: No space left on device'"
        db.session.execute(
            text(f"CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {full}; END $$")
        )
        db.session.execute(text("CREATE TRIGGER no_space BEFORE INSERT ON source_record EXECUTE FUNCTION no_space()"))
    db.session.commit()


def test_zip_codes_of_nppes_get_their_leading_zeros_back(tmp_path: Path, app: Flask) -> None:
    codes = ("21156013", "2115", "021156013", "02115-6013", "926", "9260001")
    rows = [{"NPI": npi(at), f"{PRACTICE} Postal Code": code} for at, code in enumerate(codes, start=1)]

    import_nppes(nppes_file(tmp_path / "npidata_pfile.csv", rows), now=NOW)

    found = db.session.scalars(select(PractitionerRole.postcode).order_by(PractitionerRole.npi))
    assert list(found) == ["02115", "02115", "02115", "02115", "00926", "00926"]


def test_a_row_of_nppes_with_an_endless_field_is_rejected_and_the_rest_is_read(tmp_path: Path, app: Flask) -> None:
    endless = {"Provider Credential Text": "x" * 1_000_000}

    report = import_nppes(nppes_file(tmp_path / "npidata_pfile.csv", [endless, {"NPI": BEN}]), now=NOW)

    assert (report.added, [each.line for each in report.rejected]) == (1, [2])
    assert "a field is longer than" in report.rejected[0].reason


def test_a_field_of_nppes_that_runs_over_lines_is_one_field_and_later_rows_keep_their_line(
    tmp_path: Path, app: Flask
) -> None:
    street = "Provider First Line Business Practice Location Address"
    rows = [{street: "55 LAKE\nAVE\r\nNW"}, {"NPI": "1"}, {"NPI": BEN}]

    report = import_nppes(nppes_file(tmp_path / "npidata_pfile.csv", rows), now=NOW)

    assert (report.added, [each.line for each in report.rejected]) == (2, [5])
    assert db.session.get_one(PractitionerRole, f"nppes:{ANA}").line1.startswith("55 Lake Ave NW")


def test_days_of_nppes_that_have_not_come_do_no_harm(tmp_path: Path, app: Flask) -> None:
    rows = [
        {"Last Update Date": "01/01/2087"},
        {"NPI": BEN, "NPI Deactivation Date": "01/01/2087"},
        {"NPI": npi(3), "Last Update Date": "13/45/2026"},
    ]

    report = import_nppes(nppes_file(tmp_path / "npidata_pfile.csv", rows), now=NOW, since=NOW.date())

    assert (report.added, report.rejected_count, dict(report.skipped)) == (2, 0, {"deactivated": 1})
    assert sorted(db.session.scalars(select(Practitioner.npi))) == [ANA, npi(3)]


def test_rejected_rows_hold_nothing_that_a_spreadsheet_runs(tmp_path: Path) -> None:
    (tmp_path / "imports").mkdir(exist_ok=True)
    with import_files.rejected_rows(tmp_path, 1) as write:
        assert write is not None
        write(Rejection("=HYPERLINK(1).csv", 2, "@column", "-1 is no number"))
    told = import_files.rejected_file(tmp_path, 1).read_text("utf-8").splitlines()[1]
    assert told == "'=HYPERLINK(1).csv,2,'@column,'-1 is no number"
