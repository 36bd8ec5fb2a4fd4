"""The rules of a room: from the committed state and a batch of requests to entries and outcomes.

Pure, and run inside the store's transaction: the same arguments always give the same decision.
The people named in a request have been looked up before (:func:`names_in`, :func:`mentioned_in`).
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

import attrs

from ..errors import Refused
from ..model import (
    EVERYONE,
    Member,
    Message,
    Room,
    SendReceipt,
    direct_pair,
    mention_candidates,
)
from ..protocol import results
from ..store.events import (
    MessageChanged,
    MessagesPruned,
    ReadCursorMoved,
    RoomDeleted,
)
from ..store.room_log import Decision, Prefetched
from . import mail, membership
from .draft import Draft
from .permissions import RANK, no_such_room
from .quotas import (
    Terms,
    other_of,
    require_contact,
    require_daily,
    require_direct,
    require_space,
    require_unblocked,
)
from .state import RoomState

NEAR_SEQS: Final = 256
"""Messages that the writer may pass to count what is unread."""


@attrs.frozen
class ByInbox:
    """The outcome that is told by the person's inbox: their entry for the room."""


def names_in(room: str, request: mail.Write) -> list[str]:
    """The names of those who act in this request, or are acted on."""
    names = [request.user]
    match request:
        case mail.Send():
            names.extend(direct_pair(room) or ())
        case (
            mail.MarkRead()
            | mail.Edit()
            | mail.Delete()
            | mail.SetLevel()
            | mail.Join()
            | mail.Create()
            | mail.Leave()
        ):
            pass  # they name nobody
        case (
            mail.Invite(target=target)
            | mail.Remove(target=target)
            | mail.Ban(target=target)
            | mail.Unban(target=target)
        ):
            names.append(target)
    return names


def mentioned_in(request: mail.Write) -> list[str]:
    """The names that its text may mention."""
    match request:
        case mail.Send(text=text) | mail.Edit(text=text):
            return [name for candidates in mention_candidates(text) for name in candidates]
        case (
            mail.MarkRead()
            | mail.Delete()
            | mail.SetLevel()
            | mail.Join()
            | mail.Create()
            | mail.Leave()
            | mail.Invite()
            | mail.Remove()
            | mail.Ban()
            | mail.Unban()
        ):
            return []  # they have no text
        case _:
            assert_never(request)


def seqs_in(requests: Iterable[mail.Write]) -> tuple[int, ...]:
    """The messages that the requests refer to."""
    return tuple(r.seq for r in requests if isinstance(r, mail.Edit | mail.Delete))


def far_reads_in(state: RoomState, requests: Iterable[mail.Write]) -> dict[str, set[int]]:
    """Where read cursors may move to, by user, if the way there or the rest above it is long.

    That is the greatest seq asked for up to the head; and the head itself, for a seq that is past
    it, and is right only if the batch posts as many messages.
    """
    head_seq = state.stand.head_seq
    far: dict[str, set[int]] = {}
    for request in requests:
        if not isinstance(request, mail.MarkRead) or not (member := state.member(request.user)):
            continue
        seq = min(request.seq, head_seq)
        if seq > member.read_seq and max(seq - member.read_seq, head_seq - seq) > NEAR_SEQS:
            far.setdefault(request.user, set()).add(seq)
    for seqs in far.values():
        below = [seq for seq in seqs if seq < head_seq]
        seqs.difference_update(sorted(below)[:-1])
    return far


def client_ids_in(requests: Iterable[mail.Write]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (r.user, r.client_id)
        for r in requests
        if isinstance(r, mail.Send) and r.client_id is not None
    )


