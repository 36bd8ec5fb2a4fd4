"""Users in two rooms of a node, who reconnect when the server asks for it, and an audit of what
they have seen."""

from contextlib import AsyncExitStack
from typing import Final

import attrs
import pytest

from ..client import CallFailed, Client, Json
from .conftest import Site
from .writers import Watcher

ROOMS: Final = ("north", "south")


@attrs.define(eq=False)
class Person:
    """A user who reconnects when the server asks for it."""

    site: Site
    stack: AsyncExitStack
    name: str
    watcher: Watcher
    client: Client = attrs.field(init=False)

    async def come(self) -> None:
        self.client = await self.stack.enter_async_context(self.site.session(self.name))
        await self.watcher.resume(self.client)

    async def come_back(self) -> None:
        assert await self.client.wait_closed() == 1012
        self.watcher.hear(self.client)
        await self.come()

    async def begin(self, room: str, text: str) -> int:
        client_id = f"{room}: {text}"
        return await self.client.begin("sendMessage", room=room, text=text, clientId=client_id)

    async def send(self, room: str, text: str) -> Json:
        sent: Json = await self.client.reply(await self.begin(room, text))
        return sent


async def arrive(site: Site, stack: AsyncExitStack, name: str, *watched: str) -> Person:
    """Connect a user, who joins both rooms and subscribes to those in ``watched``."""
    person = Person(site, stack, name, Watcher({room: [] for room in watched}))
    async with site.session(name) as client:
        for room in ROOMS:
            await client.call("joinRoom", room=room)
    await person.come()
    return person


async def reason_of(client: Client, method: str, params: Json) -> str | None:
    """Make a call, and return the reason of a refusal, or None."""
    try:
        await client.call(method, **params)
    except CallFailed as failed:
        return failed.reason
    return None


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the actors that failed, from the log."""
    return _logged(caplog, "actor failed: ")


def failed_calls(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the rooms of calls that could not be written, from the log."""
    return _logged(caplog, "a call failed: ")


def _logged(caplog: pytest.LogCaptureFixture, prefix: str) -> list[str]:
    messages = [record.getMessage() for record in caplog.records]
    return [message.removeprefix(prefix) for message in messages if message.startswith(prefix)]


async def audit(*people: Person) -> None:
    """Check that all users have seen one log without gaps or duplicates, and have correct
    counts."""
    for room in ROOMS:
        logs = [
            (await person.client.call("getHistory", room=room, after=0, limit=200))["messages"]
            for person in people
        ]
        log = logs[0]
        assert all(other == log for other in logs)
        assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
        assert len({message["text"] for message in log}) == len(log)
        for person in people:
            told, name = person.watcher.told.get(room), person.name
            while told is not None and len(told) < len(log):
                person.watcher.take(await person.client.event("newMessage", room=room))
            assert told is None or told == log
            entries = (await person.client.call("getInbox"))["rooms"]
            [entry] = [entry for entry in entries if entry["room"] == room]
            cursor = entry["readSeq"]
            unread = len([m for m in log if m["seq"] > cursor and m["sender"] != name])
            assert (entry["headSeq"], entry["unread"]) == (len(log), unread)
            if told is None and name != "dave":  # who reconnected later
                await person.client.event("unread", room=room, headSeq=len(log), unread=unread)
