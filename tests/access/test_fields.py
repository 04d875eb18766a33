"""Which values of a request each role meets, and where: a request with a word of its own in every field.

`fields.csv` is the table: one line for each role, place and set of fields. A change of any page or answer that shows
one field more or less to somebody fails here, and its line is to be changed on purpose. PDFs are left out, since
nothing here reads their words: they hold what the packet for programs holds, which is read.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from referral.access import links
from referral.access.authorize import Acting
from referral.domain.codes import NewsTo
from referral.domain.intake import FirstOpinion, NewPatient
from referral.domain.lifecycle import Action
from referral.domain.records import ItemState
from referral.extensions import db
from referral.models import AuditEntry, Opinion, ServiceRequest
from referral.models.sealed import sealed_tables
from referral.services import aftermath, contact, record_items, upload_in_parts, write_message
from referral.services.keep_document import keep
from referral.services.open_in_emergency import open_in_emergency
from referral.services.upload_in_parts import Announced
from tests.access.matrix import ROUTES
from tests.access.scene import Ids, Scene, heads_of, ids_of, make_job_and_template, steward_ids
from tests.access.who_comes_in import OFFICES, R, Role
from tests.factories import COORDINATOR, make_index, make_organization, make_request, make_staff
from tests.records import pdf, upload
from tests.services.journeys import again, office, patient, step
from tests.signing_in import account_of
from tests.web.office_steps import carry, fresh_role, office_token, right_now

TABLE = Path(__file__).with_name("fields.csv")
BORN = date(1931, 7, 19)
EMERGENCY = "Zyxfever"
READ = "GET api.referrals.read"

CANARIES: Mapping[str, tuple[str, ...]] = {
    "patient.given": ("Zyxgiven",),
    "patient.family": ("Zyxfamily",),
    "patient.birth_date": ("1931-07-19", "19 July 1931", "19 Jul 1931", "July 19, 1931"),
    "patient.email": ("zyxmail@",),
    "patient.phone": ("617-555-0199", "617 555 0199", "6175550199", "(617) 555-0199"),
    "patient.postcode": ("04401",),
    "patient.requester_name": ("Zyxrequester",),
    "patient.requester_relation": ("Zyxrelation",),
    "patient.requester_email": ("zyxhelper@",),
    "contact_change.email": ("zyxnew@",),
    "document.file_name": ("Zyxfile",),
    "partial_upload.file_name": ("Zyxhalf",),
    "document.file_name kept back": ("Zyxheld",),
    "service_request.first_opinion": ("Zyxdiagnosis", "Zyxplan"),
    "service_request.questions": ("Zyxquestion",),
    "service_request.decision_date": ("2031-08-17", "17 August 2031", "17 Aug 2031"),
    "referral_task first": ("Zyxfirst",),
    "referral_task second": ("Zyxsecond",),
    "request_choice third": ("Zyxthird",),
    "service_request.assignee": ("zyxcase@",),
    "opinion of the first": ("Zyxearly",),
    "opinion of the second": ("Zyxlate",),
    "referral_event.text of the desk": ("Zyxnote",),
    "referral_event.text of the first": ("Zyxdeclined",),
    "referral_event.text asked by the second": ("Zyxasked",),
    "referral_event.text answered to the second": ("Zyxanswer",),
    "record_item.reason": ("Zyxreason",),
    "thread_message.text of the desk": ("Zyxtold",),
    "thread_message.text of the patient": ("Zyxwrote",),
    "patient_note.text": ("Zyxremember",),
    "emergency_access.reason": (EMERGENCY,),
    "patient_account.email": ("zyxaccount@",),
}
"""The words by which a field is known, in each way it is written."""

OF_OPINIONS = ("diagnosis", "stage", "plan", "options", "text", "agreement", "trial", "details", "impact")
ELSEWHERE = {f"opinion.{name}" for name in (*OF_OPINIONS, "open_questions")} | {
    "bulk_item.said", "bulk_item.before", "bulk_job.text", "contact_change.phone", "desk_search.text",
    "desk_view.name", "patient_message.facts", "patient_message.to_address", "request_draft.data",
    "service_request.kept_because",
}  # fmt: skip
"""Sealed columns without a word of their own: an opinion has one word for all its fields; the others are words of lists
and holds, copies for sending, and the form before it is sent."""


def make_case(app: Flask) -> tuple[ServiceRequest, Ids]:
    """A request that the first office declined and the second one has; and the links that the first one had."""
    now = right_now()
    roles = [
        fresh_role(family=f"Zyx{name}", role_id=f"role-org-{number}", organization=make_organization(f"org-{number}"))
        for name, number in (("first", "one"), ("second", "two"), ("third", "three"))
    ]
    born = NewPatient("Zyxgiven", "Zyxfamily", BORN, "zyxmail@sample.example", "617 555 0199", "04401",
                      requester_name="Zyxrequester", requester_relation="Zyxrelation")  # fmt: skip
    written = FirstOpinion(diagnosis="Zyxdiagnosis", plan="Zyxplan")
    request = make_request(*roles, now=now, patient=born, first_opinion=written, questions=("Zyxquestion?",),
                           decision_date=date(2031, 8, 17))  # fmt: skip
    request_id = request.id
    request.patient.requester_email, request.patient.news_to = "zyxhelper@sample.example", NewsTo.BOTH
    db.session.commit()
    make_staff("zyxcase@example.org")
    keep(request_id, "pathology-report", [upload(pdf(marked="a"), "Zyxfile.pdf")], patient(request_id), now)
    upload_in_parts.begin(request_id, Announced("other", "Zyxhalf.pdf", 9, "0" * 64), patient(request_id), now)
    for held in keep(request_id, "pathology-report", [upload(pdf(marked="b"), "Zyxheld.pdf")], COORDINATOR, now):
        again(request_id)
        db.session.merge(held).kept_back = True
    db.session.commit()
    record_items.change(request_id, "slides", ItemState.REFUSED, "Zyxreason", patient(request_id), now)
    step(request_id, Action.ASSIGN, now=now, assignee="zyxcase@example.org")
    step(request_id, Action.NOTE, now=now, text="Zyxnote")
    step(request_id, Action.APPROVE, now=now, waive=True)
    request = again(request_id)
    carry(app, request)
    left = ids_of_office(app, request)
    step(request_id, Action.DECLINE, office(request_id), now, reason="no-capacity", text="Zyxdeclined")
    request = again(request_id)
    carry(app, request)
    with_words(request_id)
    return again(request_id), left


def ids_of_office(app: Flask, request: ServiceRequest) -> Ids:
    """The ways in of the office that has the request now: its page, its packet for programs."""
    task_id = request.current_task_id
    assert task_id is not None
    secret = app.extensions["settings"].secret_key
    packet = links.issue_packet(secret, request.id, task_id, task_id, right_now())
    return {"task": str(task_id), "packet": packet, "office": office_token(app, request)}


def with_words(request_id: UUID) -> None:
    """What everybody writes while the second office has it."""
    now, secret = right_now(), "test-secret-key-0123456789"
    step(request_id, Action.ACKNOWLEDGE, office(request_id), now)
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), now, text="Zyxasked?")
    step(request_id, Action.ANSWER_INFORMATION, patient(request_id), now, text="Zyxanswer")
    contact.ask_for_change(request_id, patient(request_id), "zyxnew@sample.example", "", BORN, secret, now)
    write_message.write(request_id, "Zyxtold", COORDINATOR, now)
    write_message.write(request_id, "Zyxwrote", patient(request_id), now)
    request = again(request_id)
    aftermath.keep_notes(request, "Zyxremember", patient(request_id), now)
    account_of(request_id, email="zyxaccount@sample.example")
    request = again(request_id)
    for task, word in zip(request.tasks, ("Zyxearly", "Zyxlate"), strict=True):
        db.session.add(Opinion(request_id=request_id, task_id=task.id, received_at=now, diagnosis=word, text=word))
    db.session.commit()


SEEN_AS: Mapping[Role, str] = {
    R.PATIENT_A: "patient",
    R.COORDINATOR: "coordinator",
    R.LEAD: "lead",
    R.OFFICE_1: "office, past",
    R.OFFICE_2: "office, own",
    R.PROGRAM_1: "integration, left",
    R.PROGRAM_2: "integration, own",
    R.PROGRAM_COORDINATOR: "coordinator's token",
    R.ADMIN: "admin",
    R.AUDITOR: "auditor",
}
"""Who looks. Request A is the request as the first office knows it, B as the second one does."""

NOT_OF_A_PATIENT = ("referral_task", "request_choice", "service_request.assignee", "emergency_access.reason")
"""Fields that say who works on something; the others are the patient's, and each look at them is noted."""

