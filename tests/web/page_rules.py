"""What every page has to be: a title, one h1, a language, labels, nothing inline and nothing from elsewhere."""

import re
from functools import lru_cache
from html.parser import HTMLParser

_LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "form": "action", "source": "src"}
_LABELLED = ("input", "select", "textarea")


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.targets: list[str] = []
        self.headings = 0
        self.title = ""
        self.main = 0
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look_for_faults(tag, given)
        self._in_title = self._in_title or tag == "title"
        self.headings += tag == "h1"
        self.main += tag == "main"
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label":
            self.labels.add(given.get("for", ""))
        if tag in _LABELLED and given.get("type") != "hidden":
            self.fields.append(given.get("id", ""))
        if tag == "a" and given.get("href", "").startswith("#"):
            self.targets.append(given["href"][1:])

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        self.title += data if self._in_title else ""

    def _look_for_faults(self, tag: str, given: dict[str, str]) -> None:
        self.faults += [f"<{tag}> has an inline {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(f"inline <{tag}>")
        if tag == "html" and not given.get("lang"):
            self.faults.append("no language")
        address = given.get(_LOADING.get(tag, ""), "")
        if re.match(r"(https?:)?//", address):
            self.faults.append(f"<{tag}> asks another host: {address}")


@lru_cache(8)
def _parsed(html: str) -> _Page:
    """A page that is asked several questions is read once."""
    return _Page(html)


def faults_of(html: str) -> list[str]:
    """A line for each rule that a page breaks."""
    page = _parsed(html)
    found = list(page.faults)
    found += [] if page.title.strip() else ["no title"]
    found += [] if page.headings == 1 else [f"{page.headings} h1"]
    found += [] if page.main == 1 else [f"{page.main} main"]
    found += [f"no label for {field or 'a field without id'}" for field in page.fields if field not in page.labels]
    found += [f"the id {name} stands twice" for name in set(page.ids) if page.ids.count(name) > 1]
    found += [f"a link leads to #{name}, which is not there" for name in page.targets if name not in page.ids]
    found += ["an exclamation mark"] if re.search(r"\w!", re.sub(r"<[^>]*>", "", html)) else []
    return found


def title_of(html: str) -> str:
    """The page's title."""
    return _parsed(html).title.strip()


def words_of(html: str) -> str:
    """The text of a page with single blanks between its words."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
