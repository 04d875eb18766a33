"""Files for a request's records: kept whole, once, for whom they are meant; the checklist follows."""

import io
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from referral.access.authorize import SYSTEM, Acting
from referral.domain.clocks import Holder
from referral.domain.codes import Actor, Situation
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.lifecycle import Action, Stage
from referral.domain.records import ItemState
from referral.extensions import db
from referral.models import Document, RecordItem
from referral.services import clockwork, keep_document, outbox, store_file
from referral.services.change_record import change_record
from referral.services.keep_document import keep, readable, take_back
from tests.factories import COORDINATOR, NOW, make_request
from tests.records import pdf, picture, upload
from tests.services.journeys import again, patient, step, templates_of

PATHOLOGY = "pathology-report"


def made(app: Flask, **changes: Any) -> UUID:  # noqa: ANN401 - what a request may hold
    return make_request(**changes).id


def item(request_id: UUID, name: str = PATHOLOGY) -> RecordItem:
    return next(one for one in again(request_id).record_items if one.name == name)


def kept_files(app: Flask) -> int:
    folder = app.extensions["settings"].data_dir / "documents"
    return sum(path.is_file() for path in folder.rglob("*"))


def send(request_id: UUID, *contents: bytes, name: str = PATHOLOGY, acting: Acting | None = None) -> list[Document]:
    sent = [upload(content) for content in contents]
    return keep(request_id, name, sent, acting or patient(request_id), NOW)


def test_a_file_is_kept_with_its_hash_and_the_record_is_received(app_on_both: Flask) -> None:
    request_id = made(app_on_both)

    (document,) = send(request_id, pdf())

    assert (document.size, document.media_type, document.actor) == (len(pdf()), "application/pdf", "patient")
    with keep_document.open_file(document) as file:
        assert file.read() == pdf()
    assert item(request_id).status == ItemState.RECEIVED
    said = again(request_id).events[-1]
    assert (said.action, said.actor, said.text[:20]) == (Action.NOTE, "patient", "Pathology report (wh")


def test_the_same_file_twice_is_kept_once(app_on_both: Flask) -> None:
    request_id = made(app_on_both)

    send(request_id, pdf())
    assert send(request_id, pdf()) == []

    assert len(readable(again(request_id), patient(request_id))) == 1
    assert kept_files(app_on_both) == 1


