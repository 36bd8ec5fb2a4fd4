"""Waking equals replaying: counts from the store plus later forwards give the present counts."""

from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.actors.mailbox import Mail
from chatroom.inbox.actor import InboxActor
from chatroom.inbox.mail import Forward
from chatroom.inbox.state import InboxState
from chatroom.model import InboxRoom, Member, Message
from chatroom.node import Node
from chatroom.store.events import (
    MemberAdded,
    MemberRemoved,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    ReadCursorMoved,
)

from ..builders import PEOPLE, open_house
from ..memory_store import MemoryStore
from .histories import Away, Life, Step, histories

Rooms = dict[str, InboxRoom]


@attrs.define(eq=False)
class Record:
    """One person's counts in the store after each step, and the forwards of each step."""

    user: str
    summaries: list[Rooms] = attrs.Factory(list)
    forwards: list[tuple[int, Forward]] = attrs.Factory(list)
    step: int = 0


class Recording(InboxActor):
    """An inbox that records its forwards."""

    record: Record

    async def handle(self, batch: list[Mail], nursery: trio.Nursery) -> None:
        told = [mail for mail in batch if isinstance(mail, Forward)]
        self.record.forwards += [(self.record.step, forward) for forward in told]
        await super().handle(batch, nursery)


class RecordingNode(Node):
    """A node with recording inboxes.

    :ivar records: by user; set before the node runs.
    """

    records: dict[str, Record]

    def make_inbox(self, user: str) -> InboxActor:
        actor = Recording(
            user,
            store=self.store,
            hub=self.hub,
            unread_interval_s=0,  # holds no forwards
            makers=self.handler_makers,
            eased=lambda: None,
        )
        actor.record = self.records[user]
        return actor


async def lived(steps: list[Step]) -> dict[str, Record]:
    """Run a history with everybody connected all the time, so that inboxes miss nothing."""
    records = {user: Record(user) for user in PEOPLE}
    store = MemoryStore()

    def make_node(*args: Any, **more: Any) -> Node:
        node = RecordingNode(*args, **more)
        node.records = records
        return node

    async with open_house(store, make_node=make_node) as house:
        life = Life(house)
        for user in PEOPLE:
            await life.guest(user)
        for number, step in enumerate(steps):
            for record in records.values():
                record.step = number
            if not isinstance(step, Away):
                await life.live(step)
            await life.check()  # calls every inbox, so all forwards are folded
            for user, record in records.items():
                rooms = await store.inbox(user)
                record.summaries.append({room.room: room for room in rooms})
    return records


def fold_from(record: Record, woken: int, since: int, reread: list[int]) -> Rooms:
    """Wake with the counts after step ``woken``, and fold all forwards from step ``since`` on.

    A stale room is read again as late as ``reread`` says.
    """
    state = InboxState(record.user)
    state.put(record.summaries[woken].values())
    last = len(record.summaries) - 1
    turn = 0
    for step, forward in record.forwards:
        if step < since:
            continue
        state.fold(forward)
        for room in sorted(state.stale):
            # Never older than the known counts, as the store guarantees.
            at = min(max(step, woken) + reread[turn % len(reread)], last)
            turn += 1
            state.drop(room)
            if room in record.summaries[at]:
                state.put([record.summaries[at][room]])
    return state.rooms


