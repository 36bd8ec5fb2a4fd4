"""Writing room events as rows: one batch, inside the writer's transaction.

Knows nothing of groups, threads or errors. An event that contradicts the stored rows (a member that
does not exist, a seq that is taken) raises, which fails that batch and no other.
"""

import itertools
from collections.abc import Sequence
from typing import Final, TypeAlias, cast

import attrs

from ...model import Message, SendReceipt
from ..conditions import NO_CONTEXT
from ..events import (
    OF_ONE_MEMBER,
    Audited,
    InvitationUsed,
    MemberAdded,
    MemberBanned,
    MemberMuted,
    MemberRemoved,
    MemberUnbanned,
    MemberUnmuted,
    MessageChanged,
    MessagePosted,
    MessagesPruned,
    NotificationLevelSet,
    OfOneMember,
    PostedInThread,
    ReadCursorMoved,
    RoleChanged,
    RoomConfigured,
    RoomCreated,
    RoomDeleted,
    RoomEvent,
    SenderSlowed,
    ThreadFollowed,
    ThreadUnfollowed,
    UsageCounted,
)
from ..room_log import NO_REACTORS, NO_THREADS, NO_UPLOADS, Batch, Decision, Prefetched
from . import thread_log
from .audit_rows import add as add_to_audit
from .conditions import find_context
from .connection import Connection
from .cursors import CountedAhead, move
from .deleted_rooms import retire
from .files import find_uploads
from .invitations import enter as enter_by_invitation
from .messages import Posts, change, one_row
from .news import count_inbox_commit
from .prune import prune
from .reactions import find_reactors
from .room_row import configure, move_head, update_room
from .rows import MEMBER_ADDED, MESSAGE, RECEIPT, among, json_array
from .sanctions import impose, lift
from .usage import count_usage

Originals: TypeAlias = dict[tuple[str, str], SendReceipt]
_POSTS: Final = frozenset({MessagePosted})


@attrs.frozen
class Shared:
    """What the jobs of one transaction share.

    :ivar originals: receipts for the client ids of all batches, and for the messages written.
    :ivar posts: messages of the jobs so far that are not inserted yet.
    """

    originals: Originals
    posts: Posts = attrs.field(factory=Posts)


def find_originals(connection: Connection, client_ids: Sequence[tuple[str, str]]) -> Originals:
    """Return the receipts of messages posted with these (sender, clientId), in one query."""
    if not client_ids:
        return {}
    rows = connection.execute(_FIND_ORIGINALS, {"client_ids": json_array(client_ids), "none": b""})
    return {(sender, client_id): RECEIPT.value(rest) for sender, client_id, *rest in rows}


def decide_and_write(
    batch: Batch,
    incarnation: int,
    ahead: Sequence[CountedAhead],
    connection: Connection,
    shared: Shared,
) -> Decision:
    """Run the batch's rules and write the events they decide on.

    A batch of posts to the main log alone, as most are, leaves them to be inserted with those of
    other batches.

    :param incarnation: the number of the current incarnation.
    :param ahead: counts made before the transaction for the batch's read cursors.
    """
    originals, posts = shared.originals, shared.posts
    if batch.seqs or batch.uploads:
        posts.write(connection)
    messages = _find_messages(connection, batch.room, batch.seqs)
    decision = batch.decide(
        Prefetched(
            originals={key: originals[key] for key in batch.client_ids if key in originals},
            messages=messages,
            reactors=(
                find_reactors(connection, batch.room, batch.reactions)
                if batch.reactions
                else NO_REACTORS
            ),
            uploads=find_uploads(connection, batch.uploads) if batch.uploads else NO_UPLOADS,
            context=(
                NO_CONTEXT
                if batch.wanted is None
                else find_context(connection, batch.room, batch.wanted)
            ),
            threads=(
                thread_log.find_threads(connection, batch.room, batch.threads, messages)
                if batch.threads
                else NO_THREADS
            ),
        )
    )
    entries = decision.entries
    if {*map(type, entries)} == _POSTS:
        posted = cast("tuple[MessagePosted, ...]", entries)
        move_head(connection, batch, posted, incarnation)
        for post in posted:
            posts.add(batch.room, post)
    else:
        posts.write(connection)
        entries = write(connection, batch, entries, incarnation, ahead, posts)
        decision = Decision(entries, decision.outcomes)
    for entry in entries:
        if isinstance(entry, MessagePosted) and entry.original and entry.message.client_id:
            originals[entry.message.sender, entry.message.client_id] = entry.original
    return decision


def _find_messages(connection: Connection, room: str, seqs: Sequence[int]) -> dict[int, Message]:
    if not seqs:
        return {}
    rows = connection.execute(
        f"""
        SELECT {MESSAGE} FROM messages_now WHERE room = :room AND seq {among("seqs")}
        """,
        {"room": room, "seqs": json_array(seqs)},
    )
    return {message.seq: message for message in map(MESSAGE.value, rows)}


