"""All events: what the server sends unasked. See :mod:`.declaring` for how to declare one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

from ..frozen import frozen
from ..model import AccountSettings, Message, Profile, Role, ServerState
from . import declaring
from .declaring import Event, event
from .results import InboxEntry, RoomSettings


@frozen
class MessageEvent(Message, Event):
    """The whole message, and the epoch that its numbers belong to."""

    epoch: str = attrs.field(kw_only=True)


@event("newMessage")
@frozen
class NewMessageEvent(MessageEvent):
    """A message, to every session subscribed to its room, the sender's too. In each room rev rises
    by exactly 1: a jump means a gap, and subscribe with the last rev heals it.
    """


@event("messageChanged")
@frozen
class MessageChangedEvent(MessageEvent):
    """A message after a change, whole; its rev counts as newMessage's does."""


@event("reactionsChanged")
@frozen
class ReactionsChanged(Event):
    """Someone reacted to a message, or took that back (added false). count is the number of people
    with this emoji now. rev is the message's, and counts as newMessage's does.
    """

    room: str
    seq: int
    rev: int
    emoji: str
    count: int
    user: str
    added: bool
    epoch: str


@event("unread")
@frozen
class UnreadEvent(InboxEntry, Event):
    """An entry of my inbox that changed, coalesced; to my sessions that don't watch the room, and
    to all of them when the cursor or the level moved.
    """


@event("threadUnread")
@frozen
class ThreadUnread(Event):
    """A thread that I follow, whose counts changed, coalesced; to my sessions that don't watch the
    room, and to all of them when I began or ceased to follow it or the cursor moved.
    """

    room: str
    thread: int
    read_seq: int
    unread: int
    mentions: int
    following: bool


@event("tokenExpiring")
@frozen
class TokenExpiring(Event):
    """My session's token ends soon, and the session with it: once a day, from some days before.
    POST /api/renew gives a new token.
    """

    expires_at: int


@event("typing")
@frozen
class Typing(Event):
    """Someone else in a watched room types, or no longer, in the main log or a thread; drop it
    after 6 s.
    """

    room: str
    user: str
    typing: bool
    thread: int | None = None


@event("presence")
@frozen
class Presence(Event):
    """Someone in a watched room came, or went some seconds ago; not sent in large rooms."""

    user: str
    online: bool


@event("memberChanged")
@frozen
class MemberChanged(Event):
    """Someone's role in a watched room, or mine in any, null for who is no longer a member. Whoever
    loses membership is unsubscribed with it.
    """

    room: str
    user: str
    role: Role | None


@event("roomChanged")
@frozen
class RoomChanged(RoomSettings, Event):
    """The settings of a watched room after a change, whole."""


@event("muteChanged")
@frozen
class MuteChanged(Event):
    """Someone in a watched room, or I in any, may not write there any more until a time, or for
    good; or may again, with muted false. Nothing is told when the time has come.
    """

    room: str
    user: str
    muted: bool
    until: int | None = None
    reason: str | None = None


@event("userChanged")
@frozen
class UserChanged(Profile, Event):
    """The profile of someone in a watched room after a change, whole, or when a status has ended;
    and my own, to all of my sessions. Not sent in large rooms, and coalesced.
    """


@event("settingsChanged")
@frozen
class SettingsChanged(AccountSettings, Event):
    """My account's settings after setSettings, whole; to all of my sessions, coalesced."""


@event("serverChanged")
@frozen
class ServerChanged(ServerState, Event):
    """What the server tells everybody of itself, whole, after setServer and announce; to all
    sessions. Nothing is told when the end of an announcement has come.
    """


EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType(declaring.events)
