"""What a patient takes along, read back: all that was put in, field by field, as JSON, as FHIR and as files."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from referral.domain.outcomes import Outcome
from referral.extensions import db
from referral.models import Base, ServiceRequest
from referral.models.sealed import sealed_tables
from referral.services import aftermath, write_message
from referral.services.export_request import LEFT_OUT, export
from tests.api.fhir_models import empty_values
from tests.application import application_on
from tests.records import pdf
from tests.servers.databases import DatabaseMaker
from tests.servers.http import HttpServer, serving
from tests.services.journeys import patient
from tests.services.test_canaries import EMAIL, whole_run
from tests.web.office_steps import right_now

Json = dict[str, Any]

INTERNAL = ("Zyxnote", "Zyxfever", "Zyxremark")
"""What the desk wrote for itself."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was in the file."""

    told: Json
    fhir: str
    files: Mapping[str, bytes]

    def section(self, table: str) -> Json:
        """What the file tells of the rows of a table, by name."""
        found = self.told[SECTIONS[table]] if SECTIONS[table] else self.told
        return {name: value for one in (found if isinstance(found, list) else [found]) for name, value in one.items()}


SECTIONS = {
    "service_request": "", "patient": "patient", "shortlist_entry": "chosen", "consent": "consents",
    "referral_task": "specialists", "referral_event": "history", "patient_message": "messages",
    "thread_message": "written", "opinion": "opinions", "record_item": "records", "document": "documents",
    "contact_change": "contact_changes", "patient_account": "accounts", "patient_account_request": "accounts",
    "patient_note": "own_notes", "opinion_survey": "outcome",
}  # fmt: skip
"""Where in `request.json` the rows of a table stand."""

OTHER_NAMES = {
    "service_request": {
        "oncotree_code": "cancer", "authored_on": "asked_on", "reroute_allowed": "reroute", "max_tries": "reroute",
        "max_km": "reroute",
    },
    "referral_task": {"authored_on": "asked_on", "status_reason": "reason"},
    "referral_event": {"actor": "by", "from_stage": "from", "to_stage": "to"},
    "patient_message": {"template": "message", "way": "by", "created_at": "at", "to_address": "to", "facts": "message"},
    "thread_message": {"actor": "by"},
    "document": {"actor": "by"},
}  # fmt: skip
"""What the file calls a column, where that is not its name."""

NOT_TOLD = {
    "service_request": (
        "by what the desk sorts its work and counts its deadlines, and what follows from the history",
        "status records closed_at version stage_since next_by clock_since rungs rung_at paused_clocks reroute_at "
        "vetoed_npis nobody_chosen",
    ),
    "patient": ("when all of it was erased: then there is no file", "erased_at"),
    "consent": ("who of the desk heard it: somebody at work", "witness"),
    "referral_task": ("a code of the standard for what `status` says", "business_status"),
    "referral_event": (
        "who of the desk or the office it was: people at work; and which change it was", "actor_name version",
    ),
    "patient_message": ("who of the desk called", "done_by"),
    "thread_message": ("who of the desk wrote", "actor_name"),
    "document": ("people at work; and when our check was done", "actor_name checked_at"),
    "patient_account": (
        "secrets, and how sign-ins are guarded",
        "password totp_secret totp_counter failed_tries locked_until empty_since",
    ),
}  # fmt: skip
"""Columns that the file leaves out, and why; ids, hashes of secrets and blind indexes are nobody's data."""

NOT_TOLD_AT_ALL = {
    **LEFT_OUT,
    "access_link": "hashes of the secrets of links",
    "audit_entry": "who saw it: people at work, on the patient's page of who has seen the request",
    "delivery": "how a message travelled; that it was sent, and what it said, is in the file",
    "idempotency_key": "a program's name for its own request",
    "patient_account_link": "hashes of the secrets of links",
    "patient_recovery_code": "hashes of secrets",
    "patient_session": "hashes of secrets",
    "presence": "who of the desk has it open at this moment",
    "report_case": "classes and months that reports count, made of what is in the file",
}
"""Tables of one request that are not in the file, and why."""


