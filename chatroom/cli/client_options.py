"""Options and error messages of commands that connect to a server."""

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
from .parse import partner_of, room_of
from .sanitize import plain
from .settings import TOKEN_VARIABLE, URL_VARIABLE
from .token_store import TokenStore

DEFAULT_URL: Final = "http://127.0.0.1:8000"


as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
join_option = click.option("--join", is_flag=True, help="Join the room first, or create it.")


class NoToken(ChatroomError):
    """No token was given, and none is stored."""


@attrs.frozen
class ClientOptions:
    """The server and the token to use.

    :ivar given: the token of ``--token`` or ``CHATROOM_TOKEN``, which has priority over a stored
        one.
    """

    url: str
    given: str | None = attrs.field(repr=False)
    tokens: TokenStore

    @asynccontextmanager
    async def connected(self, *, buffer: int | None) -> AsyncIterator[Chat]:
        """Connect for a non-interactive command. Rate-limited calls are retried.

        :raises NoToken: :raises CannotConnect: :raises SessionEnded:
        """
        async with connect(self.url, self.token(), buffer=buffer, patient=True) as chat:
            yield chat

    @asynccontextmanager
    async def connected_to(self, place: str, *, join: bool) -> AsyncIterator[Chat]:
        """Connect without events, and join the room first if requested.

        :param place: a room or a user, as people type it.
        """
        async with self.connected(buffer=None) as chat:
            if join and partner_of(place) is None:
                await chat.join(room_of(place, chat.user.name))
            yield chat

    def token(self) -> str:
        """Return the given or the stored token. :raises NoToken: there is none."""
        token = self.given or self.tokens.get(self.url)
        if token is None:
            raise NoToken(
                f"not logged in at {self.url}: log in with `chatroom chat`, or pass --token"
            )
        return token


def with_access(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--url`` and ``--token``. The command's first argument is the :class:`ClientOptions`."""

    @click.option(
        "--url",
        envvar=URL_VARIABLE,
        default=DEFAULT_URL,
        help=f"The server's URL. Default: {URL_VARIABLE}, else {DEFAULT_URL}.",
    )
    @click.option(
        "--token",
        envvar=TOKEN_VARIABLE,
        help=f"Default: {TOKEN_VARIABLE}, else the token stored by `chatroom chat`. Other users of"
        " this machine can see command lines.",
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
def one_line_errors() -> Iterator[None]:
    """Convert the exceptions of this package to an error message of one line.

    A closed pipe on standard output ends the command silently. Click handles Ctrl-C.
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
    """Run a command in Trio. Its output may be a pipe."""
    with one_line_errors():
        trio.run(function)
        sys.stdout.flush()


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions in an exception group, recursively."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error
