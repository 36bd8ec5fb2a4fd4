"""``backup`` and ``restore``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..admin.data_directory import lock_directory
from ..config import Config
from ..store.sqlite.backup import Progress, Summary, back_up
from ..store.sqlite.backup import restore as put_back
from .settings import configured


@click.command()
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE.")
@configured
def backup(config: Config, copy: Path, force: bool) -> None:
    """Copy the database to FILE, as of one moment; the server may run.

    FILE is readable by you alone: it holds the hashes of passwords.
    """
    with _progress("backing up") as progress:
        summary = back_up(config.data, copy, force=force, progress=progress)
    _tell(copy, summary)


@click.command()
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Move a database that is there aside.")
@configured
def restore(config: Config, copy: Path, force: bool) -> None:
    """Make the backup FILE the database of the data directory. The server must not run.

    Clients that have seen more than is in it read their rooms anew.
    """
    with lock_directory(config.data), _progress("restoring") as progress:
        summary = put_back(copy, config.data, force=force, progress=progress)
    _tell(copy, summary)
    if summary.kept is not None:
        click.echo(f"The database that was there is kept as {summary.kept}")


def _tell(copy: Path, summary: Summary) -> None:
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
    """A bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            now = min(1000 * done // max(total, 1), 1000)
            bar.update(max(now - bar.pos, 0))

        yield show
        bar.update(1000 - bar.pos)
