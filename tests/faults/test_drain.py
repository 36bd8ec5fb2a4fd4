"""SIGTERM under load, repeatedly: accepted calls are answered, nothing is lost or duplicated.

``SOAK_DRAINS=2000 pytest tests/faults/test_drain.py`` runs more rounds, ``SOAK_SEED=7`` chooses
other moments. A failure shows both.
"""

import os
import random
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
import trio

from ..client import DEADLINE_S, CallFailed, Client, websocket
from ..server.process import Server, read_log, running, settings
from .process import PlantedServer
from .writers import A_ROUND, Watcher, Writer

pytestmark = pytest.mark.long(25)

ROUNDS: Final = int(os.environ.get("SOAK_DRAINS", "10"))
SEED: Final = int(os.environ.get("SOAK_SEED", "1"))
ROOMS: Final = ("north", "south")
DRAIN_S: Final = 10
"""Time within which a server ends after SIGTERM, as docs/operating.md promises."""
UNLIMITED_DRAIN: Final = "drain_timeout_s = 600"
"""So that a drain that hangs also hangs the test, instead of being cut off."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, *settings(tmp_path, UNLIMITED_DRAIN)) as server:
        yield server


async def test_drain_under_load_loses_nothing(server: Server) -> None:
    print(f"SOAK_SEED={SEED} SOAK_DRAINS={ROUNDS}")  # noqa: T201 - shown if it fails
    choose = random.Random(SEED)  # noqa: S311 - to be repeated
    writers = [Writer(f"writer{number}", ROOMS[number % 2]) for number in range(4)]
    watcher = Watcher({room: [] for room in ROOMS})
    names = [writer.name for writer in writers]
    tokens = {name: await server.sign_up(name) for name in (*names, "watcher")}
    rooms = [("watcher", room) for room in ROOMS] + [(each.name, each.room) for each in writers]
    for name, room in rooms:
        async with server.session(tokens[name]) as client:
            await client.call("joinRoom", room=room)

    for _ in range(ROUNDS):
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(server.session(tokens[name])) for name in names
            ]
            watching = await stack.enter_async_context(server.session(tokens["watcher"]))
            stranger = await stack.enter_async_context(server.socket())
            await watcher.resume(watching)
            async with trio.open_nursery() as nursery:
                for writer, client in zip(writers, clients, strict=True):
                    nursery.start_soon(writer.write, client)
                # Replies so far. The first call is `connect`.
                await choose.choice(clients).reply(1 + choose.randint(1, A_ROUND // 2))
                assert await server.stop() == 0
            for client in (*clients, watching, stranger):
                assert await client.wait_closed() == 1012
        for writer, client in zip(writers, clients, strict=True):
            writer.settle(client, clean=True)
        watcher.hear(watching)
        for writer in writers:
            for text, seq in writer.places.items():
                assert watcher.told[writer.room][seq - 1]["text"] == text
        server.start()

    for room in ROOMS:
        async with server.session(tokens["watcher"]) as client:
            log = await read_log(client, room)
            unread = {
                entry["room"]: entry["unread"] for entry in client.connected["inbox"]["rooms"]
            }
        assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
        assert log == watcher.told[room]
        assert unread[room] == len(log)
        places = {message["text"]: message["seq"] for message in log}
        assert len(places) == len(log), "doubled"
        theirs = [writer.places for writer in writers if writer.room == room]
        assert places == {text: seq for places in theirs for text, seq in places.items()}
    # Each round was under load, so it left unanswered calls.
    refused = sum(writer.refused for writer in writers)
    unanswered = sum(writer.unanswered for writer in writers)
    total = sum(len(writer.places) for writer in writers)
    print(f"{total} acknowledged, {refused} refused, {unanswered} unanswered")  # noqa: T201
    assert refused + unanswered >= ROUNDS


# ---- clients and signals that could delay it


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Server]:
    """A server with a short limit of the drain, which leaves time to end on a slow machine."""
    with running(tmp_path, *settings(tmp_path, "drain_timeout_s = 3")) as server:
        yield server


async def test_client_that_never_reads_does_not_delay_the_drain(hurried: Server) -> None:
    """Its outbox has more than the network accepts, but less than the limit for slow clients."""
    server = hurried
    alice_token, deaf_token = await server.sign_up("alice"), await server.sign_up("deaf")
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(small))
    await stream.socket.connect(server.address)
    async with server.session(alice_token) as alice, websocket(stream) as deaf:
        await deaf.connect(deaf_token)
        for client in (alice, deaf):
            await client.call("joinRoom", room="general")
        await deaf.call("subscribe", room="general")
        deaf.pause()
        text = "\N{GRINNING FACE}" * 4000  # 16 KB
        calls = [
            await alice.begin("sendMessage", room="general", text=text, clientId=f"{number}")
            for number in range(400)
        ]
        await alice.reply(calls[279])
        started = trio.current_time()
        assert await server.stop() == 0
        assert trio.current_time() - started <= DRAIN_S
        assert await alice.wait_closed() == 1012
        replies = [frame for frame in alice.frames if frame.get("id") in calls]
        acknowledged = [reply["result"]["seq"] for reply in replies if "result" in reply]
        refused = [reply["error"]["data"]["reason"] for reply in replies if "error" in reply]
        assert acknowledged == list(range(1, len(acknowledged) + 1))
        assert set(refused) <= {"busy"}
        deaf.resume()
        assert await deaf.wait_closed() == 1006, "cut off in the middle of what it did not take"
    server.start()
    async with server.session(alice_token) as alice:
        page = await alice.call("getHistory", room="general", limit=1)
        assert page["headSeq"] == len(acknowledged)


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[PlantedServer]:
    with PlantedServer(tmp_path, *settings(tmp_path, UNLIMITED_DRAIN)).running() as server:
        yield server


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_second_signal_ends_the_drain(planted: PlantedServer, how: signal.Signals) -> None:
    """A commit in progress is completed, and its sender retries."""
    token = await planted.sign_up("alice")
    params = {"room": "general", "text": "under way", "clientId": "mine"}
    async with planted.session(token) as alice, planted.session(token) as elsewhere:
        await alice.call("joinRoom", room="general")
        async with planted.stuck():
            sending = await alice.begin("sendMessage", **params)
            await planted.held()
            planted.send_signal(signal.SIGTERM)
            await until_draining(elsewhere)
            planted.send_signal(how)
            assert await alice.wait_closed() == await elsewhere.wait_closed() == 1012
        assert all(frame.get("id") != sending for frame in alice.frames)
        assert await planted.wait() == 0
    planted.start()
    async with planted.session(token) as alice:
        sent = await alice.call("sendMessage", **params)
        assert (sent["seq"], sent["duplicate"]) == (1, True)


async def until_draining(client: Client) -> None:
    with trio.fail_after(DEADLINE_S):
        while True:
            try:
                await client.call("getInbox")
            except CallFailed:
                break
    assert (await client.refused("getInbox")).reason == "busy"


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
async def test_simultaneous_sigterm_and_sigint(server: Server, first: signal.Signals) -> None:
    """A terminal and the program that runs the server in it may both send a signal."""
    [second] = {signal.SIGTERM, signal.SIGINT} - {first}
    for _ in range(3):
        server.send_signal(first)
        assert await server.stop(second) == 0
        server.start()


async def test_signals_until_the_process_has_ended(server: Server) -> None:
    """Signals also arrive while it closes the database and while the interpreter exits."""
    for _ in range(3):
        ended = trio.Event()

        async def tell(ended: trio.Event = ended) -> None:
            while not ended.is_set():
                server.send_signal(signal.SIGTERM)
                await trio.sleep(0.001)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell)
            assert await server.wait() == 0
            ended.set()
        server.start()
