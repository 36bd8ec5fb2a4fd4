"""Columns by name: the fields of a class are the columns of its table or view.

A statement names its columns by a :class:`Columns`, and a row of that statement becomes a value by
the same one. So a field that is added to a class is read and written wherever that class is.
"""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

import attrs
import orjson

from ...model import (
    PREVIEW_CHARS,
    Account,
    Member,
    Message,
    Preview,
    Room,
    SendReceipt,
    Token,
    User,
)

T = TypeVar("T", bound=attrs.AttrsInstance)


class Columns(Generic[T]):
    """The columns of a class, in the order of its fields; as a string, a list for SQL.

    :param without: fields that are not in the table.
    """

    def __init__(self, cls: type[T], *, without: Collection[str] = ()) -> None:
        fields = [f for f in attrs.fields(cls) if f.init and f.name not in without]
        self._cls = cls
        self._names = tuple(field.name for field in fields)
        self._text = ", ".join(self._names)
        self._values = attrgetter(*self._names)
        # Rows are positional in here, as it is much faster, and nowhere else: the position of each
        # column is that of its field.
        kinds = [(number, field.type) for number, field in enumerate(fields)]
        self._flags = [number for number, kind in kinds if kind is bool]
        self._lists = [number for number, kind in kinds if kind == tuple[str, ...]]
        self.marks = ", ".join("?" for _ in fields)
        self.parameters = ", ".join(f":{name}" for name in self._names)

    def __str__(self) -> str:
        return self._text

    def of(self, table: str, **expressions: str) -> str:
        """As columns of one table in a join, some of them computed by an expression instead."""
        return ", ".join(expressions.get(name, f"{table}.{name}") for name in self._names)

    def value(self, row: Sequence[Any], **others: Any) -> T:
        """The value of a row that has these columns and no others.

        :param others: fields that are not in the row, or have another value than there.
        """
        values = list(row)
        for number in self._flags:
            values[number] = bool(values[number])
        for number in self._lists:
            names = values[number]
            values[number] = tuple(orjson.loads(names)) if names else ()
        if others:
            return self._cls(**{**dict(zip(self._names, values, strict=True)), **others})
        return self._cls(*values)

    def cut(self, row: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """The row of these columns that a longer one begins with, and the rest."""
        count = len(self._names)
        return row[:count], row[count:]

    def row(self, value: T) -> list[Any]:
        """For :attr:`marks`."""
        values = list(self._values(value))
        for number in self._lists:
            names = values[number]
            values[number] = json_array(names) if names else None
        return values

    def named(self, value: T) -> dict[str, Any]:
        """For :attr:`parameters`."""
        return dict(zip(self._names, self.row(value), strict=True))


ROOM: Final = Columns(Room)
MEMBER: Final = Columns(Member)
"""Of ``members_now``."""
MEMBER_ADDED: Final = Columns(Member, without=("room", "display_name", "lookalike"))
"""Of ``members``, for a new member; the room is that of the batch."""
MESSAGE: Final = Columns(Message)
"""Of ``messages_now``."""
MESSAGE_POSTED: Final = Columns(Message, without=("room",))
"""Of ``messages``, for a new message; the room is that of the batch."""
RECEIPT: Final = Columns(SendReceipt)
"""Of ``messages``."""
ACCOUNT: Final = Columns(Account)
"""Of ``users``."""
TOKEN: Final = Columns(Token)
"""Of ``tokens``."""
USER: Final = Columns(User)
"""Of ``users``."""

PREVIEW: Final = Columns(Preview)
"""Of ``messages_now``, with :data:`PREVIEW_OF_M` for the list."""
PREVIEW_OF_M: Final = PREVIEW.of(
    "m",
    text=f"substr(m.text, 1, {PREVIEW_CHARS})",
    truncated=f"length(m.text) > {PREVIEW_CHARS}",
)


def json_array(values: Iterable[object]) -> str:
    """Many values as one bound parameter: no limit to their number. For :func:`among`."""
    return orjson.dumps(list(values)).decode()


def among(parameter: str) -> str:
    """A condition: one of the values of a parameter that is a :func:`json_array`."""
    return f"IN (SELECT value FROM json_each(:{parameter}))"
