"""A call that makes an actor raise is answered ``internal``, and succeeds when it is retried."""

from contextlib import AsyncExitStack
from typing import Any, Final

import pytest

from chatroom.hub.online import OnlinePeople
from chatroom.inbox.actor import InboxActor
from chatroom.inbox.state import InboxState
from chatroom.room.log_reader import LogReader
from chatroom.room.reader import RoomReader
from chatroom.store.sqlite import SqliteStore

from .conftest import Site
from .failure_points import Trap
from .people import arrive, audit, failures, reason_of

NORTH: Final = {"room": "north"}
CALLS: Final = [
    # what raises once; the call; the actors that fail; whether the call succeeds nevertheless
    (InboxState, "page", "getInbox", {}, ["userInbox bob"], False),
    (InboxActor, "_catch_up", "getInbox", {}, ["userInbox bob"], False),
    (InboxState, "fold", "markRead", NORTH | {"seq": 1}, ["userInbox bob"], False),
    (InboxActor, "_entry", "setNotifications", NORTH | {"level": "none"}, ["userInbox bob"], False),
    (SqliteStore, "rooms", "listRooms", {}, [], False),
    (SqliteStore, "members", "listMembers", NORTH, [], False),
    (LogReader, "cached_page", "getHistory", NORTH, ["room north"], False),
    (LogReader, "page", "getUnread", NORTH, [], False),
    (LogReader, "page", "subscribe", NORTH, [], False),
    (OnlinePeople, "of", "subscribe", NORTH, [], False),
    (RoomReader, "handle", "setTyping", NORTH | {"typing": True}, ["room north"], False),
    (SqliteStore, "people", "joinRoom", {"room": "new"}, [], False),
    (SqliteStore, "successor", "leaveRoom", {"room": "bobs"}, [], False),
    (SqliteStore, "room", "joinRoom", {"room": "new"}, ["room new"], True),
    (SqliteStore, "inbox", "joinRoom", {"room": "alices"}, ["userInbox bob"], True),
]


@pytest.mark.parametrize(
    ("owner", "name", "method", "params", "failing", "answered"),
    CALLS,
    ids=[f"{owner.__name__}.{name}-{method}" for owner, name, method, *_ in CALLS],
)
async def test_call_that_makes_an_actor_raise_succeeds_when_retried(
    site: Site,
    owner: Any,
    name: str,
    method: str,
    params: dict[str, Any],
    failing: list[str],
    answered: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AsyncExitStack() as stack:
        alice = await arrive(site, stack, "alice")
        bob = await arrive(site, stack, "bob", "north")
        await alice.client.call("joinRoom", room="alices")
        await bob.client.call("joinRoom", room="bobs")
        for room in ("north", "south", "alices"):
            await alice.send(room, "first")
        trap = Trap(monkeypatch)
        trap.before(owner, name)
        reason = await reason_of(bob.client, method, params)
        assert reason == (None if answered else "internal")
        await bob.client.call(method, **params)
        await alice.send("north", "later")
        await bob.send("south", "later")
        await audit(alice, bob)
        inbox = await bob.client.call("getInbox")
        rooms = {entry["room"]: entry for entry in inbox["rooms"]}
        assert rooms.keys() == {room.room for room in await site.store.inbox("bob")}
        if method == "markRead":
            assert rooms["north"]["readSeq"] == 1
        if method == "setNotifications":
            assert rooms["north"]["notifications"] == "none"
        assert trap.sprung == 1
        assert failures(caplog) == failing
        for person in (alice, bob):
            assert person.client.closed_code is None, "nobody has to come back for it"


async def test_connect_to_an_inbox_that_fails_to_start(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trap = Trap(monkeypatch)
    trap.before(SqliteStore, "inbox")
    async with site.session("alice") as alice:
        assert alice.connected["inbox"]["rooms"] == []
    assert (trap.sprung, failures(caplog)) == (1, ["userInbox alice"])


async def test_failed_connect_is_closed_as_retryable(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    trap = Trap(monkeypatch)
    trap.before(InboxState, "page")
    token = await site.token("alice")
    async with site.socket() as alice:
        assert (await alice.refused("connect", token=token)).reason == "internal"
        assert await alice.wait_closed() == 1012
    async with site.session("alice"):
        pass
    assert (trap.sprung, failures(caplog)) == (1, ["userInbox alice"])
