"""Inboxes. Their counts must equal a recount (I4)."""

import pytest

from chatroom.model import Account, InboxRoom, User
from chatroom.store.events import NotificationLevelSet
from chatroom.store.store import Store

from .room_log import StoredRoom, direct


def account(name: str, display_name: str) -> Account:
    return Account(name, display_name, None, 1)


async def test_inbox_entry(store: Store) -> None:
    talk = StoredRoom(store, title="The Lobby")
    await talk.make("alice", "bob")
    assert await store.inbox("bob") == [
        InboxRoom("lobby", "room", "The Lobby", 0, 0, 0, 0, 0, "all", active_at=1000)
    ]
    await talk.post("alice", mentions=("bob",))
    await talk.post("bob")
    last = await talk.edit(2, "edited")
    await talk.commit(NotificationLevelSet("bob", "none"))
    assert await store.inbox("bob") == [
        InboxRoom(
            room="lobby",
            kind="room",
            title="The Lobby",
            head_seq=2,
            rev=3,
            read_seq=0,
            unread=1,
            mentions=1,
            level="none",
            active_at=last.timestamp,
            last_message=last.preview(),
        )
    ]


@pytest.mark.parametrize(("length", "truncated"), [(200, False), (201, True), (4000, True)])
async def test_long_last_message_is_truncated(store: Store, length: int, truncated: bool) -> None:
    """The length is measured in code points, not bytes of UTF-8."""
    talk = StoredRoom(store)
    await talk.make("alice")
    posted = talk.posting("alice", text="\U0001f600" * length)
    await talk.commit(posted)
    (entry,) = await store.inbox("alice")
    assert entry.last_message == posted.message.preview()
    assert entry.last_message.text == "\U0001f600" * 200
    assert entry.last_message.truncated is truncated


async def test_inbox_of_all_rooms_or_one(store: Store) -> None:
    for name in ("b", "a", "c"):
        await StoredRoom(store, name).make("alice", *(["bob"] if name != "c" else []))
    assert [entry.room for entry in await store.inbox("bob")] == ["a", "b"]
    assert [entry.room for entry in await store.inbox("bob", "b")] == ["b"]
    assert await store.inbox("bob", "c") == []
    assert await store.inbox("nobody") == []


async def test_title_of_direct_room_is_the_other_user(store: Store) -> None:
    await store.add_accounts([account("alice", "Alice A."), account("bob", "Bob B.")])
    talk, notes, stranger = (
        direct(store, "bob", "alice"),
        direct(store, "alice", "alice"),
        direct(store, "alice", "zoe"),
    )
    await talk.make("alice", "bob")
    await notes.make("alice")
    await stranger.make("alice", "zoe")
    await talk.post("bob")
    entries = {entry.room: entry for entry in await store.inbox("alice")}
    mine = entries["@alice:bob"]
    assert (mine.kind, mine.title, mine.partner) == ("direct", "Bob B.", User("bob", "Bob B."))
    assert (mine.read_seq, mine.unread) == (0, 1)
    assert entries["@alice:alice"].partner == User("alice", "Alice A.")
    assert entries["@alice:zoe"].partner == User("zoe", "zoe")
    (his,) = await store.inbox("bob", "@alice:bob")
    assert (his.title, his.unread) == ("Alice A.", 0)