def test_two_uploads_at_once_are_both_kept(app_on_both: Flask) -> None:
    request_id, failed = made(app_on_both), list[Exception]()

    def work(number: int) -> None:
        with app_on_both.app_context():
            try:
                send(request_id, pdf(marked=f"{number}"), pdf(marked="both"))
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    acting = patient(request_id)
    db.session.rollback()
    workers = [Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failed == []
    assert len(readable(again(request_id), acting)) == 5
    assert kept_files(app_on_both) == 5


def test_one_bad_file_among_good_ones_keeps_none(app: Flask) -> None:
    request_id = made(app)

    with pytest.raises(Invalid, match="not a kind of file"):
        send(request_id, pdf(), b"<html>", picture())

    assert readable(again(request_id), patient(request_id)) == []
    assert kept_files(app) == 0


def test_what_cannot_be_kept_is_named(app: Flask) -> None:
    request_id = made(app)
    acting = patient(request_id)

    for name, sent, words in (
        ("passport", [upload(pdf())], "Choose what the files are"),
        (PATHOLOGY, [], "Choose a file"),
        (PATHOLOGY, [upload(pdf())] * 11, "at most 10 files"),
    ):
        with pytest.raises(Invalid, match=words):
            keep(request_id, name, sent, acting, NOW)


def test_strangers_and_finished_requests_take_no_files_and_leave_none(app: Flask) -> None:
    request_id, other = made(app), made(app)
    step(request_id, Action.CANCEL)

    with pytest.raises(NotAllowed, match="finished"):
        send(request_id, pdf())
    with pytest.raises(NotFound):
        send(request_id, pdf(), acting=patient(other))

    assert kept_files(app) == 0


def test_once_all_that_was_asked_for_is_there_the_request_is_ready(app: Flask) -> None:
    request_id = made(app)
    assert step(request_id, Action.REQUEST_RECORDS, items=(PATHOLOGY, "slides")) == Stage.RECORDS_NEEDED

    send(request_id, pdf())
    assert again(request_id).stage == Stage.RECORDS_NEEDED
    send(request_id, picture(), name="slides")

    assert again(request_id).stage == Stage.READY
    assert again(request_id).events[-1].actor == Actor.SYSTEM


def test_a_record_that_nobody_sent_is_never_received_by_itself(app_on_both: Flask) -> None:
    request_id = made(app_on_both, situation=Situation.UNCERTAIN_DIAGNOSIS)
    step(request_id, Action.REQUEST_RECORDS, items=("slides",))

    send(request_id, picture(), name="slides")

    assert (again(request_id).stage, item(request_id).status) == (Stage.RECORDS_NEEDED, ItemState.NEEDED)
    with pytest.raises(NotAllowed, match="still missing"):
        step(request_id, Action.RECORDS_COMPLETE, SYSTEM)
    send(request_id, pdf())
    assert again(request_id).stage == Stage.READY


def test_once_the_patient_cannot_get_the_last_record_the_desk_has_the_request(app: Flask) -> None:
    optional, needed = made(app), made(app, situation=Situation.UNCERTAIN_DIAGNOSIS)
    for request_id in (optional, needed):
        step(request_id, Action.REQUEST_RECORDS, items=(PATHOLOGY,))
        assert clockwork.holder(again(request_id)) is Holder.PATIENT
        change_record(request_id, PATHOLOGY, ItemState.REFUSED, "The clinic closed.", patient(request_id), NOW)
        assert clockwork.holder(again(request_id)) is Holder.COORDINATOR
    assert again(optional).stage == Stage.READY
    assert (again(needed).stage, item(needed).status) == (Stage.RECORDS_NEEDED, ItemState.REFUSED)
    outbox.tell(again(needed), Action.REMIND, "", NOW)
    assert "reminder" not in templates_of(needed)


def test_with_auto_approve_the_file_that_was_missing_sends_the_request(app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], auto_approve=True)
    by_file, by_word = (made(app, situation=Situation.UNCERTAIN_DIAGNOSIS) for _ in range(2))

    send(by_file, pdf())
    change_record(by_word, PATHOLOGY, ItemState.WAIVED, "It is being repeated.", COORDINATOR, NOW)

    assert [again(request_id).stage for request_id in (by_file, by_word)] == [Stage.QUEUED, Stage.QUEUED]


def test_each_record_that_is_asked_for_is_told(app: Flask) -> None:
    request_id = made(app)
    for name in ("imaging", "slides", "medicines"):
        change_record(request_id, name, ItemState.ASKED, "", COORDINATOR, NOW)

    assert templates_of(request_id).count("records-needed") == 3


def test_a_file_that_was_taken_back_is_gone_and_its_record_missing_again(app: Flask) -> None:
    request_id = made(app)
    (document,) = send(request_id, pdf())
    document_id, acting = document.id, patient(request_id)

    take_back(document_id, acting, NOW)

    assert kept_files(app) == 0
    assert item(request_id).status == ItemState.NEEDED
    assert readable(again(request_id), acting) == []
    with pytest.raises(NotFound):
        keep_document.find(document_id, acting)


def test_a_patient_cannot_take_back_what_a_coordinator_sent(app: Flask) -> None:
    request_id = made(app)
    (document,) = send(request_id, pdf(), acting=COORDINATOR)
    document_id = document.id

    with pytest.raises(NotAllowed, match="Only who sent a file"):
        take_back(document_id, patient(request_id), NOW)
    take_back(document_id, COORDINATOR, NOW)