@settings(max_examples=25)
@given(steps=histories(), data=st.data())
def test_waking_at_any_point_and_folding_the_rest_is_waking_at_the_end(
    steps: list[Step], data: st.DataObject
) -> None:
    """Forwards of events that are known already change nothing."""
    records = trio.run(lived, steps, clock=MockClock(autojump_threshold=0))
    last = len(steps) - 1
    reread = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=5), label="reread after")
    for record in records.values():
        for woken in range(last + 1):
            for since in {0, woken // 2, woken, woken + 1}:
                folded = fold_from(record, woken, since, reread)
                assert folded == record.summaries[last], (record.user, woken, since)


@settings(max_examples=25)
@given(steps=histories(), data=st.data())
def test_merged_forwards_fold_as_one_by_one(steps: list[Step], data: st.DataObject) -> None:
    records = trio.run(lived, steps, clock=MockClock(autojump_threshold=0))
    last = len(steps) - 1
    for record in records.values():
        waiting: dict[str, tuple[int, Forward]] = {}
        merged: list[tuple[int, Forward]] = []
        for step, forward in record.forwards:
            _, before = waiting.pop(forward.room, (0, None))
            waiting[forward.room] = step, before.merged(forward) if before else forward
            if data.draw(st.booleans()):
                merged.extend(waiting.values())
                waiting.clear()
        merged.extend(waiting.values())
        together = attrs.evolve(record, forwards=merged)
        assert fold_from(together, 0, 1, [9]) == record.summaries[last], record.user


# ---- examples


def message(seq: int, rev: int, sender: str = "alice", **more: Any) -> Message:
    return Message("lobby", seq, rev, sender, "hello", timestamp=rev, **more)


def deleted(was: Message, rev: int) -> Message:
    return attrs.evolve(was, rev=rev, deleted=True, mentions=())


def known(**changes: Any) -> InboxState:
    """Return bob's inbox with five messages in a room, of which three are read."""
    room = InboxRoom(
        *("lobby", "room", "lobby", "public", 5, 5),
        read_seq=3,
        unread=2,
        mentions=0,
        level="all",
        active_at=5,
    )
    return InboxState("bob", {"lobby": attrs.evolve(room, **changes)})


def forward(from_rev: int, to_rev: int, *entries: Any) -> Forward:
    return Forward("lobby", from_rev, to_rev, entries)


@pytest.mark.parametrize(
    "gap", [Forward("lobby", 6, 7, (MessagePosted(message(7, 7)),)), Forward("lobby", 5, 9, None)]
)
def test_after_a_gap_nothing_is_counted(gap: Forward) -> None:
    state = known()
    state.fold(gap)
    assert state.stale == {"lobby"}
    assert state.rooms == known().rooms


def test_an_overlap_counts_only_new_messages() -> None:
    state = known()
    state.fold(forward(3, 6, *[MessagePosted(message(seq, seq)) for seq in (4, 5, 6)]))
    assert state.stale == set()
    assert (state.rooms["lobby"].unread, state.rooms["lobby"].rev) == (3, 6)


def test_own_messages_and_mentions_are_not_unread() -> None:
    state = known()
    state.fold(forward(5, 6, MessagePosted(message(6, 6, "bob", mentions=("bob", "room")))))
    assert (state.rooms["lobby"].unread, state.rooms["lobby"].mentions) == (2, 0)
    assert state.rooms["lobby"].head_seq == 6


def test_changes_count_only_above_the_cursor() -> None:
    state = known(mentions=1)
    below, above = (message(seq, seq, mentions=("bob",)) for seq in (3, 4))
    unmentioned = attrs.evolve(above, rev=7, mentions=())
    for change, counts in (
        (MessageChanged("delete", deleted(below, 6), below), (2, 1)),
        (MessageChanged("edit", unmentioned, above), (2, 0)),
        (MessageChanged("delete", deleted(unmentioned, 8), unmentioned), (1, 0)),
    ):
        rev = change.message.rev
        state.fold(forward(rev - 1, rev, change))
        assert (state.rooms["lobby"].unread, state.rooms["lobby"].mentions) == counts


def test_only_newer_reads_of_the_owner_count() -> None:
    state = known()
    for older_or_other in (
        ReadCursorMoved("bob", 5, unread=0, rev=4),
        ReadCursorMoved("bob", 2, unread=3, rev=5),
        ReadCursorMoved("carol", 5, unread=0, rev=5),
    ):
        state.fold(forward(5, 5, older_or_other))
        assert state.rooms == known().rooms
    read = ReadCursorMoved("bob", 5, unread=0, rev=5)
    state.fold(forward(5, 5, read, NotificationLevelSet("bob", "none")))
    assert (state.rooms["lobby"].read_seq, state.rooms["lobby"].level) == (5, "none")


def test_joining_leaving_and_pruning() -> None:
    state = known()
    state.fold(forward(5, 5, MemberRemoved("carol")))
    state.fold(forward(5, 5, MessagesPruned(2)))
    assert state.stale == {"lobby"}, "to be read anew"
    state.fold(forward(5, 5, MemberRemoved("bob")))
    assert state.rooms == {}
    assert state.stale == set()
    state.fold(forward(5, 5, MemberAdded(Member("lobby", "bob", "Bob", "member", 1))))
    assert state.stale == {"lobby"}
    state.fold(forward(5, 5, MemberRemoved("bob")))
    assert state.stale == set(), "gone again before it was read"


def test_a_room_of_others_is_not_counted() -> None:
    state = InboxState("bob")
    state.fold(forward(0, 1, MessagePosted(message(1, 1))))
    assert state.rooms == {}
    assert state.stale == set()
