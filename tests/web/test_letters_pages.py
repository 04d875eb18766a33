"""The patient's letters are filled in from the request, printable, and readable in the patient's language."""

import io

import pikepdf
from flask.testing import FlaskClient

from referral.domain.codes import Situation
from referral.domain.intake import FirstOpinion
from tests.web.page_rules import faults_of, words_of
from tests.web.test_track_pages import a_request, link_to, opened, page

FIRST = FirstOpinion(organization="Riverside Hospital", diagnosis="Bile duct cancer")


def letters_of(client: FlaskClient, **changes: object) -> str:
    return opened(client, a_request(first_opinion=FIRST, situation=Situation.RARE_OR_COMPLEX, **changes)) + "/letters"


def test_the_hospitals_letter_names_patient_hospital_records_and_rule(client: FlaskClient) -> None:
    words = words_of(page(client, letters_of(client) + "/records"))
    assert "Medical records department, Riverside Hospital" in words
    assert "Maria Sample" in words
    assert "27 March 1961" not in words, "what is asked to know the patient again stands on no page"
    assert "Birth date" in words
    assert "Pathology report (what was seen under the microscope)" in words
    assert "45 CFR 164.524" in words
    assert "30 days" in words
    assert "how the pathology slides or blocks can be lent" in words
    assert "Signature of the patient, and date" in words


def test_the_doctors_letter_comes_with_words_to_say(client: FlaskClient) -> None:
    words = words_of(page(client, letters_of(client) + "/doctor"))
    assert "they are not offended" in words
    assert "Dear Doctor," in words
    assert "Please do not stop or delay planned treatment because of this." in words


def test_both_letters_are_files_to_print(client: FlaskClient) -> None:
    link = letters_of(client)
    for name, title in (("records", "Request for copies of medical records"), ("doctor", "I am asking for a second")):
        answer = client.get(f"{link}/{name}.pdf")
        assert answer.mimetype == "application/pdf"
        with pikepdf.open(io.BytesIO(answer.data)) as document:
            assert str(document.docinfo["/Title"]).startswith(title)
            assert len(document.pages) <= 2


def test_in_spanish_the_letter_stays_english_and_is_told_in_spanish_beneath(client: FlaskClient) -> None:
    link = letters_of(client)
    shown = client.get(f"{link}/records?page-language=es", follow_redirects=True).text
    assert faults_of(shown) == []
    assert "Request for copies of medical records" in shown
    assert "Solicitud de copias del expediente médico" in shown


def test_a_new_device_and_an_unknown_letter_get_nothing(client: FlaskClient) -> None:
    link = link_to(a_request())
    assert client.get(f"{link}/letters/records").status_code == 404
    client.post(link, data={"birth_date.day": "27", "birth_date.month": "3", "birth_date.year": "1961"})
    assert client.get(f"{link}/letters/records").status_code == 200
    assert client.get(f"{link}/letters/other").status_code == 404
    assert client.get(f"{link}/letters/other.pdf").status_code == 404
