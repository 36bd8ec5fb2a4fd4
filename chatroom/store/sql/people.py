"""Queries and writes of profiles and of accounts' settings.

Reads run in a read transaction, writes in a transaction of the writer.
"""

from collections.abc import Collection, Iterable, Sequence
from heapq import merge
from itertools import groupby, islice
from typing import Any, Final

from ...model import AccountSettings, Profile, Settings, Status
from ...names.words import prefix_of, words_of
from ..people import AccountNews, Avatar, NewsKind, PeoplePage, RoomsOf, Standing
from .administration import is_admin
from .connection import Connection
from .files import keep_avatar, remove_avatar
from .looks import replace_looks
from .rows import USER, Columns, among, json_array

MAX_SEARCHED: Final = 1000
"""People whom one call compares with a search string."""
_STATUS: Final = Columns(Status)
_PROFILE: Final = ", ".join(
    (
        USER.of("u"),
        _STATUS.of("u", **{name: f"u.status_{name}" for name in _STATUS.names}),
        "u.avatar",
    )
)
"""Columns of ``users AS u``, for :func:`_profile`."""


def _profile(row: Sequence[Any]) -> Profile:
    user, rest = USER.cut(row)
    stored, (avatar,) = _STATUS.cut(rest)
    who, status = USER.value(user), _STATUS.value(stored)
    shown = None if status.is_empty else status
    return Profile(who.name, who.display_name, who.lookalike, shown, avatar)


def _require(connection: Connection, name: str) -> Profile:
    """:raises LookupError: there is no such account."""
    found = _profiles(connection, [name])
    if not found:
        raise LookupError(f"there is no account {name}")
    return found[name]


def _profiles(connection: Connection, names: Collection[str]) -> dict[str, Profile]:
    rows = connection.execute(
        f"SELECT {_PROFILE} FROM users AS u WHERE u.name {among('names')}",
        {"names": json_array(names)},
    )
    return {profile.name: profile for profile in map(_profile, rows)}


# ---- people who share a room with the asker


def known_people(
    connection: Connection,
    user: str,
    rooms: Collection[str] | None,
    names: Collection[str],
) -> PeoplePage:
    sees_standings = is_admin(connection, user)
    if rooms is None or sees_standings:
        found = _profiles(connection, names)
        standings = _standings(connection, found) if sees_standings else {}
        return PeoplePage(tuple(found[name] for name in sorted(found)), standings=standings)
    rows = connection.execute(
        f"""
        SELECT {_PROFILE} FROM users AS u WHERE u.name {among("names")} AND (
            u.name = :user
            OR EXISTS (SELECT 1 FROM members AS m WHERE m.user = u.name AND m.room {among("rooms")})
        )
        ORDER BY u.name
        """,
        {"user": user, "rooms": json_array(rooms), "names": json_array(names)},
    )
    return PeoplePage(tuple(map(_profile, rows)))


def avatars(
    connection: Connection,
    user: str,
    rooms: Collection[str] | None,
    names: Collection[str],
) -> list[Avatar]:
    known = known_people(connection, user, rooms, names).people
    uploads = [profile.avatar for profile in known if profile.avatar is not None]
    rows = connection.execute(
        f"SELECT upload FROM upload_parts WHERE upload {among('uploads')} AND part = 'small'",
        {"uploads": json_array(uploads)},
    )
    small = {upload for (upload,) in rows}
    return [
        Avatar(each.name, each.avatar, "small" if each.avatar in small else "file")
        for each in known
        if each.avatar is not None
    ]


def find_people(
    connection: Connection,
    user: str,
    rooms: Collection[str] | None,
    query: str | None,
    after: str,
    limit: int,
) -> PeoplePage:
    """Merge the members of the rooms, in the order of an index, so that no more of them are read
    than are looked at."""
    prefix = None if query is None else prefix_of(query)
    searched = limit if prefix is None else MAX_SEARCHED
    sees_standings = is_admin(connection, user)
    if rooms is None or sees_standings:
        members = [_everyone(connection, after, searched + 1)]
    else:
        members = [_members(connection, room, after, searched + 1) for room in rooms]
        if user > after:
            members.append(iter([(user,)]))
    distinct = (name for (name,), _ in groupby(merge(*members)))
    found = list(islice(distinct, searched + 1))
    names = found[:searched]
    matching = _matching(connection, names, prefix)
    page = [matching[name] for name in names if name in matching][:limit]
    last = names[-1] if len(found) > searched else None
    if len(matching) > limit:
        last = page[-1].name
    standings = _standings(connection, [each.name for each in page]) if sees_standings else {}
    return PeoplePage(tuple(page), last, standings)


def _standings(connection: Connection, names: Collection[str]) -> dict[str, Standing]:
    rows = connection.execute(
        f"SELECT name, role, disabled FROM users WHERE name {among('names')}",
        {"names": json_array(names)},
    )
    return {name: Standing(role, bool(disabled)) for name, role, disabled in rows}


