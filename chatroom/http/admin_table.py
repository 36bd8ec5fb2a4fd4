"""The requests of the administration: a row for each, from which the routes, the OpenAPI document
and the commands below ``chatroom admin`` follow.

By HTTP, a row is a call of the protocol, which the admin's account makes, or an operation of
:mod:`chatroom.admin.operations`. No such row lists private rooms, of which only members and
operators learn (I5). On the command line, an operator does the operation. In place of a call there
is an operation too, or an admin's account makes the call.
"""

from collections.abc import Mapping
from typing import Any, Final

from ..admin import shapes
from ..model import ServerState, User
from ..protocol import calls
from ..protocol.declaring import Call
from ..protocol.results import Empty, Invitations
from .admin_row import Command, Row


def _call(
    method: str,
    path: str,
    call: type[Call[Any]],
    command: Command,
    one_of: tuple[str, ...] = (),
) -> Row:
    declared = call.declared
    return Row(
        *(method, path, call, declared.reply, declared.summary, command),
        when_read_only=declared.when_read_only,
        one_of=one_of,
    )


def _operation(
    method: str,
    path: str,
    name: str,
    shape: type[Any],
    reply: type[Any],
    summary: str,
    command: Command,
    renamed: Mapping[str, str] | None = None,
) -> Row:
    return Row(
        *(method, path, shape, reply, summary, command, name),
        when_read_only=method == "GET" or name in _WHEN_READ_ONLY,
        renamed=renamed or {},
    )


