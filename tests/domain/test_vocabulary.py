"""The tables themselves: complete, unambiguous, and true to the classifications they name."""

from collections import Counter, defaultdict

import pytest

from referral.domain.cancers import Rarity
from referral.domain.normalise import canonical_tokens, clean, surface_words
from referral.reference import TRANSLATIONS
from tests.domain.vocabulary import SEED_DATA, cancer_tree, resolver, table, term_rows

KINDS = {
    "synonym",
    "organ",
    "everyday",
    "abbreviation",
    "former",
    "nearest",
    "site",
    "icd10cm",
    "morphology-code",
    "not-cancer",
}
NO_NAMES = {"site", "icd10cm", "morphology-code", "not-cancer"}


def known_icd10cm() -> set[str]:
    return {row["code"] for row in table(SEED_DATA / "icd10cm_codes.csv")}


def tokens(text: str) -> tuple[str, ...]:
    return canonical_tokens(surface_words(clean(text)))


def test_the_tree_has_all_codes_under_its_32_tissues() -> None:
    tree = cancer_tree()
    assert len(tree) >= 897
    assert len({tree.root(cancer.code) for cancer in tree}) == 32


def test_every_cancer_names_itself_its_tissue_and_its_main_type() -> None:
    tree = cancer_tree()
    for cancer in tree:
        assert cancer.name, cancer.code
        assert cancer.main_type, cancer.code
        assert cancer.tissue == tree[tree.root(cancer.code)].name, cancer.code


def test_every_cancer_has_icd_10_cm_codes_that_exist() -> None:
    known = known_icd10cm()
    assert {c.code: c.icd10cm for c in cancer_tree() if not c.icd10cm or not known.issuperset(c.icd10cm)} == {}


def test_an_incidence_comes_with_its_year_and_source_and_nothing_else_does() -> None:
    for cancer in cancer_tree():
        has_figure = cancer.incidence_per_100k is not None
        assert has_figure == (cancer.incidence_year is not None) == bool(cancer.incidence_source), cancer.code
        assert has_figure == (cancer.rarity_basis == "published"), cancer.code


def test_the_rarity_fits_a_published_incidence() -> None:
    for cancer in cancer_tree():
        incidence = cancer.incidence_per_100k
        if incidence is not None:
            band = Rarity.VERY_RARE if incidence < 0.5 else Rarity.RARE if incidence < 6 else Rarity.COMMON
            assert cancer.rarity is band, cancer.code


def test_an_inherited_rarity_is_that_of_the_parent() -> None:
    tree = cancer_tree()
    for cancer in tree:
        assert cancer.rarity_basis in {"published", "judged", "inherited"}
        if cancer.rarity_basis == "inherited":
            assert cancer.parent is not None
            assert cancer.rarity is tree[cancer.parent].rarity, cancer.code


def test_no_cancer_is_rarer_than_a_kind_of_it_that_is_a_cancer() -> None:
    tree, bands = cancer_tree(), list(Rarity)
    for cancer in tree:
        benign = all("D10" <= code < "D37" and not code.startswith("D3A") for code in cancer.icd10cm)
        if cancer.parent is not None and not benign:
            assert bands.index(tree[cancer.parent].rarity) <= bands.index(cancer.rarity), cancer.code


def test_rarity_is_judged_on_the_kind_and_not_on_the_organ() -> None:
    tree = cancer_tree()
    assert tree["CHOL"].rare
    assert tree["CHOL"].incidence_per_100k == 1.7
    assert tree["THAP"].rarity is Rarity.VERY_RARE
    assert not tree["THPA"].rare
    assert not tree["BRCA"].rare


def test_every_row_has_a_known_kind_and_language_and_known_codes() -> None:
    tree = cancer_tree()
    for row in term_rows():
        assert row["kind"] in KINDS, row
        assert row["language"] in {"en", "es"}, row
        codes = row["codes"].split("|") if row["codes"] else []
        assert all(code in tree for code in codes), row
        assert len(codes) == len(set(codes)), row
        assert bool(codes) == (row["kind"] != "not-cancer"), row


def test_no_two_rows_are_the_same_words() -> None:
    named = Counter(tokens(row["term"]) for row in term_rows() if row["kind"] not in NO_NAMES)
    assert [words for words, count in named.items() if count > 1] == []
    sites = Counter(tokens(row["term"]) for row in term_rows() if row["kind"] == "site")
    assert [words for words, count in sites.items() if count > 1] == []


def test_a_row_with_the_words_of_a_name_lists_every_cancer_of_that_name() -> None:
    bearers: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for cancer in cancer_tree():
        if cancer.parent is not None:
            bearers[tokens(cancer.name)].add(cancer.code)
    for row in term_rows():
        if row["kind"] not in NO_NAMES:
            assert bearers[tokens(row["term"])] <= set(row["codes"].split("|")), row


def test_every_icd_10_cm_row_names_a_code_that_exists() -> None:
    known = known_icd10cm()
    assert [row["term"] for row in term_rows() if row["kind"] == "icd10cm" and row["term"] not in known] == []


def test_every_neoplasm_of_icd_10_cm_has_a_reading() -> None:
    silent = [
        row["code"] for row in table(SEED_DATA / "icd10cm_codes.csv") if not resolver().resolve(row["code"]).readings
    ]
    assert silent == []


@pytest.mark.parametrize(
    "code,first",
    [
        ("C7A.094", "SWDNET"),
        ("C7A.095", "SBWDNET"),
        ("C7A.096", "GINET"),
        ("C7A.098", "NETNOS"),
        ("D3A.091", "TNET"),
        ("D3A.096", "GINET"),
        ("C15.5", "STOMACH"),
        ("C26.1", "LYMPH"),
        ("C48.0", "SOFT_TISSUE"),
        ("C76.3", "OTHER"),
        ("D49.0", "BOWEL"),
        ("C45.2", "SOFT_TISSUE"),
        ("C63.1", "TESTIS"),
        ("C44.131", "SEBA"),
        ("C83.390", "PCNSL"),
        ("C22.1", "CHOL"),
        ("D01.3", "ANSC"),
        ("D37.4", "BOWEL"),
    ],
)
def test_a_code_is_read_as_what_is_filed_under_it(code: str, first: str) -> None:
    assert resolver().resolve(code).readings[0].code == first


def test_every_name_on_a_spanish_page_finds_its_cancer_or_is_among_what_a_row_says_of_its_words() -> None:
    bearers: dict[str, set[str]] = defaultdict(set)
    for row in table(TRANSLATIONS / "es" / "cancers.csv"):
        bearers[row["name"]].add(row["code"])
    decided = {tokens(row["term"]) for row in term_rows() if row["kind"] not in NO_NAMES}
    for name, codes in bearers.items():
        found = [one.code for one in resolver().resolve(name).readings]
        assert not codes.isdisjoint(found if tokens(name) in decided else found[:1]), (name, found)


def test_every_organ_of_the_tree_is_named_by_a_site() -> None:
    sites = {code for row in term_rows() if row["kind"] == "site" for code in row["codes"].split("|")}
    assert {cancer.code for cancer in cancer_tree() if cancer.parent is None} <= sites


def test_the_organ_phrases_and_the_spanish_names_are_there() -> None:
    kinds = Counter(row["kind"] for row in term_rows())
    languages = Counter(row["language"] for row in term_rows())
    assert kinds["organ"] >= 200
    assert languages["es"] >= 300
