"""Who was away for a while gives the birth date again, and goes on with what they wrote: nothing of it is lost.

The page with the question carries the fields of the form that was sent and where it was sent to. After the birth date
the browser sends that form once more by itself (307).
"""

from collections.abc import Container, Iterable
from typing import NoReturn
from urllib.parse import urlencode

from flask import abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from referral.access import asked
from referral.domain.errors import Invalid
from referral.web import forms, page_language

THEN, AGAIN = "then", "again"
"""The fields that say what page follows the birth date, and that a form is sent there once more."""

OWN = frozenset({THEN, AGAIN, *(f"birth_date.{part}" for part in forms.PARTS)})
"""Fields of the question itself. A birth date in the form that is carried is the one that is asked."""

_OF_THE_PAGE = frozenset({page_language.FIELD, "csrf_token"})
"""Fields that every form has anew."""


def ask(token: str) -> NoReturn:
    """Answer with the question, whatever was asked for; the page that follows is just that."""
    again = request.method == "POST"
    then = request.path + (
        "?" + urlencode({page_language.FIELD: page_language.of_page()}) if page_language.switching() else ""
    )
    raise abort(make_response(page(token, then, again=again), 403 if again else 200))


def page(token: str, then: str, problems: tuple[Invalid, ...] = (), *, again: bool = False) -> str:
    """The question for the birth date; `then` is the page that follows, empty for the tracking page."""
    asked.shows_nothing_personal()
    return render_template(
        "track/birth_date.html", token=token, parts=forms.date_parts(request.form, "birth_date"), problems=problems,
        then=then, again=again, carried=carried(OWN) if again else (), files=brought_files(),
    )  # fmt: skip


def carried(besides: Container[str] = ()) -> list[tuple[str, str]]:
    """The fields of the form that was sent, to stand in another page's form."""
    every = request.form.items(multi=True)
    return [(name, said) for name, said in every if name not in _OF_THE_PAGE and name not in besides]


def prose(fields: Iterable[tuple[str, str]]) -> list[str]:
    """What somebody wrote in these fields, and did not choose."""
    return [said for _, said in fields if len(said.split()) > 1]


def brought_files() -> bool:
    """Whether files came with the form; those cannot be carried."""
    return any(one.filename for one in request.files.values())


def asked_again(token: str, problems: tuple[Invalid, ...] = ()) -> str:
    """The question as it was asked before: with a mistake, or in another language."""
    return page(token, request.form.get(THEN, ""), problems, again=AGAIN in request.form)


def lead_on(token: str, otherwise: str) -> Response:
    """To the page of this request that was asked for, with its form where there was one, else to `otherwise`."""
    then = request.form.get(THEN, "")
    within = then.startswith((f"/track/{token}/", f"/opinions/{token}/"))
    if not within or not then.isprintable() or any(way in then for way in ("..", "//", "\\")):
        return redirect(otherwise, 303)
    return redirect(then, 307 if AGAIN in request.form else 303)
