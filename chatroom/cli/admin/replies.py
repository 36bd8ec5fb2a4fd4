"""What commands print of replies: tables for people. Pure."""

from typing import Any, TypeAlias, get_args, get_origin

import attrs

from ...protocol.declaration import camel, given_type
from ..sanitize import plain
from ..table import columns, utc_minute

Reply: TypeAlias = dict[str, Any]
"""A reply as it is sent."""


def joined(pages: list[Reply]) -> Reply:
    """Return the pages of a reply as one: the items of all, and the sum of what is counted."""
    first, *others = ({name: each[name] for name in each if name != "next"} for each in pages)
    for page in others:
        for name, value in page.items():
            first[name] += value
    return first


def listed(shape: type[Any]) -> tuple[str, type[Any]] | None:
    """Return the field of a reply that is a list of objects, and their class, if there is one."""
    for field in attrs.fields(shape):
        if get_origin(field.type) is tuple and attrs.has(item := get_args(field.type)[0]):
            return camel(field.name), item
    return None


def text_of(reply: Reply, shape: type[Any]) -> str:
    """Return a list as a table, a single text alone, and other replies as lines of names and
    values."""
    if (found := listed(shape)) is not None:
        name, item = found
        return _table(reply[name], item)
    cells = _cells(reply, shape)
    if [field.type for field in attrs.fields(shape)] == [str]:
        return "".join(cells.values())
    return columns([(head, cell or "-") for head, cell in cells.items()])


def _table(items: list[Reply], shape: type[Any]) -> str:
    """Return a table without the columns that are empty."""
    rows = [_cells(item, shape) for item in items]
    heads = [
        head
        for head in _cells({}, shape)
        if not rows or any(row[head] not in ("", "no") for row in rows)
    ]
    return columns([heads, *([row[head] for head in heads] for row in rows)])


def _cells(value: Reply, shape: type[Any], before: str = "") -> dict[str, str]:
    """Return what is shown of an object, by the heads of its columns."""
    cells: dict[str, str] = {}
    for field in attrs.fields(shape):
        name, kind = camel(field.name), given_type(field.type)
        head = f"{before}{field.name.replace('_', ' ').upper()}"
        given = value.get(name)
        if attrs.has(kind):
            names = {each.name for each in attrs.fields(kind)}
            if "name" in names:  # a person
                cells[head] = plain((given or {}).get("name", ""))
            else:
                cells |= _cells(given or {}, kind, f"{head} ")
        elif name != "next":
            cells[head] = _cell(field.name, given)
    return cells


def _cell(name: str, value: Any) -> str:
    match value:
        case str():
            return plain(value)
        case None:
            return "operator" if name == "by" else ""
        case bool():
            return "yes" if value else "no"
        case int() if name in ("timestamp", "at", "until") or name.endswith("_at"):
            return utc_minute(value)
        case int() if name == "id" or name.endswith("seq"):
            return str(value)
        case int():
            return f"{value:,}"
        case list():
            return ", ".join(map(plain, value))
        case dict():
            return ", ".join(f"{plain(key)}: {_cell(key, each)}" for key, each in value.items())
        case _:
            raise TypeError(f"{name}: {value!r} is not in a reply")
