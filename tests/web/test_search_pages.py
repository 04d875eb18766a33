import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from referral.domain.codes import EvidenceKind
from referral.extensions import db
from referral.models import SearchRecord
from tests.factories import (
    make_experience,
    make_index,
    make_npi,
    make_organization,
    make_organization_experience,
    make_role,
)
from tests.web.page_rules import faults_of, title_of, words_of

SEARCH = {"cancer": "bile duct cancer", "near": "02115"}


def a_few_specialists() -> None:
    harbor = make_organization(designation="nci-comprehensive")
    make_organization_experience(harbor)
    make_experience(make_role(family="Rivera", organization=harbor, role_id="near", languages=["en", "es"]))
    far = make_role(family="Okafor", place=(41.88, -87.63), city="Chicago", state="IL", role_id="far")
    make_experience(far, count=None, period=(date(2024, 1, 1), date(2024, 12, 31)))
    self_declared = make_role(family="Chen", role_id="own-word", accepts_new_patients=None, assured_on=None)
    make_experience(self_declared, count=None, kind=EvidenceKind.SELF_DECLARED)
    make_index()


def results(client: FlaskClient, **changes: object) -> str:
    answer = client.post("/results", data={**SEARCH, **changes})
    assert answer.status_code == 200
    return answer.text


def test_the_first_page_asks_for_cancer_and_place_and_names_the_emergency_number(client: FlaskClient) -> None:
    page = client.get("/").text
    assert faults_of(page) == []
    assert "Which cancer?" in page
    assert "Where are you?" in page
    assert "call 911" in page
    assert "between about 1 in 8 and 2 in 3 patients" in words_of(page)


def test_results_say_what_was_searched_for_and_rank_the_nearer_of_equals_first(client: FlaskClient) -> None:
    a_few_specialists()
    page = results(client)
    assert faults_of(page) == []
    assert "We searched for Cholangiocarcinoma (you wrote “bile duct cancer”)" in words_of(page)
    assert re.findall(r'href="/specialists/\d+\?cancer=CHOL">(?:\w+) (\w+)', page)[0] == "Rivera"
    assert "This cancer is rare, so experience counts more" in page


def test_the_points_in_the_table_add_up_to_the_score_shown(client: FlaskClient) -> None:
    a_few_specialists()
    first = results(client).split('<li class="result">')[1]
    points = [float(text) for text in re.findall(r'data-label="Points">([\d.]+)<', first)]
    total = float(re.findall(r'<td class="right num">([\d.]+)</td>', first)[0])
    assert len(points) == 3
    assert abs(sum(points) - total) < 0.02


def test_the_bar_says_in_words_what_it_draws(client: FlaskClient) -> None:
    a_few_specialists()
    assert re.search(
        r'aria-label="Score [\d.]+ of 100: experience [\d.]+, centre [\d.]+, nearness [\d.]+"', results(client)
    )


def test_evidence_stands_with_range_source_and_date(client: FlaskClient) -> None:
    a_few_specialists()
    words = words_of(results(client))
    assert re.search(r"Operations or procedures 31 likely \d+–\d+ 2025 Cholangiocarcinoma \(this cancer\)", words)
    assert "Test registry , retrieved 1 Jun 2026" in words
    assert "1 to 10 (small numbers are not published)" in words


def test_what_is_not_known_is_said_as_not_known(client: FlaskClient) -> None:
    a_few_specialists()
    words = next(words_of(text) for text in results(client).split('<li class="result">') if ">Ana Chen, MD<" in text)
    assert "Not known if they accept new patients" in words
    assert "Experience: not enough data" in words
    assert "never checked by us: we call the office first" in words
    assert "Counted experience in a word" not in words


def test_the_same_search_works_as_a_link(client: FlaskClient) -> None:
    a_few_specialists()
    answer = client.get("/results?cancer=CHOL&near=02115&radius_km=50&remote=yes")
    assert answer.status_code == 200
    assert "2 found near Boston, MA 02115" in words_of(answer.text)
    assert "you wrote" not in answer.text