BY_LINK = ("GET office.door", "GET office_program.fetched_packet")
"""Open to whoever has the link of an office."""


@pytest.fixture
def scene(app_on_either: Flask) -> Scene:
    """The request, and everybody's way to it."""
    return make_whole_scene(app_on_either)


def make_whole_scene(app: Flask) -> Scene:
    """The request, and everybody's way to it. Another coordinator has opened it in an emergency."""
    request, left = make_case(app)
    steward = steward_ids(app, request.tasks[0].role)
    make_index(right_now())
    ids = {**steward, **ids_of(app, request, request)}
    own: dict[str, Ids] = {"A": {**ids, **left}, "B": ids}
    heads = {role: heads_of(app, role, own) for role in SEEN_AS}
    make_organization("org-four")
    stranger = Acting.of_staff(make_staff("stranger@example.org", organization_id="org-four"))
    open_in_emergency(request.identifier, f"{EMERGENCY}, they are in our emergency room", stranger, right_now())
    make_job_and_template()
    db.session.commit()
    return Scene(app, own, heads, lambda: None)


def seen(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Role, place, and the fields whose words stand there; places without any are left out.

    The stream of changes ends with the page that listens; what it says is also asked for at once (live.changes).
    """
    for role, called in SEEN_AS.items():
        for route, row in ROUTES.items():
            is_asked = route.startswith("GET") and row.pattern != "public" and row.comes_in(role)
            left_out = row.printed or route == "GET live.stream"
            if (route in BY_LINK and role in OFFICES) or (is_asked and not left_out):
                shown = shown_at(scene, role, route)
                if shown:
                    yield called, route.removeprefix("GET "), shown


def shown_at(scene: Scene, role: Role, route: str) -> str:
    """The fields whose words stand in one answer, in the order of the table of words; who saw a patient's is noted."""
    before = newest_entry()
    with scene.ask(role, route, ROUTES[route], "A" if role is R.OFFICE_1 else "B") as answer:
        text = answer.get_data().decode(errors="replace") if answer.status_code < 400 else ""
    shown = [name for name, words in CANARIES.items() if any(word in text for word in words)]
    of_patient = [name for name in shown if not name.startswith(NOT_OF_A_PATIENT)]
    assert not of_patient or newest_entry() > before, f"{route} shows {of_patient} to {role}, and nobody notes it"
    return " ".join(shown)


def newest_entry() -> int:
    """The number of the last entry of the audit trail."""
    db.session.rollback()
    return db.session.scalar(select(func.max(AuditEntry.number))) or 0


def filled(value: object, path: str = "") -> Iterator[str]:
    """The names of everything in a JSON answer that is not empty; the members of a list share one."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from filled(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for one in value:
            yield from filled(one, path)
    elif value not in ("", None):
        yield path


def test_each_role_meets_the_fields_of_the_table_and_no_others(scene: Scene) -> None:
    now = [list(line) for line in seen(scene)]
    for role in (R.PROGRAM_1, R.PROGRAM_2, R.PROGRAM_COORDINATOR):
        with scene.ask(role, READ, ROUTES[READ], "B") as answer:
            names = sorted(set(filled(answer.get_json())))
        now.append([SEEN_AS[role], "JSON of one referral", " ".join(names)])
    with TABLE.open(newline="") as file:
        kept = list(csv.reader(file))[1:]
    lines = {tuple(line) for line in now}
    told = [line for line in lines if line[0] == SEEN_AS[R.PATIENT_A] and "patient.birth_date" in line[2]]
    assert not told, "the birth date is asked to know a patient again, so that no page tells it"
    assert sorted(lines) == sorted(map(tuple, kept)), "\n" + "\n".join(
        f"{mark} {line}" for mark, found in (("+", lines - set(map(tuple, kept))), ("-", set(map(tuple, kept)) - lines))
        for line in sorted(found)
    )  # fmt: skip


def test_every_sealed_column_of_a_request_has_a_word_of_its_own_or_is_named_as_a_copy() -> None:
    sealed = {f"{one.table.name}.{column.name}" for one in sealed_tables() for column in one.sealed}
    assert sealed == {name.partition(" ")[0] for name in CANARIES if "." in name} & sealed | ELSEWHERE