def hash_text(text: str) -> bytes:
    """What tells a retry from another message under the same clientId (I3)."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def answer_retry(
    room: str, request: mail.Send, original: SendReceipt | None
) -> results.Sent | None:
    """``original`` is the first message with the request's clientId; None: there is none (I3).

    :raises Refused: ``conflict``, it is another message.
    """
    if original is None:
        return None
    if original.room != room or original.text_hash != hash_text(request.text):
        raise Refused("conflict", "clientId: another message has it")
    return results.Sent(
        original.room, original.seq, original.rev, original.timestamp, duplicate=True
    )


def decide(
    state: RoomState,
    requests: Sequence[mail.Write],
    found: Prefetched,
    *,
    now: int,
    successor: Member | None = None,
    terms: Terms | None = None,
) -> Decision:
    """``now`` in ms; ``successor``: who is next in line should an owner leave; ``terms``: which
    quotas hold.

    An outcome is the call's result, a Refused (then there are no entries of it), or ByInbox.
    """
    draft = Draft(state, found, now, successor, terms)
    outcomes = tuple(_decide(draft, request) for request in requests)
    return Decision((*draft.entries, *draft.reads.values()), outcomes)


def decide_prune(through: int) -> Decision:
    return Decision((MessagesPruned(through),))


def decide_retire(state: RoomState, now: int) -> Decision:
    """An operator deletes the room. The outcome is None, or a Refused."""
    if state.room is None:
        return Decision((), (Refused("not_found", "there is no such room"),))
    if state.room.kind == "direct":
        return Decision((), (Refused("forbidden", "a direct room cannot be deleted"),))
    return Decision((RoomDeleted(now),), (None,))


def _decide(draft: Draft, request: mail.Write) -> object:
    try:
        match request:
            case mail.Send():
                return _send(draft, request)
            case mail.Join():
                return membership.join(draft, request)
            case mail.Create():
                return membership.create(draft, request)
            case _:
                pass  # for members only: below
        room, member = draft.require_member(request.user)
        match request:
            case mail.Edit():
                return _edit(draft, request)
            case mail.Delete():
                return _delete(draft, request, member)
            case mail.MarkRead():
                return _mark_read(draft, request, member)
            case mail.SetLevel(level=level):
                if level != member.level:
                    draft.set_level(member, level)
                return ByInbox()
            case mail.Leave():
                return membership.leave(draft, room, member)
            case mail.Invite() | mail.Remove() | mail.Ban() | mail.Unban():
                return membership.moderate(draft, request, room, member)
            case _:
                assert_never(request)
    except Refused as refused:
        return refused


def _send(draft: Draft, request: mail.Send) -> results.Sent:
    text_hash = None
    if request.client_id is not None:
        # Before every lasting refusal: what was accepted once stays accepted (I3).
        text_hash = hash_text(request.text)
        original = draft.original(request.user, request.client_id)
        if sent := answer_retry(draft.name, request, original):
            return sent
    if draft.room is None and request.direct and (pair := direct_pair(draft.name)):
        room = _make_direct(draft, request, pair)
    else:
        room, _ = draft.require_member(request.user)
        if draft.restricted:
            _require_writing(draft, request.user)
        if request.reply_seq is not None and request.reply_seq > draft.head_seq:
            raise Refused("invalid_params", "replyTo: there is no such message")
    message = Message(
        room=room.name,
        seq=draft.head_seq + 1,
        rev=draft.head_rev + 1,
        sender=request.user,
        text=request.text,
        timestamp=draft.stamp,
        client_id=request.client_id,
        reply_to=request.reply_seq,
        mentions=_mentions(draft, request.text, request.user),
    )
    draft.post(message, text_hash)
    return results.Sent(room.name, message.seq, message.rev, message.timestamp, duplicate=False)


def _make_direct(draft: Draft, request: mail.Send, pair: tuple[str, str]) -> Room:
    if request.user not in pair:
        raise no_such_room()
    for name in pair:
        draft.require_account(name)
    _require_writing(draft, request.user)
    if request.reply_seq is not None:
        raise Refused("invalid_params", "replyTo: there is no such message")
    usage = draft.usage(request.user)
    require_direct(draft.terms, usage, draft.now)
    strangers = pair[0] != pair[1] and pair not in draft.context.acquainted
    if strangers:
        require_contact(draft.terms, usage, draft.now)
    room = draft.make("direct", "private", draft.name, "", None)
    for name in sorted(set(pair)):
        draft.enter(room, name, "member")
    draft.count(request.user, "directs")
    if strangers:
        draft.count(request.user, "strangers")
    return room


def _require_writing(draft: Draft, user: str) -> None:
    """Require that something new from that person may be kept, and may reach the room's members."""
    if pair := direct_pair(draft.name):
        require_unblocked(draft.context, user, other_of(pair, user))
    require_space(draft.terms)
    require_daily(draft.terms, user, draft.now)


def _edit(draft: Draft, request: mail.Edit) -> results.Changed:
    was = draft.require_message(request.seq)
    if was.sender != request.user:
        raise Refused("forbidden", "only its sender edits a message")
    if was.deleted:
        raise Refused("not_found", "seq: the message was deleted")
    if was.text == request.text:
        return results.Changed(was.rev)
    _require_writing(draft, request.user)
    message = attrs.evolve(
        was,
        rev=draft.head_rev + 1,
        text=request.text,
        edited_at=draft.stamp,
        mentions=_mentions(draft, request.text, request.user),
    )
    draft.change(MessageChanged("edit", message, was))
    return results.Changed(message.rev)


def _delete(draft: Draft, request: mail.Delete, member: Member) -> results.Changed:
    was = draft.require_message(request.seq)
    if was.sender != request.user and RANK[member.role] < RANK["moderator"]:
        raise Refused("forbidden", "only its sender or a moderator deletes a message")
    if was.deleted:
        return results.Changed(was.rev)
    message = attrs.evolve(was, rev=draft.head_rev + 1, text="", deleted=True, mentions=())
    draft.change(MessageChanged("delete", message, was))
    return results.Changed(message.rev)


def _mark_read(draft: Draft, request: mail.MarkRead, member: Member) -> ByInbox:
    if request.seq > draft.head_seq:
        raise Refused("invalid_params", "seq: past the head of the room")
    read = draft.reads.get(request.user)
    if request.seq > (read.read_seq if read else member.read_seq):
        draft.reads[request.user] = ReadCursorMoved(request.user, request.seq)
    return ByInbox()


def _mentions(draft: Draft, text: str, sender: str) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for candidates in mention_candidates(text):
        for name in candidates:
            if name == EVERYONE or draft.member(name) is not None:
                if name != sender:
                    names[name] = None
                break
    return tuple(names)
