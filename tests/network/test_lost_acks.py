"""One acknowledgement in ten is lost. Clients that retry with the same clientId neither lose nor
duplicate a message: a plain client written from protocol.md, and ours.

- ``LOST_ACKS_SENDS=100000 pytest tests/network/test_lost_acks.py`` for more of them.
- ``LOST_ACKS_SEED=7`` for others; a failure shows the seed it had.
"""

import os
from contextlib import AsyncExitStack
from typing import Any, Final

import attrs
import pytest
import trio

from chatroom.client import NewMessage, connect

from ..client import Client, websocket
from ..server.process import Server, read_log
from .acks import AckProxy

pytestmark = pytest.mark.long(10)

SENDS: Final = int(os.environ.get("LOST_ACKS_SENDS", "3000"))
SEED: Final = int(os.environ.get("LOST_ACKS_SEED", "1"))
SHARE: Final = 0.1
ROOMS: Final = ("north", "south")
RAW: Final = 4
"""Plain clients. Each sends up to :data:`MAX_CONCURRENT` messages at once; each of :data:`OURS` has
:data:`TASKS` tasks."""
MAX_CONCURRENT: Final = 250
OURS: Final = 20
TASKS: Final = 10
DEADLINE_S: Final = 60 + SENDS / 100
"""Only a client or a server that hangs takes so long."""


@pytest.fixture
async def proxy(server: Server, nursery: trio.Nursery) -> AckProxy:
    print(f"LOST_ACKS_SEED={SEED} LOST_ACKS_SENDS={SENDS}")  # noqa: T201 - shown if it fails
    proxy = AckProxy(SEED, server.address, SHARE)
    await nursery.start(proxy.run)
    return proxy


@attrs.define(eq=False)
class Sender:
    """``acks`` has the replies by clientId. Messages without one are sent again first."""

    client: Client
    room: str
    left: list[str]
    open: list[str] = attrs.field(factory=list)
    acks: dict[str, Any] = attrs.field(factory=dict)
    tries: dict[str, int] = attrs.field(factory=dict)
    _asked: dict[int, str] = attrs.field(factory=dict)

    async def send(self) -> int:
        """Send messages, and return their number."""
        new, self.left = self.left[:MAX_CONCURRENT], self.left[MAX_CONCURRENT:]
        self.open += new
        for client_id in self.open:
            self.tries[client_id] = self.tries.get(client_id, 0) + 1
            call = await self.client.begin(
                "sendMessage", room=self.room, text=f"text of {client_id}", clientId=client_id
            )
            self._asked[call] = client_id
        return len(self.open)

    async def hear(self) -> None:
        await self.client.call("getInbox")  # its reply follows those of all earlier calls
        for frame in self.client.frames:
            if (client_id := self._asked.pop(frame.get("id", 0), None)) is not None:
                self.acks[client_id] = frame["result"]
                if self.tries[client_id] == 1:
                    assert frame["result"]["duplicate"] is False
        self.client.frames.clear()
        self._asked.clear()  # the others were dropped
        self.open = [client_id for client_id in self.open if client_id not in self.acks]


async def test_plain_client_loses_no_message(server: Server, proxy: AckProxy) -> None:
    async with AsyncExitStack() as stack:
        stack.enter_context(trio.fail_after(DEADLINE_S))
        senders = []
        for number in range(RAW):
            stream = await trio.open_tcp_stream(*proxy.address)
            client = await stack.enter_async_context(websocket(stream))
            await client.connect(await server.sign_up(f"sender{number}"))
            room, count = ROOMS[number % len(ROOMS)], SENDS // RAW
            await client.call("joinRoom", room=room)
            senders.append(Sender(client, room, [f"{number} {n}" for n in range(count)]))
        sent = 0
        while any(sender.left or sender.open for sender in senders):
            for sender in senders:
                sent += await sender.send()
            await proxy.until(sent)
            for sender in senders:
                await sender.hear()
        logs = {room: await log_of(server, room) for room in ROOMS}
    for room, log in logs.items():
        here = [sender for sender in senders if sender.room == room]
        acks = {client_id: ack for sender in here for client_id, ack in sender.acks.items()}
        seqs = {message["clientId"]: message["seq"] for message in log}
        assert {client_id: ack["seq"] for client_id, ack in acks.items()} == seqs
        assert len(log) == len(seqs) == len(here) * (SENDS // RAW)
        for message in log:
            assert message["text"] == f"text of {message['clientId']}"
    again = [ack for sender in senders for ack in sender.acks.values() if ack["duplicate"]]
    retried = [n for sender in senders for n in sender.tries.values() if n > 1]
    assert len(again) == len(retried) >= SENDS * SHARE * 0.8
    assert sum(n - 1 for n in retried) == proxy.lost


async def test_our_client_loses_no_message(server: Server, proxy: AckProxy) -> None:
    """A lost reply ends its connection, with all calls in progress, because TCP loses nothing
    else. So our client retries only after it has reconnected."""
    proxy.cuts = True
    host, port = proxy.address
    url, direct = f"http://{host}:{port}", "http://{}:{}".format(*server.address)
    each = SENDS // OURS // TASKS
    texts: dict[str, dict[int, str]] = {room: {} for room in ROOMS}
    duplicates = 0  # reported to the sender

    async def write(number: int) -> None:
        room = ROOMS[number % len(ROOMS)]
        async with connect(url, tokens[number], buffer=None) as chat, trio.open_nursery() as tasks:
            await chat.join(room)
            await chat.unsubscribe(room)
            for task in range(TASKS):
                tasks.start_soon(write_on, chat, room, f"{number} {task}")

    async def write_on(chat: Any, room: str, name: str) -> None:
        nonlocal duplicates
        for n in range(each):
            sent = await chat.send(room, f"{name} {n}")
            assert sent.seq not in texts[room], "two messages, one seq"
            texts[room][sent.seq] = f"{name} {n}"
            duplicates += sent.duplicate

    async def watch(room: str, *, task_status: trio.TaskStatus[None]) -> None:
        async with connect(direct, await server.sign_up(f"watcher-{room}")) as chat:
            await chat.join(room)
            task_status.started()
            told: dict[int, str] = {}
            while len(told) < SENDS // len(ROOMS):
                event = await anext(chat.events())
                if isinstance(event, NewMessage):
                    assert event.message.seq == len(told) + 1
                    told[event.message.seq] = event.message.text
        heard[room] = told

    heard: dict[str, dict[int, str]] = {}
    with trio.fail_after(DEADLINE_S):
        tokens = [await server.sign_up(f"sender{number}") for number in range(OURS)]
        async with trio.open_nursery() as nursery:
            for room in ROOMS:
                await nursery.start(watch, room)
            for number in range(OURS):
                nursery.start_soon(write, number)
        logs = {room: await log_of(server, room) for room in ROOMS}
    for room, log in logs.items():
        assert {m["seq"]: m["text"] for m in log} == texts[room] == heard[room]
        assert len({m["text"] for m in log}) == len(log) == SENDS // len(ROOMS)
    # Each lost connection was reopened. A send lost with it was either stored or not.
    assert proxy.connections == OURS + proxy.lost
    assert duplicates >= proxy.lost >= SENDS * SHARE * 0.8


async def log_of(server: Server, room: str) -> list[Any]:
    """Read the whole log, without the proxy."""
    async with server.session(await server.sign_up(f"reader-{room}")) as reader:
        await reader.call("joinRoom", room=room)
        log = await read_log(reader, room)
    assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
    return log
