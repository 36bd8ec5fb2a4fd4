"""Inboxes. Their counts must equal a recount (I4)."""

import pytest

from chatroom.model import Account, User
from chatroom.store.store import Store

from .room_log import StoredRoom, direct


def account(name: str, display_name: str) -> Account:
    return Account(name, display_name, None, 1)


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
