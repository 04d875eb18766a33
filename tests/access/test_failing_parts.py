"""Every route while a part of the service is away: a numbered failure or the usual answer, and nothing half done."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from referral import queue
from referral.extensions import db
from referral.models import Document
from referral.services import commit
from tests.access.failing import INSIDE, Condition, Saved, everything, refusing, rows_of, what_commits, what_writes
from tests.access.matrix import ROUTES
from tests.access.scene import Scene, staged
from tests.access.test_matrix import body_of
from tests.access.who_comes_in import STANDS_FOR, R, Role, Route
from tests.servers import free_port
from tests.servers.databases import DatabaseMaker
from tests.services.test_check_files import with_scanner
from tests.web.test_every_route import WITHOUT_TOKEN

PERSONAL = ("Maria Sample", "maria@sample.example")
"""What stands in the requests of the scene and on no page that everybody sees."""

NUMBER = re.compile(r"\b50[03]-([0-9a-f]{8})\b")
KINDS = {"/api/": "application/problem+json", "/fhir/": "application/fhir+json"}

ARRIVED = "What you sent has arrived"
"""The heading of a failure after something was saved."""


@pytest.fixture(scope="module")
def scene(make_shared_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The scene of the matrix, with a broker that is away and failures that are answered as they are in use."""
    away = f"redis://127.0.0.1:{free_port()}/0"
    made = staged(make_shared_database("sqlite"), tmp_path_factory.mktemp("failing"), REDIS_URL=away)
    made.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    yield made
    with made.app.app_context():
        made.app.extensions["search_log"].flush()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a database to come back, and the broker is asked each time."""
    monkeypatch.setattr(commit, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(queue, "PAUSE_SECONDS", 0.0)


def who_comes_in(row: Route) -> Role:
    """Somebody who gets the answer of the matrix there; about request A."""
    return (
        R.ANONYMOUS
        if row.pattern == "public"
        else next(one for one in R if row.comes_in(one) and one not in STANDS_FOR)
    )


def asked() -> Iterator[tuple[str, Route, Role]]:
    """Every route, once by somebody who comes in."""
    for route, row in ROUTES.items():
        yield route, row, who_comes_in(row)


def by_strangers() -> Iterator[tuple[str, Route, Role]]:
    """Every route that is not everybody's, by somebody whom nobody knows."""
    for route, row in ROUTES.items():
        if row.pattern != "public":
            yield route, row, R.ANONYMOUS


def only_reads(route: str, row: Route) -> bool:
    """Whether it shows what everybody may see, and changes nothing but a browser's own list."""
    endpoint = route.split(" ")[1]
    return row.pattern == "public" and (route.startswith("GET") or endpoint in WITHOUT_TOKEN or "search" in endpoint)


@pytest.mark.parametrize("condition", [everything, what_writes, what_commits])
def test_a_database_that_refuses_is_a_numbered_failure_that_saves_and_shows_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture, condition: Condition
) -> None:
    wrong, failed, files, rows = [], set(), files_of(scene), rows_of(scene)
    with refusing(scene, condition) as refused:
        for route, row, role in [*asked(), *(by_strangers() if condition is everything else ())]:
            if condition is what_commits and route.startswith("GET"):
                continue  # what is read is noted, and `what_writes` refuses that
            caplog.clear()
            refused.statements.clear()
            with scene.ask(role, route, row, "A") as answer:
                said = body_of(answer).decode(errors="replace")
            if answer.status_code >= 500:
                failed.add(route)
                faults = faults_of(said, str(answer.content_type), scene.address(route.split(" ")[1], scene.own["A"]))
                faults += [
                    f"{number} is not in the log" for number in NUMBER.findall(said) if number not in caplog.text
                ]
            else:
                faults = unlike(answer.status_code, row.expected(role, True))
                hidden = refused.statements and not (only_reads(route, row) or role is R.ANONYMOUS)
                faults += [f"as if nothing were: {refused.statements[0]}"] if hidden else []
                faults += shown(said) if role is R.ANONYMOUS or refused.statements else []
            wrong += [f"{route} as {role}: {fault}" for fault in faults if route != "GET health.readyz"]
    assert not wrong, "\n".join(wrong)
    assert [name for name, now in rows_of(scene).items() if now != rows[name]] == []
    assert files_of(scene) == files
    assert len(failed) > 50


