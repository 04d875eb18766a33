"""Where a cancer began is the cancer; where it went is a qualifier."""

import pytest

from tests.domain.vocabulary import names_only, resolver


@pytest.mark.parametrize(
    "text,code",
    [
        ("lung metastases from osteosarcoma", "OS"),
        ("adrenal mets from renal cell carcinoma", "RCC"),
        ("metastatic adenocarcinoma in the lung of rectal origin", "READ"),
        ("liver lesions, adenocarcinoma, colon primary", "COAD"),
        ("prostate adenocarcinoma spread to spine and ribs", "PRAD"),
        ("cholangiocarcinoma mets lung", "CHOL"),
        ("uveal melanoma metastatic to the liver and both lungs", "UM"),
        ("renal cell carcinoma that has moved into the brain", "RCC"),
        ("ascites secondary to pancreatic adenocarcinoma", "PAAD"),
    ],
)
def test_where_the_primary_is_named_it_is_the_cancer(text: str, code: str) -> None:
    first = names_only().resolve(text).readings[0]
    assert (first.code, first.confidence >= 0.5) == (code, True)


@pytest.mark.parametrize(
    "text,codes",
    [
        ("liver cancer metastatic from colon", {"COAD", "COADREAD"}),
        ("brain tumor metastatic from breast", {"BREAST"}),
        ("ovarian cancer that came from the stomach, metastatic from stomach", {"STOMACH"}),
        ("it started in the pancreas and is in the liver now, cancer", {"PANCREAS"}),
    ],
)
def test_a_primary_named_by_its_place_alone_is_the_cancer_of_that_place(text: str, codes: set[str]) -> None:
    assert resolver().resolve(text).readings[0].code in codes


@pytest.mark.parametrize(
    "text,code",
    [
        ("secondary malignant neoplasm of bladder", "BLADDER"),
        ("secondary cancer of the ovary", "OVARY"),
        ("thyroid secondaries", "THYROID"),
        ("pleural mets", "PLEURA"),
        ("metastases in the spine", "BONE"),
        ("metastatic bone cancer", "BONE"),
        ("they cannot find where the cancer in her liver started", "LIVER"),
    ],
)
def test_a_place_of_spread_alone_is_asked_back(text: str, code: str) -> None:
    answer = resolver().resolve(text)
    assert answer.ask
    assert {"CUP", code} <= {reading.code for reading in answer.readings}


def test_where_it_went_is_returned_as_a_qualifier() -> None:
    assert "spread to spine and rib" in resolver().resolve("prostate cancer spread to spine and ribs").qualifiers
    assert "liver mets" in resolver().resolve("small cell lung cancer with liver mets").qualifiers


def test_a_cancer_behind_the_places_of_spread_is_not_taken_for_one() -> None:
    assert resolver().resolve("spread to the liver and lungs, ovarian cancer").readings[0].code == "OVARY"


def test_a_name_that_says_secondary_or_metastatic_stays_a_name() -> None:
    assert resolver().resolve("Secondary Osteosarcoma").readings[0].code == "SECOS"
    assert resolver().resolve("metastatic melanoma").readings[0].code == "MEL"


def test_not_knowing_where_to_go_is_not_a_cancer_of_unknown_origin() -> None:
    text = "i dont know where to find a doctor for my moms ovarian cancer"
    assert resolver().resolve(text).readings[0].code == "OVARY"
