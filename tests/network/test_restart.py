"""The server restarts under five hundred of our clients. All reconnect and miss nothing, after few
attempts that are spread out.

One test runs a server process, with the clients in this process. Another runs in virtual time, with
a longer absence, and counts exactly when they reconnect.

``RESTART_CLIENTS=2000 pytest tests/network/test_restart.py`` for more of them.
"""

import os
import random
import resource
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.client import NewMessage
from chatroom.client.connecting import connect_over
from chatroom.client.session import BACKOFF_DOUBLINGS, BACKOFF_S
from chatroom.client.transport import Transport, dial
from chatroom.process import raise_file_limit

from ..python_client.network import Network
from ..server.process import Server, running, settings

CLIENTS: Final = int(os.environ.get("RESTART_CLIENTS", "500"))
ROOMS: Final = 50
"""Presence is sent to all members of a room, and would dominate with a single room."""
MAX_CONCURRENT: Final = 50
"""Clients that connect at once at the beginning."""
BACK_WITHIN_S: Final = 30
"""In virtual time. Real time depends on the machine."""
HANGS_S: Final = 150
"""A time limit that only a client or server that hangs exceeds."""
SETTINGS: Final = "connect_timeout_s = 100\npong_timeout_s = 100\nall_outboxes_bytes = 8388608"
"""No session ends because this process, which runs all clients, is slow. The memory for pages, each
of up to 1 MiB, is for a few clients at a time."""
MAX_MEAN_TRIES: Final = 8
"""Each attempt doubles the pause to the next, so these are enough for 16 s."""
AWAY_S: Final = 30
COUNTED: Final = CLIENTS // 2
"""Clients in virtual time, where each costs more."""


@attrs.define(eq=False)
class Clients:
    """``tries`` counts attempts to connect, ``made`` the connections opened."""

    server: Server
    tries: int = 0
    made: int = 0
    heard: dict[int, list[str]] = attrs.field(factory=dict)
    _news: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    @asynccontextmanager
    async def dial(self) -> AsyncIterator[Transport]:
        """Connect to the server's current address, since a restart may change the port."""
        self.tries += 1
        host, port = self.server.address
        async with dial(f"ws://{host}:{port}/ws") as dialled:
            self.made += 1
            yield dialled

    async def be_there(
        self, number: int, token: str, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Stay connected until cancelled. A client that gives up raises."""
        heard = self.heard[number] = []
        async with connect_over(self.dial, "there", token, 1000, False) as chat:
            await chat.join(room_of(number))
            task_status.started()
            async for event in chat.events():
                if isinstance(event, NewMessage):
                    heard.append(event.message.text)
                    self._news.unpark_all()

    async def all_heard(self, *texts: str) -> None:
        """Wait until each client has received exactly these messages."""
        while any(len(heard) < len(texts) for heard in self.heard.values()):
            await self._news.park()
        assert all(heard == list(texts) for heard in self.heard.values())


def room_of(number: int) -> str:
    return f"room{number % ROOMS}"


async def say(server: Server, token: str, text: str) -> None:
    """Send a message to every room."""
    async with server.session(token) as speaker:
        for number in range(ROOMS):
            await speaker.call("joinRoom", room=room_of(number))
            await speaker.call("sendMessage", room=room_of(number), text=text)


@pytest.fixture
def many_files() -> Iterator[None]:
    """Raise the limit of open files. Each client takes several, and 1,024 is the usual limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_file_limit()
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, *settings(tmp_path, SETTINGS)) as server:
        yield server


@pytest.mark.usefixtures("many_files")
async def test_all_clients_reconnect_and_miss_nothing(
    server: Server, nursery: trio.Nursery
) -> None:
    names = ["speaker", *(f"person{number}" for number in range(CLIENTS))]
    lines = (await server.command("token", "--create", *names)).splitlines()
    speaker, *tokens = [line.split()[1] for line in lines]
    crowd = Clients(server)
    for start in range(0, CLIENTS, MAX_CONCURRENT):
        async with trio.open_nursery() as coming:
            for number, token in enumerate(tokens[start : start + MAX_CONCURRENT], start):
                coming.start_soon(nursery.start, crowd.be_there, number, token)
    assert crowd.tries == crowd.made == CLIENTS
    await say(server, speaker, "before")
    await crowd.all_heard("before")

    with trio.fail_after(HANGS_S):
        assert await server.stop() == 0
        await trio.to_thread.run_sync(server.start)
        await say(server, speaker, "meanwhile")
        await crowd.all_heard("before", "meanwhile")
    await say(server, speaker, "after")
    await crowd.all_heard("before", "meanwhile", "after")
    print(f"{crowd.tries - CLIENTS} tries")  # noqa: T201 - shown if it fails
    # Each reconnected once: the server ended no session for being slow.
    assert crowd.made == 2 * CLIENTS
    assert crowd.tries <= CLIENTS + MAX_MEAN_TRIES * CLIENTS
    nursery.cancel_scope.cancel()


async def test_reconnects_are_spread_out(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    """After a long outage the clients do not all reconnect at the same moment."""
    random.seed(1)
    network = await Network.start(nursery, rate_limits="off")
    for number in range(COUNTED):
        await nursery.start(_stay, network, f"person{number}")
    network.dialled.clear()
    network.down = True
    for wire in network.wires:
        wire.cut()
    await trio.sleep(AWAY_S)
    network.down = False
    away, back = len(network.dialled), trio.current_time()
    await trio.sleep(BACK_WITHIN_S)
    assert len(network.world.node.sessions) == COUNTED
    assert len(network.dialled) == away + COUNTED
    # Pauses of up to 0.25, 0.5, 1, 2, 4, 8, 16, 16, ... s, and half of that on the average.
    assert away / COUNTED < 12
    # The rest of a random pause is more often short: the rate is at first twice the average.
    longest = BACKOFF_S * 2**BACKOFF_DOUBLINGS
    seconds = Counter(int(moment - back) for moment in network.dialled[away:])
    assert max(seconds.values()) <= 3 * COUNTED / longest
    nursery.cancel_scope.cancel()


async def _stay(network: Network, name: str, *, task_status: trio.TaskStatus[None]) -> None:
    async with network.chat(name, buffer=None):
        task_status.started()
        await trio.sleep_forever()
