"""A commit that hangs: ``/healthz`` reports it, writes wait for it, and all else works."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import trio
from trio.testing import MockClock

from ..client import Client, Json
from ..faulty_connection import gated
from ..session.node_harness import Port
from .conftest import Gate, serving
from .process import PlantedServer

SOON_S: Final = 5
"""Time within which ``/healthz`` reports it, as docs/operating.md promises."""
WRITES: Final = (
    ("sendMessage", {"room": "south", "text": "waits too"}),
    ("markRead", {"room": "general", "seq": 1}),
    ("joinRoom", {"room": "new"}),
    ("sendMessage", {"to": "bob", "text": "waits too"}),
)


async def health(site: Port) -> tuple[int, Json]:
    assert (await site.http("GET", "/livez")).status == 200  # in each state
    answer = await site.http("GET", "/healthz")
    said = answer.json
    del said["version"]
    said.pop("node", None)  # named where several may run
    return answer.status, said


@pytest.mark.parametrize("nodes", [1, 2])
async def test_health_reports_a_stuck_commit_until_it_returns(
    tmp_path: Path, gate: Gate, mock_clock: MockClock, nodes: int
) -> None:
    async with (
        serving(tmp_path, gated(gate.wait), nodes=nodes) as site,
        site.session("alice") as alice,
        (site.other or site).session("bob") as bob,
    ):
        for room in ("general", "south", "east"):
            for client in (alice, bob):
                await client.call("joinRoom", room=room)
        await alice.call("sendMessage", room="east", text="before")
        await bob.call("subscribe", room="general")
        assert await health(site) == (200, {"status": "ok"})
        with gate.closed():
            stuck = await alice.begin("sendMessage", room="general", text="stuck", clientId="mine")
            await gate.reached()
            waiting = [await alice.begin(method, **params) for method, params in WRITES]
            assert await health(site) == (200, {"status": "ok"})
            mock_clock.jump(SOON_S)
            status, body = await health(site)
            assert (status, body["status"]) == (503, "unavailable")
            assert "commit" in body["reason"]
            assert await health(site.other or site) == (status, body)
            await reads_go_on(bob)
            assert bob.pending("newMessage") == []
            replies = [frame for frame in alice.frames if frame.get("id") in (stuck, *waiting)]
            assert replies == []
        assert (await alice.reply(stuck))["seq"] == 1
        for call in waiting:
            await alice.reply(call)
        assert (await bob.event("newMessage"))["text"] == "stuck"
        assert await health(site) == (200, {"status": "ok"})
        again = await alice.call("sendMessage", room="general", text="stuck", clientId="mine")
        assert (again["seq"], again["duplicate"]) == (1, True)


async def reads_go_on(client: Client) -> None:
    """Check that reads are answered, from memory and from the database."""
    page = await client.call("getHistory", room="east")
    assert [message["text"] for message in page["messages"]] == ["before"]
    inbox = await client.call("getInbox")
    assert {entry["room"]: entry["unread"] for entry in inbox["rooms"]}["east"] == 1
    assert "east" in [room["room"] for room in (await client.call("listRooms"))["rooms"]]
    assert (await client.call("subscribe", room="east"))["headSeq"] == 1


# ---- a real process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PlantedServer]:
    with PlantedServer(tmp_path).running() as server:
        yield server


async def test_server_process_whose_disk_hangs(server: PlantedServer) -> None:
    tokens = [await server.sign_up(name) for name in ("alice", "bob")]
    async with server.session(tokens[0]) as alice, server.session(tokens[1]) as bob:
        for client in (alice, bob):
            for room in ("general", "east"):
                await client.call("joinRoom", room=room)
        await bob.call("subscribe", room="general")
        await alice.call("sendMessage", room="east", text="before")
        async with server.stuck():
            calls = [
                await alice.begin(
                    "sendMessage", room="general", text=f"{number}", clientId=f"{number}"
                )
                for number in range(20)
            ]
            await server.held()
            held, asked = trio.current_time(), trio.current_time()
            while (await server.http("GET", "/healthz")).status == 200:
                assert asked - held < SOON_S, "asked so late, it has to tell"
                await bob.ping()
                await reads_go_on(bob)
                await trio.sleep(0.1)
                asked = trio.current_time()
            assert (await server.http("GET", "/")).status == 200
            async with server.session(tokens[1]) as elsewhere:
                await reads_go_on(elsewhere)
            assert not any(frame.get("id") in calls for frame in alice.frames)
        assert [(await alice.reply(call))["seq"] for call in calls] == list(range(1, 21))
        assert (await server.http("GET", "/healthz")).status == 200
        for seq in range(1, 21):
            assert (await bob.event("newMessage"))["seq"] == seq
    assert await server.stop() == 0
