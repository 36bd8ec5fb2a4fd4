"""The message cache returns the same as the store."""

from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from chatroom.hub import message_cache
from chatroom.hub.channel import Channel
from chatroom.hub.message_cache import MessageCache, Published
from chatroom.model import Member, Message
from chatroom.protocol.codec import encode_json
from chatroom.protocol.events import MessageChangedEvent, NewMessageEvent
from chatroom.room.log_reader import LogReader
from chatroom.room.state import RoomState
from chatroom.store.events import (
    MemberAdded,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    RoomCreated,
    RoomEvent,
)
from chatroom.store.room_log import Batch, Bounds, Decision, Page

from ..memory_store import MemoryStore
from ..reference import RoomModel

BOUNDS = st.one_of(
    st.none(), st.tuples(st.sampled_from(["before", "after", "around"]), st.integers(0, 45))
)
STEPS = st.one_of(
    st.tuples(st.just("post"), st.integers(0, 60)),
    st.tuples(st.just("answer"), st.integers(1, 40)),
    st.tuples(st.just("delete"), st.integers(1, 40)),
    st.tuples(st.just("prune"), st.integers(1, 5)),
    st.tuples(st.just("wake"), st.just(0)),
    st.tuples(st.just("page"), st.tuples(st.integers(1, 12), BOUNDS)),
)


@settings(max_examples=60)
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
            case "answer" if value in model.log and model.log[value].thread is None:
                await commit(model.posting("ann", thread=value))
            case "delete" if value in model.log and not model.log[value].deleted:
                await commit(model.changing(value, None))
            case "prune" if model.first_seq + value <= model.head_seq:
                pruned = MessagesPruned(model.first_seq + value - 1)
                model.apply(pruned)
                await commit(attrs.evolve(pruned, threaded=model.threaded[1]))
            case "wake":
                state = RoomState("den", await store.room("den"))
                cache = MessageCache(state.log_head.main.last)
            case "page":
                limit, bound = value
                bounds = Bounds() if bound is None else Bounds(**{bound[0]: bound[1]})
                page = await store.page("den", limit, bounds)
                assert cached_page(cache, state, limit, bounds) in (None, page)
                if page.head_rev == state.log_head.head_rev:
                    cache.extend(page.messages, page.low, page.beside.threads)
            case _:
                pass  # impossible now


def cached_page(cache: MessageCache, state: RoomState, limit: int, bounds: Bounds) -> Page | None:
    """Return a page from the cache, as a room's reader makes it."""
    reader = LogReader(state, Channel("den", "epoch", messages=cache), MemoryStore())
    page = reader.cached_page(limit, "ann", bounds)
    if page is not None:
        encoded = getattr(page.messages, "encoded", None)
        assert encoded in (None, [encode_json(message) for message in page.messages])
    return page


def published(event: MessagePosted | MessageChanged) -> Published:
    told = NewMessageEvent if isinstance(event, MessagePosted) else MessageChangedEvent
    return Published(told, event.message, event, None)


def test_a_page_directly_before_the_cached_messages_is_added() -> None:
    cache = MessageCache(300)
    old = [Message("den", seq, seq, "ann", "hello", 1) for seq in range(1, 301)]
    assert cache.between(251, 300) is None
    cache.extend(old[:100], 1, ())
    assert cache.between(251, 300) is None, "it lies elsewhere"
    cache.extend(old[200:], 201, ())
    assert cache.between(201, 300) == tuple(old[200:])
    cache.extend(old[100:250], 101, ())
    assert cache.between(101, 300) == tuple(old[100:])


def test_a_message_after_the_cached_head_is_an_error() -> None:
    cache = MessageCache(3)
    assert cache.between(4, 3) == ()
    with pytest.raises(LookupError, match="place 4 is after the last cached one, 3"):
        cache.between(4, 4)


def test_the_cached_messages_are_bounded() -> None:
    cache = MessageCache()
    for n in range(1, 1001):
        cache.add(published(MessagePosted(Message("den", n, n, "ann", "x" * 1000, 1))))
        assert n + 1 - cache.low <= message_cache.MAX_CHARS // 1000
    least = 1 - 2 / message_cache.DROPPED_SHARE
    assert 1001 - cache.low >= message_cache.MAX_CHARS // 1000 * least
