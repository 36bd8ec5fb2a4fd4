"""Accounts and tokens: reads in a read transaction, writes in one of the writer's."""

import sqlite3
from collections.abc import Collection, Sequence

from ...model import Account, Token
from ...names.lookalikes import looks, reserved_looks
from .rows import ACCOUNT, TOKEN, account_of, columns, json_array


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
    return (Token(*row[:7]), account_of(row[7:])) if row else None


def tokens(connection: sqlite3.Connection, user: str, now: int, limit: int) -> list[Token]:
    rows = connection.execute(
        f"""
        SELECT {TOKEN} FROM tokens WHERE user = ? AND expires_at > ?
        ORDER BY created_at DESC, id LIMIT ?
        """,
        (user, now, limit),
    )
    return [Token(*row) for row in rows]


def own_token(connection: sqlite3.Connection, user: str, token_id: str) -> Token | None:
    row = connection.execute(
        f"SELECT {TOKEN} FROM tokens WHERE id = ? AND user = ?", (token_id, user)
    ).fetchone()
    return Token(*row) if row else None


def known(connection: sqlite3.Connection, names: Collection[str]) -> list[Account]:
    rows = connection.execute(
        f"SELECT {ACCOUNT} FROM users WHERE name IN (SELECT value FROM json_each(?))",
        (json_array(names),),
    )
    return [account_of(row) for row in rows]


# ---- writes


def add_accounts(
    connection: sqlite3.Connection, accounts: Sequence[Account], tokens: Sequence[Token] = ()
) -> set[str]:
    added = set()
    for account in accounts:
        values = (
            account.name,
            account.display_name,
            account.password,
            account.created_at,
            account.disabled,
            False,
        )
        cursor = connection.execute(
            f"INSERT OR IGNORE INTO users ({ACCOUNT}) VALUES (?, ?, ?, ?, ?, ?)", values
        )
        if cursor.rowcount:
            added.add(account.name)
            if add_looks(connection, account.name, account.display_name):
                connection.execute("UPDATE users SET lookalike = 1 WHERE name = ?", (account.name,))
    add_tokens(connection, tokens)
    return added


def add_looks(connection: sqlite3.Connection, name: str, display_name: str) -> bool:
    """Whether somebody who is there already looks the same."""
    keys = looks(name, display_name)
    row = connection.execute(
        "SELECT 1 FROM looks WHERE look IN (SELECT value FROM json_each(?)) LIMIT 1",
        (json_array(keys),),
    ).fetchone()
    connection.executemany(
        "INSERT INTO looks (look, user) VALUES (?, ?)", [(key, name) for key in keys]
    )
    return row is not None or not keys.isdisjoint(reserved_looks())


def set_password(connection: sqlite3.Connection, name: str, password: str | None) -> None:
    connection.execute("UPDATE users SET password = ? WHERE name = ?", (password, name))


def set_disabled(connection: sqlite3.Connection, name: str, disabled: bool) -> None:
    connection.execute("UPDATE users SET disabled = ? WHERE name = ?", (disabled, name))


def reset_password(
    connection: sqlite3.Connection, name: str, password: str | None, tokens: Sequence[Token]
) -> None:
    remove_tokens(connection, name)
    set_password(connection, name, password)
    add_tokens(connection, tokens)


def add_tokens(
    connection: sqlite3.Connection, tokens: Sequence[Token], most: int | None = None
) -> list[bytes]:
    displaced = []
    for token in tokens:
        now = token.created_at
        if most and (oldest := _oldest_of(connection, token.user, now, most)):
            remove_token(connection, oldest)
            displaced.append(oldest)
        connection.execute(
            f"INSERT INTO tokens ({TOKEN}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                token.digest,
                token.user,
                token.created_at,
                token.expires_at,
                token.id,
                token.label,
                token.last_used_at,
            ),
        )
    return displaced


def _oldest_of(connection: sqlite3.Connection, user: str, now: int, most: int) -> bytes | None:
    row = connection.execute(
        """
        SELECT digest, count(*) OVER () FROM tokens WHERE user = ? AND expires_at > ?
        ORDER BY created_at LIMIT 1
        """,
        (user, now),
    ).fetchone()
    return row[0] if row is not None and row[1] >= most else None


def replace_token(connection: sqlite3.Connection, digest: bytes, token: Token) -> bool:
    cursor = connection.execute("DELETE FROM tokens WHERE digest = ?", (digest,))
    if cursor.rowcount:
        add_tokens(connection, [token])
    return bool(cursor.rowcount)


def set_used(connection: sqlite3.Connection, digests: Collection[bytes], now: int) -> None:
    connection.executemany(
        "UPDATE tokens SET last_used_at = ? WHERE digest = ?",
        [(now, digest) for digest in digests],
    )


def remove_token(connection: sqlite3.Connection, digest: bytes) -> None:
    connection.execute("DELETE FROM tokens WHERE digest = ?", (digest,))


def remove_tokens(connection: sqlite3.Connection, user: str) -> None:
    connection.execute("DELETE FROM tokens WHERE user = ?", (user,))


def remove_expired_tokens(connection: sqlite3.Connection, now: int) -> None:
    connection.execute("DELETE FROM tokens WHERE expires_at <= ?", (now,))
