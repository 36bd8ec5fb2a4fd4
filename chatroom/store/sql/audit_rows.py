"""Writes of the audit, in the transaction of the act."""

from ...model import AuditEntry
from .connection import Connection
from .rows import AUDIT_ADDED


def add(connection: Connection, entry: AuditEntry) -> None:
    connection.execute(
        f"INSERT INTO audit ({AUDIT_ADDED}) VALUES ({AUDIT_ADDED.parameters})",
        AUDIT_ADDED.named(entry),
    )
