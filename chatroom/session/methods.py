"""The mail that each call becomes.

The calls are declared in :mod:`chatroom.protocol.calls`. The actor answers to the address in the
mail; the session waits for nothing. ``connect`` is not here: it is what makes a session
(``session.py``).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from ..actors.mailbox import Mail
from ..actors.supervisor import Address
from ..config import Config
from ..errors import Refused
from ..hub.line import ReplyTo
from ..inbox import mail as inbox
from ..model import direct_room
from ..protocol import calls
from ..room import mail as room


@attrs.frozen
class Asking:
    """Who asks, and where the answer goes. The identity is the session's, never an argument."""

    user: str
    reply_to: ReplyTo
    config: Config


Deliver = Callable[[Asking, Any], tuple[Address, Mail]]


def _to_room(make: Callable[[Asking, Any], Mail]) -> Deliver:
    return lambda asking, params: (room.address(params.room), make(asking, params))


def _to_inbox(make: Callable[[Asking, Any], Mail]) -> Deliver:
    return lambda asking, params: (inbox.address(asking.user), make(asking, params))


def _of_other(*, blocked: bool) -> Deliver:
    return _to_inbox(lambda asking, params: inbox.SetBlocked(params.user, blocked, asking.reply_to))


def _of_room(mail: Callable[[str, ReplyTo], Mail]) -> Deliver:
    return _to_room(lambda asking, _: mail(asking.user, asking.reply_to))


def _of_member(mail: Callable[[str, ReplyTo, str], Mail]) -> Deliver:
    return _to_room(lambda asking, params: mail(asking.user, asking.reply_to, params.user))


def _clamped(text: str, config: Config) -> str:
    """:raises Refused: ``text_empty`` or ``text_too_long``."""
    text = text.strip()
    if not text:
        raise Refused("text_empty", "text: is empty")
    if len(text) > config.text_chars or len(text.encode()) > config.text_bytes:
        raise Refused(
            "text_too_long",
            f"text: at most {config.text_chars} characters and {config.text_bytes} bytes of UTF-8",
        )
    return text


def _send(asking: Asking, params: calls.SendMessage) -> tuple[Address, Mail]:
    direct = params.to is not None
    name = direct_room(asking.user, str(params.to)) if direct else str(params.room)
    text = _clamped(params.text, asking.config)
    return room.address(name), room.Send(
        asking.user, asking.reply_to, text, params.client_id, params.reply_to, direct
    )


def _history(asking: Asking, params: calls.GetHistory) -> Mail:
    return room.History(
        asking.user,
        asking.reply_to,
        params.limit,
        before=params.before,
        after=params.after,
        around=params.around,
    )


DELIVERIES: Final[Mapping[str, Deliver]] = MappingProxyType(
    {
        "joinRoom": _to_room(lambda asking, p: room.Join(asking.user, asking.reply_to, p.create)),
        "createRoom": _to_room(
            lambda asking, p: room.Create(
                asking.user, asking.reply_to, p.visibility, p.title, p.topic
            )
        ),
        "leaveRoom": _of_room(room.Leave),
        "listRooms": _to_inbox(
            lambda asking, p: inbox.ListRooms(p.query, p.after, p.limit, asking.reply_to)
        ),
        "listMembers": _to_room(
            lambda asking, p: room.ListMembers(asking.user, asking.reply_to, p.after or "", p.limit)
        ),
        "invite": _of_member(room.Invite),
        "removeMember": _of_member(room.Remove),
        "ban": _of_member(room.Ban),
        "unban": _of_member(room.Unban),
        "subscribe": _to_room(
            lambda asking, p: room.Subscribe(
                asking.user, asking.reply_to, p.epoch, p.since_rev, p.limit
            )
        ),
        "unsubscribe": _of_room(room.Unsubscribe),
        "sendMessage": (_send),
        "editMessage": _to_room(
            lambda asking, p: room.Edit(
                asking.user, asking.reply_to, p.seq, _clamped(p.text, asking.config)
            )
        ),
        "deleteMessage": _to_room(
            lambda asking, p: room.Delete(asking.user, asking.reply_to, p.seq)
        ),
        "getHistory": _to_room(_history),
        "getInbox": _to_inbox(lambda asking, p: inbox.GetInbox(p.after, p.limit, asking.reply_to)),
        "getUnread": _to_room(
            lambda asking, p: room.History(asking.user, asking.reply_to, p.limit, unread=True)
        ),
        "blockUser": _of_other(blocked=True),
        "unblockUser": _of_other(blocked=False),
        "listBlocked": _to_inbox(
            lambda asking, p: inbox.ListBlocked(p.after, p.limit, asking.reply_to)
        ),
        "markRead": _to_room(lambda asking, p: room.MarkRead(asking.user, asking.reply_to, p.seq)),
        "setTyping": _to_room(
            lambda asking, p: room.SetTyping(asking.user, asking.reply_to, p.typing)
        ),
        "setNotifications": _to_room(
            lambda asking, p: room.SetLevel(asking.user, asking.reply_to, p.level)
        ),
    }
)
