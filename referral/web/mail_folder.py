"""Reads the folder into which messages are written while no mail server is configured."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

MOST = 200
_KEY = re.compile(r"[0-9a-f]{64}")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it was written."""

    key: str
    subject: str
    to: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message's text; with `path` it is a link to a page of ours."""

    text: str
    path: str = ""


def newest(folder: Path, limit: int = MOST) -> list[Mail]:
    """The newest messages of the folder, newest first; none where there is no folder."""
    dated = sorted(((path.stat().st_mtime, path) for path in folder.glob("*.eml")), reverse=True)
    return [_read(path) for _, path in dated[:limit]]


def one(folder: Path, key: str) -> Mail | None:
    """The message with this key."""
    path = folder / f"{key}.eml"
    return _read(path) if _KEY.fullmatch(key) and path.is_file() else None


def pieces(text: str, own_address: str) -> Iterator[Piece]:
    """The text with links to our own pages marked; an address elsewhere stays plain text."""
    end = 0
    for found in _LINK.finditer(text):
        if not found[0].startswith(f"{own_address}/"):
            continue
        yield Piece(text[end : found.start()])
        yield Piece(found[0], found[0].removeprefix(own_address))
        end = found.end()
    yield Piece(text[end:])


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    body = message.get_body(("plain",))
    return Mail(
        key=path.stem,
        subject=str(message["Subject"]),
        to=str(message["To"]),
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        text=body.get_content() if body else "",
    )
