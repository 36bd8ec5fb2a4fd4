"""What several nodes on one database agree on: the epoch, who leads, the time, numbers of news."""

from contextlib import ExitStack, closing, suppress
from typing import Final

import psycopg
import pytest
import trio

from chatroom.clock import DAY_MS, HOUR_MS, wall_ms
from chatroom.errors import StorageAway
from chatroom.store.postgres import PostgresStore
from chatroom.store.postgres.heartbeat import Heartbeat
from chatroom.store.sql.threads import in_thread

from ..client import DEADLINE_S
from ..postgres_server import PostgresServer
from ..store.room_log import StoredRoom, running

FILLED_ANEW: Final = """
    CREATE TEMPORARY TABLE kept AS SELECT * FROM chatroom.incarnations;
    TRUNCATE chatroom.incarnations;
    INSERT INTO chatroom.incarnations SELECT * FROM kept;
"""
ENDED: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
"""


def test_nodes_and_later_starts_share_an_epoch(empty_database: str) -> None:
    with closing(PostgresStore.open(empty_database)) as first:
        epoch = first.epoch
        with closing(PostgresStore.open(empty_database)) as second:
            assert second.epoch == epoch
    with closing(PostgresStore.open(empty_database)) as again:
        assert again.epoch == epoch


def test_a_table_that_was_filled_anew_begins_another_epoch(
    empty_database: str, postgres: PostgresServer
) -> None:
    """As if a dump had been put back while PostgreSQL ran."""
    with closing(PostgresStore.open(empty_database)) as store:
        epoch = store.epoch
    postgres.execute(FILLED_ANEW, "ours")
    with closing(PostgresStore.open(empty_database)) as store:
        assert store.epoch != epoch


@pytest.mark.parametrize("how", ["reads", "hears"])
async def test_what_a_node_learns_from_another_run_is_of_its_epoch(
    how: str, store: PostgresStore, empty_database: str, postgres: PostgresServer
) -> None:
    """A cursor of the epoch before would name what is written in this one, and be refused later."""
    heard: list[str] = []
    async with running(PostgresStore.open(empty_database)) as writing:
        # As if PostgreSQL had run anew.
        postgres.execute(FILLED_ANEW + ENDED, "ours")
        await StoredRoom(writing).make("alice")
        with (
            store.bus.hearing("test", lambda *_: heard.append(store.epoch)),
            trio.fail_after(DEADLINE_S),
        ):
            while how == "hears" and not heard:
                writing.bus.tell("test", b"")
                await trio.sleep(0.01)
            while how == "reads" and not heard:
                with suppress(StorageAway):
                    await store.account("alice")
                    heard.append(store.epoch)
        assert heard[0] == writing.epoch


@pytest.mark.parametrize("how", ["ends", "is frozen"])
def test_another_node_leads_when_one(how: str, empty_database: str) -> None:
    with ExitStack() as stack:
        first = PostgresStore.open(empty_database)
        second = stack.enter_context(closing(PostgresStore.open(empty_database)))
        second._heartbeat.beat()
        assert (first.leads, second.leads, second.others) == (True, False, (first.node,))
        if how == "ends":
            first.close()
        else:
            stack.enter_context(closing(first))
            second._connection.execute("UPDATE leader SET until = now() - interval '1 s'")
        second._heartbeat.beat()
        assert second.leads
        if how == "ends":
            assert not second.others
        else:
            first._heartbeat.beat()
            assert not first.leads


@pytest.mark.parametrize("ahead_ms", [DAY_MS, -DAY_MS])
def test_the_time_is_that_of_postgresql(ahead_ms: int, empty_database: str) -> None:
    with closing(PostgresStore.open(empty_database)) as store:
        beating = store._heartbeat._connection
        wrong = Heartbeat(beating, 0, in_thread, lambda: wall_ms() + ahead_ms)
        wrong.beat()
        assert abs(wrong.time_ms() - wall_ms()) < HOUR_MS


def test_news_of_accounts_is_numbered_in_the_order_of_commits(empty_database: str) -> None:
    """A reader that has seen a number misses none that is committed later."""
    note = "INSERT INTO chatroom.account_news (\"user\", kind) VALUES (%s, 'profile')"
    with psycopg.connect(empty_database) as slow, psycopg.connect(empty_database) as quick:
        for connection in (slow, quick):
            connection.execute("SET search_path = chatroom")
        slow.execute(note, ["alice"])
        quick.execute(note, ["bob"])
        quick.commit()
        slow.commit()
        rows = quick.execute('SELECT "user" FROM account_news ORDER BY number').fetchall()
    assert rows == [("bob",), ("alice",)]
