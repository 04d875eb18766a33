"""What describes the course of a cancer is split from what names its kind."""

import pytest

from referral.domain.qualifiers import means_tumor, says_child, split_qualifiers
from tests.depth import everything
from tests.domain.vocabulary import SEED_DATA, cancer_tree, names_only, resolver, table


def split(text: str, level: int) -> tuple[str, tuple[str, ...]]:
    left, found = split_qualifiers(tuple(text.split()), level)
    return " ".join(left), found


@pytest.mark.parametrize(
    "text,left,qualifier",
    [
        ("stage 4b melanoma", "melanoma", "stage 4b"),
        ("relapsed mantle cell lymphoma", "mantle cell lymphoma", "relapsed"),
        ("locally advanced rectum cancer", "rectum cancer", "locally advanced"),
        ("breast cancer spread to bone", "breast cancer", "spread to bone"),
        ("colon cancer with liver metastasis", "colon cancer", "with liver metastasis"),
        ("lung cancer ajcc v8", "lung cancer", "ajcc v8"),
    ],
)
def test_stage_and_course_are_split_off_first(text: str, left: str, qualifier: str) -> None:
    assert split(text, 0) == (left, (qualifier,))


@pytest.mark.parametrize(
    "text,left",
    [
        ("grade 3 astrocytoma", "astrocytoma"),
        ("egfr mutant lung adenocarcinoma", "lung adenocarcinoma"),
        ("castration resistant prostate cancer", "prostate cancer"),
        ("childhood rhabdomyosarcoma", "rhabdomyosarcoma"),
        ("left breast cancer", "breast cancer"),
    ],
)
def test_grade_marker_age_and_side_stay_until_they_must_go(text: str, left: str) -> None:
    assert split(text, 0)[0] != left
    assert split(text, 1)[0] == left


def test_the_upper_urinary_tract_is_a_place_and_not_a_side() -> None:
    assert split("upper urinary tract cancer", 1) == ("upper urinary tract cancer", ())


def test_a_text_that_is_nothing_but_a_qualifier_is_left_as_it_is() -> None:
    assert split("metastatic", 1) == ("metastatic", ())


@pytest.mark.parametrize(
    "text,left",
    [
        ("braf v600e papillary carcinoma", "papillary carcinoma"),
        ("egfr exon 20 insertion lung adenocarcinoma", "lung adenocarcinoma"),
        ("adenocarcinoma of colon kras g12d mutant nras wild type", "adenocarcinoma of colon"),
        ("claudin 18 2 positive stomach adenocarcinoma", "stomach adenocarcinoma"),
        ("her2 low breast carcinoma", "breast carcinoma"),
        ("fgfr2 fusion cholangiocarcinoma", "cholangiocarcinoma"),
        ("lung cancer negative for alk", "lung cancer"),
        ("urothelial carcinoma pd l1 high", "urothelial carcinoma"),
        ("egfr lung cancer", "lung cancer"),
        ("osimertinib resistant lung cancer", "lung cancer"),
    ],
)
def test_genes_variants_and_their_states_are_split_off(text: str, left: str) -> None:
    assert split(text, 1)[0] == left


def test_the_grade_behind_a_gene_is_not_its_state() -> None:
    assert split("brca1 mutant high grade serous carcinoma", 1)[0] == "high grade serous carcinoma"


@pytest.mark.parametrize(
    "text,code",
    [
        ("NRAS Q61R cutaneous melanoma", "SKCM"),
        ("EGFR T790M lung adenocarcinoma", "LUAD"),
        ("FGFR2 fusion cholangiocarcinoma", "CHOL"),
        ("MSI-high colorectal adenocarcinoma", "COADREAD"),
        ("BRCA1 mutated high-grade serous ovarian cancer", "HGSOC"),
    ],
)
def test_a_gene_beside_a_cancer_does_not_change_which_it_is(text: str, code: str) -> None:
    first = names_only().resolve(text).readings[0]
    assert (first.code, first.confidence >= 0.9) == (code, True)


def test_a_gene_that_names_the_kind_stays_in_the_name() -> None:
    assert resolver().resolve("NUT carcinoma of the lung").readings[0].code == "NUTCL"
    assert resolver().resolve("AML with Mutated NPM1").readings[0].code == "AMLNPM1"


@pytest.mark.parametrize("text", ["stage 3", "spread to liver", "kras g12c mutant", "grade 2", "recurrent", "t3n1m0"])
def test_a_stage_a_spread_or_a_gene_says_that_a_tumour_is_meant(text: str) -> None:
    assert means_tumor((text,))


@pytest.mark.parametrize("text", ["left", "5 year old", "female", "new", "upper", "childhood"])
def test_an_age_or_a_side_does_not_say_that_a_tumour_is_meant(text: str) -> None:
    assert not means_tumor((text,))


def test_who_is_a_child_is_heard() -> None:
    assert [says_child((who,)) for who in ("5 year old", "17yo", "8 months old", "pediatric", "toddler")] == [True] * 5
    assert [says_child((who,)) for who in ("45 year old", "71yo", "male", "elderly")] == [False] * 4


@pytest.mark.parametrize("text", ["leukemia in a 9 year old", "childhood leukemia", "leukemia in my toddler"])
def test_what_differs_between_children_and_adults_is_asked_back(text: str) -> None:
    answer = resolver().resolve(text)
    assert answer.ask
    assert {"LYMPH", "BLL"} & {reading.code for reading in answer.readings}


@pytest.mark.parametrize(
    "text,left",
    [
        ("malignant neoplasm of other part of pancreas", "malignant neoplasm of pancreas"),
        ("malignant neoplasm of overlapping site of bladder", "malignant neoplasm of bladder"),
        ("multiple myeloma not having achieved remission", "multiple myeloma"),
        ("follicular lymphoma intrathoracic lymph node", "follicular lymphoma"),
        ("malignant neoplasm of kidney except renal pelvis", "malignant neoplasm of kidney"),
        ("hairy cell leukemia in relapse", "hairy cell leukemia"),
    ],
)
def test_what_a_classification_adds_to_a_name_is_split_off(text: str, left: str) -> None:
    assert split(text, 1)[0] == left


def test_the_titles_of_the_classification_are_read_as_their_codes() -> None:
    same_tissue = same_cancer = titles = 0
    tree = cancer_tree()
    cancers = [row for row in table(SEED_DATA / "icd10cm_codes.csv") if "C00" <= row["code"] < "C97"]
    for row in cancers[:: 1 if everything() else 8]:
        by_code = resolver().resolve(row["code"], limit=30).readings
        by_title = resolver().resolve(row["title"]).readings
        titles += 1
        if by_title:
            same_tissue += tree.root(by_title[0].code) == tree.root(by_code[0].code)
            same_cancer += any(by_title[0].code in tree.path(reading.code) for reading in by_code)
    assert same_tissue / titles >= 0.95
    assert same_cancer / titles >= 0.95
