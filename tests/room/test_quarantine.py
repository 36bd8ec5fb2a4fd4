"""Rooms and inboxes that fail too often: delivery during quarantine and after it."""

from typing import Any, Final

import pytest
import trio

from chatroom.actors.restarts import RestartPolicy
from chatroom.errors import CloseCode
from chatroom.inbox.mail import Forward
from chatroom.inbox.state import InboxState
from chatroom.protocol import calls

from ..builders import Guest, House, reason
from ..faulty_store import Broken, FaultyStore

RESTARTS: Final = RestartPolicy()
BACK_S: Final = 2
"""After this time, a failed actor has restarted, unless it is quarantined."""


async def rooms_of(guest: Guest) -> dict[str, tuple[int, int]]:
    """Return unread messages and mentions by room."""
    return {entry.room: (entry.unread, entry.mentions) for entry in (await guest.inbox()).rooms}


async def fail(store: FaultyStore, alice: Guest, kind: Any, *args: Any) -> None:
    store.fail_commit = True
    assert reason(await alice.ask("den", kind, *args)) == "internal"
    await trio.sleep(BACK_S)


async def test_a_member_removed_before_the_quarantine_gets_nothing(
    house: House, store: FaultyStore
) -> None:
    """The room failed before it published the removal (I5)."""
    alice, bob, carol = await house.private("den", "alice", "bob", "carol")
    for _ in range(RESTARTS.max_failures):
        await fail(store, alice, calls.SendMessage, "hello")
    assert house.node.actors.quarantines == 0
    elsewhere = await house.guest("bob")
    await bob.subscribe("den")
    await fail(store, alice, calls.RemoveMember, "bob")
    assert house.node.actors.quarantines == 1
    assert bob.session.ending is CloseCode.RESTART
    house.leave(bob)
    assert await rooms_of(elsewhere) == {}
    assert await rooms_of(carol) == {"den": (5, 0)}
    refused = await carol.subscribe("den")
    assert reason(refused) == "internal"
    assert 0 < RESTARTS.quarantine_s * 1000 - refused.retry_after_ms < 10_000
    await house.hush(elsewhere, carol)
    await trio.sleep(RESTARTS.quarantine_s)
    assert (await alice.send("den", "@carol")).seq == 6
    await house.settle()
    assert [e["user"] for e in elsewhere.events()] == ["bob"], "that he is no longer in"
    assert await rooms_of(carol) == {"den": (6, 1)}
    assert carol.events("unread")[-1]["unread"] == 6


async def test_sessions_without_unpublished_commits_go_on_watching(
    monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    alice, bob, _ = await house.private("den", "alice", "bob", "carol")
    await bob.subscribe("den")

    async def broken(*_: Any) -> None:
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr("chatroom.room.actor.RoomActor._write", broken)
        for _ in range(RESTARTS.max_failures + 1):
            assert reason(await alice.send("den")) == "internal"
            await trio.sleep(BACK_S)
    assert house.node.actors.quarantines == 1
    await trio.sleep(RESTARTS.quarantine_s)
    await house.hush(bob)
    await alice.send("den")
    await house.settle()
    assert bob.session.ending is None
    assert bob.revs() == [1]


async def test_an_inbox_in_quarantine_pushes_its_counts_later(
    monkeypatch: pytest.MonkeyPatch, house: House
) -> None:
    fold = InboxState.fold

    def fail_for_bob(self: InboxState, forward: Forward) -> None:
        if self.user == "bob":
            raise Broken
        fold(self, forward)

    alice, bob, _ = await house.private("den", "alice", "bob", "carol")
    await alice.join("lobby")
    await bob.join("lobby")
    await bob.subscribe("lobby")
    await house.hush(bob)
    with monkeypatch.context() as patch:
        patch.setattr(InboxState, "fold", fail_for_bob)
        for number in range(RESTARTS.max_failures + 1):
            await alice.send("den", f"number {number}")
            await trio.sleep(BACK_S)
    assert house.node.actors.quarantines == 1
    await house.hush(bob)
    assert reason(await bob.ask("den", calls.MarkRead, 2)) == "internal"
    assert (await alice.send("lobby", "hello")).seq == 1
    await alice.send("den", "@bob")
    await house.settle()
    assert [event["event"] for event in bob.events()] == ["newMessage"]
    await trio.sleep(RESTARTS.quarantine_s)
    told = [event for event in bob.events("unread") if event["room"] == "den"]
    assert [(e["unread"], e["mentions"], e["readSeq"]) for e in told] == [(5, 1, 2)]
    assert await rooms_of(bob) == {"den": (5, 1), "lobby": (1, 0)}
