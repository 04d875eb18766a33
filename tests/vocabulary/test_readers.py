"""Reading official files: what is kept of them, and what a wrong or damaged one is answered with."""

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral.directory.report import ImportRefused
from referral.domain.additions import Concept, ReleaseNode
from referral.vocabulary.oncotree import read_release
from referral.vocabulary.ontology import read_concepts
from tests.vocabulary.files import OBO, graph, node, release


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_release_is_read_with_parents_first_former_codes_and_references(tmp_path: Path) -> None:
    assert read_release(written(tmp_path, "tree.json", release())) == [
        ReleaseNode("BILIARY_TRACT", "Biliary Tract", "Biliary Tract Cancer", "Biliary Tract", None, (), ("C12678",)),
        ReleaseNode("ZEBR", "Hilar Zebra Tumor", "Zebra", "Biliary Tract", "BILIARY_TRACT", ("OLDZ", "STRP"), ()),
    ]


@pytest.mark.parametrize(
    "content, complaint",
    [
        ("", "is no JSON"),
        ("[]", "TISSUE"),
        ('{"TISSUE": {"children": {}}}', "TISSUE"),
        ('{"TISSUE": {"children": {"A": {"code": "A"}}}}', "'A' has no code or no name"),
        ('{"TISSUE": {"children": {"A": {"code": "A", "name": "a"}}}}', "'A' has no children"),
        ('{"TISSUE": {"children": {"A": {"code": "<b>", "name": "a", "children": {}}}}}', "'<b>'"),
        ('{"TISSUE":\n{"children":', "line 2"),
        (b"\xff\xfe{}", "UTF-8"),
    ],
)
def test_a_file_that_is_no_release_is_refused_with_the_reason(
    tmp_path: Path, content: str | bytes, complaint: str
) -> None:
    with pytest.raises(ImportRefused, match=complaint):
        read_release(written(tmp_path, "tree.json", content))


CONCEPTS = [
    Concept(
        "DOID:4947", "cholangiocarcinoma",
        (("adult cholangiocarcinoma", "NARROW", False), ("CCA", "EXACT", True), ("duct cancer", "EXACT", False)),
        ("CHOL",), ("C4436",), ("DOID:4896",),
    ),
    Concept("DOID:4896", "bile duct adenocarcinoma", (), (), ("C27813",), ()),
]  # fmt: skip


def test_obo_text_is_read_without_obsolete_terms_and_other_ids(tmp_path: Path) -> None:
    assert read_concepts(written(tmp_path, "doid.obo", OBO), "DOID") == CONCEPTS


def test_a_packed_file_is_read_as_well(tmp_path: Path) -> None:
    assert read_concepts(written(tmp_path, "doid.obo.gz", gzip.compress(OBO.encode())), "DOID") == CONCEPTS


def test_a_json_graph_says_the_same_as_obo_text(tmp_path: Path) -> None:
    assert read_concepts(written(tmp_path, "doid.json", graph()), "DOID") == CONCEPTS


def test_every_concept_is_counted_for_the_progress_line(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    read_concepts(written(tmp_path, "doid.obo", OBO), "DOID", lambda file, rows: seen.append((file, rows)))
    assert seen == [("doid.obo", 1), ("doid.obo", 2), ("doid.obo", 3)]


@pytest.mark.parametrize(
    "name, content, complaint",
    [
        ("a.obo", "", "no concept whose id begins with DOID:"),
        ("a.obo", OBO.replace("DOID:", "HP:"), "no concept whose id begins with DOID:"),
        ("a.obo", "<html>", "line 1: is no OBO file"),
        ("a.obo", OBO + "\n[Term]\nid: DOID:3\nname oops\n", r"a\.obo, line \d+: is no OBO file"),
        ("a.obo", b"\xff\xfe\x00", "UTF-8"),
        ("a.obo", b"format-version: 1.2\n\n[Term]\nid: DOID:1\nname: \xff\xfe\n", "UTF-8"),
        ("a.json", "{", "line 1: is no JSON"),
        ("a.json", "{}", "is no JSON of OBO graphs"),
        ("a.json", '{"graphs": [{"nodes": [{"id": 3, "lbl": "x"}], "edges": []}]}', "is no JSON of OBO graphs"),
        ("a.json", b"\xff", "UTF-8"),
        ("a.obo.gz", b"no gzip", r"a\.obo\.gz"),
    ],
)
def test_a_wrong_or_damaged_ontology_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: str | bytes, complaint: str
) -> None:
    with pytest.raises(ImportRefused, match=complaint):
        read_concepts(written(tmp_path, name, content), "DOID")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(OBO) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_byte_gone_wrong_gives_a_reading_or_a_refusal(tmp_path: Path, at: int, byte: int, cut: bool) -> None:
    content = bytearray(OBO.encode())
    content[at] = byte
    path = written(tmp_path, "doid.obo", bytes(content[:at] if cut else content))
    with suppress(ImportRefused):
        assert read_concepts(path, "DOID")


def test_a_node_of_another_shape_is_refused_and_not_guessed(tmp_path: Path) -> None:
    broken: dict[str, Any] = {"TISSUE": {"children": {"A": {**node("A", "a"), "children": []}}}}
    with pytest.raises(ImportRefused, match="'A' has no children"):
        read_release(written(tmp_path, "tree.json", json.dumps(broken)))
