"""The command ``chat``: log in, then run on a terminal or send the lines of a pipe."""

import socket
import sys
from functools import partial

import click
import trio

from ...client import CannotConnect, Conflict, SessionEnded, Unauthenticated
from ...client.accounts import log_in, sign_up
from ..client_options import (
    BAD_TOKEN,
    REVOKED,
    ClientOptions,
    one_line_errors,
    run,
    with_access,
)
from ..send import send_one, typed_lines

SEND_TIMEOUT_S = 60


@click.command()
@click.option("--room", help="Join or create this room first. Or @NAME: a user.")
@click.option("--send", "pipe", is_flag=True, help="Send each line of standard input, then exit.")
@click.option("--login", is_flag=True, help="Log in again even if a token is stored.")
@click.option("--invitation", metavar="LINK", help="The link or code to sign up with.")
@with_access
def chat(
    access: ClientOptions, room: str | None, pipe: bool, login: bool, invitation: str | None
) -> None:
    """Chat in the terminal; /help there lists the commands.

    Asks for a name and a password the first time, and stores a token.
    """
    if room is not None:
        room = room.removeprefix("#")
    if pipe:
        if room is None:
            raise click.UsageError("--send requires --room")
        run(partial(_send_lines, access, room))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        with one_line_errors():
            _chat(access, room, login, invitation)
    else:
        raise click.UsageError("not on a terminal; use --send to send the lines of standard input")


async def _send_lines(access: ClientOptions, room: str) -> None:
    async with access.connected(buffer=None) as chat:
        if not room.startswith("@"):
            await chat.join(room)
        async for text in typed_lines():
            await send_one(chat, room, text, SEND_TIMEOUT_S)


def _chat(access: ClientOptions, room: str | None, login: bool, invitation: str | None) -> None:
    from .terminal import chat_on_terminal  # imported here so that --send starts fast

    token = None if login else access.given or access.tokens.get(access.url)
    while True:
        token = token or _log_in(access, invitation)
        try:
            return chat_on_terminal(access.url, token, room)
        except SessionEnded as ended:
            if access.given is not None and token == access.given:
                raise
            # After other codes the token is still valid; `chatroom sessions end` may need it.
            if ended.code in (BAD_TOKEN, REVOKED):
                access.tokens.forget(access.url)
            if ended.code != BAD_TOKEN:
                raise
            click.echo("The stored log-in is no longer valid.")
            token = None


def _log_in(access: ClientOptions, invitation: str | None) -> str:
    """Prompt until a log-in or sign-up succeeds. Stores and returns the token."""
    click.echo(f"Log in at {access.url}, or sign up with a name that is not taken.")
    while True:
        name: str = click.prompt("Name")
        password: str = click.prompt("Password", hide_input=True)
        try:
            token = trio.run(partial(log_in, access.url, name, password, label=_label()))
        except Unauthenticated:
            again = _sign_up(access, name, password, invitation)
            if again is None:
                continue
            token = again
        access.tokens.store(access.url, token)
        return token


def _label() -> str:
    """Return the token's label. Host names are ASCII, but may be long."""
    return f"Terminal on {socket.gethostname()}"[:80]


def _sign_up(access: ClientOptions, name: str, password: str, invitation: str | None) -> str | None:
    click.echo("No account has this name and password.")
    if not click.confirm(f"Sign up as {name}?"):
        return None
    if click.prompt("Password once more", hide_input=True) != password:
        click.echo("The passwords differ.")
        return None
    try:
        code = None if invitation is None else invitation.rpartition("invitation=")[2]
        return trio.run(
            partial(sign_up, access.url, name, password, label=_label(), invitation=code)
        )
    except CannotConnect:
        raise
    except Conflict:
        click.echo("The name is taken, so the password was wrong.")
        return None