def test_a_search_that_had_to_go_farther_says_so(client: FlaskClient) -> None:
    make_experience(make_role(family="Okafor", place=(41.88, -87.63)))
    make_index()
    words = words_of(results(client, radius_km="50"))
    assert "Nobody was found within 50 km, so we looked further." in words
    assert "Farther than you asked" in words


def test_an_empty_answer_offers_a_coordinator(client: FlaskClient) -> None:
    make_index()
    page = results(client)
    assert faults_of(page) == []
    assert "Ask a coordinator for help" in page


def test_the_balance_the_patient_sets_is_used_and_kept(client: FlaskClient) -> None:
    a_few_specialists()
    page = results(client, weight_experience="0.3")
    assert "nearness 70%" in page
    assert re.search(r'value="0.3" checked', page)


def test_the_doctor_of_the_first_opinion_is_left_out(client: FlaskClient) -> None:
    npi = make_npi()
    make_experience(make_role(family="Rivera", npi=npi))
    make_experience(make_role(family="Okafor"))
    make_index()
    page = results(client, exclude_npi=npi)
    assert "Okafor" in page
    assert "Rivera" not in page


def test_who_gave_the_first_opinion_is_named_on_the_first_page_and_asked_back(client: FlaskClient) -> None:
    bay = make_organization(name="Bay Cancer Center")
    make_experience(make_role(given="Ana", family="Rivera", organization=bay))
    make_experience(make_role(given="Ben", family="Okafor"))
    make_index()
    assert 'name="first"' in client.get("/").text
    for typed, wanted in (("bay cancer", f"organization:{bay.id}"), ("Dr. Ana Rivera", "doctor:")):
        asked = results(client, first=typed)
        assert faults_of(asked) == []
        assert title_of(asked).startswith("Who gave the first opinion?")
        assert 'name="near" value="02115"' in asked
        chosen = re.findall(r'name="who" value="([^"]+)"', asked)[0]
        assert chosen.startswith(wanted)
        shown = results(client, first=typed, asked=typed, who=chosen)
        assert ("Okafor" in shown, "Ana Rivera" in shown) == (True, False)
        everybody = results(client, first=typed, asked=typed, who="")
        assert ("Okafor" in everybody, "Ana Rivera" in everybody) == (True, True)
        unanswered = client.post("/results", data={**SEARCH, "first": typed, "asked": typed})
        assert (unanswered.status_code, faults_of(unanswered.text)) == (422, [])
        assert '<a href="#who">Choose one of them, or “None of these”.</a>' in unanswered.text


def test_whoever_is_left_out_stands_in_the_search_by_name_and_is_not_asked_for_again(client: FlaskClient) -> None:
    bay = make_organization(name="Bay Cancer Center")
    doctor = make_role(given="Ana", family="Rivera", organization=bay)
    make_experience(doctor)
    make_experience(make_role(given="Ben", family="Okafor"))
    make_index()
    for left_out, name in (
        ({"exclude_organization": bay.id}, "Bay Cancer Center"), ({"exclude_npi": doctor.npi}, "Ana Rivera"),
    ):  # fmt: skip
        form = results(client, change="yes", **left_out)
        assert f'name="first" value="{name}"' in form
        again = results(client, first=name, **left_out)
        assert ("Okafor" in again, "Ana Rivera" in again) == (True, False)
        assert "Ana Rivera" in results(client, first="", **left_out)


def test_a_first_doctor_whom_nobody_knows_is_said_beside_what_else_is_wrong(client: FlaskClient) -> None:
    answer = client.post("/results", data={**SEARCH, "near": "", "first": "Nobody at all"})
    assert (answer.status_code, faults_of(answer.text)) == (422, [])
    assert "We list nobody called “Nobody at all”" in words_of(answer.text)
    assert 'value="Nobody at all"' in answer.text
    assert "Enter a ZIP code" in words_of(answer.text)
    make_organization(name="Bay Cancer Center")
    db.session.commit()
    which = results(client, cancer="sarcoma", first="Bay")
    assert '<input type="hidden" name="first" value="Bay">' in which


