"""A request and its response as plain values: what HTTP's two sides say to each other."""

import math
from collections.abc import Mapping
from typing import Final, Self

import attrs

from ..errors import Refused
from ..protocol.codec import encode_http_error
from .proxies import Forwarded

JSON: Final = "application/json"


@attrs.frozen
class Request:
    """``headers`` have lower-case names; those of one name are joined by commas (RFC 9110, 5.3).

    ``path`` and ``query`` are as they came, not decoded. A HEAD is shown as the GET that it
    stands for. ``peer`` is the client's address: that of the connection, or what a trusted proxy
    says (``forwarded``).
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    forwarded: Forwarded | None = None

    @property
    def is_json(self) -> bool:
        """Whether the body is declared as JSON, with parameters or without (RFC 9110, 8.3)."""
        declared, _, _ = self.headers.get("content-type", "").partition(";")
        return declared.strip().lower() == JSON

    def bearer(self) -> str | None:
        """The token in ``Authorization: Bearer ...`` (RFC 6750, 2.1)."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def listed(self, header: str) -> list[str]:
        """The members of a header that is a list, as they came (RFC 9110, 5.6.1)."""
        members = self.headers.get(header, "").split(",")
        return [stripped for member in members if (stripped := member.strip())]


@attrs.frozen
class Response:
    """``headers`` beside the usual ones; a ``Cache-Control`` there replaces ``no-store``."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def json_error(
        cls, status: int, refused: Refused, headers: Mapping[str, str] | None = None
    ) -> Self:
        added = dict(headers or {})
        if refused.retry_after_ms is not None:
            # Whole seconds, and never sooner than asked (RFC 9110, 10.2.3).
            added["Retry-After"] = str(math.ceil(refused.retry_after_ms / 1000))
        return cls(status, encode_http_error(refused), JSON, added)
