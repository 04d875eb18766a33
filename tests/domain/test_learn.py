from collections.abc import Iterable
from datetime import date

import pytest

from referral.domain.cancers import Cancer, CancerTree
from referral.domain.errors import UnknownCancer
from referral.domain.learn import (
    MOST_QUESTIONS,
    Fact,
    FactKind,
    Facts,
    description,
    filed_as,
    how_rare,
    is_benign,
    namesakes,
    nearest_described,
    records_needed,
    search_words,
)

ICD10CM = {"LUMP": "D24", "KNOT": "D24", "MIXED": "D24|D48.6|C50", "CIS": "D05.1", "ODD": "D48.0", "HIVES": "L72.12"}


def cancer_row(code: str, parent: str = "", **changes: str) -> dict[str, str]:
    return {
        "code": code, "name": f"{code.title()} Tumor", "main_type": "Breast Cancer", "tissue": "Breast",
        "parent": parent, "icd10cm": ICD10CM.get(code, "C50"), "incidence_per_100k": "", "incidence_year": "",
        "incidence_source": "", "rarity": "rare", "rarity_basis": "judged",
    } | changes  # fmt: skip


def tree(**changes: dict[str, str]) -> CancerTree:
    """BREAST > DUCT > DEEP, and beside DUCT: MIXED, the benign LUMP with KNOT below it, CIS, ODD, HIVES."""
    parents = {"DUCT": "BREAST", "DEEP": "DUCT", "LUMP": "BREAST", "KNOT": "LUMP"}
    parents |= dict.fromkeys(["MIXED", "CIS", "ODD", "HIVES"], "BREAST")
    codes = ["BREAST", *parents]
    return CancerTree.from_rows([cancer_row(code, parents.get(code, ""), **changes.get(code, {})) for code in codes])


def fact(code: str, kind: str, text: str, reach: str = "", source: str = "NCI PDQ: Breast, 2025") -> dict[str, str]:
    return {"code": code, "kind": kind, "text": text, "source": source, "reach": reach}


def texts(found: Iterable[Fact]) -> list[str]:
    return [item.text for item in found]


def test_facts_go_down_the_tree_and_the_most_special_comes_first() -> None:
    rows = [
        fact("BREAST", "note", "All."),
        fact("DEEP", "note", "Deep."),
        fact("DUCT", "note", "Duct."),
        fact("", "note", "Any."),
    ]
    facts = Facts(tree(), rows)
    assert texts(facts.of("DEEP").notes) == ["Deep.", "Duct.", "All.", "Any."]
    assert texts(facts.of("BREAST").notes) == ["All.", "Any."]


def test_at_one_node_what_is_written_for_fewer_cancers_comes_first() -> None:
    facts = Facts(tree(), [fact("DUCT|MIXED", "note", "Two."), fact("DUCT", "note", "One.")])
    assert texts(facts.of("DUCT").notes) == ["One.", "Two."]
    assert texts(facts.of("MIXED").notes) == ["Two."]


def test_a_fact_of_the_node_alone_does_not_go_down() -> None:
    facts = Facts(tree(), [fact("BREAST", "question", "Which kind is it?", "node")])
    assert texts(facts.of("BREAST").questions) == ["Which kind is it?"]
    assert facts.of("DUCT").questions == ()


def test_the_disciplines_are_those_of_the_nearest_node_that_names_any() -> None:
    rows = [
        fact("BREAST", "discipline", "surgical: operates."),
        fact("BREAST", "discipline", "radiation: for some."),
        fact("DUCT", "discipline", "medical: drugs first."),
    ]
    facts = Facts(tree(), rows)
    assert [(item.subject, item.text) for item in facts.of("DEEP").disciplines] == [("medical", "drugs first.")]
    assert [item.subject for item in facts.of("MIXED").disciplines] == ["surgical", "radiation"]


