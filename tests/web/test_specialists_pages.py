from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from referral.domain.codes import EvidenceKind
from tests.factories import (
    make_experience,
    make_index,
    make_npi,
    make_organization,
    make_organization_experience,
    make_role,
)
from tests.web.office_steps import right_now
from tests.web.page_rules import faults_of, words_of


def profile(client: FlaskClient, npi: str, cancer: str = "CHOL") -> str:
    answer = client.get(f"/specialists/{npi}?cancer={cancer}")
    assert answer.status_code == 200
    assert faults_of(answer.text) == []
    return answer.text


def test_a_profile_shows_where_how_and_what_is_known(client: FlaskClient) -> None:
    npi = make_npi()
    harbor = make_organization(designation="nci-comprehensive", name="Harbor Cancer Centre")
    make_organization_experience(harbor)
    role = make_role(npi=npi, organization=harbor, phone="617-555-0142", line1="1 Quay Road", languages=["en", "es"])
    make_experience(role)
    make_index()
    words = words_of(profile(client, npi))
    assert "Ana Rivera, MD" in words
    assert "1 Quay Road, Boston, MA 02115" in words
    assert "617-555-0142" in words
    assert "English, Spanish" in words
    assert "Evidence on Harbor Cancer Centre" in words
    assert "This profile informs; it is not a grade." in words


def test_a_count_is_drawn_with_its_range_and_a_hidden_one_as_an_open_dot(client: FlaskClient) -> None:
    npi = make_npi()
    role = make_role(npi=npi)
    make_experience(role, count=31)
    make_experience(role, code="GBC", count=None)
    make_index()
    page = profile(client, npi)
    assert page.count('class="dot"') == 1
    assert page.count('class="dot-open"') == 1
    assert "not enough data" in page


def test_a_certificate_is_no_number(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi), count=1, kind=EvidenceKind.CERTIFICATION)
    make_index()
    assert "Board certification yes not a count of cases" in words_of(profile(client, npi))


def test_a_specialist_without_evidence_is_not_called_bad(client: FlaskClient) -> None:
    npi = make_npi()
    make_role(npi=npi)
    make_index()
    assert "Not enough data: nothing is published that we know of." in profile(client, npi)


@pytest.mark.parametrize(
    "days, words",
    [(10, ""), (100, "That is more than 90 days ago"), (200, "more than 180 days ago: we call the office first")],
)
def test_details_that_are_old_are_marked(client: FlaskClient, days: int, words: str) -> None:
    npi = make_npi()
    make_role(npi=npi, assured_on=(right_now() - timedelta(days)).date())
    make_index()
    page = words_of(profile(client, npi))
    assert words in page
    assert ("days ago" in page) == bool(words)


def test_without_a_cancer_the_profile_leads_to_the_search(client: FlaskClient) -> None:
    npi = make_npi()
    make_role(npi=npi)
    make_index()
    page = profile(client, npi, "")
    assert "Search for your cancer" in page
    assert "/request/start" not in page


def test_a_source_that_is_no_web_address_is_no_link(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi)).source_url = "javascript:alert(1)"
    make_index()
    assert "javascript:" not in profile(client, npi)


@pytest.mark.parametrize("npi", ["1234567890", "nobody", "9" * 300, "%00"])
def test_an_unknown_number_is_a_page_not_found(client: FlaskClient, npi: str) -> None:
    make_index()
    answer = client.get(f"/specialists/{npi}")
    assert answer.status_code == 404
    assert faults_of(answer.text) == []
