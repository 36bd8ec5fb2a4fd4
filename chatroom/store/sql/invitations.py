"""Queries and writes of invitations. Writes run in the writer's transaction."""

from collections.abc import Callable

import attrs

from ...errors import Refused
from ...model import Account, AuditEntry, Invitation, JsonObject, Room
from ...protocol.constraints import json_object
from ..administration import Act
from ..invitations import MAX_INVITED, InvitationPage, Invited, Inviter, Judge, Offer
from .accounts import account as find_account
from .accounts import add_accounts
from .administration import has_admin, is_admin, write_role
from .audit_rows import add
from .connection import Connection
from .log import MAX_REV
from .rows import INVITATION, MEMBER, ROOM


def offer(connection: Connection, digest: bytes, user: str) -> Offer | None:
    row = connection.execute(
        f"SELECT {INVITATION} FROM invitations WHERE digest = :digest", {"digest": digest}
    ).fetchone()
    if row is None:
        return None
    found = INVITATION.value(row)
    used = connection.execute(
        "SELECT entered FROM invitation_uses WHERE invitation = :id AND user = :user",
        {"id": found.id, "user": user},
    ).fetchone()
    inviter = None if found.by is None else find_inviter(connection, found.by, found.room)
    room = _room(connection, found.room)
    entered = used is not None and bool(used[0])
    return Offer(found, used is not None, entered, inviter, room, has_admin(connection))


def find_inviter(connection: Connection, user: str, room: str | None) -> Inviter:
    account = find_account(connection, user)
    found = _room(connection, room)
    member = None
    if found is not None:
        row = connection.execute(
            f"SELECT {MEMBER} FROM members_now WHERE room = :room AND user = :user",
            {"room": room, "user": user},
        ).fetchone()
        member = MEMBER.value(row) if row else None
    return Inviter(
        can_act=account is not None and not account.disabled,
        admin=is_admin(connection, user),
        room=found,
        member=member,
    )


def _room(connection: Connection, name: str | None) -> Room | None:
    row = connection.execute(
        f"SELECT {ROOM} FROM rooms WHERE name = :name", {"name": name}
    ).fetchone()
    return ROOM.value(row) if row else None


def offer_admin(connection: Connection, offered: Invitation) -> bool:
    if has_admin(connection):
        return False
    connection.execute("DELETE FROM invitations WHERE role = 'admin' AND uses = 0")
    _insert(connection, offered)
    return True


def add_invitation(
    connection: Connection,
    added: Invitation,
    judge: Callable[[Inviter], Refused | None],
) -> Refused | None:
    if added.by is None:
        room = _room(connection, added.room)
        if added.room is not None and (room is None or room.kind == "direct"):
            return Refused("not_found", "room: there is no such room")
    else:
        (count,) = connection.execute(
            """
            SELECT count(*) FROM invitations
            WHERE by = :by AND revoked_at IS NULL AND coalesce(expires_at, :now + 1) > :now
                AND coalesce(max_uses, uses + 1) > uses
            """,
            {"by": added.by, "now": added.created_at},
        ).fetchone()
        inviter = find_inviter(connection, added.by, added.room)
        refused = judge(attrs.evolve(inviter, open=count))
        if refused is not None:
            return refused
    _insert(connection, added)
    return None


def _insert(connection: Connection, added: Invitation) -> None:
    connection.execute(
        f"INSERT INTO invitations ({INVITATION}) VALUES ({INVITATION.parameters})",
        INVITATION.named(added),
    )


def add_invited(
    connection: Connection, account: Account, digest: bytes, at: int, judge: Judge
) -> Refused | None:
    found = offer(connection, digest, account.name)
    refused = judge(found)
    if found is None or refused is not None:
        return refused
    invited = attrs.evolve(account, role=found.invitation.role)
    if not add_accounts(connection, [invited]):
        return Refused("conflict", f"{account.name}: the name is taken")
    _come(connection, found, account.name, at)
    return None


def become_admin(
    connection: Connection, user: str, digest: bytes, at: int, judge: Judge
) -> Refused | None:
    found = offer(connection, digest, user)
    if found is not None and found.used and is_admin(connection, user):
        return None  # it was asked again
    refused = judge(found)
    if found is None or refused is not None:
        return refused
    write_role(connection, user, "admin")
    _come(connection, found, user, at)
    return None


