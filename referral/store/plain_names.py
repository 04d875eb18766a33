"""Names of the directory as a search compares them: without regard to capitals and accents, on every database alike.

SQLite knows the capitals of ASCII alone, and PostgreSQL no accents without an extension: so a plain form stands beside
each name (`models/directory.py`).
"""

from sqlalchemy import ColumnElement, and_, false, literal
from sqlalchemy.orm import InstrumentedAttribute

from referral.sealing import normal_forms


def has_words(plain_name: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether every word of the text begins one of the name's; a text without words fits nobody."""
    words = normal_forms.words(text)
    spaced = literal(" ").concat(plain_name)
    return and_(*(spaced.contains(f" {word}", autoescape=True) for word in words)) if words else false()
