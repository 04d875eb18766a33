"""Uploads on their way in leave nothing readable on the disk."""

import io
import tempfile

import pytest
from flask import Flask, request

from referral.access.gate import PUBLIC
from tests.records import form_with


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
