"""Columns of text as flat arrays that can be mapped from a file: strings in one blob, repeated values by number."""

from collections.abc import Iterable, Iterator, Sequence
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
    def of(cls, texts: Iterable[str]) -> "Texts":
        """The texts in their order."""
        encoded = [text.encode() for text in texts]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return cls(offsets, np.frombuffer(b"".join(encoded), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> str:
        return bytes(self.blob[self.offsets[number] : self.offsets[number + 1]]).decode()

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def lists(self) -> tuple[tuple[str, ...], ...]:
        """Every text as the list it stands for."""
        return tuple(tuple(text.split(BETWEEN)) if text else () for text in self)


def numbered(values: Sequence[str]) -> tuple[Array, Texts]:
    """(number of each value, the different values in ascending order)."""
    different = sorted(set(values))
    number_of = {value: number for number, value in enumerate(different)}
    numbers = np.fromiter(map(number_of.__getitem__, values), dtype=np.int64, count=len(values))
    return numbers.astype(smallest_int(len(different))), Texts.of(different)


def smallest_int(count: int) -> np.dtype[Any]:
    """The narrowest type that holds the numbers from 0 to `count`."""
    return np.dtype(np.uint8 if count < 2**8 else np.uint16 if count < 2**16 else np.int32)
