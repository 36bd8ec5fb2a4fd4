"""Events of an inbox: few, with the final counts, and only to the sessions concerned."""

from typing import Any

import pytest
import trio

from chatroom.inbox import mail as inbox_mail
from chatroom.inbox.actor import FOLDED
from chatroom.inbox.mail import Forward
from chatroom.protocol import calls

from ..builders import CONFIG, Guest, House
from ..faulty_store import FaultyStore


def unread(guest: Guest) -> list[tuple[str, int, int]]:
    return [(e["room"], e["unread"], e["readSeq"]) for e in guest.events("unread")]


@pytest.mark.parametrize("count", [20, FOLDED + 20])  # folded, and read from the store
async def test_many_messages_in_an_interval_are_one_event_with_the_final_counts(
    count: int, house: House, store: FaultyStore
) -> None:
    store.commit_delay = 0.0001
    alice, bob = await house.meet("lobby", "alice", "bob")
    await house.hush(bob)
    await alice.send("lobby", "the first is told at once")
    await trio.sleep(0.01)
    assert unread(bob) == [("lobby", 1, 0)]
    for number in range(count):
        await alice.send("lobby", f"@bob {number}")
    assert unread(bob) == [("lobby", 1, 0)]
    await house.settle()
    assert unread(bob) == [("lobby", 1, 0), ("lobby", count + 1, 0)]
    last = bob.events("unread")[-1]
    assert (last["mentions"], last["headSeq"]) == (count, count + 1)
    assert last["lastMessage"]["text"] == f"@bob {count - 1}"


