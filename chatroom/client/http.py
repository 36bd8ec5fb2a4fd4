"""HTTP calls to the server."""

import ssl
from email.message import Message
from functools import partial
from http.client import HTTPException
from typing import Final, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

import attrs
import orjson
import trio

from ..protocol.codec import decode_result, encode_json
from .errors import CallRefused, CannotConnect, refusal

T = TypeVar("T")
TIMEOUT_S: Final = 15
"""Long, because the server hashes passwords one after another."""


def http_url(url: str) -> str:
    """Return the base URL of the server's HTTP calls: ``https://host`` for ``wss://host/ws``.

    :raises ValueError: the scheme is not http, https, ws or wss.
    """
    scheme, host, path, _, _ = urlsplit(url)
    schemes = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
    if scheme not in schemes or not host:
        raise ValueError(f"{url}: must be http://, https://, ws:// or wss:// with a host")
    return urlunsplit((schemes[scheme], host, path.rstrip("/").removesuffix("/ws"), "", ""))


async def call(
    url: str,
    path: str,
    shape: type[T],
    *,
    body: object = None,
    token: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> T:
    """Make a GET request, or a POST if there is a body. A 204 is decoded as an empty object.

    :raises CannotConnect: :raises CallRefused:
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    data = None
    if body is not None:
        data = encode_json(body)
        headers["Content-Type"] = "application/json"
    request = Request(  # noqa: S310 - http_url allows only HTTP
        http_url(url) + path, data=data, headers=headers, method="GET" if data is None else "POST"
    )
    answer = await exchange(request, ssl_context)
    try:
        if 200 <= answer.status < 300:
            return decode_result(shape, orjson.loads(answer.body or b"{}"))
    except Exception:  # other servers may answer anything
        raise not_ours(url, answer) from None
    raise refused(url, answer)


@attrs.frozen
class HttpAnswer:
    status: int
    headers: Message
    body: bytes


async def exchange(
    request: Request, ssl_context: ssl.SSLContext | None, timeout_s: float = TIMEOUT_S
) -> HttpAnswer:
    """Make a request and return the answer, with any status.

    :raises CannotConnect: there is no answer.
    """
    # In a thread that can be abandoned: a blocking DNS look-up cannot be cancelled.
    return await trio.to_thread.run_sync(
        partial(_request, _opener(ssl_context), request, timeout_s), abandon_on_cancel=True
    )


def refused(url: str, answer: HttpAnswer) -> CallRefused | CannotConnect:
    """Return the exception for an answer that is an error."""
    try:
        error = refusal(orjson.loads(answer.body)["error"])
    except Exception:  # other servers may answer anything
        return not_ours(url, answer)
    return error


def not_ours(url: str, answer: HttpAnswer) -> CannotConnect:
    return CannotConnect(f"{url}: not a chatroom server: HTTP {answer.status}")


class _NoRedirects(HTTPRedirectHandler):
    """Makes a redirect an error: urllib would turn a POST into a GET."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener(ssl_context: ssl.SSLContext | None) -> OpenerDirector:
    # Without proxies, like the WebSocket.
    return build_opener(ProxyHandler({}), HTTPSHandler(context=ssl_context), _NoRedirects())


def _request(opener: OpenerDirector, request: Request, timeout_s: float) -> HttpAnswer:
    try:
        with opener.open(request, timeout=timeout_s) as response:
            return HttpAnswer(response.status, response.headers, response.read())
    except HTTPError as error:
        with error:
            return HttpAnswer(error.code, error.headers, error.read())
    except (OSError, HTTPException) as error:
        cause = getattr(error, "reason", None) or error
        raise CannotConnect(f"{request.full_url}: {cause}") from None
