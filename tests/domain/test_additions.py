"""What an official vocabulary adds, and what it may not touch."""

from dataclasses import replace

import pytest

from referral.domain.additions import Additions, Concept, Conflict, ReleaseNode, from_ontology, from_release
from referral.domain.cancers import CancerTree
from referral.domain.lexicon import Term
from referral.domain.resolve import Resolver
from tests.domain.vocabulary import cancer_tree, resolver, terms

NCIT = {"C4436": "CHOL", "C3844": "NBL"}


def ours() -> list[ReleaseNode]:
    """The tree as a release that says just what we have."""
    return [ReleaseNode(c.code, c.name, c.main_type, c.tissue, c.parent) for c in cancer_tree()]


def released(*more: ReleaseNode, without: str = "") -> Additions:
    nodes = [node for node in ours() if node.code != without]
    return from_release([*nodes, *more], cancer_tree(), resolver())


def ontology(*concepts: Concept) -> Additions:
    return from_ontology(concepts, cancer_tree(), resolver(), NCIT)


def test_a_release_that_says_what_we_have_adds_nothing() -> None:
    found = released()
    assert (found.cancers, found.terms, found.conflicts) == ([], [], [])
    assert found.known == len(cancer_tree())


def test_a_new_code_takes_rarity_and_classification_of_its_parent_and_says_so() -> None:
    new = ReleaseNode("ZEBR", "Hilar Zebra Tumor", "", "Biliary Tract", "CHOL")
    below = ReleaseNode("ZEBS", "Striped Hilar Zebra Tumor", "Zebra", "Biliary Tract", "ZEBR")
    added = {cancer.code: cancer for cancer in released(new, below).cancers}
    parent = cancer_tree()["CHOL"]
    assert list(added) == ["ZEBR", "ZEBS"]
    assert added["ZEBR"].main_type == parent.main_type
    assert added["ZEBS"].main_type == "Zebra"
    for cancer in added.values():
        assert (cancer.icd10cm, cancer.rarity, cancer.rarity_basis) == (parent.icd10cm, parent.rarity, "inherited")
        assert cancer.incidence_per_100k is None
        assert cancer.tissue == "Biliary Tract"


def test_the_tree_with_the_additions_is_a_tree_and_finds_them_by_name() -> None:
    new = ReleaseNode("ZEBR", "Hilar Zebra Tumor", "", "Biliary Tract", "CHOL")
    tree = CancerTree([*cancer_tree(), *released(new).cancers])
    assert tree.path("ZEBR")[-2:] == ("CHOL", "ZEBR")
    assert Resolver(tree, terms()).resolve("zebra tumour, hilar").readings[0].code == "ZEBR"


def test_a_code_that_is_gone_from_the_release_is_reported_and_kept() -> None:
    found = released(without="HCL")
    assert found.conflicts == [Conflict("gone from the release", "HCL", cancer_tree()["HCL"].name, "")]


def test_another_name_is_taken_as_a_synonym_and_reported() -> None:
    nodes = [replace(n, name="Gallbladder Zebra Carcinoma") if n.code == "GBC" else n for n in ours()]
    found = from_release(nodes, cancer_tree(), resolver())
    assert found.terms == [Term("Gallbladder Zebra Carcinoma", ("GBC",), "en", "synonym")]
    assert [conflict.kind for conflict in found.conflicts] == ["other name"]


def test_another_place_in_the_tree_is_reported_and_not_followed() -> None:
    nodes = [replace(n, parent="LIVER") if n.code == "GBC" else n for n in ours()]
    found = from_release(nodes, cancer_tree(), resolver())
    assert found.conflicts == [Conflict("other parent", "GBC", cancer_tree()["GBC"].parent or "", "LIVER")]
    assert found.cancers == []


def test_a_new_code_below_nothing_of_ours_is_left_to_a_person() -> None:
    found = released(
        ReleaseNode("TAIL", "Tail", "Tail Cancer", "Tail", None), ReleaseNode("TA", "T", "", "Tail", "TAIL")
    )
    assert found.cancers == []
    assert [(c.kind, c.subject) for c in found.conflicts] == [
        ("no parent of ours", "TAIL"),
        ("no parent of ours", "TA"),
    ]


def test_a_former_code_becomes_a_word_for_its_successor_unless_it_is_in_use() -> None:
    node = next(node for node in ours() if node.code == "GBC")
    found = from_release([replace(node, former=("OLDGB", "CHOL"))], CancerTree([cancer_tree()["BILIARY_TRACT"],
                         replace(cancer_tree()["GBC"], parent="BILIARY_TRACT"),
                         replace(cancer_tree()["CHOL"], parent="BILIARY_TRACT")]), resolver())  # fmt: skip
    assert found.terms == [Term("OLDGB", ("GBC",), "en", "abbreviation")]
    assert Conflict("former code in use", "GBC", "CHOL", "now GBC") in found.conflicts


