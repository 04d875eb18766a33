"""Names in capitals as people write them."""

import pytest

from referral.directory.casing import initials, person_name, place_name, with_suffix


@pytest.mark.parametrize(
    "capitals, written",
    [
        ("RIVERA", "Rivera"),
        ("MCDONALD", "McDonald"),
        ("McDONALD", "McDonald"),
        ("McDonald", "McDonald"),
        ("O'NEIL", "O'Neil"),
        ("O`NEIL", "O'Neil"),
        ("D'ANGELO", "D'Angelo"),
        ("RODRIGUEZ-GALINDO", "Rodriguez-Galindo"),
        ("DE LA CRUZ", "de la Cruz"),
        ("DEL RIO", "del Rio"),
        ("VAN DER BERG", "van der Berg"),
        ("VAN DYKE", "Van Dyke"),
        ("LA ROCCA", "La Rocca"),
        ("NGUYEN DE", "Nguyen De"),
        ("VON", "Von"),
        ("ST. JOHN", "St. John"),
        ("RADIE  KEANE", "Radie Keane"),
        ("SMITH III", "Smith III"),
        ("SMITH JR.", "Smith Jr."),
        ("MC", "Mc"),
        ("PEÑA", "Peña"),
        ("deSouza", "deSouza"),
        ("MacArthur Lee", "MacArthur Lee"),
        ("", ""),
    ],
)
def test_a_name_in_capitals_is_written_as_people_write_it(capitals: str, written: str) -> None:
    assert person_name(capitals) == written


@pytest.mark.parametrize("name", ["McDonald", "O'Neil", "van der Berg", "de la Cruz", "Smith III", "Peña"])
def test_a_name_that_is_written_well_stays(name: str) -> None:
    assert person_name(name) == name


def test_a_single_middle_letter_gets_its_full_stop() -> None:
    assert [initials(text) for text in ("M", "M.", "MARIE", "")] == ["M.", "M.", "Marie", ""]


@pytest.mark.parametrize(
    "suffix, full",
    [("JR.", "Rivera Jr."), ("SR", "Rivera Sr."), ("III", "Rivera III"), ("", "Rivera"), ("MD", "Rivera")],
)
def test_a_suffix_that_tells_father_from_son_is_kept(suffix: str, full: str) -> None:
    assert with_suffix("Rivera", suffix) == full


def test_a_suffix_is_not_said_twice() -> None:
    assert with_suffix("Rivera Jr.", "JR") == "Rivera Jr."


@pytest.mark.parametrize(
    "capitals, written",
    [
        ("55 LAKE AVE NW", "55 Lake Ave NW"),
        ("2ND FLOOR", "2nd Floor"),
        ("PO BOX 7", "PO Box 7"),
        ("SW350", "SW350"),
        ("N. O'FALLON", "N. O'Fallon"),
        ("HEMATOLOGY/ONCOLOGY", "Hematology/Oncology"),
        ("12 Main St", "12 Main St"),
        ("", ""),
    ],
)
def test_an_address_in_capitals_is_written_as_people_write_it(capitals: str, written: str) -> None:
    assert place_name(capitals) == written
