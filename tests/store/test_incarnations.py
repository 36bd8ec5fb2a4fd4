"""Validity of cursors after restarts, kills, restored copies, and copies that run side by side."""

import itertools
import random
import sqlite3
from pathlib import Path
from typing import Final

import attrs
import pytest

from chatroom.store.events import MemberAdded
from chatroom.store.sql import incarnations
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults
from chatroom.store.sqlite.startup import begin
from chatroom.store.store import Store

from .room_log import StoredRoom, batch_of, connected, copy_files, opened

STEPS: Final = 30
NAMES: Final = ("hall", "den")


@attrs.frozen
class Cursor:
    """A cursor and what its client has seen of the room. Texts are unique to a history."""

    epoch: str
    room: str
    rev: int
    seen: tuple[str, ...]


async def post(store: Store, room: str, text: str) -> None:
    talk = StoredRoom(store, room)
    there = await store.room(room)
    if there is None:
        await talk.make("alice")
    else:
        talk.posted, talk.head_rev = [0] * there.head_seq, there.head_rev
    await talk.post("alice", text)


async def texts(store: Store, room: str) -> tuple[str, ...]:
    return tuple(message.text for message in (await store.page(room, 1000)).messages)


async def cursor(store: Store, room: str) -> Cursor:
    seen = await texts(store, room)
    return Cursor(store.epoch, room, len(seen), seen)


async def is_good(store: Store, cursor: Cursor) -> bool:
    """Return whether a cursor is valid, as a room's actor decides. The room must exist."""
    last = await store.last_valid_rev(cursor.room, cursor.epoch)
    return last is not None and cursor.rev <= last


async def test_cursor_is_valid_exactly_if_all_it_saw_exists(
    tmp_path: Path, dice: random.Random
) -> None:
    """Each cursor is presented to all later incarnations, on all copies. A copy is made while a
    server runs, and is used by another one."""
    known: list[set[str]] = [set()]  # for each directory the epochs in its history
    directories = [tmp_path / "0"]
    cursors: list[Cursor] = []
    number, accepted, refused = itertools.count(), 0, 0
    for _ in range(STEPS):
        place = dice.randrange(len(directories))
        async with opened(directories[place]) as store:
            known[place].add(store.epoch)
            for room in dice.sample(NAMES, dice.randint(0, 2)):
                for _ in range(dice.randint(1, 3)):
                    await post(store, room, f"text {next(number)}")
            rooms = [room for room in NAMES if await store.room(room)]
            cursors += [await cursor(store, room) for room in rooms]
            for old in cursors:
                if old.room in rooms:
                    seen = (await texts(store, old.room))[: old.rev]
                    good = old.epoch in known[place] and seen == old.seen
                    assert await is_good(store, old) == good
                    accepted, refused = accepted + good, refused + (not good)
            if dice.random() < 0.3:
                directories.append(tmp_path / str(len(directories)))
                copy_files(directories[place], directories[-1])
                known.append(set(known[place]))
    assert accepted
    assert refused
    for directory in directories:
        if (directory / "chatroom.db").exists():
            assert faults(directory) == []


# ---- single cases


async def test_failed_batch_records_no_incarnation(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await post(store, "hall", "one")
        first = await cursor(store, "hall")
    async with opened(tmp_path) as store:
        talk = StoredRoom(store, "hall")
        talk.posted, talk.head_rev = [1], 1
        member = MemberAdded((await store.members("hall", "", 1)).members[0])
        with pytest.raises(sqlite3.IntegrityError):
            await talk.commit(talk.posting("alice"), member)
        (row,) = store._connection.execute("SELECT count(*) FROM room_incarnations").fetchone()
        assert row == 1
        # Changes of membership have no rev.
        await store.commit(batch_of("hall", MemberAdded(attrs.evolve(member.member, user="bob"))))
        assert await store.last_valid_rev("hall", first.epoch) == 1


# ---- stored rows


def rows(connection: sqlite3.Connection) -> list[tuple[str, int, int]]:
    return connection.execute(
        "SELECT room, incarnation, first_rev FROM room_incarnations ORDER BY room, incarnation"
    ).fetchall()


async def test_room_has_a_row_per_incarnation_that_wrote_in_it(tmp_path: Path) -> None:
    for _ in range(3):
        async with opened(tmp_path) as store:
            for _ in range(3):
                await post(store, "hall", "text")
    async with opened(tmp_path) as store:
        assert [rev for _, _, rev in rows(store._connection)] == [1, 4, 7]


async def test_pruning_deletes_incarnations_that_separate_no_cursors(tmp_path: Path) -> None:
    seen: list[Cursor] = []
    for _ in range(4):
        async with opened(tmp_path) as store:
            for _ in range(3):
                await post(store, "hall", "text")
                seen.append(Cursor(store.epoch, "hall", len(seen) + 1, ()))
    async with opened(tmp_path) as store:
        talk = StoredRoom(store, "hall")
        before = [await is_good(store, old) for old in seen]
        wrong = [attrs.evolve(old, rev=old.rev + 3) for old in seen]
        for through in (5, 7):
            await talk.prune(through)
            # Lower cursors are answered as pruned, whether they are valid or not.
            kept = range(through, len(seen))
            assert [await is_good(store, seen[number]) for number in kept] == before[through:]
            assert not any([await is_good(store, old) for old in wrong[:-3] if old.rev >= through])
        assert [rev for _, _, rev in rows(store._connection)] == [7, 10]
        assert faults(tmp_path) == []


async def test_old_incarnations_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incarnations, "MAX_INCARNATIONS", 20)
    monkeypatch.setattr(incarnations, "DELETED_AT_ONCE", 5)
    seen = []
    for number in range(21):
        async with opened(tmp_path) as store:
            if number % 2:
                await post(store, "hall", f"text {number}")
            if number:
                seen.append(await cursor(store, "hall"))
    async with opened(tmp_path) as store:
        (count,) = store._connection.execute("SELECT count(*) FROM incarnations").fetchone()
        assert count == 20 - 5 + 2  # and the current one
        good = [await is_good(store, old) for old in seen]
        # Cursors of deleted incarnations are invalid. All others are unchanged.
        assert good == [False] * (len(seen) - 16) + [True] * 16
        wrong = [attrs.evolve(old, rev=old.rev + 1) for old in seen]
        assert not any([await is_good(store, old) for old in wrong[:-1]])
        assert min(number for _, number, _ in rows(store._connection)) > 6
        assert faults(tmp_path) == []


def test_start_that_cannot_write_its_incarnation_fails(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path).close()
    with connected(tmp_path) as connection:
        before = connection.execute("SELECT count(*) FROM incarnations").fetchone()
        connection.execute("PRAGMA query_only = 1")
        with pytest.raises(sqlite3.OperationalError):
            begin(connection)
        assert not connection.in_transaction
        assert connection.execute("SELECT count(*) FROM incarnations").fetchone() == before
