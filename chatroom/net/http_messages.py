"""HTTP requests and responses as plain values."""

import math
from collections.abc import Mapping
from typing import Final, Protocol, Self

import attrs

from ..errors import Refused
from ..protocol.codec import encode_http_error
from .proxies import Forwarded

JSON: Final = "application/json"


class Incoming(Protocol):
    """The body of a request, received while it is handled."""

    @property
    def length(self) -> int | None:
        """Its size in bytes; None if the client does not say."""

    async def receive(self) -> bytes:
        """Return the next bytes; none at the end.

        :raises Exception: it ended early. The connection handles that; let it pass.
        """


class Content(Protocol):
    """The body of a response, read while it is sent."""

    @property
    def length(self) -> int: ...

    async def read(self) -> bytes:
        """Return the next bytes, a bounded number. Called until ``length`` bytes are sent."""

    def close(self) -> None: ...


@attrs.frozen
class Request:
    """A request, complete unless its body is received while it is handled.

    :ivar method: a HEAD request appears as GET.
    :ivar path: as received, not decoded; likewise ``query``.
    :ivar headers: by lower-case name; repeated ones are joined by commas (RFC 9110, 5.3).
    :ivar peer: the client's address: the connection's, or the one that a trusted proxy forwards.
    :ivar forwarded: what the trusted proxies forward, if the request came through one.
    :ivar incoming: the body, if it is received while the request is handled; ``body`` is empty.
    :ivar encrypted: the connection uses TLS.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    forwarded: Forwarded | None = None
    incoming: Incoming | None = None
    encrypted: bool = False

    @property
    def is_json(self) -> bool:
        """Whether Content-Type is JSON, with or without parameters (RFC 9110, 8.3)."""
        declared, _, _ = self.headers.get("content-type", "").partition(";")
        return declared.strip().lower() == JSON

    def bearer(self) -> str | None:
        """Return the token of ``Authorization: Bearer ...`` (RFC 6750, 2.1), if there is one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    @property
    def secure(self) -> bool:
        """Whether the client uses TLS; behind a trusted proxy, as that says."""
        if self.forwarded is None or self.forwarded.scheme is None:
            return self.encrypted
        return self.forwarded.scheme == "https"

    def cookies(self) -> Mapping[str, str]:
        """Return the cookies (RFC 6265, 4.2). Of several with one name the first counts, which has
        the longest path."""
        found: dict[str, str] = {}
        for pair in self.headers.get("cookie", "").split(";"):
            name, _, value = pair.strip().partition("=")
            found.setdefault(name, value)
        return found

    def listed(self, header: str) -> list[str]:
        """Return the members of a list header (RFC 9110, 5.6.1)."""
        members = self.headers.get(header, "").split(",")
        return [stripped for member in members if (stripped := member.strip())]


@attrs.frozen
class Response:
    """A response.

    :ivar headers: added to the default ones; a ``Cache-Control`` replaces the default ``no-store``.
    :ivar content: a body that is read while it is sent, instead of ``body``. It is closed at the
        end.
    :ivar public: the body is the same for everybody, and no document. The headers that keep
        documents and answers from other sites are left out then.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content: Content | None = None
    public: bool = False

    @classmethod
    def json_error(
        cls, status: int, refused: Refused, headers: Mapping[str, str] | None = None
    ) -> Self:
        added = dict(headers or {})
        if refused.retry_after_ms is not None:
            # Whole seconds (RFC 9110, 10.2.3), rounded up so that no client retries too early.
            added["Retry-After"] = str(math.ceil(refused.retry_after_ms / 1000))
        return cls(status, encode_http_error(refused), JSON, added)
