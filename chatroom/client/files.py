"""Uploads by tus, which go on where they were interrupted, and downloads in pieces.

Each request carries one piece, so that a file is never whole in memory, and a lost connection costs
one piece at most.
"""

import os
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import BinaryIO, Final, TypeVar
from urllib.request import Request

import trio

from .errors import (
    BY_REASON,
    Busy,
    CallRefused,
    CannotConnect,
    Conflict,
    Forbidden,
    RateLimited,
    ServerFault,
)
from .http import HttpAnswer, exchange, http_url, not_ours, refused

T = TypeVar("T")
PATH: Final = "/api/uploads"
PIECE_BYTES: Final = 2 << 20
TIMEOUT_S: Final = 120
"""Of one request. The one with the last piece is answered when pictures are made."""
ATTEMPTS: Final = 8
"""Attempts without progress before an exchange of files fails."""
FIRST_PAUSE_S: Final = 0.5
_TEMPORARY: Final = (CannotConnect, Busy, ServerFault, RateLimited)


class FileTransfer:
    """:param url: the server's URL, in any form that :func:`.connect` takes."""

    def __init__(self, url: str, token: str, ssl_context: ssl.SSLContext | None) -> None:
        self._url = url
        self._token = token
        self._ssl = ssl_context

    def absolute(self, path: str) -> str:
        """Return the URL of a path that the server gave."""
        return http_url(self._url) + path

    async def upload(self, file: BinaryIO, name: str) -> str:
        """Upload a file from its present position to its end. Return the id of the upload.

        :raises CannotConnect: after :data:`ATTEMPTS` without progress.
        """
        start, end = await trio.to_thread.run_sync(partial(_span, file))
        about = f"filename {b64encode(name.encode()).decode()}"
        headers = {"Upload-Length": str(end - start), "Upload-Metadata": about}
        made = await _patiently(lambda: self._send("POST", PATH, headers))
        path = f"{PATH}/{made.headers.get('Location', '').rpartition('/')[2]}"
        offset, attempt = _offset(made) or 0, 0
        while offset < end - start:
            piece = await trio.to_thread.run_sync(partial(_read, file, start + offset))
            headers = {
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            }
            try:
                offset, attempt = _offset(await self._send("PATCH", path, headers, piece)), 0
            except (Conflict, *_TEMPORARY) as error:
                attempt += 1
                await _pause(attempt, error)
                offset = await self._resume(path)
        return path.rpartition("/")[2]

    async def _resume(self, path: str) -> int:
        """Return from where to go on."""
        return _offset(await _patiently(lambda: self._send("HEAD", path, {})))

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpAnswer:
        own = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {self._token}"}
        url = self.absolute(path)
        request = Request(  # noqa: S310 - http_url allows only HTTP
            url, data=body, headers={**own, **headers}, method=method
        )
        answer = await exchange(request, self._ssl, TIMEOUT_S)
        if not 200 <= answer.status < 300:
            raise _refused_head(url, answer) if method == "HEAD" else refused(url, answer)
        return answer

    async def download(self, link: Callable[[], Awaitable[str]], target: BinaryIO) -> None:
        """Write a file to ``target``, from its present position on.

        :param link: returns a path that is valid now.
        :raises CannotConnect: after :data:`ATTEMPTS` without progress.
        """
        path, at, size, attempt = await link(), 0, 1, 0
        while at < size:
            url = self.absolute(path)
            request = Request(  # noqa: S310 - http_url allows only HTTP
                url, headers={"Range": f"bytes={at}-{at + PIECE_BYTES - 1}"}
            )
            try:
                answer = await exchange(request, self._ssl, TIMEOUT_S)
                if answer.status == 416 and not at:
                    return  # the file is empty
                if answer.status != 206:
                    raise refused(url, answer)
                size = int(answer.headers.get("Content-Range", "/").rpartition("/")[2])
                await trio.to_thread.run_sync(target.write, answer.body)
                at, attempt = at + len(answer.body), 0
            except (Forbidden, *_TEMPORARY) as error:
                attempt += 1
                await _pause(attempt, error)
                path = await link()  # it may have expired


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    attempt = 0
    while True:
        try:
            return await ask()
        except _TEMPORARY as error:
            attempt += 1
            await _pause(attempt, error)


async def _pause(attempt: int, error: CannotConnect | CallRefused) -> None:
    """Wait before another attempt. :raises: the error, after too many attempts."""
    if attempt >= ATTEMPTS:
        raise error
    asked_ms = error.retry_after_ms if isinstance(error, CallRefused) else None
    await trio.sleep(max(FIRST_PAUSE_S * 2 ** (attempt - 1), (asked_ms or 0) / 1000))


def _offset(answer: HttpAnswer) -> int:
    return int(answer.headers.get("Upload-Offset", "0"))


def _refused_head(url: str, answer: HttpAnswer) -> CallRefused | CannotConnect:
    """Return the exception for the answer to a HEAD request, which has no body."""
    reasons = {401: "unauthenticated", 404: "not_found", 429: "rate_limited", 503: "busy"}
    if (reason := reasons.get(answer.status)) is None:
        return not_ours(url, answer)
    temporary = reason in ("rate_limited", "busy")
    return BY_REASON[reason](reason, f"HTTP {answer.status}", temporary=temporary)


def _span(file: BinaryIO) -> tuple[int, int]:
    start = file.tell()
    return start, file.seek(0, os.SEEK_END)


def _read(file: BinaryIO, at: int) -> bytes:
    file.seek(at)
    return file.read(PIECE_BYTES)
