"""Inboxes. Their counts must equal a recount (I4)."""

import random

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


async def test_own_and_deleted_messages_are_never_unread(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    for sender in ("alice", "bob", "alice", "bob"):
        await talk.post(sender, mentions=("alice", "bob", "room"))
    await talk.delete(1)
    await talk.delete(2)
    for user in ("alice", "bob"):
        (entry,) = await store.inbox(user)
        assert (entry.unread, entry.mentions) == (1, 1)


async def test_mention_by_name_and_of_everyone_counts_once(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.post("alice", mentions=("bob", "room"))
    await talk.post("alice", mentions=("room",))
    await talk.post("alice")
    (entry,) = await store.inbox("bob")
    assert entry.mentions == 2
    await talk.edit(1, "nobody")
    await talk.edit(2, "bob", ("bob",))
    await talk.edit(3, "all", ("room",))
    (entry,) = await store.inbox("bob")
    assert entry.mentions == 2
    (entry,) = await store.inbox("alice")
    assert (entry.unread, entry.mentions) == (0, 0)


async def test_rejoining_member_starts_at_the_head(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.talk("bob", 2)
    await talk.leave("bob")
    await talk.talk("alice", 2)
    await talk.enter("bob")
    await talk.talk("bob", 1)
    await talk.talk("alice", 1)
    (entry,) = await store.inbox("bob")
    assert (entry.read_seq, entry.unread) == (4, 1)
    bob = (await store.people("lobby", ["bob"])).members["bob"]
    assert (bob.read_seq, bob.sent, bob.sent_read) == (4, 1, 0)


async def test_inbox_equals_a_recount(store: Store, dice: random.Random) -> None:
    names = ["alice", "bob", "carol", "dave"]
    talks = [StoredRoom(store, "one"), StoredRoom(store, "two")]
    for talk in talks:
        await talk.make(*names[:3])
    for _ in range(150):
        talk = dice.choice(talks)
        await _something_happens(talk, dice, names)
        for user in dice.sample(names, 2):
            await _compare(store, talks, user)
    for user in names:
        await _compare(store, talks, user)


async def _something_happens(talk: StoredRoom, dice: random.Random, names: list[str]) -> None:
    alive = [seq for seq, message in talk.log.items() if not message.deleted]
    here = sorted(talk.members)
    mentions = tuple(dice.sample([*here, "room"], dice.randint(0, 2))) if here else ()
    what = dice.random()
    if what < 0.45 and here:
        posts = [
            talk.posting(dice.choice(here), mentions=mentions) for _ in range(dice.randint(1, 4))
        ]
        await talk.commit(*posts)
    elif what < 0.55 and alive:
        await talk.edit(dice.choice(alive), "edited", mentions)
    elif what < 0.68 and alive:
        await talk.delete(dice.choice(alive))
    elif what < 0.85 and here:
        user = dice.choice(here)
        entry = await talk.read(user, dice.randint(talk.members[user].read_seq, talk.head_seq))
        assert (entry.unread, entry.mentions) == talk.unread(user)
        assert (entry.read_seq, entry.rev) == (talk.members[user].read_seq, talk.head_rev)
    elif what < 0.90 and len(here) > 1:
        await talk.leave(dice.choice(here))
    elif what < 0.96:
        for user in set(names) - set(here):
            await talk.enter(user)
    elif talk.first_seq <= talk.head_seq:
        await talk.prune(dice.randint(talk.first_seq, min(talk.first_seq + 6, talk.head_seq)))


async def _compare(store: Store, talks: list[StoredRoom], user: str) -> None:
    expected = [
        (
            talk.name,
            talk.members[user].read_seq,
            talk.head_seq,
            talk.head_rev,
            *talk.unread(user),
            last.preview() if (last := talk.log.get(talk.head_seq)) else None,
        )
        for talk in talks
        if user in talk.members
    ]
    entries = await store.inbox(user)
    served = [
        (e.room, e.read_seq, e.head_seq, e.rev, e.unread, e.mentions, e.last_message)
        for e in entries
    ]
    assert served == expected
    for entry in entries:
        assert await store.inbox(user, entry.room) == [entry]
        place = (await store.people(entry.room, [user])).members[user]
        (talk,) = [talk for talk in talks if talk.name == entry.room]
        own = sum(m.sender == user and m.seq > place.read_seq for m in talk.log.values())
        assert place.sent - place.sent_read == own