async def test_no_commit_wakes_an_inbox_between_two_pushes(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await house.hush(bob)
    channel = house.node.hub.get("lobby")
    assert channel is not None
    assert "bob" in house.node.hub.inboxes.to_forward(channel)
    await alice.send("lobby", "pushed at once")
    await trio.sleep(0.01)
    assert "bob" not in house.node.hub.inboxes.to_forward(channel)
    await house.settle()
    assert "bob" in house.node.hub.inboxes.to_forward(channel)


async def test_getting_the_inbox_between_two_pushes_cancels_no_event(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await house.hush(bob)
    await alice.send("lobby", "pushed at once")
    await trio.sleep(0.01)
    await alice.send("lobby", "held")
    assert (await bob.inbox()).unread == 2
    assert unread(bob) == [("lobby", 1, 0)]
    await alice.send("lobby", "held too")
    await house.settle()
    assert unread(bob) == [("lobby", 1, 0), ("lobby", 3, 0)]


async def test_sessions_that_watch_the_room_get_no_event(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    elsewhere = await house.guest("bob")
    await bob.subscribe("lobby")
    await house.hush(alice, bob, elsewhere)
    await alice.send("lobby")
    await house.settle()
    assert unread(bob) == []
    assert unread(elsewhere) == [("lobby", 1, 0)]
    assert [e["headSeq"] for e in alice.events("unread")] == [1], "the room has moved up"


async def test_a_new_cursor_or_level_is_pushed_to_all_sessions_of_the_person(house: House) -> None:
    """A call that moves nothing is answered only."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    elsewhere = await house.guest("bob")
    for guest in (bob, elsewhere):
        await guest.subscribe("lobby")
    await alice.send("lobby")
    await house.hush(alice, bob, elsewhere)
    for kind, argument, now in (
        (calls.MarkRead, 1, (1, "all")),
        (calls.SetNotifications, "none", (1, "none")),
    ):
        for told in ([now], []):
            entry = await bob.ask("lobby", kind, argument)
            assert (entry.read_seq, entry.notifications, entry.unread) == (*now, 0)
            await house.settle()
            for guest in (bob, elsewhere):
                assert [(e["readSeq"], e["notifications"]) for e in guest.events()] == told
            await house.hush(bob, elsewhere)
    assert alice.events() == [], "it is nobody else's business"


async def test_a_reply_has_the_counts_after_the_call_and_precedes_the_event(
    house: House, store: FaultyStore
) -> None:
    store.commit_delay = 0.01
    alice, bob = await house.meet("lobby", "alice", "bob")
    for text in ("@bob one", "two", "@room three"):
        await alice.send("lobby", text)
    await house.hush(bob)
    await bob.call(7, "lobby", calls.MarkRead, 1)
    await house.settle()
    reply, event = bob.heard
    assert reply["id"] == 7
    assert (reply["result"]["unread"], reply["result"]["mentions"]) == (2, 1)
    assert event["params"] == reply["result"]


async def test_an_awake_inbox_counts_by_itself(house: House, store: FaultyStore) -> None:
    """It reads a room again only after joining and after pruning."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    await house.settle()
    store.inbox_reads = 0
    for number in range(5):
        await alice.send_together("lobby", *["@bob"] * 3)
        await alice.ask("lobby", calls.EditMessage, 3 * number + 1, "nobody")
        await alice.ask("lobby", calls.DeleteMessage, 3 * number + 2)
        await bob.ask("lobby", calls.MarkRead, 3 * number)
        await house.settle()
    inbox = await bob.inbox()
    assert (inbox.unread, inbox.mentions) == (2, 1)
    assert store.inbox_reads == 0


def test_a_forward_that_grows_too_long_becomes_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_mail, "MAX_ENTRIES", 3)
    entries: Any = ("a", "b")
    one, other = Forward("lobby", 0, 2, entries), Forward("lobby", 2, 4, entries)
    merged = one.merged(other)
    assert (merged.from_rev, merged.to_rev, merged.entries) == (0, 4, None)
    assert merged.merged(Forward("lobby", 4, 5, ())).entries is None
    assert one.merged(Forward("lobby", 3, 4, ())).entries is None, "something is missing between"


async def test_an_inbox_that_failed_sends_its_pending_events_after_the_restart(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await house.hush(bob)
    # The next read of a stale room fails; a message is in the same batch.
    store.fail_inbox = True
    await bob.join("garden")
    await alice.send("lobby", "hello @bob")
    await house.settle()
    assert not store.fail_inbox, "it did not fail: no test"
    assert ("lobby", 1, 0) in unread(bob)
    inbox = await bob.inbox()
    assert {entry.room: entry.unread for entry in inbox.rooms} == {"lobby": 1, "garden": 0}


async def test_an_inbox_sleeps_when_its_owner_is_gone_and_wakes_with_all_counts(
    house: House,
) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    address = inbox_mail.address("bob")
    await trio.sleep(1000)
    assert house.node.actors.awake(address), "a session is open"
    house.leave(bob)
    await trio.sleep(CONFIG.presence_grace_s - 1)
    assert house.node.actors.awake(address), "while it may be a reconnect"
    await trio.sleep(60)
    assert not house.node.actors.awake(address)
    await alice.send("lobby", "@bob")
    assert not house.node.actors.awake(address), "nobody is woken by a message"
    bob = await house.guest("bob")
    (entry,) = (await bob.inbox()).rooms
    assert (entry.unread, entry.mentions) == (1, 1)
    assert bob.events("unread") == []
    await alice.send("lobby")
    await house.settle()
    assert unread(bob) == [("lobby", 2, 0)], "it listens again"


@pytest.mark.parametrize("room", ["lobby", "den"])
async def test_commits_while_the_owner_had_no_session_are_counted(
    room: str, house: House, store: FaultyStore
) -> None:
    """The inbox is awake without a session. This also holds for a room joined since."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.join("den")
    house.leave(bob)
    await alice.ask("den", calls.Invite, "bob")
    await house.settle()
    store.inbox_reads = 0
    for _ in range(3):
        await alice.send(room, "@bob")
    bob = await house.guest("bob")
    inbox = await bob.inbox()
    assert (inbox.unread, inbox.mentions) == (3, 3)
    assert inbox.rooms[0].room == room
    assert store.inbox_reads == 0


async def test_commits_after_it_woke_for_a_session_that_ended_are_counted(
    house: House, store: FaultyStore
) -> None:
    """The session ended while the inbox read its rooms."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    house.leave(bob)
    await trio.sleep(100)
    store.inbox_delay = 1
    async with trio.open_nursery() as nursery:
        nursery.start_soon(house.guest, "bob")
        await trio.sleep(0.5)
        for session in list(house.node.registry.of("bob")):
            house.node.registry.remove(session)
        await trio.sleep(1)
        store.inbox_delay = 0
        nursery.cancel_scope.cancel()  # nobody receives the reply
    await alice.send("lobby", "@bob")
    bob = await house.guest("bob")
    assert (await bob.inbox()).unread == 1


async def test_commits_while_all_sessions_watched_are_counted_later(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.subscribe("lobby")
    await alice.send("lobby")
    await bob.ask("lobby", calls.Unsubscribe)
    assert (await bob.inbox()).unread == 1


async def test_a_first_direct_message_is_shown_to_both_people(house: House) -> None:
    alice, bob, carol = await house.guests("alice", "bob", "carol")
    assert (await alice.send("@alice:bob", "psst")).seq == 1
    await house.settle()
    event = bob.events("unread")[-1]
    assert (event["kind"], event["title"], event["unread"]) == ("direct", "Alice", 1)
    assert event["with"] == {"name": "alice", "displayName": "Alice"}
    assert [e["role"] for e in bob.events("memberChanged")] == ["member"]
    mine = (await alice.inbox()).rooms[0]
    assert (mine.with_.name, mine.unread, mine.title) == ("bob", 0, "Bob")
    assert carol.events() == []
    assert (await carol.inbox()).rooms == ()
