"""The search step by step: every question may be left out or changed, and the end is the results."""

import re

from flask.testing import FlaskClient

from tests.factories import make_experience, make_index, make_organization, make_role
from tests.web.page_rules import faults_of, title_of, words_of


def at(client: FlaskClient, step: int, **answers: str) -> str:
    answer = client.post("/guide", data={"step": str(step), **answers})
    assert answer.status_code == 200
    assert faults_of(answer.text) == []
    return answer.text


def test_each_question_has_its_page_and_the_answers_go_along(client: FlaskClient) -> None:
    first = client.get("/guide").text
    assert faults_of(first) == []
    assert "Step 1 of 6" in words_of(first)
    titles = [title_of(at(client, step, cancer="bile duct cancer", near="02115")) for step in range(5)]
    assert len(set(titles)) == 5
    assert 'name="cancer" value="bile duct cancer"' in at(client, 2, cancer="bile duct cancer")
    assert "Step 2 of 6" in words_of(at(client, 2, cancer="bile duct cancer", go="back"))


def test_the_last_answer_shows_the_specialists(client: FlaskClient) -> None:
    make_index()
    shown = client.post("/guide", data={"step": "5", "cancer": "bile duct cancer", "near": "02115", "help": "options"})
    assert "Specialists for Cholangiocarcinoma" in title_of(shown.text)
    assert 'name="situation" value="more-options"' in shown.text
    early = client.post("/guide", data={"step": "1", "cancer": "bile duct cancer", "near": "02115", "go": "results"})
    assert "Specialists for Cholangiocarcinoma" in title_of(early.text)


def test_who_knows_only_the_organ_searches_for_all_its_cancers(client: FlaskClient) -> None:
    make_index()
    assert 'name="cancer" value="BILIARY_TRACT"' in at(client, 0, organ="BILIARY_TRACT")
    shown = client.post("/guide", data={"step": "5", "organ": "BILIARY_TRACT", "near": "02115"})
    assert shown.status_code == 200
    assert faults_of(shown.text) == []


def test_nothing_answered_and_nonsense_are_asked_again(client: FlaskClient) -> None:
    assert client.post("/guide", data={"step": "5"}).status_code == 422
    for step, wrong in (("0", {"cancer": "x" * 5000, "organ": "NOWHERE", "help": "?", "go": "?"}), ("-1", {})):
        answer = client.post("/guide", data={"step": step, **wrong})
        assert (answer.status_code, faults_of(answer.text), "Step 1 of 6" in words_of(answer.text)) == (422, [], True)


def test_a_mistake_is_said_at_its_own_question(client: FlaskClient) -> None:
    for step, wrong, said in (
        ("0", {"cancer": "qqqq"}, "We know no cancer called “qqqq”"),
        ("3", {"cancer": "CHOL", "near": "00000"}, "Where are you?"),
        ("5", {"cancer": "CHOL", "first": "1234567890"}, "An NPI is a number of 10 digits"),
        ("5", {"cancer": "CHOL", "first": "Nobody at all"}, "We list nobody called “Nobody at all”"),
    ):
        answer = client.post("/guide", data={"step": step, **wrong})
        assert (answer.status_code, faults_of(answer.text)) == (422, [])
        assert f"Step {int(step) + 1} of 6" in words_of(answer.text)
        assert said in words_of(answer.text)
    assert client.post("/guide", data={"step": "3", "cancer": "CHOL", "near": "00000", "go": "back"}).status_code == 200


def test_the_back_button_returns_to_a_question_and_to_one_asked_back(client: FlaskClient) -> None:
    for path, data in (
        ("/guide", {"step": "0", "cancer": "CHOL"}), ("/guide", {"step": "0"}), ("/results", {"cancer": "CHOL"}),
        ("/results", {"cancer": "sarcoma", "near": "Springfield"}), ("/results?change=yes", {"cancer": "CHOL"}),
    ):  # fmt: skip
        assert client.post(path, data=data).headers["Cache-Control"] == "private, no-cache", data


