"""What every store is: it takes bytes under a name of its own choosing, gives them back, and forgets them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


class TooLarge(Exception):
    """The stream holds more than was allowed; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: the random name to ask for it by, its size in bytes and its SHA-256 in hexadecimal."""

    key: str
    size: int
    sha256: str


class DocumentStore(Protocol):
    """Keeps files. A file is there whole or not at all, also after a kill or a power cut."""

    def put(self, stream: BinaryIO, most_bytes: int) -> Stored:
        """Keep the rest of the stream; when this returns, it is on disk. Raise `TooLarge`, or `OSError`."""

    def put_back(self, key: str, stream: BinaryIO) -> None:
        """Keep the stream under a name it had before, over whatever has that name now. Raise `OSError`."""

    def open(self, key: str) -> BinaryIO:
        """The bytes under this name. Raise `FileNotFoundError` where there are none."""

    def delete(self, key: str) -> None:
        """Forget the bytes under this name; a name that is not there is no error."""

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The names of everything kept before this moment, for the sweep that finds what no row speaks of."""

    def clear_unfinished(self, moment: datetime) -> int:
        """Drop what was begun before this moment and never finished; how many pieces that were."""

    def keys_used(self) -> Iterator[str]:
        """The key of each file, also of one that is being written; empty for one that is not sealed."""

    def seal_all(self) -> Iterator[str]:
        """Seal whatever is not sealed with the first key of the ring, one name after the other."""

    def open_all(self) -> Iterator[str]:
        """Open every file for good: the way back from sealed files."""
