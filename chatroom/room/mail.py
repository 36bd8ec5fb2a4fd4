"""What a room can be asked; plain data, addresses included.

A :class:`Request` comes from a session, on behalf of ``user``, who is always the session's identity
(I7).
"""

from typing import Final, TypeAlias

import attrs

from ..actors.supervisor import Address
from ..hub.line import ReplyTo
from ..model import Level, Visibility

KIND: Final = "room"


def address(room: str) -> Address:
    return Address(KIND, room)


@attrs.frozen
class Request:
    user: str
    reply_to: ReplyTo


# ---- changes of membership: each is a batch of its own


@attrs.frozen
class Join(Request):
    create: bool


@attrs.frozen
class Create(Request):
    visibility: Visibility
    title: str | None
    topic: str | None


@attrs.frozen
class Leave(Request):
    pass


@attrs.frozen
class Invite(Request):
    target: str


@attrs.frozen
class Remove(Request):
    target: str


@attrs.frozen
class Ban(Request):
    target: str


@attrs.frozen
class Unban(Request):
    target: str


# ---- other writes


@attrs.frozen
class Send(Request):
    """``text`` is trimmed and measured already; ``reply_seq`` is the message answered to.
    ``direct``: it is for a person, and makes their room if there is none.
    """

    text: str
    client_id: str | None = None
    reply_seq: int | None = None
    direct: bool = False


@attrs.frozen
class Edit(Request):
    seq: int
    text: str


@attrs.frozen
class Delete(Request):
    seq: int


@attrs.frozen
class MarkRead(Request):
    seq: int


@attrs.frozen
class SetLevel(Request):
    level: Level


@attrs.frozen
class Prune:
    """From the server itself: keep that many messages, and none older than ``before`` (ms)."""

    keep_messages: int | None
    before: int | None


@attrs.frozen
class Retire:
    """From an operator: delete the room. The reply is None or a Refused."""

    reply_to: ReplyTo


# ---- reads


@attrs.frozen
class Subscribe(Request):
    epoch: str | None
    since_rev: int | None
    limit: int | None


@attrs.frozen
class Unsubscribe(Request):
    pass


@attrs.frozen
class History(Request):
    """``unread``: after the read cursor, whatever the bounds say."""

    limit: int
    before: int | None = None
    after: int | None = None
    around: int | None = None
    unread: bool = False


@attrs.frozen
class ListMembers(Request):
    after: str
    limit: int


@attrs.frozen
class SetTyping(Request):
    typing: bool


Membership: TypeAlias = Join | Create | Leave | Invite | Remove | Ban | Unban
Write: TypeAlias = Membership | Send | Edit | Delete | MarkRead | SetLevel
Read: TypeAlias = Subscribe | Unsubscribe | History | ListMembers | SetTyping
Asked: TypeAlias = Write | Read
"""By sessions."""
Other: TypeAlias = Read | Prune | Retire
RoomMail: TypeAlias = Write | Other
MEMBERSHIP: Final = (Join, Create, Leave, Invite, Remove, Ban, Unban)
WRITES: Final = (Send, Edit, Delete, MarkRead, SetLevel, *MEMBERSHIP)
ALONE: Final = (*MEMBERSHIP, Retire)
"""Each is a batch of its own."""