def test_an_office_reads_the_records_of_its_own_request_only(app: Flask) -> None:
    request_id, other = made(app), made(app)
    (document,) = send(request_id, pdf())
    document_id = document.id
    step(request_id, Action.APPROVE)
    step(other, Action.APPROVE)
    own = Acting(Actor.OFFICE, task_id=again(request_id).current_task_id)
    foreign = Acting(Actor.OFFICE, task_id=again(other).current_task_id)

    assert keep_document.find(document_id, own).id == document_id
    with pytest.raises(NotFound):
        keep_document.find(document_id, foreign)


def test_files_without_a_row_are_swept_after_an_hour_and_no_others(app: Flask) -> None:
    request_id = made(app)
    send(request_id, pdf())
    store_file.put([upload(picture())])  # whoever wrote it was killed before the row
    (app.extensions["settings"].data_dir / "documents" / "unfinished" / "piece").write_bytes(b"x")
    from_now = NOW.now(NOW.tzinfo)

    assert store_file.sweep_orphans(from_now) == 0
    assert store_file.sweep_orphans(from_now + timedelta(hours=2)) == 2

    assert kept_files(app) == 1


@pytest.mark.parametrize("wanted", ["checked", "expired"])
def test_only_what_is_there_can_be_checked_or_too_old(app: Flask, wanted: str) -> None:
    request_id = made(app)

    with pytest.raises(NotAllowed, match="It is “needed”"):
        change_record(request_id, PATHOLOGY, ItemState(wanted), "From 2019.", COORDINATOR, NOW)
    send(request_id, pdf())
    change_record(request_id, PATHOLOGY, ItemState(wanted), "From 2019.", COORDINATOR, NOW)

    assert item(request_id).status == wanted


def test_waiving_needs_a_reason_and_lets_the_request_go(app: Flask) -> None:
    request_id = made(app, situation=Situation.UNCERTAIN_DIAGNOSIS)
    with pytest.raises(NotAllowed, match="must be there is missing"):
        step(request_id, Action.APPROVE)
    with pytest.raises(Invalid, match="Say why"):
        change_record(request_id, PATHOLOGY, ItemState.WAIVED, " ", COORDINATOR, NOW)

    change_record(request_id, PATHOLOGY, ItemState.WAIVED, "It is being repeated there.", COORDINATOR, NOW)

    assert item(request_id).reason == "It is being repeated there."
    assert step(request_id, Action.APPROVE) == Stage.QUEUED


def test_a_patient_may_say_that_a_record_cannot_be_had_and_nothing_else(app: Flask) -> None:
    request_id = made(app)
    change_record(request_id, PATHOLOGY, ItemState.REFUSED, "The clinic closed.", patient(request_id), NOW)

    assert item(request_id).status == ItemState.REFUSED
    with pytest.raises(NotAllowed, match="Only a coordinator"):
        change_record(request_id, PATHOLOGY, ItemState.WAIVED, "x", patient(request_id), NOW)


def test_asking_for_a_record_with_a_click_moves_the_request_once(app: Flask) -> None:
    request_id = made(app)

    change_record(request_id, "imaging", ItemState.ASKED, "", COORDINATOR, NOW)
    change_record(request_id, "slides", ItemState.ASKED, "", COORDINATOR, NOW)

    assert again(request_id).stage == Stage.RECORDS_NEEDED
    assert {one.name for one in again(request_id).record_items if one.status == "asked"} == {"imaging", "slides"}
    assert [one.action for one in again(request_id).events].count(Action.REQUEST_RECORDS) == 1


def test_bytes_that_the_store_has_lost_are_not_found(app: Flask) -> None:
    request_id = made(app)
    (document,) = send(request_id, pdf())
    store_file.the_store().delete(document.storage_key)

    with pytest.raises(NotFound):
        keep_document.open_file(document)


def test_an_upload_stands_at_its_beginning_when_it_is_read(app: Flask) -> None:
    request_id = made(app)
    sent = upload(pdf())
    sent.stream.read()

    (document,) = keep(request_id, PATHOLOGY, [sent], patient(request_id), NOW)

    with keep_document.open_file(document) as file:
        assert io.BytesIO(file.read()).getvalue() == pdf()
