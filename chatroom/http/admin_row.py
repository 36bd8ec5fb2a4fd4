"""A request of the administration, as :mod:`.admin_table` lists them."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from ..protocol.declaration import camel
from ..protocol.results import Empty

PREFIX: Final = "/api/admin/"
BODY_METHODS: Final = ("POST", "PUT", "PATCH")
_PLACE: Final = re.compile(r"\{(\w+)\}")


@attrs.frozen
class Command:
    """A command below ``chatroom admin``.

    :ivar words: such as ``user add``; the first of two is in :data:`.admin_table.GROUPS`.
    :ivar summary: None: that of the request.
    :ivar operation: the name of an operation, in place of a call; None: as the request.
    :ivar shape: the class of its parameters. ``reply`` and ``renamed`` are its too.
    :ivar prints: it prints its reply, as all do that only read; others do with ``--json``.
    :ivar confirm: what to ask on a terminal first, with parameters in braces.
    """

    words: str
    summary: str | None = None
    operation: str | None = None
    shape: type[Any] = Empty
    reply: type[Any] = Empty
    renamed: Mapping[str, str] = attrs.field(factory=dict)
    prints: bool = False
    confirm: str | None = None


@attrs.frozen
class Row:
    """A request.

    :ivar path: below :data:`PREFIX`. Words in braces are fields of the parameters.
    :ivar shape: the class of the parameters. Fields that are not in the path are in the body,
        or in the query of GET and DELETE.
    :ivar command: the command that makes it.
    :ivar operation: the name of an operation; None: the shape is a call.
    :ivar when_read_only: it is not refused while the server is read-only.
    :ivar renamed: the fields by their names in the path, where these differ.
    :ivar one_of: names of fields of the body of which at least one must be given, and not null
        or false.
    """

    method: str
    path: str
    shape: type[Any]
    reply: type[Any]
    summary: str
    command: Command
    operation: str | None = None
    when_read_only: bool = False
    renamed: Mapping[str, str] = attrs.field(factory=dict)
    one_of: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return PREFIX + self.path

    @property
    def in_path(self) -> dict[str, "attrs.Attribute[Any]"]:
        """The fields in the path, by their names there."""
        by_name = {camel(field.name): field for field in self._fields}
        return {name: by_name[self.renamed.get(name, name)] for name in _PLACE.findall(self.path)}

    @property
    def others(self) -> list["attrs.Attribute[Any]"]:
        """The fields in the body or in the query."""
        in_path = {field.name for field in self.in_path.values()}
        return [field for field in self._fields if field.name not in in_path]

    @property
    def status(self) -> int:
        """The status of a reply."""
        return 201 if self.operation == "addUser" else 200

    @property
    def has_body(self) -> bool:
        return self.method in BODY_METHODS and bool(self.others)

    def by_command(self) -> "Row":
        """Return the row as its command makes it."""
        own = self.command
        row = attrs.evolve(self, summary=own.summary or self.summary)
        if own.operation is None:
            return row
        return attrs.evolve(
            row, operation=own.operation, shape=own.shape, reply=own.reply, renamed=own.renamed
        )

    def pattern(self) -> "re.Pattern[str]":
        parts = [re.escape(part) for part in re.split(r"\{\w+\}", self.address)]
        return re.compile("([^/]+)".join(parts))

    @property
    def _fields(self) -> list["attrs.Attribute[Any]"]:
        return [field for field in attrs.fields(self.shape) if field.init]
