"""Flask's signed cookie session: signed with SHA-256, for a day at most, and with one thing the back button needs."""

from datetime import timedelta
from hashlib import sha256

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from referral.extensions import READING

LONGEST = timedelta(hours=24)
"""So long after it was last written a cookie counts, also one that somebody kept."""


class Sessions(SecureCookieSessionInterface):
    """A page that its browser may keep for itself does not vary by cookie.

    `Vary: Cookie` keeps shared caches from mixing people up; a private page is in none. With it a browser that got a
    cookie since could not show the results again, and would ask the patient to send the form once more.
    """

    digest_method = staticmethod(sha256)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie; take the mark off private pages.

        A form of a foreign page comes without our cookie: a new one would take the place of whatever is open here.
        """
        if request.method not in READING and request.headers.get("Sec-Fetch-Site") == "cross-site":
            return
        super().save_session(app, session, response)
        if response.cache_control.private:
            response.vary.discard("cookie")  # small letters: Werkzeug finds no others where another name stands beside
