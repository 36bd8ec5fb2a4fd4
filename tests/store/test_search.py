"""The search of the store, compared with one that reads all messages."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from chatroom.consumers.search_indexer import indexed_page
from chatroom.model import Message, group_room
from chatroom.search.query import parse
from chatroom.store.events import MessagesPruned, RoomDeleted
from chatroom.store.postgres import search_match as postgres_match
from chatroom.store.search import CONSUMER, Position, Search, SearchPage
from chatroom.store.sql import search as queries
from chatroom.store.sqlite import SqliteStore, search_match
from chatroom.store.sqlite.connection import checkpoint
from chatroom.store.sqlite.integrity import faults
from chatroom.store.store import Store

from ..reference.search import FoundModel, found
from .room_log import (
    StoredRoom,
    batch_of,
    connected,
    connection_of,
    direct,
    opened,
    rooms,
    statements,
)
from .test_queries import check_plans

WORDS: Final = (
    *("deploy", "deployed", "de", "day", "Tag", "tägl", "täglich", "x1", "今日", "日", "天気予報"),
    *("한국어", "ไทย", "https://example.org/deploy", "🎉", "don't", '"'),
)
PEOPLE: Final = ("alice", "bob", "carol")


async def index(store: Store, *names: str) -> None:
    """Index all that the rooms have, in pages of two messages."""
    await store.add_consumer(CONSUMER)
    for name in names:
        while True:
            page = await store.unhandled(CONSUMER, name, 0, 2)
            await store.index([await indexed_page(name, page)])
            if page.next_rev >= page.head_rev:
                break


def documents(store: Store, columns: str) -> list[Any]:
    rows = connection_of(store).execute(f"SELECT {columns} FROM search_documents")  # noqa: S608
    return list(rows)


async def look(store: Store, user: str, query: str, **more: Any) -> SearchPage:
    more.setdefault("limit", 100)
    return await store.search(Search(user, parse(query), **more))


async def look_through(store: Store, user: str, query: str, **more: Any) -> list[FoundModel]:
    """Return what all pages have."""
    hits: list[FoundModel] = []
    since: Position | None = None
    for _ in range(200):
        page = await look(store, user, query, since=since, **more)
        assert len(page.messages) <= more.get("limit", 100)
        assert page.pending == 0
        hits += [*map(FoundModel, page.messages, page.ranges)]
        if page.next is None:
            return hits
        since = Position.of_cursor(page.next.cursor())
    raise AssertionError("pages without end")


@attrs.define(eq=False)
class Life:
    """Rooms in which people write, change and delete messages, and from which they go."""

    store: Store
    rooms: Sequence[StoredRoom]
    dice: random.Random

    def text(self) -> str:
        return " ".join(self.dice.choices(WORDS, k=self.dice.randint(1, 4)))

    async def step(self) -> None:
        room = self.dice.choice(self.rooms)
        kept = [seq for seq, message in room.log.items() if not message.deleted]
        match self.dice.randrange(12):
            case 0 | 1 if kept:
                await room.edit(self.dice.choice(kept), self.text())
            case 2 if kept:
                await room.delete(self.dice.choice(kept))
            case 3 if len(room.log) > 8:
                await room.prune(min(room.log) + self.dice.randint(0, 4))
            case 4 if room.kind == "room" and "carol" in room.members:
                await room.leave("carol")
            case 5 if room.kind == "room" and "carol" not in room.members:
                await room.enter("carol")
            case 6:
                await index(self.store, room.name)
            case _:
                room.now -= self.dice.choice((0, 0, 10))  # two at the same time
                sender = self.dice.choice([each for each in room.members if each != "carol"])
                await room.post(sender, self.text())

    def params(self) -> dict[str, Any]:
        choose = self.dice.choice
        times = [message.timestamp for room in self.rooms for message in room.log.values()]
        return {
            "room": choose([None, None, *(room.name for room in self.rooms)]),
            "sender": choose([None, None, "alice"]),
            "before": choose([None, None, choose([0, *times])]),
            "after": choose([None, None, choose([0, *times])]),
            "has": choose([None, None, None, "link"]),
        }


@pytest.mark.parametrize(
    ("first", "most", "joined"),
    [(1, 1, 0), (3, 2, 20), (1, 10_000, 20), (4_000, 10_000, 100)],
)
async def test_any_history(
    store: SqliteStore,
    dice: random.Random,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    most: int,
    joined: int,
) -> None:
    """Each number decides which documents are looked through, and which ones FTS5 finds."""
    monkeypatch.setattr(search_match, "RARE_ENTRIES", joined // 2)
    monkeypatch.setattr(search_match, "MAX_JOINED_ENTRIES", joined)
    for name in ("SCANNED", "FETCHED"):
        monkeypatch.setattr(search_match, name, first)
        monkeypatch.setattr(search_match, f"MAX_{name}", most)
    await live(store, dice)


async def live(store: Store, dice: random.Random) -> None:
    """Let people write and search, and compare what they find."""
    group = StoredRoom(store, group_room("alice", "1"))
    made = [StoredRoom(store, "lobby"), group, direct(store, "alice", "bob")]
    for room in made:
        await room.make(*(PEOPLE if room.kind == "room" else PEOPLE[:2]))
    life = Life(store, made, dice)
    for number in range(120):
        await life.step()
        if number % 10 == 0:
            await index(store, *[room.name for room in made])
            for _ in range(6):
                user, query = dice.choice(PEOPLE), life.text()
                params = life.params()
                expected = found(made, user, params | {"query": query}) if parse(query) else []
                if parse(query):
                    limit = dice.choice((1, 2, 100))
                    pages = await look_through(store, user, query, limit=limit, **params)
                    assert pages == expected, (user, query, params)


async def test_what_is_not_indexed_is_pending(store: Store) -> None:
    one, two = await rooms(store, 2)
    await index(store)
    await one.talk("alice", 3)
    await two.post("alice", "number")
    assert (await look(store, "alice", "number")).pending == 4
    await index(store, one.name)
    page = await look(store, "alice", "number")
    assert (len(page.messages), page.pending) == (3, 1)
    assert (await look(store, "alice", "number", room=one.name)).pending == 0
    assert (await look(store, "nobody", "number")) == SearchPage()


async def test_a_change_that_is_not_indexed_is_never_shown_wrong(store: Store) -> None:
    (room,) = await rooms(store, 1)
    await room.post("alice", "first see https://example.org")
    await room.post("alice", "second word")
    await room.post("alice", "third word")
    await index(store, room.name)
    await room.edit(1, "first see nothing")
    await room.edit(2, "another word")
    await room.delete(3)
    assert (await look(store, "alice", "see", has="link")).messages == ()
    assert (await look(store, "alice", "second")).messages == ()
    page = await look(store, "alice", "word")
    assert [(m.text, r) for m, r in zip(page.messages, page.ranges, strict=True)] == [
        ("another word", ((8, 12),))
    ]


async def test_a_page_that_comes_late_changes_nothing(store: Store) -> None:
    """Two nodes on one store, or a page that is handed again."""
    (room,) = await rooms(store, 1)
    await store.add_consumer(CONSUMER)
    await room.post("alice", "old words")
    early = await indexed_page(room.name, await store.unhandled(CONSUMER, room.name, 0, 10))
    await room.edit(1, "new words")
    late = await indexed_page(room.name, await store.unhandled(CONSUMER, room.name, 0, 10))
    await store.index([late])
    await store.index([early, late])
    found_ = documents(store, "document")
    assert found_ == [(" room=room-0 sender=alice new words ",)]


async def test_a_missing_change_does_not_keep_the_index_behind(tmp_path: Path) -> None:
    """The server writes no such log. Two writers never commit on the same base (I2), so each rev is
    that of a post or of a row of ``changes``, and pruning keeps the rows from the rev of the last
    pruned message on. So the rows tell the head seq at each rev that is read. If one is missing,
    that seq is too low, and the reader believes that messages after its cursor were pruned.
    """
    async with opened(tmp_path) as store:
        (room,) = await rooms(store, 1)
        await room.post("alice", "first word")
        await room.edit(1, "another word")
        await room.post("alice", "second word")
        await room.edit(2, "second words")
        with connected(tmp_path) as connection:
            connection.execute("DELETE FROM changes WHERE rev = 2")
        await store.add_consumer(CONSUMER)
        for _ in range(room.head_rev):
            page = await store.unhandled(CONSUMER, room.name, 0, 1)
            await store.index([await indexed_page(room.name, page)])
        answer = await look(store, "alice", "word")
        assert (len(answer.messages), answer.pending) == (2, 0)


async def test_what_was_pruned_or_deleted_meanwhile_is_not_indexed(store: Store) -> None:
    kept, gone = await rooms(store, 2)
    await store.add_consumer(CONSUMER)
    pages = []
    for room in (kept, gone):
        await room.talk("alice", 3)
        changes = await store.unhandled(CONSUMER, room.name, 0, 10)
        pages.append(await indexed_page(room.name, changes))
    await kept.commit_and_apply(MessagesPruned(2))
    await store.commit(batch_of(gone.name, RoomDeleted(1000)))
    await store.index([*pages, *pages])
    rows = documents(store, "room, seq")
    assert rows == [(kept.name, 3)]


async def test_a_deleted_room_takes_its_documents_along(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        one, two = await rooms(store, 2)
        for room in (one, two):
            await room.talk("alice", 5)
        await index(store, one.name, two.name)
        await store.commit(batch_of(one.name, RoomDeleted(1000)))
        assert len((await look(store, "alice", "number")).messages) == 5
        while await store.erase_retired(3):
            pass
    assert faults(tmp_path) == []
    with connected(tmp_path) as connection:
        count = "SELECT count(*) FROM search_documents"
        assert connection.execute(count).fetchone() == (5,)


async def test_words_of_deleted_and_pruned_messages_leave_the_file(tmp_path: Path) -> None:
    secrets = ("hunter2", "xylograph", "geheimnis")
    async with opened(tmp_path) as store:
        (room,) = await rooms(store, 1)
        await room.post("alice", f"{secrets[0]} of mine")
        await index(store, room.name)  # into a segment of its own
        await room.post("alice", f"{secrets[1]} of mine")
        await room.post("alice", f"{secrets[2]} of mine")
        await index(store, room.name)
        await room.prune(1)
        await room.edit(2, "changed")
        await room.delete(3)
        await index(store, room.name)
        assert not await store.forget_words()  # too early
        while await store.forget_words(0):
            pass
        checkpoint(store._connection)
        content = (tmp_path / "chatroom.db").read_bytes()
    assert not [each for each in secrets if each[:5].encode() in content]
    assert faults(tmp_path) == []


async def test_a_page_has_at_most_so_many_bytes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_BYTES", 20)
    (room,) = await rooms(store, 1)
    for _ in range(5):
        await room.post("alice", "nine char")
    await index(store, room.name)
    search = Search("alice", parse("nine"), 100)
    sizes = []
    while True:
        page = await store.search(search)
        sizes.append(len(page.messages))
        if page.next is None:
            break
        search = attrs.evolve(search, since=page.next)
    assert sizes == [2, 2, 1]


async def test_all_ids_of_a_time_may_be_taken(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatroom.store.sql.search_documents.TIME_SHIFT", 2)
    for engine in (search_match, postgres_match):
        monkeypatch.setattr(engine, "TIME_SHIFT", 2)
    monkeypatch.setattr(queries, "TIME_SHIFT", 2)
    (room,) = await rooms(store, 1)
    for _ in range(10):
        room.now -= 10
        await room.post("alice", "word")
    await index(store, room.name)
    hits = await look_through(store, "alice", "word", limit=3)
    assert sorted(hit.message.seq for hit in hits) == [*range(1, 11)]


@pytest.mark.parametrize("word", ["common", "rare", "common rare", '"common"'])
@pytest.mark.parametrize("room", [None, "room-1"])
async def test_searches_scan_no_table(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, word: str, room: str | None
) -> None:
    for name in ("SCANNED", "FETCHED", "RARE_ENTRIES"):
        monkeypatch.setattr(search_match, name, 2)
    made = await rooms(store, 4)
    for number in range(12):
        await made[number % 4].post("alice", "common" if number % 7 else "common rare")
    await index(store, *[each.name for each in made])
    seen = statements(store)
    queries.search(
        store._connection, search_match.match, Search("alice", parse(word), 1, room=room), len_of
    )
    check_plans(store._connection, seen, more_than=3)


async def test_one_page_looks_at_few_documents(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two common words that no message has both."""
    monkeypatch.setattr(search_match, "MAX_JOINED_ENTRIES", 0)
    monkeypatch.setattr(search_match, "SCANNED", 2)
    monkeypatch.setattr(search_match, "MAX_SCANNED", 4)
    (room,) = await rooms(store, 1)
    for number in range(20):
        await room.post("alice", "even" if number % 2 else "odd")
    await index(store, room.name)
    search = Search("alice", parse("even odd"), 10)
    times = []
    while True:
        page = await store.search(search)
        assert page.messages == ()
        if page.next is None:
            break
        times.append(page.next.timestamp)
        search = attrs.evolve(search, since=page.next)
    stamps = [room.log[seq].timestamp for seq in (15, 9, 3)]
    assert times == [stamp - 1 for stamp in stamps]  # six each


