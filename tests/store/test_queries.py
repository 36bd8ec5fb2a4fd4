"""Query plans: queries use indexes, and read no more than they return."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from chatroom.store.events import ReadCursorMoved
from chatroom.store.room_log import Batch
from chatroom.store.sqlite import SqliteStore, accounts, inbox, log, rooms

from .room_log import (
    StoredRoom,
    direct,
    nothing,
    statements,
)


async def test_no_query_scans_a_table(store: SqliteStore) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    seen = statements(store)
    await talk.commit(
        *[talk.posting("alice", client_id=f"c-{n}", mentions=("bob", "room")) for n in range(9)],
        talk.changing(2, "edited", ("bob",)),
        talk.changing(3, None),
        ReadCursorMoved("bob", 4),
    )
    await store.commit(Batch("lobby", nothing, (("alice", "c-1"),), (1, 2)))
    await talk.prune(2)
    connection = store._connection
    places: list[dict[str, Any]] = [{}, {"before": 5}, {"after": 5}, {"around": 5}]
    for bounds in places:
        log.page(connection, "lobby", 3, **bounds)
    log.changes(connection, "lobby", 3, 100)
    log.prune_point(connection, "lobby", None, 2000, 5)
    inbox.inbox(connection, "bob")
    inbox.inbox(connection, "bob", "lobby")
    connection.set_trace_callback(None)
    assert len(_queries(seen)) > 30
    check_plans(connection, seen)


def check_plans(connection: sqlite3.Connection, seen: Sequence[str]) -> None:
    # Scans of parameter lists, of constant rows and of a page found before are allowed.
    bounded = ("VIRTUAL TABLE", "CONSTANT ROW", "(subquery", "SCAN page")
    for statement in _queries(seen):
        for step in _plan(connection, statement):
            scans = step.startswith("SCAN") and not any(word in step for word in bounded)
            assert not scans, (statement, step)
            assert "ORDER BY" not in step, (statement, step)


def _queries(seen: Sequence[str]) -> list[str]:
    words = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return [statement for statement in dict.fromkeys(seen) if statement.split()[0] in words]


def _plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


async def test_lists_and_lookups_scan_no_table(store: SqliteStore) -> None:
    connection = store._connection
    seen = statements(store)
    for query in (None, "part"):
        rooms.rooms(connection, "bob", query, "", 50)
    rooms.room(connection, "lobby")
    rooms.people(connection, "lobby", ["bob", "carol"])
    rooms.members(connection, "lobby", "", 50)
    rooms.successor(connection, "lobby", "bob")
    log.prunable(connection, 5, 1000, "", 50)
    accounts.account(connection, "bob")
    accounts.accounts(connection, "", 50)
    accounts.token(connection, b"digest")
    accounts.remove_token(connection, b"digest")
    accounts.remove_tokens(connection, "bob")
    accounts.remove_expired_tokens(connection, 1000)
    connection.set_trace_callback(None)
    assert len(_queries(seen)) > 14
    check_plans(connection, seen)


async def test_list_of_rooms_does_not_scan_rooms_of_others(store: SqliteStore) -> None:
    async def add(people: range) -> None:
        for number in people:
            await direct(store, f"u{number}", "alice").make("alice", f"u{number}")
            await StoredRoom(store, f"p{number}", visibility="private").make(f"u{number}")

    for number in range(20):
        await StoredRoom(store, f"room{number}").make("alice")
        await StoredRoom(store, f"den{number}", visibility="private").make("bob")
    lists = [(None, "", 10), (None, "room", 10), ("1", "", 10), ("nothing", "", 10)]

    def cost(user: str) -> int:
        return steps(store, *(partial(rooms.rooms, user=user, **_list(each)) for each in lists))

    await add(range(10))
    few = cost("bob"), cost("alice")
    await add(range(10, 200))
    assert (cost("bob"), cost("alice")) == few


def _list(values: tuple[str | None, str, int]) -> dict[str, Any]:
    return dict(zip(("query", "after", "limit"), values, strict=True))


def steps(store: SqliteStore, *queries: Callable[[sqlite3.Connection], object]) -> int:
    """Return the number of virtual machine instructions that the queries take."""
    connection, count = store._connection, 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(tick, 1)
    for query in queries:
        query(connection)
    connection.set_progress_handler(None, 1)
    return count


async def test_cost_of_a_page_does_not_depend_on_the_log(store: SqliteStore) -> None:
    talk = StoredRoom(store)
    await talk.make("alice")

    pages = (
        partial(log.page, room="lobby", limit=10),
        partial(log.page, room="lobby", limit=10, around=20),
        partial(log.changes, room="lobby", since=20, limit=10),
        partial(inbox.inbox, user="alice"),
    )
    await talk.talk("alice", 50)
    short = steps(store, *pages)
    await talk.talk("alice", 5000)
    assert steps(store, *pages) <= short + 100
