"""Commits of another node that fall between two steps of a room or an inbox, and reads that fail
then."""

from collections.abc import Collection
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.errors import CloseCode, NoThread
from chatroom.hub.channel import Channel
from chatroom.inbox.mail import Forward, address
from chatroom.model import InboxRoom
from chatroom.protocol import calls
from chatroom.room.replica import MAX_CATCH_UPS
from chatroom.store.room_log import Batch, Decision
from chatroom.store.rooms import People
from chatroom.store.sql import news as kept_news

from ..builders import Answer, open_house, reason
from ..memory_store import MemoryStore
from .two_nodes import HEALED_S, Line, meet, texts, two_nodes


async def test_changes_that_an_inbox_read_for_a_call_are_pushed_too(
    autojump_clock: MockClock,
) -> None:
    """The read finds a message before its news does. Sessions hear of it all the same."""
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        await bob.ask("lobby", calls.Unsubscribe)
        await alice.send("lobby")
        await bob.rooms()
        await trio.sleep(HEALED_S)
        assert [event["unread"] for event in bob.events("unread")] == [1]


async def test_a_poll_that_fails_is_made_again(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        versions, numbers, failures = two.store.versions, two.store.inbox_numbers, [0, 0]

        async def failing_versions(rooms: Collection[str]) -> Any:
            failures[0] += 1
            if failures[0] == 1:
                raise NoThread("no thread")
            return await versions(rooms)

        async def failing_numbers(users: Collection[str]) -> Any:
            failures[1] += 1
            if failures[1] == 1:
                raise NoThread("no thread")
            return await numbers(users)

        monkeypatch.setattr(two.store, "versions", failing_versions)
        monkeypatch.setattr(two.store, "inbox_numbers", failing_numbers)
        await alice.send("lobby", "hello")
        await trio.sleep(2 * HEALED_S)
        assert texts(bob) == ["hello"]
        assert min(failures) > 1


async def test_a_removed_member_gets_nothing_when_healing_fails(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    """The room has missed more commits than are kept, and cannot read its members at first (I5)."""
    monkeypatch.setattr(kept_news, "KEPT_COMMITS", 2)
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        carol = await two.guest("carol")
        await carol.join("lobby")
        await trio.sleep(HEALED_S)
        people, failures = two.store.people, 0

        async def failing_once(room: str, names: Collection[str]) -> People:
            nonlocal failures
            failures += 1
            if failures == 1:
                raise NoThread("no thread")
            return await people(room, names)

        await alice.ask("lobby", calls.RemoveMember, "bob")
        for _ in range(3):
            await alice.send("lobby", "without bob")
        monkeypatch.setattr(two.store, "people", failing_once)
        assert reason(await carol.send("lobby")) == "busy"
        await alice.send("lobby", "without bob")
        await carol.send("lobby", "without bob")
        await trio.sleep(HEALED_S)
        assert texts(bob) == []
        assert not two.node.hub.inboxes.follows("bob", "lobby")


@pytest.mark.parametrize(
    ("read", "kind", "arguments"),
    [
        ("page", calls.GetHistory, ()),
        ("page", calls.GetUnread, ()),
        ("members", calls.ListMembers, ("", 50)),
        ("page", calls.Subscribe, (None, None, None)),
    ],
)
async def test_a_member_removed_just_before_the_read_gets_no_page(
    read: str,
    kind: Any,
    arguments: tuple[Any, ...],
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: MockClock,
) -> None:
    """The room has reached the store's version. The page then has a later one (I5)."""
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        channel = two.node.hub.get("lobby")
        assert channel is not None
        await alice.send("lobby")
        await bob.ask("lobby", calls.ListMembers, "", 50)
        channel.messages.prune(9)  # so that the reply is read from the store
        reading = getattr(two.store, read)

        async def read_after_removal(*args: Any, **more: Any) -> Any:
            await alice.ask("lobby", calls.RemoveMember, "bob")
            return await reading(*args, **more)

        monkeypatch.setattr(two.store, read, read_after_removal)
        assert reason(await bob.ask("lobby", kind, *arguments)) in ("forbidden", "not_found")


async def test_an_older_level_does_not_replace_a_later_one(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    """The node hears of the commit of another one before its room gets the result of its own."""
    async with two_nodes() as (one, two):
        alice, bob = await meet(one, two)
        elsewhere = await one.guest("bob")
        await bob.ask("lobby", calls.Unsubscribe)
        commit, held = two.store.commit, trio.Event()

        async def commit_and_wait(batch: Batch) -> Decision:
            decision = await commit(batch)
            await held.wait()
            return decision

        monkeypatch.setattr(two.store, "commit", commit_and_wait)
        answer = await bob.post("lobby", calls.SetNotifications, "mentions")
        await wait_all_tasks_blocked()
        await elsewhere.ask("lobby", calls.SetNotifications, "none")
        await wait_all_tasks_blocked()
        held.set()
        await answer.wait()
        await alice.send("lobby")
        await trio.sleep(HEALED_S)
        assert bob.events("unread")[-1]["notifications"] == "none"


@pytest.mark.parametrize("wakes", [True, False])
async def test_an_inbox_whose_read_is_older_than_the_room_follows_it_no_more(
    wakes: bool, monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    """The removal is known to the room, or to another inbox, before the inbox follows the room."""
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice = await one.guest("alice")
        for user in ("bob", "carol"):
            guest = await one.guest(user)
            await alice.join("lobby")
            await guest.join("lobby")
            one.leave(guest)
        inbox, held = two.store.inbox, trio.Event()

        async def read_and_wait(user: str, room: str | None = None) -> list[InboxRoom]:
            found = await inbox(user, room)
            if not held.is_set() and user == "bob":
                await held.wait()
            return found

        monkeypatch.setattr(two.store, "inbox", read_and_wait)
        bobs = []

        async def come() -> None:
            bobs.append(await two.guest("bob"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(come)
            await wait_all_tasks_blocked()
            await alice.ask("lobby", calls.RemoveMember, "bob")
            carol = await two.guest("carol")
            if wakes:
                await carol.send("lobby")
            held.set()
        await trio.sleep(HEALED_S)
        assert not two.node.hub.inboxes.follows("bob", "lobby")
        assert [room.member for room in (await bobs[0].rooms()).rooms] == [False]


async def test_a_read_waits_for_a_room_that_another_node_created(
    autojump_clock: MockClock,
) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await one.guest("alice"), await two.guest("bob")
        assert reason(await bob.ask("@alice:bob", calls.GetHistory)) == "not_found"
        await alice.send("@alice:bob", "hello")
        page = await bob.ask("@alice:bob", calls.GetHistory)
        assert [message.text for message in page.messages] == ["hello"]


async def test_a_node_that_is_alone_reads_no_inbox_again(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    """The owner has left the room before its inbox answers a call about it."""
    async with open_house(MemoryStore()) as house:
        alice = await house.guest("alice")
        inbox, reads = house.store.inbox, []

        async def count(user: str, room: str | None = None) -> list[InboxRoom]:
            reads.append(room)
            return await inbox(user, room)

        monkeypatch.setattr(house.store, "inbox", count)
        answer = Answer()
        with house.node.hub.internal_calls.expecting(answer) as reply_to:
            forward = Forward("lobby", 0, 0, (), (reply_to,))
            house.node.actors.push(address(alice.user), forward)
            assert reason(await answer.wait()) == "not_found"
        assert reads == ["lobby"]


async def test_a_room_that_others_write_in_faster_than_it_reads_disconnects_nobody(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    async with two_nodes(Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        since, sent = one.store.since, 0

        async def overtaken(room: str, version: int) -> Any:
            nonlocal sent
            found = await since(room, version)
            if sent < 2 * MAX_CATCH_UPS:
                sent += 1
                await bob.send("lobby", f"bob {sent}")
            return found

        monkeypatch.setattr(one.store, "since", overtaken)
        await bob.send("lobby", "bob")
        assert (await alice.send("lobby", "alice")).seq == 2 + 2 * MAX_CATCH_UPS
        await trio.sleep(HEALED_S)
        assert alice.session.ending is None
        assert texts(alice) == ["bob", *(f"bob {number + 1}" for number in range(sent)), "alice"]


async def test_who_begins_to_watch_while_a_room_is_read_anew_misses_nothing(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    """A page of the state before ends while the room reads its members."""
    monkeypatch.setattr(kept_news, "KEPT_COMMITS", 2)
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        carol = await two.guest("carol")
        await carol.join("lobby")
        await alice.send("lobby", "before")
        await trio.sleep(HEALED_S)
        changes, people, healing = two.store.changes, two.store.people, trio.Event()

        async def late(*arguments: Any, **more: Any) -> Any:
            found = await changes(*arguments, **more)
            await healing.wait()
            return found

        async def slow(room: str, names: Collection[str]) -> People:
            found = await people(room, names)
            healing.set()
            await wait_all_tasks_blocked()
            return found

        monkeypatch.setattr(two.store, "changes", late)
        monkeypatch.setattr(Channel, "events_since", lambda *_: None)  # the store is read
        watching = await carol.post("lobby", calls.Subscribe, two.store.epoch, 0, None)
        await wait_all_tasks_blocked()
        monkeypatch.setattr(two.store, "people", slow)
        for number in range(4):
            await alice.send("lobby", f"missed {number}")
        await bob.send("lobby", "bob")
        answer = await watching.wait()
        assert [message.text for message in answer.messages] == ["before"]
        assert carol.session.ending is CloseCode.RESTART, "its client resumes"
