"""The server's state, as far as admins have set it, in the table ``meta``."""

from typing import Final, Literal

import attrs
import orjson

from ...model import Announcement, AuditEntry, JsonObject, ServerState
from ...protocol.constraints import json_object
from ..administration import Act, ServerChange
from .administration import is_admin
from .audit_rows import add
from .connection import Connection

_NAME: Final = "server_name"
_ACCENT: Final = "server_accent"
_READ_ONLY: Final = "read_only"
_ANNOUNCEMENT: Final = "announcement"
_KEYS: Final = {
    "name": _NAME,
    "accent": _ACCENT,
    "read_only": _READ_ONLY,
    "announced": _ANNOUNCEMENT,
}


def server_state(connection: Connection, default: ServerState) -> ServerState:
    found = dict(
        connection.execute(
            "SELECT name, value FROM meta WHERE name IN (:name, :accent, :read_only, :announced)",
            _KEYS,
        )
    )
    announcement = found.get(_ANNOUNCEMENT)
    return ServerState(
        found.get(_NAME, default.name),
        found.get(_ACCENT, default.accent),
        found.get(_READ_ONLY),
        None if announcement is None else Announcement(**orjson.loads(announcement)),
    )


def set_server(
    connection: Connection, change: ServerChange, default: ServerState, act: Act
) -> ServerState | None:
    if act.by is not None and not is_admin(connection, act.by):
        return None
    wanted = {
        "accent": (_ACCENT, change.accent),
        "name": (_NAME, change.name),
        "readOnly": (_READ_ONLY, change.read_only),
    }
    changed = {
        field: value
        for field, (key, value) in wanted.items()
        if value is not None and _set(connection, key, value)
    }
    if changed:
        _audit(connection, "setServer", act, changed)
    return server_state(connection, default)


def announce(
    connection: Connection, text: str, until: int | None, default: ServerState, act: Act
) -> ServerState | None:
    if act.by is not None and not is_admin(connection, act.by):
        return None
    before = server_state(connection, default).announcement
    if text:
        at = act.at if before is None else max(act.at, before.at + 1)
        stored = orjson.dumps(attrs.asdict(Announcement(at, text, until))).decode()
        _set(connection, _ANNOUNCEMENT, stored)
        details = {"text": text} | ({} if until is None else {"until": until})
        _audit(connection, "announce", act, details)
    elif before is not None:
        _set(connection, _ANNOUNCEMENT, "")
        _audit(connection, "announce", act, {"text": ""})
    return server_state(connection, default)


def _audit(
    connection: Connection, name: Literal["setServer", "announce"], act: Act, details: object
) -> None:
    entry = AuditEntry(act.at, name, act.by, None, None, JsonObject(json_object(details)))
    add(connection, entry)


def _set(connection: Connection, key: str, value: str) -> bool:
    """Set a value, or remove it if it is empty. Returns whether it was another one."""
    if value:
        statement = """
            INSERT INTO meta (name, value) VALUES (:key, :value)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
                WHERE meta.value <> excluded.value
            """
    else:
        statement = "DELETE FROM meta WHERE name = :key"
    return bool(connection.execute(statement, {"key": key, "value": value}).rowcount)
