"""Reads a release of OncoTree: JSON as its web service gives it, the tree nested below a root called TISSUE.

Layout as of the release 2025-10-03 (cBioPortal/oncotree, CC BY 4.0): every node has code, name, mainType, tissue,
parent and children by code; `history` and `precursors` list codes it had before or took in.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from referral.directory.csv_text import opened
from referral.directory.report import ImportRefused
from referral.domain.additions import ReleaseNode

ROOT = "TISSUE"
_TEXTS = ("code", "name")
_CODE = re.compile(r"[A-Za-z0-9_/-]{1,40}")
MAX_BYTES = 64 * 2**20
"""A release has about 1 MB; what is far larger is another file."""


def read_release(path: Path) -> list[ReleaseNode]:
    """Every node of a release, parents before children; ImportRefused says what the file lacks."""
    with opened(path) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ImportRefused(path.name, f"is larger than {MAX_BYTES // 2**20} MB; a release of OncoTree has about 1 MB")
    return list(_below(_root(path.name, content), path.name, None, ""))


def _root(file: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ImportRefused(file, "is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise ImportRefused(file, f"is no JSON: {error.msg}", line=error.lineno) from error
    root = found.get(ROOT) if isinstance(found, dict) else None
    if not isinstance(root, dict) or not isinstance(root.get("children"), dict) or not root["children"]:
        raise ImportRefused(file, f"is no release of OncoTree: the key {ROOT} with children is missing")
    return root


def _below(node: dict[str, Any], file: str, parent: str | None, tissue: str) -> Iterator[ReleaseNode]:
    for code, child in sorted(node["children"].items()):
        if not isinstance(child, dict) or not all(isinstance(child.get(key), str) and child[key] for key in _TEXTS):
            raise ImportRefused(file, f"the node {code!r} has no code or no name")
        if not _CODE.fullmatch(child["code"]):
            raise ImportRefused(file, f"the code {child['code'][:60]!r} is not 1 to 40 letters, digits, _, - and /")
        if not isinstance(child.get("children"), dict):
            raise ImportRefused(file, f"the node {code!r} has no children (an empty object was expected)")
        home = tissue or child["name"]
        ncit = tuple((child.get("externalReferences") or {}).get("NCI") or ())
        former = _former(child)
        yield ReleaseNode(child["code"], child["name"], child.get("mainType") or "", home, parent, former, ncit)
        yield from _below(child, file, child["code"], home)


def _former(node: dict[str, Any]) -> tuple[str, ...]:
    codes = [*(node.get("history") or ()), *(node.get("precursors") or ())]
    return tuple(dict.fromkeys(str(code) for code in codes if code != node["code"]))
