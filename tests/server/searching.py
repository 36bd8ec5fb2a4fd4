"""Searches that wait for the index."""

from typing import Any

import trio

from ..client import Client


async def found(client: Client, query: str, **more: Any) -> list[tuple[str, int]]:
    """Wait until everything is indexed, and return the rooms and seqs of the messages found."""
    while True:
        reply = await client.call("searchMessages", query=query, **more)
        if not reply["pending"]:
            return [(message["room"], message["seq"]) for message in reply["messages"]]
        await trio.sleep(0.05)
