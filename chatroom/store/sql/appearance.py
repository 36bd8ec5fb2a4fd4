"""The server's name and colour, as far as admins have set them, in the table ``meta``."""

from typing import Final

from ...model import Appearance, AuditEntry, JsonObject
from ...protocol.constraints import json_object
from ..administration import Act
from .administration import is_admin
from .audit_rows import add
from .connection import Connection

_NAME: Final = "server_name"
_ACCENT: Final = "server_accent"


def appearance(connection: Connection, default: Appearance) -> Appearance:
    found = dict(
        connection.execute(
            "SELECT name, value FROM meta WHERE name IN (:name, :accent)",
            {"name": _NAME, "accent": _ACCENT},
        )
    )
    return Appearance(found.get(_NAME, default.name), found.get(_ACCENT, default.accent))


def set_appearance(
    connection: Connection,
    name: str | None,
    accent: str | None,
    default: Appearance,
    act: Act,
) -> Appearance | None:
    if act.by is not None and not is_admin(connection, act.by):
        return None
    wanted = {_ACCENT: ("accent", accent), _NAME: ("name", name)}
    changed = {
        field: value
        for key, (field, value) in wanted.items()
        if value is not None and _set(connection, key, value)
    }
    if changed:
        details = JsonObject(json_object(changed))
        add(connection, AuditEntry(act.at, "setServer", act.by, None, None, details))
    return appearance(connection, default)


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
