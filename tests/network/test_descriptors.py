"""No more files may be open: whoever is there goes on, and so does the store; whoever comes waits
outside, and nobody spins. When others leave, they come in.
"""

import os
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from ..client import DEADLINE_S, Client, http, websocket
from ..server.process import PASSWORD, Server

SPARE: Final = 10
"""Files that may be opened before there are no more."""
CROWD: Final = 40
"""Connections that then want to be."""
ASK: Final = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""Who asked once and says no more, may stay for a minute."""
ROOMS: Final = tuple(f"room{number}" for number in range(8))
WATCHED_S: Final = 1.0
SPINNING_S: Final = 0.3
"""CPU time in that while: a loop that tries without a pause takes all of it, a quiet one hardly
any."""
_SCHEDULER_CLOCK: Final = 2


@attrs.frozen
class Process:
    pid: int

    @classmethod
    def of(cls, server: Server) -> "Process":
        return cls(int((server.data / "lock").read_text()))

    def files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def allow_files(self, most: int) -> None:
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (most, most))

    async def has_files(self, number: int) -> None:
        with trio.fail_after(DEADLINE_S):
            while self.files() != number:  # noqa: ASYNC110 - of a process that tells nobody
                await trio.sleep(0.01)

    def cpu_s(self) -> float:
        return time.clock_gettime((~self.pid << 3) | _SCHEDULER_CLOCK)


@asynccontextmanager
async def crowded(server: Server) -> AsyncIterator[tuple[list[trio.SocketStream], int]]:
    """Nothing can be opened in there until nearly all of the streams are closed."""
    process = Process.of(server)
    most = process.files() + SPARE
    process.allow_files(most)
    streams = [await trio.open_tcp_stream(*server.address) for _ in range(CROWD)]
    try:
        for stream in streams:
            await stream.send_all(ASK)
        await process.has_files(most)
        yield streams, most
    finally:
        for stream in streams:
            await stream.aclose()


async def answered(stream: trio.SocketStream) -> None:
    with trio.fail_after(DEADLINE_S):
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 200 ")


async def accepted(server: Server, number: int) -> list[trio.SocketStream]:
    """Connections that are in, and have not said anything."""
    process = Process.of(server)
    before = process.files()
    streams = [await trio.open_tcp_stream(*server.address) for _ in range(number)]
    await process.has_files(before + number)
    return streams


async def sign_up(stream: trio.SocketStream, name: str) -> str:
    body = {"name": name, "password": PASSWORD}
    answer = await http(stream, "POST", "/api/signup", body)
    assert answer.status == 201, answer
    return str(answer.json["token"])


async def do_all(clients: Sequence[Client]) -> None:
    """Every kind of read and write, much of it at the same time; nothing is refused."""
    began = [
        (client, await client.begin(method, **params))
        for room in ROOMS
        for client in clients
        for method, params in (
            ("joinRoom", {"room": room}),
            ("subscribe", {"room": room}),
            ("sendMessage", {"room": room, "text": "hello @bob and @alice"}),
            ("getHistory", {"room": room, "after": 0}),
            ("listMembers", {"room": room}),
            ("listRooms", {}),
            ("getInbox", {}),
            ("getUnread", {"room": room}),
            ("sendMessage", {"to": "bob", "text": "hello"}),
        )
    ]
    for client, call in began:
        await client.reply(call)


async def log_of(client: Client, room: str) -> list[Any]:
    page = await client.call("getHistory", room=room, after=0, limit=200)
    assert page["hasMoreAfter"] is False
    return list(page["messages"])


async def test_who_is_in_goes_on_and_who_comes_waits(server: Server, nursery: trio.Nursery) -> None:
    # In before anything has been read from the store, which has to go well with nothing to open.
    one, two, three, four = await accepted(server, 4)
    async with crowded(server) as (crowd, most):
        tokens = [await sign_up(one, "alice"), await sign_up(two, "bob")]
        for stream in crowd[SPARE : SPARE + 2]:  # those two have gone, and the next two are in
            await answered(stream)
        async with websocket(three) as alice, websocket(four) as bob:
            for client, token in zip((alice, bob), tokens, strict=True):
                await client.connect(token)
            await do_all((alice, bob))
            assert Process.of(server).files() == most

            came = trio.Event()
            nursery.start_soon(come, server, tokens[0], came)
            before = Process.of(server).cpu_s()
            await trio.sleep(WATCHED_S)
            assert Process.of(server).cpu_s() - before < SPINNING_S
            assert not came.is_set()
            await do_all((alice, bob))
            assert not came.is_set()

            for stream in crowd:
                await stream.aclose()
            with trio.fail_after(DEADLINE_S):
                await came.wait()
            async with server.session(tokens[1]) as carol:
                await do_all((alice, bob, carol))
            logs = {room: await log_of(alice, room) for room in ROOMS}
    assert all([m["seq"] for m in log] == [1, 2, 3, 4, 5, 6, 7] for log in logs.values())
    assert server.log.read_text().count("Too many open files") == 1  # said, and not on and on
    await server.kill()
    with sqlite3.connect(server.data / "chatroom.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    server.start()
    async with server.session(tokens[0]) as alice:
        assert {room: await log_of(alice, room) for room in ROOMS} == logs


async def come(server: Server, token: str, came: trio.Event) -> None:
    async with server.session(token) as client:
        came.set()
        await client.call("getInbox")


async def test_a_server_can_be_stopped_and_asked_when_nobody_else_comes_in(server: Server) -> None:
    [one, two, three] = await accepted(server, 3)
    async with crowded(server):
        assert (await http(one, "GET", "/healthz")).status == 200
        token = await sign_up(two, "alice")
        async with websocket(three) as alice:
            await alice.connect(token)
            await alice.call("joinRoom", room="general")
            await alice.call("sendMessage", room="general", text="the last")
            assert await server.stop() == 0
            assert await alice.wait_closed() == 1012
    server.start()
    async with server.session(token) as alice:
        assert [m["text"] for m in await log_of(alice, "general")] == ["the last"]


async def test_as_many_files_as_the_system_allows(tmp_path: Path) -> None:
    """The soft limit was made for programs of another kind; the hard one is the operator's."""
    server = Server(tmp_path)
    try:
        server.launch("prlimit", "--nofile=256:4000")
        assert server.ready(), server.log.read_text()
        limits = resource.prlimit(Process.of(server).pid, resource.RLIMIT_NOFILE)
        assert limits == (4000, 4000)
        assert await server.stop() == 0
    finally:
        server.clean_up()
