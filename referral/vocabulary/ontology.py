"""Reads the Human Disease Ontology (OBO) and MONDO (OBO, or OBO graphs as JSON).

Only what is needed is kept: names, synonyms with their scope, the references to OncoTree and NCI Thesaurus, what stands
above. DOID is CC0, MONDO is CC BY 4.0; both write NCI Thesaurus codes as `NCI:` or `NCIT:`. OBO text is read by
fastobo; its reader of graphs ends the whole process on a damaged file, so JSON is read here.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import fastobo

from referral.directory.csv_text import opened
from referral.directory.report import ImportRefused
from referral.domain.additions import Concept

ACRONYMS = ("OMO:0003012", "OMO:0003000", "ABBREVIATION", "ACRONYM")
SCOPES = {"hasExactSynonym": "EXACT", "hasNarrowSynonym": "NARROW"}
Progress = Callable[[str, int], None]


def read_concepts(path: Path, prefix: str, progress: Progress = lambda file, rows: None) -> list[Concept]:
    """The live concepts of a file whose ids begin with `prefix` (DOID, MONDO); ImportRefused names the line."""
    concepts = []
    with opened(path) as stream:
        read = _from_json if path.name.removesuffix(".gz").endswith(".json") else _from_obo
        for at, concept in enumerate(read(path.name, stream), 1):
            progress(path.name, at)
            if concept.id.startswith(f"{prefix}:"):
                concepts.append(concept)
    if not concepts:
        raise ImportRefused(path.name, f"has no concept whose id begins with {prefix}:")
    return concepts


def _from_obo(file: str, stream: BinaryIO) -> Iterator[Concept]:
    try:
        for frame in fastobo.iter(stream):
            if isinstance(frame, fastobo.term.TermFrame):
                yield from _concept(str(frame.id), frame)
    except SyntaxError as error:
        raise ImportRefused(file, f"is no OBO file: {error.msg}", line=error.lineno) from error
    except (ValueError, TypeError, OSError) as error:  # fastobo's answers to bytes that are no text
        raise ImportRefused(file, "is no OBO file in UTF-8") from error


def _concept(id_: str, clauses: Iterable[Any]) -> Iterator[Concept]:
    """The concept of one frame, unless it is obsolete."""
    names, synonyms, references, parents = [], [], [], []
    for clause in clauses:
        match clause:
            case fastobo.term.IsObsoleteClause() if clause.obsolete:
                return
            case fastobo.term.NameClause():
                names.append(clause.name)
            case fastobo.term.SynonymClause():
                said = clause.synonym
                synonyms.append((said.desc, said.scope, str(said.type).endswith(ACRONYMS)))
            case fastobo.term.XrefClause():
                references.append(str(clause.xref.id))
            case fastobo.term.IsAClause():
                parents.append(str(clause.term))
    if names:
        yield Concept(id_, names[0], tuple(synonyms), *_codes(references), tuple(parents))


def _from_json(file: str, stream: BinaryIO) -> Iterator[Concept]:
    try:
        graph = json.load(stream)["graphs"][0]
        parents: dict[str, list[str]] = defaultdict(list)
        for edge in graph["edges"]:
            if edge["pred"] == "is_a":
                parents[edge["sub"]].append(_short(edge["obj"]))
        for node in graph["nodes"]:
            yield from _concept_of_node(node, parents[node["id"]])
    except json.JSONDecodeError as error:
        raise ImportRefused(file, f"is no JSON: {error.msg}", line=error.lineno) from error
    except UnicodeDecodeError as error:
        raise ImportRefused(file, "is not UTF-8 text") from error
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ImportRefused(file, f"is no JSON of OBO graphs ({type(error).__name__}: {error})") from error


def _concept_of_node(node: dict[str, Any], parents: list[str]) -> Iterator[Concept]:
    meta = node.get("meta") or {}
    if not node.get("lbl") or meta.get("deprecated"):
        return
    synonyms = tuple(
        (said["val"], SCOPES.get(said["pred"], "RELATED"), _short(said.get("synonymType", "")).endswith(ACRONYMS))
        for said in meta.get("synonyms", ())
    )
    references = [xref["val"] for xref in meta.get("xrefs", ())]
    yield Concept(_short(node["id"]), node["lbl"], synonyms, *_codes(references), tuple(parents))


def _short(address: str) -> str:
    """`http://purl.obolibrary.org/obo/MONDO_0019087` as `MONDO:0019087`."""
    return address.rpartition("/")[2].replace("_", ":", 1)


def _codes(references: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(OncoTree codes, NCI Thesaurus codes) among the references."""
    split = [reference.partition(":") for reference in references]
    oncotree = tuple(code for system, _, code in split if system == "ONCOTREE")
    return oncotree, tuple(code for system, _, code in split if system in ("NCI", "NCIT"))
