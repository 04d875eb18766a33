import re
from statistics import median
from time import process_time
from urllib.parse import unquote, urlsplit

import pytest
from flask.testing import FlaskClient

from referral import reference
from referral.domain.learn import Description, description
from tests.factories import make_experience, make_index, make_role
from tests.web.page_rules import faults_of, title_of, words_of

LONG = 100_000


def page(client: FlaskClient, code: str) -> str:
    answer = client.get(f"/learn/{code}")
    assert answer.status_code == 200, code
    return answer.text


def links_of(html: str) -> set[str]:
    return set(re.findall(r'<a [^>]*href="([^"]*)"', html))


def section(html: str, heading: str) -> str:
    """The words of the section with this heading."""
    found = re.search(rf'<h2 id="[^"]*">{heading}</h2>(.*?)</section>', html, re.DOTALL)
    assert found, heading
    return words_of(found.group(1))


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.chaos)])
def test_every_cancer_has_a_page_that_keeps_the_rules_and_no_link_on_it_is_broken(
    client: FlaskClient, step: int
) -> None:
    """`make test` makes the pages of the tissues and of every eighth cancer; `make chaos` makes all."""
    tree = reference.cancers()
    looked_at = [cancer for at, cancer in enumerate(tree) if cancer.parent is None or at % step == 0]
    inside: set[str] = set()
    for cancer in looked_at:
        html = page(client, cancer.code)
        assert faults_of(html) == [], cancer.code
        assert cancer.called in unquote(title_of(html).replace("&#39;", "'")), cancer.code
        assert "not medical advice" in html, cancer.code
        inside |= {urlsplit(link).path for link in links_of(html) if link.startswith("/")}
    known = {f"/learn/{cancer.code}" for cancer in tree}
    assert step > 1 or known <= inside  # every page is reached from another
    assert [path for path in inside - known if client.get(path).status_code != 200] == []


def test_a_page_is_made_within_twenty_milliseconds(client: FlaskClient) -> None:
    codes = [cancer.code for cancer in reference.cancers()][::12]
    page(client, codes[0])
    times = []
    for code in codes:
        begun = process_time()
        page(client, code)
        times.append(process_time() - begun)
    assert median(times) <= 0.020


def test_the_page_of_a_cancer_says_what_it_is_how_rare_who_decides_and_what_to_ask(client: FlaskClient) -> None:
    html = page(client, "CHOL")
    assert "Written 22 November 2026. Not yet reviewed by a clinician." in section(html, "What it is")
    assert "about 17 a year" in section(html, "How rare it is")
    assert "Published SEER-based estimate, rounded, 2017" in section(html, "How rare it is")
    assert "Surgeons of liver and bile ducts" in section(html, "Who decides the treatment")
    assert "IDH1 and FGFR2" in section(html, "Tests that matter")
    assert "Pathology slides or blocks" in section(html, "What a second opinion needs")
    assert 4 <= section(html, "Questions to ask").count("?") <= 7
    assert "Intrahepatic Cholangiocarcinoma rare" in section(html, "Where it stands")
    names = section(html, "Names and codes")
    assert "Bile duct cancer" in names
    assert "Cáncer de las vías biliares" in names
    assert "C22.1 Intrahepatic bile duct carcinoma" in names


def test_a_published_volume_mark_is_shown_with_its_source_and_its_limits(client: FlaskClient) -> None:
    who = section(page(client, "PAAD"), "Who decides the treatment")
    assert "10 cases a year for one specialist, 20 for a hospital" in who
    assert "That is no proof for one person." in who
    assert "published mark" not in page(client, "PSC")  # a benign cyst of the pancreas


def test_a_band_says_whether_it_is_judged_or_inherited_and_names_the_wider_group_with_a_figure(
    client: FlaskClient,
) -> None:
    assert "the band is our own judgement" in section(page(client, "IHCH"), "How rare it is")
    assert "Cholangiocarcinoma : about 1.7 new cases" in section(page(client, "IHCH"), "How rare it is")
    inherited = section(page(client, "CHOS"), "How rare it is")
    assert "It has the band of its wider group, Osteosarcoma." in inherited


def test_a_figure_for_women_is_not_said_of_everybody(client: FlaskClient) -> None:
    rare = section(page(client, "BREAST"), "How rare it is")
    assert "126.9 new cases a year for every 100,000 women" in rare
    assert "about 1,300 a year" in rare


