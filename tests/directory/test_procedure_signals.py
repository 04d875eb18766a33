"""The tables that say which service points to which cancer: well formed, restrained, and without anybody's text."""

import re
from collections import defaultdict

import pytest

from referral import reference
from referral.directory.medicare import SIGNAL_FILES

LEVEL_II, CPT = SIGNAL_FILES
COLUMNS = ["code", "oncotree_code", "kind", "weight", "note", "reviewed"]
FORMS = {LEVEL_II: re.compile(r"[A-V][0-9]{4}"), CPT: re.compile(r"[0-9]{4}[0-9T]")}
SCREENING = {"G0103", "G0104", "G0105", "G0121", "G0202", "G0297", "77067", "71271"}


def rows() -> list[tuple[str, dict[str, str]]]:
    return [(name, row) for name in SIGNAL_FILES for row in reference.rows(name)]


def weights() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for _, row in rows():
        found[row["code"]][row["oncotree_code"]] = float(row["weight"])
    return found


def test_the_tables_have_some_substance() -> None:
    assert len({row["code"] for name, row in rows() if name == LEVEL_II}) >= 100
    assert len({row["code"] for name, row in rows() if name == CPT}) >= 250


@pytest.mark.parametrize("name", SIGNAL_FILES)
def test_every_row_has_the_columns_and_a_code_of_its_table(name: str) -> None:
    for row in reference.rows(name):
        assert list(row) == COLUMNS
        assert FORMS[name].fullmatch(row["code"]), row


def test_every_row_points_to_a_cancer_of_the_tree_with_a_kind_a_weight_and_a_reason() -> None:
    tree = reference.cancers()
    for _, row in rows():
        assert row["oncotree_code"] in tree, row
        assert row["kind"] in ("procedures", "patients"), row
        assert 0 < float(row["weight"]) <= 1, row
        assert row["note"], row


def test_every_row_says_that_no_clinician_has_reviewed_it_yet() -> None:
    assert {row["reviewed"] for _, row in rows()} == {"not yet reviewed by a clinician"}


def test_the_shares_of_one_service_do_not_exceed_the_service() -> None:
    too_much = {code: shares for code, shares in weights().items() if sum(shares.values()) > 1 + 1e-9}

    assert too_much == {}


def test_no_service_points_to_a_cancer_twice() -> None:
    pairs = [(row["code"], row["oncotree_code"]) for _, row in rows()]

    assert len(pairs) == len(set(pairs))


def test_one_service_has_one_kind() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for _, row in rows():
        kinds[row["code"]].add(row["kind"])

    assert {code for code, found in kinds.items() if len(found) > 1} == set()


def test_a_service_that_hardly_tells_anything_is_not_in() -> None:
    assert {code for code, shares in weights().items() if sum(shares.values()) < 0.25} == set()


def test_early_detection_is_no_experience_with_a_cancer() -> None:
    assert SCREENING.isdisjoint(weights())


def test_a_drug_counts_patients_since_its_units_are_milligrams() -> None:
    drugs = [row for _, row in rows() if row["code"][0] in "JQA"]

    assert {row["kind"] for row in drugs} == {"patients"}


def test_notes_are_short_words_of_our_own_on_one_line() -> None:
    for _, row in rows():
        assert len(row["note"]) <= 140, row
        assert row["note"].isprintable(), row


@pytest.mark.parametrize(
    "code, cancer",
    [
        ("48150", "PAAD"), ("43117", "ESCA"), ("32663", "NSCLC"), ("51595", "BLCA"), ("55866", "PRAD"),
        ("50543", "RCC"), ("19307", "BRCA"), ("60252", "WDTC"), ("41135", "OCSC"), ("61512", "MNG"),
        ("27364", "SOFT_TISSUE"), ("17311", "BCC"), ("58952", "OVT"), ("54530", "TESTIS"), ("67218", "UM"),
        ("J9043", "PRAD"), ("J9047", "PCM"), ("J9306", "BRCA"), ("J9303", "COADREAD"), ("J9325", "MEL"),
        ("A9513", "GINET"), ("Q2043", "PRAD"), ("J9223", "SCLC"), ("J9274", "UM"), ("J9205", "PAAD"),
    ],
)  # fmt: skip
def test_a_telling_service_points_to_its_cancer_first(code: str, cancer: str) -> None:
    shares = weights()[code]

    assert max(shares, key=lambda each: shares[each]) == cancer


def test_almost_every_organ_has_a_service_that_points_to_it() -> None:
    tree = reference.cancers()
    reached = {tree.root(cancer) for shares in weights().values() for cancer in shares}

    assert {cancer.code for cancer in tree if len(tree.path(cancer.code)) == 1} - reached == {"OTHER"}
