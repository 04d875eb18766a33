"""Writes the packet's own pages: cover sheet with the index, the request, a sheet for the answer. Text, never pictures.

The document names its title and language, its headings are bookmarks, and pictures bear an alternative text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import XPos, YPos
from PIL import Image

from referral.domain.letters import Letter
from referral.reference import SEED_DATA

_FONT = "dejavu"
_MARGIN = 20.0  # millimetres
_LINE = 5.4
_LABEL = 42.0
_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the packet: a heading, facts as pairs of label and text, and paragraphs."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    paragraphs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the cover sheet, all of it in words."""

    title: str
    reference: str
    today: str
    address: Sequence[str]
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of the index: what it is, which file, and where it stands ("page 4 to 9", or why it is not here)."""

    record: str
    file: str
    place: str


class _Pages(FPDF):
    """Letter pages with one font that knows Latin, Greek and Cyrillic letters."""

    def __init__(self, title: str, language: str = "en-US", numbered: bool = False) -> None:
        self._numbered = numbered  # before anything is written, since the first page asks for its foot
        super().__init__(format="letter")
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, _MARGIN)
        for style, name in _FILES.items():
            self.add_font(_FONT, style, SEED_DATA / "fonts" / name)
        self.set_lang(language)
        self.set_title(title)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def footer(self) -> None:
        """The number of the page at its foot, in figures alone, where the pages are numbered."""
        if self._numbered:
            self.set_y(-_MARGIN + 6)
            self.set_font(_FONT, "", 8.5)
            self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    def heading(self, text: str, level: int = 1) -> None:
        """A heading that is a bookmark too; it does not stay alone at the foot of a page."""
        if self.will_page_break(4 * _LINE):
            self.add_page()
        self.start_section(_printable(text), level=level - 1)
        self.ln(2)
        self.set_font(_FONT, "B", 16 if level == 1 else 12)
        self._lines(text, 8 if level == 1 else 6.5)
        self.ln(1)

    def paragraph(self, text: str) -> None:
        """Running text."""
        self.set_font(_FONT, "", 10.5)
        self._lines(text, _LINE)
        self.ln(1.5)

    def fact(self, label: str, text: str) -> None:
        """A label in the margin and its text beside it."""
        if self.will_page_break(2 * _LINE):
            self.add_page()
        top, page = self.y, self.page
        self.set_font(_FONT, "B", 9.5)
        self.multi_cell(_LABEL - 2, _LINE, _printable(label), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below = self.y
        self.page, self.y = page, top
        self.set_left_margin(_MARGIN + _LABEL)
        self.set_font(_FONT, "", 10.5)
        self._lines(text, _LINE)
        self.set_left_margin(_MARGIN)
        self.set_x(_MARGIN)
        self.y = max(self.y, below) if self.page == page else self.y
        self.ln(0.8)

    def part(self, part: Part, level: int = 2) -> None:
        """A section."""
        self.heading(part.heading, level)
        for label, text in part.facts:
            self.fact(label, text)
        for text in part.paragraphs:
            self.paragraph(text)

    def index(self, lines: Sequence[IndexLine]) -> None:
        """The index of the records as a table with a head."""
        self.heading("Index of the records", 2)
        if not lines:
            self.paragraph("No files came with this request.")
            return
        self.set_font(_FONT, "", 9)
        with self.table(col_widths=(5, 5, 4), text_align="LEFT", line_height=_LINE, padding=1) as table:
            for cells in [("Record", "File", "Where"), *((line.record, line.file, line.place) for line in lines)]:
                row = table.row()
                for cell in cells:
                    row.cell(_printable(cell))

    def blank_lines(self, labels: Sequence[str]) -> None:
        """Lines to be filled in with a pen."""
        for label in labels:
            self.paragraph(label)
            self.ln(6)
            self.line(_MARGIN, self.y, self.w - _MARGIN, self.y)
            self.ln(5)

    def _lines(self, text: str, height: float) -> None:
        self.multi_cell(0, height, _printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


ANSWERS = (
    "We have it and answer until:",
    "We accept. Date, or start of the review:",
    "We need to know, or these records:",
    "We cannot take it on, because:",
    "Name, date, signature:",
)


def written(cover: Cover, index: Sequence[IndexLine], request: Sequence[Part]) -> bytes:
    """The packet's own pages as a PDF."""
    pages = _Pages(f"{cover.title}, {cover.reference}")
    pages.add_page()
    pages.set_font(_FONT, "", 10.5)
    for line in cover.address:
        pages.multi_cell(0, _LINE, _printable(line), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pages.ln(4)
    pages.paragraph(cover.today)
    pages.heading(cover.title)
    for part in cover.parts:
        pages.part(part)
    pages.index(index)
    pages.add_page()
    for part in request:
        pages.part(part)
    pages.add_page()
    pages.heading(f"Your answer to {cover.reference}")
    pages.paragraph("Send this sheet back by mail, answer behind the link of our message, or tell whoever called you.")
    pages.blank_lines(ANSWERS)
    return bytes(pages.output())


def sheet(title: str, lines: Sequence[str], parts: Iterable[Part], language: str) -> bytes:
    """A document of its own as a PDF: title, a few lines under it, parts; `language` is a BCP 47 tag."""
    pages = _Pages(title, language, numbered=True)
    pages.add_page()
    pages.heading(title)
    for line in lines:
        pages.paragraph(line)
    for part in parts:
        pages.part(part)
    return bytes(pages.output())


def letter(made: Letter) -> bytes:
    """A letter of one page or two: its head, text, list, what it ends with, and lines for the pen, as a PDF."""
    pages = _Pages(made.title)
    pages.add_page()
    pages.heading(made.title)
    for label, text in made.facts:
        pages.fact(label, text)
    pages.ln(2)
    listed = [f"{number}. {text}" for number, text in enumerate(made.listed, 1)]
    for text in (*made.paragraphs, *listed, *made.closing):
        pages.paragraph(text)
    pages.blank_lines(made.to_fill_in)
    return bytes(pages.output())


def picture_page(picture: Image.Image, caption: str) -> bytes:
    """One picture on a page of its own, as large as fits, with its caption as alternative text too."""
    page = FPDF(format="letter", orientation="landscape" if picture.width > picture.height else "portrait")
    page.set_margin(_MARGIN / 2)
    page.set_auto_page_break(False)
    page.add_page()
    page.image(
        picture, x=page.l_margin, y=page.t_margin, w=page.epw, h=page.eph - _MARGIN / 2,
        keep_aspect_ratio=True, alt_text=caption,
    )  # fmt: skip
    return bytes(page.output())


def stamps(reference: str, count: int) -> bytes:
    """For each page of the packet a strip that says which page of how many it is."""
    strips = FPDF(unit="pt", format=(_STRIP[0], _STRIP[1]))
    strips.set_margin(0)
    strips.set_auto_page_break(False)
    strips.set_font("helvetica", size=8)
    for number in range(1, count + 1):
        strips.add_page()
        strips.set_xy(0, 2)
        strips.cell(_STRIP[0], 9, f"{reference}  |  page {number} of {count}", align="R")
    return bytes(strips.output())


_STRIP = (300.0, 13.0)
STRIP_SIZE = _STRIP


def day(value: date) -> str:
    """A date as the pages write it: "3 December 2026"."""
    return f"{value.day} {value:%B %Y}"


def _printable(text: str) -> str:
    """Text without control characters; line ends stay."""
    return "".join(c for c in text.replace("\r\n", "\n") if c == "\n" or c.isprintable())
