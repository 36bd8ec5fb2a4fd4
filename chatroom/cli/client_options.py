"""How a command that talks to a server gets there: ``--url``, ``--token``, and what went wrong.

Knows nothing of what is said there.
"""

import functools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import attrs
import click
import trio

from ..client import Chat, SessionEnded, connect
from ..client.accounts import http_url
from ..errors import ChatroomError
from ..process import drop
from .sanitize import plain
from .settings import TOKEN_VARIABLE, URL_VARIABLE
from .token_store import TokenStore

DEFAULT_URL: Final = "http://127.0.0.1:8000"


class NoToken(ChatroomError):
    """Nobody has said who this is."""


@attrs.frozen
class ClientOptions:
    """``given`` is the token of ``--token`` or ``CHATROOM_TOKEN``, which goes before a kept one."""

    url: str
    given: str | None = attrs.field(repr=False)
    tokens: TokenStore

    @asynccontextmanager
    async def connected(self, *, buffer: int | None) -> AsyncIterator[Chat]:
        """For commands that ask no questions; rate limits are waited out.

        :raises NoToken: :raises CannotConnect: :raises SessionEnded:
        """
        async with connect(self.url, self.token(), buffer=buffer, patient=True) as chat:
            yield chat

    def token(self) -> str:
        """:raises NoToken:"""
        token = self.given or self.tokens.get(self.url)
        if token is None:
            raise NoToken(
                f"not logged in at {self.url}: run `chatroom chat` there once, or give --token"
            )
        return token


def with_access(command: Callable[..., None]) -> Callable[..., None]:
    """Gives the command ``--url`` and ``--token``, and as its first argument what they say."""

    @click.option(
        "--url",
        envvar=URL_VARIABLE,
        default=DEFAULT_URL,
        help=f"The server. Default: {DEFAULT_URL}, or {URL_VARIABLE}.",
    )
    @click.option(
        "--token",
        envvar=TOKEN_VARIABLE,
        help=f"Or {TOKEN_VARIABLE}. Default: what `chatroom chat` has kept. Other users of this"
        " machine can see what stands on a command line.",
    )
    @functools.wraps(command)
    def with_options(url: str, token: str | None, **given: Any) -> None:
        try:
            http_url(url)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--url") from None
        if token is not None and not (token.isascii() and token.isprintable()):
            raise click.BadParameter("not a token", param_hint="--token")
        command(ClientOptions(url, token or None, TokenStore.of_user(os.environ)), **given)

    return with_options


BAD_TOKEN: Final = 4500
REVOKED: Final = 4501


@contextmanager
def told() -> Iterator[None]:
    """Whatever ends a command is told in a line, or not at all.

    A pipe that is closed at its other end is an end like any other; Ctrl-C is click's.
    """
    try:
        yield
    except BaseException as error:
        causes = list(leaves(error))
        if any(isinstance(leaf, KeyboardInterrupt) for leaf in causes):
            raise click.Abort from None
        if all(isinstance(leaf, BrokenPipeError) for leaf in causes):
            drop(sys.stdout)
            return
        if not isinstance(causes[0], ChatroomError):
            raise
        hint = ""
        if isinstance(causes[0], SessionEnded) and causes[0].code == BAD_TOKEN:
            hint = "; log in with `chatroom chat --login`"
        raise click.ClickException(plain(str(causes[0])) + hint) from None


def run(function: Callable[[], Awaitable[None]]) -> None:
    """In Trio, for a command whose output may be a pipe."""
    with told():
        trio.run(function)
        sys.stdout.flush()


def leaves(error: BaseException) -> Iterator[BaseException]:
    """What nurseries raise in groups, one by one."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error