def write(
    connection: Connection,
    batch: Batch,
    entries: Sequence[RoomEvent],
    incarnation: int,
    ahead: Sequence[CountedAhead],
    posts: Posts,
) -> tuple[RoomEvent, ...]:
    """Write events in order, but the room's row first, and last the events that concern one member
    alone, since the counts of read cursors include all others. Return the events, with all fields
    filled in.

    :raises Behind: the batch was decided on another version of the room; nothing was written.
    """
    room = batch.room
    update_room(connection, batch, entries, incarnation)
    for kind, run in itertools.groupby(entries, type):
        for entry in run:
            if isinstance(entry, PostedInThread):
                posts.add_in_thread(room, entry)
                thread_log.post(connection, room, entry)
            elif isinstance(entry, MessagePosted):
                posts.add(room, entry)
            else:
                _write_event(connection, room, entry)
        if issubclass(kind, MessagePosted):
            posts.write(connection)
    return tuple(
        [
            _write_own(connection, room, entry, ahead, entries)
            if isinstance(entry, (*OF_ONE_MEMBER, MemberAdded, MessagesPruned))
            else entry
            for entry in entries
        ]
    )


def _write_own(
    connection: Connection,
    room: str,
    entry: OfOneMember | MemberAdded | MessagesPruned,
    ahead: Sequence[CountedAhead],
    entries: Sequence[RoomEvent],
) -> RoomEvent:
    """Write what an event changes in its user's inbox. Return it with all fields filled in."""
    match entry:
        case MessagesPruned():
            (threaded,) = connection.execute(
                "SELECT pruned_threaded FROM rooms WHERE name = :room", {"room": room}
            ).fetchone()
            return attrs.evolve(entry, threaded=threaded)
        case ThreadFollowed():
            user = entry.user
            entry = thread_log.follow(connection, room, entry)
        case ThreadUnfollowed():
            user = entry.user
            entry = thread_log.unfollow(connection, room, entry)
        case ReadCursorMoved():
            user, entry = entry.user, move(connection, room, entry, ahead, entries)
        case NotificationLevelSet(user=user, level=level):
            one_row(
                connection,
                "UPDATE members SET level = :level WHERE user = :user AND room = :room",
                {"level": level, "user": user, "room": room},
            )
        case MemberAdded(member=member):
            user = member.user
    return attrs.evolve(entry, number=count_inbox_commit(connection, user))


def _write_event(connection: Connection, room: str, entry: RoomEvent) -> None:
    match entry:
        case MessageChanged():
            change(connection, room, entry)
        case (
            ReadCursorMoved()
            | NotificationLevelSet()
            | ThreadFollowed()
            | ThreadUnfollowed()
            | MessagePosted()
        ):
            pass  # write() handles them
        case RoomCreated():
            pass  # update_room() has inserted it
        case RoomConfigured():
            configure(connection, room, entry)
        case SenderSlowed(user, at):
            connection.execute(
                """
                INSERT INTO slow_mode (room, user, at) VALUES (:room, :user, :at)
                ON CONFLICT (room, user) DO UPDATE SET at = excluded.at
                """,
                {"room": room, "user": user, "at": at},
            )
        case MemberAdded(member):
            connection.execute(
                f"""
                INSERT INTO members (room, {MEMBER_ADDED})
                VALUES (:room, {MEMBER_ADDED.parameters})
                """,
                {"room": room, **MEMBER_ADDED.named(member)},
            )
        case RoleChanged(user, role):
            one_row(
                connection,
                "UPDATE members SET role = :role WHERE user = :user AND room = :room",
                {"role": role, "user": user, "room": room},
            )
        case MemberRemoved(user):
            one_row(
                connection,
                "DELETE FROM members WHERE user = :user AND room = :room",
                {"user": user, "room": room},
            )
            thread_log.unfollow_all(connection, room, user)
        case MemberBanned() | MemberMuted():
            impose(connection, room, entry)
        case MemberUnbanned(user):
            lift(connection, "bans", room, user)
        case MemberUnmuted(user):
            lift(connection, "mutes", room, user)
        case MessagesPruned(through):
            prune(connection, room, through)
        case RoomDeleted(at):
            retire(connection, room, at)
        case UsageCounted(user, day, kind):
            count_usage(connection, day, user, kind, 1)
        case Audited(audited):
            add_to_audit(connection, audited)
        case InvitationUsed(invitation, user, at):
            enter_by_invitation(connection, invitation, user, at)


_FIND_ORIGINALS: Final = f"""
    SELECT m.sender, m.client_id, {RECEIPT.of("m", text_hash="coalesce(m.text_hash, :none)")}
    FROM json_each(:client_ids) AS j
    JOIN messages AS m ON m.client_id = j.value ->> 1 AND m.sender = j.value ->> 0
"""