@pytest.fixture(scope="module")
def taken(make_shared_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """The file of a request with words of its own in every field, from the form to the opinion and what came of it."""
    url = make_shared_database("sqlite")
    with serving(HttpServer) as server:
        yield from _taken(url, tmp_path_factory.mktemp("taken"), server)


def _taken(url: str, folder: Path, server: HttpServer) -> Iterator[Taken]:
    kept = io.BytesIO()
    for app in application_on(url, folder, OUTBOUND_ALLOW=server.place):
        request_id = whole_run(app, server)
        by, now = patient(request_id), right_now()
        made = db.session.get_one(ServiceRequest, request_id)
        aftermath.keep_notes(made, "Zyxown notes", by, now)
        aftermath.keep_outcome(made, Outcome(decided="second", changed=("timing",), helped=4), by, now)
        write_message.write(request_id, "Zyxthanks", by, now)
        export(request_id, kept, now)
        with zipfile.ZipFile(kept) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        yield Taken(json.loads(files["request.json"]), files["fhir.json"].decode(), files)


def test_every_field_that_was_filled_in_comes_back_as_it_was(taken: Taken) -> None:
    told = taken.told
    assert told["patient"] | {
        "given": "Zyxgiven", "family": "Zyxfamily", "birth_date": "1931-07-19", "email": EMAIL,
        "phone": "617 555 0199", "postcode": "04401", "language": "en", "requester_name": "Zyxrequester",
        "requester_relation": "Zyxrelation", "requester_email": "", "news_to": "patient",
    } == told["patient"]  # fmt: skip
    assert (told["cancer"]["code"], told["situation"], told["questions"]) == (
        "CHOL",
        "rare-or-complex",
        ["Zyxquestion?"],
    )
    assert told["first_opinion"] | {"diagnosis": "Zyxdiagnosis", "plan": "Zyxplan"} == told["first_opinion"]
    assert told["reroute"] == {"allowed": True, "max_tries": 3, "max_km": 400}
    assert [one["name"].split()[-1] for one in told["chosen"]] == ["Hooke", "Firenze", "Rivera"]
    assert {one["purpose"] for one in told["consents"]} == {"share", "contact", "reroute"}
    assert {one["way"] for one in told["consents"]} == {"form"}
    (slides,) = (one for one in told["records"] if one["name"] == "slides")
    assert (slides["status"], slides["reason"]) == ("refused", "Zyxreason")
    assert [one["email"] for one in told["contact_changes"]] == ["zyxnew@canary.example"]
    assert [one["email"] for one in told["accounts"]] == ["zyxaccount@canary.example"]


def test_what_offices_the_desk_and_the_patient_said_later_comes_back_and_nothing_internal(taken: Taken) -> None:
    told = taken.told
    said = [(one["by"], one["text"]) for one in told["history"] if one["text"]]
    assert [(by, word) for by, text in said for word in ("Zyxreason", "Zyxquestion?", "Zyxanswer") if word in text] == [
        ("patient", "Zyxreason"),
        ("office", "Zyxquestion?"),
        ("patient", "Zyxanswer"),
    ]
    assert [(one["by"], one["text"]) for one in told["written"]] == [
        ("coordinator", "Zyxtold"),
        ("patient", "Zyxthanks"),
    ]
    (opinion,) = told["opinions"]
    assert {opinion[name] for name in ("diagnosis", "stage", "plan", "text")} == {"Zyxopinion"}
    assert (opinion["options"], opinion["trial"]) == ([{"name": "Zyxoption"}], "Zyxtrial")
    assert told["own_notes"]["text"] == "Zyxown notes"
    assert (told["outcome"]["decided"], told["outcome"]["changed"], told["outcome"]["helped"]) == (
        "second",
        ["timing"],
        4,
    )
    whole = b"".join(taken.files.values()).decode("latin-1")
    assert [word for word in INTERNAL if word in whole] == []


def test_every_file_comes_back_byte_by_byte_and_is_named_by_its_digest(taken: Taken) -> None:
    (listed,) = (one for one in taken.told["documents"] if one["withdrawn_at"] is None)
    (content,) = (content for name, content in taken.files.items() if name.startswith("files/"))
    assert content == pdf(marked="Zyxcontent")
    assert (listed["sha256"], listed["size"]) == (sha256(content).hexdigest(), len(content))
    assert (listed["file_name"], listed["record"], listed["by"]) == ("Zyxfile.pdf", "pathology-report", "patient")


def test_the_fhir_part_is_whole_to_the_models_of_r4_and_says_the_same(taken: Taken) -> None:
    bundle = Bundle.model_validate_json(taken.fhir)
    resources: dict[str, list[Any]] = {}
    for resource in (entry.resource for entry in bundle.entry or [] if entry.resource is not None):
        resources.setdefault(resource.get_resource_type(), []).append(resource)
    who, asked = resources["Patient"][0], resources["ServiceRequest"][0]
    assert (who.name[0].family, who.name[0].given, who.birthDate.isoformat()) == (
        "Zyxfamily",
        ["Zyxgiven"],
        "1931-07-19",
    )
    assert {(one.system, one.value) for one in who.telecom} == {("phone", "617 555 0199"), ("email", EMAIL)}
    assert (who.address[0].postalCode, who.contact[0].name.text) == ("04401", "Zyxrequester")
    assert who.contact[0].relationship[0].text == "Zyxrelation"
    assert asked.identifier[0].value == taken.told["identifier"]
    notes = " ".join(one.text for one in asked.note)
    assert [word for word in ("Zyxquestion?", "Zyxdiagnosis", "Zyxplan") if word not in notes] == []
    assert "Zyxfile.pdf" in {one.content[0].attachment.title for one in resources["DocumentReference"]}
    assert len(resources["Task"]) == len(resources["Consent"]) == 1
    assert list(empty_values(json.loads(taken.fhir))) == []


def test_every_column_of_a_request_is_in_the_file_or_left_out_for_a_reason(taken: Taken) -> None:
    missing = []
    for name in SECTIONS:
        told, names = taken.section(name), OTHER_NAMES.get(name, {})
        left_out = set(NOT_TOLD.get(name, ("", ""))[1].split())
        for column in own_columns(name):
            if names.get(column, column) not in told and column not in left_out:
                missing.append(f"{name}.{column}")
        assert left_out <= own_columns(name), name
    assert missing == []


def test_every_table_of_a_request_is_in_the_file_or_left_out_for_a_reason() -> None:
    theirs = {"service_request", "patient", "patient_account"}
    about = {
        table.name
        for table in Base.metadata.sorted_tables
        if "request_id" in table.columns
        or table.name in theirs
        or any(key.column.table.name in theirs for key in table.foreign_keys)
    }
    assert about == set(SECTIONS) | set(NOT_TOLD_AT_ALL)


def own_columns(table: str) -> set[str]:
    """The columns of a table that could say something of somebody: no ids, no hashes of secrets, no blind indexes."""
    blind = {column.name for one in sealed_tables() if one.table.name == table for column in one.blind}
    names = {column.name for column in Base.metadata.tables[table].columns} - blind
    return {
        name
        for name in names
        if name not in ("id", "key", "npi", "identifier") and not name.endswith(("_id", "_hash", "_key"))
    }
