"""Every role at every address: its own thing, somebody else's, one that does not exist. The table is `matrix.py`."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache

from app import create_app
from referral.access.gate import DOORS
from tests.access.matrix import OF_B, ROUTES, Role, Route
from tests.access.scene import Scene, is_about_a_thing, make_scene
from tests.servers import databases

REFERENCE = re.compile(r"\b[0-9a-f]{8}\b")


@pytest.fixture(scope="module")
def scene(templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One application with one set of things for every role."""
    folder = tmp_path_factory.mktemp("matrix")
    templates.setdefault("sqlite", databases._template_file(databases._run(tmp_path_factory), folder))
    url = databases._copy(templates["sqlite"], "", folder)
    off = {"DEMO": "1", "REDIS_URL": "", "RATE_LIMITS": "off"}
    app = create_app({"DATABASE_URL": url, "DATA_DIR": str(folder / "data"), **off})
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache()
    with app.app_context():
        made = make_scene(app, Path(url.removeprefix("sqlite:///")), folder)
    yield made
    with app.app_context():
        app.extensions["search_log"].flush()


def routes_of(scene: Scene) -> set[str]:
    """Every method and view of the application."""
    silent = {"HEAD", "OPTIONS"}
    return {f"{method} {rule.endpoint}" for rule in scene.app.url_map.iter_rules()
            for method in (rule.methods or set()) - silent}  # fmt: skip


def test_every_route_stands_in_the_matrix_and_every_row_is_a_route(scene: Scene) -> None:
    assert routes_of(scene) == set(ROUTES)


def test_every_view_has_a_door_and_every_door_a_view(scene: Scene) -> None:
    assert {route.split(" ")[1] for route in routes_of(scene)} == set(DOORS)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sees_its_own_and_nothing_else_exists_for_it(scene: Scene, role: Role) -> None:
    own, foreign = ("B", "A") if role in OF_B else ("A", "B")
    secrets = {value for ids in scene.own.values() for value in ids.values() if len(value) > 20}
    wrong = []
    for route, row in asked_by(role):
        answers: dict[str, tuple[int, str]] = {}
        for thing in (own, foreign, "unknown") if is_about_a_thing(scene.app, route, row, role) else (own,):
            with scene.ask(role, route, row, thing) as answer:
                answers[thing] = (answer.status_code, said(answer.get_data(), secrets))
            if answer.status_code < 400 and not route.startswith("GET"):
                scene.restore()
            expected = row.expected(role, thing == own)
            if thing != "unknown" and answer.status_code != expected:
                wrong.append(f"{route}, {thing}: {answer.status_code} instead of {expected}")
        hidden = foreign in answers and row.expected(role, False) in (401, 404, 409)
        if hidden and answers[foreign] != answers["unknown"]:
            wrong.append(f"{route}: {answers[foreign][0]} for somebody else's, {answers['unknown'][0]} for none")
    assert not wrong, "\n".join(wrong)


def asked_by(role: Role) -> list[tuple[str, Route]]:
    """The routes to ask. What is open to everybody looks at nobody: strangers and one member of staff stand for all."""
    every = role in (Role.ANONYMOUS, Role.COORDINATOR)
    return [(route, row) for route, row in ROUTES.items() if every or row.pattern != "public"]


def said(answer: bytes, ids: Iterable[str]) -> str:
    """What an answer says, without the ids that were asked for and the number of an error."""
    text = answer.decode(errors="replace")
    for one in ids:
        text = text.replace(one, "ID")
    return REFERENCE.sub("REFERENCE", text)
