"""The request offers questions for this cancer and situation; what is ticked is asked, and nothing is asked twice."""

import html
import re

from flask.testing import FlaskClient

from tests.web.page_rules import faults_of, words_of
from tests.web.request_steps import fill_in, start


def offered(page: str) -> list[tuple[str, bool]]:
    """The questions to tick on the page, and whether each is."""
    found = re.findall(r'id="suggested-\d+" name="questions" value="([^"]*)"( checked)?', page)
    return [(html.unescape(text), bool(checked)) for text, checked in found]


def questions_page(client: FlaskClient, situation: str, query: str = "") -> str:
    start(client, [])
    fill_in(client, "why", situation=situation)
    page = client.get(f"/request/questions{query}", follow_redirects=True).text
    assert faults_of(page) == []
    return page


def test_cancer_and_situation_decide_what_is_offered(client: FlaskClient) -> None:
    rare = [text for text, _ in offered(questions_page(client, "rare-or-complex"))]
    unsure = [text for text, _ in offered(questions_page(client, "uncertain-diagnosis"))]
    assert "Is there a center with a team for exactly this cancer?" in rare
    assert "How sure is the diagnosis, and what else could it be?" in unsure
    assert rare[0] == unsure[0]  # about bile duct cancer, from the learn pages
    assert not set(rare) <= set(unsure)


def test_what_is_ticked_is_asked_and_stays_ticked(client: FlaskClient) -> None:
    first = offered(questions_page(client, "rare-or-complex"))[0][0]
    assert fill_in(client, "questions", questions=[first, "Is surgery possible?", "", first]).status_code == 303
    page = client.get("/request/questions").text
    assert offered(page)[0] == (first, True)
    assert page.count("Is surgery possible?") == 1
    assert page.count(html.escape(first, quote=False).replace("'", "&#39;")) == 2  # its value and its label


def test_more_than_five_in_all_are_told(client: FlaskClient) -> None:
    many = [text for text, _ in offered(questions_page(client, "rare-or-complex"))][:4]
    answer = fill_in(client, "questions", questions=[*many, "One more?", "And one?"])
    assert answer.status_code == 422
    assert "Ask at most 5 questions." in words_of(answer.text)


def test_in_spanish_all_of_them_are_spanish(client: FlaskClient) -> None:
    page = questions_page(client, "reassurance", "?page-language=es")
    assert "¿Cuánto tiempo podemos tomarnos para decidir sin peligro?" in [text for text, _ in offered(page)]
    assert '<label for="suggested-1">¿' in page
    assert 'lang="en"' not in page.partition("<main")[2]