def test_a_benign_growth_is_called_benign_and_is_told_nothing_about_cancers(client: FlaskClient) -> None:
    html = page(client, "FA")
    assert "This growth is filed as benign: it is not cancer." in section(html, "What it is")
    assert "How sure is it that this is not cancer" in section(html, "Questions to ask")
    assert "HER2" not in html
    assert "Find specialists for this growth" in html


def test_without_a_description_the_page_says_so_and_leads_to_the_nearest_one(client: FlaskClient) -> None:
    texts = reference.learn_texts()
    assert "PTES" not in texts
    html = page(client, "PTES")
    assert "We have not written a plain description of this kind yet" in section(html, "What it is")
    assert 'href="/learn/EPIS"' in html
    assert "Leer en español" not in html


def test_a_spanish_description_is_marked_as_spanish_and_reached_from_the_top(client: FlaskClient) -> None:
    html = page(client, "CHOL")
    assert '<a href="#es" lang="es" hreflang="es">Leer en español</a>' in html
    spanish = re.search(r'<section [^>]*lang="es">(.*?)</section>', html, re.DOTALL)
    assert spanish
    assert "Escrito el 22 de noviembre de 2026. Ningún profesional médico lo ha revisado todavía." in spanish.group(1)
    assert "cancer.gov/espanol" in spanish.group(1)


def test_a_signed_description_names_who_reviewed_it_and_when(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"text": "One.\n\nTwo.", "written_on": reference.learn_texts()["CHOL"]["en"].written_on}
    signed: Description = description(row | {"reviewed_by": "Ana Ruiz, MD, 2027-01-30"})
    monkeypatch.setattr(reference, "learn_texts", lambda: {"CHOL": {"en": signed, "es": signed}})
    html = page(client, "CHOL")
    assert "Reviewed by Ana Ruiz, MD on 30 January 2027." in html
    assert "Revisado por Ana Ruiz, MD el 30 de enero de 2027." in html
    assert "Not yet reviewed" not in html


def test_other_sites_are_linked_by_a_plain_search_and_orphanet_only_where_rare(client: FlaskClient) -> None:
    rare, common = page(client, "CHOL"), page(client, "LUAD")
    assert 'href="https://www.cancer.gov/search/results?swKeyword=Cholangiocarcinoma"' in rare
    assert "orpha.net" in rare
    assert "orpha.net" not in common
    foreign = re.findall(r'<a [^>]*href="https?://[^"]*"[^>]*>', rare)
    assert len(foreign) >= 6
    assert [link for link in foreign if "noopener" not in link or "noreferrer" not in link] == []
    assert "These links leave this service" in rare


@pytest.mark.parametrize(
    "one, other", [("EHCH", "IHCH"), ("GIST", "LMS"), ("UM", "CM"), ("MBLWNT", "MBLSHH"), ("THPA", "THFO")]
)
def test_the_pages_of_siblings_differ_where_their_facts_do(client: FlaskClient, one: str, other: str) -> None:
    def told(code: str) -> tuple[str, ...]:
        html = page(client, code)
        return section(html, "What it is"), section(html, "Questions to ask"), section(html, "Tests that matter")

    assert told(one)[0] != told(other)[0]
    assert told(one)[1:] != told(other)[1:]


def test_cancers_of_one_name_are_told_apart_by_their_organ(client: FlaskClient) -> None:
    titles = {title_of(page(client, code)) for code in ("BYST", "OYST", "TYST", "VYST")}
    assert len(titles) == 4


def test_the_small_form_searches_for_specialists_of_this_cancer(client: FlaskClient) -> None:
    make_experience(make_role(family="Rivera", role_id="near"))
    make_index()
    html = page(client, "CHOL")
    assert '<form method="post" action="/results">' in html
    fields = dict(re.findall(r'<input type="hidden" name="(cancer|words)" value="([^"]*)">', html))
    results = client.post("/results", data=fields | {"near": "02115"})
    assert "Specialists for Cholangiocarcinoma" in results.text
    assert "you wrote" not in results.text
    assert 'href="/learn/CHOL"' in results.text


