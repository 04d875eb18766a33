"""What patients call organs and cancers, where a place is only a landmark, and which answers are open to dispute."""

import pytest

from tests.domain.vocabulary import resolver

# What a patient writes -> the first readings that one can stand behind.
EVERYDAY = """
cancer in my tummy = STOMACH BOWEL PERITONEUM
cancer of the back passage = READ
cancer of the food pipe = ESCA ESCC
cancer where the food pipe joins the stomach = GEJ EGC
cancer where bile duct meets the gut = AMPCA
cancer of the blind gut = COADREAD COAD
cancer of the bum hole = ANSC
growth in the windpipe = LUNG
growth on my vocal cords that is cancer = LXSC
throat cancer vocal cords = LXSC
cancer behind the nose = NPC
cancer of the lower throat = HPHSC
cancer at the back of the tongue = OPHSC
cancer inside my cheek = OCSC
tumor of the roof of my mouth = OCSC
gum cancer lower jaw = OCSC
gland under the jaw cancer = SACA
cancer of the gland that makes saliva = SACA
cancer of the smell nerve = ONBL
hearing nerve tumor = SCHW NST
tumor of the neck artery = PGNG
butterfly gland cancer = THYROID
cancer of the calcium glands = PTH PTHC
tumor of the master gland = SELT PTAD
pituitary growth = SELT PTAD
tumor of the lining of the brain = MNGT MNG
tumor of the covering of the brain meningioma = MNG
worst brain cancer = GB
my toddler has a tumor in the eye = EYE RBL
tumor of the tear gland = LGT
mole that turned into cancer = MEL
melanoma under the toenail = ACRM
skin cancer from sun not melanoma = SKIN BCC CSCC
penis skin cancer = PENIS PSCC
asbestos cancer = PLMESO
cancer of the covering of the lungs = PLMESO PLEURA
cancer of the lining of the tummy = PERITONEUM PSEC PEMESO
tumor in the middle of my chest = THYMUS
red swollen breast cancer = IBC
leaf like tumor of the breast = PT
cancer of the milk ducts = IDC DCIS
cancer of the pee bag = BLADDER
cancer of the tube between kidney and bladder = UTUC
cancer of the pee hole = UCA
tumor on top of the kidney = ADRENAL_GLAND
blood pressure tumor = PHC
kidney tumor in a child = WT KIDNEY
liver cancer in a baby = LIHB LIVER
cancer of the tubes in the liver = IHCH CHOL
cancer of the male gland = PROSTATE PRAD
cancer in one of my testicles = TESTIS
cancer of the mouth of the womb = CERVIX
cancer of the lining of the womb = UCEC
cancer of the womb muscle = ULMS USARC
cancer of the afterbirth = GTD
cancer of the egg sac = OVARY
ovary tumor with teeth and hair = OMT
cancer of fatty tissue = LIPO SOFT_TISSUE
tumor in the back of the belly = SOFT_TISSUE
tailbone tumor = CHDM BONE
cancer of the plasma cells = PCM
cancer in my armpit lymph nodes = LYMPH
slow growing lung carcinoid = LUCA
cáncer de la tela del pulmón = PLMESO PLEURA
cáncer en el cielo de la boca = OCSC
cáncer en la vejiga de la bilis = GBC
me salió un lunar con cáncer = MEL
"""


@pytest.mark.parametrize("row", EVERYDAY.strip().split("\n"))
def test_everyday_words_for_a_cancer_are_understood(row: str) -> None:
    text, codes = row.split(" = ")
    assert resolver().resolve(text).readings[0].code in codes.split()


@pytest.mark.parametrize(
    "text", ["tumor near the pancreas", "growth above the kidney bean", "a mass between the liver and the stomach"]
)
def test_a_tumour_beside_an_organ_is_not_taken_for_one_of_that_organ(text: str) -> None:
    answer = resolver().resolve(text)
    assert answer.ask
    assert all(reading.confidence < 0.5 for reading in answer.readings)


def test_a_kind_of_tumour_stays_sure_beside_a_landmark() -> None:
    answer = resolver().resolve("osteosarcoma above the knee")
    assert (answer.readings[0].code, answer.ask) == ("OS", False)


@pytest.mark.parametrize(
    "text", ["cancer all over, primary not found", "cancer in the neck, origin could not be found"]
)
def test_a_beginning_that_was_not_found_is_no_cancer_of_the_place(text: str) -> None:
    answer = resolver().resolve(text)
    assert "CUP" in {reading.code for reading in answer.readings[:2]}


@pytest.mark.parametrize(
    "text",
    [
        "tummy ache",
        "pain behind the eye",
        "milk duct infection",
        "food pipe burning",
        "torn calf muscle",
        "insulin pump",
        "next to the hospital",
        "back passage itching",
        "nail bed infection",
    ],
)
def test_everyday_words_for_a_complaint_are_no_cancer(text: str) -> None:
    assert resolver().resolve(text).readings == ()


@pytest.mark.parametrize(
    "text,code",
    [
        ("thyroid adenocarcinoma", "WDTC"),  # a family
        ("choroid plexus cancer", "CPT"),  # the tree has a carcinoma and a tumor of it
        ("malignant tumor of gum", "OCSC"),  # "gum cancer" but for the word for tumour
        ("malignant neoplasm of pyriform fossa", "HPHSC"),  # a place and a word for tumour
    ],
)
def test_an_answer_that_may_be_disputed_is_less_sure(text: str, code: str) -> None:
    answer = resolver().resolve(text)
    assert answer.readings[0].code == code
    assert 0.5 <= answer.readings[0].confidence < 0.7
    assert not answer.ask


def test_the_same_words_without_a_doubt_are_sure() -> None:
    for text in (
        "hepatoma",
        "insulinoma",
        "fibroid",
        "uterine fibroid",
        "grade 2 parathyroid carcinoma",
        "tumour of the kidney",
        "anal cancer",
    ):
        assert resolver().resolve(text).readings[0].confidence >= 0.85, text


def test_words_of_several_cancers_are_asked_back_although_the_usual_one_is_likely() -> None:
    answer = resolver().resolve("squamous cell carcinoma")
    assert answer.ask
    assert answer.readings[0].confidence > 0.5 > answer.readings[1].confidence


def test_a_family_is_answered_by_what_all_its_kinds_have_in_common() -> None:
    assert resolver().resolve("acute leukemia").ask
    assert resolver().resolve("acute leukemia").readings[0].code in {"MYELOID", "LYMPH"}
    assert resolver().resolve("mixed glioneuronal tumor").readings[0].code == "BRAIN"


def test_a_growth_is_not_taken_for_a_carcinoma_of_the_same_words() -> None:
    assert resolver().resolve("pituitary growth").readings[0].code == "SELT"
    assert resolver().resolve("pituitary carcinoma").readings[0].code == "PTCA"


def test_a_description_says_nothing_of_other_texts_with_some_of_its_words() -> None:
    assert resolver().resolve("red swollen knee").readings == ()
    assert resolver().resolve("slow growing nails").readings == ()
