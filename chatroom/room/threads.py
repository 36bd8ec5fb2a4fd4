"""The rules of threads: their messages, and who follows them. Pure."""

from typing import Final

from ..errors import Refused
from ..model import EVERYONE, Member, Message, Room
from ..protocol import results
from ..protocol.calls import FollowThread, MarkRead, UnfollowThread
from .deciding import Rules
from .draft import Draft

RULES: Final = Rules()
decides = RULES.decides


def require_root(draft: Draft, root: int) -> None:
    """Check that there is a thread below a message, or can be one.

    :raises Refused: ``invalid_params``; there is no such message, or it is in a thread.
    """
    message = draft.message(root)
    if message is None and draft.thread(root) is None:
        raise Refused("invalid_params", "thread: there is no such message")
    if message is not None and message.thread is not None:
        raise Refused("invalid_params", "thread: that message is in a thread itself")


def post_in_thread(draft: Draft, message: Message, root: int, text_hash: bytes | None) -> None:
    """Add a message to a thread. Its sender and the people whom it names follow the thread. The
    sender of the root follows it from its first message on.
    """
    if draft.thread(root) is None and (owner := draft.owner(root)) is not None:
        _follow_from(draft, owner, root, message.seq)
    _follow_from(draft, message.sender, root, message.seq)
    follow_mentioned(draft, message, root)
    draft.post_in_thread(message, root, text_hash)


def follow_mentioned(draft: Draft, message: Message, root: int) -> None:
    for name in message.mentions:
        if name != EVERYONE:
            _follow_from(draft, name, root, message.seq)


def _follow_from(draft: Draft, user: str, root: int, seq: int) -> None:
    """Let a user follow a thread from this message on, unless the user follows it already."""
    if draft.read_in_thread(user, root) is None:
        draft.follow(user, root, seq - 1)


@decides(FollowThread)
def follow(draft: Draft, room: Room, member: Member, call: FollowThread) -> results.Empty:
    require_root(draft, call.thread)
    if draft.read_in_thread(member.user, call.thread) is None:
        draft.follow(member.user, call.thread, draft.head_seq)
    return results.Empty()


@decides(UnfollowThread)
def unfollow(draft: Draft, room: Room, member: Member, call: UnfollowThread) -> results.Empty:
    if draft.read_in_thread(member.user, call.thread) is not None:
        draft.unfollow(member.user, call.thread)
    return results.Empty()


def mark_thread_read(draft: Draft, member: Member, call: MarkRead, root: int) -> None:
    """:raises Refused: ``invalid_params``; the member does not follow the thread."""
    read_seq = draft.read_in_thread(member.user, root)
    if read_seq is None:
        raise Refused("invalid_params", "thread: you do not follow it")
    if call.seq > read_seq:
        draft.follow(member.user, root, call.seq)
