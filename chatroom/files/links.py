"""Signed links: whoever has one acts as the account for which it was made, for five minutes.

A link names the log-in for which it was made. Log-in and membership are checked at each request, so
a link gives no more than the account may read at that moment, and ends with the log-in. The key is
in the database, so that each node reads the links of all.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final, get_args
from urllib.parse import parse_qsl, urlencode

import attrs

from ..model import Part

PREFIX: Final = "/files/"
LIFETIME_MS: Final = 5 * 60 * 1000
MAX_QUERY_CHARS: Final = 400
PARTS: Final[tuple[Part, ...]] = get_args(Part)


@attrs.frozen
class Link:
    """What a link is for.

    :ivar log_in: the id of the token of the session that asked.
    :ivar until: ms since the epoch.
    """

    upload: str
    part: Part
    log_in: str
    until: int


class Links:
    """:param key: a secret.
    :param clock: returns ms since the epoch.
    """

    def __init__(self, key: str, clock: Callable[[], int]) -> None:
        self._key = key.encode()
        self._clock = clock

    def end(self) -> int:
        """Return until when links are valid that are made now."""
        return self._clock() + LIFETIME_MS

    def make(self, upload: str, part: Part, log_in: str, until: int) -> str:
        """Return the path and query of a link."""
        link = Link(upload, part, log_in, until)
        query = urlencode({"login": log_in, "until": until, "signature": self._signature(link)})
        return f"{PREFIX}{upload}/{part}?{query}"

    def read(self, path: str, query: str) -> Link | None:
        """Return what a link is for; None if it is not valid now."""
        upload, _, name = path.removeprefix(PREFIX).partition("/")
        part = next((each for each in PARTS if each == name), None)
        if part is None or len(query) > MAX_QUERY_CHARS:
            return None
        fields = dict(parse_qsl(query))
        until = fields.get("until", "")
        if not (until.isascii() and until.isdecimal()):
            return None
        link = Link(upload, part, fields.get("login", ""), int(until))
        given = fields.get("signature", "").encode()
        if not hmac.compare_digest(given, self._signature(link).encode()):
            return None
        return link if self._clock() < link.until else None

    def _signature(self, link: Link) -> str:
        content = "\0".join((link.upload, link.part, link.log_in, str(link.until)))
        return hmac.new(self._key, content.encode(), hashlib.sha256).hexdigest()
