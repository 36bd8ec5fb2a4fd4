"""Query plans: queries use indexes, and read no more than they return."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attrs

from chatroom.clock import DAY_MS
from chatroom.model import Attachment, Settings, Status
from chatroom.store.conditions import Wanted
from chatroom.store.events import (
    MessagePosted,
    ReadCursorMoved,
    RoomDeleted,
    ThreadFollowed,
    ThreadUnfollowed,
    UsageCounted,
)
from chatroom.store.housekeeping import Kept
from chatroom.store.quotas import DayUsage
from chatroom.store.reactions import WantedReaction
from chatroom.store.room_log import Batch, Bounds
from chatroom.store.sql import (
    accounts,
    audit,
    blocks,
    files,
    handovers,
    inbox,
    invitations,
    log,
    mentions,
    people,
    prune,
    reactions,
    rooms,
    thread_log,
    usage,
)
from chatroom.store.sqlite import SqliteStore
from chatroom.store.threads import WantedThread

from .. import builders
from ..stored_uploads import PICTURE, add_upload
from .room_log import UP, StoredRoom, batch_of, direct, nothing, statements


async def test_no_query_scans_a_table(store: SqliteStore) -> None:
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    seen = statements(store)
    await talk.commit(
        *[talk.posting("alice", client_id=f"c-{n}", mentions=("bob", "room")) for n in range(9)],
        talk.changing(2, "edited", ("bob",)),
        talk.reacting(3, UP, "bob"),
        talk.reacting(4, UP, "alice"),
        talk.reacting(4, UP, "bob"),
        talk.reacting(4, UP, "bob"),
        talk.pinning(5, "alice"),
        talk.pinning(3, "alice"),
        talk.pinning(5, None),
        talk.changing(3, None),
        ReadCursorMoved("bob", 4),
    )
    wanted = (WantedReaction(4, UP, "alice"),)
    await store.commit(Batch("lobby", nothing, (("alice", "c-1"),), (1, 2), reactions=wanted))
    await talk.commit(*[talk.reacting(5, UP, f"user-{number}") for number in range(11)])
    await talk.prune(2)
    connection = store._connection
    places: list[dict[str, Any]] = [{}, {"before": 5}, {"after": 5}, {"around": 5}]
    for bounds in places:
        log.page(connection, "lobby", 3, Bounds(**bounds), user="bob")
    log.changes(connection, "lobby", 3, 100, user="bob")
    reactions.reactions(connection, "lobby", 4, 9, ("", 0))
    log.page(connection, "lobby", 3, Bounds(at=1050))
    log.pins(connection, "lobby", 99, 9, user="bob")
    mentions.mentions(connection, "bob", None, 9)
    mentions.mentions(connection, "bob", 5, 9)
    prune.prune_point(connection, "lobby", None, 2000, 5)
    inbox.inbox(connection, "bob")
    inbox.inbox(connection, "bob", "lobby")
    check_plans(connection, seen, more_than=30)


def check_plans(connection: sqlite3.Connection, seen: Sequence[str], *, more_than: int) -> None:
    connection.set_trace_callback(None)
    words = ("SELECT", "INSERT", "UPDATE", "DELETE")
    # FTS5 reads the tables of its own as it likes.
    seen = [statement for statement in dict.fromkeys(seen) if "'search_index_" not in statement]
    queries = [statement for statement in seen if statement.split()[0] in words]
    assert len(queries) > more_than
    # Scans of parameter lists, of constant rows and of a page found before are allowed.
    bounded = ("VIRTUAL TABLE", "CONSTANT ROW", "(subquery", "SCAN page", "SCAN found")
    for statement in queries:
        for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall():
            scans = step.startswith("SCAN") and not any(word in step for word in bounded)
            assert not scans, (statement, step)
            assert "ORDER BY" not in step, (statement, step)


async def test_queries_of_threads_scan_no_table(store: SqliteStore) -> None:
    """Lists of threads are sorted, since no index has their activity for each follower."""
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    seen = statements(store)
    for thread in (None, 1, None, 1, 3):
        await talk.post("alice", mentions=("bob", "room"), thread=thread)
    await talk.commit(ThreadFollowed("bob", 1, 0), ThreadFollowed("alice", 3, 0))
    await talk.commit(ThreadUnfollowed("alice", 3))
    await talk.delete(4)
    wanted = (WantedThread(1, ("alice", "bob")),)
    await store.commit(Batch("lobby", nothing, threads=wanted))
    connection = store._connection
    places: list[dict[str, Any]] = [{}, {"before": 3}, {"after": 1}, {"around": 3}, {"at": 1050}]
    for bounds in places:
        for part in ({}, {"thread": 1}, {"whole": True}):
            log.page(connection, "lobby", 3, Bounds(**bounds, **part), user="bob")
    for room in (None, "lobby"):
        inbox.inbox(connection, "bob", room)
        thread_log.followed_threads(connection, "bob", room)
    mentions.mentions(connection, "bob", None, 9)
    check_plans(connection, seen, more_than=30)


async def test_lists_and_lookups_scan_no_table(store: SqliteStore) -> None:
    connection = store._connection
    seen = statements(store)
    for query in (None, "part"):
        rooms.rooms(connection, "bob", query, "", 50)
    rooms.room(connection, "lobby")
    rooms.people(connection, "lobby", ["bob", "carol"])
    rooms.members(connection, "lobby", "", 50)
    rooms.members(connection, "lobby", "", 50, "bo")
    handovers.successor(connection, "lobby", "bob")
    handovers.is_abandoned(connection, "lobby")
    handovers.ownerless(connection, "bob", "", 50)
    audit.audit(connection, "bob", "lobby", None, 50)
    invitations.offer(connection, b"digest", "bob")
    invitations.invitations(connection, "bob", None, None, 50)
    invitations.invitations(connection, "bob", "lobby", (7, "a"), 50)
    log.written_by(connection, "lobby", "bob", 1000, None, 50)
    prune.prunable(connection, Kept(5, 1, 1000 + DAY_MS), "", 50)
    accounts.account(connection, "bob")
    accounts.accounts(connection, "", 50)
    accounts.token(connection, b"digest")
    accounts.remove_token(connection, b"digest")
    accounts.remove_tokens(connection, "bob")
    accounts.remove_expired_tokens(connection, 1000)
    check_plans(connection, seen, more_than=14)


async def test_queries_of_people_scan_no_table(store: SqliteStore) -> None:
    await store.add_accounts(builders.accounts("alice", "bob"))
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    connection, seen = store._connection, statements(store)
    await store.set_profile("alice", "Bob", Status("busy", until=5))
    await store.set_settings("alice", Settings("{}"), 0)
    for query in (None, "b"):
        people.find_people(connection, "alice", ["lobby"], query, "", 5)
    people.known_people(connection, "alice", ["lobby"], ["bob"])
    people.rooms_of(connection, ["alice"])
    people.status_ends(connection, (0, ""), 5)
    people.account_news(connection, 0, 5)
    people.last_account_news(connection)
    check_plans(connection, seen, more_than=15)


async def test_quota_queries_scan_no_table(store: SqliteStore) -> None:
    await store.add_accounts(builders.accounts("alice", "bob"))
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    await talk.talk("alice", 9)
    connection, seen = store._connection, statements(store)
    pairs = (("alice", "bob"),)
    wanted = Wanted(pairs, pairs, ("alice", "bob"), 7, retired=True)
    await store.commit(Batch("lobby", nothing, wanted=wanted))
    await talk.commit(UsageCounted("alice", 7, "rooms"))
    await store.set_blocked("alice", "bob", 1, maximum=9)
    await store.unset_blocked("alice", "bob")
    await store.add_usage(7, [DayUsage("bob", {"messages": 1})])
    await store.forget_usage(7)
    blocks.blocked(connection, "alice", "", 9)
    usage.usage(connection, 7, "", 9)
    rooms.room_sizes(connection, "", 9)
    await store.commit(batch_of("lobby", RoomDeleted(2000)))
    while await store.erase_retired(4):
        pass
    check_plans(connection, seen, more_than=40)


async def test_queries_of_files_scan_no_table(store: SqliteStore) -> None:
    await store.add_accounts(builders.accounts("alice"))
    talk = StoredRoom(store)
    await talk.make("alice")
    connection, seen = store._connection, statements(store)
    upload = await add_upload(store, "alice", 1, *PICTURE)
    other = await add_upload(store, "alice", 2)
    await store.commit(Batch("lobby", nothing, uploads=(upload,)))
    posted = talk.posting("alice")
    attachment = Attachment(upload, "a.png", "image/png", 5)
    message = attrs.evolve(posted.message, attachments=(attachment,))
    talk.log[1] = message
    await talk.commit(MessagePosted(message))
    files.upload(connection, upload)
    files.old_uploads(connection, 5000, 9)
    token = builders.token_of("alice")
    await store.add_accounts(builders.accounts("alice"), [token])
    files.readable_file(connection, upload, "small", token.id)
    await talk.delete(1)
    await store.remove_upload(other)
    await store.doom_blobs(5000, 4000, 9)
    await store.forget_blobs([PICTURE[0].digest])
    check_plans(connection, seen, more_than=20)


async def test_list_of_rooms_does_not_scan_rooms_of_others(store: SqliteStore) -> None:
    async def add(people: range) -> None:
        for number in people:
            await direct(store, f"u{number}", "alice").make("alice", f"u{number}")
            await StoredRoom(store, f"p{number}", visibility="private").make(f"u{number}")

    for number in range(20):
        await StoredRoom(store, f"room{number}").make("alice")
        await StoredRoom(store, f"den{number}", visibility="private").make("bob")
    lists = [(None, ""), (None, "room"), ("1", ""), ("nothing", "")]

    def cost(user: str) -> int:
        return steps(
            store,
            *(
                partial(rooms.rooms, user=user, query=query, after=after, limit=10)
                for query, after in lists
            ),
        )

    await add(range(10))
    few = cost("bob"), cost("alice")
    await add(range(10, 200))
    assert (cost("bob"), cost("alice")) == few


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
        partial(log.page, room="lobby", limit=10, bounds=Bounds(around=20)),
        partial(log.changes, room="lobby", since=20, limit=10),
        partial(inbox.inbox, user="alice"),
    )
    await talk.talk("alice", 50)
    short = steps(store, *pages)
    await talk.talk("alice", 5000)
    assert steps(store, *pages) <= short + 100
