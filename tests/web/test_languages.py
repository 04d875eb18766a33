"""The patients' pages in several languages: their texts are in the catalogues, and switching keeps what was typed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import textstat
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from referral import languages, reference
from referral.domain import body_parts, phrases
from referral.domain.phrases import Spoken
from referral.extensions import db
from referral.services import consents
from referral.settings import Contact
from tests.factories import make_experience, make_index, make_request
from tests.web.office_steps import fresh_role, right_now
from tests.web.pseudo_language import TAG, speak, words_outside
from tests.web.request_steps import ANSWERS, chosen_roles, fill_in, fill_in_all, link_on, requests_sent, send, start
from tests.web.test_track_pages import BORN, link_to

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+[^}]*\}")
DATES = ("EEEE", "d M", "MMMM")
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PATIENTS = (
    "about", "compare", "components", "errors", "learn", "opinions", "patient_account", "requests", "search",
    "specialists", "track", "trials",
)  # fmt: skip
OF_STAFF = frozenset({"action_forms.html", "request_parts.html"})
"""Components of the pages of staff and offices alone, which are English."""
REGISTER = "ClinicalTrials.gov"
NAMES = frozenset(
    re.findall(
        r"\S+",
        """Second Opinion English Español Esperanto Boston MA Dr MD ZIP NPI km Ana Rivera Alpha Beta Gamma Test registry
        Cholangiocarcinoma dimanĉo lundo mardo merkredo ĵaŭdo vendredo sabato Novembro Please confirm your address
        Medicare Anatest MDtest Medicaretest Riveratest anglatest test
        email angla Bile duct cancer Chemotherapy Is surgery possible maria sample example""",
    )
)
"""What is a name, somebody's own words, a date, or the title of a mail, which has its own file for each language."""


def messages(language: str = "es", name: str = "messages") -> list[Message]:
    with (languages.FOLDER / language / "LC_MESSAGES" / f"{name}.po").open("rb") as file:
        return [message for message in read_po(file) if message.id]


def forms_of(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]  # a list or tuple of texts


def test_every_text_is_translated_with_the_same_placeholders() -> None:
    for message in messages():
        english, spanish = forms_of(message.id), forms_of(message.string)
        assert len(english) == len(spanish), english
        assert all(spanish), english
        for here, there in zip(english, spanish, strict=True):
            assert set(PLACEHOLDER.findall(here)) == set(PLACEHOLDER.findall(there)), here
            assert re.findall(r"</?\w+", here) == re.findall(r"</?\w+", there), here


def test_every_fact_about_a_cancer_is_said_in_spanish_and_none_is_left_over() -> None:
    facts, tree = reference.learn_facts(), reference.cancers()
    written = {fact for code in ("", "benign", *(cancer.code for cancer in tree)) for fact in facts.own(code)}
    wanted = {text for fact in written for text in (fact.subject, fact.text) if isinstance(text, Spoken)}
    spanish = {str(message.id): str(message.string) for message in messages(name="facts")}
    assert wanted ^ set(spanish) == set()
    assert [text for text, said in spanish.items() if not said or text.count("::") != said.count("::")] == []
    assert [text for text, said in spanish.items() if text.endswith("?") != said.endswith("?")] == []


def test_every_cancer_has_a_spanish_name_that_stands_small_within_a_sentence() -> None:
    for cancer in reference.cancers():
        name = languages.cancer_in("es", cancer.code)
        assert name, cancer.code
        assert languages.cancer_in("en", cancer.code) == ""
        assert name[0].islower(), name
        assert " NOS" not in name
        assert name == name.strip()


def test_a_cancer_has_a_capital_only_where_it_begins(client: FlaskClient) -> None:
    page = client.get("/learn/GB", headers=SPANISH).text
    assert "<h1>Glioblastoma sin mutación de IDH</h1>" in page
    assert ">Glioma difuso de tipo adulto</a>" in page  # of the path on top
    assert re.search(r"\w <a [^>]*>glioma difuso de tipo adulto</a>", page)
    assert "El peor" not in page.partition("<details>")[0]  # what people type stands behind the names


