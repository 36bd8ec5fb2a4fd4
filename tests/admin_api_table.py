"""Writes the table of requests and commands in ``docs/administration.md``."""

from pathlib import Path
from typing import Final

import click
from attrs import NOTHING

from chatroom.cli.admin.parameters import fields_of
from chatroom.http.admin_row import Row
from chatroom.http.admin_table import ROWS
from chatroom.protocol.declaration import camel

PATH: Final = Path(__file__).parent.parent / "docs" / "administration.md"
BEGIN: Final = "| request | command | what the request does |\n|---|---|---|\n"


def table() -> str:
    lines = []
    for row in ROWS:
        fields = ", ".join(
            camel(field.name) + ("" if field.default is NOTHING else "?") for field in row.others
        )
        where = f" {{{fields}}}" if row.has_body else f" by query {fields}"
        shown = where if fields else ""
        lines.append(
            f"| `{row.method} {row.address}`{shown} | `{_command(row)}` | {row.summary} |\n"
        )
    return BEGIN + "".join(lines)


def _command(row: Row) -> str:
    """Return the command with its arguments, without ``chatroom admin``."""
    params = [field.parameter for field in fields_of(row.by_command())]
    arguments = [
        str(each.metavar).replace("|", "\\|") for each in params if isinstance(each, click.Argument)
    ]
    return " ".join([row.command.words, *arguments])


def document(text: str) -> str:
    """Return the document with the present table."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition("\n\n")
    return f"{before}{table()}\n{after}"


if __name__ == "__main__":
    PATH.write_text(document(PATH.read_text()))
