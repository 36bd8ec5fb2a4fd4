"""The group ``admin``, with a command for each row of :data:`.admin_table.ROWS`."""

import sys
from typing import Any, Final

import click

from ...admin.shapes import ListUsers, Users
from ...config import Config
from ...errors import ChatroomError, Refused
from ...http.admin_row import Row
from ...http.admin_table import GROUPS, ROWS
from ...protocol.codec import encode_json
from ...protocol.field_types import Cursor, NewPassword, Time
from ...protocol.results import MAX_PAGE
from ..admin_client import ask, ask_for_json
from ..sanitize import plain, plain_json
from ..settings import configured
from ..typed import new_password
from .parameters import PREFIX, fields_of, is_paged, when
from .replies import Reply, joined, listed, text_of

_SHOWN_ADMINS: Final = 5


class NoAccount(ChatroomError):
    """It is not clear which admin makes a call."""


@click.group()
def admin() -> None:
    """Administer accounts, rooms, messages, invitations and the server.

    The commands work through the server that runs on the data directory, else on the directory
    itself. There is no log-in: who may write the directory may do everything.

    Commands with --as make a call of an admin's account, which may do in a room what its role there
    allows. They need a running server.
    """


class _Request:
    """A command: what it asks, and how it prints the reply."""

    def __init__(self, row: Row) -> None:
        self.row: Final = row.by_command()
        self.fields: Final = fields_of(self.row)
        self.by_account: Final = self.row.operation is None
        self.is_list: Final = listed(self.row.reply) is not None

    def command(self, name: str) -> click.Command:
        @configured
        def run(config: Config, **given: Any) -> None:
            self._run(config, given)

        made = click.command(name, help=self._help())(run)
        made.params[:0] = self._params()
        return made

    def _params(self) -> list[click.Parameter]:
        params = [field.parameter for field in self.fields if field.parameter is not None]
        if any(field.kind is NewPassword and field.is_optional for field in self.fields):
            params.append(
                click.Option(["--no-password"], is_flag=True, help="Log-in is by tokens alone.")
            )
        if self.by_account:
            params.append(
                click.Option(
                    ["--as", "account"],
                    metavar="NAME",
                    help="The admin whose account does it. Default: the only admin.",
                )
            )
        if self.is_list and is_paged(self.row):
            params.append(
                click.Option(
                    ["--limit"], type=click.IntRange(1), help="The first so many. Default: all."
                )
            )
        if self.row.command.confirm is not None:
            asked = "Do not ask. Without a terminal nothing is asked."
            params.append(click.Option(["--yes"], is_flag=True, help=asked))
        return [
            *params,
            click.Option(["--json", "as_json"], is_flag=True, help=self._json_help()),
        ]

    def _json_help(self) -> str:
        return "An array of objects." if self.is_list else "An object."

    def _help(self) -> str:
        parts = [self.row.summary]
        for field in self.fields:
            if isinstance(field.parameter, click.Argument) and field.kind is Time:
                parts.append(f"{field.shown} is {when(ahead=self.row.has_body)}.")
            elif field.kind is NewPassword:
                parts.append(
                    "On a terminal, prompts for the password. Otherwise reads it from standard"
                    " input (one line)."
                )
        return "\n\n".join(parts)

    def _run(self, config: Config, given: dict[str, Any]) -> None:
        values = {
            field.name: value
            for field in self.fields
            if field.parameter is not None
            and (value := given[f"{PREFIX}{field.attribute}"]) is not None
        }
        self._confirm(given)
        for field in self.fields:
            if field.kind is NewPassword and not given.get("no_password"):
                values[field.name] = new_password()
        try:
            reply = self._ask(config, values, given.get("account"), given.get("limit"))
        except Refused as refused:
            raise Refused(refused.reason, self._as_typed(refused.message)) from None
        found = listed(self.row.reply)
        if given["as_json"]:
            click.echo(plain_json(encode_json(reply if found is None else reply[found[0]])))
        elif self.row.method == "GET" or self.row.command.prints:
            click.echo(text_of(reply, self.row.reply))

    def _confirm(self, given: dict[str, Any]) -> None:
        """Ask on a terminal before what cannot be undone."""
        question = self.row.command.confirm
        if question is None or given["yes"] or not sys.stdin.isatty():
            return
        typed = {
            field.shown.lower(): given[f"{PREFIX}{field.attribute}"]
            for field in self.fields
            if field.parameter is not None
        }
        click.confirm(question.format_map(typed), abort=True, err=True)

    def _ask(
        self, config: Config, values: dict[str, Any], account: str | None, limit: int | None
    ) -> Reply:
        """Make the request, once for each page. :raises Refused:"""
        if self.by_account and account is None:
            account = _only_admin(config)
        found, names = listed(self.row.reply), {field.name for field in self.row.others}
        cursor = "after" if "after" in names else "before"
        pages: list[Reply] = []
        left = limit
        while True:
            if "limit" in names and is_paged(self.row):
                values["limit"] = MAX_PAGE if left is None else min(left, MAX_PAGE)
            page = self._make(config, values, account)
            pages.append(page)
            if found is not None and left is not None:
                page[found[0]] = page[found[0]][:left]
                left -= len(page[found[0]])
            if page.get("next") is None or left == 0:
                return joined(pages)
            values[cursor] = page["next"]

    def _make(self, config: Config, values: dict[str, Any], account: str | None) -> Reply:
        if self.row.operation is None:
            method = self.row.shape.declared.name
            call = {"account": account, "method": method, "params": values}
            return _object(ask_for_json(config, "makeCall", call))
        return _object(ask_for_json(config, self.row.operation, values))

    def _as_typed(self, message: str) -> str:
        """Return a refusal that names fields as people type them."""
        name, colon, rest = message.partition(": ")
        shown = {field.name: field.shown for field in self.fields}
        return f"{shown.get(name, name)}{colon}{rest}"


def _object(reply: Any) -> Reply:
    assert type(reply) is dict  # noqa: S101
    return reply


def _only_admin(config: Config) -> str:
    """:raises NoAccount: there is none, or there are several."""
    admins: list[str] = []
    request: ListUsers | None = ListUsers()
    while request is not None:
        page = ask(config, "listUsers", request, Users)
        admins += [each.name for each in page.users if each.role == "admin" and not each.disabled]
        request = None if page.next is None else ListUsers(Cursor(page.next))
    if len(admins) == 1:
        return admins[0]
    if not admins:
        raise NoAccount("no admin: make one with `chatroom admin user role NAME admin`")
    names = ", ".join(map(plain, admins[:_SHOWN_ADMINS]))
    more = ", ..." if len(admins) > _SHOWN_ADMINS else ""
    raise NoAccount(f"several admins: say with --as whose account does it ({names}{more})")


def _add_commands() -> None:
    groups: dict[str, click.Group] = {}
    for row in ROWS:
        *group, name = row.command.words.split()
        parent = admin
        for word in group:
            if word not in groups:
                groups[word] = click.Group(word, help=GROUPS[word])
                admin.add_command(groups[word])
            parent = groups[word]
        parent.add_command(_Request(row).command(name))


_add_commands()
