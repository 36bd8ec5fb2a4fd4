"""The Python client: reconnects and resumes; never loses or duplicates a message.

>>> from chatroom.client import NewMessage, connect
>>> async def echo(url: str, token: str) -> None:
...     async with connect(url, token) as chat:
...         await chat.join("general")
...         async for event in chat.events():
...             if isinstance(event, NewMessage) and event.message.sender != chat.user.name:
...                 await chat.send("general", f"you said {event.message.text}")

Imports the model and the protocol, nothing of the server.
"""

from ..model import AccountSettings, Attachment, Message, Profile, Reaction, Status, Thread, User
from ..protocol.events import (
    MemberChanged,
    MuteChanged,
    Presence,
    ReactionsChanged,
    RoomChanged,
    ServerChanged,
    SettingsChanged,
    ThreadUnread,
    TokenExpiring,
    Typing,
    UserChanged,
)
from ..protocol.results import FileLinks, InboxEntry, Sent
from .chat import Chat
from .connecting import connect
from .errors import (
    Banned,
    Busy,
    CallRefused,
    CannotConnect,
    Conflict,
    Forbidden,
    InvalidParams,
    Muted,
    NotFound,
    QuotaExceeded,
    RateLimited,
    ReadOnly,
    ServerFault,
    SessionEnded,
    StorageIsFull,
    TextEmpty,
    TextTooLong,
    TooManySessions,
    Unauthenticated,
    UnknownMethod,
)
from .events import ConnectionChanged, Event, MessageChanged, NewMessage, Resynced, Unread
from .room import Room, with_reaction
from .users import Users

__all__ = [
    "AccountSettings",
    "Attachment",
    "Banned",
    "Busy",
    "CallRefused",
    "CannotConnect",
    "Chat",
    "Conflict",
    "ConnectionChanged",
    "Event",
    "FileLinks",
    "Forbidden",
    "InboxEntry",
    "InvalidParams",
    "MemberChanged",
    "Message",
    "MessageChanged",
    "MuteChanged",
    "Muted",
    "NewMessage",
    "NotFound",
    "Presence",
    "Profile",
    "QuotaExceeded",
    "RateLimited",
    "Reaction",
    "ReactionsChanged",
    "ReadOnly",
    "Resynced",
    "Room",
    "RoomChanged",
    "Sent",
    "ServerChanged",
    "ServerFault",
    "SessionEnded",
    "SettingsChanged",
    "Status",
    "StorageIsFull",
    "TextEmpty",
    "TextTooLong",
    "Thread",
    "ThreadUnread",
    "TokenExpiring",
    "TooManySessions",
    "Typing",
    "Unauthenticated",
    "UnknownMethod",
    "Unread",
    "User",
    "UserChanged",
    "Users",
    "connect",
    "with_reaction",
]