def test_a_failure_after_the_saving_says_that_it_was_saved_and_no_other_does(scene: Scene) -> None:
    wrong, saved, rows, files = [], 0, rows_of(scene), files_of(scene)
    for route, row, role in asked():
        if route.startswith("GET"):
            continue
        since = Saved(scene)
        with refusing(scene, since), scene.ask(role, route, row, "A") as answer:
            status, said = answer.status_code, body_of(answer).decode(errors="replace")
        changed = since() and rows_of(scene) != rows
        since.close()
        saved += changed
        if status < 500:
            wrong += [f"{route}: {fault}" for fault in unlike(status, row.expected(role, True))]
        else:
            wrong += [f"{route}: {fault}" for fault in [*insides(said), *shown(said)]]
            wrong += [f"{route}: it says the wrong thing of what was sent"] if (ARRIVED in said) != changed else []
            wrong += [f"{route}: it kept files"] if files_of(scene) - files and not changed else []
        if changed or files_of(scene) != files:
            scene.restore()
            files = files_of(scene)  # what came stays, as what no row speaks of
    assert not wrong, "\n".join(wrong)
    assert saved > 50


@pytest.mark.chaos  # each public form and page waits for the broker once: most of a minute
def test_without_a_broker_everything_is_answered_as_usual_and_waits_for_the_sweep(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, rang = [], set()
    for route, row, role in asked():
        if row.printed or (row.pattern == "public" and route.startswith("GET") and "health" not in route):
            continue  # made by this process alone
        caplog.clear()
        with scene.ask(role, route, row, "A") as answer:
            said = body_of(answer).decode(errors="replace")
        wrong += [
            f"{route}: {fault}" for fault in [*unlike(answer.status_code, row.expected(role, True)), *insides(said)]
        ]
        if "The broker did not take" in caplog.text:
            rang.add(route)
        if not route.startswith("GET"):
            scene.restore()
    assert not wrong, "\n".join(wrong)
    assert {"POST api.referrals.create", "POST track.cancel", "POST contact.change"} <= rang


def test_without_the_virus_scanner_files_are_taken_and_wait_where_nobody_opens_them(scene: Scene) -> None:
    settings = scene.app.extensions["settings"]
    taking = [(route, row, role) for route, row, role in asked() if row.file]
    try:
        with_scanner(scene.app, f"127.0.0.1:{free_port()}")
        for route, row, role in taking:
            known = documents(scene)
            with scene.ask(role, route, row, "A") as answer:
                assert (route, answer.status_code) == (route, row.expected(role, True))
            ((new, is_checked),) = documents(scene) - known
            assert not is_checked, route
            assert_closed(scene, new)
            scene.restore()
        with scene.ask(R.ANONYMOUS, "GET health.readyz", ROUTES["GET health.readyz"], "A") as answer:
            assert "virus scanner" in answer.get_json()["checks"]["degraded"]
    finally:
        scene.app.extensions["settings"] = settings
    assert len(taking) == 4


def assert_closed(scene: Scene, document_id: str) -> None:
    """Nobody gets the bytes of a file, by whichever route files are read."""
    waiting = replace(scene, own={"A": {**scene.own["A"], "document": document_id}})
    for route in (
        "desk_records.document",
        "track_records.document",
        "office_records.document",
        "api.documents.read_document",
    ):
        row = ROUTES[f"GET {route}"]
        with waiting.ask(who_comes_in(row), f"GET {route}", row, "A") as answer:
            assert answer.status_code in (404, 409), route
            assert b"%PDF" not in answer.get_data()


def documents(scene: Scene) -> set[tuple[str, bool]]:
    """Every file of the scene, and whether it was checked."""
    with scene.app.app_context():
        found = db.session.execute(select(Document.id, Document.checked_at.is_not(None)))
        return {(str(document_id), is_checked) for document_id, is_checked in found}


def files_of(scene: Scene) -> frozenset[str]:
    """The files that are kept."""
    folder: Path = scene.app.extensions["settings"].data_dir / "documents"
    return frozenset(str(path) for path in folder.rglob("*") if path.is_file())


def faults_of(said: str, kind: str, path: str) -> list[str]:
    """What is wrong with a failure as it is told: what of it is of the inside, of a person, or without its number."""
    wanted = next((one for start, one in KINDS.items() if path.startswith(start)), "text/html")
    found = insides(said) + shown(said)
    found += [] if kind.startswith(wanted) else [f"it is {kind}"]
    return found + ([] if NUMBER.search(said) else ["it has no number"])


def insides(said: str) -> list[str]:
    """Words of the inside in an answer."""
    words = (INSIDE, "Traceback", "OperationalError", "sqlalchemy", "sqlite3", "redis://")
    return [f"it says {word}" for word in words if word.lower() in said.lower()]


def shown(said: str) -> list[str]:
    """What of a person stands in an answer."""
    return [f"it shows {word}" for word in PERSONAL if word in said]


def unlike(status: int, expected: int) -> list[str]:
    """That an answer is another one than usual."""
    return [] if status == expected else [f"{status} instead of {expected}"]
