"""Commits whose outcome is unknown, and races with another node."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import psycopg
import pytest
import trio

from chatroom.errors import Behind, StartError, StorageAway
from chatroom.store.administration import Act
from chatroom.store.events import ReadCursorMoved
from chatroom.store.postgres import PostgresStore
from chatroom.store.postgres.connection import Connection
from chatroom.store.push import NotificationKey
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.search import IndexedPage

from ..client import DEADLINE_S
from ..postgres_server import PostgresServer
from ..store.room_log import StoredRoom, running


def texts(page: Any) -> list[str]:
    return [message.text for message in page.messages]


async def until(there: Callable[[], bool]) -> None:
    with trio.fail_after(DEADLINE_S):
        while not there():  # noqa: ASYNC110 - it happens in a thread
            await trio.sleep(0.01)


class Meddling:
    """Does something once, before or after a statement of the writer's connection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: PostgresStore, word: str) -> None:
        self._store = store
        self.word = word
        self.before: Callable[[Connection], None] | None = None
        self.after: Callable[[Connection], None] | None = None
        execute = Connection.execute

        def meddled(connection: Connection, sql: str, *rest: Any) -> Any:
            if connection is not store._connection or word not in sql:
                return execute(connection, sql, *rest)
            before, self.before = self.before, None
            after, self.after = self.after, None
            if before is not None:
                before(connection)
            result = execute(connection, sql, *rest)
            if after is not None:
                after(connection)
            return result

        monkeypatch.setattr(Connection, "execute", meddled)


def lose(connection: Connection) -> None:
    connection.close()
    raise StorageAway("lost")


def notice(connection: Connection) -> None:
    connection.noticed = "the wait for a standby was cancelled"


@pytest.mark.parametrize("word", ["commit_posts", "COMMIT"])
@pytest.mark.parametrize("what", ["lost before", "lost after", "noticed"])
async def test_each_message_is_written_once(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, word: str, what: str
) -> None:
    """Whether or not a commit was written that got no answer, or one that says too little."""
    talk = StoredRoom(store)
    await talk.make("alice")
    meddling = Meddling(monkeypatch, store, word)
    if what == "lost before":
        meddling.before = lose
    else:
        meddling.after = lose if what == "lost after" else notice
    more = [ReadCursorMoved("alice", 0)] if word == "COMMIT" else []
    posted = talk.posting("alice", "one", "c-1")
    decision = await store.commit(
        Batch("lobby", lambda _: Decision((posted, *more)), version=talk.room.version)
    )
    assert decision.entries[0] is posted
    assert (meddling.before, meddling.after) == (None, None)
    assert texts(await store.page("lobby", 9)) == ["one"]
    assert (await store.versions(["lobby"])) == {"lobby": 2}
    await store.set_password("nobody", None)  # later commits are written as ever


async def test_two_nodes_never_commit_on_the_same_version(
    store: PostgresStore, empty_database: str
) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    outcomes: list[str] = []

    first = talk.posting("alice", "alice")

    async def commit(node: PostgresStore, sender: str) -> None:
        event = attrs.evolve(first, message=attrs.evolve(first.message, sender=sender, text=sender))

        def decide(_: Prefetched) -> Decision:
            return Decision((event,))

        try:
            await node.commit(Batch("lobby", decide, version=1))
            outcomes.append("written")
        except Behind:
            outcomes.append("behind")

    async with running(PostgresStore.open(empty_database)) as other, trio.open_nursery() as nursery:
        nursery.start_soon(commit, store, "alice")
        nursery.start_soon(commit, other, "bob")
        nursery.start_soon(until, lambda: len(outcomes) == 2)
    assert sorted(outcomes) == ["behind", "written"]
    assert len(texts(await store.page("lobby", 9))) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.index([IndexedPage("lobby", (), 1)]),
        lambda store: store.move_consumer_cursors("consumer", {"lobby": 1}),
        lambda store: store.add_notifications([NotificationKey(1, "lobby", 1)]),
        lambda store: store.set_retention("lobby", 1, None, Act(1)),
    ],
    ids=["index", "cursors", "notifications", "retention"],
)
async def test_no_other_node_deletes_a_room_of_which_rows_are_written(
    store: PostgresStore,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[PostgresStore], Awaitable[object]],
) -> None:
    """It would erase the rows of the room before these are there."""
    await StoredRoom(store).make("alice")
    meddling = Meddling(monkeypatch, store, "FROM rooms")
    locked: dict[str, bool] = {}

    def lock(_: Connection) -> None:
        select = "SELECT 1 FROM chatroom.rooms WHERE name = 'lobby' FOR "
        for strength in ("NO KEY UPDATE", "UPDATE"):
            try:
                postgres.execute(select + strength + " NOWAIT", "ours")
            except psycopg.errors.LockNotAvailable:
                locked[strength] = False
            else:
                locked[strength] = True

    meddling.after = lock
    await write(store)
    assert locked == {"NO KEY UPDATE": True, "UPDATE": False}  # for a post, and for a deletion


def test_a_server_that_would_lose_commits_is_refused(empty_database: str) -> None:
    with pytest.raises(StartError, match="synchronous_commit is off"):
        PostgresStore.open(f"{empty_database}&options=-csynchronous_commit%3Doff")


def test_a_server_that_cannot_be_reached_is_named(postgres: PostgresServer) -> None:
    with pytest.raises(StartError, match='database "missing" does not exist'):
        PostgresStore.open(postgres.url("missing"))


async def test_writes_go_on_after_postgresql_was_killed() -> None:
    server = PostgresServer()
    try:
        server.start()
        async with running(PostgresStore.open(server.url("postgres"))) as store:
            talk = StoredRoom(store)
            await talk.make("alice")
            await talk.post("alice", "one")
            before = store.epoch
            server.kill()
            with pytest.raises(StorageAway):
                await store.room("lobby")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(talk.post, "alice", "two")  # waits, since it is under way
                await until(lambda: store._commits.away_since is not None)
                with pytest.raises(StorageAway):  # it waits for another group
                    await store.set_password("alice", None)
                await trio.to_thread.run_sync(server.start)
            with trio.fail_after(DEADLINE_S):
                while True:
                    try:
                        assert texts(await store.page("lobby", 9)) == ["one", "two"]
                        assert store.epoch != before
                        assert await store.last_valid_rev("lobby", before) == 1
                        break
                    except StorageAway:
                        await trio.sleep(0.05)
    finally:
        server.close()
