"""The packet of a request: one PDF with cover sheet, index, the request and every record that can be printed.

What cannot be shown on a page (DICOM, archives, a PDF that is damaged or locked, a picture that cannot be read) goes
along as it came, in a ZIP of originals, and the index says so. Nothing is left out in silence.
"""

import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import pi_heif
import pikepdf
from PIL import Image, ImageOps

from referral import reference
from referral.access.media_types import HEIC, PDF
from referral.access.uploads import IMAGES, KIND_NAMES
from referral.domain.clocks import deadline
from referral.domain.codes import NewsTo, Priority, Situation
from referral.domain.lifecycle import WITH_THE_OFFICE, Stage
from referral.domain.opinions import said_of_the_first
from referral.domain.plain_words import RECORD_STATES, SITUATIONS
from referral.domain.records import MISSING, NAMES
from referral.domain.status import day
from referral.models import Document, ReferralTask, ServiceRequest
from referral.sealing.files import scratch
from referral.services import keep_document, packet_pages
from referral.services.packet_pages import Cover, IndexLine, Part

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 3300
"""Pixels of a picture on a page: Letter at 300 to the inch."""


@dataclass(slots=True)
class _Sheet:
    """A record and its pages, None where it cannot be shown on one."""

    document: Document
    pages: pikepdf.Pdf | None
    why_not: str = ""
    source: BinaryIO | None = None

    def close(self) -> None:
        """Give back what was opened for it."""
        for opened in (self.pages, self.source):
            if opened is not None:
                opened.close()


def packet_file(task: ReferralTask, now: datetime) -> BinaryIO:
    """The packet of one office as an open file."""
    sheets = [_sheet(document) for document in keep_document.going_along(task)]
    try:
        return _merged(task, sheets, now)
    except pikepdf.PdfError:
        # A page that could be opened cannot be written: then every record goes along as it came.
        return _merged(task, [_Sheet(sheet.document, None, "cannot be printed") for sheet in sheets], now)
    finally:
        for sheet in sheets:
            sheet.close()


def originals_zip(documents: Sequence[Document]) -> BinaryIO:
    """These files as they are kept, in one ZIP, each under a number and the name of its record."""
    file = _scratch_file()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, document in named(keep_document.out_of_quarantine(documents)):
            with keep_document.open_file(document) as source, archive.open(name, "w", force_zip64=True) as target:
                while block := source.read(1024 * 1024):
                    target.write(block)
    file.seek(0)
    return file


def named(documents: Sequence[Document]) -> Iterator[tuple[str, Document]]:
    """Each file with the name it has among the originals; the numbers are those of the index."""
    for number, document in enumerate(documents, 1):
        yield f"{number:02d} {_record_of(document)} - {document.file_name}".replace("/", "-"), document


def _scratch_file() -> BinaryIO:
    """A file without a name, sealed, which is gone when whoever reads it closes it."""
    return scratch(tempfile.TemporaryFile())


def _sheet(document: Document) -> _Sheet:
    try:
        if document.media_type == PDF:
            return _of_pdf(document)
        if document.media_type in IMAGES:
            return _Sheet(document, pikepdf.open(io.BytesIO(_picture(document))))
    except pikepdf.PasswordError:
        return _Sheet(document, None, "locked with a password")
    except (pikepdf.PdfError, OSError, ValueError, Image.DecompressionBombError, SyntaxError):
        return _Sheet(document, None, "damaged or unreadable")
    return _Sheet(document, None, KIND_NAMES[document.media_type])


def _of_pdf(document: Document) -> _Sheet:
    """A PDF is taken only whole: one that would have to be repaired might lose pages nobody misses."""
    source = keep_document.open_file(document)
    try:
        opened = pikepdf.open(source, attempt_recovery=False)
        if len(opened.pages) > 0:
            return _Sheet(document, opened, source=source)
    except BaseException:
        source.close()
        raise
    opened.close()
    source.close()
    return _Sheet(document, None, "without pages")


def _picture(document: Document) -> bytes:
    """A picture as a page, the right side up and no finer than a printer prints."""
    if document.media_type == HEIC:
        pi_heif.register_heif_opener()
    with keep_document.open_file(document) as source, Image.open(source) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too many pixels for a page")
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return packet_pages.picture_page(upright, f"{_record_of(document)}: {document.file_name}")


def _merged(task: ReferralTask, sheets: Sequence[_Sheet], now: datetime) -> BinaryIO:
    title, identifier = "A patient asks you for a second opinion", task.request.identifier
    own = _own_pages(task, sheets, title, now)
    with pikepdf.open(io.BytesIO(own)) as packet:
        with packet.open_outline() as outline:
            for sheet in sheets:
                if sheet.pages is not None:
                    first = len(packet.pages)
                    packet.pages.extend(sheet.pages.pages)
                    name = f"{_record_of(sheet.document)}: {sheet.document.file_name}"
                    outline.root.append(pikepdf.OutlineItem(name, first))
        _stamp(packet, identifier)
        with packet.open_metadata() as metadata:
            metadata["dc:title"] = f"{title}, {identifier}"
            metadata["dc:language"] = ["en-US"]
        file = _scratch_file()
        packet.save(file)
    file.seek(0)
    return file


def _own_pages(task: ReferralTask, sheets: Sequence[_Sheet], title: str, now: datetime) -> bytes:
    """Written until the index names the right pages: how many come before them is known only afterwards."""
    before, written = 3, b""
    while True:
        index = list(_index(sheets, before))
        written = packet_pages.written(_cover(task, title, now), index, _request_parts(task.request, now))
        with pikepdf.open(io.BytesIO(written)) as pages:
            if len(pages.pages) == before:
                return written
            before = len(pages.pages)


