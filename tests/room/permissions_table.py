"""``docs/permissions.md``. ``python -m tests.room.permissions_table`` writes it."""

from pathlib import Path
from typing import Any, Final

import attrs

from chatroom.protocol import calls
from chatroom.protocol.declaration import camel
from chatroom.protocol.declaring import Call
from chatroom.room.permissions import PERMISSIONS, RANK, SETTINGS, Permission

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "permissions.md"
HEAD: Final = """\
# Who may what

Calls on a room, by the caller's role. `chatroom/room/permissions.py` has this table as data, and
`python -m tests.room.permissions_table` writes this page. A call that a member may not make is
refused as `forbidden`. Non-members are refused as `forbidden` in a public room, and as
`not_found` in a private or direct room; `createRoom` of a room that exists is a `conflict`. In a
direct room both people are members.

- (lower): for people with a lower role than the caller's, or without membership
- (lower, self): for people with a lower role, and for oneself
- (own): for messages of the caller alone
- as set: as the room's settings say, see `setRoom`

| call | owner | moderator | member | not a member, public room | direct room |
|---|---|---|---|---|---|
"""
MAKERS: Final = "as `who_makes_rooms` says"
SETTINGS_HEAD: Final = """
## Settings

By `setRoom`:

| setting | owner | moderator |
|---|---|---|
"""

SERVER_HEAD: Final = """
## On the server

By the role on the server, which is apart from roles in rooms. Each call is judged by the roles and
settings in its own commit or snapshot; others are refused as `forbidden`. An account that is
disabled has no sessions.

| call | admin | member |
|---|---|---|
"""
SERVER: Final[tuple[tuple[type[Call[Any]], str, str, str], ...]] = (
    # A call, when it is meant, and what admins and members may.
    (calls.SetServerRole, "", "yes, but the last admin not for oneself", "no"),
    (calls.SetServer, "", "yes", "no"),
    (calls.Announce, "", "yes", "no"),
    (calls.DisableAccount, "", "yes, but the last admin not for oneself", "no"),
    (calls.EnableAccount, "", "yes", "no"),
    (calls.EraseAccount, "", "yes, but the last admin not for oneself", "no"),
    (calls.EnterRoom, "", "abandoned rooms", "no"),
    (calls.ListAudit, "without a room", "yes", "no"),
    (calls.ListAudit, "of a room", "yes", "of rooms of which one is a member"),
    (calls.CreateInvitation, "to the server", "yes", "no"),
    (calls.CreateInvitation, "to a room", "as `invite`", "as `invite`"),
    (calls.ListInvitations, "", "all", "one's own, and to rooms as a moderator or owner"),
    (calls.RevokeInvitation, "", "all", "one's own, and to rooms as a moderator or owner"),
    (calls.AcceptInvitation, "", "yes", "yes"),
    (calls.ListUsers, "also `getUsers`", "all accounts", "as `who_is_listed` says"),
    (calls.CreateRoom, "also `createGroup`, and `joinRoom` of a new room", "yes", MAKERS),
)


def page() -> str:
    return (
        HEAD
        + "".join(
            f"| `{call.declared.name}` | {' | '.join(_cells(call, permission))} |\n"
            for call, permission in PERMISSIONS.items()
        )
        + SETTINGS_HEAD
        + "".join(
            f"| `{camel(name)}` | yes | {'yes' if least == 'moderator' else 'no'} |\n"
            for name, least in SETTINGS.items()
        )
        + SERVER_HEAD
        + "".join(
            f"| `{call.declared.name}`{f' {when}' if when else ''} | {admin} | {member} |\n"
            for call, when, admin, member in SERVER
        )
    )


def _cells(call: type[Call[Any]], permission: Permission) -> list[str]:
    if permission.admins:
        return ["admins of the server"] * 4 + ["no"]
    if permission.outside == "conflict":
        return ["`conflict`"] * 4 + ["no"]
    cells = [_by(role, permission) for role in RANK]
    cells.append("yes" if permission.outside == "yes" else "no")
    both = permission if permission.for_all_members else attrs.evolve(permission, role="member")
    return [*cells, _by("member", both) if permission.direct else "no"]


def _by(role: Any, permission: Permission) -> str:
    if RANK[role] < RANK[permission.role or "member"]:
        return "no"
    if permission.by_policy and role == "member":
        return "as set (own)" if permission.others is None else "as set"
    if permission.others is None or RANK[role] < RANK[permission.others]:
        return "yes (own)"
    if permission.target != "anyone":
        return "yes (lower)" if permission.target == "lower" else "yes (lower, self)"
    return "yes"


if __name__ == "__main__":
    DOCUMENT.write_text(page())
