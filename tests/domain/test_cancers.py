import pytest

from referral.domain.cancers import Cancer, CancerTree, Rarity
from referral.domain.errors import UnknownCancer


def row(code: str, parent: str = "", **changes: str) -> dict[str, str]:
    """One row of the table with valid values."""
    return {
        "code": code,
        "name": f"Name of {code}",
        "main_type": "Liver Cancer",
        "tissue": "Liver",
        "parent": parent,
        "icd10cm": "C22.0|C22.1",
        "incidence_per_100k": "",
        "incidence_year": "",
        "incidence_source": "",
        "rarity": "rare",
        "rarity_basis": "judged",
    } | changes


def small_tree() -> CancerTree:
    """LIVER > HCC > FLC, and IHCH beside HCC."""
    return CancerTree.from_rows([row("FLC", "HCC"), row("LIVER"), row("HCC", "LIVER"), row("IHCH", "LIVER")])


def test_a_path_runs_from_the_tissue_down_to_the_code_itself() -> None:
    assert small_tree().path("FLC") == ("LIVER", "HCC", "FLC")
    assert small_tree().path("LIVER") == ("LIVER",)
    assert small_tree().root("FLC") == "LIVER"


def test_a_subtree_holds_the_code_itself_and_all_below() -> None:
    assert small_tree().subtree("HCC") == {"HCC", "FLC"}
    assert small_tree().subtree("LIVER") == {"LIVER", "HCC", "FLC", "IHCH"}


def test_children_come_in_the_order_of_the_table() -> None:
    assert small_tree().children("LIVER") == ("HCC", "IHCH")
    assert small_tree().children("FLC") == ()


def test_a_row_is_read_into_its_types() -> None:
    figures = {"incidence_per_100k": "1.7", "incidence_year": "2017", "incidence_source": "SEER"}
    (cancer,) = CancerTree.from_rows([row("LIVER", rarity="very-rare", rarity_basis="published", **figures)])
    assert cancer == Cancer(
        code="LIVER",
        name="Name of LIVER",
        main_type="Liver Cancer",
        tissue="Liver",
        parent=None,
        icd10cm=("C22.0", "C22.1"),
        incidence_per_100k=1.7,
        incidence_year=2017,
        incidence_source="SEER",
        rarity=Rarity.VERY_RARE,
        rarity_basis="published",
    )


@pytest.mark.parametrize("rarity,rare", [("common", False), ("rare", True), ("very-rare", True)])
def test_rare_and_very_rare_count_as_rare(rarity: str, rare: bool) -> None:
    assert CancerTree.from_rows([row("LIVER", rarity=rarity)])["LIVER"].rare is rare


def test_empty_columns_are_unknown() -> None:
    cancer = CancerTree.from_rows([row("LIVER", icd10cm="")])["LIVER"]
    assert (cancer.icd10cm, cancer.incidence_per_100k, cancer.incidence_year) == ((), None, None)


def test_an_unknown_code_is_named_in_the_error() -> None:
    tree = small_tree()
    assert tree.get("XYZ") is None
    assert "XYZ" not in tree
    for ask in (tree.__getitem__, tree.path, tree.root, tree.children, tree.subtree):
        with pytest.raises(UnknownCancer) as caught:
            ask("XYZ")
        assert caught.value.code == "XYZ"


def test_a_code_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'HCC' stands twice"):
        CancerTree.from_rows([row("LIVER"), row("HCC", "LIVER"), row("HCC", "LIVER")])


def test_a_missing_parent_is_refused() -> None:
    with pytest.raises(ValueError, match="'HCC' has the parent 'LUNG'"):
        CancerTree.from_rows([row("LIVER"), row("HCC", "LUNG")])


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="ancestor of itself"):
        CancerTree.from_rows([row("A", "B"), row("B", "C"), row("C", "A")])


@pytest.mark.parametrize("column,value", [("rarity", "seldom"), ("incidence_per_100k", "few"), ("incidence_year", "x")])
def test_a_value_that_cannot_be_read_names_the_row(column: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"'LIVER': .*{value}"):
        CancerTree.from_rows([row("LIVER", **{column: value})])
