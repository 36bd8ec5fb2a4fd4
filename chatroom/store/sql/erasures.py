"""Erasure of accounts: what is outside of rooms in one commit, and which rooms have more."""

from ...model import AuditEntry, Status
from ..administration import Act, Denial
from .accounts import account, remove_tokens
from .administration import has_admin, is_admin
from .audit_rows import add
from .connection import Connection
from .files import AVATARS
from .people import set_profile
from .push_endpoints import remove_endpoints
from .sent_spans import SPAN_SEQS


def erase_account(
    connection: Connection, name: str, act: Act, *, own: bool = False
) -> Denial | None:
    """See :meth:`chatroom.store.erasures.ErasureStore.erase_account`."""
    why = erasure_denial(connection, name, act, own=own)
    if why is not None:
        return why
    where: dict[str, str | int] = {
        "user": name,
        "at": act.at,
        "avatars": AVATARS,
    }
    set_profile(connection, name, name, Status(), "")
    remove_tokens(connection, name)
    remove_endpoints(connection, "user = :user", where)
    for statement in (
        "UPDATE users SET password = NULL, disabled = TRUE, role = 'member', erased_at = :at"
        " WHERE name = :user",
        "DELETE FROM uploads WHERE user = :user AND (room IS NULL OR room = :avatars)",
        "DELETE FROM account_settings WHERE user = :user",
        "DELETE FROM blocks WHERE user = :user",
        "DELETE FROM slow_mode WHERE user = :user",
        "DELETE FROM usage WHERE user = :user",
        "UPDATE invitations SET revoked_at = :at WHERE by = :user AND revoked_at IS NULL",
        "INSERT INTO erasures (user) VALUES (:user)",
    ):
        connection.execute(statement, where)
    add(connection, AuditEntry(act.at, "eraseAccount", act.by, None, name))
    return None


def erasure_denial(
    connection: Connection, name: str, act: Act, *, own: bool = False
) -> Denial | None:
    """See :meth:`chatroom.store.erasures.ErasureStore.erasure_denial`."""
    if not own and act.by is not None and not is_admin(connection, act.by):
        return "forbidden"
    found = account(connection, name)
    if found is None:
        return "not_found"
    if found.erased_at is not None:
        return "erased"
    if act.by is not None and is_admin(connection, name) and not has_admin(connection, but=name):
        return "conflict"
    return None


def erasures(connection: Connection, after: str, limit: int) -> list[str]:
    rows = connection.execute(
        "SELECT user FROM erasures WHERE user > :after ORDER BY user LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [user for (user,) in rows]


def rooms_with(
    connection: Connection, user: str, after: str, limit: int
) -> tuple[list[str], str | None]:
    """Messages of the main log are counted by sender in whole spans. Those of the first span, which
    may be pruned in part, and of the last one are looked at."""
    rows = connection.execute(
        """
        SELECT r.name,
            EXISTS (SELECT 1 FROM members AS m WHERE m.user = :user AND m.room = r.name)
            OR EXISTS (SELECT 1 FROM bans AS b WHERE b.room = r.name AND b.user = :user)
            OR EXISTS (SELECT 1 FROM mutes AS b WHERE b.room = r.name AND b.user = :user)
            OR EXISTS (SELECT 1 FROM reactions AS e WHERE e.room = r.name AND e.user = :user)
            OR EXISTS (SELECT 1 FROM sent_spans AS s WHERE s.room = r.name AND s.sender = :user)
            OR EXISTS (
                SELECT 1 FROM messages AS l
                WHERE l.room = r.name AND l.seq > r.head_seq / :span * :span AND l.sender = :user
            )
            OR EXISTS (
                SELECT 1 FROM messages AS f
                WHERE f.room = r.name AND f.seq >= r.first_seq
                  AND f.seq <= ((r.first_seq - 1) / :span + 1) * :span AND f.sender = :user
            )
            OR (r.threaded > r.pruned_threaded AND EXISTS (
                SELECT 1 FROM thread_messages AS t WHERE t.room = r.name AND t.sender = :user
            ))
        FROM rooms AS r WHERE r.name > :after ORDER BY r.name LIMIT :limit
        """,
        {"user": user, "after": after, "limit": limit, "span": SPAN_SEQS},
    ).fetchall()
    return [name for name, found in rows if found], rows[-1][0] if len(rows) == limit else None


def forget_erasure(connection: Connection, user: str) -> None:
    connection.execute("DELETE FROM erasures WHERE user = :user", {"user": user})
