"""The calls and events by name: what each takes and answers, and a line on what it is for.

This table is the protocol's only list of them: the session adds to it what a call costs and where
it goes (``session/methods.py``), the published document shows it (:mod:`.asyncapi`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

from ..errors import Refused
from . import asked, results
from .codec import camel


@attrs.frozen
class Choice:
    """Parameters of which a call takes one; or, with ``needed`` False, none. Null is none."""

    names: tuple[str, ...]
    needed: bool

    def check(self, params: object) -> None:
        """:raises Refused: ``invalid_params``, naming all of them."""
        given = sum(getattr(params, name) is not None for name in self.names)
        if given > 1 or (self.needed and not given):
            how_many = "exactly" if self.needed else "at most"
            names = ", ".join(map(camel, self.names))
            raise Refused("invalid_params", f"{names}: {how_many} one of them")


@attrs.frozen
class Call:
    params: type[attrs.AttrsInstance]
    result: type[attrs.AttrsInstance]
    summary: str
    choice: Choice | None = None


@attrs.frozen
class Event:
    params: type[attrs.AttrsInstance]
    summary: str


CALLS: Final[Mapping[str, Call]] = MappingProxyType(
    {
        "connect": Call(
            asked.Connect,
            results.Connected,
            "The first call, once: who this session is. The token may be left out if the upgrade"
            " request had it as a bearer token.",
        ),
        "joinRoom": Call(
            asked.JoinRoom,
            results.Joined,
            "Join a public room, made if it does not exist; with create false, only if it does.",
        ),
        "createRoom": Call(
            asked.CreateRoom,
            results.Joined,
            "Make a room and own it; conflict if the name is taken.",
        ),
        "leaveRoom": Call(asked.OfRoom, results.Empty, "End my membership."),
        "listRooms": Call(
            asked.ListRooms,
            results.Rooms,
            "Public rooms and mine, by name; query is a part of the name or title, in any case."
            " A page may hold fewer rooms than limit while next is set.",
        ),
        "listMembers": Call(asked.ListMembers, results.Members, "A room's members, by name."),
        "invite": Call(
            asked.OfMember,
            results.Empty,
            "Make someone a member; for moderators and owners.",
        ),
        "removeMember": Call(
            asked.OfMember,
            results.Empty,
            "End someone's membership; for moderators and owners.",
        ),
        "ban": Call(
            asked.OfMember,
            results.Empty,
            "End someone's membership and forbid to join; for moderators and owners.",
        ),
        "unban": Call(
            asked.OfMember,
            results.Empty,
            "Allow to join again; for moderators and owners.",
        ),
        "subscribe": Call(
            asked.Subscribe,
            results.Subscribed,
            "Hear a room's events from here on: with epoch and sinceRev, after what was missed"
            " (recovered), else after the latest page. While hasMore, not subscribed yet: ask"
            " again with sinceRev as nextRev.",
        ),
        "unsubscribe": Call(
            asked.OfRoom, results.Empty, "Hear a room's events no more; the inbox tells."
        ),
        "sendMessage": Call(
            asked.SendMessage,
            results.Sent,
            "Send to a room, or to a person: a direct message, the first of which makes their"
            " room. Answered when it is on disk. The"
            " text is trimmed and as long as connect's limits allow (text_empty, text_too_long)."
            " Tried again with the same clientId, the first message is the answer (duplicate).",
            Choice(("room", "to"), needed=True),
        ),
        "editMessage": Call(
            asked.EditMessage, results.Changed, "Another text for a message of mine."
        ),
        "deleteMessage": Call(
            asked.OfMessage,
            results.Changed,
            "Empty a message of mine, or as a moderator anyone's; it keeps its seq.",
        ),
        "getHistory": Call(
            asked.GetHistory,
            results.History,
            "A page of messages, ascending by seq: before or after a seq, around it, or the"
            " latest. hasMoreBefore and hasMoreAfter tell whether there are others.",
            Choice(("before", "after", "around"), needed=False),
        ),
        "getInbox": Call(
            asked.GetInbox,
            results.Inbox,
            "My rooms with their unread counts, newest activity first.",
        ),
        "getUnread": Call(
            asked.GetUnread, results.History, "The page of messages after my read cursor."
        ),
        "markRead": Call(
            asked.MarkRead,
            results.InboxEntry,
            "Move my read cursor up to a seq; never back, never past the head.",
        ),
        "blockUser": Call(
            asked.OfUser,
            results.Empty,
            "Refuse someone's direct messages to me and their invitations of me (forbidden). Of"
            " what they send after this is answered, nothing arrives.",
        ),
        "unblockUser": Call(asked.OfUser, results.Empty, "Take a block back."),
        "listBlocked": Call(asked.ListBlocked, results.Blocked, "Whom I block, by name."),
        "setTyping": Call(
            asked.SetTyping, results.Empty, "Tell the room's watchers that I type, or not."
        ),
        "setNotifications": Call(
            asked.SetNotifications, results.InboxEntry, "What of a room I want to be notified of."
        ),
    }
)

EVENTS: Final[Mapping[str, Event]] = MappingProxyType(
    {
        "newMessage": Event(
            results.MessageEvent,
            "A message, to every session subscribed to its room, the sender's too. In each room rev"
            " rises by exactly 1: a jump means a gap, and subscribe with the last rev heals it.",
        ),
        "messageChanged": Event(
            results.MessageEvent,
            "A message after a change, whole; its rev counts as newMessage's does.",
        ),
        "unread": Event(
            results.InboxEntry,
            "An entry of my inbox that changed, coalesced; to my sessions that don't watch the"
            " room, and to all of them when the cursor or the level moved.",
        ),
        "tokenExpiring": Event(
            results.TokenExpiring,
            "My session's token ends soon, and the session with it: once a day, from some days"
            " before. POST /api/renew gives a new token.",
        ),
        "typing": Event(
            results.Typing,
            "Someone else in a watched room types, or no longer; drop it after 6 s.",
        ),
        "presence": Event(
            results.Presence,
            "Someone in a watched room came, or went some seconds ago; not told of large rooms.",
        ),
        "memberChanged": Event(
            results.MemberChanged,
            "Someone's role in a watched room, or mine in any. Whoever loses membership is"
            " unsubscribed with it.",
        ),
    }
)
