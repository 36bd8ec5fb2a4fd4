"""``backup`` and ``restore``."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import attrs
import click

from ..admin.data_directory import lock_directory
from ..config import Config
from ..errors import StartError
from ..files.copies import Copied, copy_blobs, files_beside, held, remove_others
from ..store.opening import require_file
from ..store.sql.file_integrity import referenced_blobs
from ..store.sqlite.backup import Summary, back_up
from ..store.sqlite.backup import restore as restore_backup
from .progress import progress_bar
from .rotation import backups, next_backup, remove_oldest
from .settings import configured


@click.command()
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="FILE is a directory: add a backup named by the time, and keep the newest N.",
)
@configured
def backup(config: Config, copy: Path, force: bool, keep: int | None) -> None:
    """Write a consistent copy of the database to FILE, and of the files that people sent to
    FILE.files. The server may be running.

    Only you can read them: they contain messages and password hashes.
    """
    require_file(config.database, "use pg_dump: see docs/postgresql.md")
    if keep is None:
        _back_up(config, copy, force=force)
        return
    target = next_backup(copy)
    newest = backups(copy)[-1:]
    _back_up(config, target, earlier=files_beside(newest[0]) if newest else None)
    if removed := remove_oldest(copy, keep):
        click.echo(f"Deleted {_count(len(removed), 'older backup')}")


def _back_up(
    config: Config, copy: Path, *, force: bool = False, earlier: Path | None = None
) -> None:
    """:param earlier: the files of an earlier backup, which are linked."""
    beside, saved = files_beside(copy), Saved()

    def save_files(database: sqlite3.Connection) -> None:
        saved.files = copy_blobs(database, config.files, beside, earlier)
        saved.kept = referenced_blobs(database)

    with held(config.files), progress_bar("backing up") as progress:
        summary = back_up(config.data, copy, force=force, progress=progress, beside=save_files)
    remove_others(beside, saved.kept)
    _print_summary(copy, summary, saved.files)
    if missing := saved.files.missing:
        click.echo(
            f"{_count(len(missing), 'file')} missing or damaged: see chatroom check", err=True
        )


@click.command()
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Rename an existing database and replace it.")
@click.option("--without-files", is_flag=True, help="Restore although files are missing.")
@configured
def restore(config: Config, copy: Path, force: bool, without_files: bool) -> None:
    """Restore the backup FILE as the database of the data directory, and the files in FILE.files.
    The server must not run.

    Clients that have seen later messages reload their rooms. Files that only the previous database
    refers to are kept beside it.
    """
    require_file(config.database, "use pg_restore: see docs/postgresql.md")
    beside, saved = files_beside(copy), Saved()

    def restore_files(database: sqlite3.Connection) -> None:
        saved.files = copy_blobs(database, beside, config.files)
        if saved.files.missing and not without_files:
            count = _count(len(saved.files.missing), "file")
            raise StartError(
                f"{count} missing or damaged in {beside}; use --without-files to restore all else"
            )

    with lock_directory(config.data), progress_bar("restoring") as progress:
        summary = restore_backup(
            copy, config.data, force=force, progress=progress, beside=restore_files
        )
    _print_summary(copy, summary, saved.files)
    if summary.kept is not None:
        click.echo(f"The previous database is now {summary.kept}")


@attrs.define
class Saved:
    """Counts of files. ``kept``: those to which the database refers."""

    files: Copied = attrs.field(factory=lambda: Copied(0, 0))
    kept: Mapping[str, int] = attrs.field(factory=dict)


def _print_summary(copy: Path, summary: Summary, files: Copied) -> None:
    click.echo(
        f"{copy}: {_size(summary.bytes)}, {_count(summary.rooms, 'room')},"
        f" {_count(summary.messages, 'message')}, in {summary.seconds:.1f} s"
    )
    if files.files:
        click.echo(f"{files_beside(copy)}: {_size(files.bytes)}, {_count(files.files, 'file')}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
