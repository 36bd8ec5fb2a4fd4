"""Clocks that a test can set, in this process and in a server process."""

from pathlib import Path
from typing import Any

import attrs
import trio

from ..client import Client
from ..session.node_harness import EPOCH_MS


@attrs.frozen
class Offset:
    """The offset added to the clock of servers, in a file in a directory of its own."""

    path: Path

    def set(self, ms: int) -> None:
        """Replace the file atomically, since the server may read it at any time."""
        new = self.path.with_name("new")
        new.write_text(str(ms))
        new.replace(self.path)


@attrs.define
class SettableClock:
    """A settable clock that advances with the virtual one, or ``rate`` times as fast."""

    rate: int = 1
    offset_ms: int = 0

    def __call__(self) -> int:
        return EPOCH_MS + round(trio.current_time() * 1000) * self.rate + self.offset_ms


async def send(client: Client, *texts: str) -> list[Any]:
    return [await client.call("sendMessage", room="general", text=text) for text in texts]


async def pages(client: Client, **first: int) -> list[Any]:
    """Return all messages from there on, read in pages of two."""
    found: list[Any] = []
    bound = first
    while True:
        page = await client.call("getHistory", room="general", limit=2, **bound)
        if "before" in bound:
            found[:0] = page["messages"]
            if not page["hasMoreBefore"]:
                return found
            bound = {"before": found[0]["seq"]}
        else:
            found += page["messages"]
            if not page["hasMoreAfter"]:
                return found
            bound = {"after": found[-1]["seq"]}
