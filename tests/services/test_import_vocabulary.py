"""Importing a vocabulary: kept once, taken up by running processes, whole or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from referral import reference
from referral.directory.report import ImportRefused
from referral.domain.additions import Additions
from referral.extensions import db
from referral.models import AddedTerm, VocabularyImport
from referral.services import take_up_vocabulary as taking_up
from referral.services.import_vocabulary import DOID, ONCOTREE, import_vocabulary
from tests.vocabulary.files import OBO, release

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def the_tables_alone() -> Iterator[None]:
    """Afterwards the process knows nothing but the tables again."""
    yield
    reference.use(reference.Added())


def run(folder: Path, kind: str, content: str) -> Additions:
    path = folder / ("tree.json" if kind == ONCOTREE else "doid.obo")
    path.write_text(content, encoding="utf-8")
    return import_vocabulary(kind, path, NOW, lambda file, rows: None)


def code_of(words: str) -> str:
    return reference.resolver().resolve(words).readings[0].code


def test_a_new_code_is_found_by_its_name_and_its_former_codes(app_on_either: Flask, tmp_path: Path) -> None:
    found = run(tmp_path, ONCOTREE, release())

    assert [cancer.code for cancer in found.cancers] == ["ZEBR"]
    assert [code_of(words) for words in ("hilar zebra tumor", "OLDZ", "STRP", "ZEBR")] == ["ZEBR"] * 4
    assert reference.cancers()["ZEBR"].parent == "BILIARY_TRACT"


def test_the_same_file_twice_changes_nothing(app_on_either: Flask, tmp_path: Path) -> None:
    run(tmp_path, ONCOTREE, release())
    before = db.session.scalar(select(func.count()).select_from(VocabularyImport))
    again = run(tmp_path, ONCOTREE, release())

    assert (again.cancers, again.terms) == ([], [])
    assert db.session.scalar(select(func.count()).select_from(VocabularyImport)) == before == 1


def test_a_process_that_did_not_import_takes_the_additions_up_with_the_next_page(app: Flask, tmp_path: Path) -> None:
    run(tmp_path, DOID, OBO.replace("duct cancer", "zebra duct cancer"))
    reference.use(reference.Added())  # as another process stands now
    app.extensions["vocabulary"] = taking_up.VocabularyWatch(Flask("another"))
    assert reference.version() == 0

    app.extensions["vocabulary"].look()

    assert reference.version() > 0
    assert code_of("zebra duct cancer") == "CHOL"


def test_a_page_asks_for_a_newer_vocabulary(app: Flask, tmp_path: Path) -> None:
    run(tmp_path, ONCOTREE, release())
    reference.use(reference.Added())

    shown = app.test_client().get("/api/v1/cancers", query_string={"q": "hilar zebra tumor"})

    assert [result["code"] for result in shown.json["results"]][:1] == ["ZEBR"]  # type: ignore[index]  # it is JSON


def test_a_database_that_fails_leaves_the_vocabulary_as_it_is(app: Flask, tmp_path: Path) -> None:
    run(tmp_path, ONCOTREE, release())
    version = reference.version()
    db.session.execute(text("ALTER TABLE vocabulary_import RENAME TO elsewhere"))
    db.session.commit()

    taking_up.VocabularyWatch(Flask("another")).look()

    assert reference.version() == version
    assert code_of("hilar zebra tumor") == "ZEBR"


def test_a_damaged_file_adds_nothing(app_on_either: Flask, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused):
        run(tmp_path, DOID, OBO + "\n[Term]\nid DOID:7\n")

    assert db.session.scalar(select(func.count()).select_from(AddedTerm)) == 0
    assert reference.version() == 0
