"""The commands, read as somebody who has never seen them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from referral import reference
from referral.extensions import db
from referral.models import ApiToken, PractitionerRole, ServiceRequest
from tests.factories import make_experience, make_index, make_role
from tests.vocabulary.files import release


def _run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def test_every_command_has_help(app: Flask) -> None:
    for words in (
        ["seed"],
        ["match"],
        ["directory", "import"],
        ["directory", "status"],
        ["index", "build"],
        ["token", "add"],
        ["vocabulary", "import"],
    ):
        shown = _run(app, *words, "--help")
        assert shown.exit_code == 0
        assert len(shown.output.splitlines()) > 3


def test_the_seed_is_there_after_it_and_can_be_repeated(app: Flask) -> None:
    first = _run(app, "seed")
    roles, requests = db.session.query(PractitionerRole).count(), db.session.query(ServiceRequest).count()
    again = _run(app, "seed")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert roles > 400
    assert requests > 5
    assert db.session.query(PractitionerRole).count() == roles
    assert db.session.query(ServiceRequest).count() == requests
    assert _run(app, "seed", "--if-empty").output == ""


def test_an_empty_directory_says_how_to_fill_it(app: Flask) -> None:
    shown = _run(app, "directory", "status")

    assert shown.exit_code == 0
    assert "directory import native FOLDER" in shown.output


def test_a_match_is_shown_with_its_arithmetic(app: Flask) -> None:
    make_experience(make_role())
    make_index()

    shown = _run(app, "match", "--cancer", "cholangiocarcinoma", "--near", "02115")

    assert shown.exit_code == 0, shown.output
    assert "experience +" in shown.output
    assert "Ana Rivera" in shown.output


def test_a_match_as_json_is_the_answer_of_the_api(app: Flask) -> None:
    make_experience(make_role())
    make_index()

    shown = _run(app, "match", "--cancer", "CHOL", "--near", "02115", "--json")

    assert json.loads(shown.output)["results"][0]["rank"] == 1


@pytest.mark.parametrize(
    "words,named",
    [
        (("match", "--cancer", "NOPE", "--near", "02115"), "cancer"),
        (("match", "--cancer", "CHOL", "--near", "Nowhereville"), "near"),
        (("match", "--cancer", "CHOL", "--near", "Springfield"), "Springfield"),
        (("match", "--cancer", "CHOL"), "near"),
        (("match", "--cancer", "CHOL", "--near", "02115", "--radius-km", "-5"), "radius-km"),
        (("directory", "import", "native", "no-such-folder"), "no-such-folder"),
        (("directory", "import", "carrier-pigeon", "."), "carrier-pigeon"),
        (("token", "add", "x", "--role", "king"), "king"),
        (("token", "add", "x", "--role", "integration", "--organization", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_named_in_words_and_ends_with_a_failure(app: Flask, words: tuple[str, ...], named: str) -> None:
    shown = _run(app, *words)

    assert shown.exit_code != 0
    assert named in shown.output
    assert "Traceback" not in shown.output


def test_a_broken_file_names_file_line_and_column_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    for name, header in (
        ("specialists", "npi,given,family,credential,gender,languages,taxonomy_codes"),
        ("organizations", "organization_id,name,designation,network"),
        ("experience", "npi,oncotree_code,kind,count,period_start,period_end,source,source_url,retrieved_on"),
    ):
        (tmp_path / f"{name}.csv").write_text(header + "\n", encoding="utf-8")
    (tmp_path / "roles.csv").write_text("role_id,npi,organization_id,doctor_mood\n", encoding="utf-8")

    shown = _run(app, "directory", "import", "native", str(tmp_path))

    assert shown.exit_code == 1
    assert "roles.csv" in shown.output
    assert "doctor_mood" in shown.output


def test_a_token_is_printed_alone_and_kept_as_a_hash(app: Flask) -> None:
    shown = _run(app, "token", "add", "clinic", "--role", "coordinator")

    (token,) = shown.output.splitlines()
    assert token.startswith("ref_")
    assert token not in {kept.token_hash for kept in db.session.query(ApiToken)}


def test_without_demo_mode_the_seed_refuses(app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], demo=False)

    shown = _run(app, "seed")

    assert shown.exit_code == 1
    assert "DEMO" in shown.output


def test_a_vocabulary_is_imported_with_its_conflicts_named(app: Flask, tmp_path: Path) -> None:
    file, conflicts = tmp_path / "tree.json", tmp_path / "conflicts.csv"
    file.write_text(release(), encoding="utf-8")
    try:
        shown = _run(app, "vocabulary", "import", "oncotree", str(file), "--conflicts", str(conflicts))
    finally:
        reference.use(reference.Added())

    assert shown.exit_code == 0, shown.output
    assert "1 cancers and 2 terms added" in shown.output
    assert "New: ZEBR Hilar Zebra Tumor, below BILIARY_TRACT" in shown.output
    assert "gone from the release:" in shown.output
    assert "gone from the release,CHOL,Cholangiocarcinoma," in conflicts.read_text(encoding="utf-8")


def test_a_vocabulary_that_is_none_is_refused_in_one_line(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "doid.obo"
    file.write_text("<html>", encoding="utf-8")

    wrong = _run(app, "vocabulary", "import", "doid", str(file))
    missing = _run(app, "vocabulary", "import", "mondo", str(tmp_path / "none.obo"))

    assert (wrong.exit_code, missing.exit_code) == (1, 1)
    assert wrong.output.strip() == "Error: doid.obo, line 1: is no OBO file: expected HeaderClause"
    assert "there is no such file" in missing.output