async def test_fts5_is_not_asked_for_a_common_prefix(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would join the entries of all words with it, before the first one is returned."""
    monkeypatch.setattr(search_match, "MAX_JOINED_ENTRIES", 10)
    monkeypatch.setattr(search_match, "SCANNED", 1)
    (room,) = await rooms(store, 1)
    for number in range(20):
        await room.post("alice", "very common" if number else "very rare common")
    await index(store, room.name)
    asked = {
        "common": None,
        "rare": '"rare" *',
        "common rare": '"rare" *',
        "very-comm": '"very"',
        '"very common"': '"very common"',
    }
    for query, expected in asked.items():
        seen = statements(store)
        page = queries.search(
            store._connection, search_match.match, Search("alice", parse(query), 100), len_of
        )
        assert len(page.messages) == {"rare": 1, "common rare": 1, "common": 20}.get(query, 19)
        matches = [each.split("MATCH")[1] for each in seen if "MATCH" in each]
        assert [each.split("'")[1] for each in matches] == ([expected] if expected else [])


async def test_indexing_scans_no_table(store: SqliteStore) -> None:
    (room,) = await rooms(store, 1)
    await room.talk("alice", 3)
    seen = statements(store)
    await index(store, room.name)
    await room.delete(1)
    await room.edit(2, "edited")
    await index(store, room.name)
    await room.prune(2)
    check_plans(store._connection, seen, more_than=10)


def len_of(message: Message) -> int:
    return len(message.text)
