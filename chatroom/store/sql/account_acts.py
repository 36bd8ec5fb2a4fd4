"""What admins and operators do to accounts beside roles: names, passwords and log-ins. Each act is
judged and audited in its transaction."""

from ...model import AuditEntry, JsonObject, Token
from ...protocol.constraints import json_object
from ..administration import Act, Denial
from .accounts import remove_token, remove_tokens, reset_password
from .administration import denial
from .audit_rows import add
from .connection import Connection
from .people import set_profile


def rename(connection: Connection, name: str, display_name: str, act: Act) -> Denial | None:
    why = denial(connection, name, act, stays_admin=True)
    if why is None:
        set_profile(connection, name, display_name, None, None)
        add(connection, AuditEntry(act.at, "renameAccount", act.by, None, name))
    return why


def reset_password_of(connection: Connection, name: str, password: str, act: Act) -> Denial | None:
    why = denial(connection, name, act, stays_admin=True)
    if why is None:
        reset_password(connection, name, password, ())
        add(connection, AuditEntry(act.at, "resetPassword", act.by, None, name))
    return why


def end_log_ins(connection: Connection, name: str, act: Act, token: Token | None) -> Denial | None:
    why = denial(connection, name, act, stays_admin=True)
    if why is not None:
        return why
    if token is None:
        remove_tokens(connection, name)
        add(connection, AuditEntry(act.at, "endLogIns", act.by, None, name))
        return None
    if not remove_token(connection, token.digest):
        return "not_found"
    details = JsonObject(json_object({"id": token.id, "label": token.label}))
    add(connection, AuditEntry(act.at, "endLogIns", act.by, None, name, details))
    return None
