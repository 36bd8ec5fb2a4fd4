"""One request at a time writes to an upload. A later one ends an earlier one, whose connection may
be lost without the server having noticed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio


@attrs.define(eq=False)
class UploadTurn:
    """The request that writes to an upload. A later one cancels ``scope``."""

    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    ended: trio.Event = attrs.field(factory=trio.Event)


class UploadTurns:
    def __init__(self) -> None:
        self._by_upload: dict[str, UploadTurn] = {}

    def __len__(self) -> int:
        return len(self._by_upload)

    @asynccontextmanager
    async def take(self, upload: str) -> AsyncIterator[UploadTurn]:
        """End an earlier request for the upload, and wait for its end."""
        while (earlier := self._by_upload.get(upload)) is not None:
            earlier.scope.cancel()
            await earlier.ended.wait()
        turn = self._by_upload[upload] = UploadTurn()
        try:
            yield turn
        finally:
            del self._by_upload[upload]
            turn.ended.set()
