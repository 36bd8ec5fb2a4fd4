"""How the file is asked: by indexes, and for no more than is shown."""

import sqlite3
from collections.abc import Sequence

from chatroom.store.entries import Read
from chatroom.store.sqlite import SqliteStore, inbox, log
from chatroom.store.store import Batch

from .talk import Talk, nothing, statements


async def test_no_query_scans_a_table(sqlite: SqliteStore) -> None:
    talk = Talk(sqlite)
    await talk.make("alice", "bob")
    seen = statements(sqlite)
    await talk.commit(
        *[talk.posting("alice", client_id=f"c-{n}", mentions=("bob", "room")) for n in range(9)],
        talk.changing(2, "edited", ("bob",)),
        talk.changing(3, None),
        Read("bob", 4),
    )
    await sqlite.commit(Batch("lobby", nothing, (("alice", "c-1"),), (1, 2)))
    await talk.prune(2)
    connection = sqlite._connection
    for bounds in ({}, {"before": 5}, {"after": 5}, {"around": 5}):
        log.page(connection, "lobby", 3, **bounds)
    log.changes(connection, "lobby", 3, 100)
    log.prune_point(connection, "lobby", None, 2000, 5)
    inbox.inbox(connection, "bob")
    inbox.inbox(connection, "bob", "lobby")
    connection.set_trace_callback(None)
    assert len(_queries(seen)) > 30
    for statement in _queries(seen):
        for step in _plan(connection, statement):
            assert not step.startswith("SCAN") or "VIRTUAL TABLE" in step, (statement, step)
            assert "ORDER BY" not in step, (statement, step)


def _queries(seen: Sequence[str]) -> list[str]:
    words = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return [statement for statement in dict.fromkeys(seen) if statement.split()[0] in words]


def _plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


async def test_the_cost_of_a_page_does_not_depend_on_the_log(sqlite: SqliteStore) -> None:
    talk = Talk(sqlite)
    await talk.make("alice")

    def steps() -> int:
        """Progress of SQLite's virtual machine in one page of each kind."""
        connection, count = sqlite._connection, 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        connection.set_progress_handler(tick, 1)
        log.page(connection, "lobby", 10)
        log.page(connection, "lobby", 10, around=20)
        log.changes(connection, "lobby", 20, 10)
        inbox.inbox(connection, "alice")
        connection.set_progress_handler(None, 1)
        return count

    await talk.talk("alice", 50)
    short = steps()
    await talk.talk("alice", 5000)
    assert steps() <= short + 100
