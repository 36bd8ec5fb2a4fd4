"""The window is a cache: whatever it answers, the store answers too."""

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.model import Member, Message, Room
from chatroom.room import window
from chatroom.room.state import RoomState
from chatroom.store.events import (
    MemberAdded,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.room_log import Batch, Decision

from ..memory_store import MemoryStore

BOUNDS = st.one_of(
    st.none(), st.tuples(st.sampled_from(["before", "after", "around"]), st.integers(0, 45))
)
STEPS = st.one_of(
    st.tuples(st.just("post"), st.integers(0, 60)),
    st.tuples(st.just("delete"), st.integers(1, 40)),
    st.tuples(st.just("prune"), st.integers(1, 5)),
    st.tuples(st.just("wake"), st.just(0)),
    st.tuples(st.just("page"), st.tuples(st.integers(1, 12), BOUNDS)),
)


def decided(state: RoomState, what: str, number: int, log: dict[int, Message]) -> list[RoomEvent]:
    stand = state.stand
    if what == "post":
        seq, rev = stand.head_seq + 1, stand.head_rev + 1
        return [MessagePosted(Message("den", seq, rev, "ann", "x" * number, 1))]
    if what == "delete" and number in log and not log[number].deleted:
        was = log[number]
        gone = attrs.evolve(was, rev=stand.head_rev + 1, text="", deleted=True)
        return [MessageChanged("delete", gone, was)]
    if what == "prune" and stand.first_seq + number <= stand.head_seq:
        return [MessagesPruned(stand.first_seq + number - 1)]
    return []


@settings(max_examples=150)
@given(st.lists(STEPS, min_size=20, max_size=80), st.integers(1, 30), st.integers(1, 600))
def test_what_it_answers_the_store_answers_too(
    steps: list[tuple[str, object]], most: int, most_chars: int
) -> None:
    async def main() -> None:
        store = MemoryStore()
        room = Room("den", "room", "public", "Den", "", 1)
        made: list[RoomEvent] = [
            RoomCreated(room),
            MemberAdded(Member("den", "ann", "Ann", "owner", 1)),
        ]
        state, log = RoomState("den", None), dict[int, Message]()
        await follow(store, state, log, made)
        for what, value in steps:
            if what == "wake":
                state = RoomState("den", await store.room("den"))
            elif what == "page":
                assert isinstance(value, tuple)
                limit, bound = value
                place = {} if bound is None else {bound[0]: bound[1]}
                page = await store.page("den", limit, **place)
                held = state.window.page(state.stand, limit, **place)
                assert held in (None, page)
                state.window.extend(page.messages)
            elif isinstance(value, int):
                await follow(store, state, log, decided(state, what, value, log))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "WINDOW", most)
        patch.setattr(window, "WINDOW_CHARS", most_chars)
        trio.run(main)


async def follow(
    store: MemoryStore, state: RoomState, log: dict[int, Message], entries: list[RoomEvent]
) -> None:
    if not entries:
        return
    await store.commit(Batch("den", lambda found: Decision(tuple(entries))))
    state.follow(entries)
    for entry in entries:
        if isinstance(entry, MessagePosted | MessageChanged):
            log[entry.message.seq] = entry.message
        elif isinstance(entry, MessagesPruned):
            for seq in [seq for seq in log if seq <= entry.through]:
                del log[seq]


def test_a_page_that_lies_beside_it_is_held_from_then_on() -> None:
    room = Room("den", "room", "public", "Den", "", 1, head_seq=300, head_rev=300)
    state = RoomState("den", room)
    old = [Message("den", seq, seq, "ann", "hello", 1) for seq in range(1, 301)]
    assert state.window.page(state.stand, 50) is None
    state.window.extend(old[:100])
    assert state.window.page(state.stand, 50) is None, "it lies elsewhere"
    state.window.extend(old[200:])
    assert state.window.page(state.stand, 100) is not None
    state.window.extend(old[100:250])
    page = state.window.page(state.stand, 200, after=100)
    assert page is not None
    assert [message.seq for message in page.messages] == list(range(101, 301))


def test_it_is_bounded() -> None:
    state = RoomState("den", Room("den", "room", "public", "Den", "", 1))
    state.follow(
        [MessagePosted(Message("den", n, n, "ann", "x" * 1000, 1)) for n in range(1, 1001)]
    )
    held = 1001 - state.window.low
    assert held == window.WINDOW_CHARS // 1000