def test_the_place_or_the_doctor_of_the_first_opinion_is_found_by_name_and_left_out(client: FlaskClient) -> None:
    bay, harbor = make_organization(name="Bay Cancer Center"), make_organization(name="Harbor Hospital")
    for family, organization in (("Rivera", bay), ("Okafor", harbor)):
        make_experience(make_role(given="Ana", family=family, organization=organization))
    make_index()
    search = {"step": "5", "cancer": "CHOL", "near": "02115"}
    for typed, wanted, name in (("bay cancer", f"organization:{bay.id}", "Bay"), ("Dr. Ana Rivera", "doctor:", "Ana")):
        asked = client.post("/guide", data={**search, "first": typed}).text
        assert faults_of(asked) == []
        assert f'value="{wanted}' in asked
        assert name in words_of(asked)
        chosen = re.findall(r'name="who" value="([^"]+)"', asked)[0]
        shown = client.post("/guide", data={**search, "first": typed, "asked": typed, "who": chosen}).text
        assert ("Okafor" in shown, "Ana Rivera" in shown) == (True, False)
        assert ", without the " in words_of(shown)
    everybody = client.post("/guide", data={**search, "first": "bay", "asked": "bay", "who": ""}).text
    assert "Ana Rivera" in everybody
    client.post("/request/start", data={"cancer": "CHOL", "exclude_organization": bay.id})
    assert 'value="Bay Cancer Center"' in client.get("/request/first-opinion").text


def test_what_the_search_knows_is_not_asked_again(client: FlaskClient) -> None:
    client.post("/request/start", data={"cancer": "CHOL", "near": "02115", "language": "es"})
    contact = client.get("/request/contact").text
    assert 'value="02115"' in contact
    assert '<option value="es" selected>' in contact


def test_the_insurance_is_kept_for_the_visit_and_said_where_it_matters(client: FlaskClient) -> None:
    role = make_role(family="Alpha", insurers=["Medicare"])
    make_experience(role)
    make_index()
    search, profile = {"cancer": "CHOL", "near": "02115"}, f"/specialists/{role.npi}?cancer=CHOL"
    assert "Which insurance do you have?" in at(client, 3, **search)

    page = client.post("/guide", data={"step": "4", **search, "insurance": "Blue <Plan>", "go": "results"}).text

    assert "You have Blue &lt;Plan&gt;." in page
    assert faults_of(page) == []
    assert "Ask the office whether they take Blue &lt;Plan&gt;." in client.get(profile).text
    at(client, 4, **search, insurance="medicare")
    assert "Ask the office" not in client.get(profile).text
    at(client, 4, **search, insurance="")
    assert "You have" not in client.post("/results", data=search).text


def test_filters_say_how_many_each_choice_would_leave(client: FlaskClient) -> None:
    for family, languages, accepts, insurers in (
        ("Alpha", ["en", "es"], True, ["Medicare"]), ("Beta", ["en"], None, []), ("Gamma", ["en"], True, [])
    ):  # fmt: skip
        make_experience(
            make_role(
                family=family, role_id=family, languages=languages, accepts_new_patients=accepts, insurers=insurers
            )
        )
    make_index()
    search = {"cancer": "CHOL", "near": "02115"}

    page = client.post("/results/filters", data={**search, "language": "en"})
    narrowed = client.post("/results", data={**search, "accepting": "yes", "insurer": "Medicare"}).text

    assert faults_of(page.text) == []
    words = words_of(page.text)
    for said in ("Now 3 specialists fit.", "English (3)", "Spanish (1)", "Medicare (1)", "take new patients 2"):
        assert said in words
    assert ("French" in words, 'value="en" selected' in page.text) == (False, True)
    assert faults_of(narrowed) == []
    assert "1 found" in words_of(narrowed)
    assert 'name="insurer" value="Medicare"' in narrowed
    assert client.post("/results/filters", data={"cancer": "CHOL"}).status_code == 422


def test_a_foreign_pages_form_does_not_replace_what_is_open_in_this_browser(client: FlaskClient) -> None:
    form = {"step": "1", "cancer": "bile duct cancer", "insurance": "medicare"}
    assert "Set-Cookie" in client.post("/guide", data=form).headers
    client.delete_cookie("session")  # as a browser sends a form of another site
    assert "Set-Cookie" not in client.post("/guide", data=form, headers={"Sec-Fetch-Site": "cross-site"}).headers
