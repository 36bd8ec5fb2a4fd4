"""The server with a bug in it, as a process: ``python -m tests.history.planted BUG serve ...``

The bug is patched into this process before it starts to serve. ``sound`` has none, and
``sound_on_a_full_disk`` only a disk that is full at times.
"""

import sqlite3
import sys
from collections.abc import Collection
from itertools import count
from typing import Any

import attrs
import orjson

from chatroom.errors import StorageFull
from chatroom.hub.channel import Channel
from chatroom.hub.hub import Hub
from chatroom.hub.message_cache import Published
from chatroom.inbox.mail import Forward
from chatroom.inbox.searching import Searcher
from chatroom.inbox.state import InboxState
from chatroom.inbox.threads import Threads
from chatroom.model import Message
from chatroom.protocol.events import NewMessageEvent
from chatroom.push.sender import Attempted
from chatroom.push.service import Push
from chatroom.room import actor
from chatroom.room.actor import RoomActor
from chatroom.room.draft import Draft
from chatroom.room.log_reader import LogReader
from chatroom.room.rules import needed
from chatroom.store.events import (
    Audited,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MessageChanged,
    MessagePosted,
    RoleChanged,
    RoomConfigured,
    RoomEvent,
)
from chatroom.store.people import PeoplePage
from chatroom.store.room_log import Batch, Changes, Decision, Prefetched
from chatroom.store.search import Search
from chatroom.store.sql import incarnations, log, people, room_row, search
from chatroom.store.sql.rows import json_array
from chatroom.store.sqlite import startup
from chatroom.store.sqlite.commit_mark import CommitMark
from chatroom.store.sqlite.store import SqliteStore

from ..faulty_connection import FaultyConnection, change_at_start, serve_with
from ..following.served import serve_from_two_nodes
from ..quick_hasher import main


def sound() -> None:
    pass


def sound_on_a_full_disk() -> None:
    """Each third batch of sends fails for lack of space."""
    commit, sends = SqliteStore.commit, count(1)

    async def commit_or_not(self: SqliteStore, batch: Batch) -> Decision:
        if batch.client_ids and next(sends) % 3 == 0:
            raise StorageFull("no space left")
        return await commit(self, batch)

    _put(SqliteStore, "commit", commit_or_not)


def sound_on_two_nodes() -> None:
    """Two nodes on one store, and news that is lost, doubled and late."""
    serve_from_two_nodes()


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
    _put(CommitMark, "advance", lambda _: None)


def does_not_know_a_retry() -> None:
    def nothing(*_: object) -> Any:
        return None

    def no_client_ids(envelopes: Any) -> Any:
        return attrs.evolve(needed(envelopes), client_ids=[])

    _put(Draft, "original", nothing)
    _put(actor, "needed", no_client_ids)
    change_at_start(_let_client_ids_repeat)


def _let_client_ids_repeat(connection: sqlite3.Connection) -> None:
    unique = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE UNIQUE INDEX messages_by%'"
    ).fetchall()
    for name, sql in unique:
        connection.execute(f"DROP INDEX {name}")
        connection.execute(sql.replace("UNIQUE ", ""))


def forwards_no_messages() -> None:
    """An inbox that is awake gets the revs, but not the messages."""
    fold = InboxState.fold

    def fold_without(self: InboxState, forward: Forward) -> None:
        entries = forward.entries or ()
        rest = tuple(entry for entry in entries if not isinstance(entry, MessagePosted))
        fold(self, attrs.evolve(forward, entries=rest if entries else forward.entries))
        if entries and (room := self.rooms.get(forward.room)) and room.rev < forward.to_rev:
            self.rooms[forward.room] = attrs.evolve(room, rev=forward.to_rev)

    _put(InboxState, "fold", fold_without)


def counts_a_thread_message_twice() -> None:
    """An inbox that is awake counts each message of a followed thread twice."""
    post = Threads.post

    def post_twice(self: Threads, message: Message) -> None:
        post(self, message)
        post(self, message)

    _put(Threads, "post", post_twice)


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


def makes_private_rooms_public() -> None:
    """A private room is public after a restart, and so is listed and joined by anybody."""
    change_at_start(lambda connection: connection.execute("UPDATE rooms SET visibility = 'public'"))


def forgets_heirs() -> None:
    _keep_off_the_disk(RoleChanged)


def forgets_removals() -> None:
    _keep_off_the_disk(MemberRemoved)


def forgets_blocks() -> None:
    _empty_at_each_start("blocks")


def forgets_profiles() -> None:
    """Names and statuses are those of the sign-up after a restart."""
    change_at_start(
        lambda connection: connection.execute(
            "UPDATE users SET display_name = name, status_text = '', status_emoji = NULL"
        )
    )


