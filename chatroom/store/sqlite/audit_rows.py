"""Writes of the audit, in the transaction of the act."""

import sqlite3

from ...model import AuditEntry
from .rows import AUDIT_ADDED


def add(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    connection.execute(
        f"INSERT INTO audit ({AUDIT_ADDED}) VALUES ({AUDIT_ADDED.parameters})",
        AUDIT_ADDED.named(entry),
    )
