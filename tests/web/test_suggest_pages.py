"""The completion of a cancer's name as the browser asks for it, and the pages for words that are not sure."""

import logging
import re
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from referral import reference
from referral.web import suggest
from tests.factories import make_experience, make_index, make_role
from tests.web.page_rules import faults_of, words_of

ADDRESS = "/cancers/suggest"
STATIC = Path(suggest.__file__).parent / "static"
SEARCH = {"cancer": "bile duct cancer", "near": "02115"}
DESK_SCRIPTS = {"bulk.js", "templates.js"}
"""Beside those whose name begins so."""
WHEN_NEEDED = {"map_moves.js", "upload_parts.js"}
"""What is loaded when somebody wants it: by another script, or by the page on which files are sent."""
BAD_INPUT = {
    "100,000 characters": "lung " * 20_000,
    "200 characters of half words": ("carcinomx sarcomx lymphomx leukemix tumxr " * 20)[:200],
    "emoji": "\N{CRAB}" * 5_000,
    "right-to-left marks": "\u202epanc\u202c\u200f",
    "html": "<script>alert('leukemia')</script>",
    "nul": "pa\x00nc",
}


def rows(client: FlaskClient, text: str) -> list[dict[str, str]]:
    answer = client.post(ADDRESS, data={"q": text})
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.get_json()["suggestions"]
    return found


def results(client: FlaskClient, **changes: object) -> str:
    return client.post("/results", data={**SEARCH, **changes}).text


def hidden(page: str, name: str) -> list[str]:
    return re.findall(rf'<input type="hidden"[^>]* name="{name}" value="([^"]*)"', page)


def test_a_spanish_page_suggests_spanish_names_and_takes_them_back(client: FlaskClient) -> None:
    make_index()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es"
    first = rows(client, "colangiocarcinoma intrahepat")[0]
    assert (first["code"], first["name"], first["matched"]) == ("IHCH", "Colangiocarcinoma intrahepático", "")
    assert rows(client, "bile duct c")[0]["matched"] == "bile duct cancer"
    assert hidden(results(client, cancer="Carcinoma embrionario", cancer_code="EMBCA"), "cancer") == ["EMBCA"]
    again = results(client, cancer="EMBCA", words="Carcinoma embrionario", change="yes")
    assert hidden(again, "cancer_code") == ["EMBCA"]


def test_a_beginning_is_completed_with_code_name_words_and_place(client: FlaskClient) -> None:
    first = rows(client, "bile duct c")[0]
    assert first == {
        "code": "CHOL", "name": "Cholangiocarcinoma", "matched": "bile duct cancer", "language": "en",
        "where": "Biliary Tract",
    }  # fmt: skip
    assert rows(client, "panc")[0] == {
        "code": "PANCREAS", "name": "Pancreatic Cancer", "matched": "", "language": "en", "where": "All kinds",
    }  # fmt: skip


@pytest.mark.parametrize(
    "data", [{}, {"q": ""}, {"q": "x"}, {"q": "broken leg"}, {"q": "lung " * 41}, {"other": "lung"}]
)
def test_nothing_to_complete_is_an_empty_list(client: FlaskClient, data: dict[str, str]) -> None:
    answer = client.post(ADDRESS, data=data)
    assert (answer.status_code, answer.get_json()) == (200, {"suggestions": []})


def test_what_is_typed_stands_in_no_address(client: FlaskClient) -> None:
    assert client.get(f"{ADDRESS}?q=panc").status_code == 405
    assert client.post(f"{ADDRESS}?q=panc").get_json() == {"suggestions": []}


def test_the_answer_is_json_that_nobody_keeps(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, data={"q": "panc"})
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_completion_needs_no_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert app.test_client().post(ADDRESS, data={"q": "panc"}).status_code == 200


def test_a_completion_needs_no_database(tmp_path: Path) -> None:
    alone = create_app({"DATA_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/none.db"})
    assert rows(alone.test_client(), "panc")


