"""The table of facts behind the pages about cancers: complete, sourced, plain, and without advice."""

import re
from collections import Counter
from itertools import combinations

import pytest

from referral import reference
from referral.domain import learn
from referral.domain.learn import MOST_QUESTIONS, FactKind

LONGEST = 230
SOURCES = ("NCI PDQ: ", "NCI Dictionary of Cancer Terms: ", "WHO Classification of Tumours", "FDA: ")
ADVICE = re.compile(
    r"you should|you must|we recommend|unfortunately|simply|do not worry|\bbest (?:doctor|hospital)|!", re.IGNORECASE
)


def rows() -> list[dict[str, str]]:
    return list(reference.rows("learn/facts.csv"))


def said_of(code: str) -> list[str]:
    sheet = reference.learn_facts().of(code)
    kinds = (sheet.disciplines, sheet.markers, sheet.records, sheet.questions, sheet.notes)
    return [f"{fact.subject}: {fact.text}" for kind in kinds for fact in kind]


def test_every_fact_has_a_public_source_with_its_year_and_a_question_needs_none() -> None:
    for row in rows():
        if row["kind"] == FactKind.QUESTION:
            assert row["source"] == "", row
        else:
            assert row["source"].startswith(SOURCES), row
            assert re.search(r", 20\d\d$", row["source"]), row


def test_facts_are_sentences_and_questions_are_questions() -> None:
    for row in rows():
        assert (row["kind"] == FactKind.QUESTION) == row["text"].endswith("?"), row
        if row["kind"] in (FactKind.NOTE, FactKind.MARKER, FactKind.DISCIPLINE):
            assert row["text"].endswith("."), row
        assert len(row["text"]) <= LONGEST, row
        assert row["text"] == row["text"].strip(), row


def test_no_fact_gives_advice_praises_or_shouts() -> None:
    assert [row["text"] for row in rows() if ADVICE.search(row["text"])] == []


def test_no_cancer_is_told_the_same_twice() -> None:
    said = Counter(
        (code, row["kind"], row["text"].partition(": ")[0] if row["kind"] == FactKind.DISCIPLINE else row["text"])
        for row in rows()
        for code in row["code"].split("|")
    )
    assert [fact for fact, times in said.items() if times > 1] == []


def test_all_tissues_and_most_other_cancers_have_facts_of_their_own() -> None:
    tree, facts = reference.cancers(), reference.learn_facts()
    with_own = [cancer for cancer in tree if facts.own(cancer.code)]
    assert [cancer.code for cancer in tree if cancer.parent is None and cancer not in with_own] == []
    assert len(with_own) >= 182


def test_every_cancer_has_disciplines_records_and_some_questions() -> None:
    tree, facts = reference.cancers(), reference.learn_facts()
    for cancer in tree:
        sheet = facts.of(cancer.code)
        assert sheet.disciplines, cancer.code
        assert 4 <= len(sheet.questions) <= MOST_QUESTIONS, cancer.code
        assert len(learn.records_needed(cancer, sheet)) >= 3, cancer.code


def test_siblings_differ_where_their_facts_do() -> None:
    tree, facts = reference.cancers(), reference.learn_facts()
    differing = 0
    for parent in tree:
        for one, other in combinations(tree.children(parent.code), 2):
            if {fact.text for fact in facts.own(one)} != {fact.text for fact in facts.own(other)}:
                differing += 1
                assert said_of(one) != said_of(other), (one, other)
    assert differing > 4_000


@pytest.mark.parametrize(
    "code, kind, words",
    [
        ("GIST", "markers", "KIT and PDGFRA"),
        ("CHOL", "markers", "IDH1 and FGFR2"),
        ("IHCH", "markers", "IDH1 and FGFR2"),
        ("MBLSHH", "markers", "WNT, SHH"),
        ("UM", "disciplines", "eye oncologists"),
        ("THME", "markers", "Calcitonin"),
        ("THME", "markers", "RET"),
        ("LMS", "questions", "pathologist for sarcomas"),
        ("LMS", "questions", "biopsy, and any operation, planned by a sarcoma team"),
        ("NBL", "markers", "MYCN"),
        ("AML", "disciplines", "hematology"),
        ("AML", "markers", "Flow cytometry"),
        ("RBL", "disciplines", "pediatric"),
        ("PAAD", "records", "on disc"),
        ("UCCA", "markers", "beta-hCG"),
    ],
)
def test_what_decides_a_cancer_stands_on_its_page(code: str, kind: str, words: str) -> None:
    said = [f"{fact.subject}: {fact.text}" for fact in getattr(reference.learn_facts().of(code), kind)]
    assert any(words in text for text in said)


@pytest.mark.parametrize(
    "code, words",
    [
        ("FA", "HER2"),
        ("BA", "HER2"),
        ("PLRMS", "PAX3"),
        ("CM", "HLA-A"),
        ("VGCT", "How can sex"),
        ("MLYM", "taken out without harm"),
        ("EMCHS", "IDH1"),
        ("ULM", "gynecologic oncologist operate"),
    ],
)
def test_what_does_not_hold_for_a_cancer_is_not_handed_down_to_it(code: str, words: str) -> None:
    sheet = reference.learn_facts().of(code)
    facts = (*sheet.markers, *sheet.questions, *sheet.notes, *sheet.disciplines)
    assert [fact.text for fact in facts if words in f"{fact.subject}: {fact.text}"] == []


def test_the_tissues_of_the_list_are_the_roots_of_the_tree() -> None:
    tree = reference.cancers()
    assert set(reference.learn_tissues()) == {cancer.code for cancer in tree if cancer.parent is None}


def test_the_links_are_secure_and_name_no_more_than_the_cancer() -> None:
    links = reference.learn_links()
    assert {link.language for link in links} == {"en", "es"}
    for link in links:
        assert link.address.startswith("https://"), link
        assert link.address.format(words="x").count("{") == 0, link
