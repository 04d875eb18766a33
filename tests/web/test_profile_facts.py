"""Profiles: charts over the years, money as facts, and asking from a profile that was opened without a cancer."""

from datetime import date
from decimal import Decimal

from flask.testing import FlaskClient

from referral.extensions import db
from referral.models import Payment
from tests.factories import make_experience, make_index, make_npi, make_role
from tests.web.page_rules import faults_of, words_of


def a_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def opened(client: FlaskClient, npi: str, cancer: str = "CHOL", status: int = 200) -> str:
    answer = client.get(f"/specialists/{npi}", query_string={"cancer": cancer})
    assert answer.status_code == status
    assert faults_of(answer.text) == []
    return answer.text


def test_counts_of_several_years_are_drawn_with_their_ranges_and_stand_in_a_table(client: FlaskClient) -> None:
    npi = make_npi()
    role = make_role(npi=npi)
    for year, count in ((2022, 12), (2023, None), (2024, 31)):
        make_experience(role, count=count, period=a_year(year)).source = f"Test registry {year}"
    make_experience(role, code="GBC", count=4)
    make_index()

    page = opened(client, npi)

    assert page.count('class="year-chart"') == 1
    assert page.count('class="year-dot"') == 2
    assert page.count('class="year-open"') == 1
    assert page.count('class="year-range"') == 2
    assert "Cases a year: 2022: 12; 2023: 1–10 in all; 2024: 31" in page
    assert "2024 31 31 22–42" in words_of(page)
    assert "2023 1–10 not known not enough data" in words_of(page)


def test_one_year_alone_is_no_chart(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi))
    make_index()
    assert "Over the years" not in opened(client, npi)


def test_payments_are_summed_by_year_and_kind_in_plain_words(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi))
    for payer, nature, amount in (
        ("Larkspur", "Food and Beverage", "12.50"), ("Alder", "Food and Beverage", "7.50"),
        ("Alder", "Consulting Fee", "900"), ("Alder", "Something New", "1"),
    ):  # fmt: skip
        paid = {"payer": payer, "nature": nature, "amount_usd": Decimal(amount)}
        db.session.add(Payment(npi=npi, year=2024, retrieved_on=date(2026, 1, 1), **paid))
    make_index()

    words = words_of(opened(client, npi))

    assert "2024: $921.00" in words
    assert "$900.00 for advice to the company (1 company)" in words
    assert "$20.00 for meals (2 companies)" in words
    assert "$1.00 for Something New (1 company)" in words
    assert "It is a fact and no verdict." in words


def test_without_a_payment_the_page_says_what_that_means(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi))
    make_index()
    assert "That does not mean that there was none." in words_of(opened(client, npi))


def test_a_profile_without_a_cancer_asks_which_and_leads_to_it(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi))
    make_index()
    assert "Which cancer is it about?" in opened(client, npi, "")
    certain = client.get(f"/specialists/{npi}?cancer=bile+duct+cancer")
    assert certain.location == f"/specialists/{npi}?cancer=CHOL"
    assert "Which one did your doctor name?" in opened(client, npi, "liver")
    unknown = opened(client, npi, "broken leg", status=422)
    assert "We know no cancer of this name." in words_of(unknown)
    assert "Ana Rivera" in unknown


def test_a_place_of_work_can_be_put_beside_others(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(npi=npi, role_id="mine"))
    make_index()
    assert "Add to the comparison" in opened(client, npi)
    assert "Add to the comparison" not in opened(client, npi, "")
