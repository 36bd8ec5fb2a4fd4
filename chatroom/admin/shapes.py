"""The parameters and results of the operators' calls: see :mod:`.operations`."""

import attrs

from ..model import AuditAct, AuditEntry, JsonObject, ServerRole
from ..protocol.field_types import (
    AccountName,
    Cursor,
    Kept,
    NewPassword,
    RoomName,
    Time,
    Title,
    Uses,
)
from ..store.housekeeping import FileSize, Retention, RoomSize


@attrs.frozen
class AddUser:
    name: AccountName
    password: NewPassword | None = None
    display_name: Title | None = None


@attrs.frozen
class SetPassword:
    name: AccountName
    password: NewPassword


@attrs.frozen
class AccountRef:
    """Parameters of operations on an account alone."""

    name: AccountName


@attrs.frozen
class LogInRef:
    """Parameters of ``endLogIn``. ``id``: as ``listLogIns`` shows it."""

    name: AccountName
    id: str


@attrs.frozen
class SetServerRole:
    name: str
    role: ServerRole


@attrs.frozen
class MakeCall:
    """Parameters of ``makeCall``: a call of the protocol, which an admin's account makes."""

    account: str
    method: str
    params: JsonObject


@attrs.frozen
class OnlineUser:
    user: str


@attrs.frozen
class OnlineUsers:
    users: tuple[OnlineUser, ...]
    next: str | None


@attrs.frozen
class CreateInvitation:
    """Parameters of ``createInvitation``. Without a room it is to the server."""

    room: RoomName | None = None
    server: bool = False
    expires_at: Time | None = None
    max_uses: Uses | None = None


@attrs.frozen
class MadeInvitation:
    """``link``: what people open."""

    link: str


@attrs.frozen
class MetricsText:
    """``text``: the metrics in the text format of Prometheus."""

    text: str


@attrs.frozen
class ListInvitations:
    after: str | None = None


@attrs.frozen
class InvitationRef:
    """Parameters of ``revokeInvitation``."""

    id: str


@attrs.frozen
class ListUsers:
    after: Cursor | None = None


@attrs.frozen
class CheckNames:
    """Parameters of ``checkNames``, which checks whether ``issueTokens`` would succeed."""

    names: tuple[str, ...]
    create: bool = False


@attrs.frozen
class IssueTokens:
    """Parameters of ``issueTokens``: at most :data:`MAX_PER_COMMIT` names, all or none."""

    names: tuple[str, ...]
    create: bool = False
    label: str | None = None
    days: int | None = None


@attrs.frozen
class ListedUser:
    name: str
    display_name: str
    disabled: bool
    created_at: int
    lookalike: bool
    role: ServerRole = "member"
    erased_at: int | None = None


@attrs.frozen
class Users:
    users: tuple[ListedUser, ...]
    next: str | None


@attrs.frozen
class NamedTokens:
    """(name, token) pairs, in the order of the request's names."""

    tokens: tuple[tuple[str, str], ...]


@attrs.frozen
class DeleteRoom:
    """Parameters of ``deleteRoom``."""

    name: str


@attrs.frozen
class ListRooms:
    after: str = ""


@attrs.frozen
class Rooms:
    rooms: tuple[RoomSize, ...]
    next: str | None


@attrs.frozen
class ListRetention:
    """Parameters of ``listRetention``. ``days`` and ``messages``: as if these were the server's
    settings; None: the present ones."""

    after: str = ""
    days: Kept | None = None
    messages: Kept | None = None


@attrs.frozen
class Retentions:
    rooms: tuple[Retention, ...]
    next: str | None


@attrs.frozen
class SetRetention:
    """Parameters of ``setRetention``. None: as the server."""

    room: RoomName
    days: Kept | None = None
    messages: Kept | None = None


@attrs.frozen
class RoomRef:
    """Parameters of ``getRetention``."""

    room: RoomName


@attrs.frozen
class RoomRetention:
    """How many days, and how many messages, a room keeps, and the server; None: all. Of all these
    limits the one that keeps least counts."""

    days: int | None = None
    messages: int | None = None
    server_days: int | None = None
    server_messages: int | None = None


@attrs.frozen
class ReadAudit:
    """Parameters of ``readAudit``: see :class:`.AuditFilter`."""

    before: int | None = None
    room: str | None = None
    by: str | None = None
    user: str | None = None
    act: AuditAct | None = None
    since: Time | None = None
    until: Time | None = None


@attrs.frozen
class AuditEntries:
    entries: tuple[AuditEntry, ...]
    next: int | None


@attrs.frozen
class RenameUser:
    name: AccountName
    display_name: Title


@attrs.frozen
class LogIn:
    """A token. Times are in ms since the epoch; ``last_used_at`` is on the day of the last use."""

    id: str
    label: str
    created_at: int
    expires_at: int
    last_used_at: int | None = None


@attrs.frozen
class LogIns:
    log_ins: tuple[LogIn, ...]


@attrs.frozen
class FileSizes:
    users: tuple[FileSize, ...]
    next: str | None