def test_a_concept_found_by_its_name_gives_its_exact_synonyms() -> None:
    found = ontology(
        Concept("DOID:1", "cholangiocarcinoma", (("zebral duct cancer", "EXACT", False), ("ZDC", "EXACT", True)))
    )
    assert found.terms == [
        Term("ZDC", ("CHOL",), "en", "abbreviation"),
        Term("zebral duct cancer", ("CHOL",), "en", "synonym"),
    ]
    assert found.known == 1


def test_broad_and_related_synonyms_are_left_out_and_narrow_ones_are_only_near() -> None:
    synonyms = (("zebra mass", "BROAD", False), ("zebra kin", "RELATED", False), ("zebra foal", "NARROW", False))
    assert ontology(Concept("DOID:1", "cholangiocarcinoma", synonyms)).terms == [
        Term("zebra foal", ("CHOL",), "en", "nearest")
    ]


def test_a_reference_is_followed_when_no_organ_speaks_against_it() -> None:
    found = ontology(Concept("DOID:1", "zebrablastic carcinoma", ncit=("C4436",)))
    assert found.terms == [Term("zebrablastic carcinoma", ("CHOL",), "en", "synonym")]
    mondo = ontology(Concept("MONDO:1", "zebrablastic carcinoma", oncotree=("GBC",)))
    assert mondo.terms == [Term("zebrablastic carcinoma", ("GBC",), "en", "synonym")]


def test_a_reference_to_another_organ_is_a_conflict() -> None:
    found = ontology(Concept("DOID:1", "zebrablastic carcinoma of the stomach", ncit=("C4436",)))
    assert found.terms == []
    assert [conflict.kind for conflict in found.conflicts] == ["organ does not fit the reference"]


def test_a_name_that_means_something_else_than_the_reference_is_a_conflict() -> None:
    found = ontology(Concept("DOID:1", "osteosarcoma", (("zebra", "EXACT", False),), ncit=("C4436",)))
    assert found.terms == []
    assert [conflict.kind for conflict in found.conflicts] == ["name and reference disagree"]


def test_a_synonym_that_we_have_for_another_cancer_stays_as_it_is() -> None:
    found = ontology(Concept("DOID:1", "cholangiocarcinoma", (("osteosarcoma", "EXACT", False),)))
    assert found.terms == []
    assert found.conflicts == [Conflict("other meaning", "osteosarcoma", "OS", "CHOL")]


def test_an_everyday_word_is_never_made_a_cancer() -> None:
    found = ontology(Concept("DOID:1", "cholangiocarcinoma", (("diabetes", "EXACT", False),)))
    assert found.terms == []
    assert found.conflicts == [Conflict("other meaning", "diabetes", "an everyday word", "CHOL")]


def test_one_word_for_two_cancers_lists_both() -> None:
    found = ontology(
        Concept("DOID:1", "cholangiocarcinoma", (("zebroma", "EXACT", False),)),
        Concept("DOID:2", "osteosarcoma", (("zebromas", "EXACT", False),)),
    )
    assert [term.codes for term in found.terms] == [("CHOL", "OS")]


def test_a_kind_of_a_known_cancer_is_near_to_it() -> None:
    found = ontology(
        Concept("DOID:1", "cholangiocarcinoma"),
        Concept("DOID:2", "zebra-striped variant", (("zebroid", "EXACT", False),), parents=("DOID:1",)),
    )
    assert [(term.term, term.codes, term.kind) for term in found.terms] == [
        ("zebra-striped variant", ("CHOL",), "nearest"),
        ("zebroid", ("CHOL",), "nearest"),
    ]


def test_what_stands_below_two_cancers_or_below_an_organ_is_left_out() -> None:
    found = ontology(
        Concept("DOID:1", "cholangiocarcinoma"),
        Concept("DOID:2", "osteosarcoma"),
        Concept("DOID:3", "zebroid", parents=("DOID:1", "DOID:2")),
        Concept("DOID:4", "liver cancer"),
        Concept("DOID:5", "zebrosis", parents=("DOID:4",)),
    )
    assert found.terms == []
    assert found.elsewhere == 2


def test_a_disease_that_is_no_cancer_adds_nothing() -> None:
    found = ontology(Concept("DOID:9351", "diabetes mellitus", (("sugar sickness", "EXACT", False),)))
    assert (found.terms, found.conflicts, found.elsewhere) == ([], [], 1)


@pytest.mark.parametrize("text", ["", "   ", "of the", "x" * 300])
def test_a_synonym_without_words_or_as_long_as_a_description_is_not_taken(text: str) -> None:
    assert ontology(Concept("DOID:1", "cholangiocarcinoma", ((text, "EXACT", False),))).terms == []