@pytest.mark.parametrize("text", BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_is_answered_soon_and_leaves_no_trace(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    reference.suggester()
    took = []
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):  # the machine may be busy with something else
            begun = time.process_time()
            assert len(rows(client, text)) <= 8
            took.append(time.process_time() - begun)
    assert min(took) < 0.05
    assert text[:20] not in caplog.text


def test_the_field_says_to_the_script_what_it_needs_and_is_a_plain_field_without_it(client: FlaskClient) -> None:
    page = client.get("/").text
    field = re.findall(r'<input type="text" id="cancer"[^>]*>', page)[0]
    assert f'data-suggest="{ADDRESS}"' in field
    assert "role=" not in field
    assert "aria-expanded" not in field
    assert 'spellcheck="false"' in field  # some browsers check spelling on a foreign server
    assert hidden(page, "cancer_code") == [""]


def test_the_script_is_a_small_file_of_ours_that_browsers_may_keep(client: FlaskClient) -> None:
    address = re.findall(r'<script type="module" src="([^"]+)"', client.get("/").text)[0]
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert answer.content_type.startswith(("text/javascript", "application/javascript"))
        assert "immutable" in answer.headers["Cache-Control"]


def test_scripts_stay_small_and_write_no_html() -> None:
    scripts = {path.name: path.read_text("utf-8") for path in STATIC.glob("*.js")}
    desk = {name for name in scripts if name.startswith("desk_") or name in DESK_SCRIPTS}
    assert scripts["combobox.js"].count("\n") <= 250
    assert sum(len(scripts[name]) for name in scripts.keys() - desk - WHEN_NEEDED) < 25_000
    assert sum(len(scripts[name]) for name in desk) < 30_000
    assert all(len(scripts[name]) < 8_000 for name in WHEN_NEEDED)
    for name, text in scripts.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|https?://", text), name


@pytest.mark.parametrize("address", ["/", "/results?cancer=CHOL&near=02115", "/learn/", "/track", "/about/ranking"])
def test_a_patients_page_loads_no_script_of_the_desk_and_no_more_than_it_needs(
    client: FlaskClient, address: str
) -> None:
    make_experience(make_role())
    make_index()
    loaded = re.findall(r'src="/static/([\w.]+)', client.get(address).text)
    assert not [name for name in loaded if name.startswith("desk_") or name in DESK_SCRIPTS | WHEN_NEEDED]
    assert sum((STATIC / name).stat().st_size for name in loaded) < 10_000


def test_a_chosen_suggestion_is_searched_for_without_asking(client: FlaskClient) -> None:
    make_index()
    page = results(client, cancer="Choriocarcinoma", cancer_code="TCCA")
    assert "<h1>Specialists for Choriocarcinoma</h1>" in page
    assert hidden(page, "cancer") == ["TCCA"]
    assert "you wrote" not in page


@pytest.mark.parametrize("code", ["TCCA", "NOWHERE", "x" * 10_000, "\x00", ""])
def test_a_code_that_does_not_fit_the_words_is_not_used(client: FlaskClient, code: str) -> None:
    make_index()
    page = results(client, cancer="gall bladder cancer", cancer_code=code)
    assert hidden(page, "cancer") == ["GBC"]


def test_a_chosen_suggestion_is_still_chosen_when_the_search_is_changed(client: FlaskClient) -> None:
    page = results(client, cancer="TCCA", words="Choriocarcinoma", change="yes")
    assert 'value="Choriocarcinoma"' in page
    assert hidden(page, "cancer_code") == ["TCCA"]


def test_own_words_are_read_anew_when_the_search_is_changed(client: FlaskClient) -> None:
    page = results(client, cancer="CHOL", words="gall duct cancer", change="yes")
    assert 'value="gall duct cancer"' in page
    assert hidden(page, "cancer_code") == [""]


def test_a_search_by_code_shows_the_name_when_it_is_changed(client: FlaskClient) -> None:
    page = results(client, cancer="CHOL", change="yes")
    assert 'value="Cholangiocarcinoma"' in page
    assert hidden(page, "cancer_code") == ["CHOL"]


def test_letters_with_several_meanings_are_asked_back_with_where_each_lies(client: FlaskClient) -> None:
    page = results(client, cancer="pnet")
    assert faults_of(page) == []
    words = words_of(page)
    assert "Which one did your doctor name?" in words
    assert "You wrote “pnet”. That can mean more than one cancer." in words
    assert "Pancreatic Neuroendocrine Tumor “PNET” can mean this · Pancreas" in words
    assert "Ewing Sarcoma “PNET” can mean this · Bone" in words


def test_whoever_does_not_know_exactly_can_say_so(client: FlaskClient) -> None:
    page = results(client, cancer="liver")
    words = words_of(page)
    assert "Or, if you do not know exactly: All kinds of Liver Cancer" in words
    make_index()
    assert "<h1>Specialists for Liver Cancer</h1>" in results(client, cancer="LIVER", words="liver")


def test_misspelt_words_that_are_not_sure_are_asked_back_as_such(client: FlaskClient) -> None:
    page = results(client, cancer="pancriatic")
    assert faults_of(page) == []
    words = words_of(page)
    assert "Did you mean one of these?" in words
    assert "Similar spelling: “pancreas” · Pancreas" in words


def test_the_question_back_keeps_every_field_and_takes_other_words(client: FlaskClient) -> None:
    filled = {"near": "02115", "radius_km": "100", "remote": "yes", "situation": "reassurance", "language": "es",
              "complexity": ["recurrent", "metastatic"]}  # fmt: skip
    page = results(client, cancer="pnet", **filled)
    back, choice, again = re.findall(r"<form.*?</form>", page, re.DOTALL)
    for form in (back, choice, again):
        assert [hidden(form, name) for name in ("near", "radius_km", "remote", "situation", "language")] == [
            ["02115"], ["100"], ["yes"], ["reassurance"], ["es"],
        ]  # fmt: skip
        assert hidden(form, "complexity") == ["recurrent", "metastatic"]
    assert 'name="change" value="yes"' in back
    assert 'id="other-cancer" name="cancer" value=""' in again


def test_a_place_that_is_asked_back_is_not_sent_twice(client: FlaskClient) -> None:
    page = results(client, near="Springfield")
    _, choice = re.findall(r"<form.*?</form>", page, re.DOTALL)
    assert hidden(choice, "near") == []
    assert hidden(choice, "cancer") == ["CHOL"]


def test_words_nobody_knows_are_refused_with_what_to_try(client: FlaskClient) -> None:
    answer = client.post("/results", data={**SEARCH, "cancer": "broken leg"})
    assert answer.status_code == 422
    words = words_of(answer.text)
    assert "We know no cancer called “broken leg”." in words
    assert "your doctor’s words, those on the pathology report, or the part of the body" in words
    assert "Did you mean" not in words


def test_words_nobody_knows_are_refused_with_the_nearest_names(client: FlaskClient) -> None:
    answer = client.post("/results", data={**SEARCH, "cancer": "leuk", "radius_km": "100"})
    assert answer.status_code == 422
    assert faults_of(answer.text) == []
    nearest = re.findall(r'<form class="nearest".*?</form>', answer.text, re.DOTALL)[0]
    assert "Did you mean one of these?" in nearest
    assert 'name="cancer" value="AML"' in nearest
    assert hidden(nearest, "near") == ["02115"]
    assert hidden(nearest, "radius_km") == ["100"]


def test_a_name_taken_from_the_nearest_stays_when_the_place_is_wrong(client: FlaskClient) -> None:
    page = results(client, cancer="AML", near="Xyzzyville")
    assert 'value="Acute Myeloid Leukemia"' in page
    assert hidden(page, "cancer_code") == ["AML"]
    assert "Did you mean" not in page


def test_a_taken_name_leads_to_the_results(client: FlaskClient) -> None:
    make_experience(make_role(), code="AML")
    make_index()
    assert "<h1>Specialists for Acute Myeloid Leukemia</h1>" in results(client, cancer="AML")
