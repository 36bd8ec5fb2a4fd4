"""The arguments and options of a command, made of the fields of its request."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args, get_origin

import attrs
import click

from ...http.admin_row import Row
from ...protocol.declaration import camel, given_type
from ...protocol.field_constraints import CONSTRAINTS
from ...protocol.field_types import NewPassword, Time
from ..parse import parse_duration, parse_time

PREFIX: Final = "given_"
"""Begins the names of these parameters in Python, so that none is the name of a setting."""
CURSORS: Final = ("after", "before")
"""Fields that say where a page starts."""


def _from_now(text: str) -> int:
    """Parse a time, in ms since the epoch. A duration begins now."""
    with suppress(ValueError):
        return int(datetime.now(UTC).timestamp() * 1000) + parse_duration(text) * 1000
    return _before_now(text, ahead=True)


def _before_now(text: str, *, ahead: bool = False) -> int:
    """Parse a time, in ms since the epoch. A duration ends now."""
    try:
        return parse_time(text, datetime.now(UTC), utc=True)
    except ValueError:
        raise click.BadParameter(f"{text}: must be {when(ahead=ahead)}") from None


def when(*, ahead: bool) -> str:
    """Say what a time may be.

    :param ahead: a duration begins now; else it ends now.
    """
    return (
        "a time (2026-11-24, 2026-11-24T06:19+01:00; of UTC without a zone) or a duration"
        f" {'from' if ahead else 'before'} now (30m, 2h, 3d)"
    )


@attrs.frozen
class Field:
    """A field of a request, as its command has it.

    :ivar name: in the request.
    :ivar attribute: in the class of the request.
    :ivar kind: its type.
    :ivar shown: as people type it.
    :ivar parameter: None: it is a password, which is not typed in the command line.
    """

    name: str
    attribute: str
    kind: Any
    shown: str
    is_optional: bool
    parameter: click.Parameter | None = None


def fields_of(row: Row) -> list[Field]:
    """Return the fields that are given: those of the path first. Where a page starts, and its
    limit, are left out."""
    found = [_field(row, field, name) for name, field in row.in_path.items()]
    left_out = (*CURSORS, "limit") if is_paged(row) else ()
    found += [_field(row, each, each.name) for each in row.others if each.name not in left_out]
    return found


def is_paged(row: Row) -> bool:
    """Return whether a reply may be followed by another one."""
    return any(field.name == "next" for field in attrs.fields(row.reply))


def _field(row: Row, field: "attrs.Attribute[Any]", name: str) -> Field:
    kind, ahead = given_type(field.type), row.has_body
    optional = field.default is not attrs.NOTHING
    flag = f"--{field.name.rstrip('_').replace('_', '-')}"
    made = Field(
        *(camel(field.name), field.name, kind, flag if optional else name.upper(), optional)
    )
    if kind is NewPassword:
        return attrs.evolve(made, shown="password")
    declared = [f"{PREFIX}{field.name}"]
    if not optional:
        argument = click.Argument(
            declared, type=_type(kind, ahead=ahead), metavar=_metavar(made.shown, kind)
        )
        return attrs.evolve(made, parameter=argument)
    if kind is bool:
        both = flag if field.default is False else f"{flag}/--no-{flag[2:]}"
        option = click.Option([both, *declared], is_flag=True, default=field.default)
    else:
        option = click.Option(
            [flag, *declared],
            type=_type(kind, ahead=ahead),
            metavar="WHEN" if kind is Time else None,
            help=_help(kind, ahead=ahead),
        )
    return attrs.evolve(made, parameter=option)


def _metavar(shown: str, kind: Any) -> str:
    """Return how usage shows an argument: of a word, which words there are."""
    return f"{{{'|'.join(get_args(kind))}}}" if get_origin(kind) is Literal else shown


def _help(kind: Any, *, ahead: bool) -> str | None:
    if kind is not Time:
        return None
    text = when(ahead=ahead)
    return f"{text[0].upper()}{text[1:]}."


def _type(kind: Any, *, ahead: bool) -> Any:
    """Return the type as click takes it: one of its own, or a function that parses."""
    if kind is Time:
        return _from_now if ahead else _before_now
    if get_origin(kind) is Literal:
        return click.Choice(get_args(kind))
    schema = CONSTRAINTS[kind].schema if kind in CONSTRAINTS else {}
    if kind is int or schema.get("type") == "integer":
        low, high = schema.get("minimum"), schema.get("maximum")
        assert low is None or isinstance(low, int)  # noqa: S101
        assert high is None or isinstance(high, int)  # noqa: S101
        return click.IntRange(low, high)
    return click.STRING
