"""``token``: issue tokens to accounts."""

import sys

import click

from ..accounts.issuing import MAX_DAYS
from ..accounts.operators import MAX_PER_COMMIT
from ..admin.shapes import CheckNames, IssueTokens, NamedTokens
from ..config import Config
from ..errors import ChatroomError
from ..protocol.results import Empty
from .admin_client import ask
from .settings import configured
from .typed import typed_text


class HalfDone(ChatroomError):
    """Only a part of the operation was done."""


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