def test_what_is_said_of_a_cancer_does_not_hold_for_a_benign_growth_below_it() -> None:
    rows = [
        fact("", "note", "Of any cancer."),
        fact("benign", "note", "Of any benign growth."),
        fact("BREAST", "note", "Of breast cancer."),
        fact("LUMP", "note", "Of lumps."),
    ]
    facts = Facts(tree(), rows)
    assert texts(facts.of("KNOT").notes) == ["Of lumps.", "Of any benign growth."]
    assert texts(facts.of("MIXED").notes) == ["Of breast cancer.", "Of any cancer."]
    assert [item.at for item in facts.of("KNOT").notes] == ["LUMP", ""]


def test_a_more_special_fact_about_the_same_marker_stands_for_the_wider_one() -> None:
    rows = [fact("BREAST", "marker", "HER2: tested in most."), fact("DUCT", "marker", "HER2: always tested.")]
    found = Facts(tree(), rows).of("DUCT").markers
    assert [(item.subject, item.text) for item in found] == [("HER2", "always tested.")]


def test_questions_about_the_cancer_come_first_and_leave_room_for_those_about_any() -> None:
    rows = [fact("DUCT", "question", f"Own {number}?") for number in range(9)]
    rows += [fact("", "question", f"Any {number}?") for number in range(9)]
    found = texts(Facts(tree(), rows).of("DUCT").questions)
    assert len(found) == MOST_QUESTIONS
    assert found == [*(f"Own {number}?" for number in range(5)), "Any 0?", "Any 1?"]


