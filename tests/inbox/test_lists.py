"""getInbox and listRooms: order, pages, totals, and private rooms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.errors import Refused
from chatroom.inbox.state import InboxState
from chatroom.model import InboxRoom
from chatroom.protocol import calls
from chatroom.protocol.codec import message_size

from ..builders import open_house, reason
from ..faulty_store import FaultyStore


def room(name: str, active_at: int, unread: int = 0, mentions: int = 0) -> InboxRoom:
    return InboxRoom(name, "room", name, 9, 9, 0, unread, mentions, "all", active_at)


@settings(derandomize=True, database=None, max_examples=100)
@given(
    times=st.dictionaries(st.text("abc.-", min_size=1, max_size=3), st.integers(0, 3), max_size=12),
    limit=st.integers(1, 5),
)
def test_pages_together_are_the_whole_newest_first(times: dict[str, int], limit: int) -> None:
    rooms = {name: room(name, at, 2, 1) for name, at in times.items()}
    state = InboxState("bob", rooms)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = state.page(after, limit, message_size)
        assert (page.unread, page.mentions) == (2 * len(times), len(times)), "of all rooms"
        assert len(page.rooms) <= limit
        seen += [entry.room for entry in page.rooms]
        if (after := page.next) is None:
            break
    assert seen == sorted(times, key=lambda name: (-times[name], name))


def test_what_is_hidden_is_neither_shown_nor_counted() -> None:
    state = InboxState("bob", {"a": room("a", 1, 5), "b": room("b", 2, 7, 1)})
    for _ in range(2):
        state.hide("b")
    page = state.page(None, 10, message_size)
    assert [entry.room for entry in page.rooms] == ["a"]
    assert (page.unread, page.mentions) == (5, 0)


@pytest.mark.parametrize("after", ["", "x", ":", "lobby:1", "1.5:lobby", "-1:lobby"])
def test_a_place_that_was_never_given_is_refused(after: str) -> None:
    with pytest.raises(Refused) as refused:
        InboxState("bob", {"a": room("a", 1)}).page(after, 10, message_size)
    assert refused.value.reason == "invalid_params"


async def test_the_inbox_in_pages(autojump_clock: MockClock) -> None:
    async with open_house(FaultyStore()) as house:
        (alice, bob) = await house.guests("alice", "bob")
        names = [f"room{number}" for number in range(5)]
        for name in names:
            await alice.join(name)
            await bob.join(name)
        for name in names:
            await alice.send(name, "@bob")
        await alice.send("room1", "again")
        first = await bob.inbox(limit=2)
        assert [entry.room for entry in first.rooms] == ["room1", "room4"]
        assert (first.unread, first.mentions) == (6, 5)
        second = await bob.inbox(after=first.next, limit=2)
        third = await bob.inbox(after=second.next, limit=2)
        assert [entry.room for entry in (*second.rooms, *third.rooms)] == [
            *("room3", "room2", "room0"),
        ]
        assert third.next is None
        assert reason(await bob.inbox(after="nonsense")) == "invalid_params"


async def test_rooms_are_listed_by_name_in_pages_private_ones_for_members_only(
    autojump_clock: MockClock,
) -> None:
    async with open_house(FaultyStore()) as house:
        alice, bob = await house.guests("alice", "bob")
        for name in ("one", "two", "three"):
            await alice.join(name)
        await alice.ask("secret", calls.CreateRoom, "private", "The Secret Room", None)
        await alice.send("@alice:bob", "hi")
        await bob.join("two")
        await bob.send("two")
        listed = (await bob.rooms()).rooms
        assert [(r.room, r.member, r.members, r.head_seq) for r in listed] == [
            ("one", False, 1, 0),
            ("three", False, 1, 0),
            ("two", True, 2, 1),
        ]
        assert (await bob.rooms(query="SECRET")).rooms == ()
        (found,) = (await alice.rooms(query="secret r")).rooms
        assert (found.room, found.visibility, found.member) == ("secret", "private", True)
        page = await alice.rooms(limit=3)
        assert [r.room for r in page.rooms] == ["one", "secret", "three"]
        rest = await alice.rooms(after=page.next, limit=3)
        assert ([r.room for r in rest.rooms], rest.next) == (["two"], None)
        await alice.ask("secret", calls.Invite, "bob")
        assert [r.room for r in (await bob.rooms(query="secret")).rooms] == ["secret"]
        await alice.ask("secret", calls.RemoveMember, "bob")
        assert (await bob.rooms(query="secret")).rooms == ()


async def test_a_private_room_left_while_the_list_was_read_is_not_in_it(
    autojump_clock: MockClock,
) -> None:
    store = FaultyStore(read_delay=1)
    async with open_house(store) as house:
        alice, bob = await house.guests("alice", "bob")
        await alice.ask("secret", calls.CreateRoom, "private", None, None)
        await alice.ask("secret", calls.Invite, "bob")
        listed = []

        async def ask() -> None:
            listed.append(await bob.rooms())

        house.nursery.start_soon(ask)
        await house.store.room("secret")  # lets the call begin
        await alice.ask("secret", calls.RemoveMember, "bob")
        await house.settle()
        await house.settle()
        assert [page.rooms for page in listed] == [()]


async def test_a_list_is_answered_although_the_inbox_failed(autojump_clock: MockClock) -> None:
    store = FaultyStore(read_delay=1)
    async with open_house(store) as house:
        (bob,) = await house.guests("bob")
        listed = []

        async def ask() -> None:
            listed.append(reason(await bob.rooms()))

        house.nursery.start_soon(ask)
        await house.store.room("lobby")
        store.fail_inbox = True
        await bob.join("lobby")
        await house.settle()
        assert listed == ["internal"]
        assert len(bob.session.calls) == 0
