"""Texts for patients that can be said in other languages: English text that still knows what it was made of.

The one way of making a text that a patient reads, in the domain and everywhere else in Python:

- `phrase("{who} asked a question.", who=name)` in place of an f-string. The English pattern is what the catalogues of
  `referral/translations/` are keyed by; values are filled in by `str.format`, and may be phrases themselves.
- `counted("{number} day", "{number} days", days)` where a number decides between singular and plural.
- `day(date)` for a date with its weekday, `month_day` and the like are patterns of it.
- `joined(parts)` for texts that stand one after the other; empty parts are left out.

A phrase is a `str`: its English text. Everything that is no page (the JSON interface, logs, the desk, tests) takes it
as it is. A page says it in the visitor's language: whatever a template puts out passes `referral.languages.say`, so a
template needs no filter for it. What is computed from a phrase by the methods of `str` (upper case, `+`, `%`, an
f-string) is English text only; build a phrase of phrases instead.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Speaker:
    """A language: its catalogue for one text, and for one or several; how it writes a date by a CLDR pattern,
    and what it calls the cancer of a code as that stands within a sentence (empty where it has no name for it).
    """

    one: Callable[[str], str]
    counted: Callable[[str, str, int], str]
    date: Callable[[date, str], str]
    cancer: Callable[[str], str]


class Spoken(str):
    """English text that a speaker can say in another language."""

    __slots__ = ()

    def said_by(self, speaker: Speaker) -> str:
        """The same in the speaker's language; plain text is the same in all."""
        return str(self)


class Phrase(Spoken):
    """A pattern with its values; `many` is the plural's pattern where `number` decides."""

    __slots__ = ("many", "number", "pattern", "values")
    pattern: str
    many: str
    number: int
    values: dict[str, object]

    def said_by(self, speaker: Speaker) -> str:
        """The translated pattern with its values said likewise."""
        pattern = speaker.counted(self.pattern, self.many, self.number) if self.many else speaker.one(self.pattern)
        return pattern.format(**{name: placed(value, speaker, pattern, name) for name, value in self.values.items()})


class Joined(Spoken):
    """Texts one after the other."""

    __slots__ = ("between", "parts")
    parts: tuple[str, ...]
    between: str

    def said_by(self, speaker: Speaker) -> str:
        """Each part said, with the same between them."""
        return str(said(self.between, speaker)).join(str(said(part, speaker)) for part in self.parts)


class Day(Spoken):
    """A date in words; `pattern` is CLDR's, and the catalogue has another for languages with another order."""

    __slots__ = ("date", "pattern")
    date: date
    pattern: str

    def said_by(self, speaker: Speaker) -> str:
        """The date in the order and words of the language."""
        return speaker.date(self.date, speaker.one(self.pattern))


class CancerName(Spoken):
    """The name of a cancer, by which a language finds its own; those without one say the English name."""

    __slots__ = ("code",)
    code: str

    def said_by(self, speaker: Speaker) -> str:
        """The language's own name with a capital, as a heading or a line of a list has it, else the English one."""
        own = self.within(speaker)
        return own[:1].upper() + own[1:]

    def within(self, speaker: Speaker) -> str:
        """The language's own name as it stands within a sentence, else the English one."""
        return speaker.cancer(self.code) or str(self)


def cancer_name(english: str, code: str) -> CancerName:
    """The name of the cancer with this OncoTree code."""
    made = CancerName(english)
    made.code = code
    return made


def phrase(pattern: str, /, **values: object) -> Phrase:
    """A text with values; its English is `pattern.format(**values)`."""
    made = Phrase(pattern.format(**values))
    made.pattern, made.many, made.number, made.values = pattern, "", 0, values
    return made


def counted(one: str, many: str, number: int, /, **values: object) -> Phrase:
    """A text whose form depends on a number, which both patterns may name as `{number}`."""
    values = {"number": number, **values}
    made = Phrase((one if number == 1 else many).format(**values))
    made.pattern, made.many, made.number, made.values = one, many, number, values
    return made


def joined(parts: Iterable[str], between: str = " ") -> Joined:
    """The parts that say something, with `between` (a phrase itself, or no word at all) in the gaps."""
    said_parts = tuple(part for part in parts if part)
    made = Joined(between.join(said_parts))
    made.parts, made.between = said_parts, between
    return made


WEEKDAY = phrase("EEEE d MMMM")
WEEKDAY_YEAR = phrase("EEEE d MMMM y")
SHORT = phrase("d MMM y")
LONG = phrase("d MMMM y")
MONTH = phrase("MMMM y")
MONTH_ALONE = phrase("MMMM")
"""CLDR patterns of dates, in the order of our English; each is a text of the catalogues."""
_ENGLISH: dict[str, str] = {
    WEEKDAY: "{0:%A} {0.day} {0:%B}",
    WEEKDAY_YEAR: "{0:%A} {0.day} {0:%B} {0.year}",
    SHORT: "{0.day} {0:%b} {0.year}",
    LONG: "{0.day} {0:%B} {0.year}",
    MONTH: "{0:%B} {0.year}",
    MONTH_ALONE: "{0:%B}",
}


def day(date_: date, pattern: str = WEEKDAY) -> Day:
    """A date as people say it: "Thursday 3 December"."""
    made = Day(_ENGLISH[pattern].format(date_))
    made.date, made.pattern = date_, pattern
    return made


def placed(value: object, speaker: Speaker, pattern: str, name: str) -> object:
    """A value as the speaker says it at its place in a pattern: a cancer has a capital where it begins the sentence."""
    if isinstance(value, CancerName) and not pattern.startswith((f"{{{name}", f"%({name})")):
        return value.within(speaker)
    return said(value, speaker)


def said(value: object, speaker: Speaker) -> object:
    """A value as the speaker says it; what is no phrase stays what it is, so that patterns can still format it."""
    return value.said_by(speaker) if isinstance(value, Spoken) else value
