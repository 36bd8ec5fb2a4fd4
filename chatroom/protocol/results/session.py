"""The session itself, and subscriptions of rooms."""

from ...frozen import frozen
from ...model import (
    Message,
    OwnReactions,
    Quoted,
    Role,
    ServerRole,
    ServerState,
    Thread,
    User,
    Visibility,
    Who,
)
from .inbox import Inbox


@frozen
class Empty:
    pass


@frozen
class ServerLimits:
    text_chars: int
    text_bytes: int
    frame_bytes: int
    page_size: int


@frozen
class Connected:
    """``serverRole`` is my role on the server, apart from those in rooms."""

    user: User
    server_role: ServerRole
    session_id: str
    token_expires_at: int
    protocol: int
    features: tuple[str, ...]
    epoch: str
    server_time: int
    limits: ServerLimits
    server: ServerState
    inbox: Inbox


@frozen
class Online:
    count: int
    users: tuple[str, ...] | None = None


@frozen
class Muted:
    """That I may not write in a room, until when, and why. The time may have passed."""

    until: int | None = None
    reason: str | None = None


@frozen
class Subscribed:
    room: str
    title: str
    topic: str
    visibility: Visibility
    role: Role
    epoch: str
    first_seq: int
    head_seq: int
    head_rev: int
    read_seq: int
    recovered: bool
    messages: tuple[Message, ...]
    has_more: bool
    next_rev: int
    online: Online
    reason: str | None = None
    muted: Muted | None = None
    posting: Who = "all"
    inviting: Who = "moderators"
    slow_mode_s: int = 0
    archived: bool = False
    my_reactions: tuple[OwnReactions, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    threads: tuple[Thread, ...] = ()
