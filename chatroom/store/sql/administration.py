"""Roles on the server and disabled accounts. Writes run in the writer's transaction."""

from ...model import AuditAct, AuditEntry, JsonObject, ServerRole
from ...protocol.constraints import json_object
from ..administration import Act, Denial
from .accounts import account, remove_tokens
from .audit_rows import add
from .connection import Connection
from .handovers import note


def is_admin(connection: Connection, name: str) -> bool:
    """Return whether this is an account of an admin that is not disabled."""
    row = connection.execute(
        "SELECT 1 FROM users WHERE name = :name AND role = 'admin' AND NOT disabled", {"name": name}
    ).fetchone()
    return row is not None


def has_admin(connection: Connection, but: str = "") -> bool:
    """Return whether the server has an admin other than ``but`` whose account is not disabled."""
    row = connection.execute(
        "SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled AND name <> :but LIMIT 1",
        {"but": but},
    ).fetchone()
    return row is not None


def set_server_role(connection: Connection, name: str, role: ServerRole, act: Act) -> Denial | None:
    why = denial(connection, name, act, stays_admin=role == "admin")
    if why is not None:
        return why
    if write_role(connection, name, role):
        details = JsonObject(json_object({"role": role}))
        add(connection, AuditEntry(act.at, "setServerRole", act.by, None, name, details))
    return None


def write_role(connection: Connection, name: str, role: ServerRole) -> bool:
    """Return whether the account had another role."""
    changed = connection.execute(
        "UPDATE users SET role = :role WHERE name = :name AND role <> :role",
        {"role": role, "name": name},
    )
    return bool(changed.rowcount)


def set_disabled(connection: Connection, name: str, disabled: bool, act: Act) -> Denial | None:
    why = denial(connection, name, act, stays_admin=not disabled)
    if why is not None:
        return why
    if disabled:
        remove_tokens(connection, name)
    changed = connection.execute(
        "UPDATE users SET disabled = :disabled WHERE name = :name AND disabled <> :disabled",
        {"disabled": disabled, "name": name},
    )
    if changed.rowcount:
        what: AuditAct = "disableAccount" if disabled else "enableAccount"
        add(connection, AuditEntry(act.at, what, act.by, None, name))
        note(connection, name)
    return None


def denial(connection: Connection, name: str, act: Act, *, stays_admin: bool) -> Denial | None:
    """See :meth:`chatroom.store.administration.AdministrationStore.denial`."""
    if act.by is not None and not is_admin(connection, act.by):
        return "forbidden"
    found = account(connection, name)
    if found is None:
        return "not_found"
    if found.erased_at is not None:
        return "erased"
    if act.by is not None and not stays_admin and not has_admin(connection, but=name):
        return "conflict"
    return None
