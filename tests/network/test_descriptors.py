"""More connections than the limit of open files allows: sessions, the store and the operator's
commands continue. Connections without a log-in are evicted for new ones. If all are logged in, new
ones are refused.
"""

import os
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import attrs
import h11
import trio
from trio_websocket import ConnectionRejected

from chatroom.http.admission import MAX_CONCURRENT_REFUSALS
from chatroom.process import RESERVED_FILES

from ..client import DEADLINE_S, Client, http
from ..server.process import PASSWORD, Server, read_log

SPARE: Final = 10
"""Connections that can still be opened."""
CROWD: Final = 40
"""Connections that are attempted."""
ASK: Final = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""A request after which the connection may stay idle for a minute."""
ROOMS: Final = tuple(f"room{number}" for number in range(8))
WATCHED_S: Final = 1.0
SPINNING_S: Final = 0.3
"""CPU time in :data:`WATCHED_S`. A loop that retries without a pause takes all of it, an idle one
hardly any."""
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
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (most, hard))

    def cpu_s(self) -> float:
        return time.clock_gettime((~self.pid << 3) | _SCHEDULER_CLOCK)


async def answer(server: Server) -> bytes:
    """Return the first bytes of the response to a new connection. They are empty if many are
    refused at once, since some are then closed without a response."""
    async with await trio.open_tcp_stream(*server.address) as stream:
        with trio.fail_after(DEADLINE_S), suppress(trio.BrokenResourceError):
            await stream.send_all(ASK)
            return bytes(await stream.receive_some())
    return b""


async def let_in(server: Server) -> None:
    with trio.fail_after(DEADLINE_S):
        while not (await answer(server)).startswith(b"HTTP/1.1 200 "):  # noqa: ASYNC110
            await trio.sleep(0.1)


@asynccontextmanager
async def crowded(server: Server) -> AsyncIterator[None]:
    """Open more connections than allowed, none of them logged in. Half have sent a request, half
    have sent nothing."""
    streams = list[trio.SocketStream]()
    try:
        for number in range(CROWD):
            streams.append(await trio.open_tcp_stream(*server.address))
            if number % 2:
                await streams[-1].send_all(ASK)
        yield
    finally:
        for stream in streams:
            await stream.aclose()


@asynccontextmanager
async def admitted(server: Server, token: str) -> AsyncIterator[Client]:
    """Open a session, and retry while it is refused."""
    async with AsyncExitStack() as stack:
        client: Client | None = None
        deadline = trio.current_time() + DEADLINE_S
        while client is None:
            try:
                client = await stack.enter_async_context(server.session(token))
            except* ConnectionRejected:
                if trio.current_time() >= deadline:
                    raise
                await trio.sleep(0.1)
        yield client


async def sign_up(server: Server, name: str) -> str:
    """Sign up, and retry while there is no place."""
    body = {"name": name, "password": PASSWORD}
    with trio.fail_after(DEADLINE_S):
        while True:
            stream = await trio.open_tcp_stream(*server.address)
            with suppress(trio.BrokenResourceError, h11.RemoteProtocolError):
                answer = await http(stream, "POST", "/api/signup", body)
                if answer.status != 503:
                    break
            await trio.sleep(0.1)
    assert answer.status == 201, answer
    return str(answer.json["token"])


async def do_all(clients: Sequence[Client]) -> None:
    """Make each kind of read and write, many of them concurrently. Nothing is refused."""
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


async def test_connections_without_log_in_make_room(server: Server) -> None:
    await server.sign_up("alice")
    process = Process.of(server)
    most = process.files() + SPARE
    process.allow_files(most + RESERVED_FILES)
    async with crowded(server):
        await let_in(server)
        token = await sign_up(server, "bob")
        async with admitted(server, token) as bob:
            await do_all((bob,))
            assert "alice" in await server.command("admin", "user", "list")
            # Half of the reserved files, and connections that are being refused.
            assert process.files() <= most + RESERVED_FILES // 2 + MAX_CONCURRENT_REFUSALS
    assert "Too many open files" not in server.log.read_text()


async def test_new_connections_are_refused_when_all_are_logged_in(server: Server) -> None:
    token = await server.sign_up("alice")
    await server.sign_up("bob")
    process = Process.of(server)
    most = process.files() + SPARE
    process.allow_files(most + RESERVED_FILES)
    async with AsyncExitStack() as stack:
        sessions = list[Client]()
        while process.files() < most:
            sessions.append(await stack.enter_async_context(server.session(token)))
        alice, bob, *_ = sessions
        before = process.cpu_s()
        assert (await answer(server)).startswith(b"HTTP/1.1 503 ")
        await trio.sleep(WATCHED_S)
        assert process.cpu_s() - before < SPINNING_S
        await do_all((alice, bob))
        assert "alice" in await server.command("admin", "user", "list")
        await sessions.pop().cut()
        await let_in(server)
        logs = {room: await read_log(alice, room) for room in ROOMS}
        assert await server.stop() == 0
        assert [await session.wait_closed() for session in sessions] == [1012] * len(sessions)
    assert all([m["seq"] for m in log] == [1, 2] for log in logs.values())
    with sqlite3.connect(server.data / "chatroom.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    server.start()
    async with server.session(token) as alice:
        assert {room: await read_log(alice, room) for room in ROOMS} == logs


async def test_file_limit_lowered_below_open_files(server: Server) -> None:
    """New connections wait until others have closed. The server does not spin, and logs once."""
    token = await server.sign_up("alice")
    await server.sign_up("bob")
    process = Process.of(server)
    async with server.session(token) as alice, server.session(token) as bob:
        process.allow_files(process.files())
        came = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(come, server, token, came)
            before = process.cpu_s()
            await trio.sleep(WATCHED_S)
            assert process.cpu_s() - before < SPINNING_S
            assert not came.is_set()
            await do_all((alice, bob))
            process.allow_files(process.files() + SPARE + RESERVED_FILES)
            with trio.fail_after(DEADLINE_S):
                await came.wait()
    assert server.log.read_text().count("Too many open files") == 1


async def come(server: Server, token: str, came: trio.Event) -> None:
    async with server.session(token) as client:
        came.set()
        await client.call("getInbox")


async def test_soft_file_limit_is_raised(tmp_path: Path) -> None:
    """The soft limit exists for programs that use select(); the operator sets the hard one."""
    server = Server(tmp_path)
    try:
        server.launch("prlimit", "--nofile=256:4000")
        assert server.ready(), server.log.read_text()
        limits = resource.prlimit(Process.of(server).pid, resource.RLIMIT_NOFILE)
        assert limits == (4000, 4000)
        assert await server.stop() == 0
    finally:
        server.clean_up()