def test_spanish_is_polite_and_rather_easy() -> None:
    both = [*messages(), *messages(name="facts")]
    spanish = [each for message in both for each in forms_of(message.string) if not each.startswith(DATES)]
    prose = [re.sub(r"<[^>]*>|%\(\w+\)s|\{[^}]*\}", "", each) for each in spanish]
    familiar = re.compile(r"\b(?:tú|tu|tus|tienes|puedes|debes|contigo|your|please|lamentablemente)\b|[!¡]", re.I)
    assert [each for each in prose if familiar.search(each)] == []
    textstat.set_lang("es")
    sentences = [each for each in prose if each.rstrip().endswith((".", "?"))]
    assert textstat.fernandez_huerta(" ".join(sentences)) >= 70


@pytest.mark.parametrize(
    "chosen, other",
    [
        ("seno", r"mamas?|mamari[oa]s?"),
        ("medicinas", r"medicamentos?|fármacos?|drogas?"),
        ("radiación", "radioterapia"),
        ("estudio clínico", r"ensayos?"),
        ("oprimir", r"puls(?:e|ar|a|an)|presion(?:e|ar)|clic"),
        ("agregar", r"añad\w+"),
        ("centro designado", r"oncológicos? reconocid\w+|(?:reconocido|nombrado)s? por el Instituto"),
        ("consultorio", r"oficinas?|clínicas?|consulta propia"),
        ("enviar", r"remit\w+|deriv\w+|referir\w*|referid\w+"),
        ("filoides", "filodes"),
        ("computadora", r"ordenador\w*"),
        ("“ ”", "[«»]"),
        ("usted", r"tú|tus?|te|ti|contigo|vosotros|ustedes"),
    ],
)
def test_spanish_has_one_word_for_one_thing(chosen: str, other: str) -> None:
    strange = re.compile(rf"(?<!\w)(?:{other})(?!\w)", re.I)
    assert [text for text in said_in_spanish() if strange.search(text)] == [], chosen


@cache
def said_in_spanish() -> tuple[str, ...]:
    """Every Spanish text: of pages, facts, names, descriptions, consent and mails."""
    catalogues = [
        each for name in ("messages", "facts") for one in messages(name=name) for each in forms_of(one.string)
    ]
    names = [languages.cancer_in("es", cancer.code) for cancer in reference.cancers()]
    described = [" ".join(text["es"].paragraphs) for text in reference.learn_texts().values()]
    files = (*TEMPLATES.glob("email/*/es/*.txt"), *TEMPLATES.glob("requests/consent_texts/es/*.html"))
    return (*catalogues, *names, *described, *(path.read_text(encoding="utf-8") for path in files))


def test_the_tables_parts_of_the_body_can_be_said() -> None:
    tree = reference.cancers()
    told = {tree[code].tissue for code in reference.learn_tissues()}
    told |= {text for tissue in reference.learn_tissues().values() for text in (tissue.region, tissue.plain)}
    assert told - set(body_parts.KNOWN) == set()


