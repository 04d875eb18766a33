"""Who asks, when a reverse proxy stands before the service: its word counts if the settings name it, nobody else's."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from flask import Flask

from referral.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")
_MOST_HOPS = 20

Networks = Sequence[IPv4Network | IPv6Network]


def register(app: Flask) -> None:
    """Put the check before the application, where the settings name a proxy."""
    settings: Settings = app.extensions["settings"]
    if settings.trusted_proxies:
        app.wsgi_app = NamedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]  # Flask's way


class NamedProxies:
    """Takes address, scheme and host from the headers of a named proxy; from anybody else they mean nothing.

    The headers themselves stay: that somebody spoke for another is a fact some answers depend on.
    """

    def __init__(self, inner: "WSGIApplication", trusted: Networks) -> None:
        self._inner = inner
        self._trusted = trusted

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._believe(environ)
        return self._inner(environ, start_response)

    def _believe(self, environ: "WSGIEnvironment") -> None:
        client = self._client(str(environ.get("HTTP_X_FORWARDED_FOR", "")))
        if client:
            environ["REMOTE_ADDR"] = client
        scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = _last(environ, "HTTP_X_FORWARDED_HOST")
        if _HOST.fullmatch(host):
            environ["HTTP_HOST"] = host

    def _client(self, header: str) -> str:
        """The last address that is none of our proxies': what stands before it, its sender may have made up."""
        for text in reversed(header.split(",")[-_MOST_HOPS:]):
            address = _address(text)
            if address is None:
                return ""
            if not self._is_trusted(str(address)):
                return str(address)
        return ""

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _last(environ: "WSGIEnvironment", name: str) -> str:
    return str(environ.get(name, "")).rpartition(",")[2].strip()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
