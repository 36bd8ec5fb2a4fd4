"""The requests of the administration by HTTP: a row for each, from which routes and the OpenAPI
document follow.

A row is a call of the protocol, which the admin's account makes, or an operation of
:mod:`chatroom.admin.operations`, which the commands of operators do too. No row lists private
rooms, of which only members and operators learn (I5).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, get_args

import attrs

from ..admin import shapes
from ..model import ServerState, User
from ..protocol import calls
from ..protocol.declaration import camel
from ..protocol.declaring import Call
from ..protocol.results import Empty

PREFIX: Final = "/api/admin/"
BODY_METHODS: Final = ("POST", "PUT", "PATCH")
_PLACE: Final = re.compile(r"\{(\w+)\}")


@attrs.frozen
class Row:
    """A request.

    :ivar path: below :data:`PREFIX`. Words in braces are fields of the parameters.
    :ivar shape: the class of the parameters. Fields that are not in the path are in the body,
        or in the query of GET and DELETE.
    :ivar operation: the name of an operation; None: the shape is a call.
    :ivar when_read_only: it is not refused while the server is read-only.
    :ivar renamed: the fields by their names in the path, where these differ.
    """

    method: str
    path: str
    shape: type[Any]
    reply: type[Any]
    summary: str
    operation: str | None = None
    when_read_only: bool = False
    renamed: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def address(self) -> str:
        return PREFIX + self.path

    @property
    def in_path(self) -> dict[str, "attrs.Attribute[Any]"]:
        """The fields in the path, by their names there."""
        by_name = {camel(field.name): field for field in self._fields}
        return {name: by_name[self.renamed.get(name, name)] for name in _PLACE.findall(self.path)}

    @property
    def others(self) -> list["attrs.Attribute[Any]"]:
        """The fields in the body or in the query."""
        in_path = {field.name for field in self.in_path.values()}
        return [field for field in self._fields if field.name not in in_path]

    @property
    def status(self) -> int:
        """The status of a reply."""
        return 201 if self.operation == "addUser" else 200

    @property
    def has_body(self) -> bool:
        return self.method in BODY_METHODS and bool(self.others)

    def pattern(self) -> "re.Pattern[str]":
        parts = [re.escape(part) for part in re.split(r"\{\w+\}", self.address)]
        return re.compile("([^/]+)".join(parts))

    @property
    def _fields(self) -> list["attrs.Attribute[Any]"]:
        return [field for field in attrs.fields(self.shape) if field.init]


def _call(method: str, path: str, call: type[Call[Any]]) -> Row:
    declared = call.declared
    return Row(
        *(method, path, call, declared.reply, declared.summary),
        when_read_only=declared.when_read_only,
    )


def _operation(
    method: str,
    path: str,
    name: str,
    shape: type[Any],
    reply: type[Any],
    summary: str,
    renamed: Mapping[str, str] | None = None,
) -> Row:
    return Row(
        *(method, path, shape, reply, summary, name),
        when_read_only=method == "GET" or name in _WHEN_READ_ONLY,
        renamed=renamed or {},
    )


_USER: Final = {"user": "name"}
_WHEN_READ_ONLY: Final = frozenset({"endLogIns", "endLogIn"})
"""Operations that write and are not refused while the server is read-only."""
ROWS: Final[tuple[Row, ...]] = (
    _call("GET", "users", calls.ListUsers),
    _operation("POST", "users", "addUser", shapes.AddUser, User, "Add an account."),
    _operation(
        *("PATCH", "users/{user}", "renameUser", shapes.RenameUser, Empty),
        "Set the display name of an account.",
        _USER,
    ),
    _call("DELETE", "users/{user}", calls.EraseAccount),
    _call("POST", "users/{user}/disable", calls.DisableAccount),
    _call("POST", "users/{user}/enable", calls.EnableAccount),
    _call("PUT", "users/{user}/role", calls.SetServerRole),
    _operation(
        *("PUT", "users/{user}/password", "setPassword", shapes.SetPassword, Empty),
        "Set the password of an account, and end its log-ins.",
        _USER,
    ),
    _operation(
        *("GET", "users/{user}/log-ins", "listLogIns", shapes.AccountRef, shapes.LogIns),
        "List the log-ins of an account that have not expired, the newest first.",
        _USER,
    ),
    _operation(
        *("DELETE", "users/{user}/log-ins", "endLogIns", shapes.AccountRef, Empty),
        "End all log-ins of an account, and their sessions.",
        _USER,
    ),
    _operation(
        *("DELETE", "users/{user}/log-ins/{id}", "endLogIn", shapes.LogInRef, Empty),
        "End one log-in of an account, and its sessions.",
        _USER,
    ),
    _call("GET", "rooms", calls.ListRooms),
    _call("POST", "rooms", calls.CreateRoom),
    _call("PATCH", "rooms/{room}", calls.SetRoom),
    _call("DELETE", "rooms/{room}", calls.DeleteRoom),
    _call("POST", "rooms/{room}/enter", calls.EnterRoom),
    _operation(
        *("GET", "rooms/{room}/retention", "getRetention", shapes.RoomRef, shapes.RoomRetention),
        "How many days, and how many messages, a room keeps, and the server.",
    ),
    _operation(
        *("PUT", "rooms/{room}/retention", "setRetention", shapes.SetRetention, Empty),
        "Set how many days, and how many messages, a room keeps; null: as the server.",
    ),
    _call("GET", "rooms/{room}/members", calls.ListMembers),
    _call("PUT", "rooms/{room}/members/{user}", calls.Invite),
    _call("DELETE", "rooms/{room}/members/{user}", calls.RemoveMember),
    _call("PUT", "rooms/{room}/members/{user}/role", calls.SetRole),
    _call("DELETE", "rooms/{room}/messages/{seq}", calls.DeleteMessage),
    _call("DELETE", "rooms/{room}/messages", calls.DeleteMessagesOf),
    _call("GET", "rooms/{room}/bans", calls.ListBans),
    _call("PUT", "rooms/{room}/bans/{user}", calls.Ban),
    _call("DELETE", "rooms/{room}/bans/{user}", calls.Unban),
    _operation(
        *("GET", "storage", "listFileSizes", shapes.ListUsers, shapes.FileSizes),
        "List the size of the files that accounts keep.",
    ),
    _call("GET", "invitations", calls.ListInvitations),
    _call("POST", "invitations", calls.CreateInvitation),
    _call("DELETE", "invitations/{id}", calls.RevokeInvitation),
    _call("GET", "audit", calls.ListAudit),
    _operation(
        *("GET", "server", "getServer", Empty, ServerState),
        "The server's name, colour and announcement, and why it is read-only.",
    ),
    _call("PATCH", "server", calls.SetServer),
    _call("PUT", "server/announcement", calls.Announce),
)


def kind_of(field: "attrs.Attribute[Any]") -> Any:
    """Return the type of a field that is given: that of an optional one without None."""
    kinds = [kind for kind in get_args(field.type) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(field.type) and len(kinds) == 1 else field.type
