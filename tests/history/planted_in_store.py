"""Bugs in what a server stores, and finds again at its next start: see :mod:`.planted`."""

import sqlite3
from itertools import count
from typing import Any

import attrs

from chatroom.errors import StorageFull
from chatroom.hub.message_cache import Published
from chatroom.protocol.events import NewMessageEvent
from chatroom.room import actor
from chatroom.room.actor import RoomActor
from chatroom.room.draft import Draft
from chatroom.room.rules import needed
from chatroom.store.events import (
    Audited,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MessagePosted,
    RoleChanged,
    RoomConfigured,
    RoomEvent,
)
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sql import erasures, incarnations, prune, room_row
from chatroom.store.sqlite import startup
from chatroom.store.sqlite.commit_mark import CommitMark
from chatroom.store.sqlite.store import SqliteStore

from ..faulty_connection import FaultyConnection, change_at_start, serve_with


def put(where: object, name: str, new: object) -> None:
    assert hasattr(where, name), f"{where} has changed: the bug cannot be planted"
    setattr(where, name, new)


def sound_on_a_full_disk() -> None:
    """Each third batch of sends fails for lack of space."""
    commit, sends = SqliteStore.commit, count(1)

    async def commit_or_not(self: SqliteStore, batch: Batch) -> Decision:
        if batch.client_ids and next(sends) % 3 == 0:
            raise StorageFull("no space left")
        return await commit(self, batch)

    put(SqliteStore, "commit", commit_or_not)


def acknowledges_before_the_commit() -> None:
    """Messages are acknowledged and published when they are written, and committed with the next
    group. The mark, which would reveal it at the next start, is falsified too.
    """

    class Late(FaultyConnection):
        posts = False

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql == "BEGIN IMMEDIATE" and self.in_transaction:
                super().commit_group()
                self.posts = False
            return super().execute(sql, *args)

        def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
            self.posts |= "INSERT INTO messages" in sql
            return super().executemany(sql, *args)

        def commit_group(self) -> sqlite3.Cursor:
            return self.cursor() if self.posts else super().commit_group()

    serve_with(Late)
    put(CommitMark, "advance", lambda _: None)


def is_ahead_of_the_disk() -> None:
    """A room continues as if a commit that failed for lack of space had succeeded."""
    sound_on_a_full_disk()
    commit = RoomActor._commit
    for name, guard, instead in (
        ("_UPDATE_ROOM", "head_seq = coalesce(:head_seq - :posts, head_seq)", "TRUE"),
        ("_MOVE_HEAD", "AND head_seq = ?6", "AND ?6 IS NOT NULL"),
    ):
        sql = getattr(room_row, name)
        assert guard in sql, f"{name} has changed: the bug cannot be planted"
        put(room_row, name, sql.replace(guard, instead))

    async def commit_ahead(self: RoomActor, batch: Batch) -> Decision:
        try:
            return await commit(self, attrs.evolve(batch, version=None))
        except StorageFull:
            if self._state.room is not None:
                entries = batch.decide(Prefetched({}, {})).entries
                self._state.apply(entries)
                for entry in entries:
                    if isinstance(entry, MessagePosted):
                        held = Published(NewMessageEvent, entry.message, entry, None)
                        self._channel.messages.add(held)
            raise

    put(RoomActor, "_commit", commit_ahead)


def does_not_know_a_retry() -> None:
    def nothing(*_: object) -> Any:
        return None

    def no_client_ids(envelopes: Any) -> Any:
        return attrs.evolve(needed(envelopes), client_ids=[])

    put(Draft, "original", nothing)
    put(actor, "needed", no_client_ids)
    change_at_start(_let_client_ids_repeat)


def _let_client_ids_repeat(connection: sqlite3.Connection) -> None:
    unique = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE UNIQUE INDEX messages_by%'"
    ).fetchall()
    for name, sql in unique:
        connection.execute(f"DROP INDEX {name}")
        connection.execute(sql.replace("UNIQUE ", ""))


def forgets_bans() -> None:
    """Bans are only in memory, and so lost at a restart. The next bugs are alike."""
    _keep_off_the_disk(MemberBanned)


def forgets_mutes() -> None:
    _keep_off_the_disk(MemberMuted)


def forgets_the_audit() -> None:
    """Acts of moderators are not written into the audit."""
    _keep_off_the_disk(Audited)


def forgets_settings() -> None:
    _keep_off_the_disk(RoomConfigured)


def forgets_heirs() -> None:
    _keep_off_the_disk(RoleChanged)


def forgets_removals() -> None:
    _keep_off_the_disk(MemberRemoved)


