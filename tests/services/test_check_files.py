"""The virus scanner: what it finds is refused, what it could not look at waits where nobody can open it."""

import sys
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask

from referral.access import inspect_apart
from referral.access.uploads import Unsafe
from referral.access.virus_scanner import VirusScanner
from referral.domain.codes import Actor
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.lifecycle import Action
from referral.domain.records import ItemState
from referral.models import Document
from referral.services import keep_document
from referral.services.check_files import check_waiting
from referral.services.keep_document import keep, out_of_quarantine, readable
from referral.services.packet import originals_zip
from referral.services.referral_packet import _goes_along
from tests.access.corpus.others import EICAR
from tests.factories import COORDINATOR, NOW, make_request
from tests.records import dicom, pdf, upload
from tests.servers import free_port
from tests.servers.clamd import Clamd
from tests.services.journeys import again, patient, step, templates_of

INFECTED = dicom(PatientComments=EICAR.decode())


def with_scanner(app: Flask, address: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], clamd=address)


def sent_while_away(app: Flask, content: bytes) -> tuple[UUID, UUID]:
    """Request and file of an upload whose scanner was away."""
    with_scanner(app, f"127.0.0.1:{free_port()}")
    request_id = make_request().id
    (document,) = keep(request_id, "imaging", [upload(content, "scan.dcm")], patient(request_id), NOW)
    return request_id, document.id


def document_of(request_id: UUID) -> Document:
    return again(request_id).documents[0]


def state_of(request_id: UUID) -> str:
    return next(item.status for item in again(request_id).record_items if item.name == "imaging")


def test_what_the_scanner_knows_is_refused_and_not_kept(app: Flask, clamd: Clamd) -> None:
    with_scanner(app, clamd.address)
    request_id = make_request().id

    with pytest.raises(Unsafe, match="virus check found something"):
        keep(request_id, "imaging", [upload(INFECTED, "scan.dcm")], patient(request_id), NOW)

    assert not list((app.extensions["settings"].data_dir / "documents").rglob("*/*"))
    keep(request_id, "imaging", [upload(dicom(), "scan.dcm")], patient(request_id), NOW)
    assert (clamd.asked, state_of(request_id)) == (2, ItemState.RECEIVED)


def test_while_the_scanner_is_away_a_file_waits_and_nobody_can_open_it(app: Flask) -> None:
    request_id, _ = sent_while_away(app, dicom())
    document = document_of(request_id)

    assert state_of(request_id) != ItemState.RECEIVED
    for acting in (patient(request_id), COORDINATOR):
        (shown,) = readable(again(request_id), acting)
        with pytest.raises(NotAllowed, match="being checked"):
            keep_document.open_file(shown)
    assert out_of_quarantine([document]) == []
    assert not _goes_along(document)
    with originals_zip([document]) as file:
        assert b"scan.dcm" not in file.read()


def test_a_scanner_that_says_nothing_has_not_looked(app: Flask, clamd: Clamd) -> None:
    clamd.mute = True
    with_scanner(app, clamd.address)
    request_id = make_request().id

    (document,) = keep(request_id, "imaging", [upload(dicom(), "scan.dcm")], patient(request_id), NOW)

    assert document.checked_at is None
    assert VirusScanner(clamd.address).answers()
    assert not VirusScanner("/nowhere/clamd.ctl").answers()


def test_once_the_scanner_is_back_a_clean_file_is_received(app_on_both: Flask, clamd: Clamd) -> None:
    request_id, _ = sent_while_away(app_on_both, dicom())
    assert check_waiting(NOW) == 0
    with_scanner(app_on_both, clamd.address)

    assert check_waiting(NOW) == 1

    assert state_of(request_id) == ItemState.RECEIVED
    with keep_document.open_file(document_of(request_id)) as file:
        assert file.read() == dicom()
    assert check_waiting(NOW) == 0


def test_once_the_scanner_is_back_an_infected_file_goes_and_its_sender_is_told(
    app_on_both: Flask, clamd: Clamd
) -> None:
    request_id, _ = sent_while_away(app_on_both, INFECTED)
    with_scanner(app_on_both, clamd.address)

    check_waiting(NOW)

    document = document_of(request_id)
    assert (document.refusal, document.withdrawn_at, state_of(request_id)) == ("infected", NOW, ItemState.ASKED)
    assert "virus check found something" in again(request_id).events[-1].text
    assert again(request_id).events[-1].actor == Actor.SYSTEM
    assert "records-needed" in templates_of(request_id)
    assert not list((app_on_both.extensions["settings"].data_dir / "documents").rglob("*/*"))


def test_a_file_taken_back_while_it_waits_stays_away(app: Flask, clamd: Clamd) -> None:
    request_id, document_id = sent_while_away(app, dicom())
    keep_document.take_back(document_id, patient(request_id), NOW)
    with_scanner(app, clamd.address)

    assert check_waiting(NOW) == 0
    assert clamd.asked == 0


def test_a_request_goes_on_without_a_file_that_waits_and_its_packet_has_it_not(app: Flask) -> None:
    from referral.services.packet import packet_file

    request_id, _ = sent_while_away(app, pdf(3))
    step(request_id, Action.APPROVE)
    task = again(request_id).current_task
    assert task is not None

    with packet_file(task, NOW) as file:
        assert b"scan" not in file.read()


def test_where_no_helper_can_be_started_nothing_is_taken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = make_request().id
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(inspect_apart, "_helpers", [])

    with pytest.raises(Invalid, match="could not be checked just now"):
        keep(request_id, "imaging", [upload(dicom(), "scan.dcm")], patient(request_id), NOW)


def test_a_helper_that_was_killed_is_replaced(app: Flask) -> None:
    request_id = make_request().id
    keep(request_id, "imaging", [upload(dicom(), "scan.dcm")], patient(request_id), NOW)
    inspect_apart._helpers[0].process.kill()
    inspect_apart._helpers[0].process.wait()

    assert keep(request_id, "imaging", [upload(dicom(Rows=1, Columns=4), "b.dcm")], patient(request_id), NOW)
