"""The message cache returns the same as the store."""

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.hub import message_cache
from chatroom.hub.message_cache import MessageCache, Published
from chatroom.model import Member, Message, Room
from chatroom.protocol.codec import message_size
from chatroom.protocol.events import MessageEvent
from chatroom.room.state import RoomState
from chatroom.store.events import (
    MemberAdded,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.paging import page_of, page_range
from chatroom.store.room_log import Batch, Decision, Page

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
    log_head = state.log_head
    if what == "post":
        seq, rev = log_head.head_seq + 1, log_head.head_rev + 1
        return [MessagePosted(Message("den", seq, rev, "ann", "x" * number, 1))]
    if what == "delete" and number in log and not log[number].deleted:
        was = log[number]
        gone = attrs.evolve(was, rev=log_head.head_rev + 1, text="", deleted=True)
        return [MessageChanged("delete", gone, was)]
    if what == "prune" and log_head.first_seq + number <= log_head.head_seq:
        return [MessagesPruned(log_head.first_seq + number - 1)]
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
        state, cache, log = RoomState("den", None), MessageCache(), dict[int, Message]()
        await apply(store, state, cache, log, made)
        for what, value in steps:
            if what == "wake":
                state = RoomState("den", await store.room("den"))
                cache = MessageCache(state.log_head.head_seq)
            elif what == "page":
                assert isinstance(value, tuple)
                limit, bound = value
                place = {} if bound is None else {bound[0]: bound[1]}
                page = await store.page("den", limit, **place)
                held = held_page(cache, state, limit, **place)
                assert held in (None, page)
                cache.extend(page.messages)
            elif isinstance(value, int):
                await apply(store, state, cache, log, decided(state, what, value, log))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_cache, "MAX_MESSAGES", most)
        patch.setattr(message_cache, "MAX_CHARS", most_chars)
        trio.run(main)


def held_page(cache: MessageCache, state: RoomState, limit: int, **place: int) -> Page | None:
    """Return a page from the cache, as a room's reader makes it."""
    span = page_range(state.log_head, limit, **place)
    held = cache.between(span.low, span.high)
    return None if held is None else page_of(state.log_head, span, held, message_size)


def published(event: MessagePosted | MessageChanged) -> Published:
    return Published(MessageEvent, event.message, event, None)


async def apply(
    store: MemoryStore,
    state: RoomState,
    cache: MessageCache,
    log: dict[int, Message],
    entries: list[RoomEvent],
) -> None:
    if not entries:
        return
    await store.commit(Batch("den", lambda found: Decision(tuple(entries))))
    state.apply(entries)
    for entry in entries:
        if isinstance(entry, MessagePosted | MessageChanged):
            log[entry.message.seq] = entry.message
            cache.add(published(entry))
        elif isinstance(entry, MessagesPruned):
            cache.prune(entry.through)
            for seq in [seq for seq in log if seq <= entry.through]:
                del log[seq]


def test_a_page_that_lies_beside_it_is_held_from_then_on() -> None:
    cache = MessageCache(300)
    old = [Message("den", seq, seq, "ann", "hello", 1) for seq in range(1, 301)]
    assert cache.between(251, 300) is None
    cache.extend(old[:100])
    assert cache.between(251, 300) is None, "it lies elsewhere"
    cache.extend(old[200:])
    assert cache.between(201, 300) == old[200:]
    cache.extend(old[100:250])
    assert cache.between(101, 300) == old[100:]


def test_a_message_after_the_cached_head_is_an_error() -> None:
    cache = MessageCache(3)
    assert cache.between(4, 3) == []
    with pytest.raises(LookupError, match="seq 4 is after the cached head 3"):
        cache.between(4, 4)


def test_it_is_bounded() -> None:
    cache = MessageCache()
    for n in range(1, 1001):
        cache.add(published(MessagePosted(Message("den", n, n, "ann", "x" * 1000, 1))))
    assert 1001 - cache.low == message_cache.MAX_CHARS // 1000
