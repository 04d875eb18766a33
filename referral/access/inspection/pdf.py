"""PDF: written anew from what could be read, without anything that acts by itself.

What only acts (scripts, programs to start, forms that send themselves, addresses that are not the web's) is taken out.
What holds content of its own (files within the file, films, forms for one program) is refused: to take it out could
lose a record. A signature under the old bytes would be wrong under the new ones, so it goes; its picture stays.
"""

import io
import re
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from referral.access.inspection.findings import Finding, inflated
from referral.access.inspection.refusals import Refusal, Refused
from referral.access.media_types import PDF

MOST_PAGES = 5_000
MOST_OBJECTS = 200_000
MOST_INFLATED = 200 * 1024 * 1024
"""Of everything but pictures."""
MOST_PIXELS = 100_000_000
_DEEPEST = 50

_HOLDING = frozenset(["/EmbeddedFiles", "/EF", "/Collection", "/AF"])
_HOLDING_MARKS = frozenset(["/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"])
"""Kinds of annotation."""
_ACTING = frozenset(["/OpenAction", "/AA", "/JavaScript", "/JS", "/Perms", "/SigFlags", "/Requirements"])
_ACTIONS = frozenset(
    [
        "/JavaScript", "/Launch", "/SubmitForm", "/ResetForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition",
        "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView",
    ]
)  # fmt: skip
_FROM_ELSEWHERE = frozenset(["/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI", "/PS"])
"""Of a stream: that its content lies in another file, or is a program for printers."""
_NAMES = (*_HOLDING, *_HOLDING_MARKS, *_ACTING, *_ACTIONS, *_FROM_ELSEWHERE, "/XFA", "/URI", "/Sig", "/EmbeddedFile")
_SUSPECT = re.compile(b"(?:" + b"|".join(re.escape(name.encode()) for name in _NAMES) + rb")(?![^\s/\[\]<>()])")
"""Only an object whose text holds one of these is looked at piece by piece, which takes a hundred times as long."""
_WEB = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_OLD_LOCK, _NEW_LOCK = (
    pikepdf.Encryption(owner="", user="", R=3, aes=False, metadata=False),
    pikepdf.Encryption(owner="", user="", R=6),
)
_TIGHT = frozenset(["/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"])


def inspect(content: bytes) -> Finding:
    """The PDF written anew."""
    if content[content.rfind(b"%%EOF") + 5 :].strip(b"\0\r\n\t ") or b"%%EOF" not in content:
        raise Refused(Refusal.HIDDEN if b"%%EOF" in content else Refusal.DAMAGED)
    try:
        written = _written_anew(_unlocked(content))
    except pikepdf.PasswordError:
        raise Refused(Refusal.LOCKED) from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError):
        raise Refused(Refusal.DAMAGED) from None
    return Finding(written, PDF)


def _written_anew(content: bytes) -> bytes:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(content), attempt_recovery=False, suppress_warnings=True) as opened:
        _disarm(opened)
        opened.save(written, deterministic_id=True)
    return written.getvalue()


def _unlocked(content: bytes) -> bytes:
    """A file that anybody may read, but not print or copy from, without that lock."""
    with pikepdf.open(io.BytesIO(content), attempt_recovery=False, suppress_warnings=True) as opened:
        if not opened.is_encrypted:
            return content
        written = io.BytesIO()
        opened.save(written, encryption=False)
        return written.getvalue()


def _disarm(opened: pikepdf.Pdf) -> None:
    """Take out of every object what acts. Raise `Refused` for what cannot be taken."""
    if len(opened.pages) == 0:
        raise Refused(Refusal.DAMAGED)
    if len(opened.pages) > MOST_PAGES or len(opened.objects) > MOST_OBJECTS:
        raise Refused(Refusal.TOO_MUCH)
    cleaner = _Cleaner()
    for one in opened.objects:
        is_stream = isinstance(one, Stream)
        if is_stream:
            cleaner.weigh(one)
        text = one.stream_dict.unparse() if is_stream else one.unparse(resolved=True)
        if _SUSPECT.search(text):
            cleaner.clean(one)
    if "/URI" in opened.Root:
        del opened.Root["/URI"]  # what addresses without a beginning would begin with


class _Cleaner:
    """Goes through objects, and counts what they unpack to."""

    def __init__(self) -> None:
        self._left = MOST_INFLATED

    def clean(self, one: Object, depth: int = 0) -> None:
        """Clean one object and what lies within it; what it refers to is met by itself."""
        if depth > _DEEPEST:
            raise Refused(Refusal.TOO_MUCH)
        if isinstance(one, Stream | Dictionary):
            self._clean_fields(one)
        for child in _children(one):
            if isinstance(child, Dictionary | Array) and not child.is_indirect:
                self.clean(child, depth + 1)

    def weigh(self, one: Object) -> None:
        """Refuse a stream that unpacks to far more than a page can need."""
        filters = _filters(one)
        if len(filters) > 3 or sum(name in _TIGHT for name in filters) > 1:
            raise Refused(Refusal.TOO_MUCH)
        if one.get("/Subtype") == Name.Image:
            if _number(one.get("/Width")) * _number(one.get("/Height")) > MOST_PIXELS:
                raise Refused(Refusal.TOO_MANY_PIXELS)
        elif filters and filters[0] in ("/FlateDecode", "/Fl"):
            self._left -= sum(len(block) for block in inflated(one.read_raw_bytes(), self._left))

    def _clean_fields(self, one: Object) -> None:
        keys = set(one.keys())
        if keys & _HOLDING or one.get("/Type") == Name.EmbeddedFile or str(one.get("/Subtype")) in _HOLDING_MARKS:
            raise Refused(Refusal.HOLDS_FILES)
        if "/XFA" in keys:
            raise Refused(Refusal.LIVE_FORM)
        whole = str(one.get("/S")) in _ACTIONS or not _is_of_the_web(one)
        for key in keys if whole else _acting_keys(one, keys):
            del one[key]


def _acting_keys(one: Object, keys: set[str]) -> set[str]:
    """What of an object acts, or would be wrong once the file is written anew."""
    acting = keys & _ACTING
    if isinstance(one, Stream):
        acting |= keys & _FROM_ELSEWHERE
    elif one.get("/FT") == Name.Sig and "/V" in keys:
        acting.add("/V")
    return acting


def _is_of_the_web(action: Object) -> bool:
    """Whether an action that leads to an address leads into the web; all others do not lead to an address."""
    if action.get("/S") != Name.URI:
        return True
    return bool(_WEB.match(str(action.get("/URI", ""))))


def _children(one: Object) -> Iterator[Object]:
    if isinstance(one, Array):
        yield from one
    elif isinstance(one, Stream | Dictionary):
        yield from (one[key] for key in one.keys())  # noqa: SIM118 - iterating a stream itself gives bytes


def _filters(stream: Object) -> list[str]:
    named = stream.get("/Filter")
    if named is None:
        return []
    return [str(name) for name in named] if isinstance(named, Array) else [str(named)]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _load_ciphers() -> None:
    """A child can open no file, so the ciphers that the library loads at their first use are loaded now."""
    for lock in (_OLD_LOCK, _NEW_LOCK):
        written = io.BytesIO()
        with pikepdf.new() as empty:
            empty.save(written, encryption=lock)
        pikepdf.open(written).close()


_load_ciphers()
