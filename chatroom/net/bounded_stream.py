"""A connection to a server that may answer without end."""

import ssl
from typing import Any, Final

import httpcore

MAX_RECEIVED_BYTES: Final = 32 * 1024
"""Received for one request, with interim responses, headers and the marks of chunks."""
READ_BYTES: Final = 4 * 1024
"""Received at once. All of it is parsed without a pause, and a chunk may be a single byte."""


class BoundedStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = MAX_RECEIVED_BYTES

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 (of the overridden method)
    ) -> bytes:
        data = await self._stream.read(min(max_bytes, READ_BYTES), timeout)
        self._left -= len(data)
        if self._left < 0:
            raise httpcore.ReadError("the answer is too long")
        return data

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> None:
        self._left = MAX_RECEIVED_BYTES  # a request begins, or goes on
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        return BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
