"""What a typed line asks for."""

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from ...model import Role
from .server_commands import ServerCommand


@attrs.frozen
class Say:
    text: str


@attrs.frozen
class Reply:
    """Answer the last message, or the last one by ``name``."""

    text: str
    name: str | None = None


@attrs.frozen
class Edit:
    """Edit the user's last message, or the one recalled with the Up key."""

    text: str


@attrs.frozen
class Delete:
    """Delete the user's last message."""


@attrs.frozen
class React:
    """React to the last message, or to the last one by ``name``. Once more takes it back."""

    emoji: str
    name: str | None = None


@attrs.frozen
class Pin:
    """Pin the last message, or the last one by ``name``, or take that back."""

    name: str | None = None
    pinned: bool = True


@attrs.frozen
class SendFile:
    """``text``: of the message with the file, may be empty."""

    path: str
    text: str = ""


@attrs.frozen
class ShowFiles:
    pass


@attrs.frozen
class SayInThread:
    """Write in a thread: below the message ``root``, else below the last message, or the last one
    by ``name``."""

    text: str
    root: int | None = None
    name: str | None = None


@attrs.frozen
class ShowThread:
    root: int


@attrs.frozen
class ShowThreads:
    pass


@attrs.frozen
class ShowPins:
    pass


@attrs.frozen
class ShowMentions:
    pass


@attrs.frozen
class Join:
    room: str


@attrs.frozen
class Direct:
    name: str
    text: str | None = None


@attrs.frozen
class Invite:
    name: str


@attrs.frozen
class Remove:
    name: str


@attrs.frozen
class SetRole:
    name: str
    role: Role


@attrs.frozen
class CreateGroup:
    names: tuple[str, ...]


@attrs.frozen
class DeleteRoom:
    """``room`` must be the open one, so that nobody deletes another by mistake."""

    room: str


@attrs.frozen
class SetRoom:
    """``settings``: keyword arguments of :meth:`.Chat.set_room`."""

    settings: Mapping[str, str | int | bool]


@attrs.frozen
class Mute:
    """``for_s``: for how long; None: without an end."""

    name: str
    for_s: int | None = None
    reason: str | None = None


@attrs.frozen
class Unmute:
    name: str


@attrs.frozen
class Ban:
    """``for_s``: for how long; None: without an end."""

    name: str
    for_s: int | None = None
    reason: str | None = None


@attrs.frozen
class Unban:
    name: str


@attrs.frozen
class DeleteAllOf:
    """Delete what a user wrote in the last ``for_s`` seconds."""

    name: str
    for_s: int


@attrs.frozen
class SetName:
    """``name``: the display name."""

    name: str


@attrs.frozen
class SetStatus:
    """``for_s``: for how long; None: without an end. Without text and emoji: remove the status."""

    text: str = ""
    emoji: str | None = None
    for_s: int | None = None


@attrs.frozen
class SetAvatar:
    """``path``: of a picture; None: remove the avatar."""

    path: str | None = None


@attrs.frozen
class ShowWho:
    """Show who is online in the open room, or one person."""

    name: str | None = None


@attrs.frozen
class Block:
    name: str


@attrs.frozen
class Unblock:
    name: str


@attrs.frozen
class ShowBlocked:
    pass


@attrs.frozen
class TryPush:
    pass


@attrs.frozen
class Leave:
    pass


@attrs.frozen
class JumpToUnread:
    pass


@attrs.frozen
class Search:
    query: str


@attrs.frozen
class ShowMembers:
    pass


@attrs.frozen
class ShowRooms:
    pass


@attrs.frozen
class ShowHelp:
    pass


@attrs.frozen
class Quit:
    pass


@attrs.frozen
class Invalid:
    """An invalid command, with a message for the user."""

    why: str


Command: TypeAlias = (
    ServerCommand
    | Say
    | Edit
    | Delete
    | React
    | Pin
    | SendFile
    | ShowFiles
    | Reply
    | SayInThread
    | ShowThread
    | ShowThreads
    | ShowPins
    | ShowMentions
    | Join
    | Direct
    | Invite
    | Remove
    | SetRole
    | SetRoom
    | CreateGroup
    | DeleteRoom
    | Mute
    | Unmute
    | Ban
    | Unban
    | DeleteAllOf
    | SetName
    | SetStatus
    | SetAvatar
    | ShowWho
    | Block
    | Unblock
    | ShowBlocked
    | TryPush
    | Leave
    | JumpToUnread
    | Search
    | ShowMembers
    | ShowRooms
    | ShowHelp
    | Quit
    | Invalid
)
