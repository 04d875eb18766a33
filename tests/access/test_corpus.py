"""No file of the corpus that could do harm is taken, whatever it is called; every good one is."""

import io
import logging
import re
from collections.abc import Iterator

import pikepdf
import pytest
from PIL import Image

from referral.access.uploads import checked, clean_name, fitting_name, kind_of
from referral.domain.errors import Invalid
from tests.access.corpus import documents, others
from tests.access.corpus.others import PHP

REFUSED = {**documents.REFUSED, **others.REFUSED}
GOOD = {**documents.GOOD, **others.GOOD}
MOST_SECONDS = 5.0
MOST_KB = 300 * 1024


def taken(content: bytes, name: str = "file") -> tuple[bytes, str]:
    """What is kept of a file, and its media type."""
    stream = io.BytesIO(content)
    with checked(stream, name, kind_of(stream, clean_name(name))) as found:
        return found.stream.read(), found.media_type


@pytest.fixture(autouse=True)
def _within_the_limits(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO)
    yield
    told = "\n".join(record.getMessage() for record in caplog.get_records("call"))  # `text` is that of this phase
    measured = re.findall(r"in ([0-9.]+) s with (\d+) kB", told)
    assert measured or not request.node.name.startswith("test_what_offices_need_is_taken"), "nothing was measured"
    for seconds, memory in measured:
        assert float(seconds) <= MOST_SECONDS
        assert int(memory) <= MOST_KB


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(REFUSED) >= 30
    assert len(GOOD) >= 10


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_do_harm_is_refused_with_words_for_its_sender(case: str) -> None:
    content, name = REFUSED[case]()

    with pytest.raises(Invalid) as refused:
        taken(content, name)

    assert refused.value.message.startswith(f"“{name}” ")


@pytest.mark.parametrize("case", GOOD)
def test_what_offices_need_is_taken(case: str) -> None:
    kept, media_type = taken(GOOD[case]())

    assert kind_of(io.BytesIO(kept), "x") == media_type
    assert taken(kept)[0] == kept


@pytest.mark.parametrize("case", documents.DISARMED)
def test_what_acts_is_taken_out_of_a_pdf(case: str) -> None:
    sent = documents.DISARMED[case]()
    assert b"acts" in plain(sent)

    kept, _ = taken(sent)

    assert b"acts" not in plain(kept)


def plain(content: bytes) -> bytes:
    """The PDF with everything unpacked."""
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as opened:
        opened.save(written, qdf=True)
    return written.getvalue()


def test_links_into_the_web_and_forms_stay() -> None:
    assert b"https://www.cancer.gov/" in plain(taken(GOOD["pdf with links"]())[0])
    assert b"/AcroForm" in plain(taken(GOOD["pdf with a form"]())[0])
    assert b"/ByteRange" not in plain(taken(GOOD["signed pdf"]())[0])


@pytest.mark.parametrize("case", ["jpeg", "photo", "jpeg with a comment", "png", "png of sixteen bits"])
def test_a_picture_stays_as_it_was_point_by_point_and_says_nothing_besides(case: str) -> None:
    kept, _ = taken(GOOD[case]())

    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(GOOD[case]())) as before:
        assert after.tobytes() == before.tobytes()
        assert after.getexif().get(0x0112) == before.getexif().get(0x0112)
    for gone in (b"SecretMaker", PHP, b"hangs on"):
        assert gone not in kept


def test_a_photo_of_a_telephone_becomes_a_jpeg_without_its_maker() -> None:
    kept, media_type = taken(GOOD["heic"]())

    assert (media_type, fitting_name("IMG_1.HEIC", media_type)) == ("image/jpeg", "IMG_1.jpg")
    assert b"SecretMaker" not in kept
    with Image.open(io.BytesIO(kept)) as shown:
        assert shown.size == (64, 48)
        assert all(abs(a - b) < 12 for a, b in zip(shown.tobytes()[:3], (0x88, 0xAA, 0x99), strict=True))
