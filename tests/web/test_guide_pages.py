"""The search step by step: every question may be left out or changed, and the end is the results."""

from flask.testing import FlaskClient

from tests.factories import make_experience, make_index, make_role
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
    assert "Step 2 of 6" in words_of(at(client, 0, cancer="x" * 5000, organ="NOWHERE", help="?", go="?"))
    assert client.post("/guide", data={"step": "-1"}).status_code == 200


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
