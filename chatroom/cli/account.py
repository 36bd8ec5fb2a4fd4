"""``password`` and ``sessions``: commands for a user's own account."""

import sys
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import click

from ..client.accounts import (
    change_password,
    end_session,
    list_tokens,
    renew_token,
    revoke_token,
)
from ..errors import ChatroomError
from ..protocol.account_bodies import ListedToken
from ..protocol.codec import encode_json
from .client_options import ClientOptions, run, with_access
from .sanitize import local_time, plain, plain_json
from .typed import typed_text


class NoSuchId(ChatroomError):
    """No token or session has that id."""


@click.command()
@with_access
def password(access: ClientOptions) -> None:
    """Change my password. All other log-ins end.

    On a terminal, prompts for the old and the new password. Otherwise reads one line for each.
    """
    old, new = _passwords()
    run(partial(_change_password, access, old, new))


@click.group()
def sessions() -> None:
    """List and end my log-ins and sessions, or renew the current log-in.

    A log-in is a token. A session is a live connection that uses it.
    """


@sessions.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@with_access
def list_sessions(access: ClientOptions, as_json: bool) -> None:
    """List my log-ins, newest first, each with its sessions."""
    run(partial(_list, access, as_json))


@sessions.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@with_access
def end(access: ClientOptions, ids: tuple[str, ...]) -> None:
    """End log-ins with all their sessions, or single sessions, by the ids that `list` prints."""
    run(partial(_end, access, ids))


@sessions.command()
@with_access
def renew(access: ClientOptions) -> None:
    """Renew the current log-in for its original lifetime."""
    run(partial(_renew, access))


async def _change_password(access: ClientOptions, old: str, new: str) -> None:
    issued = await change_password(access.url, access.token(), old, new)
    _store_or_print(access, issued.token)


async def _renew(access: ClientOptions) -> None:
    issued = await renew_token(access.url, access.token())
    _store_or_print(access, issued.token)
    ends = local_time(issued.expires_at)
    click.echo(f"the log-in ends on {_minute(ends)}", err=access.given is not None)


async def _list(access: ClientOptions, as_json: bool) -> None:
    tokens = await list_tokens(access.url, access.token())
    click.echo(plain_json(encode_json(tokens)) if as_json else "\n".join(_lines(tokens)))


async def _end(access: ClientOptions, ids: tuple[str, ...]) -> None:
    url, mine = access.url, access.token()
    tokens = await list_tokens(url, mine)
    logins = {token.id for token in tokens}
    live = {session.session_id for token in tokens for session in token.sessions}
    if unknown := [plain(each) for each in ids if each not in logins | live]:
        raise NoSuchId(f"no such log-in or session: {', '.join(unknown)}")
    # The current log-in last: its token is needed to end the others.
    own = {token.id for token in tokens if token.current}
    for each in sorted(ids, key=lambda each: each in own):
        await (revoke_token if each in logins else end_session)(url, mine, each)


def _store_or_print(access: ClientOptions, token: str) -> None:
    """Store the new token if the old one was stored. Otherwise print it, or it would be lost."""
    if access.given is None:
        access.tokens.store(access.url, token)
    else:
        click.echo(token)


def _lines(tokens: tuple[ListedToken, ...]) -> Iterator[str]:
    for token in tokens:
        facts = [f"since {_minute(local_time(token.created_at))}"]
        if token.last_used_at is not None:
            facts.append(f"last used {local_time(token.last_used_at):%Y-%m-%d}")
        facts.append(f"until {_minute(local_time(token.expires_at))}")
        if token.current:
            facts.append("this one")
        yield f"{token.id}  {plain(token.label) or '(no label)'}: {', '.join(facts)}"
        for session in token.sessions:
            since = _minute(local_time(session.connected_at))
            yield f"  {session.session_id}  {plain(session.address)}, since {since}"


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"


def _passwords() -> tuple[str, str]:
    """Return the old and the new password."""
    if sys.stdin.isatty():
        old: str = click.prompt("Old password", hide_input=True, err=True)
        new: str = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
        return old, new
    typed = typed_text(sys.stdin.buffer.read()).splitlines()
    if len(typed) != 2:
        raise click.UsageError("standard input must have two lines: the old and the new password")
    return typed[0], typed[1]
