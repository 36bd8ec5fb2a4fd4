"""Convert request heads from h11, and response heads to h11. Pure."""

from email.utils import formatdate
from typing import Final
from urllib.parse import urlsplit

import h11

from ..errors import Refused
from .http_messages import Response

NO_BODY: Final = frozenset({204, 304})
_HSTS_MAX_AGE_S: Final = 365 * 24 * 60 * 60
_SEPARATING: Final = {
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers that keep documents and answers from other sites."""


class BadRequest(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = Response.json_error(status, Refused("invalid_request", message))


def head_size(head: h11.Request) -> int:
    fields = sum(len(name) + len(value) + 4 for name, value in head.headers)
    return len(head.method) + len(head.target) + fields


def target_of(head: h11.Request) -> tuple[str, str, str]:
    """Return method, path and query; HEAD becomes GET.

    :raises BadRequest: the target is malformed.
    """
    method = head.method.decode("ascii")
    path, _, query = head.target.decode("ascii").partition("?")
    if not path.startswith(("/", "*")):
        try:
            path = urlsplit(path).path or "/"  # absolute form, as sent to proxies (RFC 9112, 3.2.2)
        except ValueError:
            raise BadRequest(400, "the request target is not a URL") from None
    return "GET" if method == "HEAD" else method, path, query


def fields_of(head: h11.Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:  # h11 lower-cases names
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if head.method == b"HEAD" or head.http_version < b"1.1":
        headers.pop("upgrade", None)  # ignored in HTTP/1.0 (RFC 9110, 7.8)
    return headers


def declared_length(head: h11.Request) -> int | None:
    """Return the size of the body; None if it is known only at its end.

    :raises BadRequest: the head has two lengths.
    """
    headers = dict(head.headers)
    if b"transfer-encoding" not in headers:
        return int(headers.get(b"content-length", b"0"))
    if b"content-length" in headers:
        # Request smuggling: a proxy may use the other length and see a second request.
        raise BadRequest(400, "both Transfer-Encoding and Content-Length")
    return None


def response_headers(response: Response, last: bool, secure: bool) -> list[tuple[str, str]]:
    headers = {
        "date": formatdate(usegmt=True),
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    if not response.public:
        headers |= _SEPARATING
    content = response.content
    if response.status not in NO_BODY:
        headers["content-length"] = str(content.length if content else len(response.body))
    if response.body or content:
        headers["content-type"] = response.content_type
    headers |= {name.lower(): value for name, value in response.headers.items()}
    if secure:  # browsers ignore it on pages served without TLS
        headers["strict-transport-security"] = f"max-age={_HSTS_MAX_AGE_S}"
    if last:
        headers["connection"] = "close"
    return list(headers.items())
