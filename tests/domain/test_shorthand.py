"""Abbreviations within a longer text, Spanish words, and the words around a cancer."""

import pytest

from referral.domain.narrative import around
from referral.domain.spanish import in_english
from tests.domain.vocabulary import names_only, resolver


@pytest.mark.parametrize(
    "text,code",
    [
        ("PDNEC of pancreas", "PANEC"),
        ("MCN with high-grade dysplasia", "MCN"),
        ("bladder nec", "BLADDER"),
        ("recurrent mpnst of the arm", "MPNST"),
        ("lung adenoca", "LUAD"),
        ("endometrial ca", "UCEC"),
        ("NSCLCs stage 4", "NSCLC"),
        ("stage 2 dcis right", "DCIS"),
    ],
)
def test_an_abbreviation_in_a_longer_text_is_written_out(text: str, code: str) -> None:
    codes = [reading.code for reading in resolver().resolve(text).readings]
    assert code in codes[:2]


def test_the_plural_of_letters_is_the_same_abbreviation() -> None:
    assert resolver().resolve("GEP NENs").readings == resolver().resolve("GEP NEN").readings
    codes = [names_only().resolve(f"{letters} of the bladder").readings[0].code for letters in ("NET", "NETs")]
    assert codes[0] == codes[1]


def test_letters_that_are_words_are_not_written_out() -> None:
    for text in ("cup of tea for men", "a nut allergy", "my past"):
        assert resolver().resolve(text).readings == ()


@pytest.mark.parametrize(
    "spanish,english",
    [
        ("tumor maligno de vesicula biliar", "tumor malignant gallbladder"),
        ("mi mama tiene cancer de mama", "tiene cancer breast"),
        ("linfoma no hodgkin", "lymphoma non hodgkin"),
        ("sarcoma del hueso", "sarcoma bone"),
    ],
)
def test_spanish_words_are_read_in_english(spanish: str, english: str) -> None:
    assert " ".join(in_english(spanish.split())) == english


@pytest.mark.parametrize(
    "text,code",
    [
        ("adenocarcinoma de pulmon", "LUAD"),
        ("sarcoma sinovial metastásico", "SYNS"),
        ("my tio has leucemia mieloide aguda", "AML"),
        ("carcinoma de células acinares de páncreas etapa 3", "PAAC"),
        ("su hermana tiene carcinoma medular de tiroides", "THME"),
    ],
)
def test_spanish_words_and_both_languages_in_one_text_are_understood(text: str, code: str) -> None:
    assert names_only().resolve(text).readings[0].code == code


def test_operations_and_people_are_words_around_a_cancer_and_never_misspelt_ones() -> None:
    for word in ("whipple", "mastectomy", "thyroidectomy", "scared", "doctor", "hysterectomies", "radiation", "esposo"):
        assert around(word) or resolver().resolve(word).readings == (), word
    for word in ("carcinoma", "clear", "medullary", "lobular", "breast"):
        assert not around(word), word
