"""Faults of PostgreSQL: what is acknowledged is there once."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest
import trio

from chatroom.errors import StorageAway, StorageFull
from chatroom.store.events import RoomEvent
from chatroom.store.postgres import PostgresStore
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sql.connection import Connection
from chatroom.store.sql.writer import HANGING_S

from ..client import DEADLINE_S
from ..postgres_server import REPLICATED, SYNCHRONOUS, PostgresServer
from ..store.room_log import StoredRoom, running
from .test_commits import texts, until


def waiting(server: PostgresServer) -> set[int]:
    """Return the processes that wait for a standby."""
    found = server.execute("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    return {pid for (pid,) in found}


async def test_a_commit_whose_wait_for_the_standby_is_cancelled_is_not_acknowledged() -> None:
    """PostgreSQL reports it as written, but a fail-over would lose it."""
    with closing(PostgresServer(SYNCHRONOUS)) as primary:
        primary.start()
        with closing(PostgresServer(REPLICATED, primary)) as standby:
            standby.start()
            async with (
                running(PostgresStore.open(primary.url("postgres"))) as store,
                running(PostgresStore.open(primary.url("postgres"))) as other,
                trio.open_nursery() as nursery,
            ):
                talk = StoredRoom(store)
                await talk.make("alice")
                posted = talk.posting("alice", "one", "c-1")
                standby.kill()
                acknowledged: list[Decision] = []

                async def commit(node: PostgresStore, *events: RoomEvent) -> None:
                    batch = Batch("lobby", lambda _: Decision(events), (("alice", "c-1"),))
                    acknowledged.append(await node.commit(batch))

                nursery.start_soon(commit, store, posted)
                await until(lambda: len(waiting(primary)) == 1)
                processes = waiting(primary)
                primary.execute(f"SELECT pg_cancel_backend({min(processes)})")
                # The next commit, which settles it, waits too. So does a retry at another node,
                # which finds the message.
                await until(lambda: len(waiting(primary) - processes) == 1)
                nursery.start_soon(commit, other)
                await until(lambda: bool(acknowledged) or len(waiting(primary) - processes) == 2)
                early = len(acknowledged)
                standby.start()
                await until(lambda: len(acknowledged) == 2)
                assert early == 0
                assert texts(await store.page("lobby", 9)) == ["one"]


async def test_a_full_disk_refuses_messages_and_no_more(postgres: PostgresServer) -> None:
    async with database(postgres, "filled") as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        postgres.execute(
            """
            CREATE FUNCTION chatroom.fill() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER fill BEFORE INSERT ON chatroom.messages EXECUTE FUNCTION chatroom.fill()
            """,
            "filled",
        )
        posted = talk.posting("alice", "one")
        with pytest.raises(StorageFull):
            await talk.commit(posted)
        postgres.execute("DROP TRIGGER fill ON chatroom.messages", "filled")
        await talk.commit(posted)
        assert texts(await store.page("lobby", 9)) == ["one"]


async def test_writes_wait_while_there_are_too_many_connections(postgres: PostgresServer) -> None:
    async with database(postgres, "crowded") as store:
        talk = StoredRoom(store)
        await talk.make("alice")
        postgres.execute("ALTER ROLE crowded CONNECTION LIMIT 0")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crowded'"
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk.post, "alice", "one")
            await until(lambda: store._commits.away_since is not None)
            with pytest.raises(StorageAway):
                await store.set_password("alice", None)
            postgres.execute("ALTER ROLE crowded CONNECTION LIMIT -1")
        assert await stored(store) == ["one"]


async def test_a_commit_hangs_only_while_the_server_answers_none_of_its_statements(
    store: PostgresStore,
) -> None:
    """On a slow network a large group takes long, and the node works."""
    reached, go_on = threading.Event(), threading.Event()

    def wait(connection: Connection) -> None:
        reached.set()
        go_on.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(store._write, wait)
        await until(reached.is_set)
        assert store._writer._began is not None
        store._writer._began -= HANGING_S
        working = store.trouble()
        store._connection.answered_at -= HANGING_S
        hanging = store.trouble()
        go_on.set()
    assert working is None
    assert hanging == "a commit is taking more than 4 s"
    assert store.trouble() is None


async def stored(store: PostgresStore) -> list[str]:
    """Return the texts of the room. Connections that were lost are made anew."""
    with trio.fail_after(DEADLINE_S):
        while True:
            try:
                return texts(await store.page("lobby", 9))
            except StorageAway:
                await trio.sleep(0.05)


@asynccontextmanager
async def database(postgres: PostgresServer, name: str) -> AsyncIterator[PostgresStore]:
    """Run a store in a database of this name, as an ordinary user of this name."""
    postgres.execute(f"CREATE ROLE {name} LOGIN")
    postgres.execute(f"CREATE DATABASE {name} OWNER {name}")
    url = postgres.url(name).replace("//chatroom@", f"//{name}@")
    async with running(PostgresStore.open(url)) as store:
        yield store
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
    postgres.execute(f"DROP ROLE {name}")
