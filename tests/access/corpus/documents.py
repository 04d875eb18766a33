"""PDF files that do, hold or hide something, each as its bytes."""

import io
import zlib
from collections.abc import Callable
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.records import archive, pdf

File = Callable[[], bytes]
Attack = Callable[[], tuple[bytes, str]]
"""Content, and what the file is called. Each is made when it is asked for: few of those who read this list want all."""

EXE = b"MZ\x90\0" + bytes(60) + b"PE\0\0" + bytes(200)
MARKUP = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def changed(change: Callable[[pikepdf.Pdf], object], **saving: object) -> bytes:
    """A PDF with one page after this change."""
    kept = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as made:
        change(made)
        made.save(kept, **saving)  # type: ignore[arg-type]  # how to save
    return kept.getvalue()


def annotated(**fields: Any) -> bytes:  # noqa: ANN401 - whatever a PDF holds
    """A PDF whose page bears an annotation with these fields."""

    def annotate(made: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Rect=[0, 0, 100, 100], **fields)
        made.pages[0].Annots = Array([made.make_indirect(note)])

    return changed(annotate)


def link(**action: Any) -> bytes:  # noqa: ANN401 - as above
    """A PDF with a link that does this."""
    return annotated(Subtype=Name.Link, A=Dictionary(**action))


def opening(**action: Any) -> bytes:  # noqa: ANN401 - as above
    """A PDF that does this when it is opened."""
    return changed(lambda made: setattr(made.Root, "OpenAction", Dictionary(**action)))


def with_file(content: bytes, name: str) -> bytes:
    """A PDF with a file inside."""
    return changed(lambda made: made.attachments.__setitem__(name, content))


def with_form(xfa: bool) -> bytes:
    """A PDF with an empty form, of the old or of the new kind."""
    form = Dictionary(Fields=Array(), XFA=pikepdf.String("<xdp/>")) if xfa else Dictionary(Fields=Array())
    return changed(lambda made: setattr(made.Root, "AcroForm", form))


def signed() -> bytes:
    """A PDF with a signature under bytes that will not stay."""

    def sign(made: pikepdf.Pdf) -> None:
        signature = made.make_indirect(Dictionary(Type=Name.Sig, ByteRange=[0, 10, 20, 10], Contents=b"signature"))
        field = made.make_indirect(Dictionary(FT=Name.Sig, T="sign here", V=signature))
        made.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)

    return changed(sign)


def bursting(megabytes: int, twice: bool = False) -> bytes:
    """A PDF whose page unpacks to so many megabytes."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    filters = [Name.FlateDecode]
    if twice:
        packed, filters = zlib.compress(packed), [Name.FlateDecode, Name.FlateDecode]

    def fill(made: pikepdf.Pdf) -> None:
        made.pages[0].Contents = pikepdf.Stream(made, packed, Filter=Array(filters))

    return changed(fill, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def many_pages(count: int) -> bytes:
    """A PDF of empty pages, written by hand."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /MediaBox [0 0 9 9] /Count %d /Kids [%s] >>"
        % (count, b" ".join(b"%d 0 R" % n for n in range(3, count + 3))),
        *[b"<< /Type /Page /Parent 2 0 R >>"] * count,
    ]
    body, places = b"%PDF-1.4\n", list[int]()
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj %s endobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n"
    return body + end % (len(objects) + 1, table, len(objects) + 1, len(body))


REFUSED: Final[dict[str, Attack]] = {
    "html as pdf": lambda: (MARKUP, "report.pdf"),
    "html behind a pdf's first line": lambda: (b"%PDF-1.4\n" + MARKUP + pdf(), "report.pdf"),
    "pdf behind junk": lambda: (b"junk\n" + pdf(), "report.pdf"),
    "pdf with html behind": lambda: (pdf() + MARKUP, "report.pdf"),
    "pdf and zip": lambda: (pdf() + archive("a.dcm"), "report.pdf"),
    "pdf and zip, ended again": lambda: (pdf() + archive("a.exe") + b"\n%%EOF", "report.pdf"),
    "cut pdf": lambda: (pdf(3)[:-250], "report.pdf"),
    "locked pdf": lambda: (changed(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u")), "report.pdf"),
    "pdf with an exe inside": lambda: (with_file(EXE, "setup.exe"), "report.pdf"),
    "pdf with an attachment on its page": lambda: (annotated(Subtype=Name.FileAttachment), "report.pdf"),
    "pdf with a film": lambda: (annotated(Subtype=Name.RichMedia), "report.pdf"),
    "portfolio": lambda: (changed(lambda made: setattr(made.Root, "Collection", Dictionary())), "report.pdf"),
    "xfa form": lambda: (with_form(xfa=True), "report.pdf"),
    "pdf of too many pages": lambda: (many_pages(5_001), "report.pdf"),
    "pdf that bursts": lambda: (bursting(210), "report.pdf"),
    "pdf packed twice": lambda: (bursting(2, twice=True), "report.pdf"),
}

DISARMED: Final[dict[str, File]] = {
    "script at opening": lambda: opening(S=Name.JavaScript, JS="app.alert('acts')"),
    "address at opening": lambda: opening(S=Name.URI, URI="https://acts.example/"),
    "program to start": lambda: link(S=Name.Launch, F="acts.exe"),
    "form that sends itself": lambda: link(S=Name.SubmitForm, F="https://acts.example/"),
    "another file": lambda: link(S=Name.GoToR, F="//acts/share.pdf"),
    "address of a file": lambda: link(S=Name.URI, URI="file:///etc/acts"),
    "address of a script": lambda: link(S=Name.URI, URI="javascript:acts()"),
    "script of a chain": lambda: link(S=Name.GoTo, D="here", Next=Dictionary(S=Name.JavaScript, JS="acts()")),
    "script on leaving": lambda: changed(
        lambda made: setattr(made.pages[0], "AA", Dictionary(C=Dictionary(S=Name.JavaScript, JS="acts()")))
    ),
    "script of the file": lambda: changed(
        lambda made: setattr(
            made.Root, "Names", Dictionary(JavaScript=Dictionary(Names=["x", Dictionary(S=Name.JavaScript, JS="acts")]))
        )
    ),
}
"""PDFs that are taken once what acts is out of them; each names it "acts"."""

GOOD: Final[dict[str, File]] = {
    "pdf": lambda: pdf(),
    "pdf of many pages": lambda: pdf(200),
    "pdf with links": lambda: link(S=Name.URI, URI="https://www.cancer.gov/"),
    "pdf with a form": lambda: with_form(xfa=False),
    "pdf that may not be printed": lambda: changed(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="")),
    "signed pdf": lambda: signed(),
    "pdf with packed objects": lambda: changed(
        lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True
    ),
    "pdf with blanks behind": lambda: pdf() + b"\r\n\0\0",
}
