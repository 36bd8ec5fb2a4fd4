"""Reactions in the store: what a batch and a page get, lists, and what goes with a message."""

from pathlib import Path

import attrs
import pytest

from chatroom.model import OwnReactions, User
from chatroom.store.reactions import ReactionList, WantedReaction
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite.integrity import faults
from chatroom.store.store import Store

from ..builders import accounts
from .room_log import HEART, UP, StoredRoom, connected, opened

CROWD = tuple(f"user-{number:02}" for number in range(15))


async def crowded(store: Store) -> StoredRoom:
    """Return a room in which the crowd has reacted to its first message, the last one first."""
    await store.add_accounts(accounts(*CROWD))
    talk = StoredRoom(store)
    await talk.make("alice")
    await talk.talk("alice", 3)
    await talk.commit(*[talk.reacting(1, UP, user) for user in reversed(CROWD)])
    return talk


async def test_a_batch_gets_the_first_users_and_those_who_ask(store: Store) -> None:
    await crowded(store)
    seen: list[Prefetched] = []

    def decide(found: Prefetched) -> Decision:
        seen.append(found)
        return Decision(())

    asked = tuple(WantedReaction(1, UP, user) for user in (CROWD[0], "alice"))
    await store.commit(Batch("lobby", decide, reactions=(*asked, WantedReaction(2, HEART, "bob"))))
    reactors = seen[-1].reactors
    assert reactors.keys() == {(1, UP), (2, HEART)}
    assert reactors[1, UP].first == CROWD[:2:-1]
    assert reactors[1, UP].users == {CROWD[0]}
    assert (reactors[2, HEART].first, reactors[2, HEART].users) == ((), frozenset())


async def test_a_page_has_the_own_reactions_in_its_snapshot(store: Store) -> None:
    talk = await crowded(store)
    await talk.react(CROWD[0], 3, HEART)
    await talk.react(CROWD[0], 1, HEART)
    page = await store.page("lobby", 9, asker=CROWD[0])
    assert page.messages == tuple(talk.messages())
    assert page.beside.own_reactions == (OwnReactions(1, (UP, HEART)), OwnReactions(3, (HEART,)))
    changes = await store.changes("lobby", 0, 99, asker=CROWD[0])
    assert set(changes.beside.own_reactions) == set(page.beside.own_reactions)
    assert (await store.page("lobby", 9)).beside.own_reactions == ()
    assert (await store.page("lobby", 9, asker="alice")).beside.own_reactions == ()


async def test_a_list_is_by_emoji_and_then_by_age(store: Store) -> None:
    talk = await crowded(store)
    await talk.react(CROWD[3], 1, HEART)
    found: list[tuple[str, User]] = []
    after = ("", 0)
    while True:
        page = await store.reactions("lobby", 1, 4, after=after)
        if not page.reactions:
            break
        found += [(each.emoji, each.user) for each in page.reactions]
        after = page.reactions[-1].emoji, page.reactions[-1].rev
    users = [User(name, name.title()) for name in CROWD]
    assert found == [(HEART, users[3]), *((UP, user) for user in reversed(users))]
    assert await store.reactions("lobby", 2, 4) == ReactionList((), talk.version, exists=True)
    assert await store.reactions("lobby", 9, 4) == ReactionList((), talk.version, exists=False)
    assert await store.reactions("nowhere", 1, 4) == ReactionList((), 0, exists=False)


async def test_they_go_with_their_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        talk = await crowded(store)
        await talk.react("alice", 2)
        await talk.react("alice", 3)
        await talk.delete(2)
        await talk.prune(1)
        page = await store.page("lobby", 9, asker="alice")
        assert page.beside.own_reactions == (OwnReactions(3, (UP,)),)
    assert faults(tmp_path) == []
    with connected(tmp_path) as connection:
        rows = connection.execute("SELECT seq, emoji, user FROM reactions").fetchall()
    assert rows == [(3, UP, "alice")]


async def test_a_reaction_that_is_not_there_cannot_be_removed(store: Store) -> None:
    talk = await crowded(store)
    await talk.react("alice", 2)
    removed = talk.reacting(2, UP, "alice")
    await talk.commit(removed)
    again = attrs.evolve(removed, message=attrs.evolve(removed.message, rev=talk.head_rev + 1))
    with pytest.raises(LookupError):
        await talk.commit(again)
