"""The JavaScript client in a process of Node.js, which ``driver.js`` lets this process drive."""

import itertools
import math
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import orjson
import trio

from chatroom.client import Message, MessageChanged, NewMessage
from chatroom.protocol.codec import decode_result

from ..js.node import NODE

DRIVER: Final = Path(__file__).parent / "driver.js"


@attrs.define(eq=False)
class Reply:
    arrived: trio.Event = attrs.field(factory=trio.Event)
    content: dict[str, Any] = attrs.field(factory=dict)


@attrs.define(eq=False)
class Driver:
    """A process, with any number of clients in it."""

    process: trio.Process
    numbers: "itertools.count[int]" = attrs.field(factory=itertools.count)
    replies: dict[int, Reply] = attrs.field(factory=dict)
    writing: trio.Lock = attrs.field(factory=trio.Lock)
    shown: dict[int, trio.MemorySendChannel[NewMessage | MessageChanged]] = attrs.field(
        factory=dict
    )

    async def call(self, what: str, **params: Any) -> Any:
        number, reply = next(self.numbers), Reply()
        self.replies[number] = reply
        line = orjson.dumps({"id": number, "do": what, **params})
        assert self.process.stdin is not None
        async with self.writing:
            await self.process.stdin.send_all(line + b"\n")
        await reply.arrived.wait()
        assert "error" not in reply.content, reply.content
        return reply.content["result"]

    async def read(self) -> None:
        """Read until the process ends."""
        rest = b""
        assert self.process.stdout is not None
        async for chunk in self.process.stdout:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(orjson.loads(line))

    def _take(self, line: dict[str, Any]) -> None:
        if "id" in line:
            reply = self.replies.pop(line["id"])
            reply.content = line
            reply.arrived.set()
            return
        number = line["client"]
        if number in self.shown:
            new = "new" in line
            message = decode_result(Message, line["new" if new else "changed"])
            self.shown[number].send_nowait(NewMessage(message) if new else MessageChanged(message))


@attrs.frozen
class JavaScriptPerson:
    driver: Driver
    number: int
    shown: trio.MemoryReceiveChannel[NewMessage | MessageChanged]

    async def join(self, room: str) -> None:
        await self._call("join", room=room)

    async def look_away(self, room: str) -> None:
        await self._call("lookAway", room=room)

    async def send(self, room: str, text: str) -> int:
        sent = await self._call("send", room=room, text=text)
        return int(sent["seq"])

    async def edit(self, room: str, seq: int, text: str) -> None:
        await self._call("edit", room=room, seq=seq, text=text)

    async def delete(self, room: str, seq: int) -> None:
        await self._call("delete", room=room, seq=seq)

    async def say(self, room: str, text: str) -> None:
        """Send a message. Return when it is stored."""
        await self._call("say", room=room, text=text)

    async def until_pending(self, count: int) -> None:
        """Wait until at most so many messages are not acknowledged."""
        await self._call("untilPending", count=count)

    async def next(self) -> NewMessage | MessageChanged:
        return await self.shown.receive()

    async def _call(self, what: str, **params: Any) -> Any:
        return await self.driver.call(what, client=self.number, **params)


@attrs.define(eq=False)
class JavaScriptClients:
    """A pace is the time in ms between two looks at a room."""

    driver: Driver
    paces: Final = (0, 0, 10, 50, 200)

    @asynccontextmanager
    async def connect(
        self, url: str, token: str, pace: int | None
    ) -> AsyncIterator[JavaScriptPerson]:
        person = await self.open(url, token, pace)
        yield person
        self.driver.shown.pop(person.number, None)
        await self.driver.call("close", client=person.number)

    async def open(
        self, url: str, token: str, pace: int | None, storage: Path | None = None
    ) -> JavaScriptPerson:
        """Connect until the process ends.

        :param storage: where unsent messages are kept; None: in memory.
        """
        number = next(self.driver.numbers)
        send, receive = trio.open_memory_channel[NewMessage | MessageChanged](math.inf)
        if pace is not None:
            self.driver.shown[number] = send
        kept = {} if storage is None else {"storage": str(storage)}
        await self.driver.call(
            "connect", client=number, url=url, token=token, paceMs=pace or 0, **kept
        )
        return JavaScriptPerson(self.driver, number, receive)


@asynccontextmanager
async def open_driver() -> AsyncIterator[Driver]:
    """Run a process until the block ends. It is killed then."""
    async with trio.open_nursery() as nursery:
        start = trio.lowlevel.open_process
        command = [str(NODE), str(DRIVER)]
        process = await start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            driver = Driver(process)
            nursery.start_soon(driver.read)
            yield driver
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
