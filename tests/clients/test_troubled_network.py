"""All guarantees of a client, with a real server that is killed, and a random faulty network.

Ten people send, edit and delete; five others watch. All use a proxy that cuts, stalls and drops
connections (:mod:`tests.network.proxy`), while the server is killed with SIGKILL and restarted. In
the end everybody has seen every message once, in order, and as it is in the log.

- ``SOAK_MESSAGES=200000 pytest tests/clients/test_troubled_network.py`` runs longer; the
  server is killed after every 2,500 messages.
- ``SOAK_SEED=7`` chooses other moments for faults. A failure prints its seed.
"""

import itertools
import random
from typing import Final, TypeAlias

import attrs
import pytest
import trio

from chatroom.client import Message, NewMessage, connect

from ..network.proxy import TROUBLES, Proxy
from ..python_client.network import Heard, log_of
from ..server.process import Server
from .interface import Clients, Person
from .seed import MESSAGES, SEED

pytestmark = pytest.mark.long

Status: TypeAlias = trio.TaskStatus[None]

ROOMS: Final = ("north", "south")
SENDERS: Final = 10
KILL_EVERY: Final = min(2500, MESSAGES // 4)
TROUBLE_AFTER_BYTES: Final = (1_000, 1_000_000)
NUMBERS: Final = itertools.count(1)
LAST: Final = "that was all"
DEADLINE_S: Final = 120 + MESSAGES / 50
"""Exceeded only by a client or a server that hangs."""


async def watch_all(person: Person, heard: Heard) -> None:
    """Watch until the last message in every room."""
    last = set[str]()
    while True:
        event = await person.next()
        heard.take(event)
        if isinstance(event, NewMessage) and event.message.text == LAST:
            last.add(event.message.room)
            if last == set(ROOMS):
                return


@attrs.define(eq=False)
class Writers:
    """Write at random. ``texts`` are the expected final texts; "" means deleted."""

    seed: int
    texts: dict[str, dict[int, str]] = attrs.field(factory=lambda: {room: {} for room in ROOMS})
    reached: list[trio.Event] = attrs.field(
        factory=lambda: [trio.Event() for _ in range(MESSAGES // KILL_EVERY)]
    )
    count: int = 0

    async def write(self, person: Person, name: str, room: str, count: int) -> None:
        choose = random.Random(f"{self.seed} {name}")  # noqa: S311 - to be repeated
        texts, mine = self.texts[room], list[int]()
        for number in range(count):
            text = f"{name} {number}"
            sent = await person.send(room, text)
            assert sent not in texts, "two messages, one seq"
            assert not mine or sent > mine[-1], "out of order"
            texts[sent] = text
            mine.append(sent)
            seq = choose.choice(mine)
            what = choose.random()
            if what < 0.02 and texts[seq]:
                await person.delete(room, seq)
                texts[seq] = ""
            elif what < 0.1 and texts[seq]:
                texts[seq] = f"{texts[seq]} edited"
                await person.edit(room, seq, texts[seq])
            self.count += 1
            if self.count % KILL_EVERY == 0:
                self.reached[self.count // KILL_EVERY - 1].set()


async def test_every_message_once_and_in_order(
    server: Server, proxy: Proxy, clients: Clients
) -> None:
    url = f"http://{proxy.address}"
    watchers, writers, go = [Heard() for _ in clients.paces], Writers(SEED), trio.Event()

    async def watch(watcher: Heard, pace: int, *, task_status: Status) -> None:
        async with clients.connect(url, await token(server), pace) as person:
            for room in ROOMS:
                await person.join(room)
            task_status.started()
            await watch_all(person, watcher)

    async def write(number: int, *, task_status: Status) -> None:
        async with clients.connect(url, await token(server), None) as person:
            for room in ROOMS:
                await person.join(room)
                await person.look_away(room)
            task_status.started()
            await go.wait()
            room = ROOMS[number % len(ROOMS)]
            await writers.write(person, f"writer{number}", room, MESSAGES // SENDERS)

    async def kill_now_and_then() -> None:
        for reached in writers.reached[:-1]:
            await reached.wait()
            proxy.upstream = None
            await server.kill()
            await trio.to_thread.run_sync(server.start)
            proxy.upstream = server.address

    with trio.fail_after(DEADLINE_S):
        async with trio.open_nursery() as watching:
            for watcher, pace in zip(watchers, clients.paces, strict=True):
                await watching.start(watch, watcher, pace)
            async with trio.open_nursery() as writing:
                for number in range(SENDERS):
                    await writing.start(write, number)
                writing.start_soon(kill_now_and_then)
                proxy.after_bytes = TROUBLE_AFTER_BYTES
                proxy.cut_all()
                go.set()
            log = await end(server)
    for room in ROOMS:
        last = len(writers.texts[room]) + 1
        assert list(log[room]) == list(range(1, last + 1))
        assert {seq: m.text for seq, m in log[room].items() if seq < last} == writers.texts[room]
        for watcher in watchers:
            assert watcher.rooms[room] == log[room]
    assert sum(map(len, writers.texts.values())) == MESSAGES
    assert all(proxy.made[trouble] > 0 for trouble in TROUBLES), proxy.made


async def test_a_long_absence(server: Server, proxy: Proxy, clients: Clients) -> None:
    """A client misses half of the messages, and edits of messages that it has seen.

    The network is as faulty when it reconnects.
    """
    url, [room, _] = f"http://{proxy.address}", ROOMS
    choose = random.Random(SEED)  # noqa: S311 - to be repeated
    watcher = Heard()

    async def say(count: int) -> None:
        async with server.session(await token(server)) as client:
            await client.call("joinRoom", room=room)
            calls = [
                await client.begin("sendMessage", room=room, text=f"{number}")
                for number in range(count)
            ]
            seqs = [(await client.reply(call))["seq"] for call in calls]
            for seq in choose.sample(seqs, count // 20):
                await client.call("editMessage", room=room, seq=seq, text=f"edited {seq}")
            for seq in choose.sample(seqs, count // 100):
                await client.call("deleteMessage", room=room, seq=seq)

    with trio.fail_after(DEADLINE_S):
        pace = clients.paces[3]
        async with clients.connect(url, await token(server), pace) as person:
            for name in ROOMS:
                await person.join(name)
            async with server.session(await token(server)) as client:
                await client.call("joinRoom", room=room)
                for number in range(200):
                    await client.call("sendMessage", room=room, text=f"before {number}")
                while len(watcher.rooms[room]) < 200:
                    watcher.take(await person.next())
                proxy.upstream = None
                proxy.cut_all()
                for seq in range(1, 201, 7):
                    await client.call("editMessage", room=room, seq=seq, text=f"edited {seq}")
                await say(MESSAGES // 2)
            proxy.after_bytes = TROUBLE_AFTER_BYTES
            proxy.upstream = server.address
            async with trio.open_nursery() as nursery:
                nursery.start_soon(watch_all, person, watcher)
                await say(MESSAGES // 20)  # the traffic continues
                log = await end(server)
    assert len(log[room]) == 200 + MESSAGES // 2 + MESSAGES // 20 + 1
    assert watcher.rooms == log


async def end(server: Server) -> dict[str, dict[int, Message]]:
    """Send the last messages without the proxy, and return the log."""
    host, port = server.address
    async with connect(f"http://{host}:{port}", await token(server), buffer=None) as chat:
        for room in ROOMS:
            await chat.join(room)
            await chat.send(room, LAST)
        return {room: await log_of(chat, room) for room in ROOMS}


async def token(server: Server) -> str:
    """Return the token of a new account."""
    return await server.sign_up(f"user{next(NUMBERS)}")