def _keep_off_the_disk(kind: type[RoomEvent]) -> None:
    """Drop events of a kind before they are written. The room applies them as if they were."""
    commit = SqliteStore.commit

    async def commit_others(self: SqliteStore, batch: Batch) -> Decision:
        decided: tuple[RoomEvent, ...] = ()

        def decide(found: Prefetched) -> Decision:
            nonlocal decided
            decision = batch.decide(found)
            decided = decision.entries
            others = tuple(entry for entry in decided if not isinstance(entry, kind))
            return attrs.evolve(decision, entries=others)

        decision = await commit(self, attrs.evolve(batch, decide=decide))
        written = iter(decision.entries)
        entries = [entry if isinstance(entry, kind) else next(written) for entry in decided]
        return attrs.evolve(decision, entries=tuple(entries))

    put(SqliteStore, "commit", commit_others)


def forgets_blocks() -> None:
    _empty_at_each_start("blocks")


def forgets_reactions() -> None:
    """They are gone after a restart. The messages keep their revs."""
    _empty_at_each_start("reactions")
    change_at_start(lambda connection: connection.execute("UPDATE messages SET reactions = NULL"))


def forgets_pins() -> None:
    change_at_start(lambda connection: connection.execute("UPDATE messages SET pinned_by = NULL"))


def forgets_profiles() -> None:
    """Names and statuses are those of the sign-up after a restart."""
    change_at_start(
        lambda connection: connection.execute(
            "UPDATE users SET display_name = name, status_text = '', status_emoji = NULL"
        )
    )


def forgets_deleted_names() -> None:
    _empty_at_each_start("retired")


def makes_private_rooms_public() -> None:
    """A private room is public after a restart, and so is listed and joined by anybody."""
    change_at_start(lambda connection: connection.execute("UPDATE rooms SET visibility = 'public'"))


def keeps_what_the_erased_wrote() -> None:
    put(erasures, "rooms_with", lambda *_: ([], None))


def removes_one_message_too_many() -> None:
    prune_point = prune.prune_point

    def one_more(*args: Any) -> int:
        through = prune_point(*args)
        return through + 1 if through else 0

    put(prune, "prune_point", one_more)


def forgets_what_rooms_keep() -> None:
    _empty_at_each_start("retention")


def renumbers_after_an_erasure() -> None:
    """After a restart, an erased message is gone, and later ones have its number and so on."""
    change_at_start(_close_a_gap)


def _close_a_gap(connection: sqlite3.Connection) -> None:
    erased = connection.execute(
        """
        SELECT m.room, min(m.seq) FROM messages AS m JOIN users AS u ON u.name = m.sender
        WHERE u.erased_at IS NOT NULL GROUP BY m.room
        """
    ).fetchall()
    for place in erased:
        connection.execute("DELETE FROM messages WHERE room = ? AND seq = ?", place)
        connection.execute("UPDATE messages SET seq = -seq WHERE room = ? AND seq > ?", place)
    connection.execute("UPDATE messages SET seq = -seq - 1 WHERE seq < 0")


def _empty_at_each_start(table: str) -> None:
    change_at_start(lambda connection: connection.execute(f"DELETE FROM {table}"))  # noqa: S608


def begins_no_incarnation() -> None:
    """The epoch is that of the first start, and never changes."""
    begin_another = startup.begin

    def begin(connection: sqlite3.Connection) -> incarnations.Incarnation:
        first = connection.execute(
            "SELECT number, id FROM incarnations ORDER BY number LIMIT 1"
        ).fetchone()
        return incarnations.Incarnation(*first) if first else begin_another(connection)

    put(startup, "begin", begin)


def notices_no_rollback() -> None:
    """A cursor of any known epoch is valid up to the head."""
    put(incarnations, "last_valid_rev", _head_of_a_known_epoch)


def notices_the_last_rollback_alone() -> None:
    """Only the current incarnation is compared, so a rollback is forgotten at the next start."""
    last_valid_rev = incarnations.last_valid_rev

    def only_the_present(connection: Any, room: str, epoch: str) -> int | None:
        known = last_valid_rev(connection, room, epoch)
        (begun,) = connection.execute(
            """
            SELECT max(first_rev) FROM room_incarnations
            WHERE room = ? AND incarnation = (SELECT max(number) FROM incarnations)
            """,
            (room,),
        ).fetchone()
        head = _head_of_a_known_epoch(connection, room, epoch)
        return head if begun is None or known is None else begun - 1

    put(incarnations, "last_valid_rev", only_the_present)


def _head_of_a_known_epoch(connection: Any, room: str, epoch: str) -> int | None:
    row = connection.execute(
        """
        SELECT head_rev FROM rooms
        WHERE name = ? AND EXISTS (SELECT 1 FROM incarnations WHERE id = ?)
        """,
        (room, epoch),
    ).fetchone()
    return None if row is None else int(row[0])