def _everyone(connection: Connection, after: str, limit: int) -> Iterable[tuple[str]]:
    return connection.execute(
        """
        SELECT name FROM users WHERE name > :after AND erased_at IS NULL
        ORDER BY name LIMIT :limit
        """,
        {"after": after, "limit": limit},
    )


def _members(connection: Connection, room: str, after: str, limit: int) -> Iterable[tuple[str]]:
    return connection.execute(
        """
        SELECT user FROM members WHERE room = :room AND user > :after ORDER BY user LIMIT :limit
        """,
        {"room": room, "after": after, "limit": limit},
    )


def _matching(
    connection: Connection, names: Collection[str], prefix: str | None
) -> dict[str, Profile]:
    if prefix is None:
        return _profiles(connection, names)
    rows = connection.execute(
        f"""
        SELECT {_PROFILE} FROM users AS u
        WHERE u.name {among("names")} AND instr(u.words, :prefix) > 0
        """,
        {"names": json_array(names), "prefix": prefix},
    )
    return {profile.name: profile for profile in map(_profile, rows)}


# ---- for those who tell of changes


def rooms_of(connection: Connection, users: Collection[str]) -> list[RoomsOf]:
    rows = connection.execute(
        f"SELECT user, room FROM members WHERE user {among('users')}", {"users": json_array(users)}
    )
    rooms: dict[str, list[str]] = {}
    for user, room in rows:
        rooms.setdefault(user, []).append(room)
    profiles = _profiles(connection, users)
    return [RoomsOf(profiles[name], tuple(rooms.get(name, ()))) for name in sorted(profiles)]


def status_ends(
    connection: Connection, after: tuple[int, str], limit: int
) -> list[tuple[int, str]]:
    return connection.execute(
        """
        SELECT status_until, name FROM users
        WHERE status_until >= :until AND (status_until > :until OR name > :name)
        ORDER BY status_until, name LIMIT :limit
        """,
        {"until": after[0], "name": after[1], "limit": limit},
    ).fetchall()


def account_news(connection: Connection, after: int, limit: int) -> list[AccountNews]:
    rows = connection.execute(
        """
        SELECT number, user, kind FROM account_news WHERE number > :after
        ORDER BY number LIMIT :limit
        """,
        {"after": after, "limit": limit},
    )
    return [AccountNews(*row) for row in rows]


def last_account_news(connection: Connection) -> int:
    (number,) = connection.execute("SELECT coalesce(max(number), 0) FROM account_news").fetchone()
    return int(number)


def _note(connection: Connection, user: str, kind: NewsKind) -> None:
    values = {"user": user, "kind": kind}
    connection.execute("DELETE FROM account_news WHERE user = :user AND kind = :kind", values)
    connection.execute("INSERT INTO account_news (user, kind) VALUES (:user, :kind)", values)


# ---- writes


def set_profile(
    connection: Connection,
    user: str,
    display_name: str | None,
    status: Status | None,
    avatar: str | None,
) -> Profile | None:
    was = _require(connection, user)
    if avatar is not None and not _set_avatar(connection, was, avatar):
        return None
    if display_name is not None and display_name != was.display_name:
        connection.execute(
            "UPDATE users SET display_name = :shown, words = :words WHERE name = :user",
            {"user": user, "shown": display_name, "words": words_of(user, display_name)},
        )
        replace_looks(connection, user, display_name)
    if status is not None:
        connection.execute(
            """
            UPDATE users SET status_text = :text, status_emoji = :emoji, status_until = :until
            WHERE name = :user
            """,
            {"user": user, **_STATUS.named(Status() if status.is_empty else status)},
        )
    now = _require(connection, user)
    if now != was:
        _note(connection, user, "profile")
    return now


def _set_avatar(connection: Connection, profile: Profile, avatar: str) -> bool:
    """Return False if there is no such picture of the user."""
    if avatar == (profile.avatar or ""):
        return True
    if avatar and not keep_avatar(connection, profile.name, avatar):
        return False
    if profile.avatar is not None:
        remove_avatar(connection, profile.avatar)
    connection.execute(
        "UPDATE users SET avatar = :avatar WHERE name = :user",
        {"user": profile.name, "avatar": avatar or None},
    )
    return True


def settings(connection: Connection, user: str) -> AccountSettings:
    row = connection.execute(
        "SELECT settings, number FROM account_settings WHERE user = :user", {"user": user}
    ).fetchone()
    return AccountSettings(Settings(row[0]), row[1]) if row else AccountSettings()


def set_settings(
    connection: Connection, user: str, wanted: Settings, number: int | None
) -> AccountSettings | None:
    present = settings(connection, user)
    if number is not None and number != present.number:
        return None
    connection.execute(
        """
        INSERT INTO account_settings (user, number, settings) VALUES (:user, :number, :settings)
        ON CONFLICT (user) DO UPDATE SET number = excluded.number, settings = excluded.settings
        """,
        {"user": user, "number": present.number + 1, "settings": wanted},
    )
    _note(connection, user, "settings")
    return AccountSettings(wanted, present.number + 1)
