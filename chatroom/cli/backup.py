"""``backup`` and ``restore``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..admin.data_directory import lock_directory
from ..config import Config
from ..store.sqlite.backup import Progress, Summary, back_up
from ..store.sqlite.backup import restore as restore_backup
from .settings import configured


@click.command()
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE.")
@configured
def backup(config: Config, copy: Path, force: bool) -> None:
    """Write a consistent copy of the database to FILE. The server may be running.

    Only you can read FILE, since it contains password hashes.
    """
    with _progress("backing up") as progress:
        summary = back_up(config.data, copy, force=force, progress=progress)
    _print_summary(copy, summary)


@click.command()
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Rename an existing database and replace it.")
@configured
def restore(config: Config, copy: Path, force: bool) -> None:
    """Restore the backup FILE as the database of the data directory. The server must not run.

    Clients that have seen later messages reload their rooms.
    """
    with lock_directory(config.data), _progress("restoring") as progress:
        summary = restore_backup(copy, config.data, force=force, progress=progress)
    _print_summary(copy, summary)
    if summary.kept is not None:
        click.echo(f"The previous database is now {summary.kept}")


def _print_summary(copy: Path, summary: Summary) -> None:
    click.echo(
        f"{copy}: {_size(summary.bytes)}, {_count(summary.rooms, 'room')},"
        f" {_count(summary.messages, 'message')}, in {summary.seconds:.1f} s"
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """Show a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            now = min(1000 * done // max(total, 1), 1000)
            bar.update(max(now - bar.pos, 0))

        yield show
        bar.update(1000 - bar.pos)
