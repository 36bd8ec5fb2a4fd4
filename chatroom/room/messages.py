"""The rules of messages: send, edit, delete, pin, mark as read, and notifications. Pure."""

import hashlib
from collections.abc import Sequence
from typing import Final

import attrs

from ..errors import Refused
from ..model import (
    EVERYONE,
    Attachment,
    Member,
    Message,
    Room,
    SendReceipt,
    direct_pair,
    mention_candidates,
)
from ..protocol import results
from ..protocol.calls import (
    DeleteMessage,
    EditMessage,
    MarkRead,
    PinMessage,
    SendMessage,
    SetNotifications,
    UnpinMessage,
)
from ..store.events import MessageChanged, ReadCursorMoved
from .deciding import Rules
from .draft import Draft
from .permissions import PERMISSIONS, no_such_room, require_sender
from .posting import require_pause, require_posting
from .quotas import (
    other_of,
    require_acquainted,
    require_contact,
    require_daily,
    require_direct,
    require_space,
    require_unblocked,
)
from .threads import follow_mentioned, mark_thread_read, post_in_thread, require_root

RULES: Final = Rules()
decides = RULES.decides


def hash_content(call: SendMessage) -> bytes:
    """Return the hash that distinguishes a retry from another message with its clientId (I3)."""
    content: str = call.text
    if call.type or call.data or call.format == "plain":  # no text has a NUL
        content = "\0".join((content, call.format, call.type or "", call.data or ""))
    if call.attachments:
        content = "\0".join((content, *call.attachments))
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def answer_retry(room: str, call: SendMessage, original: SendReceipt | None) -> results.Sent | None:
    """Return the reply to a retry; None if the call is not a retry (I3).

    :param original: the first message with the call's clientId, if there is one.
    :raises Refused: ``conflict``; that message differs from the call's.
    """
    if original is None:
        return None
    if original.room != room or original.text_hash != hash_content(call):
        raise Refused("conflict", "clientId: another message has it")
    return results.Sent(
        original.room, original.seq, original.rev, original.timestamp, duplicate=True
    )


@decides(SendMessage)
def send(draft: Draft, user: str, call: SendMessage) -> results.Sent:
    text_hash = None
    if call.client_id is not None:
        # Before every permanent refusal, so that a retry of an accepted message succeeds (I3).
        text_hash = hash_content(call)
        original = draft.original(user, call.client_id)
        if sent := answer_retry(draft.name, call, original):
            return sent
    attachments = _attachments(draft, user, call.attachments) if call.attachments else ()
    if draft.room is None and call.to is not None and (pair := direct_pair(draft.name)):
        room = _make_direct(draft, user, call, pair)
    else:
        room, member = draft.require_member(user)
        if draft.restricted:
            require_writing(draft, room, member)
            require_pause(draft, room, member)
        if call.reply_to is not None and call.reply_to > draft.head_seq:
            raise Refused("invalid_params", "replyTo: there is no such message")
        if call.thread is not None:
            require_root(draft, call.thread)
    message = Message(
        room=room.name,
        seq=draft.head_seq + 1,
        rev=draft.head_rev + 1,
        sender=user,
        text=call.text,
        timestamp=draft.stamp,
        client_id=call.client_id,
        reply_to=call.reply_to,
        thread=call.thread,
        mentions=mentions_in(draft, call.text, user),
        format=None if call.format == "markdown" else call.format,
        type=call.type,
        data=call.data,
        attachments=attachments,
    )
    if call.thread is None:
        draft.post(message, text_hash)
    else:
        post_in_thread(draft, message, call.thread, text_hash)
    if attachments:
        draft.taken.update(attachments)
    if draft.restricted:
        draft.note_sent(room, user)
    return results.Sent(room.name, message.seq, message.rev, message.timestamp, duplicate=False)


def _attachments(draft: Draft, user: str, uploads: Sequence[str]) -> tuple[Attachment, ...]:
    """:raises Refused: ``not_found``; one is not the user's, not complete, or in a message."""
    attachments = draft.attachments(user, uploads)
    if len(attachments) < len(uploads):
        raise Refused("not_found", "attachments: no complete upload of yours that is still unsent")
    return attachments


def _make_direct(draft: Draft, user: str, call: SendMessage, pair: tuple[str, str]) -> Room:
    if user not in pair:
        raise no_such_room()
    for name in pair:
        draft.require_account(name)
    strangers = pair[0] != pair[1] and pair not in draft.context.acquainted
    require_acquainted(draft.terms, stranger=strangers)
    _require_text(draft, user)
    if call.reply_to is not None:
        raise Refused("invalid_params", "replyTo: there is no such message")
    if call.thread is not None:
        raise Refused("invalid_params", "thread: there is no such message")
    usage = draft.usage(user)
    require_direct(draft.terms, usage, draft.now)
    if strangers:
        require_contact(draft.terms, usage, draft.now)
    room = draft.make("direct", "private", draft.name, "", None)
    for name in sorted(set(pair)):
        draft.enter(room, name, "member")
    draft.count(user, "directs")
    if strangers:
        draft.count(user, "strangers")
    return room


