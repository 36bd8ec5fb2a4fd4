"""Rooms and their members."""

from ...frozen import frozen
from ...model import Role, User, Visibility, Who


@frozen
class Joined:
    room: str
    title: str
    topic: str
    visibility: Visibility
    role: Role
    head_seq: int
    head_rev: int
    read_seq: int
    created: bool
    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False


@frozen
class RoomSettings:
    """``posting`` and ``inviting``: all members, or moderators and owners. ``slowModeS``: seconds
    between two messages of a member, 0 if off. ``archived``: read only.
    """

    room: str
    title: str
    topic: str
    visibility: Visibility
    posting: Who
    inviting: Who
    slow_mode_s: int
    archived: bool


@frozen
class ListedRoom:
    room: str
    title: str
    topic: str
    visibility: Visibility
    members: int
    head_seq: int
    member: bool
    archived: bool = False


@frozen
class Rooms:
    rooms: tuple[ListedRoom, ...]
    next: str | None


@frozen
class ListedMember:
    user: str
    display_name: str
    role: Role
    online: bool
    lookalike: bool = False


@frozen
class Members:
    members: tuple[ListedMember, ...]
    next: str | None


@frozen
class ListedSanction:
    """A ban or mute. ``until`` may have passed; absent: it has no end."""

    user: User
    by: str
    timestamp: int
    until: int | None = None
    reason: str | None = None


@frozen
class Sanctions:
    sanctions: tuple[ListedSanction, ...]
    next: str | None


@frozen
class Swept:
    """How many messages were deleted. ``next`` is null at the end."""

    deleted: int
    next: int | None
