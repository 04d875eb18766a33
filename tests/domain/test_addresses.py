"""Which addresses a geocoder is asked for, and which of them are the same one."""

import pytest

from referral.domain.addresses import key, street

HARBOR = {"line1": "12 Main St", "city": "Boston", "state": "MA", "postcode": "02115", "country": "US",
          "precision": "postcode"}  # fmt: skip


@pytest.mark.parametrize(
    "line1, found",
    [
        ("12 Main St", "12 Main St"),
        ("12 Main St, Suite 300", "12 Main St"),
        ("12 Main St Ste 300B", "12 Main St"),
        ("12 Main St # 4", "12 Main St"),
        ("12 Main St 3rd Floor", "12 Main St"),
        ("12 Main St Bldg C Fl 2", "12 Main St"),
        ("Harbor Hall, 12 Main St, Room 7", "12 Main St"),
        ("12-14 Unity Street", "12-14 Unity Street"),
        ("1 Floor Mill Rd", "1 Floor Mill Rd"),
        ("Main St", ""),
        ("PO Box 12", ""),
        ("P.O. Box 12, 4 Main St", ""),
        ("PSC 1234 Box 5", ""),
        ("4711", ""),
        ("", ""),
    ],
)
def test_the_street_of_an_address_line_is_its_house_number_and_street_alone(line1: str, found: str) -> None:
    assert street(line1) == found


@pytest.mark.parametrize(
    "same",
    [{"line1": "12 MAIN ST, STE 4"}, {"postcode": "02115-6013"}, {"city": "BOSTON"}, {"latitude": 1.0}],
)
def test_case_suite_and_the_end_of_a_zip_code_make_no_other_address(same: dict[str, object]) -> None:
    assert key({**HARBOR, **same}) == key(HARBOR)


@pytest.mark.parametrize(
    "other", [{"line1": "14 Main St"}, {"city": "Lynn"}, {"state": "NH"}, {"postcode": "02116"}, {"country": "CA"}]
)
def test_every_part_of_an_address_makes_another_one(other: dict[str, object]) -> None:
    assert key({**HARBOR, **other}) != key(HARBOR)


@pytest.mark.parametrize(
    "nothing",
    [{"line1": ""}, {"line1": "PO Box 12"}, {"precision": "given"}, {"precision": "address"}, {"precision": ""},
     {"state": "AE"}],
)  # fmt: skip
def test_what_cannot_become_finer_is_not_asked_for(nothing: dict[str, object]) -> None:
    assert key({**HARBOR, **nothing}) is None
