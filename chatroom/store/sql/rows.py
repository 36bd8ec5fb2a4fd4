"""Columns by name: the fields of a class are the columns of its table or view.

A statement lists its columns through a :class:`Columns`, and the same object converts its rows to
values. So a field that is added to a class is read and written in all statements of that class.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

import attrs
import orjson

from ...model import (
    MAX_PREVIEW_CHARS,
    Account,
    Attachment,
    AuditEntry,
    Invitation,
    Member,
    Message,
    Preview,
    Reaction,
    Room,
    RoomPolicy,
    Sanction,
    SendReceipt,
    Thumbnail,
    Token,
    User,
)

T = TypeVar("T", bound=attrs.AttrsInstance)


def json_array(values: Iterable[object]) -> str:
    """Encode any number of values as one bound parameter, for :func:`among`."""
    return orjson.dumps(list(values)).decode()


@attrs.frozen
class _List:
    """How a tuple is stored as a JSON array in one column. An empty tuple is NULL."""

    dumps: Callable[[Any], str]
    loads: Callable[[str], tuple[Any, ...]]


def _dump_reactions(reactions: Iterable[Reaction]) -> str:
    return json_array((each.emoji, each.count, each.users) for each in reactions)


def _load_reactions(text: str) -> tuple[Reaction, ...]:
    return tuple(Reaction(emoji, count, tuple(users)) for emoji, count, users in orjson.loads(text))


def _dump_attachments(attachments: Iterable[Attachment]) -> str:
    return json_array(
        (
            *(each.id, each.name, each.type, each.size, each.width, each.height),
            [(small.part, small.width, small.height) for small in each.thumbnails],
        )
        for each in attachments
    )


def load_attachments(text: str) -> tuple[Attachment, ...]:
    found: list[list[Any]] = orjson.loads(text)
    return tuple(
        Attachment(id_, name, kind, size, width, height, tuple(Thumbnail(*each) for each in small))
        for id_, name, kind, size, width, height, small in found
    )


_LISTS: Final[Mapping[Any, _List]] = {
    tuple[str, ...]: _List(json_array, lambda text: tuple(orjson.loads(text))),
    tuple[Reaction, ...]: _List(_dump_reactions, _load_reactions),
    tuple[Attachment, ...]: _List(_dump_attachments, load_attachments),
}


class Columns(Generic[T]):
    """The columns of a class, in the order of its fields. ``str()`` gives the list for SQL.

    The last field may be a value with columns of its own in the same table.

    :param without: fields that the table does not have.
    """

    def __init__(self, cls: type[T], *, without: Collection[str] = ()) -> None:
        fields = [f for f in attrs.fields(cls) if f.init and f.name not in without]
        self._cls = cls
        self.names: tuple[str, ...]
        self._part: Columns[Any] | None = None
        names = [field.name for field in fields]
        places = list(names)
        kind = fields[-1].type
        if isinstance(kind, type) and attrs.has(kind):
            part: Columns[Any] = Columns(kind)
            self._part, name = part, fields.pop().name
            names[-1:] = part.names
            places[-1:] = [f"{name}.{each}" for each in part.names]
        self.names = tuple(names)
        self._text = ", ".join(self.names)
        self._values = attrgetter(*places)
        self._own = len(fields)
        # Only this class uses rows by position, which is much faster than by name. The position of
        # a column is that of its field.
        kinds = [(number, field.type) for number, field in enumerate(fields)]
        self._flags = [number for number, kind in kinds if kind is bool]
        self._lists = [(number, _LISTS[kind]) for number, kind in kinds if kind in _LISTS]
        self.marks = ", ".join("?" for _ in names)
        self.parameters = ", ".join(f":{name}" for name in self.names)
        self.replaced = ", ".join(f"{name} = excluded.{name}" for name in self.names)
        """Assignments in an ``ON CONFLICT ... DO UPDATE``."""

    def __str__(self) -> str:
        return self._text

    def of(self, table: str, **expressions: str) -> str:
        """Return the list for SQL, qualified by the name of a table in a join. Columns in
        ``expressions`` are replaced by these expressions."""
        return ", ".join(expressions.get(name, f"{table}.{name}") for name in self.names)

    def value(self, row: Sequence[Any], **others: Any) -> T:
        """Return the value of a row that has exactly these columns.

        :param others: fields that are not in the row, or that override it.
        """
        values = list(row)
        if self._part is not None:
            values[self._own :] = [self._part.value(values[self._own :])]
        for number in self._flags:
            values[number] = bool(values[number])
        for number, items in self._lists:
            found = values[number]
            values[number] = items.loads(found) if found else ()
        if others:
            return self._cls(**{**dict(zip(self.names, values, strict=True)), **others})
        return self._cls(*values)

    def cut(self, row: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Split a longer row into these columns, at its start, and the rest."""
        count = len(self.names)
        return row[:count], row[count:]

    def row(self, value: T) -> list[Any]:
        """Return the values for the positional placeholders in :attr:`marks`."""
        values = list(self._values(value))
        for number, items in self._lists:
            found = values[number]
            values[number] = items.dumps(found) if found else None
        return values

    def named(self, value: T) -> dict[str, Any]:
        """Return the values for the named placeholders in :attr:`parameters`."""
        return dict(zip(self.names, self.row(value), strict=True))