def test_a_profile_leads_to_the_page_about_the_cancer(client: FlaskClient) -> None:
    role = make_role(family="Rivera", role_id="near")
    make_experience(role)
    make_index()
    assert 'href="/learn/CHOL"' in client.get(f"/specialists/{role.npi}?cancer=CHOL").text
    assert "/learn/C" not in client.get(f"/specialists/{role.npi}").text


@pytest.mark.parametrize(
    "written, right", [("chol", "CHOL"), ("Chol/", "CHOL"), ("mds/mpn", "MDS/MPN"), ("hcl-v", "HCL-V")]
)
def test_another_spelling_of_a_code_leads_to_the_right_one(client: FlaskClient, written: str, right: str) -> None:
    answer = client.get(f"/learn/{written}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/learn/{right}"


@pytest.mark.parametrize("code", ["NOWHERE", "<script>alert(1)</script>", "x" * 5_000, "a%00b", "%E2%80%AEabc", "💥"])
def test_an_unknown_code_is_not_found_and_shows_a_search(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/learn/{code}")
    assert answer.status_code == 404
    assert faults_of(answer.text) == []
    assert "There is no page with this code" in answer.text
    assert 'action="/learn/"' in answer.text
    assert "<script>alert" not in answer.text


def test_a_name_in_the_address_is_not_found_but_its_page_is_offered(client: FlaskClient) -> None:
    answer = client.get("/learn/bile-duct-cancer")
    assert answer.status_code == 404
    assert 'href="/learn/CHOL"' in answer.text


def test_the_list_holds_every_cancer_under_its_tissue(client: FlaskClient) -> None:
    html = client.get("/learn/").text
    assert faults_of(html) == []
    assert {f"/learn/{cancer.code}" for cancer in reference.cancers()} <= links_of(html)
    assert html.count("<details>") == 32


@pytest.mark.parametrize("words, code", [("bile duct cancer", "CHOL"), ("GIST", "GIST"), ("cáncer de mama", "BREAST")])
def test_certain_words_lead_to_the_page(client: FlaskClient, words: str, code: str) -> None:
    answer = client.post("/learn/", data={"cancer": words})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/learn/{code}"


def test_the_suggestion_that_was_taken_leads_to_its_page(client: FlaskClient) -> None:
    answer = client.post("/learn/", data={"cancer": "Yolk Sac Tumor", "cancer_code": "TYST"})
    assert answer.headers["Location"] == "/learn/TYST"


@pytest.mark.parametrize(
    "words, question",
    [("liver", "Which one did your doctor name?"), ("pancriatic cancer", "Did you mean one of these?")],
)
def test_words_that_are_not_certain_are_asked_back(client: FlaskClient, words: str, question: str) -> None:
    answer = client.post("/learn/", data={"cancer": words})
    assert answer.status_code == 200
    assert faults_of(answer.text) == []
    assert f"<h1>{question}</h1>" in answer.text
    assert f"You wrote “{words}”." in answer.text
    assert len({link for link in links_of(answer.text) if link.startswith("/learn/")}) >= 2


@pytest.mark.parametrize(
    "words, message",
    [
        ("", "Enter the name of a cancer"),
        ("broken arm", "We know no cancer called “broken arm”"),
        ("x" * LONG, "This is too long: at most 200 characters."),
        ("<b>bold</b> &amp; 'quoted\"", "We know no cancer called"),
        ("bile\x00duct", "control characters"),
        ("'; DROP TABLE cancers; --", "We know no cancer called"),
        ("💥💥", "We know no cancer called"),
    ],
)
def test_words_that_are_no_cancer_are_said_at_the_field(client: FlaskClient, words: str, message: str) -> None:
    answer = client.post("/learn/", data={"cancer": words})
    assert answer.status_code == 422
    assert faults_of(answer.text) == []
    assert title_of(answer.text).startswith("Error:")
    assert message in words_of(answer.text)
    assert "<b>bold" not in answer.text


def test_a_hundred_thousand_characters_are_answered_at_once(client: FlaskClient) -> None:
    client.post("/learn/", data={"cancer": "bile duct cancer"})
    begun = process_time()
    client.post("/learn/", data={"cancer": "bile duct " * (LONG // 10)})
    assert process_time() - begun < 1


def test_what_is_looked_up_sets_no_cookie_and_stands_in_no_address(client: FlaskClient) -> None:
    answer = client.post("/learn/", data={"cancer": "glioma"})
    assert "Set-Cookie" not in answer.headers
    assert 'method="post"' in answer.text
