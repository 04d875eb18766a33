"""Small made-up files in the layouts of OncoTree, OBO text and OBO graphs."""

import json
from typing import Any

OBO = """format-version: 1.2
data-version: doid/releases/2026-08-31/doid.obo
ontology: doid
synonymtypedef: OMO:0003012 "acronym"

[Term]
id: DOID:4947
name: cholangiocarcinoma
synonym: "adult cholangiocarcinoma" NARROW []
synonym: "CCA" EXACT OMO:0003012 []
synonym: "duct cancer" EXACT []
xref: NCI:C4436
xref: ONCOTREE:CHOL
xref: ICDO:8160/3
is_a: DOID:4896 ! bile duct adenocarcinoma

[Term]
id: DOID:4896
name: bile duct adenocarcinoma
xref: NCI:C27813

[Term]
id: CHEBI:16716
name: benzene

[Term]
id: DOID:1
name: an old disease
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""


def node(code: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """One node of a release as its JSON."""
    plain = {"code": code, "name": name, "mainType": name, "externalReferences": {}, "tissue": name, "children": {}}
    return {**plain, "parent": "TISSUE", "history": [], "revocations": [], "precursors": [], "level": 1, **more}


def release(**below: dict[str, Any]) -> str:
    """A release with the bile ducts and one kind below them, and what is given below the bile ducts."""
    zebra = node("ZEBR", "Hilar Zebra Tumor", mainType="Zebra", parent="BILIARY_TRACT", history=["OLDZ"],
                 precursors=["STRP"])  # fmt: skip
    home = node("BILIARY_TRACT", "Biliary Tract", mainType="Biliary Tract Cancer",
                externalReferences={"NCI": ["C12678"]}, children={"ZEBR": zebra, **below})  # fmt: skip
    return json.dumps({"TISSUE": node("TISSUE", "Tissue", children={"BILIARY_TRACT": home})})


def graph() -> str:
    """What `OBO` says, as a JSON graph."""
    base = "http://purl.obolibrary.org/obo/"
    synonyms = [
        {"pred": "hasNarrowSynonym", "val": "adult cholangiocarcinoma"},
        {"pred": "hasExactSynonym", "val": "CCA", "synonymType": f"{base}OMO_0003012"},
        {"pred": "hasExactSynonym", "val": "duct cancer"},
    ]
    references = [{"val": "NCI:C4436"}, {"val": "ONCOTREE:CHOL"}, {"val": "ICDO:8160/3"}]
    nodes = [
        {"id": f"{base}DOID_4947", "lbl": "cholangiocarcinoma", "type": "CLASS",
         "meta": {"synonyms": synonyms, "xrefs": references}},
        {"id": f"{base}DOID_4896", "lbl": "bile duct adenocarcinoma", "meta": {"xrefs": [{"val": "NCI:C27813"}]}},
        {"id": f"{base}CHEBI_16716", "lbl": "benzene"},
        {"id": f"{base}DOID_1", "lbl": "an old disease", "meta": {"deprecated": True}},
    ]  # fmt: skip
    edges = [{"sub": f"{base}DOID_4947", "pred": "is_a", "obj": f"{base}DOID_4896"},
             {"sub": f"{base}DOID_4896", "pred": "part_of", "obj": f"{base}CHEBI_16716"}]  # fmt: skip
    return json.dumps({"graphs": [{"id": "doid", "nodes": nodes, "edges": edges}]})
