"""A token for a name and a password, over the server's HTTP calls. Knows nothing of sessions."""

import ssl
from functools import partial
from http.client import HTTPException
from typing import Any, Final
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

from ..wire import account
from ..wire.codec import decode_result, encode_json
from .errors import CannotConnect, refusal

ANSWER_S: Final = 15
"""The server hashes passwords one after another, so an answer may take a while."""


async def log_in(
    url: str, name: str, password: str, *, ssl_context: ssl.SSLContext | None = None
) -> str:
    """A new token.

    :raises CannotConnect: there is no server there now.
    :raises Unauthenticated: the name or the password is wrong.
    :raises CallRefused: another refusal, by its reason.

    >>> async def talk(url: str) -> None:
    ...     token = await log_in(url, "alice", "correct horse")
    ...     async with connect(url, token) as chat:
    ...         await chat.send("general", "hello")
    """
    return await _token(url, "login", account.LogIn(name, password), ssl_context)


async def sign_up(
    url: str,
    name: str,
    password: str,
    *,
    display_name: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> str:
    """A new account, and a token for it.

    :raises CannotConnect: as :func:`log_in`.
    :raises Conflict: the name is taken.
    :raises Forbidden: sign-up is closed on this server.
    :raises CallRefused: another refusal, by its reason.
    """
    body = account.SignUp(name, password, display_name)
    return await _token(url, "signup", body, ssl_context)


def http_url(url: str) -> str:
    """What a server's HTTP calls begin with: ``wss://host/ws`` -> ``https://host``.

    :raises ValueError: for anything but http, https, ws and wss.
    """
    scheme, host, path, _, _ = urlsplit(url)
    schemes = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
    if scheme not in schemes or not host:
        raise ValueError(f"{url}: must be http://, https://, ws:// or wss:// and a host")
    return urlunsplit((schemes[scheme], host, path.rstrip("/").removesuffix("/ws"), "", ""))


async def _token(url: str, call: str, body: object, ssl_context: ssl.SSLContext | None) -> str:
    request = Request(  # noqa: S310 - http_url lets only HTTP through
        f"{http_url(url)}/api/{call}",
        data=encode_json(body),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    # A thread of its own that may be left behind: a blocked look-up cannot be cancelled.
    status, answer = await trio.to_thread.run_sync(
        partial(_ask, _opener(ssl_context), request), abandon_on_cancel=True
    )
    try:
        value = orjson.loads(answer)
        if 200 <= status < 300:
            return decode_result(account.LoggedIn, value).token
        error = refusal(value["error"])
    except Exception:  # whatever a server that is not ours may answer
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
