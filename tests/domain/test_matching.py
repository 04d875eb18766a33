"""What is searched for, how the parts weigh, how one cancer relates to another, and where results come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.cancers import Cancer, Rarity
from referral.domain.codes import Complexity, Discipline, Relation, Situation, Step
from referral.domain.matching import Part, Query, coverage_note, relation, weights

CHOLANGIOCARCINOMA = Cancer(
    "CHOL", "Cholangiocarcinoma", "Hepatobiliary Cancer", "Biliary Tract", "IPN", ("C22.1",), 1.7, 2021, "",
    Rarity.RARE, "published",
)  # fmt: skip


@pytest.mark.parametrize(
    "rarity, complexity, balance",
    [
        (Rarity.COMMON, (), 0.65),
        (Rarity.RARE, (), 0.70),
        (Rarity.VERY_RARE, (), 0.80),
        (Rarity.COMMON, (Complexity.RECURRENT,), 0.70),
        (Rarity.RARE, (Complexity.METASTATIC, Complexity.PRETREATED), 0.75),
        (Rarity.VERY_RARE, tuple(Complexity), 0.85),
    ],
)
def test_the_rarer_and_the_more_complex_the_more_experience_counts(
    rarity: Rarity, complexity: tuple[Complexity, ...], balance: float
) -> None:
    found = weights(rarity, complexity, None)

    assert found.experience + found.centre == pytest.approx(balance)
    assert found.experience / found.centre == pytest.approx(2.5)
    assert found.distance == pytest.approx(1 - balance)


@given(st.sampled_from(Rarity), st.lists(st.sampled_from(Complexity)), st.none() | st.floats(0, 1))
def test_weights_are_shares_of_one(rarity: Rarity, complexity: list[Complexity], own: float | None) -> None:
    found = weights(rarity, complexity, own)

    assert found.experience + found.centre + found.distance == pytest.approx(1.0, abs=1e-15)
    assert min(found.experience, found.centre, found.distance) >= 0
    assert own is not None or found.distance >= 0.1 - 1e-12


@pytest.mark.parametrize("own", [0.0, 0.25, 1.0])
def test_the_patients_own_balance_goes_before_every_default(own: float) -> None:
    assert weights(Rarity.VERY_RARE, tuple(Complexity), own).distance == 1 - own


@pytest.mark.parametrize(
    "evidence, asked, expected",
    [
        ("LIVER/HCC", "LIVER/HCC", Relation.EXACT),
        ("LIVER/HCC/FLC", "LIVER/HCC", Relation.NARROWER),
        ("LIVER", "LIVER/HCC", Relation.BROADER),
        ("LIVER/ANGL", "LIVER/HCC", Relation.RELATED),
        ("LIVER/ANGL/X", "LIVER/HCC/FLC", Relation.RELATED),
    ],
)
def test_how_an_evidence_row_relates_to_the_cancer_asked_for(evidence: str, asked: str, expected: Relation) -> None:
    assert relation(evidence.split("/"), asked.split("/")) is expected


def test_an_uncertain_diagnosis_adds_pathologists_to_a_wanted_discipline() -> None:
    unsure = Situation.UNCERTAIN_DIAGNOSIS

    assert Query("CHOL").disciplines == ()
    assert Query("CHOL", situation=unsure).disciplines == ()
    assert Query("CHOL", discipline=Discipline.SURGICAL).disciplines == (Discipline.SURGICAL,)
    assert Query("CHOL", discipline=Discipline.SURGICAL, situation=unsure).disciplines == (
        Discipline.SURGICAL,
        Discipline.PATHOLOGY,
    )


def test_a_part_adds_its_weight_times_its_value_in_hundredths() -> None:
    assert Part("experience", 0.5, 0.842, "").points == pytest.approx(42.1)


@pytest.mark.parametrize("radius_km", [None, 80.0])
@pytest.mark.parametrize("step", Step)
def test_every_step_has_a_sentence_of_its_own(step: Step, radius_km: float | None) -> None:
    note = coverage_note(step, CHOLANGIOCARCINOMA, radius_km)
    others = {coverage_note(other, CHOLANGIOCARCINOMA, radius_km) for other in Step if other is not step}

    assert note.endswith(".")
    assert note not in others


def test_a_search_that_had_to_look_further_says_so() -> None:
    wider = coverage_note(Step.EXACT_WIDER, CHOLANGIOCARCINOMA, 80)

    assert "Nobody was found within 80 km, so we looked further." in wider
    assert "within 80 km" in coverage_note(Step.EXACT_IN_RADIUS, CHOLANGIOCARCINOMA, 80)
    assert "at any distance" in coverage_note(Step.EXACT_IN_RADIUS, CHOLANGIOCARCINOMA, None)