def _come(connection: Connection, found: Offer, user: str, at: int) -> None:
    use(connection, found.invitation.id, user, at, entered=False)
    if found.invitation.role == "admin":
        add(connection, AuditEntry(at, "becomeAdmin", user, None, user))


def enter(connection: Connection, invitation_id: str, user: str, at: int) -> None:
    """Note that ``user`` becomes a member by an invitation. Count that use, unless a sign-up by it
    was counted.
    """
    where = {"id": invitation_id, "user": user}
    noted = connection.execute(
        "UPDATE invitation_uses SET entered = TRUE WHERE invitation = :id AND user = :user", where
    )
    if not noted.rowcount:
        use(connection, invitation_id, user, at, entered=True)


def use(connection: Connection, invitation_id: str, user: str, at: int, *, entered: bool) -> None:
    """Count the first use of an invitation by ``user``."""
    connection.execute(
        "UPDATE invitations SET uses = uses + 1 WHERE id = :id", {"id": invitation_id}
    )
    connection.execute(
        """
        INSERT INTO invitation_uses (invitation, user, place, at, entered)
        SELECT id, :user, uses, :at, :entered FROM invitations WHERE id = :id
        """,
        {"id": invitation_id, "user": user, "at": at, "entered": entered},
    )


# ---- lists, and revoking

_SEES = """
    (CAST(:asker AS TEXT) IS NULL OR i.by = :asker
    OR EXISTS (
        SELECT 1 FROM users WHERE name = :asker AND users.role = 'admin' AND NOT disabled
    )
    OR EXISTS (
        SELECT 1 FROM rooms AS r JOIN members AS m ON m.room = r.name AND m.user = :asker
        WHERE r.name = i.room AND m.role <> 'member'
    ))
"""
"""The condition that an asker sees an invitation ``i``, which is not that for the first admin."""


def invitations(
    connection: Connection,
    asker: str | None,
    room: str | None,
    since: tuple[int, str] | None,
    limit: int,
) -> InvitationPage:
    at, last = (MAX_REV, "") if since is None else since
    rows = connection.execute(
        f"""
        SELECT {INVITATION.of("i")} FROM invitations AS i
        WHERE i.role <> 'admin' AND (i.created_at < :at OR (i.created_at = :at AND i.id > :last))
            {"" if room is None else "AND i.room = :room"} AND {_SEES}
        ORDER BY i.created_at DESC, i.id LIMIT :limit
        """,
        {"asker": asker, "room": room, "at": at, "last": last, "limit": limit + 1},
    ).fetchall()
    found = [INVITATION.value(row) for row in rows]
    page = found[:limit]
    more = (page[-1].created_at, page[-1].id) if len(found) > limit else None
    return InvitationPage(tuple(Invited(each, _users(connection, each.id)) for each in page), more)


def _users(connection: Connection, invitation_id: str) -> tuple[str, ...]:
    rows = connection.execute(
        """
        SELECT user FROM invitation_uses WHERE invitation = :id ORDER BY place DESC LIMIT :limit
        """,
        {"id": invitation_id, "limit": MAX_INVITED},
    )
    return tuple(user for (user,) in rows)


def revoke_invitation(connection: Connection, invitation_id: str, act: Act) -> bool:
    row = connection.execute(
        f"""
        SELECT {INVITATION.of("i")} FROM invitations AS i
        WHERE i.id = :id AND i.role <> 'admin' AND {_SEES}
        """,
        {"id": invitation_id, "asker": act.by},
    ).fetchone()
    if row is None:
        return False
    found = INVITATION.value(row)
    if found.revoked_at is None:
        connection.execute(
            "UPDATE invitations SET revoked_at = :at WHERE id = :id",
            {"at": act.at, "id": invitation_id},
        )
        details = JsonObject(json_object({"id": invitation_id}))
        entry = AuditEntry(act.at, "revokeInvitation", act.by, found.room, found.by, details)
        add(connection, entry)
    return True
