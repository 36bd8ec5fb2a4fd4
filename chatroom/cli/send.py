"""``send``: send messages from a shell script.

The exit status is 0 if all messages were stored. If a message was not sent or the server is
unavailable, it is 1, with one line on standard error.
"""

import os
import sys
from collections.abc import AsyncIterator
from typing import Final

import click
import trio

from ..client import Chat, Forbidden, NotFound, Sent, SessionEnded
from ..errors import ChatroomError
from ..protocol.codec import encode_json
from .client_options import ClientOptions, as_json_option, join_option, run, with_access
from .output import write
from .parse import partner_of, room_of
from .sanitize import plain_json

_HINTS: Final[dict[type[ChatroomError], str]] = {
    NotFound: "; create it with --join",
    Forbidden: "; join it with --join",
}
"""Advice for errors about a room."""


class NotSent(ChatroomError):
    """A message was not sent, or it is unknown whether it was."""


@click.command()
@click.argument("to", metavar="ROOM_OR_@NAME")
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@as_json_option
@join_option
@click.option("--client-id", help="Id of the message. With the same id it is stored only once.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60,
    help="Seconds per message. Default: 60.",
)
@with_access
def send(
    access: ClientOptions,
    to: str,
    words: tuple[str, ...],
    as_json: bool,
    join: bool,
    client_id: str | None,
    timeout: float,
) -> None:
    """Send TEXT, or each line of standard input, to a room or a user.

    Prints the number of each message when it is stored durably. Blank lines are skipped.
    """
    if client_id is not None and not words:
        raise click.UsageError("--client-id requires a TEXT on the command line")

    async def send_all() -> None:
        async with access.connected_to(to, join=join) as chat:
            texts = _given(" ".join(words)) if words else typed_lines()
            async for text in texts:
                sent = await send_one(chat, to, text, timeout, client_id)
                shown = plain_json(encode_json(sent)) if as_json else str(sent.seq)
                await write([shown])

    run(send_all)


async def send_one(
    chat: Chat, to: str, text: str, within_s: float, client_id: str | None = None
) -> Sent:
    """Send a message to a room or a user.

    :raises NotSent: with the reason, and whether the message may have been sent.
    """
    partner = partner_of(to)
    try:
        with trio.fail_after(within_s):
            if partner is not None:
                return await chat.send_to(partner, text, client_id=client_id)
            return await chat.send(room_of(to, chat.user.name), text, client_id=client_id)
    except trio.TooSlowError:
        raise NotSent(
            f"no answer within {within_s:g} s: the message may have been sent: {_short(text)}"
        ) from None
    except SessionEnded:
        raise
    except ChatroomError as error:
        hint = "" if to.startswith("@") else _HINTS.get(type(error), "")
        raise NotSent(f"not sent: {error}{hint}: {_short(text)}") from None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}\N{HORIZONTAL ELLIPSIS}")


async def typed_lines() -> AsyncIterator[str]:
    """Yield the lines of standard input that are not blank, without surrounding blanks."""
    while line := await trio.to_thread.run_sync(sys.stdin.buffer.readline, abandon_on_cancel=True):
        if text := _utf8(line).strip():
            yield text


async def _given(text: str) -> AsyncIterator[str]:
    yield _utf8(os.fsencode(text))


def _utf8(typed: bytes) -> str:
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise NotSent("not sent: the text is not UTF-8") from None
