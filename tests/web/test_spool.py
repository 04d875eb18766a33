"""Uploads on their way in leave nothing readable on the disk."""

import io
import tempfile

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from referral.access.gate import PUBLIC
from referral.access.inspect_apart import inspected
from referral.access.media_types import PDF
from tests.records import form_with, pdf
from tests.web.test_track_pages import BORN, a_request, opened


class Watched(io.BytesIO):
    """A nameless file whose bytes outlive it."""

    left: bytes = b""

    def close(self) -> None:
        """Keep what was on the disk."""
        self.left = self.left or self.getvalue()
        super().close()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    """The nameless files that are made meanwhile."""
    made: list[Watched] = []

    def note() -> Watched:
        made.append(Watched())
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", note)
    return made


@pytest.mark.parametrize("size, files", [(1_000, 0), (700_000, 1)])
def test_a_large_upload_lies_sealed_while_it_comes_in(
    app: Flask, written: list[Watched], size: int, files: int
) -> None:
    content = (b"Zyxcontent " * size)[:size]

    def view() -> str:
        return str(request.files["file"].read() == content)

    app.add_url_rule("/take", "take", view, methods=["POST"])
    app.extensions["doors"]["take"] = PUBLIC
    body, kind = form_with(content, "a.pdf", "slides")
    assert app.test_client().post("/take", data=body, content_type=kind).text == "True"
    assert len(written) == files
    for file in written:
        file.close()
        assert len(file.left) >= size
        assert b"Zyxcontent" not in file.left


def test_what_a_patient_takes_along_lies_sealed_while_it_is_sent(client: FlaskClient, written: list[Watched]) -> None:
    link = opened(client, a_request())
    answer = client.post(f"{link}/download", data=BORN, buffered=True)
    answer.close()
    assert answer.data.startswith(b"PK")
    assert [b"PK" in file.left[:2] for file in written] == [False]


def test_a_record_is_inspected_without_a_file_on_the_disk(written: list[Watched]) -> None:
    with inspected(io.BytesIO(pdf()), PDF) as found:
        assert found.stream.read(5) == b"%PDF-"
    assert written == []
