"""getInbox and listRooms: order, pages, totals, and private rooms."""

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.errors import Refused
from chatroom.inbox.state import InboxState
from chatroom.model import InboxRoom
from chatroom.protocol import calls
from chatroom.protocol.codec import message_size

from ..builders import House, reason
from ..faulty_store import FaultyStore


def room(name: str, active_at: int, unread: int = 0, mentions: int = 0) -> InboxRoom:
    return InboxRoom(name, "room", name, "public", 9, 9, 0, unread, mentions, "all", active_at)


@settings(max_examples=100)
@given(
    times=st.dictionaries(st.text("abc.-", min_size=1, max_size=3), st.integers(0, 3), max_size=12),
    limit=st.integers(1, 5),
)
def test_pages_have_all_rooms_newest_first(times: dict[str, int], limit: int) -> None:
    rooms = {name: room(name, at, 2, 1) for name, at in times.items()}
    state = InboxState("bob", {name: room(name, 9) for name in times})
    state.put(rooms.values())
    seen: list[str] = []
    after: str | None = None
    while True:
        page = state.page(after, limit, message_size)
        assert (page.unread, page.mentions) == (2 * len(times), len(times)), "of all rooms"
        assert bool(times) <= len(page.rooms) <= limit, "no page is empty but that of no rooms"
        seen += [entry.room for entry in page.rooms]
        if (after := page.next) is None:
            break
    assert seen == sorted(times, key=lambda name: (-times[name], name))


def test_hidden_rooms_are_neither_shown_nor_counted() -> None:
    state = InboxState("bob", {"a": room("a", 1, 5), "b": room("b", 2, 7, 1)})
    for _ in range(2):
        state.hide("b")
    page = state.page(None, 10, message_size)
    assert [entry.room for entry in page.rooms] == ["a"]
    assert (page.unread, page.mentions) == (5, 0)


@pytest.mark.parametrize("after", ["", "x", ":", "lobby:1", "1.5:lobby", "-1:lobby"])
def test_a_cursor_that_is_from_no_reply_is_refused(after: str) -> None:
    with pytest.raises(Refused) as refused:
        InboxState("bob", {"a": room("a", 1)}).page(after, 10, message_size)
    assert refused.value.reason == "invalid_params"


async def test_rooms_are_listed_by_the_memberships_of_the_moment(
    house: House, store: FaultyStore
) -> None:
    """A private room that was left while the list was read is not in it."""
    alice, bob = await house.private("secret", "alice", "bob")
    await alice.join("one")
    for guest in (alice, bob):
        await guest.join("two")
    await bob.send("two")
    assert [(r.room, r.member, r.members, r.head_seq) for r in (await bob.rooms()).rooms] == [
        *(("one", False, 1, 0), ("secret", True, 2, 0), ("two", True, 2, 1)),
    ]
    assert [room.room for room in (await bob.rooms(query="SEC")).rooms] == ["secret"]
    page = await bob.rooms(limit=2)
    assert [room.room for room in (await bob.rooms(after=page.next)).rooms] == ["two"]
    store.read_delay = 1
    listed = await bob.post_to_inbox(calls.ListRooms())
    await trio.sleep(0.5)
    await alice.ask("secret", calls.RemoveMember, "bob")
    assert [room.room for room in (await listed.wait()).rooms] == ["one", "two"]
    assert (await bob.rooms(query="SEC")).rooms == ()


async def test_a_list_is_answered_although_the_inbox_fails(
    house: House, store: FaultyStore
) -> None:
    store.read_delay = 1
    (bob,) = await house.guests("bob")
    listed = await bob.post_to_inbox(calls.ListRooms())
    await trio.sleep(0.5)
    store.fail_inbox = True
    await bob.join("lobby")
    assert reason(await listed.wait()) == "internal"
    assert len(bob.session.calls) == 0
