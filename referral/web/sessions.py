"""Flask's signed cookie session, with one difference that the back button needs."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    """A page that its browser may keep for itself does not vary by cookie.

    `Vary: Cookie` keeps shared caches from mixing people up; a private page is in none. With it a browser that got a
    cookie since could not show the results again, and would ask the patient to send the form once more.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie; take the mark off private pages."""
        super().save_session(app, session, response)
        if response.cache_control.private:
            response.vary.discard("Cookie")
