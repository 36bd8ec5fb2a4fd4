"""Which token a request carries: a bearer token, or the cookie of the server's own page.

A script of the page cannot read the cookie, which is sent by the browser. Another page could make
the browser send it too. ``SameSite`` stops pages of other sites, but not those of another port of
the same host, which is the same site. So the cookie counts only where the page is known:

- in an upgrade, by ``Origin``, which a browser sends with each one;
- in other requests, by :data:`HEADER`. A page of another origin cannot send it, since its browser
  asks first, and :mod:`.cross_origin` never consents to it. ``Origin`` has to be there as well, but
  for GET, with which browsers leave it out.
"""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from ..errors import Refused
from ..net.http_messages import Request
from ..net.origins import Origins

HEADER: Final = "chatroom-token"
IN_COOKIE: Final = "cookie"
_ATTRIBUTES: Final = "HttpOnly; SameSite=Strict"


@attrs.frozen
class Credentials:
    """Finds the tokens of requests, and sets the cookie.

    :ivar data_set: the random id of the data set. It is in the cookie's name, since all ports of a
        host share their cookies.
    :ivar now: returns the time for expiry, in ms since the epoch.
    :ivar prefix: the path below which the server is.
    """

    data_set: str
    origins: Origins
    now: Callable[[], int]
    prefix: str = ""

    def token(self, request: Request) -> str:
        """Return the token of a request. A bearer token has precedence.

        :raises Refused: ``unauthenticated``; it has none.
        """
        bearer = request.bearer()
        if bearer is not None:
            return bearer
        if not self.in_cookie(request):
            raise Refused("unauthenticated", "send the token in the Authorization header")
        token = request.cookies().get(self._name(request))
        if not token:
            raise Refused("unauthenticated", "log in: there is no cookie with a token")
        return token

    def upgrade_token(self, request: Request) -> str | None:
        """Return the token of a WebSocket upgrade without a bearer token, if there is one."""
        if not self.origins.is_known_page(request):
            return None
        return request.cookies().get(self._name(request)) or None

    def in_cookie(self, request: Request) -> bool:
        """Return whether the request wants its token to be taken from the cookie, and a new token
        to be put there.

        :raises Refused: ``forbidden``; it wants that, but comes from no page of this server.
        """
        if request.bearer() is not None or request.headers.get(HEADER) != IN_COOKIE:
            return False
        read_only = request.method == "GET" and "origin" not in request.headers
        same = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        if not (self.origins.is_known_page(request) or (read_only and same)):
            raise Refused("forbidden", "the cookie is only for pages of this server")
        return True

    def cookie(self, request: Request, token: str, expires_at: int) -> Mapping[str, str]:
        """Return the header that sets the cookie until the token expires (ms)."""
        seconds = max(0, (expires_at - self.now()) // 1000)
        return self._set(request, f"{token}; Max-Age={seconds}")

    def no_cookie(self, request: Request) -> Mapping[str, str]:
        """Return the header that removes the cookie."""
        return self._set(request, "; Max-Age=0")

    def _set(self, request: Request, value: str) -> Mapping[str, str]:
        secure = "; Secure" if request.secure else ""
        path = f"Path={self.prefix}/"
        return {"Set-Cookie": f"{self._name(request)}={value}; {path}; {_ATTRIBUTES}{secure}"}

    def _name(self, request: Request) -> str:
        # Browsers take a name with this beginning only over TLS, for this host alone and all of its
        # paths. So no page of a name below or above it can set the cookie. With a path of its own
        # the cookie can have the weaker beginning.
        begin = "" if not request.secure else "__Secure-" if self.prefix else "__Host-"
        return f"{begin}chatroom-{self.data_set}"
