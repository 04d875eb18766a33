"""Passing over the lines of an NPPES file that are certainly not for us, without taking them apart.

Of the eight million rows about one in a hundred is. A line is passed over only where a look at its bytes is enough to
know what reading it would say: every field in quotes and no quote inside one, as many fields as the header has, and
either an organization's, or a person's without any of our taxonomy codes whom the directory does not hold. Every other
line goes to the CSV reader, so both ways give the same rows and the same figures; a test holds them to that.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import BinaryIO

from referral.directory.csv_text import PhysicalLines, read_line
from referral.directory.nppes_rows import NO_ONCOLOGY, NPI_AND_ENTITY, ORGANIZATION

_ORGANIZATION = b'","2","'
_PERSON = b'","1","'
_ENDS = (b'"\n', b'"\r\n')
_DOUBTFUL_ENDS = (b',"\n', b',"\r\n')
_TOLD_EVERY = 10_000


class RelevantLines(PhysicalLines):
    """The lines of a file for `csv_text.rows_of`; those that are passed over are counted in `skipped`, by reason.

    `held` are NPIs that are not passed over whatever the line says; `told` hears now and then how many rows were seen.
    """

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        codes: Iterable[str],
        held: AbstractSet[str],
        told: Callable[[int], None],
    ) -> None:
        super().__init__(stream, name)
        self.skipped: Counter[str] = Counter()
        self._ours = re.compile(b'"(?:%s)"' % b"|".join(sorted(code.encode() for code in codes)))
        self._held = frozenset(npi.encode() for npi in held)
        self._told = told
        self._separators = -1
        """How many separators a row has; negative where lines cannot be judged by their bytes."""

    def judge_by(self, header: list[str]) -> None:
        """From now on pass over what is not for us, if number and entity type stand first."""
        if [name.strip() for name in header[:2]] == list(NPI_AND_ENTITY):
            self._separators = len(header) - 1

    def first(self) -> str:
        """The next line at which a row begins that may be for us; StopIteration at the end.

        This loop sees every row of the country, so what it asks stands here and not in functions of its own. A line is
        one whole row when the quotes are those of its fields and their number is right; a comma before the last quote
        could be part of a separator, and a lone carriage return a line's end.
        """
        if self._waiting or self._separators < 0:
            return self.further()
        stream, name, number, longest = self._stream, self._name, self.number, csv.field_size_limit()
        ours, held, separators, quotes = self._ours.search, self._held, self._separators, 2 * self._separators + 2
        persons = organizations = 0
        while raw := read_line(stream, name, number + 1):
            kind = raw[11:18]
            if not (kind == _ORGANIZATION or (kind == _PERSON and not (raw[1:11] in held or ours(raw)))):
                break
            if raw.count(b'","') != separators or raw.count(b'"') != quotes or raw[:1] != b'"':
                break
            if not raw.endswith(_ENDS) or raw.endswith(_DOUBTFUL_ENDS):
                break
            if len(raw) > longest or raw.find(b"\r", 0, -2) >= 0:
                break
            number += 1
            if kind == _PERSON:
                persons += 1
            else:
                organizations += 1
            if number % _TOLD_EVERY == 0:
                self._told(number)
        self.number = number
        self.skipped[ORGANIZATION] += organizations
        self.skipped[NO_ONCOLOGY] += persons
        return self._given(raw)