_USER: Final = {"user": "name"}
_WHEN_READ_ONLY: Final = frozenset({"endLogIns", "endLogIn"})
"""Operations that write and are not refused while the server is read-only."""
GROUPS: Final[Mapping[str, str]] = {
    "user": "Accounts, their roles on the server, passwords and log-ins.",
    "room": "Rooms, their settings, and how long they keep messages.",
    "member": "The members of a room, and their roles there.",
    "message": "Delete messages.",
    "ban": "The people who are banned from a room.",
    "invitation": "Links by which people sign up or become members of a room.",
    "server": "What the server tells everybody, and read-only maintenance.",
}
"""What the commands are about that begin with the same word."""
ROWS: Final[tuple[Row, ...]] = (
    _call(
        *("GET", "users", calls.ListUsers),
        Command(
            "user list",
            "List all accounts by name. A lookalike's name looks like the name of an older"
            " account.",
            *("listUsers", shapes.ListUsers, shapes.Users),
        ),
    ),
    _operation(
        *("POST", "users", "addUser", shapes.AddUser, User, "Add an account."),
        Command("user add"),
    ),
    _operation(
        *("PATCH", "users/{user}", "renameUser", shapes.RenameUser, Empty),
        "Set the display name of an account.",
        Command("user rename"),
        _USER,
    ),
    _call(
        *("DELETE", "users/{user}", calls.EraseAccount),
        Command(
            "user erase",
            "Erase a person for ever. Profile, log-ins, settings and endpoints go at once."
            " Memberships, messages, files and reactions follow in small steps, by the server if"
            " it runs. Interrupted erasing continues at the next start. The name stays taken."
            " docs/privacy.md says what is kept.",
            *("eraseUser", shapes.AccountRef, Empty, _USER),
            confirm="Erase {user} and all their messages for ever?",
        ),
    ),
    _call(
        *("POST", "users/{user}/disable", calls.DisableAccount),
        Command(
            "user disable",
            "Disable an account and end its sessions. The name stays taken. Its rooms get another"
            " owner.",
            *("disableUser", shapes.AccountRef, Empty, _USER),
        ),
    ),
    _call(
        *("POST", "users/{user}/enable", calls.EnableAccount),
        Command(
            "user enable",
            "Enable a disabled account, which can log in with its password or a new token.",
            *("enableUser", shapes.AccountRef, Empty, _USER),
        ),
    ),
    _call(
        *("PUT", "users/{user}/role", calls.SetServerRole),
        Command(
            "user role",
            "Make an account an admin of the server, or a member as others. This works also when"
            " the server has no admin.",
            *("setServerRole", shapes.SetServerRole, Empty, _USER),
        ),
    ),
    _operation(
        *("PUT", "users/{user}/password", "setPassword", shapes.SetPassword, Empty),
        "Set the password of an account, and end its log-ins.",
        Command("user password"),
        _USER,
    ),
    _operation(
        *("GET", "users/{user}/log-ins", "listLogIns", shapes.AccountRef, shapes.LogIns),
        "List the log-ins of an account that have not expired, the newest first.",
        Command("user log-ins"),
        _USER,
    ),
    _operation(
        *("DELETE", "users/{user}/log-ins", "endLogIns", shapes.AccountRef, Empty),
        "End all log-ins of an account, and their sessions.",
        Command("user end-log-ins"),
        _USER,
    ),
    _operation(
        *("DELETE", "users/{user}/log-ins/{id}", "endLogIn", shapes.LogInRef, Empty),
        "End one log-in of an account, and its sessions.",
        Command("user end-log-in"),
        _USER,
    ),
    _operation(
        *("GET", "online", "listOnline", shapes.ListUsers, shapes.OnlineUsers),
        "List who is online, by name.",
        Command("online"),
    ),
    _call(
        *("GET", "rooms", calls.ListRooms),
        Command(
            "room list",
            "List all rooms by name, private and direct rooms too. BYTES estimates the size of"
            " the texts from a sample of each room's messages.",
            *("listRooms", shapes.ListRooms, shapes.Rooms),
        ),
    ),
    _call("POST", "rooms", calls.CreateRoom, Command("room create")),
    _call("PATCH", "rooms/{room}", calls.SetRoom, Command("room set")),
    _call(
        *("DELETE", "rooms/{room}", calls.DeleteRoom),
        Command(
            "room delete",
            "Delete a room with all its messages for ever. The room disappears at once, and its"
            " name cannot be used again. Messages are erased in small steps, by the server if it"
            " runs. Interrupted erasing continues at the next start.",
            *("deleteRoom", shapes.DeleteRoom, Empty, {"room": "name"}),
            confirm="Delete {room} and all its messages for ever?",
        ),
    ),
    _call("POST", "rooms/{room}/enter", calls.EnterRoom, Command("room enter")),
    _operation(
        *("GET", "rooms/{room}/retention", "getRetention", shapes.RoomRef, shapes.RoomRetention),
        "How many days, and how many messages, a room keeps, and the server.",
        Command("room retention"),
    ),
    _operation(
        *("PUT", "rooms/{room}/retention", "setRetention", shapes.SetRetention, Empty),
        "Set how many days, and how many messages, a room keeps; null: as the server.",
        Command(
            "room keep",
            "Keep fewer messages of a room than the server's settings keep_days and keep_messages"
            " say. Without an option the room keeps what the server does. Of the two limits the"
            " one that keeps less counts. `chatroom retention` says first what would go.",
        ),
    ),
    _call("GET", "rooms/{room}/members", calls.ListMembers, Command("member list")),
    _call("PUT", "rooms/{room}/members/{user}", calls.Invite, Command("member add")),
    _call("DELETE", "rooms/{room}/members/{user}", calls.RemoveMember, Command("member remove")),
    _call("PUT", "rooms/{room}/members/{user}/role", calls.SetRole, Command("member role")),
    _call(
        *("DELETE", "rooms/{room}/messages/{seq}", calls.DeleteMessage),
        Command("message delete"),
    ),
    _call(
        *("DELETE", "rooms/{room}/messages", calls.DeleteMessagesOf),
        Command(
            "message delete-all",
            "Delete all that someone wrote in a room since a time; for moderators and owners.",
            prints=True,
            confirm="Delete all that {user} wrote in {room} since then?",
        ),
    ),
    _call("GET", "rooms/{room}/bans", calls.ListBans, Command("ban list")),
    _call("PUT", "rooms/{room}/bans/{user}", calls.Ban, Command("ban add")),
    _call("DELETE", "rooms/{room}/bans/{user}", calls.Unban, Command("ban remove")),
    _operation(
        *("GET", "storage", "listFileSizes", shapes.ListUsers, shapes.FileSizes),
        "List the size of the files that accounts keep.",
        Command(
            "storage",
            "List the size of the files that accounts keep, and how many of them are in no"
            " message. `chatroom admin room list` has the size of rooms.",
        ),
    ),
    _call(
        *("GET", "invitations", calls.ListInvitations),
        Command(
            "invitation list",
            "List all invitations, newest first, with the people who came by them.",
            *("listInvitations", shapes.ListInvitations, Invitations),
        ),
    ),
    _call(
        *("POST", "invitations", calls.CreateInvitation),
        Command(
            "invitation add",
            "Make an invitation to a room, to the server, or both, and print its link. Without"
            " --room it is to the server. The link is not shown again.",
            *("createInvitation", shapes.CreateInvitation, shapes.MadeInvitation),
            prints=True,
        ),
        one_of=("room", "server"),
    ),
    _call(
        *("DELETE", "invitations/{id}", calls.RevokeInvitation),
        Command(
            "invitation revoke",
            "Revoke an invitation by its ID, which `invitation list` prints. The people who came"
            " by it stay.",
            *("revokeInvitation", shapes.InvitationRef),
        ),
    ),
    _call(
        *("GET", "audit", calls.ListAudit),
        Command(
            "audit",
            "Print the audit, newest first: what admins, moderators, owners and operators have"
            " done to others. It is only appended to.",
            *("readAudit", shapes.ReadAudit, shapes.AuditEntries),
        ),
    ),
    _operation(
        *("GET", "server", "getServer", Empty, ServerState),
        "The server's name, colour and announcement, and why it is read-only.",
        Command("server show"),
    ),
    _call(
        *("PATCH", "server", calls.SetServer),
        Command(
            "server set",
            "Set the server's name and the colour of its page. With --read-only REASON, refuse"
            " calls that write. Options that are left out change nothing. An empty name or accent"
            ' becomes again what the settings say, and --read-only "" lets calls write again.',
            *("setServer", calls.SetServer, ServerState),
        ),
    ),
    _call(
        *("PUT", "server/announcement", calls.Announce),
        Command(
            "server announce",
            "Show a notice to everybody, in place of the one before, until a time or until it is"
            " taken back by an empty text. People can dismiss it on each device.",
            *("announce", calls.Announce, ServerState),
        ),
    ),
)
