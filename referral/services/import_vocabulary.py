"""Adds what an official vocabulary has and we have not, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from referral import reference
from referral.domain.additions import Additions, from_ontology, from_release
from referral.extensions import db
from referral.services.take_up_vocabulary import take_up_vocabulary
from referral.store import vocabulary
from referral.vocabulary.oncotree import read_release
from referral.vocabulary.ontology import Progress, read_concepts

ONCOTREE, DOID, MONDO = "oncotree", "doid", "mondo"
KINDS = (ONCOTREE, DOID, MONDO)


def import_vocabulary(kind: str, path: Path, now: datetime, progress: Progress) -> Additions:
    """Read the file, add what is new, take it up in this process; ImportRefused leaves everything as it was."""
    compare = _reader(kind, path, progress)
    while True:
        take_up_vocabulary()
        found = compare()  # takes seconds, in which nobody is kept waiting
        vocabulary.lock()
        if vocabulary.version() == reference.version():
            break  # and not so when another import came between: then once more
    if found.cancers or found.terms:
        vocabulary.add(kind, path.name, now, found.cancers, found.terms)
    db.session.commit()
    take_up_vocabulary()
    return found


def _reader(kind: str, path: Path, progress: Progress) -> Callable[[], Additions]:
    """Reads the file once; what is returned compares it with the vocabulary in use."""
    if kind == ONCOTREE:
        nodes = read_release(path)
        return lambda: from_release(nodes, reference.cancers(), reference.resolver())
    concepts = read_concepts(path, kind.upper(), progress)
    ncit = reference.ncit_codes()
    return lambda: from_ontology(concepts, reference.cancers(), reference.resolver(), ncit)
