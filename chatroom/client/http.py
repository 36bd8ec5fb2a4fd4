"""The server's HTTP calls, as a client makes them: one request, one answer, one exception."""

import ssl
from functools import partial
from http.client import HTTPException
from typing import Any, Final, TypeVar
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

import orjson
import trio

from ..protocol.codec import decode_result, encode_json
from .errors import CannotConnect, refusal

T = TypeVar("T")
ANSWER_S: Final = 15
"""The server hashes passwords one after another, so an answer may take a while."""


def http_url(url: str) -> str:
    """The beginning of a server's HTTP calls: ``wss://host/ws`` -> ``https://host``.

    :raises ValueError: for anything but http, https, ws and wss.
    """
    scheme, host, path, _, _ = urlsplit(url)
    schemes = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
    if scheme not in schemes or not host:
        raise ValueError(f"{url}: must be http://, https://, ws:// or wss:// and a host")
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
    """A GET without a body, else a POST; 204 is an answer without fields.

    :raises CannotConnect: :raises CallRefused:
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    data = None
    if body is not None:
        data = encode_json(body)
        headers["Content-Type"] = "application/json"
    request = Request(  # noqa: S310 - http_url lets only HTTP through
        http_url(url) + path, data=data, headers=headers, method="GET" if data is None else "POST"
    )
    # A thread of its own that may be left behind: a blocked look-up cannot be cancelled.
    status, answer = await trio.to_thread.run_sync(
        partial(_ask, _opener(ssl_context), request), abandon_on_cancel=True
    )
    try:
        value = orjson.loads(answer or b"{}")
        if 200 <= status < 300:
            return decode_result(shape, value)
        error = refusal(value["error"])
    except Exception:  # another kind of server may answer anything
        raise CannotConnect(f"{url}: no chatroom server there: HTTP {status}") from None
    raise error


class _NotFollowed(HTTPRedirectHandler):
    """A redirected POST is an error: urllib would ask there by GET."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener(ssl_context: ssl.SSLContext | None) -> OpenerDirector:
    # Past proxies, as the WebSocket goes.
    return build_opener(ProxyHandler({}), HTTPSHandler(context=ssl_context), _NotFollowed())


def _ask(opener: OpenerDirector, request: Request) -> tuple[int, Any]:
    try:
        with opener.open(request, timeout=ANSWER_S) as response:
            return response.status, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()
    except (OSError, HTTPException) as error:
        cause = getattr(error, "reason", None) or error
        raise CannotConnect(f"{request.full_url}: {cause}") from None
