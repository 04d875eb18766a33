"""Doctors and Clinicians and Facility Affiliation: roles, groups and hospitals, in the layouts of several years."""

import csv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from referral.directory import clinicians
from referral.directory.clinicians import LISTED, NO_HOSPITAL, OFFERS_TELEHEALTH, REPEATED, UNNAMED
from referral.directory.report import ImportRefused, Report
from referral.directory.statements import Item, Mention, Statement, Subject
from tests.directory.files import ANA, BEN, npi
from tests.directory.layouts import Fields, affiliation_file, clinicians_file, clinicians_file_2021, hospitals_file
from tests.directory.reading import SAMPLES, read


def today(folder: Path, rows: Sequence[Fields]) -> tuple[list[Item], Report]:
    return read(clinicians.read, clinicians_file(folder / "DAC_NationalDownloadableFile.csv", rows))


def in_2021(folder: Path, rows: Sequence[Fields]) -> tuple[list[Item], Report]:
    return read(clinicians.read, clinicians_file_2021(folder / "DAC_NationalDownloadableFile.csv", rows))


def roles(items: list[Item]) -> list[Statement]:
    return [each for each in items if isinstance(each, Statement)]


def mentions(items: list[Item]) -> list[Mention]:
    return [each for each in items if isinstance(each, Mention)]


def test_a_row_becomes_a_role_at_its_address_in_its_group(tmp_path: Path) -> None:
    items, report = today(tmp_path, [{}])

    assert items == [
        Mention(
            "pac:1234567890", "Harbor Oncology Group PC", "55 Lake Ave NW, 2nd Floor", "Boston", "MA", "02115", "", 2
        ),
        Statement(
            Subject.ROLE,
            f"clinicians:{ANA}:MA021156013BO55XXAVEX402",
            {
                "npi": ANA, "line1": "55 Lake Ave NW, 2nd Floor", "city": "Boston", "state": "MA", "postcode": "02115",
                "country": "US", "latitude": pytest.approx(42.34, abs=0.05),
                "longitude": pytest.approx(-71.1, abs=0.05), "precision": "postcode", "phone": "617-555-0101",
                "organization_key": "pac:1234567890",
            },
            2,
        ),
    ]  # fmt: skip
    assert (report.read, report.rejected_count) == (1, 0)


def test_the_layout_of_2021_gives_the_same_and_hospitals_beside(tmp_path: Path) -> None:
    items, _ = in_2021(tmp_path, [{"hosp_afl_1": "50625", "hosp_afl_lbn_1": "HARBOR HOSPITAL OF THE EAST"}])

    hospital = Mention("ccn:050625", "Harbor Hospital of the East", "", "", "", "", "050625", 2)
    assert [each for each in items if each != hospital] == today(tmp_path, [{}])[0]
    assert hospital in items


def test_a_clinician_without_a_group_has_a_role_without_an_organization(tmp_path: Path) -> None:
    items, _ = today(tmp_path, [{"org_pac_id": "", "Facility Name": ""}])

    assert mentions(items) == []
    assert "organization_key" not in roles(items)[0].values


@pytest.mark.parametrize(
    "written, postcode", [("6510", "06510"), ("64844660", "06484"), ("021156013", "02115"), ("9050501", "00905")]
)
def test_leading_zeros_of_zip_codes_are_put_back(tmp_path: Path, written: str, postcode: str) -> None:
    items, _ = today(tmp_path, [{"ZIP Code": written}])

    assert roles(items)[0].values["postcode"] == postcode


@pytest.mark.parametrize("written, ccn", [("50625", "050625"), ("220110", "220110"), ("5t625", "05T625")])
def test_leading_zeros_of_certification_numbers_are_put_back(tmp_path: Path, written: str, ccn: str) -> None:
    hospitals_file(tmp_path / "Hospital_General_Information.csv", [{"Facility ID": ccn}])
    affiliation_file(tmp_path / "Facility_Affiliation.csv", [{"Facility Affiliations Certification Number": written}])

    assert [each.ccn for each in mentions(read(clinicians.read, tmp_path)[0])] == [ccn]


def test_the_leading_zero_of_a_groups_id_is_put_back(tmp_path: Path) -> None:
    items, _ = today(tmp_path, [{"org_pac_id": "547525206"}])

    assert roles(items)[0].values["organization_key"] == "pac:0547525206"


def test_an_address_without_an_id_gets_one_that_does_not_depend_on_case_or_spaces(tmp_path: Path) -> None:
    plain = {"adrs_id": "", "adr_ln_1": "55 Lake Ave NW", "adr_ln_2": "", "City/Town": "Boston"}
    rows = [plain, {**plain, "adr_ln_1": "55  LAKE AVE NW"}, {**plain, "adr_ln_1": "56 Lake Ave NW"}]

    items, report = today(tmp_path, rows)

    first, other = (each.id for each in roles(items))
    assert first.startswith(f"clinicians:{ANA}:address-")
    assert first != other
    assert len(first) <= 100
    assert report.skipped[REPEATED] == 1


def test_telehealth_is_counted_and_never_becomes_a_remote_opinion(tmp_path: Path) -> None:
    items, report = today(tmp_path, [{"Telehlth": "Y"}])

    assert report.notes[OFFERS_TELEHEALTH] == 1
    assert "remote_opinion" not in roles(items)[0].values


def test_an_address_that_stands_in_the_file_twice_gives_one_role(tmp_path: Path) -> None:
    items, report = today(tmp_path, [{}, {"org_pac_id": "9999999999"}, {"adrs_id": "ELSEWHERE"}])

    assert [each.line for each in roles(items)] == [2, 4]
    assert [each.key for each in mentions(items)] == ["pac:1234567890"]
    assert report.skipped == {REPEATED: 1}


