"""Rooms through sessions: presence, inboxes that catch up, pruning, and deletion by an operator."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from .node_harness import EPOCH_MS, World

GRACE_S = 5
DAY_S = 200
"""Seconds of virtual time per day of :func:`fast`."""
REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("getHistory", {}, "not_found"),
    ("sendMessage", {"text": "hello"}, "not_found"),
    ("joinRoom", {}, "conflict"),
    ("joinRoom", {"create": False}, "conflict"),
    ("createRoom", {"visibility": "public"}, "conflict"),
)


def fast() -> int:
    return EPOCH_MS + round(trio.current_time() * 1000 * (24 * 60 * 60 / DAY_S))


async def test_presence_follows_the_sessions(world: World, autojump_clock: MockClock) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("subscribe", room="general")
        async with world.session("bob") as bob:
            await trio.sleep(1)
            assert alice.pending("presence") == []  # bob is not a member yet
            await bob.call("joinRoom", room="general")
            assert await alice.event("presence") == {"user": "bob", "online": True}
            online = (await bob.call("subscribe", room="general"))["online"]
            assert online == {"count": 2, "users": ["alice", "bob"]}
        left = trio.current_time()
        assert await alice.event("presence") == {"user": "bob", "online": False}
        assert GRACE_S <= trio.current_time() - left <= GRACE_S + 1
        members = (await alice.call("listMembers", room="general"))["members"]
        online = {member["user"]: member["online"] for member in members}
        assert online == {"alice": True, "bob": False}
        async with world.session("bob"):
            assert await alice.event("presence") == {"user": "bob", "online": True}
            online = (await alice.call("subscribe", room="general"))["online"]
            assert online == {"count": 2, "users": ["alice", "bob"]}
            await trio.sleep(1)
            assert alice.pending("presence") == []


@pytest.mark.parametrize("missed", [1, 100, 700])
@pytest.mark.config(rate_limits="off")
async def test_the_inbox_of_a_watcher_catches_up(
    world: World, missed: int, autojump_clock: MockClock
) -> None:
    """The room did not forward to the inbox. Its message cache holds fewer than 700 events."""
    async with world.sessions("alice", "bob") as (alice, bob):
        for client in (alice, bob):
            await client.call("joinRoom", room="general")
        await bob.call("subscribe", room="general")
        for number in range(missed):
            text = "hello @bob" if number % 10 == 0 else "hello"
            await alice.call("sendMessage", room="general", text=text)
        await alice.call("deleteMessage", room="general", seq=1)
        inbox = await bob.call("getInbox")
        mentions = (missed - 1) // 10
        assert (inbox["unread"], inbox["mentions"]) == (missed - 1, mentions)
        [entry] = inbox["rooms"]
        assert entry["headSeq"] == entry["lastMessage"]["seq"] == missed
        read = await bob.call("markRead", room="general", seq=missed)
        assert (read["unread"], read["mentions"]) == (0, 0)
        assert bob.pending("newMessage") != []


@pytest.mark.parametrize(
    "case",
    [
        ({"keep_days": 1}, 0.5, ["new"]),
        ({"keep_messages": 1}, 0.5, ["new"]),
        ({}, 100, ["old", "new"]),
    ],
    ids=["a day", "one", "all"],
)
async def test_messages_are_kept_as_configured(
    nursery: trio.Nursery,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
    case: tuple[dict[str, Any], float, list[str]],
) -> None:
    settings, days, kept = case
    caplog.set_level("DEBUG", "chatroom")
    world = await World.start(nursery, clock=fast, token_days=1000, **settings)
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="old")
        await trio.sleep(DAY_S / 2)
        await alice.call("sendMessage", room="general", text="new")
        await trio.sleep(days * DAY_S + 122)  # two rounds of housekeeping
        page = await alice.call("getHistory", room="general")
        assert [message["text"] for message in page["messages"]] == kept
        assert (page["firstSeq"], page["headSeq"]) == (3 - len(kept), 2)
    logged = {r.message: vars(r) for r in caplog.records if "pruned" in r.message}
    if settings:
        about = logged["messages pruned"]
        assert (about["room"], about["messages"]) == ("general", 1)
    else:
        assert not logged


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_calls_on_a_deleted_room(world: World, visibility: str) -> None:
    async with world.sessions("alice", "bob") as (alice, bob):
        await alice.call("createRoom", room="den", visibility=visibility)
        await alice.call("subscribe", room="den")
        await alice.call("sendMessage", room="den", text="hello", clientId="c-1")
        await world.node.rooms.delete("den")
        gone = await alice.event("memberChanged", role=None)
        assert gone == {"room": "den", "user": "alice", "role": None}
        for method, params, reason in REFUSED:
            for client in (alice, bob):
                assert (await client.refused(method, room="den", **params)).reason == reason
        assert (await alice.call("getInbox"))["rooms"] == []
