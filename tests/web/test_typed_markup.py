"""What is typed comes back as text: every form of every page is sent with a hostile text in each of its fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.extensions import db
from tests.access.scene import Scene
from tests.access.who_comes_in import Role
from tests.web.markup_rules import HOSTILE, MARK, of_answer
from tests.web.test_stored_markup import everybody, looks

TYPED = frozenset({"text", "search", "email", "tel", "url", "number", "password", "textarea"})
LAST = ("erase", "cancel", "leave", "sign-out", "end", "delete", "take-back", "unlock", "sessions", "archive")
"""What ends something is sent last, so that the rest is there to be looked at."""


@dataclass(slots=True)
class Form:
    """One form of a page: where it leads, what it would send, and what of that somebody types."""

    action: str
    method: str
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    typed: set[str] = field(default_factory=set)

    def with_text(self, text: str) -> MultiDict[str, str]:
        """What is sent with this text in each field that takes one."""
        return MultiDict([(name, text if name in self.typed else value) for name, value in self.values.items(True)])


class _Forms(HTMLParser):
    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.found: dict[str, Form] = {}
        self._address, self._open = address, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("id") or f"form {len(self.found)}"
            action = urljoin(self._address, given.get("action", ""))
            self.found[self._open] = Form(action, given.get("method", "get").upper())
        form = self.found.get(given.get("form") or self._open)
        if form is not None and given.get("name") and "disabled" not in given:
            self._take(form, tag, given)

    def _take(self, form: Form, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text") if tag in ("input", "button") else tag
        if kind == "file" or (kind == "radio" and given["name"] in form.values):
            return
        form.values.add(given["name"], given.get("value", ""))
        if kind in TYPED:
            form.typed.add(given["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = ""


def forms_of(scene: Scene) -> dict[tuple[Role, str, str, frozenset[str]], Form]:
    """Every form of every page with a field to type in, once for each who sees it."""
    found = {}
    for _, role, answer in looks(scene):
        if answer.mimetype == "text/html":
            for form in _Forms(answer.get_data(as_text=True), answer.request.path).found.values():
                if form.typed:
                    found[role, form.method, form.action, frozenset(form.values)] = form
    return found


def sent(app: Flask, form: Form, heads: dict[str, str], text: str) -> Iterator[Response]:
    """The answer to a form, and the page that it leads to."""
    db.session.remove()  # the test's own context outlives each request; what it read would be older than others' rows
    browser, values = app.test_client(use_cookies=False), form.with_text(text)
    here = {"query_string": values} if form.method == "GET" else {"data": values}
    with browser.open(form.action, method=form.method, headers=heads, **here) as answer:  # type: ignore[arg-type]  # one of both
        yield answer
        location = answer.location
    if location and 300 <= answer.status_code < 400:
        with browser.get(location, headers=heads) as page:
            yield page


@pytest.mark.parametrize("text", [HOSTILE[0], pytest.param(HOSTILE[1], marks=pytest.mark.chaos)])
def test_whatever_is_typed_into_a_form_comes_back_as_text(app: Flask, text: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    scene = everybody(app)
    forms = forms_of(scene)
    assert len(forms) > 40
    wrong, echoed = set[str](), 0
    for (role, method, action, _), form in sorted(
        forms.items(), key=lambda one: (any(word in one[0][2] for word in LAST), one[0][:3])
    ):
        for answer in sent(app, form, dict(scene.heads[role]), text):
            place = f"{method} {action} as {role}"
            echoed += MARK.encode() in answer.get_data()
            wrong |= {f"{place}: {fault}" for fault in of_answer(answer)}
            wrong |= {f"{place}: {answer.status_code}"} if answer.status_code >= 500 else set()
    assert wrong == set(), "\n".join(sorted(wrong))
    assert echoed > 20
