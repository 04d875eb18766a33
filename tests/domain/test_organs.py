"""The organ that a text names decides, also among organs that share a tissue; asked without any row for these words."""

from itertools import product

import pytest

from referral.domain.lexicon import Lexicon, Site
from referral.domain.normalise import canonical_tokens, clean, surface_words
from referral.domain.organs import ANYWHERE, Fit, Organs
from tests.domain.vocabulary import cancer_tree, names_only, resolver, terms

CARCINOMAS = (
    "pleomorphic carcinoma",
    "ductal carcinoma",
    "poorly cohesive carcinoma",
    "adenosquamous carcinoma",
    "clear cell carcinoma",
    "lobular carcinoma",
    "acinar cell carcinoma",
    "basal cell carcinoma",
    "serous carcinoma",
)
ORGANS = {
    "pancreas": "PANCREAS",
    "rectum": "BOWEL",
    "appendix": "BOWEL",
    "gallbladder": "BILIARY_TRACT",
    "esophagus": "STOMACH",
    "liver": "LIVER",
    "lung": "LUNG",
    "breast": "BREAST",
    "prostate": "PROSTATE",
    "ureter": "BLADDER",
    "testis": "TESTIS",
    "thyroid": "THYROID",
    "adrenal gland": "ADRENAL_GLAND",
    "thymus": "THYMUS",
}


def organs() -> tuple[Organs, Lexicon]:
    lexicon = Lexicon(cancer_tree(), terms())
    return Organs(cancer_tree(), lexicon), lexicon


def sites(lexicon: Lexicon, text: str) -> list[Site]:
    return lexicon.sites_in(canonical_tokens(surface_words(clean(text))))


@pytest.mark.parametrize("kind,organ", list(product(CARCINOMAS, ORGANS)))
def test_a_carcinoma_of_another_organ_never_wins_surely(kind: str, organ: str) -> None:
    for each in (names_only(), resolver()):
        first = each.resolve(f"{kind} of the {organ}").readings[0]
        assert first.confidence < 0.5 or cancer_tree().root(first.code) == ORGANS[organ]


@pytest.mark.parametrize(
    "text,code",
    [
        ("adenocarcinoma of lower third of esophagus", "ESCA"),
        ("adenocarcinoma of the ge junction", "GEJ"),
        ("adenocarcinoma of the cecum", "COAD"),
        ("appendiceal adenocarcinoma", "APAD"),
        ("squamous cell carcinoma of the epiglottis", "LXSC"),
        ("squamous cell carcinoma of the ethmoid sinus", "SNSC"),
        ("squamous cell carcinoma of the stomach", "STOMACH"),
        ("urothelial carcinoma of the urethra", "UCU"),
    ],
)
def test_organs_that_share_a_tissue_are_told_apart(text: str, code: str) -> None:
    assert names_only().resolve(text).readings[0].code == code


@pytest.mark.parametrize(
    "text,code",
    [
        ("leiomyosarcoma of the bladder", "LMS"),
        ("gastrointestinal stromal tumor of large intestine", "GIST"),
        ("esophageal GIST", "GIST"),
        ("schwannoma of the stomach", "SCHW"),
        ("melanoma of the gallbladder", "MEL"),
        ("mantle cell lymphoma of the thyroid", "MCL"),
        ("liposarcoma of the tongue", "LIPO"),
        ("paraganglioma of the bladder", "PGNG"),
    ],
)
def test_a_kind_that_occurs_in_many_organs_is_that_kind_at_a_named_place(text: str, code: str) -> None:
    first = names_only().resolve(text).readings[0]
    assert (first.code, first.confidence >= 0.5) == (code, True)
    assert cancer_tree().root(code) in ANYWHERE


def test_a_kind_that_is_not_understood_leads_to_the_organ_and_not_to_another_kind_of_it() -> None:
    assert names_only().resolve("adenocarcinoma of the tongue").readings[0].code == "HEAD_NECK"
    assert names_only().resolve("squamous cell carcinoma of the duodenum").readings[0].code == "SBC"


def test_a_tumour_that_only_looks_like_one_of_an_organ_is_not_there() -> None:
    found, lexicon = organs()
    assert names_only().resolve("mucinous gastric carcinoma").readings[0].code != "GCEMU"
    assert names_only().resolve("gastric type mucinous carcinoma").readings[0].code == "GCEMU"
    assert sites(lexicon, "gastric type carcinoma of the cervix") == [(("cervix",), ("CERVIX",))]
    assert sites(lexicon, "type 2 papillary tumor of the kidney") == [(("kidney",), ("KIDNEY",))]
    assert found.home("GCEMU") == {"CERVIX"}


def test_the_skin_of_an_organ_is_skin() -> None:
    assert names_only().resolve("basal cell carcinoma of the skin of the breast").readings[0].code == "BCC"
    assert names_only().resolve("breast cancer skin rash").readings[0].code == "BREAST"


def test_how_well_a_cancer_fits_a_place() -> None:
    found, lexicon = organs()
    expected = [
        ("ESCC", "esophagus", Fit.SAME),
        ("ESCC", "stomach", Fit.ANOTHER),
        ("READ", "sigmoid colon", Fit.NARROWER),
        ("SBC", "duodenum", Fit.SAME),
        ("COAD", "bowel", Fit.NARROWER),
        ("GINET", "colon", Fit.TISSUE),
        ("MBL", "cerebellum", Fit.SAME),
        ("ACYC", "parotid", Fit.SAME),
        ("IDC", "prostate", Fit.ANOTHER),
    ]
    assert [(code, place, found.fit(code, sites(lexicon, place))) for code, place, _ in expected] == expected
