"""The calls: for each method its parameters, what it costs, and the mail that it becomes.

Whoever is asked answers to the address in the mail; the session waits for nothing. ``connect`` is
not here: it is what makes a session (``session.py``).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from ..actors.mailbox import Mail
from ..actors.supervisor import Address
from ..config import Config
from ..delivery.line import ReplyTo
from ..errors import Refused
from ..inbox import mail as inbox
from ..model import direct_room
from ..room import mail as room
from ..wire import protocol
from .limits import Cost


@attrs.frozen
class Asking:
    """Who asks, and where the answer goes. The identity is the session's, never an argument."""

    user: str
    reply_to: ReplyTo
    config: Config


Deliver = Callable[[Asking, Any], tuple[Address, Mail]]


@attrs.frozen
class Method:
    params: type[attrs.AttrsInstance]
    deliver: Deliver
    cost: Cost = "calls"


def _to_room(make: Callable[[Asking, Any], Mail]) -> Deliver:
    return lambda asking, params: (room.address(params.room), make(asking, params))


def _to_inbox(make: Callable[[Asking, Any], Mail]) -> Deliver:
    return lambda asking, params: (inbox.address(asking.user), make(asking, params))


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


def _send(asking: Asking, params: protocol.SendMessage) -> tuple[Address, Mail]:
    if (params.room is None) == (params.to is None):
        raise Refused("invalid_params", "room, to: exactly one of them")
    name = params.room if params.to is None else direct_room(asking.user, params.to)
    text = _clamped(params.text, asking.config)
    return room.address(str(name)), room.Send(
        asking.user, asking.reply_to, text, params.client_id, params.reply_to
    )


def _history(asking: Asking, params: protocol.GetHistory) -> Mail:
    if sum(bound is not None for bound in (params.before, params.after, params.around)) > 1:
        raise Refused("invalid_params", "before, after, around: at most one of them")
    return room.History(
        asking.user,
        asking.reply_to,
        params.limit,
        before=params.before,
        after=params.after,
        around=params.around,
    )


METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        "joinRoom": Method(
            protocol.JoinRoom,
            _to_room(lambda asking, p: room.Join(asking.user, asking.reply_to, p.create)),
            "joins",
        ),
        "createRoom": Method(
            protocol.CreateRoom,
            _to_room(
                lambda asking, p: room.Create(
                    asking.user, asking.reply_to, p.visibility, p.title, p.topic
                )
            ),
            "joins",
        ),
        "leaveRoom": Method(protocol.OfRoom, _of_room(room.Leave)),
        "listRooms": Method(
            protocol.ListRooms,
            _to_inbox(
                lambda asking, p: inbox.ListRooms(p.query, p.after, p.limit, asking.reply_to)
            ),
        ),
        "listMembers": Method(
            protocol.ListMembers,
            _to_room(
                lambda asking, p: room.ListMembers(
                    asking.user, asking.reply_to, p.after or "", p.limit
                )
            ),
        ),
        "invite": Method(protocol.OfMember, _of_member(room.Invite)),
        "removeMember": Method(protocol.OfMember, _of_member(room.Remove)),
        "ban": Method(protocol.OfMember, _of_member(room.Ban)),
        "unban": Method(protocol.OfMember, _of_member(room.Unban)),
        "subscribe": Method(
            protocol.Subscribe,
            _to_room(
                lambda asking, p: room.Subscribe(
                    asking.user, asking.reply_to, p.epoch, p.since_rev, p.limit
                )
            ),
        ),
        "unsubscribe": Method(protocol.OfRoom, _of_room(room.Unsubscribe)),
        "sendMessage": Method(protocol.SendMessage, _send, "messages"),
        "editMessage": Method(
            protocol.EditMessage,
            _to_room(
                lambda asking, p: room.Edit(
                    asking.user, asking.reply_to, p.seq, _clamped(p.text, asking.config)
                )
            ),
        ),
        "deleteMessage": Method(
            protocol.OfMessage,
            _to_room(lambda asking, p: room.Delete(asking.user, asking.reply_to, p.seq)),
        ),
        "getHistory": Method(protocol.GetHistory, _to_room(_history)),
        "getInbox": Method(
            protocol.GetInbox,
            _to_inbox(lambda asking, p: inbox.GetInbox(p.after, p.limit, asking.reply_to)),
        ),
        "getUnread": Method(
            protocol.GetUnread,
            _to_room(
                lambda asking, p: room.History(asking.user, asking.reply_to, p.limit, unread=True)
            ),
        ),
        "markRead": Method(
            protocol.MarkRead,
            _to_room(lambda asking, p: room.MarkRead(asking.user, asking.reply_to, p.seq)),
        ),
        "setTyping": Method(
            protocol.SetTyping,
            _to_room(lambda asking, p: room.SetTyping(asking.user, asking.reply_to, p.typing)),
        ),
        "setNotifications": Method(
            protocol.SetNotifications,
            _to_room(lambda asking, p: room.SetLevel(asking.user, asking.reply_to, p.level)),
        ),
    }
)
