"""Queries and writes of accounts and tokens.

Reads run in a read transaction, writes in a transaction of the writer.
"""

from collections.abc import Collection, Sequence

import attrs

from ...model import Account, Token
from ...names.words import words_of
from .connection import Connection
from .looks import add_looks
from .rows import ACCOUNT, TOKEN, among, json_array


def account(connection: Connection, name: str) -> Account | None:
    row = connection.execute(
        f"SELECT {ACCOUNT} FROM users WHERE name = :name", {"name": name}
    ).fetchone()
    return ACCOUNT.value(row) if row else None


def accounts(connection: Connection, after: str, limit: int) -> list[Account]:
    rows = connection.execute(
        f"SELECT {ACCOUNT} FROM users WHERE name > :after ORDER BY name LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [ACCOUNT.value(row) for row in rows]


def token(connection: Connection, digest: bytes) -> tuple[Token, Account] | None:
    row = connection.execute(
        f"""
        SELECT {TOKEN.of("t")}, {ACCOUNT.of("u")}
        FROM tokens AS t JOIN users AS u ON u.name = t.user WHERE t.digest = :digest
        """,
        {"digest": digest},
    ).fetchone()
    if row is None:
        return None
    token, account = TOKEN.cut(row)
    return TOKEN.value(token), ACCOUNT.value(account)


def tokens(connection: Connection, user: str, now: int, limit: int) -> list[Token]:
    rows = connection.execute(
        f"""
        SELECT {TOKEN} FROM tokens WHERE user = :user AND expires_at > :now
        ORDER BY created_at DESC, id LIMIT :limit
        """,
        {"user": user, "now": now, "limit": limit},
    )
    return [TOKEN.value(row) for row in rows]


def own_token(connection: Connection, user: str, token_id: str) -> Token | None:
    row = connection.execute(
        f"SELECT {TOKEN} FROM tokens WHERE id = :id AND user = :user",
        {"id": token_id, "user": user},
    ).fetchone()
    return TOKEN.value(row) if row else None


def tokens_with(connection: Connection, ids: Collection[str]) -> list[Token]:
    rows = connection.execute(
        f"SELECT {TOKEN} FROM tokens WHERE id {among('ids')}", {"ids": json_array(ids)}
    )
    return [TOKEN.value(row) for row in rows]


def existing_accounts(connection: Connection, names: Collection[str]) -> list[Account]:
    rows = connection.execute(
        f"SELECT {ACCOUNT} FROM users WHERE name {among('names')}",
        {"names": json_array(names)},
    )
    return [ACCOUNT.value(row) for row in rows]


# ---- writes


def add_accounts(
    connection: Connection, accounts: Sequence[Account], tokens: Sequence[Token] = ()
) -> set[str]:
    added = set()
    for account in accounts:
        cursor = connection.execute(
            f"""
            INSERT INTO users ({ACCOUNT}, words) VALUES ({ACCOUNT.parameters}, :words)
            ON CONFLICT (name) DO NOTHING
            """,
            {
                **ACCOUNT.named(attrs.evolve(account, lookalike=False)),
                "words": words_of(account.name, account.display_name),
            },
        )
        if cursor.rowcount:
            added.add(account.name)
            add_looks(connection, account.name, account.display_name)
    add_tokens(connection, tokens)
    return added


def set_password(connection: Connection, name: str, password: str | None) -> None:
    connection.execute(
        "UPDATE users SET password = :password WHERE name = :name",
        {"password": password, "name": name},
    )


def reset_password(
    connection: Connection, name: str, password: str | None, tokens: Sequence[Token]
) -> None:
    remove_tokens(connection, name)
    set_password(connection, name, password)
    add_tokens(connection, tokens)


def add_tokens(
    connection: Connection, tokens: Sequence[Token], maximum: int | None = None
) -> list[bytes]:
    displaced = []
    for token in tokens:
        now = token.created_at
        if maximum and (oldest := _token_to_displace(connection, token.user, now, maximum)):
            remove_token(connection, oldest)
            displaced.append(oldest)
        connection.execute(
            f"INSERT INTO tokens ({TOKEN}) VALUES ({TOKEN.parameters})", TOKEN.named(token)
        )
    return displaced


def _token_to_displace(connection: Connection, user: str, now: int, maximum: int) -> bytes | None:
    """Return the digest of the user's oldest token if ``maximum`` of them have not expired."""
    row = connection.execute(
        """
        SELECT digest, count(*) OVER () FROM tokens WHERE user = :user AND expires_at > :now
        ORDER BY created_at LIMIT 1
        """,
        {"user": user, "now": now},
    ).fetchone()
    if row is None:
        return None
    digest, count = row
    return digest if count >= maximum else None


def replace_token(connection: Connection, digest: bytes, token: Token) -> bool:
    cursor = connection.execute("DELETE FROM tokens WHERE digest = :digest", {"digest": digest})
    if cursor.rowcount:
        add_tokens(connection, [token])
    return bool(cursor.rowcount)


def set_used(connection: Connection, digests: Collection[bytes], now: int) -> None:
    connection.executemany(
        "UPDATE tokens SET last_used_at = :now WHERE digest = :digest",
        [{"now": now, "digest": digest} for digest in digests],
    )


def remove_token(connection: Connection, digest: bytes) -> bool:
    """Return whether there was one."""
    statement = "DELETE FROM tokens WHERE digest = :digest"
    return connection.execute(statement, {"digest": digest}).rowcount > 0


def remove_tokens(connection: Connection, user: str) -> None:
    connection.execute("DELETE FROM tokens WHERE user = :user", {"user": user})


def remove_expired_tokens(connection: Connection, now: int) -> None:
    connection.execute("DELETE FROM tokens WHERE expires_at <= :now", {"now": now})
