"""The rules of an import: how a room and its messages are made from an export. Pure.

Times and senders are those of the export (I7). Rates, quotas, blocks and the settings of the room
do not apply, since nobody calls.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Literal

import attrs

from ..frozen import frozen
from ..model import (
    Attachment,
    ChangeKind,
    JsonObject,
    Kind,
    Message,
    Role,
    Room,
    RoomPolicy,
    Visibility,
)
from ..room.draft import Draft
from ..room.messages import erase, mentions_in
from ..room.state import RoomState
from ..store.events import MessageChanged, ReadCursorMoved, RoomCreated
from ..store.room_log import Decision, Prefetched
from .records import ImportFailed


@frozen
class NewRoom:
    """A room as an import makes it. ``members``: their names and roles."""

    name: str
    kind: Kind
    visibility: Visibility
    title: str
    topic: str
    created_at: int
    policy: RoomPolicy
    members: tuple[tuple[str, Role], ...]


@frozen
class Arrival:
    """A message of an export, with the names of accounts here.

    ``thread`` and ``reply_to``: ids in the export; ``thread_owner``: who wrote the root;
    ``uploads``: its files.
    """

    id: str
    client_id: str
    sender: str
    time: int
    text: str
    format: Literal["plain"] | None = None
    thread: str | None = None
    thread_owner: str | None = None
    reply_to: str | None = None
    edited_at: int | None = None
    pinned_by: str | None = None
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    uploads: tuple[str, ...] = ()
    type: str | None = None
    data: JsonObject | None = None
    deleted: bool = False


@frozen
class Landed:
    """What became of an arrival. ``later``: its time is later than in the export, since the room
    had later messages. ``follows``: who follows its thread by it.
    """

    seq: int
    new: bool
    later: bool = False
    follows: tuple[str, ...] = ()


@frozen
class Known:
    """What earlier batches left: the seqs of messages by id, and who follows a thread by the id of
    its root."""

    seqs: Mapping[str, int]
    followers: Mapping[str, Set[str]]


def decide(
    state: RoomState,
    new_room: NewRoom,
    arrivals: Sequence[Arrival],
    known: Known,
    found: Prefetched,
) -> Decision:
    """Make the room if there is none, and post what is not there yet. The outcomes are what became
    of the arrivals.

    :raises ImportFailed: a message that is there is another one.
    """
    draft = Draft(state, found, new_room.created_at if state.room is None else 0)
    if state.room is None:
        _make(draft, new_room)
    seqs: dict[str, int] = {}
    posted: list[tuple[Message, Arrival]] = []
    threads: dict[int, str] = {}
    outcomes = []
    last = draft.room.last_timestamp if draft.room else 0
    for arrival in arrivals:
        if (original := draft.original(arrival.sender, arrival.client_id)) is not None:
            if original.room != draft.name or original.timestamp < arrival.time:
                raise ImportFailed(
                    f"message {arrival.id} of {draft.name} is there with another time: it was"
                    " imported from another export"
                )
            seqs[arrival.id] = original.seq
            follows = _follows(draft, arrival, mentions_in(draft, arrival.text, arrival.sender))
            outcomes.append(Landed(original.seq, new=False, follows=follows))
            continue
        last = max(last, arrival.time)
        message = _message(draft, arrival, last, seqs, known)
        text_hash = hashlib.blake2b(arrival.text.encode(), digest_size=16).digest()
        follows = ()
        if message.thread is None or arrival.thread is None:
            draft.post(message, text_hash)
        else:
            draft.post_in_thread(message, message.thread, text_hash)
            follows = _follows(draft, arrival, message.mentions)
            threads[message.thread] = arrival.thread
        seqs[arrival.id] = message.seq
        draft.taken.update(message.attachments)
        posted.append((message, arrival))
        outcomes.append(Landed(message.seq, True, last > arrival.time, follows))
    # After all posts, which the store then inserts together.
    for message, arrival in posted:
        _change(draft, message, arrival)
    followers = {root: set(known.followers.get(root, ())) for root in threads.values()}
    for arrival, landed in zip(arrivals, outcomes, strict=True):
        if arrival.thread in followers:
            followers[arrival.thread].update(landed.follows)
    for root, key in threads.items():
        thread = draft.thread(root)
        for user in sorted(followers[key]):
            if thread is not None and draft.member(user) is not None:
                draft.follow(user, root, thread.last_seq)
    return Decision((*draft.entries, *draft.follows.values()), tuple(outcomes))


def decide_read(
    state: RoomState, users: Iterable[str], through: int, found: Prefetched
) -> Decision:
    """Move the read cursors of members to the last message of the import."""
    members = [state.member(user) for user in users]
    return Decision(
        tuple(
            ReadCursorMoved(member.user, through)
            for member in members
            if member is not None and member.read_seq < through
        )
    )


def _make(draft: Draft, new: NewRoom) -> None:
    draft.room = Room(
        draft.name,
        new.kind,
        new.visibility,
        new.title,
        new.topic,
        new.created_at,
        policy=new.policy,
    )
    # Without a creator: the room counts against nobody's quota.
    draft.entries.append(RoomCreated(draft.room))
    for user, role in new.members:
        draft.enter(draft.room, user, role)


def _message(
    draft: Draft, arrival: Arrival, at: int, seqs: Mapping[str, int], known: Known
) -> Message:
    def seq_of(wanted: str | None) -> int | None:
        return None if wanted is None else seqs.get(wanted) or known.seqs[wanted]

    attachments: tuple[Attachment, ...] = ()
    if arrival.uploads:
        attachments = draft.attachments(arrival.sender, arrival.uploads)
        if len(attachments) < len(arrival.uploads):
            raise ImportFailed(f"message {arrival.id} of {draft.name}: its files are gone")
    return Message(
        room=draft.name,
        seq=draft.head_seq + 1,
        rev=draft.head_rev + 1,
        sender=arrival.sender,
        text=arrival.text,
        timestamp=at,
        client_id=arrival.client_id,
        reply_to=seq_of(arrival.reply_to),
        thread=seq_of(arrival.thread),
        mentions=mentions_in(draft, arrival.text, arrival.sender),
        format=arrival.format,
        attachments=attachments,
        type=arrival.type,
        data=arrival.data,
    )


def _follows(draft: Draft, arrival: Arrival, mentions: Sequence[str]) -> tuple[str, ...]:
    """Return who follows a thread by this message: as after :func:`.threads.post_in_thread`."""
    if arrival.thread is None:
        return ()
    people = dict.fromkeys((arrival.thread_owner or arrival.sender, arrival.sender, *mentions))
    return tuple(name for name in people if draft.member(name) is not None)


def _change(draft: Draft, message: Message, arrival: Arrival) -> None:
    """Give a message of this batch what happened to it later."""
    if arrival.deleted:
        erase(draft, message)
        return
    if arrival.edited_at is not None:
        message = _changed(draft, "edit", message, edited_at=arrival.edited_at)
    if arrival.pinned_by is not None:
        message = _changed(draft, "pin", message, pinned_by=arrival.pinned_by)
    for emoji, users in arrival.reactions:
        for user in users:
            message = draft.react(message, emoji, user, added=True)


def _changed(draft: Draft, kind: ChangeKind, was: Message, **fields: Any) -> Message:
    message: Message = attrs.evolve(was, rev=draft.head_rev + 1, **fields)
    draft.change(MessageChanged(kind, message, was))
    return message
