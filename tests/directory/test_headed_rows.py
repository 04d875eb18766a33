"""What the readers of public files share: layouts told by header, rows of others left out, files one cannot trust."""

import gzip
import random
import zipfile
from pathlib import Path

import pytest

from referral.directory.headed_rows import NPI, Layout, is_npi, parts, sheet
from referral.directory.report import ImportRefused, Report
from referral.domain.npi import is_valid
from tests.directory.files import ANA, BEN, npi

OLD = Layout("made up, old names", {NPI: "npi", "what": "old_what"})
NEW = Layout("made up", {NPI: "NPI", "what": "What", "more": "More"}, optional=frozenset({"more"}))
OTHER = npi(77)


def rows(path: Path, known: set[str] | None = None) -> tuple[list[tuple[int, dict[str, str]]], Report]:
    """Line and values of every row."""
    report, found = Report("test"), []
    with sheet(parts(path)[0], (NEW, OLD), report, None, known) as table:
        for line, row in table.rows:
            found.append((line, dict(table.values(row))))
    return found, report


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_the_quick_check_of_a_number_says_what_the_slow_one_says() -> None:
    chance = random.Random(7)
    numbers = [f"{chance.randrange(10**10):010d}" for _ in range(5_000)] + [npi(number) for number in range(500)]
    numbers += ["", "12345", "123456789X", "1234567893 ", "12345678931", ANA[:9]]

    assert [is_npi(number.encode()) for number in numbers] == [is_valid(number) for number in numbers]
    assert sum(is_valid(number) for number in numbers) > 500


def test_a_layout_is_told_by_its_header_whatever_case_order_and_blanks(tmp_path: Path) -> None:
    new = written(tmp_path / "new.csv", f"what , Something, npi\nA,,{ANA}\n")
    old = written(tmp_path / "old.csv", f"NPI,OLD_WHAT\n{ANA},A\n")

    assert rows(new)[0] == [(2, {NPI: ANA, "what": "A"})] == rows(old)[0]


def test_an_optional_column_is_read_where_it_is(tmp_path: Path) -> None:
    path = written(tmp_path / "new.csv", f"NPI,What,More\n{ANA},A,B\n")

    assert rows(path)[0] == [(2, {NPI: ANA, "what": "A", "more": "B"})]


def test_a_column_that_stands_twice_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="stands twice"):
        rows(written(tmp_path / "new.csv", "NPI,What,what\n"))


@pytest.mark.parametrize("form", ["{},A\n", '"{}","A"\n', "{},A\r\n"])
def test_rows_of_others_are_left_out_in_every_way_of_writing(tmp_path: Path, form: str) -> None:
    text = "NPI,What\n" + "".join(form.format(who) for who in (OTHER, OTHER, ANA, npi(78), BEN))

    found, report = rows(written(tmp_path / "new.csv", text), {ANA, BEN})

    assert [(line, values[NPI]) for line, values in found] == [(4, ANA), (6, BEN)]
    assert report.skipped == {"not in the directory": 3}
    assert report.read == 5


def test_rows_of_others_are_left_out_where_the_number_does_not_come_first(tmp_path: Path) -> None:
    text = f'What,NPI\nA,{OTHER}\nB,{ANA}\n"C,D",{OTHER}\n"E","{OTHER}"\n'

    found, report = rows(written(tmp_path / "new.csv", text), {ANA})

    assert [line for line, _ in found] == [3, 4]  # a comma in a quoted field: left to the reader of the file
    assert report.skipped == {"not in the directory": 2}


def test_a_row_that_begins_with_no_number_is_given_to_be_reported(tmp_path: Path) -> None:
    found, _ = rows(written(tmp_path / "new.csv", f"NPI,What\n1234567890,A\n,B\n{OTHER},C\n"), {ANA})

    assert [line for line, _ in found] == [2, 3]


def test_a_quoted_field_over_several_lines_hides_what_looks_like_a_row(tmp_path: Path) -> None:
    text = f'NPI,What\n{ANA},"first\n{OTHER},second\n{ANA},third"\n{OTHER},D\n'

    found, report = rows(written(tmp_path / "new.csv", text), {ANA})

    assert found == [(2, {NPI: ANA, "what": f"first {OTHER},second {ANA},third"})]
    assert report.read == 2


def test_lines_that_end_in_a_carriage_return_alone_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "new.csv", f"NPI,What\r{OTHER},A\r{ANA},B\r")

    found, _ = rows(path, {ANA})

    assert (3, {NPI: ANA, "what": "B"}) in found


def test_rows_of_another_width_and_endless_fields_are_rejected_and_counted(tmp_path: Path) -> None:
    text = f"NPI,What\n{ANA},A,B\n{ANA},{'x' * 1_000_000}\n{ANA},C\n"

    found, report = rows(written(tmp_path / "new.csv", text), {ANA})

    assert [line for line, _ in found] == [4]
    assert [each.line for each in report.rejected] == [2, 3]
    assert report.read == 3


def test_a_mark_at_the_beginning_is_dropped_and_utf_16_is_refused(tmp_path: Path) -> None:
    text = f"NPI,What\n{ANA},A\n"
    marked, wide = tmp_path / "marked.csv", tmp_path / "wide.csv"
    marked.write_bytes(text.encode("utf-8-sig"))
    wide.write_bytes(text.encode("utf-16"))

    assert len(rows(marked)[0]) == 1
    with pytest.raises(ImportRefused, match="UTF-16"):
        rows(wide)


def test_wrong_bytes_matter_only_in_rows_and_fields_that_are_used(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_bytes(f"NPI,What,Else\n{OTHER},~,\n{ANA},A,~\n".encode().replace(b"~", b"\xff"))

    assert rows(path, {ANA})[0] == [(3, {NPI: ANA, "what": "A"})]


@pytest.mark.parametrize("end", [f"{OTHER}", f"{ANA}", f'{OTHER},"A'])
def test_a_torn_end_refuses_the_file(tmp_path: Path, end: str) -> None:
    with pytest.raises(ImportRefused, match="cut off"):
        rows(written(tmp_path / "new.csv", f"NPI,What\n{ANA},A\n{end}"), {ANA})


def test_a_last_line_without_an_end_of_line_is_read(tmp_path: Path) -> None:
    found, _ = rows(written(tmp_path / "new.csv", f"NPI,What\n{ANA},A"), {ANA})

    assert len(found) == 1


def test_a_damaged_archive_refuses_the_file(tmp_path: Path) -> None:
    packed = gzip.compress(f"NPI,What\n{ANA},A\n".encode() * 1000)
    (tmp_path / "new.csv.gz").write_bytes(packed[:-20])

    with pytest.raises(ImportRefused, match="damaged or cut off"):
        rows(tmp_path / "new.csv.gz", {ANA})


def test_the_files_of_a_folder_are_those_that_can_be_read(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv.gz", "readme.txt", ".hidden.csv"):
        (tmp_path / name).touch()
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("inner/one.csv", "")
        archive.writestr("inner/two.pdf", "")

    assert [part.name for part in parts(tmp_path)] == ["a.csv.gz", "b.csv", "inner/one.csv"]