def texts_outside(template: str) -> Iterator[str]:
    """What a template says without asking the catalogue, as text or in an attribute."""
    bare = re.sub(r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", template, flags=re.S)
    bare = re.sub(
        r"\{%-?\s*block (?:robots|body_class|page_class)\s*%\}.*?\{%-?\s*endblock", "{% endblock", bare, flags=re.S
    )
    bare = re.sub(r"<section [^>]*lang=\"es\".*?</section>|<(\w+)[^>]* lang=\"es\"[^>]*>.*?</\1>", "", bare, flags=re.S)
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", bare, flags=re.S)
    bare = re.sub(r"<(svg|var|code)\b.*?</\1>", "", bare, flags=re.S)
    yield from re.findall(r"(?:aria-label|placeholder|title|alt)=\"([^\"]*[A-Za-z]{2}[^\"]*)\"", bare)
    yield from (text.strip() for text in re.sub(r"<[^>]*>", "\n", bare).split("\n") if re.search(r"[A-Za-z]{2}", text))


@pytest.mark.parametrize("folder", PATIENTS)
def test_no_template_of_the_patients_says_anything_by_itself(folder: str) -> None:
    paths = [path for path in (TEMPLATES / folder).glob("*.html") if path.name not in OF_STAFF]
    said = [(path.name, text) for path in paths for text in texts_outside(path.read_text(encoding="utf-8"))]
    # A macro that gives attributes has no tag around them.
    assert [one for one in said if one[1].strip(" ,") != REGISTER and not one[1].startswith("aria-")] == []


def strange(page: str) -> list[str]:
    """What a page in the made-up language says outside of the catalogues.

    The names of languages are those of CLDR, the words of consent have a file for each language, and the table of the
    published marks names cancers and publications.
    """
    own = re.sub(
        r"<option.*?</option>|<(input[^>]*) name=\"language\".*?>", "", page.partition('id="marks"')[0], flags=re.S
    )
    consent = (TEMPLATES / "requests" / "consent_texts" / f"{consents.TEXT}.html").read_text(encoding="utf-8")
    return sorted(set(words_outside(own)) - NAMES - set(re.findall(r"\w+", consent if "consent.share" in page else "")))


def test_what_pages_say_comes_from_the_catalogue(
    app: Flask, client: FlaskClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    speak(app, tmp_path_factory.mktemp("made") / "up")
    app.extensions["settings"] = replace(app.extensions["settings"], contact=Contact())  # who speaks for themselves
    role, (asked, _) = fresh_role(), chosen_roles("Alpha", "Beta")
    make_experience(role)
    request = make_request(fresh_role(family="Gamma", role_id="gamma"), now=right_now())
    make_index()
    npi, link = role.practitioner.npi, link_to(request)
    db.session.commit()
    with client.session_transaction() as session:
        session["page-language"] = TAG
    client.post(link, data=BORN)
    start(client, [asked])
    search = "/results?cancer=CHOL&near=02115"
    steps = [f"/request/{name}" for name in ANSWERS]
    paths = (
        "/", "/about/ranking", f"/specialists/{npi}", link + "/permissions", link + "/write",
        "/learn/NOWHERE", "/track", "/track/lost", "/about/second-opinion", "/about/privacy", "/nope",
        search, search + "&remote=only", f"/specialists/{npi}/report", f"/specialists/{npi}/reported", *steps, link,
        link + "/messages", link + "/records", link + "/cancel",
    )  # fmt: skip
    found = {path: strange(client.get(path).text) for path in paths}
    found |= {f"wrong {path}": strange(client.post(path, data={}).text) for path in steps}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("path", ["/", "/track", "/learn/", "/about/second-opinion", "/nope"])
def test_what_a_patient_has_to_know_stands_on_each_page_in_both_languages(client: FlaskClient, path: str) -> None:
    for headers, warning, no_advice in (
        ({}, "Not an emergency service", "does not give medical advice"),
        (SPANISH, "no es un servicio de emergencias", "No da consejos médicos"),
    ):
        page = client.get(path, headers=headers).text
        assert warning in page
        assert no_advice in page


def test_the_browser_is_asked_and_a_choice_counts_more(client: FlaskClient) -> None:
    assert '<html lang="es">' in client.get("/about/privacy", headers=SPANISH).text
    chosen = client.get("/about/privacy?page-language=en&more=1", headers=SPANISH)
    assert (chosen.status_code, chosen.location) == (303, "/about/privacy?more=1")
    assert "Expires" not in chosen.headers["Set-Cookie"]  # the choice ends with the session
    page = client.get("/about/privacy", headers=SPANISH)
    assert '<html lang="en">' in page.text
    assert "Accept-Language" in page.headers["Vary"]
    assert client.get("/about/privacy?page-language=xx").status_code == 200
    assert '<html lang="en">' in client.get("/sign-in", headers=SPANISH).text


def test_switching_keeps_the_search_and_what_was_typed(client: FlaskClient) -> None:
    make_experience(fresh_role())
    make_index()
    db.session.commit()
    typed = {"cancer": "hígado", "near": "Bostn", "page-language": "es"}
    page = client.post("/results?change=yes", data=typed).text
    assert 'value="hígado"' in page
    assert 'value="Bostn"' in page
    assert "¿Qué cáncer?" in page
    results = client.post("/results?offset=0", data={"cancer": "CHOL", "near": "02115", "page-language": "es"}).text
    assert "Especialistas para" in results
    assert 'name="cancer" value="CHOL"' in results


def test_switching_keeps_the_reading_that_was_ticked(client: FlaskClient) -> None:
    make_index()
    asked = client.post("/results", data={"cancer": "sarcoma", "near": "02115"}).text
    code = re.findall(r'name="cancer" value="(\w+)"(?: checked)? required', asked)[1]
    data = {"words": "sarcoma", "cancer": code, "near": "02115", "page-language": "es"}
    page = client.post("/results?which=yes", data=data).text
    assert '<html lang="es">' in page
    assert f'value="{code}" checked required' in page


def test_switching_keeps_a_new_address_that_was_typed(client: FlaskClient) -> None:
    request = make_request(fresh_role(), now=right_now())
    db.session.commit()
    link = link_to(request)
    client.post(link, data=BORN)
    typed = {"patient.email": "new@sample.example", **BORN, "page-language": "es"}
    page = client.post(f"{link}/address", data=typed).text
    assert 'value="new@sample.example"' in page
    assert 'value="1961"' in page
    assert "no está confirmada" not in page  # it was only shown


def test_switching_on_a_step_keeps_the_answers_and_takes_none(client: FlaskClient) -> None:
    start(client, chosen_roles("Alpha"))
    page = fill_in(client, "patient", **{"patient__given": "Zoé", "page-language": "es"})
    assert page.status_code == 200
    assert 'value="Zoé"' in page.text
    assert 'value="1961"' in page.text
    assert "¿Quién es el paciente?" in page.text
    assert "Zoé" not in client.get("/request/patient").text  # it was only shown, nothing was kept
    wrong = fill_in(client, "patient", patient__given="")
    assert "Escriba el nombre del paciente." in wrong.text


def test_a_permission_names_the_language_its_words_were_read_in(client: FlaskClient) -> None:
    fill_in_all(client, chosen_roles("Alpha"))
    client.get("/request/consent?page-language=es")
    fill_in(client, "consent")
    client.get("/request/check?page-language=en")
    link = link_on(send(client).text)
    (request,) = requests_sent()
    assert {consent.text_version for consent in request.consents} == {f"{consents.TEXT}/es"}
    client.post(link, data=BORN)
    words = client.get(f"{link}/permissions").text
    assert "Estos pueden leer su solicitud" in words
    assert f"(version {consents.TEXT})" in words


def test_a_request_is_shown_in_the_patients_language_until_another_is_chosen(client: FlaskClient) -> None:
    request = make_request(fresh_role(), now=right_now())
    request.patient.language = "es"
    db.session.commit()
    link = link_to(request)
    assert "¿Cuál es la fecha de nacimiento del paciente?" in client.get(link).text
    client.post(link, data=BORN)
    assert "Tenemos su solicitud." in client.get(link).text
    client.get(f"{link}?page-language=en")
    assert "We have your request." in client.get(link).text


def test_a_phrase_is_its_english_text_wherever_no_page_says_it() -> None:
    inner = phrases.phrase("the office of {name}", name="Dr Rivera")
    made = phrases.joined(
        [phrases.phrase("Sent to {who}.", who=inner), "", phrases.counted("{number} day", "{number} days", 2)]
    )
    assert made == "Sent to the office of Dr Rivera. 2 days"
    assert languages.say(made) == made
    assert languages.say(7) == 7