def require_writing(draft: Draft, room: Room, member: Member) -> None:
    """Check the room's settings, and :func:`require_voice`.

    :raises Refused: ``forbidden``, or as :func:`require_voice`.
    """
    if room.policy.restricts:
        require_posting(room, member)
    require_voice(draft, member)


def require_voice(draft: Draft, member: Member) -> None:
    """Check mutes, and :func:`_require_text`.

    :raises Refused: ``muted``, or as :func:`_require_text`.
    """
    if (mute := draft.mute(member.user)) is not None:
        raise Refused("muted", f"room: you are muted{mute.why}", mute.left(draft.stamp))
    _require_text(draft, member.user)


def _require_text(draft: Draft, user: str) -> None:
    """Check blocks, disk space and daily quotas for new text by this person.

    :raises Refused: ``forbidden``, ``storage_full`` or ``quota_exceeded``.
    """
    if pair := direct_pair(draft.name):
        require_unblocked(draft.context, user, other_of(pair, user))
    require_space(draft.terms)
    require_daily(draft.terms, user, draft.now)


@decides(EditMessage)
def edit(draft: Draft, room: Room, member: Member, call: EditMessage) -> results.Changed:
    user = member.user
    was = draft.require_message(call.seq)
    require_sender(PERMISSIONS[EditMessage], member, was)
    if was.deleted:
        raise Refused("not_found", "seq: the message was deleted")
    if was.text == call.text:
        return results.Changed(was.rev)
    require_writing(draft, room, member)
    message = attrs.evolve(
        was,
        rev=draft.head_rev + 1,
        text=call.text,
        edited_at=draft.stamp,
        mentions=mentions_in(draft, call.text, user),
    )
    draft.change(MessageChanged("edit", message, was))
    if message.thread is not None:
        follow_mentioned(draft, message, message.thread)
    return results.Changed(message.rev)


@decides(DeleteMessage)
def delete(draft: Draft, room: Room, member: Member, call: DeleteMessage) -> results.Changed:
    was = draft.require_message(call.seq)
    require_sender(PERMISSIONS[DeleteMessage], member, was)
    if was.deleted:
        return results.Changed(was.rev)
    rev = erase(draft, was).rev
    if was.sender != member.user:
        draft.audit(member.user, "deleteMessage", was.sender, {"seq": was.seq})
    return results.Changed(rev)


def erase(draft: Draft, was: Message, *, forget: bool = False) -> Message:
    """Delete a message. It keeps its seq.

    :param forget: remove its clientId and the hash of its text too, since no retry can arrive.
    """
    message = attrs.evolve(
        was,
        rev=draft.head_rev + 1,
        text="",
        deleted=True,
        mentions=(),
        reactions=(),
        pinned_by=None,
        format=None,
        type=None,
        data=None,
        attachments=(),
        client_id=None if forget else was.client_id,
    )
    draft.change(MessageChanged("delete", message, was))
    return message


@decides(PinMessage)
def pin(draft: Draft, room: Room, member: Member, call: PinMessage) -> results.Changed:
    was = draft.require_kept(call.seq)
    if was.pinned_by is not None:
        return results.Changed(was.rev)
    return _set_pin(draft, was, member.user)


@decides(UnpinMessage)
def unpin(draft: Draft, room: Room, member: Member, call: UnpinMessage) -> results.Changed:
    was = draft.require_kept(call.seq)
    if was.pinned_by is None:
        return results.Changed(was.rev)
    return _set_pin(draft, was, None)


def _set_pin(draft: Draft, was: Message, by: str | None) -> results.Changed:
    message = attrs.evolve(was, rev=draft.head_rev + 1, pinned_by=by)
    draft.change(MessageChanged("pin", message, was))
    return results.Changed(message.rev)


@decides(MarkRead)
def mark_read(draft: Draft, room: Room, member: Member, call: MarkRead) -> None:
    if call.seq > draft.head_seq:
        raise Refused("invalid_params", "seq: is past the room's last message")
    if call.thread is not None:
        mark_thread_read(draft, member, call, call.thread)
        return
    read = draft.reads.get(member.user)
    if call.seq > (read.read_seq if read else member.read_seq):
        draft.reads[member.user] = ReadCursorMoved(member.user, call.seq)


@decides(SetNotifications)
def set_notifications(draft: Draft, room: Room, member: Member, call: SetNotifications) -> None:
    # Also if the level seems to be set: another node may have set another one meanwhile.
    draft.set_level(member, call.level)


def mentions_in(draft: Draft, text: str, sender: str) -> tuple[str, ...]:
    """Return the members whom a text mentions, without its sender, and EVERYONE for ``@room``."""
    names: dict[str, None] = {}
    for candidates in mention_candidates(text):
        for name in candidates:
            if name == EVERYONE or draft.member(name) is not None:
                if name != sender:
                    names[name] = None
                break
    return tuple(names)