@pytest.mark.parametrize(
    "row, words",
    [
        (fact("NOWHERE", "note", "Lost."), "'NOWHERE', which is not in the tree"),
        (fact("DUCT", "rumor", "Lost."), "'Lost.' at 'DUCT'"),
        (fact("DUCT", "discipline", "magic: helps."), "'magic: helps.' at 'DUCT'"),
        (fact("DUCT", "note", "Lost.", reach="far"), "has the reach 'far'"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Facts(tree(), [row])


def test_a_code_nobody_knows_has_no_facts() -> None:
    with pytest.raises(UnknownCancer):
        Facts(tree(), []).of("NOWHERE")


def test_a_fact_keeps_its_kind_its_source_and_where_it_was_written() -> None:
    (found,) = Facts(tree(), [fact("BREAST", "note", "All.")]).of("DUCT").notes
    assert found == Fact(FactKind.NOTE, "", "All.", "NCI PDQ: Breast, 2025", "BREAST")


@pytest.mark.parametrize(
    "code, sentence",
    [
        ("DUCT", ""),
        ("LUMP", "This growth is filed as benign: it is not cancer."),
        ("CIS", "It is filed as an early form that has not grown deeper (in situ)."),
        ("ODD", "It is filed as something between benign and cancer."),
        ("HIVES", "It is filed as an illness outside the chapter of tumors."),
        (
            "MIXED",
            "Depending on what the tissue shows, it is filed as benign, as something between benign and cancer, "
            "or as cancer.",
        ),
    ],
)
def test_how_a_growth_is_filed_is_said_in_words(code: str, sentence: str) -> None:
    assert filed_as(tree()[code]) == sentence


@pytest.mark.parametrize("icd10cm, benign", [("D23|L72.12", True), ("D3A.0", True), ("D49.0", False), ("C7A.0", False)])
def test_only_what_is_filed_as_benign_alone_is_benign(icd10cm: str, benign: bool) -> None:
    assert is_benign(tree(DUCT={"icd10cm": icd10cm})["DUCT"]) is benign


def test_a_published_figure_says_of_whom_it_counts_the_cases() -> None:
    figure = {"incidence_per_100k": "126.9", "incidence_year": "2020", "rarity_basis": "published"}
    of_women = tree(BREAST=figure | {"incidence_source": "SEER (2016-2020 rate per 100,000 women)"})
    of_all = tree(BREAST=figure | {"incidence_source": "SEER (6.0 per 100,000 men, so 3.0 per 100,000 people)"})
    assert (how_rare(of_women, "BREAST").incidence, how_rare(of_women, "BREAST").people) == (126.9, "women")
    assert how_rare(of_all, "BREAST").people == "people"


def test_without_a_figure_the_nearest_wider_group_with_one_is_named_but_not_for_a_benign_growth() -> None:
    published = {"incidence_per_100k": "1.7", "incidence_year": "2017", "incidence_source": "SEER"}
    of_duct = tree(DUCT=published, BREAST=published | {"incidence_per_100k": "120"})
    wider = how_rare(of_duct, "DEEP").wider
    assert wider is not None
    assert wider.code == "DUCT"
    assert how_rare(of_duct, "KNOT").wider is None
    assert how_rare(tree(), "DEEP").wider is None


def test_a_rare_cancer_needs_more_records_and_special_ones_say_why() -> None:
    rows = [fact("DUCT", "record", "imaging: the surgeon reads the scan."), fact("DUCT", "record", "All PSA values")]
    made = tree(DUCT={"rarity": "common"})
    sheet = Facts(made, rows).of("DUCT")
    common = records_needed(made["DUCT"], sheet)
    assert [(need.name, need.why) for need in common if need.why] == [
        ("The images themselves (on disc or as files)", "the surgeon reads the scan.")
    ]
    assert common[-1].name == "All PSA values"
    assert len(records_needed(tree()["DUCT"], sheet)) > len(common)


@pytest.mark.parametrize(
    "name, words",
    [
        ("Diffuse Large B-Cell Lymphoma, NOS", "Diffuse Large B-Cell Lymphoma"),
        ("Solitary Fibrous Tumor/Hemangiopericytoma", "Solitary Fibrous Tumor"),
        ("Large Cell/Anaplastic Medulloblastoma", "Large Cell Anaplastic Medulloblastoma"),
        ("B-Lymphoblastic Leukemia/Lymphoma with t(9;22)(q34.1;q11.2);BCR-ABL1", "B-Lymphoblastic Leukemia"),
        ("MDS with Isolated Del(5q)", "MDS with Isolated Del(5q)"),
        ("IgA", "Breast Cancer"),
    ],
)
def test_other_sites_are_searched_for_a_plain_name(name: str, words: str) -> None:
    assert search_words(tree(DUCT={"name": name}), "DUCT") == words


def test_a_description_has_its_paragraphs_its_date_and_no_reviewer_until_somebody_signs() -> None:
    row = {"text": "\nOne\nline.\n\nTwo.\n", "written_on": date(2026, 11, 22), "reviewed_by": ""}
    unsigned = description(row)
    assert unsigned.paragraphs == ("One line.", "Two.")
    assert (unsigned.reviewer, unsigned.reviewed_on) == ("", None)
    signed = description(row | {"reviewed_by": "Ana Ruiz, MD, 2027-01-30"})
    assert (signed.reviewer, signed.reviewed_on) == ("Ana Ruiz, MD", date(2027, 1, 30))


@pytest.mark.parametrize("changes", [{"reviewed_by": "Ana Ruiz, MD"}, {"written_on": "soon"}, {"text": None}])
def test_a_description_without_date_text_or_date_of_signature_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needs text|isoformat"):
        description({"text": "One.", "written_on": date(2026, 11, 22), "reviewed_by": ""} | changes)


def test_the_nearest_described_group_is_found_upwards_but_never_a_cancer_for_a_benign_growth() -> None:
    def nearest(code: str, *described: str) -> Cancer | None:
        return nearest_described(tree(), code, described)

    assert nearest("DEEP", "BREAST", "DUCT") == tree()["DUCT"]
    assert nearest("DEEP", "DEEP", "BREAST") == tree()["BREAST"]
    assert nearest("BREAST", "DUCT") is None
    assert nearest("KNOT", "BREAST") is None
    assert nearest("KNOT", "BREAST", "LUMP") == tree()["LUMP"]


def test_names_that_several_cancers_bear_are_known() -> None:
    assert namesakes(tree(DUCT={"name": "Teratoma"}, MIXED={"name": "Teratoma"})) == {"Teratoma"}
