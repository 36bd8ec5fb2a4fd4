"""Events of an inbox: few, with the final counts, and only to the sessions concerned."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.inbox import mail as inbox_mail
from chatroom.inbox.actor import FOLDED
from chatroom.inbox.mail import Forward
from chatroom.protocol import calls

from ..builders import CONFIG, Guest, open_house, reason
from ..faulty_store import FaultyStore


def unread(guest: Guest) -> list[tuple[str, int, int]]:
    return [(e["room"], e["unread"], e["readSeq"]) for e in guest.events("unread")]


@pytest.mark.parametrize("count", [20, FOLDED + 20])  # folded, and read from the store
async def test_many_messages_in_one_interval_are_one_event_with_the_final_counts(
    count: int, autojump_clock: MockClock
) -> None:
    async with open_house(FaultyStore(commit_delay=0.0001)) as house:
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


async def test_no_commit_wakes_an_inbox_between_two_pushes(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await house.hush(bob)
        channel = house.node.hub.get("lobby")
        assert channel is not None
        assert "bob" in house.node.hub.commit_followers(channel)
        await alice.send("lobby", "pushed at once")
        await trio.sleep(0.01)
        assert "bob" not in house.node.hub.commit_followers(channel)
        await house.settle()
        assert "bob" in house.node.hub.commit_followers(channel)


async def test_getting_the_inbox_between_two_pushes_cancels_no_event(
    autojump_clock: MockClock,
) -> None:
    async with open_house(FaultyStore()) as house:
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


async def test_each_room_has_an_event_of_its_own(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        for guest in (alice, bob):
            await guest.join("garden")
        await house.hush(bob)
        for room in ("lobby", "garden", "lobby"):
            await alice.send(room)
        await house.settle()
        assert {room: count for room, count, _ in unread(bob)} == {"lobby": 2, "garden": 1}


async def test_not_to_sessions_that_watch_the_room(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        elsewhere = await house.guest("bob")
        await bob.subscribe("lobby")
        await house.hush(alice, bob, elsewhere)
        await alice.send("lobby")
        await house.settle()
        assert unread(bob) == []
        assert unread(elsewhere) == [("lobby", 1, 0)]
        assert [e["headSeq"] for e in alice.events("unread")] == [1], "the room has moved up"


@pytest.mark.parametrize(
    ("kind", "argument", "field", "value"),
    [
        (calls.MarkRead, 1, "readSeq", 1),
        (calls.SetNotifications, "none", "notifications", "none"),
    ],
)
async def test_to_all_when_the_cursor_or_the_level_moves(
    kind: Any, argument: Any, field: str, value: Any, autojump_clock: MockClock
) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        elsewhere = await house.guest("bob")
        for guest in (bob, elsewhere):
            await guest.subscribe("lobby")
        await alice.send("lobby")
        await house.hush(alice, bob, elsewhere)
        await bob.ask("lobby", kind, argument)
        await house.settle()
        for guest in (bob, elsewhere):
            (event,) = guest.events("unread")
            assert event[field] == value
        assert alice.events() == [], "it is nobody else's business"


async def test_a_call_that_moves_nothing_is_answered_and_tells_nothing(
    autojump_clock: MockClock,
) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby")
        await bob.ask("lobby", calls.MarkRead, 1)
        await house.hush(bob)
        again = await bob.ask("lobby", calls.MarkRead, 0)
        assert (again.read_seq, again.unread) == (1, 0)
        assert (await bob.ask("lobby", calls.SetNotifications, "all")).notifications == "all"
        await house.settle()
        assert bob.events() == []


async def test_a_reply_has_the_counts_after_the_call_and_precedes_the_event(
    autojump_clock: MockClock,
) -> None:
    async with open_house(FaultyStore(commit_delay=0.01)) as house:
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


async def test_a_cursor_that_moved_unheard_is_told_to_all(autojump_clock: MockClock) -> None:
    """After a gap the room is read again. A cursor move inside the gap is still published."""
    store = FaultyStore()
    async with open_house(store) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await bob.subscribe("lobby")
        await alice.send("lobby")
        await house.hush(bob)
        store.fail_commit = True
        assert reason(await bob.ask("lobby", calls.MarkRead, 1)) == "internal"
        watching = await house.guest("bob")
        await house.settle()
        assert unread(watching)[-1] == ("lobby", 0, 1)


async def test_too_much_to_wait_is_read_anew(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_mail, "MAX_ENTRIES", 3)
    store = FaultyStore()
    async with open_house(store) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await alice.ask("lobby", calls.Invite, "carol")
        for answer in [await alice.post("lobby", calls.SendMessage, f"{n}") for n in range(10)]:
            await answer.wait()
        (entry,) = (await bob.inbox()).rooms
        assert (entry.unread, entry.head_seq) == (10, 10)


async def test_an_awake_inbox_counts_by_itself(autojump_clock: MockClock) -> None:
    """It reads a room again only after joining and after pruning."""
    store = FaultyStore()
    async with open_house(store) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await house.settle()
        store.inbox_reads = 0
        for number in range(5):
            for answer in [
                await alice.post("lobby", calls.SendMessage, f"@bob {n}") for n in range(3)
            ]:
                await answer.wait()
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


async def test_an_inbox_that_failed_tells_what_it_had_yet_to_tell(
    autojump_clock: MockClock,
) -> None:
    store = FaultyStore()
    async with open_house(store) as house:
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


async def test_an_inbox_sleeps_when_its_person_is_gone_and_wakes_the_same(
    autojump_clock: MockClock,
) -> None:
    async with open_house(FaultyStore()) as house:
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
async def test_who_comes_back_at_once_has_what_was_not_forwarded_meanwhile(
    room: str, autojump_clock: MockClock
) -> None:
    """The inbox is awake without a session. This also holds for a room joined since."""
    store = FaultyStore()
    async with open_house(store) as house:
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


async def test_an_inbox_that_woke_for_nobody_has_what_was_not_forwarded_either(
    autojump_clock: MockClock,
) -> None:
    """The session ended while the inbox read its rooms."""
    store = FaultyStore()
    async with open_house(store) as house:
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


async def test_a_room_that_is_watched_no_more_is_caught_up_with(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await bob.subscribe("lobby")
        await alice.send("lobby")
        await bob.ask("lobby", calls.Unsubscribe)
        assert (await bob.inbox()).unread == 1


async def test_a_first_direct_message_is_told_to_whom_it_is_for(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
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