ROOM: Final = Columns(Room)
POLICY: Final = Columns(RoomPolicy)
"""Columns of ``rooms``."""
MEMBER: Final = Columns(Member)
"""Columns of ``members_now``."""
MEMBER_ADDED: Final = Columns(Member, without=("room", "display_name", "lookalike"))
"""Columns of ``members`` for a new member, without the room."""
MESSAGE: Final = Columns(Message)
"""Columns of ``messages_now``."""
MESSAGE_POSTED: Final = Columns(Message, without=("room", "reactions", "pinned_by", "attachments"))
"""Columns of ``messages`` for a new message, without the room."""
MESSAGE_CHANGED: Final = Columns(Message, without=("room",))
"""Columns of ``messages``, without the room."""
RECEIPT: Final = Columns(SendReceipt)
"""Columns of ``messages``."""
SANCTION: Final = Columns(Sanction)
"""Columns of ``bans`` and ``mutes``."""
ACCOUNT: Final = Columns(Account)
"""Columns of ``users``."""
TOKEN: Final = Columns(Token)
"""Columns of ``tokens``."""
INVITATION: Final = Columns(Invitation)
"""Columns of ``invitations``."""
AUDIT: Final = Columns(AuditEntry)
"""Columns of ``audit``."""
AUDIT_ADDED: Final = Columns(AuditEntry, without=("id",))
"""Columns of ``audit`` for a new entry."""
USER: Final = Columns(User)
"""Columns of ``users``."""


def user_named(name: str) -> str:
    """Return the list of :data:`USER` for SQL where ``users AS u`` is joined from the left by the
    column ``name``, whose account may be missing."""
    return USER.of(
        "u",
        name=name,
        display_name=f"coalesce(u.display_name, {name})",
        lookalike="coalesce(u.lookalike, FALSE)",
    )


FILES_OF_M: Final = {
    "files": "coalesce(json_array_length(m.attachments), 0)",
    "file_type": "json_extract(m.attachments, '$[0][2]')",
}
"""What previews say of a message's files."""
PREVIEW: Final = Columns(Preview)
"""Columns of ``messages_now``. The list for SQL is :data:`PREVIEW_OF_M`."""
PREVIEW_OF_M: Final = PREVIEW.of(
    "m",
    text=f"substr(m.text, 1, {MAX_PREVIEW_CHARS})",
    truncated=f"length(m.text) > {MAX_PREVIEW_CHARS}",
    reactions="NULL",
    pinned_by="NULL",
    data="NULL",
    attachments="NULL",
    **FILES_OF_M,
)


def among(parameter: str) -> str:
    """Return the SQL condition ``IN (...)`` for the values of a parameter that is a
    :func:`json_array`."""
    return f"IN (SELECT value FROM json_each(:{parameter}))"
