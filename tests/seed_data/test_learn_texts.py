"""The plain descriptions of cancers: complete in both languages, readable, without advice, each of its own."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
import textstat

from referral import reference
from referral.domain.learn import Description

LANGUAGES = ("en", "es")
ADVICE = {
    "en": re.compile(r"you should|you must|you need to|make sure|we recommend|unfortunately|simply|don.t worry", re.I),
    "es": re.compile(
        r"usted debe|(?:debe|debería|tiene que|hay que) (?:usted|pedir|hacer|ir|tomar|consultar|operar)\b"
        r"|recomendamos|lamentablemente",
        re.I,
    ),
}
OWN_NAMES = re.compile(
    "undifferentiated pleomorphic sarcoma|desmoplastic small.round.cell tumor|(?:uterine )?leiomyosarcoma",
    re.IGNORECASE,
)


def texts(language: str) -> Iterator[tuple[str, Description]]:
    for code, languages in reference.learn_texts().items():
        yield code, languages[language]


def without_long_names(text: str) -> str:
    """The text with the three names that cannot be avoided and alone make it hard to read replaced by a plain word."""
    return OWN_NAMES.sub("cancer", text)


def flesch_kincaid_grade(text: str) -> float:
    """The school year that reads an English text."""
    textstat.set_lang("en_US")
    return float(textstat.flesch_kincaid_grade(without_long_names(text)))


def fernandez_huerta(text: str) -> float:
    """How easy a Spanish text is, 100 the easiest; 70 to 80 is rather easy."""
    textstat.set_lang("es")
    return float(textstat.fernandez_huerta(text))


def test_the_figures_tell_plain_from_learned_words() -> None:
    plain = "The doctor looks at the cells. Then she tells you what they are."
    learned = (
        "Histopathological examination establishes differentiation, facilitating individualized therapeutic choices."
    )
    assert flesch_kincaid_grade(plain) < 4
    assert flesch_kincaid_grade(learned) > 12
    assert fernandez_huerta("El médico mira las células. Luego le dice qué son.") > 80
    assert fernandez_huerta("La caracterización anatomopatológica posibilita individualizaciones terapéuticas.") < 30


def test_every_description_is_of_a_cancer_of_the_tree_and_in_both_languages() -> None:
    tree = reference.cancers()
    found = reference.learn_texts()
    assert [code for code in found if code not in tree] == []
    assert [code for code, languages in found.items() if set(languages) != set(LANGUAGES)] == []


def test_the_commonest_and_the_rare_cancers_are_described() -> None:
    tree = reference.cancers()
    codes = set(reference.learn_texts())
    assert len(codes) >= 120
    assert len([code for code in codes if tree[code].rare]) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_description_is_short_and_has_paragraphs(language: str) -> None:
    words = {code: len(" ".join(text.paragraphs).split()) for code, text in texts(language)}
    assert {code: count for code, count in words.items() if not 60 <= count <= 170} == {}
    assert [code for code, text in texts(language) if not 2 <= len(text.paragraphs) <= 4] == []


def test_english_is_read_after_eight_school_years() -> None:
    grades = {code: flesch_kincaid_grade("\n".join(text.paragraphs)) for code, text in texts("en")}
    assert {code: round(grade, 1) for code, grade in grades.items() if grade > 8} == {}


def test_spanish_is_rather_easy() -> None:
    ease = {code: fernandez_huerta("\n".join(text.paragraphs)) for code, text in texts("es")}
    assert {code: round(figure, 1) for code, figure in ease.items() if figure < 70} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_paragraph_and_no_sentence_stands_in_two_descriptions(language: str) -> None:
    said = Counter(
        sentence.strip()
        for _, text in texts(language)
        for paragraph in text.paragraphs
        for sentence in re.split(r"(?<=[.?:]) ", paragraph)
        if len(sentence.split()) > 7
    )
    assert [sentence for sentence, times in said.items() if times > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_description_gives_no_advice_and_does_not_shout(language: str) -> None:
    found = {code: ADVICE[language].findall(" ".join(text.paragraphs)) for code, text in texts(language)}
    assert {code: advice for code, advice in found.items() if advice} == {}
    assert [code for code, text in texts(language) if re.search("[!¡<>*#]|http", " ".join(text.paragraphs))] == []
