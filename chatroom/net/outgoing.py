"""Requests to servers that strangers have chosen (SSRF): only to public addresses.

Connections go to addresses that were checked (:mod:`.checked_backend`). Redirects are not followed,
and no proxy of the environment is used. Each request is bounded in time, and its answer in size.
"""

import math
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final, TypeAlias

import attrs
import certifi
import httpcore
import trio

from .checked_backend import CONNECT_S

REQUEST_S: Final = 30.0
"""Time for all of a request."""
MAX_ANSWER_BYTES: Final = 16 * 1024
"""Size of an answer's body that is read, so that the connection can be used again. A longer one, or
one without a length, is not read and ends the connection."""
KEEP_S: Final = 30.0
"""Time for which an idle connection is kept."""
CLOSE_S: Final = 1.0
"""Time to say that a connection ends."""
MAX_IDLE: Final = 32
"""Idle connections that are kept."""
NO_CONTENT: Final = 204

IsWanted: TypeAlias = Callable[[], Awaitable[bool]]
"""Return whether to send a request."""


class Withdrawn(Exception):
    """The request was not sent, since it was not wanted any more when it could be."""


class Unreachable(Exception):
    """There was no answer. The message says why."""


@attrs.frozen
class Answered:
    """The answer to a request.

    :ivar retry_after_s: what the server asks for in ``Retry-After``.
    """

    status: int
    retry_after_s: float | None = None


class Outgoing:
    """Sends POST requests, and keeps idle connections for the next ones.

    httpcore's pool would do the same, but looks at all connections for each request.

    :param tls: what to trust; by default the system's and Mozilla's authorities.
    """

    def __init__(
        self, backend: httpcore.AsyncNetworkBackend, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._backend = backend
        self._tls = tls or _trusting()
        # By origin, and all, the one that was used last at the end.
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = {}
        self._oldest: dict[httpcore.AsyncHTTPConnection, str] = {}

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, wanted: IsWanted
    ) -> Answered:
        """
        :param wanted: asked when a connection was made, which may take long: whether to send.
        :raises Unreachable: there was no answer.
        :raises Withdrawn: it is not wanted.
        """
        try:
            with trio.fail_after(REQUEST_S):
                return await self._post(url, headers, body, wanted)
        except trio.TooSlowError:
            raise Unreachable("no answer in time") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unreachable(str(error) or type(error).__name__) from None
        except (ssl.SSLError, httpcore.UnsupportedProtocol) as error:
            raise Unreachable(str(error)) from None

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes, wanted: IsWanted
    ) -> Answered:
        origin = httpcore.URL(url).origin
        name = str(origin)
        extensions: dict[str, Any] = {
            "timeout": {"connect": CONNECT_S, "read": REQUEST_S, "write": REQUEST_S}
        }
        connection = await self._take(name)
        if connection is None:
            connection = httpcore.AsyncHTTPConnection(
                origin, self._tls, KEEP_S, network_backend=self._backend
            )
            extensions["trace"] = partial(_ask, wanted)
        try:
            async with connection.stream(
                "POST", url, headers=list(headers.items()), content=body, extensions=extensions
            ) as response:
                return await _answered(response)
        finally:
            if connection.is_available():
                self._idle.setdefault(name, []).append(connection)
                self._oldest[connection] = name
            else:
                await _close(connection)

    async def _take(self, name: str) -> httpcore.AsyncHTTPConnection | None:
        """Return an idle connection that is still open, and close some that are not."""
        while len(self._oldest) > MAX_IDLE or (
            self._oldest and next(iter(self._oldest)).has_expired()
        ):
            await _close(self._forget(next(iter(self._oldest))))
        while self._idle.get(name):
            connection = self._forget(self._idle[name][-1])
            if not connection.has_expired():
                return connection
            await _close(connection)
        return None

    def _forget(self, connection: httpcore.AsyncHTTPConnection) -> httpcore.AsyncHTTPConnection:
        name = self._oldest.pop(connection)
        self._idle[name].remove(connection)
        if not self._idle[name]:
            del self._idle[name]
        return connection

    async def aclose(self) -> None:
        while self._oldest:
            await _close(self._forget(next(iter(self._oldest))))


async def _ask(wanted: IsWanted, event: str, _: object) -> None:
    """Trace a request: httpcore tells of each step."""
    if event == "http11.send_request_headers.started" and not await wanted():
        raise Withdrawn


async def _answered(response: httpcore.Response) -> Answered:
    if _length(response) <= MAX_ANSWER_BYTES:
        async for _ in response.aiter_stream():
            pass
    return Answered(response.status, _seconds(_header(response, b"retry-after")))


async def _close(connection: httpcore.AsyncHTTPConnection) -> None:
    """Close a connection, also of a cancelled request."""
    with trio.move_on_after(CLOSE_S, shield=True), suppress(httpcore.NetworkError):
        await connection.aclose()


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()  # also of SSL_CERT_FILE
    context.load_verify_locations(certifi.where())  # a small container has no others
    return context


def _header(response: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in response.headers if key.lower() == name)
    return next(found, b"").decode("latin-1").strip()


def _length(response: httpcore.Response) -> float:
    """Return the length of the body in bytes; infinite if it is unknown."""
    length = "0" if response.status == NO_CONTENT else _header(response, b"content-length")
    return float(length) if length.isascii() and length.isdigit() else math.inf


def _seconds(retry_after: str) -> float | None:
    """Return the seconds of ``Retry-After``, which has seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
