"""Queries and writes of invitations. Writes run in the writer's transaction."""

import sqlite3

import attrs

from ...model import Account, AuditEntry, Invitation
from ..administration import Denial
from .accounts import add_accounts
from .administration import has_admin, is_admin, write_role
from .audit_rows import add
from .rows import INVITATION


def invitation(
    connection: sqlite3.Connection, digest: bytes, user: str
) -> tuple[Invitation, bool] | None:
    row = connection.execute(
        f"SELECT {INVITATION} FROM invitations WHERE digest = :digest", {"digest": digest}
    ).fetchone()
    if row is None:
        return None
    found = INVITATION.value(row)
    used = connection.execute(
        "SELECT 1 FROM invitation_uses WHERE invitation = :id AND user = :user",
        {"id": found.id, "user": user},
    ).fetchone()
    return found, used is not None


def offer_admin(connection: sqlite3.Connection, offered: Invitation) -> bool:
    if has_admin(connection):
        return False
    connection.execute("DELETE FROM invitations WHERE role = 'admin' AND uses = 0")
    insert(connection, offered)
    return True


def insert(connection: sqlite3.Connection, added: Invitation) -> None:
    connection.execute(
        f"INSERT INTO invitations ({INVITATION}) VALUES ({INVITATION.parameters})",
        INVITATION.named(added),
    )


def add_invited(
    connection: sqlite3.Connection, account: Account, digest: bytes, at: int
) -> Denial | None:
    found = _valid(connection, digest, account.name, at)
    if found is None:
        return "forbidden"
    if not add_accounts(connection, [attrs.evolve(account, role=found.role)]):
        return "conflict"
    _come(connection, found, account.name, at)
    return None


def become_admin(
    connection: sqlite3.Connection, user: str, digest: bytes, at: int
) -> Denial | None:
    known = invitation(connection, digest, user)
    if known is not None and known[1] and is_admin(connection, user):
        return None  # it was asked again
    found = _valid(connection, digest, user, at)
    if found is None or found.role != "admin":
        return "not_found"
    write_role(connection, user, "admin")
    _come(connection, found, user, at)
    return None


def _come(connection: sqlite3.Connection, found: Invitation, user: str, at: int) -> None:
    use(connection, found, user, at)
    if found.role == "admin":
        add(connection, AuditEntry(at, "becomeAdmin", user, None, user))


def _valid(connection: sqlite3.Connection, digest: bytes, user: str, at: int) -> Invitation | None:
    """Return the invitation if it is valid for ``user`` at this time."""
    known = invitation(connection, digest, user)
    if known is None:
        return None
    found, _ = known
    if not found.open_at(at) or (found.role == "admin" and has_admin(connection)):
        return None
    return found


def use(connection: sqlite3.Connection, found: Invitation, user: str, at: int) -> None:
    """Count that ``user`` comes by an invitation."""
    connection.execute("UPDATE invitations SET uses = uses + 1 WHERE id = :id", {"id": found.id})
    connection.execute(
        """
        INSERT INTO invitation_uses (invitation, user, place, at)
        VALUES (:id, :user, :place, :at)
        """,
        {"id": found.id, "user": user, "place": found.uses + 1, "at": at},
    )
