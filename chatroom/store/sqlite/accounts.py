"""Accounts and tokens: reads in a read transaction, writes in one of the writer's."""

import sqlite3
from collections.abc import Sequence

from ...model import Account, Token
from .rows import ACCOUNT, TOKEN, account_of, columns


def account(connection: sqlite3.Connection, name: str) -> Account | None:
    row = connection.execute(f"SELECT {ACCOUNT} FROM users WHERE name = ?", (name,)).fetchone()
    return account_of(row) if row else None


def accounts(connection: sqlite3.Connection, after: str, limit: int) -> list[Account]:
    rows = connection.execute(
        f"SELECT {ACCOUNT} FROM users WHERE name > ? ORDER BY name LIMIT ?", (after, limit)
    )
    return [account_of(row) for row in rows]


def token(connection: sqlite3.Connection, digest: bytes) -> tuple[Token, Account] | None:
    row = connection.execute(
        f"""
        SELECT {columns("t", TOKEN)}, {columns("u", ACCOUNT)}
        FROM tokens AS t JOIN users AS u ON u.name = t.user WHERE t.digest = ?
        """,
        (digest,),
    ).fetchone()
    return (Token(*row[:4]), account_of(row[4:])) if row else None


# ---- writes


def add_accounts(connection: sqlite3.Connection, accounts: Sequence[Account]) -> set[str]:
    added = set()
    for account in accounts:
        values = (
            account.name,
            account.display_name,
            account.password,
            account.created_at,
            account.disabled,
        )
        cursor = connection.execute(
            f"INSERT OR IGNORE INTO users ({ACCOUNT}) VALUES (?, ?, ?, ?, ?)", values
        )
        if cursor.rowcount:
            added.add(account.name)
    return added


def set_password(connection: sqlite3.Connection, name: str, password: str | None) -> None:
    connection.execute("UPDATE users SET password = ? WHERE name = ?", (password, name))


def set_disabled(connection: sqlite3.Connection, name: str, disabled: bool) -> None:
    connection.execute("UPDATE users SET disabled = ? WHERE name = ?", (disabled, name))


def add_tokens(connection: sqlite3.Connection, tokens: Sequence[Token]) -> None:
    connection.executemany(
        f"INSERT INTO tokens ({TOKEN}) VALUES (?, ?, ?, ?)",
        [(token.digest, token.user, token.created_at, token.expires_at) for token in tokens],
    )


def remove_token(connection: sqlite3.Connection, digest: bytes) -> None:
    connection.execute("DELETE FROM tokens WHERE digest = ?", (digest,))


def remove_tokens(connection: sqlite3.Connection, user: str) -> None:
    connection.execute("DELETE FROM tokens WHERE user = ?", (user,))


def remove_expired_tokens(connection: sqlite3.Connection, now: int) -> None:
    connection.execute("DELETE FROM tokens WHERE expires_at <= ?", (now,))
