"""Names and addresses written in capitals → as people write them. What has small letters already stays."""

import re

_PARTICLES = frozenset({"da", "das", "de", "del", "den", "der", "dos", "von"})
"""Written small inside a name; a word that ends a name is never one. “La”, “Le”, “Di” and “Du” are names too."""
_AFTER_VAN = frozenset({"de", "den", "der"})
_SMALL_AFTER_PARTICLE = frozenset({"la", "las", "los"})
_NUMERALS = frozenset({"II", "III", "IV", "V", "VI"})
_SUFFIXES = {"JR": "Jr.", "SR": "Sr."}
_KEPT = frozenset({"NE", "NW", "SE", "SW", "PO", "RR", "USA", "US", "VA", "UC", "NYU", "UCLA", "UCSF"})
_ORDINAL = re.compile(r"[0-9]+(ST|ND|RD|TH)")
_MC = re.compile(r"(?i:mc)([A-Za-z])([A-Za-z]+)")
_APOSTROPHE = re.compile(r"([A-Za-z])'([A-Za-z]{2,})")
_SEPARATORS = re.compile(r"([-/&(.#])")


def person_name(text: str) -> str:
    """Return a given or family name: McDonald, O'Neil, de la Cruz, Rodriguez-Galindo, van der Berg."""
    words = text.replace("`", "'").replace("’", "'").split()
    capitals = text.isupper()
    return " ".join(_name_word(words, at, capitals) for at in range(len(words)))


def with_suffix(family: str, suffix: str) -> str:
    """Return a family name with its Jr., Sr. or numeral: it tells father from son."""
    plain = suffix.strip().strip(".").upper()
    spelled = _SUFFIXES.get(plain) or (plain if plain in _NUMERALS else "")
    return f"{family} {spelled}" if spelled and not family.endswith(spelled) else family


def initials(text: str) -> str:
    """Return a middle name; a single letter gets its full stop."""
    name = person_name(text)
    return f"{name}." if len(name) == 1 else name


def place_name(text: str) -> str:
    """Return a city or address line: 55 Lake Ave NW, 2nd Floor, PO Box 7."""
    if not text.isupper():
        return " ".join(text.split())
    return " ".join(_address_word(word) for word in text.split())


def _name_word(words: list[str], at: int, capitals: bool) -> str:
    word = words[at]
    if word in _NUMERALS and at:
        return word
    if word.rstrip(".") in _SUFFIXES and at:
        return _SUFFIXES[word.rstrip(".")]
    return word.lower() if capitals and _is_particle(words, at) else _pieces(word)


def _is_particle(words: list[str], at: int) -> bool:
    """Whether a word of a name in capitals is written small; “van” is, only before “de”, “den” or “der”."""
    word = words[at].lower()
    if at == len(words) - 1:
        return False
    if word == "van":
        return words[at + 1].lower() in _AFTER_VAN
    if word in _SMALL_AFTER_PARTICLE:
        return at > 0 and words[at - 1].lower() == "de"
    return word in _PARTICLES


def _address_word(word: str) -> str:
    if word.strip(".,") in _KEPT:
        return word
    if _ORDINAL.fullmatch(word):
        return word.lower()
    return word if any(char.isdigit() for char in word) else _pieces(word)


def _pieces(word: str) -> str:
    """Return a word with each part between hyphens and the like set in its own way."""
    return "".join(_piece(part) for part in _SEPARATORS.split(word))


def _piece(part: str) -> str:
    """Return one part: “Mc” and “O'” are followed by a capital; mixed spelling is the bearer's own."""
    if found := _MC.fullmatch(part):
        first, rest = found[1].upper(), found[2]
        return f"Mc{first}{rest.lower() if rest.isupper() else rest}"
    if found := _APOSTROPHE.fullmatch(part):
        return f"{found[1].upper()}'{found[2].capitalize() if found[2].isupper() else found[2]}"
    return part.capitalize() if part.isupper() else part
