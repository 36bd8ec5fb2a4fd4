"""Text and passwords from standard input."""

import sys

import click


def typed_text(typed: bytes) -> str:
    """:raises click.ClickException: it is not UTF-8."""
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise click.ClickException("standard input is not UTF-8") from None


def new_password() -> str:
    """Prompt for a password twice on a terminal, or read it from one line."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return typed_text(sys.stdin.buffer.readline()).rstrip("\r\n")
