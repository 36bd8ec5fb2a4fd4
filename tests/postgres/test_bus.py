"""The bus by NOTIFY, and the feed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from typing import Any

import attrs
import pytest
import trio

from chatroom.store import news_codec
from chatroom.store.events import MemberAdded, MessagePosted, RoomDeleted, RoomEvent
from chatroom.store.news import News, RoomNews
from chatroom.store.postgres import PostgresStore
from chatroom.store.room_log import Decision

from ..client import DEADLINE_S
from ..store.room_log import StoredRoom, batch_of, running


@pytest.fixture
async def other(store: PostgresStore, empty_database: str) -> AsyncIterator[PostgresStore]:
    async with running(PostgresStore.open(empty_database)) as made:
        with trio.fail_after(DEADLINE_S):
            while not (store.others and made.others):  # noqa: ASYNC110 - a heartbeat tells
                await trio.sleep(0.01)
        yield made


class VersionedRoom(StoredRoom):
    """A room whose commits compare its version, as those of room actors do."""

    async def commit(self, *entries: RoomEvent) -> Decision:
        batch = attrs.evolve(batch_of(self.name, *entries), version=self.version)
        decision = await self.store.commit(batch)
        self.count_commit(entries)
        return decision


class Listener:
    """Collects the news of a node."""

    def __init__(self) -> None:
        self.heard: list[News] = []
        self._news = trio.Event()

    def __call__(self, news: Sequence[News]) -> None:
        self.heard += news
        self._news.set()

    async def until(self, version: int, room: str = "lobby") -> list[RoomNews]:
        with trio.fail_after(DEADLINE_S):
            while True:
                found = [each for each in self.heard if isinstance(each, RoomNews)]
                if found and found[-1].room == room and found[-1].version >= version:
                    return found
                await self._news.wait()
                self._news = trio.Event()


def texts(news: Sequence[RoomNews]) -> list[str]:
    posted = [each for news_ in news for each in news_.events if isinstance(each, MessagePosted)]
    return [each.message.text for each in posted]


async def test_others_hear_of_commits_with_their_events(
    store: PostgresStore, other: PostgresStore
) -> None:
    talk, listener = VersionedRoom(store), Listener()
    with ExitStack() as stack:
        stack.enter_context(store.telling_news(lambda _: None))
        stack.enter_context(other.telling_news(listener))
        other.bus.tell("news", b"nonsense")  # it is ignored, with a log line
        await talk.make("alice")
        await talk.post("alice", "one")
        await talk.post("alice", "x" * 10_000)
        await talk.post("alice", "three")
        heard = await listener.until(4)
    assert [each.version for each in heard] == [1, 2, 3, 4]
    assert texts(heard) == ["one", "three"]  # the long one does not fit
    missed = await other.since("lobby", 1)
    assert missed is not None
    assert texts(missed) == ["one"]
    missed = await other.since("lobby", 2)
    assert missed is not None
    assert texts(missed) == ["x" * 10_000, "three"]


async def test_events_are_encoded_once(
    store: PostgresStore, other: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the feed and for the bus."""
    talk, listener = VersionedRoom(store), Listener()
    with ExitStack() as stack:
        stack.enter_context(store.telling_news(lambda _: None))
        stack.enter_context(other.telling_news(listener))
        await talk.make("alice")
        await listener.until(1)
        encoded: list[Sequence[RoomEvent]] = []
        encode = news_codec.encode_events

        def encode_events(events: Sequence[RoomEvent]) -> bytes:
            encoded.append(events)
            return encode(events)

        monkeypatch.setattr(news_codec, "encode_events", encode_events)
        await talk.post("alice", "one")
        assert texts(await listener.until(2)) == ["one"]
    assert len(encoded) == 1


async def test_others_decode_the_events_of_rooms_that_they_follow_and_of_members(
    store: PostgresStore, other: PostgresStore
) -> None:
    followed, talk, listener = VersionedRoom(store, "followed"), VersionedRoom(store), Listener()
    with ExitStack() as stack:
        stack.enter_context(store.telling_news(lambda _: None))
        stack.enter_context(other.telling_news(listener, lambda room: room == "followed"))
        await talk.make("alice")
        await followed.make("alice")
        await talk.post("alice", "one")
        await followed.post("alice", "two")
        heard = await listener.until(2, "followed")
    assert [(each.room, each.version) for each in heard] == [
        ("lobby", 1),
        ("followed", 1),
        ("lobby", 2),
        ("followed", 2),
    ]
    assert all(any(isinstance(event, MemberAdded) for event in each.events) for each in heard[:2])
    assert heard[2].events == ()
    assert texts(heard) == ["two"]
    missed = await other.since("lobby", 1)
    assert missed is not None
    assert texts(missed) == ["one"]


async def test_the_feed_has_what_was_missed(store: PostgresStore, other: PostgresStore) -> None:
    """All that is told of a group is lost, and then what is in the feed."""
    talk = VersionedRoom(store)
    await talk.make("alice")
    for text in ("one", "two"):
        await talk.post("alice", text)
    missed = await other.since("lobby", 1)
    assert missed is not None
    assert texts(missed) == ["one", "two"]
    assert await other.since("lobby", 3) == []
    other._connection.execute("DELETE FROM feed WHERE version = 2")
    assert await other.since("lobby", 1) is None
    later: Any = await other.since("lobby", 2)
    assert texts(later) == ["two"]
    await talk.commit(RoomDeleted(1))
    missed = await other.since("lobby", 3)
    assert missed is not None
    assert missed[-1].events == (RoomDeleted(1),)
    assert await other.since("lobby", 0) == []  # by one who has applied the deletion
