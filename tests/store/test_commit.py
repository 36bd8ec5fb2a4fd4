"""Commits: their effects, and what is left of one that fails."""

import attrs
import pytest
import trio

from chatroom.errors import Behind
from chatroom.model import Sanction, SendReceipt
from chatroom.store.events import (
    MemberAdded,
    MemberBanned,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    MessageChanged,
    MessagePosted,
    NotificationLevelSet,
    ReadCursorMoved,
    RoleChanged,
    RoomCreated,
)
from chatroom.store.room_log import Batch, Decision, Page, Prefetched
from chatroom.store.store import Store

from .room_log import (
    TAKEN,
    StoredRoom,
    batch_of,
    look_up,
    member,
)

UNFIT = (Behind, LookupError, *TAKEN)
"""Errors for events that contradict the stored rows."""


async def test_outcomes_are_returned_unchanged(store: Store) -> None:
    outcome = object()
    decision = await store.commit(Batch("lobby", lambda _: Decision((), (1, outcome))))
    assert decision.entries == ()
    assert decision.outcomes == (1, outcome)
    assert decision.outcomes[1] is outcome


async def test_every_field_of_a_message_is_stored(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.post("alice")
    full = talk.posting("bob", "ü @alice 🎉", "c-1", ("alice", "room"), reply_to=1)
    await talk.commit(full)
    assert (await store.page("lobby", 1)).messages == (full.message,)
    edited = await talk.edit(2, "@alice", ("alice",))
    assert edited.edited_at is not None
    assert (await store.page("lobby", 1)).messages == (edited,)
    deleted = await talk.delete(2)
    assert deleted.deleted
    assert (await store.page("lobby", 1)).messages == (deleted,)


async def test_batch_gets_the_data_it_requests(store: Store) -> None:
    talk, other = StoredRoom(store), StoredRoom(store, "other")
    await talk.make("alice", "bob")
    await other.make("alice")
    first = await talk.post("alice", "one", "c-1")
    await talk.post("bob", "two", "c-1")
    await other.post("alice", "three", "c-3")
    found = await look_up(store, "other", (("alice", "c-1"), ("alice", "c-2")), seqs=(1, 7))
    assert found.originals == {
        ("alice", "c-1"): SendReceipt("lobby", 1, 1, first.timestamp, b"one"),
    }
    assert found.messages == {1: other.log[1]}
    assert await look_up(store, "nowhere", seqs=(1,)) == Prefetched({}, {})


async def test_duplicates_are_found_across_rooms_of_a_group(store: Store) -> None:
    talks = [StoredRoom(store, f"room-{number}") for number in range(8)]
    for talk in talks:
        await talk.make("alice")

    def decide_in(talk: StoredRoom) -> Batch:
        def decide(found: Prefetched) -> Decision:
            if original := found.originals.get(("alice", "c-1")):
                return Decision((), (original,))
            return Decision((talk.posting("alice", "once", "c-1"),), (None,))

        return Batch(talk.name, decide, (("alice", "c-1"),))

    outcomes: list[SendReceipt | None] = []

    async def send(talk: StoredRoom) -> None:
        outcomes.extend((await store.commit(decide_in(talk))).outcomes)

    async with trio.open_nursery() as nursery:
        for talk in talks:
            nursery.start_soon(send, talk)
    (winner,) = [talk for talk in talks if talk.head_seq]
    assert outcomes.count(None) == 1
    assert {original.room for original in outcomes if original} == {winner.name}
    heads = [room.head_seq for talk in talks if (room := await store.room(talk.name))]
    assert sum(heads) == 1


async def test_batches_of_one_room_in_one_group_see_each_other(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice")
    seen: list[int] = []

    async def send() -> None:
        def decide(found: Prefetched) -> Decision:
            seen.append(len(found.messages))
            return Decision((talk.posting("alice"),))

        await store.commit(Batch("lobby", decide, seqs=(1, 2, 3)))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(send)
    assert seen == [0, 1, 2]


async def test_inconsistent_batch_is_rolled_back(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.post("alice")
    before = await store.room("lobby"), await store.page("lobby", 9), await store.inbox("bob")
    good = talk.posting("alice", client_id="c-1")
    taken = MessagePosted(talk.log[1])
    with pytest.raises(UNFIT):
        await talk.commit(RoleChanged("bob", "owner"), good, taken)
    for entries in (
        [RoomCreated(talk.room)],
        [NotificationLevelSet("bob", "none"), MemberAdded(member("lobby", "alice"))],
        [NotificationLevelSet("bob", "none"), RoleChanged("nobody", "owner")],
        [NotificationLevelSet("bob", "none"), ReadCursorMoved("nobody", 1)],
    ):
        with pytest.raises(UNFIT):
            await talk.commit(*entries)
    with pytest.raises(LookupError):
        await store.commit(batch_of("nowhere", MessagePosted(talk.log[1])))
    after = await store.room("lobby"), await store.page("lobby", 9), await store.inbox("bob")
    assert after == before
    assert (await store.people("lobby", ["bob"])).members["bob"].role == "member"
    assert not (await look_up(store, "lobby", (("alice", "c-1"),))).originals
    await talk.commit(good)


async def test_error_contains_no_text(store: Store) -> None:
    """Errors are logged, and texts must not be."""
    talk = StoredRoom(store)
    await talk.make("alice")
    await talk.post("alice")
    was = attrs.evolve(talk.log[1], seq=2)
    edited = attrs.evolve(was, text="between us", rev=2)
    with pytest.raises(LookupError) as failed:
        await talk.commit(MessageChanged("edit", edited, was))
    assert "between us" not in str(failed.value)


async def test_seqs_are_contiguous_and_never_reused(store: Store) -> None:
    """A seq is not reused even if its message was pruned."""
    talk = StoredRoom(store)
    await talk.make("alice")
    await talk.talk("alice", 3)
    await talk.prune(3)
    next_but_one = [talk.posting("alice") for _ in range(2)][1]
    for wrong in (MessagePosted(attrs.evolve(next_but_one.message, seq=2)), next_but_one):
        with pytest.raises(UNFIT):
            await talk.commit(wrong)
    assert await store.page("lobby", 9) == Page(3, 3, 4, (), more_before=False, more_after=False)


async def test_sanctions(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    first, second = Sanction(7, "noise"), Sanction()
    for sanction in (first, second):
        await talk.commit(
            MemberBanned("carol", "alice", 5, sanction), MemberMuted("bob", "alice", 5, sanction)
        )
        people = await store.people("lobby", ["bob", "carol", "dave"])
        assert (people.banned, people.muted) == ({"carol": sanction}, {"bob": sanction})
    assert (await store.people("other", ["bob", "carol"])).muted == {}
    await talk.leave("bob")
    assert (await store.people("lobby", ["bob"])).muted == {"bob": second}
    await talk.commit(MemberUnmuted("bob"), MemberUnbanned("carol"))
    people = await store.people("lobby", ["bob", "carol"])
    assert (people.banned, people.muted) == ({}, {})


async def test_membership(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob", "carol")
    await talk.commit(RoleChanged("bob", "moderator"), NotificationLevelSet("carol", "mentions"))
    await talk.leave("alice")
    await talk.commit(MemberBanned("alice", "bob", 5))
    people = await store.people("lobby", ["alice", "bob", "carol", "dave"])
    assert people.members == {
        "bob": member("lobby", "bob", "moderator", 1001),
        "carol": people.members["carol"],
    }
    assert people.members["carol"].level == "mentions"
    assert people.banned == {"alice": Sanction()}
    room = await store.room("lobby")
    assert room is not None
    assert room.members == 2
    await talk.commit(MemberUnbanned("alice"))
    assert (await store.people("lobby", ["alice"])).banned == {}
    await talk.enter("alice")
    assert (await store.people("lobby", ["alice"])).members["alice"].role == "member"


async def test_read_cursor_never_goes_back(store: Store) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.talk("alice", 4)
    await talk.read("bob", 3)
    (entry,) = (await talk.commit(ReadCursorMoved("bob", 1))).entries
    assert entry == ReadCursorMoved("bob", 3, 0, unread=1, mentions=0, rev=4)
    assert (await store.inbox("bob"))[0].read_seq == 3
