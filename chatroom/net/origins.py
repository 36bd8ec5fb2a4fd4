"""Check of ``Origin`` and ``Host``: which web pages may use this server. Pure.

A browser sends the origin of the page with each WebSocket and each POST (``Origin``). A page of
another site could use the browser's position in the network: open connections from inside, use up
the log-ins of the address, sign up on a server that only the intranet can reach. One of another
port of this host could act for a person, since the browser sends it the cookie. A page must
therefore come from this server (its origin is the request's ``Host``) or from an allowed origin.

With DNS rebinding, a page makes its own name resolve to a server in the visitor's network and sends
that name as ``Host`` too. A server on loopback knows its names: ``localhost`` and addresses, which
cannot be rebound. It refuses any other ``Host`` beside an ``Origin``, unless a trusted proxy
forwards the request. On other addresses, the server's names are unknown until ``allowed_origins``
lists one; from then on the same rule applies.

A request without ``Origin`` does not come from a page. Its ``Host`` is not checked.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from ..setting_types import ANY_ORIGIN, parse_origin
from .http_messages import Request


class Origins:
    """The allowed origins.

    :param allowed: in addition to the server's own; :data:`ANY_ORIGIN` allows all.
    :param loopback: the server listens on loopback only.
    """

    def __init__(self, allowed: Sequence[str], *, loopback: bool) -> None:
        self._any: Final = ANY_ORIGIN in allowed
        self._allowed: Final = {
            parse_origin(each.lower()) for each in allowed if each != ANY_ORIGIN
        }
        self._names_known: Final = loopback or bool(self._allowed)

    def allows(self, request: Request) -> bool:
        return self._any or "origin" not in request.headers or self.is_known_page(request)

    @property
    def has_named(self) -> bool:
        """Whether any origin is allowed by name."""
        return bool(self._allowed)

    def names(self, request: Request) -> bool:
        """Return whether the request comes from a page of an origin that is allowed by name, and
        not by :data:`ANY_ORIGIN`."""
        return _page(request) in self._allowed

    def is_known_page(self, request: Request) -> bool:
        """Return whether the request comes from a page of this server or of an origin that is
        allowed by name. Only these may use the cookie."""
        page = _page(request)
        return page is not None and (page in self._allowed or self._is_own(page, request))

    def _is_own(self, page: tuple[str, str, int], request: Request) -> bool:
        forwarded, host = request.forwarded, request.headers.get("host", "")
        if forwarded is None:
            if request.encrypted and page[0] != "https":
                return False
            return _is_host(page, host) and (not self._names_known or _cannot_be_rebound(page[1]))
        if forwarded.scheme not in (None, page[0]):
            return False
        return _is_host(page, host) or _is_host(page, forwarded.host or "")


def _page(request: Request) -> tuple[str, str, int] | None:
    """Return the origin of the page from which a request comes; None if there is none."""
    try:
        return parse_origin(request.headers.get("origin", "").lower())
    except ValueError:  # "null" (sandbox, file) or a browser extension
        return None


def _is_host(page: tuple[str, str, int], host: str) -> bool:
    """Whether ``Host`` matches the page's origin. The default port is the scheme's."""
    try:
        return parse_origin(f"{page[0]}://{host.lower()}") == page
    except ValueError:
        return False


def _cannot_be_rebound(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
