"""The message cache returns the same as the store."""

from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.hub import message_cache
from chatroom.hub.message_cache import MessageCache, Published
from chatroom.model import Member, Message
from chatroom.protocol.codec import encode_json, message_size
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
from ..reference import RoomModel

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


@settings(max_examples=150)
@given(st.lists(STEPS, min_size=20, max_size=80), st.integers(1, 30), st.integers(1, 600))
def test_pages_of_the_cache_equal_those_of_the_store(
    steps: list[tuple[str, Any]], most: int, most_chars: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_cache, "MAX_MESSAGES", most)
        patch.setattr(message_cache, "MAX_CHARS", most_chars)
        trio.run(run, steps)


async def run(steps: list[tuple[str, Any]]) -> None:
    store, model = MemoryStore(), RoomModel("den")
    state, cache = RoomState("den", None), MessageCache()

    async def commit(*events: RoomEvent) -> None:
        await store.commit(Batch("den", lambda found: Decision(events)))
        state.apply(events)
        for event in events:
            if isinstance(event, MessagePosted | MessageChanged):
                cache.add(published(event))
            elif isinstance(event, MessagesPruned):
                cache.prune(event.through)

    await commit(RoomCreated(model.room), MemberAdded(Member("den", "ann", "Ann", "owner", 1)))
    for what, value in steps:
        match what:
            case "post":
                await commit(model.posting("ann", "x" * value))
            case "delete" if value in model.log and not model.log[value].deleted:
                await commit(model.changing(value, None))
            case "prune" if model.first_seq + value <= model.head_seq:
                pruned = MessagesPruned(model.first_seq + value - 1)
                model.apply(pruned)
                await commit(pruned)
            case "wake":
                state = RoomState("den", await store.room("den"))
                cache = MessageCache(state.log_head.head_seq)
            case "page":
                limit, bound = value
                place = {} if bound is None else {bound[0]: bound[1]}
                page = await store.page("den", limit, **place)
                assert cached_page(cache, state, limit, **place) in (None, page)
                cache.extend(page.messages)
            case _:
                pass  # impossible now


def cached_page(cache: MessageCache, state: RoomState, limit: int, **place: int) -> Page | None:
    """Return a page from the cache, as a room's reader makes it."""
    span = page_range(state.log_head, limit, **place)
    held = cache.between(span.low, span.high)
    if held is None:
        return None
    assert held.encoded == [encode_json(message) for message in held]
    return page_of(state.log_head, span, held, message_size)


def published(event: MessagePosted | MessageChanged) -> Published:
    return Published(MessageEvent, event.message, event, None)


def test_a_page_directly_before_the_cached_messages_is_added() -> None:
    cache = MessageCache(300)
    old = [Message("den", seq, seq, "ann", "hello", 1) for seq in range(1, 301)]
    assert cache.between(251, 300) is None
    cache.extend(old[:100])
    assert cache.between(251, 300) is None, "it lies elsewhere"
    cache.extend(old[200:])
    assert cache.between(201, 300) == tuple(old[200:])
    cache.extend(old[100:250])
    assert cache.between(101, 300) == tuple(old[100:])


def test_a_message_after_the_cached_head_is_an_error() -> None:
    cache = MessageCache(3)
    assert cache.between(4, 3) == ()
    with pytest.raises(LookupError, match="seq 4 is after the cached head 3"):
        cache.between(4, 4)


def test_the_cached_messages_are_bounded() -> None:
    cache = MessageCache()
    for n in range(1, 1001):
        cache.add(published(MessagePosted(Message("den", n, n, "ann", "x" * 1000, 1))))
        assert n + 1 - cache.low <= message_cache.MAX_CHARS // 1000
    least = 1 - 2 / message_cache.DROPPED_SHARE
    assert 1001 - cache.low >= message_cache.MAX_CHARS // 1000 * least
