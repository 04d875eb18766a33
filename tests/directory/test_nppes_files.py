"""NPPES files as they come: layouts, archives, wrong files, torn files, and samples of the real one."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from referral.directory.report import ImportRefused
from referral.models import Practitioner
from tests.directory.files import ANA, BEN, NOW, npi, nppes_file, nppes_header, write_csv
from tests.directory.imports import import_nppes

FAMILY_DOCTOR = {"Healthcare Provider Taxonomy Code_1": "207Q00000X"}
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "nppes"


@pytest.mark.parametrize("width", [329, 330])
def test_both_widths_of_the_layout_are_read(tmp_path: Path, memory: Session, width: int) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}], width=width)

    assert len(nppes_header(width)) == width
    assert import_nppes(path, now=NOW).added == 1


def test_more_columns_in_another_order_and_the_newer_name_of_one_are_read(tmp_path: Path, memory: Session) -> None:
    header = ["Something New", *reversed(nppes_header())]
    plain = nppes_file(tmp_path / "plain.csv", [{}])
    row = plain.read_text().splitlines()[1][1:-1].split('","')
    header = [name.replace("Provider Gender Code", "Provider Sex Code") for name in header]
    path = write_csv(tmp_path / "wide.csv", header, [["x", *reversed(row)]])

    assert import_nppes(path, now=NOW).added == 1
    assert memory.get_one(Practitioner, ANA).gender == "female"


def test_another_file_is_refused_and_the_missing_columns_are_named(tmp_path: Path, memory: Session) -> None:
    path = write_csv(tmp_path / "other.csv", ["NPI", "Entity Type Code", "name"], [])

    with pytest.raises(ImportRefused, match="lacks “Provider Last Name") as caught:
        import_nppes(path, now=NOW)
    assert (caught.value.file, caught.value.line) == ("other.csv", 1)
    assert "more columns" in caught.value.message


def test_an_empty_file_a_folder_and_no_file_are_refused(tmp_path: Path, memory: Session) -> None:
    (tmp_path / "empty.csv").touch()
    for path, why in ((tmp_path / "empty.csv", "is empty"), (tmp_path, "is a folder"), (tmp_path / "no.csv", "read")):
        with pytest.raises(ImportRefused, match=why):
            import_nppes(path, now=NOW)


def _zipped(path: Path, *names: str) -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(path, name)
    return packed


def _gzipped(path: Path) -> Path:
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


def _as_cms_packs_it(path: Path) -> Path:
    return _zipped(
        path, "npidata_pfile_20050523-20261108.csv", "npidata_pfile_20050523-20261108_fileheader.csv",
        "othername_pfile_20050523-20261108.csv", "NPPES_Data_Dissemination_CodeValues.pdf",
    )  # fmt: skip


def _second_version(path: Path) -> Path:
    return _zipped(path, "npidata_pfile_20261102-20261108_V2.csv", "npidata_pfile_20261102-20261108_V2_fileheader.csv")


@pytest.mark.parametrize("packed", [_as_cms_packs_it, _second_version, _gzipped])
def test_packed_files_are_read_as_they_come(tmp_path: Path, memory: Session, packed: Callable[[Path], Path]) -> None:
    path = packed(nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN}]))

    assert import_nppes(path, now=NOW).added == 2


@pytest.mark.parametrize("packed", [_as_cms_packs_it, _gzipped])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_packed_file_that_is_cut_off_is_refused(
    tmp_path: Path, memory: Session, packed: Callable[[Path], Path], share: float
) -> None:
    path = packed(nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(1, 400)]))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    with pytest.raises(ImportRefused, match="fetch it again"):
        import_nppes(path, now=NOW)


def test_a_zip_file_with_a_changed_byte_is_refused(tmp_path: Path, memory: Session) -> None:
    path = _as_cms_packs_it(nppes_file(tmp_path / "npidata_pfile.csv", [{"NPI": npi(at)} for at in range(1, 400)]))
    content = bytearray(path.read_bytes())
    content[3000] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(ImportRefused, match="fetch it again"):
        import_nppes(path, now=NOW)


def test_an_archive_without_the_file_or_with_two_is_refused(tmp_path: Path, memory: Session) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}])

    for names, found in ((["other.csv"], "no file"), (["npidata_pfile_1.csv", "npidata_pfile_2.csv"], "2 files")):
        with pytest.raises(ImportRefused, match=found):
            import_nppes(_zipped(path, *names), now=NOW)


def test_wrong_bytes_reject_only_a_row_that_is_for_us(tmp_path: Path, memory: Session) -> None:
    wrong = {"Provider First Name": "REN\u00c9"}
    path = nppes_file(
        tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN, **wrong}, {"NPI": npi(3), **wrong, **FAMILY_DOCTOR}]
    )
    path.write_bytes(path.read_bytes().replace("\u00c9".encode(), b"\xc9"))

    report = import_nppes(path, now=NOW)

    assert [str(each).split(": ")[1] for each in report.rejected] == ["is not UTF-8"]
    assert (report.added, report.skipped.total()) == (1, 1)


@pytest.mark.parametrize("lost", [700, 701, 702, 990, 991, 992])
def test_a_file_that_stops_in_the_middle_of_a_row_is_refused(tmp_path: Path, memory: Session, lost: int) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN}])
    path.write_bytes(path.read_bytes()[:-lost])

    with pytest.raises(ImportRefused, match="cut off") as caught:
        import_nppes(path, now=NOW)
    assert caught.value.line == 3


def test_a_row_of_another_width_is_rejected(tmp_path: Path, memory: Session) -> None:
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}])
    with path.open("a") as file:
        file.write('"1","2"\n')

    report = import_nppes(path, now=NOW)

    assert [str(each) for each in report.rejected] == ["npidata_pfile.csv, line 3: 330 fields were expected, 2 found"]


def test_progress_is_told_with_the_file_and_the_rows_read(tmp_path: Path, memory: Session) -> None:
    told: list[tuple[str, int]] = []
    path = nppes_file(tmp_path / "npidata_pfile.csv", [{}, {"NPI": BEN}])

    import_nppes(path, now=NOW, progress=lambda *what: told.append(what))

    assert told == [("npidata_pfile.csv", 2)]


# Real files of the public registry, where the machine has them: who is in them is looked at by number only.
REAL = [
    ("npidata_pfile_sample.csv", 336, 97, {"no oncology taxonomy": 239}),
    ("npidata_pfile_organizations_sample.csv", 40, 0, {"organization row": 40}),
    ("npidata_pfile_header.csv", 0, 0, {}),
]


if SAMPLES.exists():

    @pytest.mark.parametrize("name, read, added, skipped", REAL)
    def test_a_sample_of_the_real_file_gives_the_known_counts(
        session: Session, name: str, read: int, added: int, skipped: dict[str, int]
    ) -> None:
        report = import_nppes(SAMPLES / name, now=NOW)

        assert (report.read, report.added, report.rejected_count) == (read, added, 0)
        assert report.skipped == skipped
        assert report.notes.total() == 0
