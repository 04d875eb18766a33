import pytest

from referral.domain.naming import NAMING, Name, Naming, within_sentence
from referral.domain.resolve import Term
from tests.domain.vocabulary import cancer_tree, terms


def naming(*rows: Term) -> Naming:
    return Naming(cancer_tree(), rows)


def english(*words: str, code: str = "CHOL", kind: str = "synonym") -> list[str]:
    found = naming(*(Term(word, (code,), "en", kind) for word in words)).of(code)
    return [name.text for name in found.english]


def test_everyday_names_come_first_then_the_order_of_the_vocabulary() -> None:
    found = naming(
        Term("cholangiocellular carcinoma", ("CHOL",), "en", "synonym"),
        Term("bile duct cancer", ("CHOL", "BILIARY_TRACT"), "en", "organ"),
    ).of("CHOL")
    assert [name.text for name in found.english] == ["Bile duct cancer", "Cholangiocellular carcinoma"]


def test_a_name_that_several_cancers_share_says_so_but_the_readings_of_an_organ_are_none() -> None:
    found = naming(
        Term("CCC", ("CHOL", "CCOV"), "en", "abbreviation"),
        Term("bile duct cancer", ("CHOL", "BILIARY_TRACT"), "en", "organ"),
    )
    assert found.of("CHOL").short == (Name("CCC", ("CCOV",)),)
    assert found.of("CHOL").english == (Name("Bile duct cancer", ()),)
    assert found.of("BILIARY_TRACT").english == ()


@pytest.mark.parametrize(
    "words",
    [
        "malignant cholangiocarcinoma",  # its own name with a common word
        "cholangiocarcinomas",  # the plural
        "colangiocarcinoma",  # misspelt
        "cholangiocarcinoma nos",
        "metastatic bile duct adenocarcinoma",  # a stage
        "familial bile duct adenocarcinoma",
        "fgfr2 cholangiocarcinoma",  # a form of it
        "bile duct",  # names no tumour
        "malignant tumor of the ducts that carry the bile from the liver down to the bowel",
    ],
)
def test_words_that_say_nothing_new_or_name_a_form_are_not_shown_but_kept(words: str) -> None:
    found = naming(Term(words, ("CHOL",), "en", "synonym")).of("CHOL")
    assert found.english == ()
    assert len(found.more) == 1


def test_the_same_words_in_another_order_are_shown_once() -> None:
    assert english(
        "biliary adenocarcinoma", "adenocarcinoma, biliary", "non-biliary sarcoma", "nonbiliary sarcoma"
    ) == [
        "Biliary adenocarcinoma",
        "Non-biliary sarcoma",
    ]


def test_peoples_names_cells_and_genes_keep_their_capitals() -> None:
    assert english("askin tumor", "ewsr1-fli1 sarcoma", code="ES") == ["Askin tumor", "EWSR1-FLI1 sarcoma"]
    assert english("b cell immunoblastic lymphoma of igm type", code="DLBCLNOS") == [
        "B cell immunoblastic lymphoma of IgM type"
    ]


def test_spanish_names_stand_apart_and_without_a_stage() -> None:
    found = naming(
        Term("cáncer de las vías biliares", ("CHOL",), "es", "organ"),
        Term("cáncer biliar avanzado", ("CHOL",), "es", "synonym"),
    ).of("CHOL")
    assert [name.text for name in found.spanish] == ["Cáncer de las vías biliares"]
    assert [name.text for name in found.more] == ["Cáncer biliar avanzado"]


def test_only_kinds_that_name_are_names() -> None:
    kinds = ("nearest", "site", "icd10cm", "morphology-code", "not-cancer")
    rows = [Term("biliary adenocarcinoma", ("CHOL",), "en", kind) for kind in kinds]
    found = naming(*rows).of("CHOL")
    assert (found.english, found.short, found.spanish, found.more) == ((), (), (), ())
    assert NAMING.isdisjoint(kinds)


@pytest.mark.parametrize(
    "name, within",
    [
        ("Bile duct cancer", "bile duct cancer"),
        ("Ewing tumor", "Ewing tumor"),
        ("EWSR1 sarcoma", "EWSR1 sarcoma"),
        ("Cáncer biliar", "cáncer biliar"),
        ("", ""),
    ],
)
def test_a_name_within_a_sentence_is_small_unless_it_is_a_persons(name: str, within: str) -> None:
    assert within_sentence(name) == within


def test_no_name_stands_twice_on_a_page_and_most_cancers_have_one() -> None:
    found = Naming(cancer_tree(), terms())
    for cancer in cancer_tree():
        names = found.of(cancer.code)
        shown = [name.text for name in (*names.english, *names.short, *names.spanish)]
        assert len(shown) == len(set(shown)), cancer.code
    assert sum(bool(found.of(cancer.code).english) for cancer in cancer_tree()) > 600
