import re

import pytest
from flask.testing import FlaskClient

from tests.factories import make_experience, make_index, make_organization, make_organization_experience, make_role
from tests.web.page_rules import faults_of, words_of

ADDRESS = re.compile(r'<p class="share-link"><a href="([^"]+)">')


def four_and_one() -> None:
    harbor = make_organization(designation="nci-comprehensive")
    make_organization_experience(harbor)
    make_experience(make_role(family="Rivera", organization=harbor, role_id="a", languages=["en", "es"], wait_days=9))
    make_experience(make_role(family="Okafor", place=(41.88, -87.63), city="Chicago", state="IL", role_id="b"), count=5)
    make_role(family="Chen", role_id="c", accepts_new_patients=None, assured_on=None, insurers=[])
    make_experience(make_role(family="Ito", role_id="d"), code="GBC", count=None)
    make_experience(make_role(family="Fifth", role_id="e"))
    make_index()


def beside(client: FlaskClient, *roles: str, status: int = 200, **fields: str) -> str:
    answer = client.post("/compare", data={"cancer": "CHOL", "chosen": list(roles), **fields})
    assert answer.status_code == status
    assert faults_of(answer.text) == []
    return answer.text


def row(page: str, label: str) -> str:
    """One row of the table as words, with the mark of what differs."""
    return next(words_of(text) for text in page.split("<tr")[1:] if f'scope="row">{label}' in text)


def test_four_stand_side_by_side_and_only_what_differs_is_marked(client: FlaskClient) -> None:
    four_and_one()
    page = beside(client, "a", "b", "c", "d")
    assert page.count('scope="col"') == 5
    assert "differs" in row(page, "Languages")
    assert "differs" not in row(page, "Opinion by records")
    assert "differs" not in row(page, "Wait")
    assert "about 9 days" in row(page, "Wait")
    assert "not known" in row(page, "Wait")
    assert "never by us: we call the office first" in row(page, "Details last checked")
    assert "winner" not in page
    assert "Score" not in page


def test_a_number_stands_with_its_range_its_source_and_its_year(client: FlaskClient) -> None:
    four_and_one()
    page = beside(client, "a", "b", "d")
    counted = row(page, "Counted cases of this cancer")
    assert re.search(r"31 Operations or procedures, 2025 likely 22–42 Test registry , 2026", counted)
    assert "not known: no count is published that we know of" in counted
    assert "1–10 Operations or procedures" in row(page, "Counted cases of related cancers")
    assert page.count('class="whisker"') >= 6
    assert page.count('class="dot-open"') == 1


def test_of_more_than_four_the_first_four_are_shown_and_it_is_said(client: FlaskClient) -> None:
    four_and_one()
    page = beside(client, "a", "b", "c", "d", "e")
    assert "You chose more than 4." in words_of(page)
    assert "Fifth" not in page


def test_one_is_left_out_by_its_button_and_the_place_stays(client: FlaskClient) -> None:
    four_and_one()
    page = beside(client, "a", "b", "c", near="02115", drop="b")
    assert "Okafor" not in page
    assert 'value="02115"' in page


def test_the_way_is_told_in_a_straight_line_and_as_a_band_of_time(client: FlaskClient) -> None:
    four_and_one()
    page = beside(client, "a", "b", near="02115")
    far = row(page, "How far")
    assert "in a straight line under half an hour by road" in far
    assert "more than 4 hours by road" in far
    assert "How far" not in [words_of(text) for text in re.findall("<th scope=.row.>(.*?)</th>", beside(client, "a"))]


def test_the_address_to_pass_on_holds_the_cancer_and_the_specialists_alone(client: FlaskClient) -> None:
    four_and_one()
    page = beside(client, "a", "b", near="02115")
    plain, with_region = ADDRESS.findall(page)
    assert plain.replace("&amp;", "&").endswith("/compare?cancer=CHOL&role=a&role=b")
    assert with_region.replace("&amp;", "&").endswith("&around=42,-71")
    stranger = client.application.test_client()
    assert "How far" not in stranger.get(plain.replace("&amp;", "&")).text
    rough = words_of(stranger.get(with_region.replace("&amp;", "&")).text)
    assert "from the middle of the region" in rough
    assert "02115" not in plain + with_region


def test_a_profile_adds_to_what_was_chosen_and_another_cancer_begins_anew(client: FlaskClient) -> None:
    four_and_one()
    beside(client, "a", "b")
    added = client.post("/compare/add", data={"cancer": "CHOL", "role": "d"})
    assert added.location == "/compare?cancer=CHOL&role=a&role=b&role=d"
    assert "Ito" in client.get("/compare").text
    anew = client.post("/compare/add", data={"cancer": "PAAD", "role": "d"})
    assert anew.location == "/compare?cancer=PAAD&role=d"


def test_without_anybody_the_page_says_how_to_choose(client: FlaskClient) -> None:
    make_index()
    page = client.get("/compare")
    assert faults_of(page.text) == []
    assert "Nobody is chosen yet" in words_of(page.text)


@pytest.mark.parametrize("near", ["Xyzzyville", "Springfield", "9" * 500, "02\x07115"])
def test_a_place_that_cannot_be_used_is_said_at_its_field(client: FlaskClient, near: str) -> None:
    four_and_one()
    page = beside(client, "a", "b", near=near, status=422)
    assert 'href="#near"' in page
    assert "Rivera" in page


@pytest.mark.parametrize(
    "query",
    ["cancer=NOTHING&role=a", "cancer=CHOL&role=nobody", "cancer=CHOL&role=a&around=1e9,x", "around=91,0&role="],
)
def test_an_address_that_names_nonsense_is_still_a_page(client: FlaskClient, query: str) -> None:
    four_and_one()
    answer = client.get(f"/compare?{query}")
    assert answer.status_code == 200
    assert faults_of(answer.text) == []


def test_the_results_lead_to_the_comparison(client: FlaskClient) -> None:
    four_and_one()
    page = client.post("/results", data={"cancer": "CHOL", "near": "02115"}).text
    assert 'formaction="/compare"' in page
