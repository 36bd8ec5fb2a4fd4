"""``user`` and ``token``: the operator's commands for accounts."""

import sys

import click

from ..accounts.issuing import MAX_DAYS
from ..accounts.operators import MAX_PER_COMMIT
from ..admin.shapes import (
    AccountRef,
    AddUser,
    CheckNames,
    IssueTokens,
    ListedUser,
    ListUsers,
    NamedTokens,
    SetPassword,
    SetServerRole,
    Users,
)
from ..config import Config
from ..errors import ChatroomError
from ..model import ServerRole, User
from ..protocol.codec import encode_json
from ..protocol.field_types import AccountName, NewPassword, Title
from ..protocol.results import Empty
from .admin_client import ask
from .sanitize import plain
from .settings import configured
from .table import columns, utc_minute
from .typed import new_password, typed_text


class HalfDone(ChatroomError):
    """Only a part of the operation was done."""


@click.group()
def user() -> None:
    """Add, list, disable and enable users; set passwords and roles.

    On a terminal, prompts for passwords. Otherwise reads them from standard input (one line).
    """


@user.command()
@click.argument("name")
@click.option("--display-name", help="The name shown to people. Default: NAME.")
@configured
def add(config: Config, name: str, display_name: str | None) -> None:
    """Add a user with a password."""
    shown = None if display_name is None else Title(display_name)
    ask(config, "addUser", AddUser(AccountName(name), NewPassword(new_password()), shown), User)


@user.command()
@click.argument("name")
@configured
def passwd(config: Config, name: str) -> None:
    """Set a user's password and end their sessions."""
    ask(config, "setPassword", SetPassword(AccountName(name), NewPassword(new_password())), Empty)


@user.command()
@click.argument("name")
@configured
def disable(config: Config, name: str) -> None:
    """Disable a user and end their sessions. The name stays reserved."""
    ask(config, "disableUser", AccountRef(AccountName(name)), Empty)


@user.command()
@click.argument("name")
@click.argument("role", type=click.Choice(["admin", "member"]))
@configured
def role(config: Config, name: str, role: ServerRole) -> None:
    """Make a user an admin of the server, or a member as others.

    This works also when the server has no admin.
    """
    ask(config, "setServerRole", SetServerRole(name, role), Empty)


@user.command()
@click.argument("name")
@configured
def enable(config: Config, name: str) -> None:
    """Enable a disabled user, who can log in with the password or a new token."""
    ask(config, "enableUser", AccountRef(AccountName(name)), Empty)


@user.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@configured
def erase(config: Config, name: str, yes: bool) -> None:
    """Erase a person for ever.

    Profile, log-ins, settings and endpoints go at once. Memberships, messages, files and reactions
    follow in small steps, by the server if it runs. Interrupted erasing continues at the next
    start. The name stays taken. See docs/privacy.md for what is kept.
    """
    if not yes and sys.stdin.isatty():
        click.confirm(f"Permanently erase {name} and all their messages?", abort=True, err=True)
    ask(config, "eraseUser", AccountRef(AccountName(name)), Empty)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@configured
def list_users(config: Config, as_json: bool) -> None:
    """List users by name.

    A lookalike's name looks like the name of an older account.
    """
    users: list[ListedUser] = []
    after: str | None = ""
    while after is not None:
        page = ask(config, "listUsers", ListUsers(after), Users)
        users += page.users
        after = page.next
    click.echo(encode_json(users) if as_json else _table(users))


@click.command()
@click.argument("names", nargs=-1)
@click.option("--create", is_flag=True, help="Create missing accounts, without a password.")
@click.option("--label", help="Shown to the owners in their list of tokens.")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), help="Lifetime. Default: token_days.")
@configured
def token(
    config: Config, names: tuple[str, ...], create: bool, label: str | None, days: int | None
) -> None:
    """Issue a token for each NAME, or for each line of standard input.

    Prints one line "name token" each, and nothing else. All names are checked before any token is
    issued. Tokens are issued and printed a thousand at a time.
    """
    wanted = names or tuple(name for line in _lines() if (name := line.strip()))
    parts = [
        wanted[start : start + MAX_PER_COMMIT] for start in range(0, len(wanted), MAX_PER_COMMIT)
    ]
    if len(parts) > 1:
        for part in parts:
            ask(config, "checkNames", CheckNames(part, create), Empty)
    for number, part in enumerate(parts):
        try:
            params = IssueTokens(part, create, label, days)
            issued = ask(config, "issueTokens", params, NamedTokens)
        except ChatroomError as error:
            if not number:
                raise
            done = number * MAX_PER_COMMIT
            raise HalfDone(
                f"{error}. The {done} tokens before {part[0]} are issued and printed; retry with"
                f" {part[0]} and the {len(wanted) - done - 1} names after it"
            ) from None
        click.echo("".join(f"{name} {secret}\n" for name, secret in issued.tokens), nl=False)
        sys.stdout.flush()


def _lines() -> list[str]:
    if sys.stdin.isatty():
        raise click.UsageError("pass names as arguments, or one per line on standard input")
    return typed_text(sys.stdin.buffer.read()).splitlines()


def _table(users: list[ListedUser]) -> str:
    rows = [("NAME", "DISPLAY NAME", "STATE", "CREATED")]
    for each in users:
        state = "disabled" if each.disabled else "active"
        if each.erased_at is not None:
            state = "erased"
        if each.role == "admin":
            state += ", admin"
        if each.lookalike:
            state += ", lookalike"
        rows.append(
            (plain(each.name), plain(each.display_name), state, utc_minute(each.created_at))
        )
    return columns(rows)
