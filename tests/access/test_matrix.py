"""Every role at every address: its own thing, somebody else's, one that does not exist. The table is `matrix.py`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from _pytest.mark import ParameterSet
from sqlalchemy import text
from werkzeug.wrappers import Response

from referral.access.gate import DOORS
from referral.extensions import db
from referral.models.sealed import SealedTable, sealed_tables
from referral.sealing import key_ring, open_sealed
from tests.access.matrix import ROUTES
from tests.access.scene import Ids, Scene, staged, things
from tests.access.who_comes_in import OF_B, R, Role, Route
from tests.servers.databases import DatabaseMaker
from tests.web.test_every_route import header_faults

Rows = dict[str, list[tuple[object, ...]]]

RANDOM = re.compile(r"\b[0-9a-f]{8}\b|name=\"csrf_token\" value=\"[^\"]*\"")
"""The number of an error, and what guards a form."""

COMES_IN = {
    "public": (R.ANONYMOUS,),
    "desk": (R.COORDINATOR_1,),
    "case": (R.COORDINATOR_1,),
    "case by itself": (R.COORDINATOR_1,),
    "lead": (R.LEAD,),
    "steward": (R.ADMIN,),
    "manage": (R.LEAD,),
    "account": (R.COORDINATOR_1,),
    "program": (R.PROGRAM_1, R.PROGRAM_COORDINATOR),
    "track": (R.PATIENT_A,),
    "office": (R.OFFICE_1,),
}
"""Who sends forms of each pattern with fields that are not theirs to set."""

MADE_ANEW = ("POST api.referrals.create",)
"""Makes rows with new ids, which cannot be compared; tried in `tests/api/test_referrals.py`."""

GUARDED = {
    "staff": "email, name, role, organization_id, demo, active, password IS NULL, totp_secret IS NULL",
    "api_token": "name, role, organization_id, revoked_at",
    "service_request": "id, status, stage, version, priority, oncotree_code, situation, assignee_id, patient_id,"
    " records, current_task_id, max_tries, max_km, reroute_allowed, reroute_role_id, contact_confirmed_at IS NULL,"
    " closed_at IS NULL",
    "referral_task": "id, request_id, role_id, npi, consent_id, status, business_status, status_reason, appointment_on",
    "consent": "request_id, purpose, what, role_id, text_version, revoked_at IS NULL",
    "patient": "id, given, family, birth_date, email, phone, postcode, language, interpreter,"
    " email_confirmed_at IS NULL, erased_at IS NULL",
    "document": "request_id, actor, task_id, opinion_id, kept_back, withdrawn_at IS NULL, checked_at IS NULL, refusal",
    "record_item": "request_id, name, mandatory, status, reason",
    "referral_event": "request_id, actor, actor_name, action, from_stage, to_stage, reason, version",
    "access_link": "purpose, request_id, task_id, revoked_at IS NULL",
    "delivery": "request_id, task_id, staff_id, template, channel, status",
    "emergency_access": "id, staff_id, request_id, reason",
    "opinion": "id, request_id, task_id, advice_only, agreement",
    "practitioner_role": "id, npi, organization_id, channel, channel_address, accepts_new_patients, retired_at IS NULL",
}
"""What a form may change only on purpose; what a moment brings, such as times and new ids, is left out."""


@pytest.fixture(scope="module")
def scene(
    request: pytest.FixtureRequest, make_shared_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """One application with one set of things for every role; each request has a context of its own, as in service."""
    made = staged(make_shared_database(request.param), tmp_path_factory.mktemp("matrix"))
    yield made
    with made.app.app_context():
        made.app.extensions["search_log"].flush()
        db.engine.dispose()


def on(*kinds: object) -> pytest.MarkDecorator:
    """The kinds of database a test walks on."""
    return pytest.mark.parametrize("scene", kinds, indirect=True)


EITHER = ("sqlite", pytest.param("postgresql", marks=pytest.mark.chaos))


def walks() -> list[ParameterSet]:
    """Each role on one kind of database, and in `make chaos` on the other: those of request B are the same kinds of
    people as those of A, so that every way in is walked on both.
    """
    return [
        pytest.param(kind, role, marks=() if (role in OF_B) is (kind == "postgresql") else pytest.mark.chaos)
        for kind in ("sqlite", "postgresql")
        for role in Role
    ]


def routes_of(scene: Scene) -> set[str]:
    """Every method and view of the application."""
    silent = {"HEAD", "OPTIONS"}
    return {f"{method} {rule.endpoint}" for rule in scene.app.url_map.iter_rules()
            for method in (rule.methods or set()) - silent}  # fmt: skip


@on("sqlite")
def test_every_route_stands_in_the_matrix_and_every_row_is_a_route(scene: Scene) -> None:
    assert routes_of(scene) == set(ROUTES)


@on("sqlite")
def test_every_view_has_a_door_and_every_door_a_view(scene: Scene) -> None:
    assert {route.split(" ")[1] for route in routes_of(scene)} == set(DOORS)


def body_of(answer: Response) -> bytes:
    """What was answered; of a stream that ends with the page that listens, what it begins with."""
    if answer.mimetype == "text/event-stream":
        return next(answer.iter_encoded())
    return answer.get_data()


@pytest.mark.parametrize("scene, role", walks(), indirect=["scene"])
def test_a_role_sees_its_own_and_nothing_else_exists_for_it(scene: Scene, role: Role) -> None:
    own, foreign = ("B", "A") if role in OF_B else ("A", "B")
    secrets = {value for ids in scene.own.values() for value in ids.values() if len(value) > 20}
    wrong = []
    for route, row in ROUTES.items():
        if not row.is_asked_by(role):
            continue
        answers: dict[str, tuple[int, str]] = {}
        for thing in things(scene.app, route, row, role):
            with scene.ask(role, route, row, thing) as answer:
                answers[thing] = (answer.status_code, said(body_of(answer), secrets))
                wrong += [f"{route}, {thing}: {fault}" for fault in faults_of_headers(answer, row)]
            if answer.status_code < 400 and not route.startswith("GET"):
                scene.restore()
            expected = row.expected(role, thing == own)
            if thing != "unknown" and answer.status_code != expected:
                wrong.append(f"{route}, {thing}: {answer.status_code} instead of {expected}")
        hidden = foreign in answers and row.expected(role, False) in (401, 404, 409)
        if hidden and answers[foreign] != answers["unknown"]:
            wrong.append(f"{route}: {answers[foreign][0]} for somebody else's, {answers['unknown'][0]} for none")
    assert not wrong, "\n".join(wrong)


def faults_of_headers(answer: Response, row: Route) -> list[str]:
    """What the headers of an answer that shows something lack; nothing that is somebody's may be kept anywhere."""
    if answer.status_code != 200:
        return []
    kept = [] if row.pattern == "public" or "no-store" in answer.headers.get("Cache-Control", "") else ["may be kept"]
    return header_faults(answer) + kept