def _index(sheets: Sequence[_Sheet], before: int) -> Iterator[IndexLine]:
    page = before + 1
    for number, sheet in enumerate(sheets, 1):
        document = sheet.document
        record = f"{number}. {_record_of(document)}"
        if sheet.pages is None:
            yield IndexLine(record, document.file_name, f"as an original: {sheet.why_not}")
            continue
        last = page + len(sheet.pages.pages) - 1
        where = f"page {page}" if last == page else f"pages {page} to {last}"
        yield IndexLine(record, document.file_name, where)
        page = last + 1


def _cover(task: ReferralTask, title: str, now: datetime) -> Cover:
    request, role = task.request, task.role
    place = " ".join(part for part in (role.city + "," if role.city else "", role.state, role.postcode) if part)
    person = ", ".join(part for part in (role.practitioner.name, role.practitioner.credential) if part)
    organization = role.organization.name if role.organization else ""
    return Cover(
        title=title,
        reference=request.identifier,
        today=packet_pages.day(now),
        address=[line for line in (person, organization, role.line1, place) if line],
        parts=(
            Part("In short", _short(task, now)),
            Part(
                "Please note",
                paragraphs=(
                    "This packet holds health information. If it is not for your office, tell whoever sent it and "
                    "destroy it.",
                    "This is not an emergency service. In an emergency call 911.",
                ),
            ),
        ),
    )


def _short(task: ReferralTask, now: datetime) -> list[tuple[str, str]]:
    request = task.request
    return [
        ("Reference", request.identifier),
        ("Patient", f"{request.patient.name}, born {packet_pages.day(request.patient.birth_date)}"),
        ("Asked is", f"A second opinion on {_cancer(request)}"),
        ("Please answer by", day(answer_by(request, now).date(), with_year=True)),
        ("Consent", _consent(task)),
    ]


def answer_by(request: ServiceRequest, now: datetime) -> datetime:
    """By when the office shall say whether it takes the request on."""
    if Stage(request.stage) in WITH_THE_OFFICE and request.next_by is not None and request.next_by > now:
        return request.next_by
    return deadline(Stage.ACKNOWLEDGED, Priority(request.priority), now) or now


def _consent(task: ReferralTask) -> str:
    consent = next((one for one in task.request.consents if one.id == task.consent_id), None)
    if consent is None:
        return "The patient agreed that this office reads the request."
    given, until = packet_pages.day(consent.granted_at), packet_pages.day(consent.expires_at)
    return f"The patient agreed on {given} that this office reads the request; the consent ends on {until}."


def _request_parts(request: ServiceRequest, now: datetime) -> list[Part]:
    questions = [f"{number}. {text}" for number, text in enumerate(request.questions, 1)]
    said = said_of_the_first(request.first_opinion)
    lacking = [f"{NAMES[i.name]}: {RECORD_STATES[i.status]}" for i in request.record_items if i.status in MISSING]
    return [
        Part("Who asks", _patient(request, now)),
        Part("What is asked", _asked(request), questions or ["The patient wrote no questions."]),
        Part("The first opinion", said, () if said else ["The patient said nothing about it."]),
        Part("Records that are not here", (), lacking or ["Nothing of the checklist is missing."]),
    ]


def _patient(request: ServiceRequest, now: datetime) -> list[tuple[str, str]]:
    who = request.patient
    needs = "; needs an interpreter" if who.interpreter else ""
    asking = f"{who.requester_name} ({who.requester_relation or 'for the patient'})" if who.requester_name else ""
    facts = [
        ("Name", who.name),
        ("Born", packet_pages.day(who.birth_date)),
        ("Language", f"{_LANGUAGES.get(who.language.split('-')[0], who.language)}{needs}"),
        ("Filled in by", asking),
        ("Hears of each step", who.requester_email if who.news_to != NewsTo.PATIENT else ""),
        ("Phone", who.phone),
        ("Email", who.email),
        ("ZIP code", who.postcode),
    ]
    return [(label, text) for label, text in facts if text]


_LANGUAGES = {"en": "English", "es": "Spanish"}


def _asked(request: ServiceRequest) -> list[tuple[str, str]]:
    decision = f"; a decision is due on {packet_pages.day(request.decision_date)}" if request.decision_date else ""
    why = SITUATIONS[Situation(request.situation)] if request.situation else "Not said"
    return [("Cancer", _cancer(request)), ("Why now", why), ("How soon", f"{request.priority.capitalize()}{decision}")]


def _cancer(request: ServiceRequest) -> str:
    cancer = reference.cancers().get(request.oncotree_code)
    codes = f"OncoTree {request.oncotree_code}"
    if cancer is None:
        return codes
    codes += f", ICD-10-CM {', '.join(cancer.icd10cm)}" if cancer.icd10cm else ""
    return f"{cancer.name} ({codes})"


def _record_of(document: Document) -> str:
    """What the file is, without the explanation in brackets."""
    name = NAMES[document.item.name] if document.item else "Opinion"
    return name.partition(" (")[0]


def _stamp(packet: pikepdf.Pdf, identifier: str) -> None:
    """Say on every page which page of the packet it is: the index counts in these."""
    with pikepdf.open(io.BytesIO(packet_pages.stamps(identifier, len(packet.pages)))) as strips:
        width, height = packet_pages.STRIP_SIZE
        for page, strip in zip(packet.pages, strips.pages, strict=True):
            left, bottom, right, _ = (float(edge) for edge in page.mediabox)
            start = max(left, right - width - 18)
            page.add_overlay(strip, pikepdf.Rectangle(start, bottom + 8, right - 18, bottom + 8 + height))
