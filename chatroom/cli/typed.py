"""Decode standard input."""

import click


def typed_text(typed: bytes) -> str:
    """:raises click.ClickException: it is not UTF-8."""
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise click.ClickException("standard input is not UTF-8") from None
