"""Templates rendered once with gaps, and filled for each request with facts that are escaped UTF-8 already."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from markupsafe import escape

_BEGIN, _END = "\x01", "\x02"
_special = re.compile("[&<>\"']").search


def escaped(text: str) -> bytes:
    """A text as HTML in UTF-8. Most texts have nothing to escape, and looking for it is much faster than escaping."""
    return (escape(text) if _special(text) else text).encode()


class Gaps:
    """Stands for an object when its template is rendered once for all: every fact that is not given is a gap.

    A gap is the fact's name between two characters that no page has.
    """

    def __init__(self, prefix: str = "", **given: object) -> None:
        self.__dict__.update(given)
        self._prefix = prefix

    def __getattr__(self, name: str) -> str:
        return f"{_BEGIN}{self._prefix}{name}{_END}"


class Pattern(NamedTuple):
    """HTML cut at its gaps, and which of all facts stand in them."""

    texts: tuple[bytes, ...]
    facts: Callable[[Sequence[bytes]], tuple[bytes, ...]]

    @classmethod
    def of(cls, html: str, names: Sequence[str]) -> "Pattern":
        """The pattern of a page with several gaps, where the facts are given in the order of their names."""
        pieces = re.split(f"{_BEGIN}(.*?){_END}", html)
        facts = itemgetter(*[names.index(name) for name in pieces[1::2]])
        return cls(tuple([text.encode() for text in pieces[::2]]), facts)

    def fill(self, facts: Sequence[bytes]) -> Iterator[bytes]:
        """The pieces of the page."""
        return chain.from_iterable(zip(self.texts, (*self.facts(facts), b""), strict=True))
