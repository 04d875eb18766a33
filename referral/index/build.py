"""Compiles the directory into a snapshot: credits of every specialist and organization at every node of the tree."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256

import numpy as np

from referral.domain.cancers import CancerTree
from referral.domain.experience import MODEL_VERSION, Evidence, VolumeMark, credits
from referral.domain.matching import RoleFacts
from referral.index.snapshot import Postings, Snapshot


def build(
    roles: Iterable[RoleFacts],
    evidence: Mapping[str, Sequence[Evidence]],
    organization_evidence: Mapping[str, Sequence[Evidence]],
    tree: CancerTree,
    marks: Mapping[str, VolumeMark],
    built_on: date,
) -> Snapshot:
    """The snapshot of these records on this day; the order in which they come does not matter."""
    ordered = tuple(sorted(roles, key=lambda role: role.role_id))
    npis = {npi: number for number, npi in enumerate(sorted({role.npi for role in ordered}))}
    names = sorted({role.organization_id for role in ordered if role.organization_id})
    organizations = {name: number for number, name in enumerate(names)}
    known = {npi: _in_order(evidence[npi]) for npi in npis if evidence.get(npi)}
    known_organizations = {
        name: _in_order(organization_evidence[name]) for name in organizations if organization_evidence.get(name)
    }
    return Snapshot(
        version=_version(ordered, known, known_organizations, tree, marks, built_on),
        model_version=MODEL_VERSION,
        built_on=built_on,
        roles=ordered,
        practitioner_of=np.array([npis[role.npi] for role in ordered], dtype=np.int64),
        organization_of=np.array([organizations.get(r.organization_id or "", -1) for r in ordered], dtype=np.int64),
        practitioners=_postings(known, npis, tree, built_on),
        organizations=_postings(known_organizations, organizations, tree, built_on),
        evidence=known,
        organization_evidence=known_organizations,
    )


def _in_order(rows: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(rows, key=_identity))


def _identity(row: Evidence) -> str:
    """All that a row says, as one text: the same for the same row, on every machine."""
    days = (str(day) for day in (row.period_start, row.period_end, row.retrieved_on))
    return json.dumps([row.code, row.kind, row.count, *days, row.source, row.source_url])


def _postings(
    evidence: Mapping[str, Sequence[Evidence]], numbers: Mapping[str, int], tree: CancerTree, built_on: date
) -> Postings:
    """Owners and credits by node. Whoever has evidence below a node stands there, with credit 0 if nothing counts."""
    entries: dict[str, list[tuple[int, float]]] = {}
    for owner, rows in evidence.items():
        earned = credits(rows, tree.path, built_on)
        for node in {node for row in rows for node in tree.path(row.code)}:
            entries.setdefault(node, []).append((numbers[owner], earned.get(node, 0.0)))
    nodes = sorted(entries)
    lists = [sorted(entries[node]) for node in nodes]
    return Postings(
        nodes={node: number for number, node in enumerate(nodes)},
        offsets=np.cumsum([0, *map(len, lists)], dtype=np.int64),
        owners=np.array([owner for entry in lists for owner, _ in entry], dtype=np.int64),
        credits=np.array([credit for entry in lists for _, credit in entry], dtype=np.float64),
    )


def _version(
    roles: Sequence[RoleFacts],
    evidence: Mapping[str, Sequence[Evidence]],
    organization_evidence: Mapping[str, Sequence[Evidence]],
    tree: CancerTree,
    marks: Mapping[str, VolumeMark],
    built_on: date,
) -> str:
    """A digest of all that a score depends on: records, tree, marks, day and model."""
    digest = sha256(f"{MODEL_VERSION} {built_on.isoformat()}".encode())
    for role in roles:
        digest.update(json.dumps(asdict(role), sort_keys=True).encode())
    for table in (evidence, organization_evidence):
        for owner in sorted(table):
            digest.update(owner.encode() + "".join(map(_identity, table[owner])).encode())
    for cancer in sorted(tree, key=lambda cancer: cancer.code):
        digest.update(f"{cancer.code} {cancer.parent} {cancer.rarity}".encode())
    digest.update(json.dumps({code: asdict(mark) for code, mark in marks.items()}, sort_keys=True).encode())
    return digest.hexdigest()[:24]
