"""Columns of text as flat arrays that can be mapped from a file: strings in one blob, repeated values by number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BETWEEN = "\x1f"
"""Stands between the items of a list inside one text."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """Strings behind one another: number `i` is `blob[offsets[i]:offsets[i + 1]]` in UTF-8."""

    offsets: Array
    blob: Array

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Texts":
        """The texts in their order."""
        whole = "".join(texts)
        # A character of ASCII is a byte, so that nothing has to be encoded one by one to know where it ends.
        sizes = map(len, texts if whole.isascii() else map(str.encode, texts))
        ends = np.cumsum(np.fromiter(sizes, dtype=np.int64, count=len(texts)))
        return cls(np.append(0, ends), np.frombuffer(whole.encode(), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> str:
        return bytes(self.blob[self.offsets[number] : self.offsets[number + 1]]).decode()

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def lists(self) -> tuple[tuple[str, ...], ...]:
        """Every text as the list it stands for."""
        return tuple(tuple(text.split(BETWEEN)) if text else () for text in self)
