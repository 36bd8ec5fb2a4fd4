"""The calls as a session handles them: for each the mail that it becomes, and what it costs.

What they take stands in :mod:`chatroom.protocol.calls`. The actor answers to the address in the
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
from ..protocol import asked, results
from ..protocol.calls import CALLS
from ..room import mail as room
from .limits import Cost


@attrs.frozen
class Asking:
    """Who asks, and where the answer goes. The identity is the session's, never an argument."""

    user: str
    reply_to: ReplyTo
    config: Config


Deliver = Callable[[Asking, Any], tuple[Address, Mail]]

ENTRIES_A_TOKEN: Final = 100
"""Of the page that is asked for."""
MESSAGE_BYTES: Final = results.FRAME_BYTES
"""The most that a message has in a page: it came in one frame, escaped in the same way."""
ENTRY_BYTES: Final = 8 * 1024
ROOM_BYTES: Final = 2 * 1024
MEMBER_BYTES: Final = 1024


@attrs.frozen
class Method:
    """``page``: the most bytes that an item of the reply may have, 0 if it is no page.
    ``lists``: the page is not of one log or inbox, and costs twice as much.
    """

    name: str
    _deliver: Deliver
    cost: Cost = "calls"
    page: int = 0
    lists: bool = False

    def tokens(self, params: Any) -> int:
        """The tokens that a call of the cost ``calls`` takes: by the size of its page."""
        if not self.page:
            return 1
        return -(-_limit(params) // ENTRIES_A_TOKEN) * (1 + self.lists)

    def page_bytes(self, params: Any) -> int:
        """The most that the reply may have, if it is a page, else 0."""
        return min(self.page * _limit(params), results.PAGE_BYTES) if self.page else 0

    @property
    def params(self) -> type[attrs.AttrsInstance]:
        return CALLS[self.name].params

    def deliver(self, asking: Asking, params: Any) -> tuple[Address, Mail]:
        """:raises Refused: for what can be judged without asking anybody."""
        choice = CALLS[self.name].choice
        if choice is not None:
            choice.check(params)
        return self._deliver(asking, params)


def _limit(params: Any) -> int:
    if params.limit is not None:
        return int(params.limit)
    return results.PAGE if params.since_rev is None else results.MAX_PAGE


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


def _send(asking: Asking, params: asked.SendMessage) -> tuple[Address, Mail]:
    direct = params.to is not None
    name = direct_room(asking.user, str(params.to)) if direct else str(params.room)
    text = _clamped(params.text, asking.config)
    return room.address(name), room.Send(
        asking.user, asking.reply_to, text, params.client_id, params.reply_to, direct
    )


def _history(asking: Asking, params: asked.GetHistory) -> Mail:
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
        method.name: method
        for method in (
            Method(
                "joinRoom",
                _to_room(lambda asking, p: room.Join(asking.user, asking.reply_to, p.create)),
                "joins",
            ),
            Method(
                "createRoom",
                _to_room(
                    lambda asking, p: room.Create(
                        asking.user, asking.reply_to, p.visibility, p.title, p.topic
                    )
                ),
                "joins",
            ),
            Method("leaveRoom", _of_room(room.Leave)),
            Method(
                "listRooms",
                _to_inbox(
                    lambda asking, p: inbox.ListRooms(p.query, p.after, p.limit, asking.reply_to)
                ),
                page=ROOM_BYTES,
                lists=True,
            ),
            Method(
                "listMembers",
                _to_room(
                    lambda asking, p: room.ListMembers(
                        asking.user, asking.reply_to, p.after or "", p.limit
                    )
                ),
                page=MEMBER_BYTES,
                lists=True,
            ),
            Method("invite", _of_member(room.Invite), "joins"),
            Method("removeMember", _of_member(room.Remove), "joins"),
            Method("ban", _of_member(room.Ban), "joins"),
            Method("unban", _of_member(room.Unban), "joins"),
            Method(
                "subscribe",
                _to_room(
                    lambda asking, p: room.Subscribe(
                        asking.user, asking.reply_to, p.epoch, p.since_rev, p.limit
                    )
                ),
                page=MESSAGE_BYTES,
            ),
            Method("unsubscribe", _of_room(room.Unsubscribe)),
            Method("sendMessage", _send, "messages"),
            Method(
                "editMessage",
                _to_room(
                    lambda asking, p: room.Edit(
                        asking.user, asking.reply_to, p.seq, _clamped(p.text, asking.config)
                    )
                ),
                "messages",
            ),
            Method(
                "deleteMessage",
                _to_room(lambda asking, p: room.Delete(asking.user, asking.reply_to, p.seq)),
                "messages",
            ),
            Method("getHistory", _to_room(_history), page=MESSAGE_BYTES),
            Method(
                "getInbox",
                _to_inbox(lambda asking, p: inbox.GetInbox(p.after, p.limit, asking.reply_to)),
                page=ENTRY_BYTES,
            ),
            Method(
                "getUnread",
                _to_room(
                    lambda asking, p: room.History(
                        asking.user, asking.reply_to, p.limit, unread=True
                    )
                ),
                page=MESSAGE_BYTES,
            ),
            Method("blockUser", _of_other(blocked=True), "joins"),
            Method("unblockUser", _of_other(blocked=False), "joins"),
            Method(
                "listBlocked",
                _to_inbox(lambda asking, p: inbox.ListBlocked(p.after, p.limit, asking.reply_to)),
            ),
            Method(
                "markRead",
                _to_room(lambda asking, p: room.MarkRead(asking.user, asking.reply_to, p.seq)),
            ),
            Method(
                "setTyping",
                _to_room(lambda asking, p: room.SetTyping(asking.user, asking.reply_to, p.typing)),
                "signs",
            ),
            Method(
                "setNotifications",
                _to_room(lambda asking, p: room.SetLevel(asking.user, asking.reply_to, p.level)),
            ),
        )
    }
)
