"""The check of ``Origin`` and ``Host``: which web pages may talk to this server. Pure.

A browser says with each WebSocket and each POST from which site the page comes that makes it
(``Origin``). There are no cookies here, so a page of another site cannot act for a person; but it
could use the browser's place in the network: open connections from inside, use up the log-ins of
the address, sign up on a server that only the intranet reaches. So a page has to come from this
server itself (its origin is the ``Host`` that the request names) or from an origin that is allowed.

A page can also make its own name resolve to a server in the visitor's network (DNS rebinding), and
then names that server as ``Host`` too. A server that listens on loopback knows its names:
``localhost`` and addresses, which cannot be rebound. So there any other ``Host`` beside an
``Origin`` is refused, unless a trusted proxy passes it on. On other addresses the names that people
use are not known until ``allowed_origins`` tells one; from then on the same holds there.

A request without ``Origin`` is no page's, and is not checked: any ``Host`` will do.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from ..setting_types import ANY_ORIGIN, parse_origin
from .http_messages import Request


class Origins:
    """``allowed`` beside the server's own; with :data:`ANY_ORIGIN` in it nothing is refused.

    :param loopback: the server listens on loopback only.
    """

    def __init__(self, allowed: Sequence[str], *, loopback: bool) -> None:
        self._any: Final = ANY_ORIGIN in allowed
        self._allowed: Final = {
            parse_origin(each.lower()) for each in allowed if each != ANY_ORIGIN
        }
        self._names_known: Final = loopback or bool(allowed)

    def allows(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        if origin is None or self._any:
            return True
        try:
            page = parse_origin(origin.lower())
        except ValueError:  # "null" of a sandbox or a file, or an extension's
            return False
        return page in self._allowed or self._is_own(page, request)

    def _is_own(self, page: tuple[str, str, int], request: Request) -> bool:
        forwarded, host = request.forwarded, request.headers.get("host", "")
        if forwarded is None:
            return _is_host(page, host) and (not self._names_known or _cannot_be_rebound(page[1]))
        if forwarded.scheme not in (None, page[0]):
            return False
        return _is_host(page, host) or _is_host(page, forwarded.host or "")


def _is_host(page: tuple[str, str, int], host: str) -> bool:
    """Whether a ``Host`` names the page's origin; without a port it means the scheme's."""
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