@on(*EITHER)
def test_a_file_of_another_request_is_not_found_under_ones_own(scene: Scene) -> None:
    mixed = {**scene.own["A"], "document": scene.own["B"]["document"]}
    answers = {}
    for route, row in ROUTES.items():
        if "document_id" in next(scene.app.url_map.iter_rules(route.split(" ")[1])).arguments:
            role = R.COORDINATOR if row.pattern == "case" else COMES_IN[row.pattern][0]
            with replace(scene, own={"mixed": mixed}).ask(role, route, row, "mixed") as answer:
                answers[route] = answer.status_code
    assert len(answers) == 10
    assert set(answers.values()) == {404}


@on(*EITHER)
def test_no_form_and_no_body_sets_what_it_does_not_offer(scene: Scene) -> None:
    foreign = scene.own["B"]
    more = {
        "role": "admin", "is_admin": "1", "status": "accepted", "stage": "closed", "owner_id": foreign["document"],
        "owner": "office", "assignee_id": foreign["document"], "organization_id": "org-two", "version": "99",
        "actor": "system", "actor_name": "Somebody else", "request_id": foreign["referral"], "role_id": "role-org-two",
        "referral_id": foreign["referral"], "task_id": foreign["task"], "patient_id": foreign["document"],
        "contact_confirmed_at": "2020-01-01", "email_confirmed_at": "2020-01-01", "closed_at": "2020-01-01",
        "kept_back": "1", "withdrawn_at": "2020-01-01", "until": "2099-01-01", "staff_id": foreign["document"],
        "priority": "stat", "max_tries": "10", "channel_address": "thief@example.org", "birth_date": "2000-01-01",
        "given": "Eve", "family": "Other", "mandatory": "0", "revoked_at": "2020-01-01", "demo": "1",
    }  # fmt: skip
    wrong, tried, untouched = [], 0, guarded(scene)
    for route, row in ROUTES.items():
        for role in COMES_IN.get(row.pattern, ()) if route not in MADE_ANEW and not route.startswith("GET") else ():
            status, loaded = left_behind(scene, role, route, row, more)
            plain = left_behind(scene, role, route, row, {})[1] if status < 400 else untouched
            tried += 1
            if loaded != plain:
                changed = {table: set(plain[table]) ^ set(loaded[table]) for table in plain}
                wrong.append(f"{route} as {role}: {changed}")
    assert not wrong, "\n".join(wrong)
    assert tried > 40


def left_behind(scene: Scene, role: Role, route: str, row: Route, extra: Ids) -> tuple[int, Rows]:
    """The status of one form, and what stands in the guarded columns after it."""
    with scene.ask(role, route, row, "B" if role in OF_B else "A", extra) as answer:
        status = answer.status_code
    rows = guarded(scene)
    if status < 400:
        scene.restore()
    return status, rows


def guarded(scene: Scene) -> Rows:
    """What stands in the guarded columns now, opened where it is sealed: the same value is sealed in many ways."""
    sealed = {one.table.name: one for one in sealed_tables()}
    with scene.app.app_context(), db.engine.connect() as connection:
        return {
            table: sorted(
                (
                    opened(sealed.get(table), dict(zip(columns.split(", "), row, strict=True)))
                    for row in connection.execute(text(f"SELECT {columns} FROM {table}"))  # noqa: S608 - words of our own
                ),
                key=repr,
            )
            for table, columns in GUARDED.items()
        }


def opened(table: SealedTable | None, values: dict[str, object]) -> tuple[object, ...]:
    """The values of a row as they were before they were sealed."""
    if table is not None:
        for name in {column.name for column in table.sealed} & values.keys():
            values[name] = open_sealed(key_ring(), str(values[name]), table.place(values, name))
    return tuple(values.values())


def said(answer: bytes, ids: Iterable[str]) -> str:
    """What an answer says, without the ids that were asked for and the number of an error."""
    words = answer.decode(errors="replace")
    for one in ids:
        words = words.replace(one, "ID")
    return RANDOM.sub("RANDOM", words)