def test_a_choice_stays_when_the_page_is_turned(client: FlaskClient) -> None:
    for place in range(22):
        make_experience(make_role(family=f"Number{place}", role_id=f"role-{place}"))
    make_index()
    first = re.findall(r'name="chosen" value="([\w-]+)"', results(client))
    second = results(client, offset="20", chosen=first[:3])
    assert faults_of(second) == []
    assert "21 to 22 of 22" in words_of(second)
    assert second.count('name="chosen"') == 2 + 3
    assert "3 chosen so far" in words_of(second)


def test_words_with_several_meanings_are_asked_back(client: FlaskClient) -> None:
    page = results(client, cancer="liver")
    assert faults_of(page) == []
    assert "Which one did your doctor name?" in page
    assert page.count('type="radio"') >= 2
    assert 'value="02115"' in page


def test_a_place_of_which_there_are_several_is_asked_back(client: FlaskClient) -> None:
    page = results(client, near="Springfield")
    assert faults_of(page) == []
    assert "Which place do you mean?" in page
    assert "Springfield, MO" in page
    assert 'name="cancer" value="CHOL"' in page


def test_changing_the_search_shows_the_form_as_it_was_filled_in(client: FlaskClient) -> None:
    kept = {"accepting": "yes", "insurer": "Medicare", "weight_experience": "0.8", "exclude_organization": "bay"}
    typed = {"words": "gall duct cancer", "radius_km": "100", "chosen": ["a", "b"], **kept}
    page = results(client, cancer="CHOL", change="yes", **typed)
    assert faults_of(page) == []
    assert 'value="gall duct cancer"' in page
    assert '<option value="100" selected>' in page
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(\w[^"]*)">', page)
    assert {*kept.items(), ("chosen_for", "CHOL"), ("chosen", "a"), ("chosen", "b")} <= set(hidden)


def test_who_was_chosen_stays_chosen_while_the_cancer_stays_the_same(client: FlaskClient) -> None:
    make_experience(make_role(family="Rivera", role_id="near"))
    make_index()
    for code, checked in (("CHOL", True), ("PAAD", False)):
        page = results(client, cancer=code, chosen=["near"], chosen_for="CHOL")
        assert ("1 chosen so far" in words_of(page)) is checked


@pytest.mark.parametrize(
    "changes, field, words",
    [
        ({"cancer": ""}, "cancer", "Enter the cancer"),
        ({"cancer": "broken leg"}, "cancer", "We know no cancer called “broken leg”"),
        ({"cancer": "x" * 10_000}, "cancer", "This is too long: at most 200 characters."),
        ({"cancer": "bile\x00duct"}, "cancer", "control characters"),
        ({"near": ""}, "near", "Enter a ZIP code"),
        ({"near": "Xyzzyville"}, "near", "We do not know the place"),
        ({"near": "9" * 10_000}, "near", "This is too long"),
        ({"near": "02\x07115"}, "near", "control characters"),
        ({"radius_km": "-5"}, "radius_km", "Enter a distance from 1 to 20,100 km"),
        ({"radius_km": "nan"}, "radius_km", "Enter a distance from 1 to 20,100 km"),
        ({"radius_km": "far"}, "radius_km", "Enter a distance from 1 to 20,100 km"),
        ({"situation": "bored"}, "situation", "Choose one of the situations"),
        ({"complexity": "tricky"}, "complexity", "Choose from the list"),
        ({"exclude_npi": "1234567890"}, "first", "An NPI is a number of 10 digits"),
        ({"weight_experience": "2"}, "weight_experience", "Choose one of the five steps"),
    ],
)
def test_what_cannot_be_used_is_said_at_the_field(
    client: FlaskClient, changes: dict[str, str], field: str, words: str
) -> None:
    answer = client.post("/results", data={**SEARCH, **changes})
    assert answer.status_code == 422
    assert title_of(answer.text).startswith("Error:")
    assert "There is a problem" in answer.text
    assert words in words_of(answer.text)
    if field != "weight_experience":  # its five steps stand on the results
        assert faults_of(answer.text) == []
        assert f'href="#{field}"' in answer.text


def test_several_mistakes_are_shown_together(client: FlaskClient) -> None:
    answer = client.get("/results?cancer=&near=&radius_km=-5")
    assert answer.status_code == 422
    assert answer.text.count('<li><a href="#') == 3


def test_a_search_record_keeps_the_inputs_and_nobody(client: FlaskClient) -> None:
    a_few_specialists()
    results(client, radius_km="100")
    client.application.extensions["search_log"].flush()
    kept = db.session.query(SearchRecord).one()
    assert kept.inputs["cancer"] == "CHOL"
    assert kept.inputs["near"] == "Boston, MA 02115"
    assert kept.inputs["radius_km"] == 100


def test_what_stands_in_the_directory_is_shown_as_text_and_never_as_markup(client: FlaskClient) -> None:
    attack = "<script>alert(1)</script>&\"'"
    harbor = make_organization(name=f"Harbor {attack}")
    make_organization_experience(harbor)
    for number in range(2):
        role = make_role(
            given=attack, family=attack, role_id=f"{attack}{number}", organization=harbor, city=attack,
            languages=["en", attack],
        )  # fmt: skip
        make_experience(role, count=3 + number)
    make_index()

    page = results(client)

    assert faults_of(page) == []
    assert page.count("alert(1)") > 10
    assert "<script>alert" not in page
    assert "&amp;lt;" not in page
    assert "\"'" not in page


def test_the_main_count_of_a_year_stands_with_its_likely_range_on_an_axis(client: FlaskClient) -> None:
    two_years = (date(2024, 1, 1), date(2025, 12, 31))
    make_experience(make_role(family="Rivera"), count=31)
    make_experience(make_role(family="Okafor"), count=31, period=two_years)
    make_experience(make_role(family="Chen"), count=None)
    make_index()

    first, second, third = results(client).split('<li class="result">')[1:]

    assert "Operations or procedures: 31 a year (likely 22–42)" in words_of(first)
    assert 'class="whisker" x1="52.4%" x2="100.0%"' in first
    assert "Operations or procedures: 15 a year (likely 11–21)" in words_of(second)
    assert "Operations or procedures: 1 to 10 in all, not enough data for a range" in words_of(third)
    assert 'class="dot-open"' in third
    assert 'class="whisker"' not in third


def test_each_result_says_what_would_change_the_order(client: FlaskClient) -> None:
    make_experience(make_role(family="Rivera"), count=5)
    make_experience(make_role(family="Okafor", place=(43.5, -71.06)), count=60)
    make_index()

    first, second = (words_of(text) for text in results(client).split('<li class="result">')[1:])

    assert re.search(r"With \d+% or more on \S+ .*\(now \d+%\), Ana \w+ would stand first", first)
    assert re.search(r"With \d+% or more on \S+ .*\(now \d+%\), Ana \w+ would stand above Ana", second)


def test_who_works_with_the_doctor_of_the_first_opinion_is_marked(client: FlaskClient) -> None:
    npi, harbor = make_npi(), make_organization()
    make_experience(make_role(family="Rivera", npi=npi, organization=harbor))
    make_experience(make_role(family="Okafor", organization=harbor))
    make_experience(make_role(family="Chen"))
    make_index()

    page = results(client, exclude_npi=npi)

    shared = {text.split("Ana ")[1][:4] for text in page.split('<li class="result">')[1:] if "doctor you left" in text}
    assert shared == {"Okaf"}


def test_a_published_mark_stands_with_its_source_and_year(client: FlaskClient) -> None:
    make_experience(make_role(), "PAAD", 12)
    make_index()

    words = words_of(results(client, cancer="PAAD"))

    assert re.search(r"10 cases a year for a specialist, \d+ for a hospital. Source: .+, 20\d\d", words)


def test_a_search_can_be_asked_about_by_its_number(client: FlaskClient) -> None:
    a_few_specialists()
    number = re.findall(r"search ([0-9a-f-]{36})\.", results(client))[0]
    client.application.extensions["search_log"].flush()

    assert str(db.session.query(SearchRecord).one().id) == number