def test_an_organization_is_mentioned_once_before_the_first_role_in_it(tmp_path: Path) -> None:
    items, _ = today(tmp_path, [{}, {"NPI": BEN}])

    assert [type(each).__name__ for each in items] == ["Mention", "Statement", "Statement"]


def test_an_affiliation_is_a_role_at_the_hospital_of_the_list(tmp_path: Path) -> None:
    hospitals_file(tmp_path / "Hospital_General_Information.csv", [{}, {"Facility ID": "220999"}])
    affiliation_file(tmp_path / "Facility_Affiliation.csv", [{}, {"NPI": BEN}, {}])

    items, report = read(clinicians.read, tmp_path)

    name, line1 = "Harbor Hospital of the East", "75 Larkspur St"
    assert mentions(items) == [Mention("ccn:220110", name, line1, "Boston", "MA", "02115", "220110", 2)]
    assert [each.id for each in roles(items)] == [f"clinicians:{who}:ccn:220110" for who in (ANA, BEN)]
    values = roles(items)[0].values
    assert (values["line1"], values["postcode"], values["organization_key"]) == (line1, "02115", "ccn:220110")
    assert values["phone"] == "617-555-0175"
    assert "name" not in values
    assert report.skipped == {LISTED: 2, REPEATED: 1}


def test_of_affiliations_only_those_with_hospitals_that_have_a_name_are_taken(tmp_path: Path) -> None:
    rows = [
        {},
        {"facility_type": "Nursing home", "Facility Affiliations Certification Number": "225001"},
        {"NPI": npi(77)},
    ]

    items, report = read(clinicians.read, affiliation_file(tmp_path / "Facility_Affiliation.csv", rows))

    assert items == []
    assert report.skipped == {UNNAMED: 1, NO_HOSPITAL: 1, "not in the directory": 1}
    assert report.read == 3


def test_rows_of_others_are_left_out_and_counted(tmp_path: Path) -> None:
    items, report = today(tmp_path, [{"NPI": npi(77)}, {}, {"NPI": npi(78)}])

    assert len(roles(items)) == 1
    assert report.skipped["not in the directory"] == 2
    assert report.read == 3


def test_bad_rows_are_rejected_with_the_files_own_column_and_say_nothing(tmp_path: Path) -> None:
    rows = [
        {"NPI": "1234567890"},
        {"ZIP Code": "BOSTON"},
        {"org_pac_id": "GROUP"},
        {"Facility Name": ""},
        {"adr_ln_1": "", "adr_ln_2": "", "City/Town": ""},
        {"Telephone Number": "1" * 60},
    ]

    items, report = today(tmp_path, rows)

    assert [(each.line, each.column) for each in report.rejected] == [
        (2, "NPI"), (3, "ZIP Code"), (4, "org_pac_id"), (5, "Facility Name"), (6, "adr_ln_1"), (7, "Telephone Number"),
    ]  # fmt: skip
    assert items == []


def test_a_bad_certification_number_is_rejected(tmp_path: Path) -> None:
    _, report = in_2021(tmp_path, [{"hosp_afl_2": "HOSPITAL", "hosp_afl_lbn_2": "HARBOR HOSPITAL"}])

    assert [(each.line, each.column) for each in report.rejected] == [(2, "hosp_afl_2")]


def test_a_place_whose_zip_code_is_not_known_has_no_position(tmp_path: Path) -> None:
    values = roles(today(tmp_path, [{"ZIP Code": "00000"}])[0])[0].values

    assert (values["latitude"], values["longitude"], values["precision"]) == (None, None, "")


def test_a_folder_and_an_archive_with_all_files_are_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    paths = [
        clinicians_file(folder / "DAC_NationalDownloadableFile.csv", [{}]),
        affiliation_file(folder / "Facility_Affiliation.csv", [{}]),
        hospitals_file(folder / "Hospital_General_Information.csv", [{}]),
    ]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in paths:
            archive.write(path, path.name)

    items, report = read(clinicians.read, folder)

    assert [each.key for each in mentions(items)] == ["pac:1234567890", "ccn:220110"]
    assert len(roles(items)) == 2
    assert report.read == 3
    assert read(clinicians.read, tmp_path / "all.zip")[0] == items


def test_two_layouts_of_the_same_file_in_one_folder_are_refused(tmp_path: Path) -> None:
    clinicians_file(tmp_path / "new.csv", [{}])
    clinicians_file_2021(tmp_path / "old.csv", [{}])

    with pytest.raises(ImportRefused, match=r"two files of the same kind \(new.csv and old.csv\)"):
        read(clinicians.read, tmp_path)


def test_another_file_is_refused_by_naming_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "DAC.csv"
    path.write_text("NPI,org_pac_id,Facility Name,adr_ln_1,adr_ln_2,City/Town,State,Telephone Number\n")

    with pytest.raises(ImportRefused, match="lacks “adrs_id”, “ZIP Code”"):
        read(clinicians.read, path)


if SAMPLES.exists():

    def test_a_sample_of_the_real_file_gives_the_known_counts() -> None:
        path = SAMPLES / "dac" / "DAC_NationalDownloadableFile_2021-layout_sample.csv"
        with path.open(encoding="utf-8") as file:
            known = {row["NPI"] for row in csv.DictReader(file)}

        items, report = read(clinicians.read, path, known)

        assert (report.read, report.rejected_count, report.skipped.total()) == (386, 0, 0)
        assert (len(roles(items)), len(mentions(items))) == (386, 176)
        assert all(len(each.values["postcode"]) == 5 for each in roles(items))
        assert all(len(each.ccn) == 6 for each in mentions(items) if each.key.startswith("ccn:"))
