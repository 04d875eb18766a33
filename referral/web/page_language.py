"""Which language a page is in, and switching it: by choice, else as the patient of the request or the browser asks.

The choice stands in the session's cookie, so it ends with the session and is in no address that somebody passes on.
The pages of staff and offices are English.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, has_request_context, redirect, request, session
from flask_babel import refresh
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from referral import languages
from referral.access import asked
from referral.domain.messages import language_of
from referral.extensions import babel

View = TypeVar("View", bound=Callable[..., Any])

FIELD = "page-language"
"""The name of the button that switches, and of the argument of a link that does."""

STAFF = (
    "/account", "/admin", "/api", "/audit", "/coordinator", "/demo", "/documents", "/fhir", "/invitation", "/office",
    "/originals.zip", "/packet.pdf", "/sign-",
)  # fmt: skip
"""The beginnings of paths whose pages are English."""

_SHOWN_AGAIN: set[str] = set()


def register(app: Flask) -> None:
    """Let every template say its texts in the language of the page, and take switches up."""
    babel.init_app(app, default_translation_directories=str(languages.FOLDER), locale_selector=_locale)
    app.jinja_env.finalize = languages.say
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(gettext=_gettext, ngettext=_ngettext, _=_gettext)
    app.add_template_global(links, "language_links")
    app.add_template_global(languages.current, "page_language")
    app.add_template_global(patients_page)
    app.before_request(_switch)
    app.after_request(_vary)


def shows_again(view: View) -> View:
    """Mark a view that answers a form: where `switching()`, it shows the form again as it was filled in and does no
    more. A form whose view is not marked is shown empty in the other language.
    """
    _SHOWN_AGAIN.add(f"{view.__module__.rsplit('.', 1)[-1]}.{view.__name__}")
    return view


def switching() -> bool:
    """Whether this form was only sent to see its page in another language."""
    return request.method == "POST" and FIELD in request.values


def prefer(tag: str) -> None:
    """From now on pages are in the language that this patient's messages are in, unless another was chosen."""
    if FIELD not in session:
        session["patients-language"] = language_of(tag)
        refresh()


def patients_page() -> bool:
    """Whether the page is one for patients, in their language."""
    return not request.path.startswith(STAFF)


def of_page() -> str:
    """The language of the page that is asked for."""
    if not patients_page():
        return languages.ENGLISH
    known = languages.known()
    chosen = session.get(FIELD) or session.get("patients-language")
    return chosen if chosen in known else _browsers(known)


def _browsers(known: tuple[str, ...]) -> str:
    """The first language the browser asks for that we have, in the order in which it likes them."""
    wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((tag for tag in wanted if tag in known), languages.ENGLISH)


def links(form: str = "") -> list[dict[str, str]]:
    """For each language its tag, its own name, and the address that shows this page in it; empty for the page's own.

    `form` is the id of the form on the page that holds what was typed, for pages that no address leads back to.
    """
    here = request.path if _can_be_read() else "/"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != FIELD] if here != "/" else []
    now = languages.current()
    return [
        {
            "tag": tag,
            "name": languages.own_name(tag),
            "address": "" if tag == now else f"{here}?{urlencode([*kept, (FIELD, tag)])}",
            "form": form,
        }
        for tag in languages.known()
    ]


def _can_be_read() -> bool:
    """Whether this address shows a page by itself, and not only what a form is answered with."""
    if request.method in ("GET", "HEAD"):
        return True
    try:
        current_app.create_url_adapter(request).match(request.path, "GET")  # type: ignore[union-attr]  # of a request
    except HTTPException:
        return False
    return True


def _locale() -> str:
    return languages.locale_of(of_page()) if has_request_context() else languages.ENGLISH


def _switch() -> Response | None:
    """Keep the choice; a page that is asked for by its address is asked for again without it."""
    refresh()  # what another page in the same context was in says nothing of this one
    if not patients_page() or request.endpoint == "static":
        return None
    tag = request.args.get(FIELD, "") or (request.form.get(FIELD, "") if request.method == "POST" else "")
    if tag not in languages.known():
        return None
    session[FIELD] = tag
    refresh()
    if request.method == "POST" and request.endpoint in _SHOWN_AGAIN:
        return None
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != FIELD]
    asked.shows_nothing_personal()
    return redirect(request.path + (f"?{urlencode(rest)}" if rest else ""), 303)


def _vary(response: Response) -> Response:
    """The same address answers in the language that was asked for; what only its browser keeps needs no word of it."""
    if response.mimetype == "text/html" and patients_page() and not response.cache_control.private:
        response.vary.add("Accept-Language")
    return response


@pass_context
def _gettext(context: Context, text: str, /, **values: object) -> str:
    """Jinja's own, but that phrases among the values are said in the language of the page too."""
    said = languages.translations(languages.current()).ugettext(text)
    return _filled(context, said, values)


@pass_context
def _ngettext(context: Context, one: str, many: str, number: int, /, **values: object) -> str:
    said = languages.translations(languages.current()).ungettext(one, many, number)
    return _filled(context, said, {"num": number, **values})


def _filled(context: Context, said: str, values: dict[str, object]) -> str:
    # Our own catalogue is markup, and the values are escaped as they are filled in.
    text = Markup(said) if context.eval_ctx.autoescape else said  # noqa: S704  # nosec B704
    return text % languages.sayable(values.items(), said)
