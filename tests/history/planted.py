"""The server with a bug in it, as a process: ``python -m tests.history.planted BUG serve ...``

The bugs are put into this process alone, before it starts to serve. ``sound`` has none, and
``sound_on_a_full_disk`` only the disk that is full now and then.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

import attrs

from chatroom.cli import main
from chatroom.errors import StorageFull
from chatroom.hub.channels import Channels
from chatroom.inbox.mail import Forward
from chatroom.inbox.state import InboxState
from chatroom.room import actor
from chatroom.room.actor import RoomActor
from chatroom.room.draft import Draft
from chatroom.store.events import (
    MemberBanned,
    MemberRemoved,
    MessagePosted,
    RoleChanged,
    RoomEvent,
)
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite import (
    apply,
    incarnations,
    m001_first,
    m002_incarnations,
    startup,
    transaction,
)
from chatroom.store.sqlite.commit_mark import CommitMark
from chatroom.store.sqlite.store import SqliteStore


def sound() -> None:
    pass


def sound_on_a_full_disk() -> None:
    """Each third batch of sends finds no space."""
    commit, sends = SqliteStore.commit, count(1)

    async def commit_or_not(self: SqliteStore, batch: Batch) -> Decision:
        if batch.client_ids and next(sends) % 3 == 0:
            raise StorageFull("no space left")
        return await commit(self, batch)

    _put(SqliteStore, "commit", commit_or_not)


def acknowledges_before_the_commit() -> None:
    """Messages are answered and told when they are written, and committed with what comes next.

    Nor does the mark tell on it at the next start, as it would.
    """
    commit, run = transaction._commit, transaction._transaction

    def transaction_later(connection: Any, mark: Any, jobs: Sequence[transaction.Job]) -> list[Any]:
        if connection.in_transaction:
            commit(connection)
        sends = any(job.client_ids for job in jobs)
        _put(transaction, "_commit", (lambda _: None) if sends else commit)
        return run(connection, mark, jobs)

    _put(transaction, "_transaction", transaction_later)
    _put(CommitMark, "advance", lambda _: None)


def does_not_know_a_retry() -> None:
    def nothing(*_: object) -> Any:
        return None

    _put(Draft, "original", nothing)
    _put(actor, "client_ids_in", lambda _: ())
    tables = (table.replace("UNIQUE INDEX messages_by", "INDEX messages_by") for table in TABLES)
    _put(m001_first, "_TABLES", tuple(tables))
    index = m002_incarnations.MESSAGES_BY_CLIENT_ID.replace("UNIQUE ", "")
    _put(m002_incarnations, "MESSAGES_BY_CLIENT_ID", index)


def forwards_no_messages() -> None:
    """An inbox that is awake hears of the revs, and not of the messages."""
    fold = InboxState.fold

    def fold_without(self: InboxState, forward: Forward) -> None:
        entries = forward.entries or ()
        rest = tuple(entry for entry in entries if not isinstance(entry, MessagePosted))
        fold(self, attrs.evolve(forward, entries=rest if entries else forward.entries))
        if entries and (room := self.rooms.get(forward.room)) and room.rev < forward.to_rev:
            self.rooms[forward.room] = attrs.evolve(room, rev=forward.to_rev)

    _put(InboxState, "fold", fold_without)


def forgets_bans() -> None:
    """With the process; as the next ones do."""
    _keep_off_the_disk(MemberBanned)


def forgets_heirs() -> None:
    _keep_off_the_disk(RoleChanged)


def forgets_removals() -> None:
    _keep_off_the_disk(MemberRemoved)


def forgets_blocks() -> None:
    _empty_at_each_start("blocks")


def forgets_deleted_names() -> None:
    _empty_at_each_start("retired")


def _empty_at_each_start(table: str) -> None:
    open_store = SqliteStore.open.__func__  # type: ignore[attr-defined]

    def open_without(cls: type[SqliteStore], *args: Any, **more: Any) -> SqliteStore:
        store: SqliteStore = open_store(cls, *args, **more)
        store._connection.execute(f"DELETE FROM {table}")  # noqa: S608
        return store

    _put(SqliteStore, "open", classmethod(open_without))


def _keep_off_the_disk(kind: type[RoomEvent]) -> None:
    write_one = apply._write_one

    def write_others(connection: Any, room: str, entry: RoomEvent) -> None:
        if not isinstance(entry, kind):
            write_one(connection, room, entry)

    _put(apply, "_write_one", write_others)


def tells_nobody_of_a_deletion() -> None:
    retire = Channels.retire

    def retire_silently(self: Channels, room: str) -> list[str]:
        retire(self, room)
        return []

    _put(Channels, "retire", retire_silently)


def is_ahead_of_the_disk() -> None:
    """A room that finds no space goes on as if there had been, and its store does not notice."""
    sound_on_a_full_disk()
    commit = RoomActor._commit
    guard = "AND head_seq = coalesce(:head_seq - :posts, head_seq)"
    assert guard in apply._UPDATE_ROOM

    async def commit_ahead(self: RoomActor, batch: Batch) -> Decision:
        try:
            return await commit(self, batch)
        except StorageFull:
            if self._state.room is not None:
                self._state.follow(batch.decide(Prefetched({}, {})).entries)
            raise

    _put(RoomActor, "_commit", commit_ahead)
    _put(apply, "_UPDATE_ROOM", apply._UPDATE_ROOM.replace(guard, ""))


def notices_no_rollback() -> None:
    """A cursor of any life that is known is good up to the head."""
    _put(incarnations, "last_valid_rev", _head_of_a_known_epoch)


def notices_the_last_rollback_alone() -> None:
    """Of all lives only the present one is compared with: one more start, and it is forgotten."""
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

    _put(incarnations, "last_valid_rev", only_the_present)


def _head_of_a_known_epoch(connection: Any, room: str, epoch: str) -> int | None:
    row = connection.execute(
        """
        SELECT head_rev FROM rooms
        WHERE name = ? AND EXISTS (SELECT 1 FROM incarnations WHERE id = ?)
        """,
        (room, epoch),
    ).fetchone()
    return None if row is None else int(row[0])


def begins_no_incarnation() -> None:
    """The epoch is that of the data set, as long as it lives."""

    def begin(connection: Any) -> incarnations.Incarnation:
        number, id_ = connection.execute(
            "SELECT number, id FROM incarnations ORDER BY number LIMIT 1"
        ).fetchone()
        return incarnations.Incarnation(number, id_)

    _put(startup, "begin", begin)


def _put(where: object, name: str, new: object) -> None:
    assert hasattr(where, name), f"{where} has changed: the bug cannot be planted"
    setattr(where, name, new)


TABLES: Final = m001_first._TABLES
BUGS: Final[dict[str, Callable[[], None]]] = {
    plant.__name__: plant
    for plant in (
        sound,
        sound_on_a_full_disk,
        acknowledges_before_the_commit,
        does_not_know_a_retry,
        forgets_bans,
        forgets_blocks,
        forgets_deleted_names,
        forgets_heirs,
        forgets_removals,
        forwards_no_messages,
        is_ahead_of_the_disk,
        notices_no_rollback,
        notices_the_last_rollback_alone,
        tells_nobody_of_a_deletion,
        begins_no_incarnation,
    )
}

if __name__ == "__main__":
    BUGS[sys.argv.pop(1)]()
    main()
