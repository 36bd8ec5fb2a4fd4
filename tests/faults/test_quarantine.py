"""An actor that fails repeatedly is quarantined, and everything else works."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ..client import CallFailed
from ..server.process import settings
from .planted import BITTER, POISON
from .process import PlantedServer

MAX_RESTARTS: Final = 5
"""Restarts within a minute before the quarantine."""
QUARANTINE_MS: Final = 300_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PlantedServer]:
    """A server whose inboxes handle each message at once, not only at the next call."""
    immediate = settings(tmp_path, "unread_interval_ms = 0")
    with PlantedServer(tmp_path, *immediate).running() as server:
        yield server


def is_quarantined(refused: CallFailed) -> bool:
    after = refused.data["retryAfterMs"]
    return refused.reason == "internal" and 0.9 * QUARANTINE_MS < after <= QUARANTINE_MS


async def test_quarantined_room_does_not_affect_others(server: PlantedServer) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "carol")}
    async with server.session(tokens["alice"]) as alice, server.session(tokens["carol"]) as carol:
        for room, client in (("north", alice), ("south", carol), ("north", carol)):
            await client.call("joinRoom", room=room)
        for number in range(MAX_RESTARTS + 1):
            poison = {"room": "north", "text": f"{POISON} {number}"}
            assert (await alice.refused("sendMessage", **poison)).reason == "internal"
            if number < MAX_RESTARTS:  # calls wait until the actor has restarted
                page = await alice.call("getHistory", room="north")
                assert page["headSeq"] == number + 1
        for method in ("subscribe", "getHistory", "leaveRoom"):
            assert is_quarantined(await alice.refused(method, room="north"))
        assert is_quarantined(await carol.refused("markRead", room="north", seq=1))
        assert (await carol.call("sendMessage", room="south", text="hello"))["seq"] == 1
        [north] = [e for e in (await carol.call("getInbox"))["rooms"] if e["room"] == "north"]
        assert north["headSeq"] == MAX_RESTARTS + 1
        assert (await server.http("GET", "/healthz")).status == 200
        assert (alice.closed_code, carol.closed_code) == (None, None)
    log = server.take_log()
    assert log.count("actor failed: room north") == MAX_RESTARTS + 1
    assert log.count("quarantined for 300 s: room north failed 6 times in 60 s") == 1
    assert await server.stop() == 0


async def test_quarantined_inbox_affects_only_its_user(server: PlantedServer) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "bob")}
    async with server.session(tokens["alice"]) as alice, server.session(tokens["bob"]) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room="north")
        for number in range(MAX_RESTARTS + 1):
            await alice.call("sendMessage", room="north", text=f"{BITTER} {number}")
            await server.failed("userInbox bob", number + 1)
            if number < MAX_RESTARTS:  # calls wait until the actor has restarted
                await bob.call("getInbox")
        refused = await bob.refused("getInbox")
        assert is_quarantined(refused)
        # The cursor moves. Only the inbox entry, which the inbox would send, is missing.
        assert is_quarantined(await bob.refused("markRead", room="north", seq=2))
        assert is_quarantined(await bob.refused("setNotifications", room="north", level="all"))
        assert is_quarantined(await bob.refused("listRooms"))
        sent = await bob.call("sendMessage", room="north", text="from bob")
        assert sent["seq"] == MAX_RESTARTS + 2
        assert (await alice.call("getInbox"))["unread"] == 1
        async with server.socket() as again:
            assert is_quarantined(await again.refused("connect", token=tokens["bob"]))
            assert await again.wait_closed() == 1012
        assert bob.closed_code is None
    log = server.take_log()
    assert log.count("quarantined for 300 s: userInbox bob failed 6 times in 60 s") == 1
    assert await server.stop() == 0