def shows_profiles_to_strangers() -> None:
    known_people = people.known_people

    def all_people(
        connection: sqlite3.Connection, user: str, rooms: Collection[str], names: Collection[str]
    ) -> PeoplePage:
        everywhere = [room for (room,) in connection.execute("SELECT name FROM rooms")]
        found = known_people(connection, user, everywhere, names).people
        others = [known_people(connection, name, (), [name]).people for name in names]
        shown = {profile.name: profile for some in (found, *others) for profile in some}
        return PeoplePage(tuple(shown[name] for name in sorted(shown)))

    _put(people, "known_people", all_people)


def drops_notifications() -> None:
    """Each third one is noted as sent, and is not."""
    attempt, numbers = Push._attempt, count(1)

    async def attempt_or_not(self: Push, *args: Any) -> Attempted | None:
        if next(numbers) % 3 == 0:
            return Attempted("sent")
        return await attempt(self, *args)

    _put(Push, "_attempt", attempt_or_not)


def doubles_notifications() -> None:
    attempt = Push._attempt

    async def attempt_twice(self: Push, *args: Any) -> Attempted | None:
        await attempt(self, *args)
        return await attempt(self, *args)

    _put(Push, "_attempt", attempt_twice)


def forgets_reactions() -> None:
    """They are gone after a restart. The messages keep their revs."""
    _empty_at_each_start("reactions")
    change_at_start(lambda connection: connection.execute("UPDATE messages SET reactions = NULL"))


def counts_a_reaction_twice() -> None:
    """The second user who reacts with an emoji is counted twice."""
    react = Draft.react

    def react_twice(self: Draft, was: Message, emoji: str, user: str, *, added: bool) -> Message:
        message = react(self, was, emoji, user, added=added)
        counted = tuple(
            attrs.evolve(each, count=3) if each.count == 2 else each for each in message.reactions
        )
        entry = self.entries.pop()
        assert isinstance(entry, MessageChanged)
        self.change(attrs.evolve(entry, message=attrs.evolve(message, reactions=counted)))
        return message

    _put(Draft, "react", react_twice)


def loses_reactions_in_a_resume() -> None:
    """A resume leaves out messages of which only the reactions have changed."""

    def window(connection: Any, room: str, revs: Any, seqs: Any) -> list[Message]:
        found = read(connection, room, revs, seqs)
        reacted = connection.execute(
            "SELECT rev FROM changes WHERE room = ? AND kind = 'react'", (room,)
        )
        revs_of_reactions = {rev for (rev,) in reacted}
        return [message for message in found if message.rev not in revs_of_reactions]

    read = log._window
    _put(log, "_window", window)
    _put(LogReader, "changes", _changes_of_the_store)


async def _changes_of_the_store(self: LogReader, since: int, limit: int, *, asker: str) -> Changes:
    return await self._store.changes(self._state.name, since, limit, asker=asker)


def forgets_pins() -> None:
    change_at_start(lambda connection: connection.execute("UPDATE messages SET pinned_by = NULL"))


def forgets_deleted_names() -> None:
    _empty_at_each_start("retired")


def _empty_at_each_start(table: str) -> None:
    change_at_start(lambda connection: connection.execute(f"DELETE FROM {table}"))  # noqa: S608


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

    _put(SqliteStore, "commit", commit_others)


def searches_everywhere() -> None:
    """A search covers the rooms of all users."""
    searched_rooms = search.searched_rooms

    def all_rooms(connection: sqlite3.Connection, wanted: Search) -> search.SearchedRooms:
        names = set[str]()
        messages = pending = 0
        for (user,) in connection.execute("SELECT DISTINCT user FROM members"):
            rooms = searched_rooms(connection, attrs.evolve(wanted, user=user))
            names.update(orjson.loads(rooms.names))
            messages += rooms.messages
            pending += rooms.pending
        return search.SearchedRooms(len(names), json_array(names), messages, pending)

    _put(search, "searched_rooms", all_rooms)
    _put(Searcher, "_follows", lambda *_: True)


def tells_nobody_of_a_deletion() -> None:
    detach_all = Hub.detach_all

    def detach_silently(self: Hub, channel: Channel) -> list[str]:
        detach_all(self, channel)
        return []

    _put(Hub, "detach_all", detach_silently)


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
        _put(room_row, name, sql.replace(guard, instead))

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

    _put(RoomActor, "_commit", commit_ahead)


def notices_no_rollback() -> None:
    """A cursor of any known epoch is valid up to the head."""
    _put(incarnations, "last_valid_rev", _head_of_a_known_epoch)


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
    """The epoch is that of the first start, and never changes."""
    begin_another = startup.begin

    def begin(connection: sqlite3.Connection) -> incarnations.Incarnation:
        first = connection.execute(
            "SELECT number, id FROM incarnations ORDER BY number LIMIT 1"
        ).fetchone()
        return incarnations.Incarnation(*first) if first else begin_another(connection)

    _put(startup, "begin", begin)


def _put(where: object, name: str, new: object) -> None:
    assert hasattr(where, name), f"{where} has changed: the bug cannot be planted"
    setattr(where, name, new)


if __name__ == "__main__":
    globals()[sys.argv.pop(1)]()
    main()
