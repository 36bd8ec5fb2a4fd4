"""``export``: write everything, or what there is of one person, as JSON lines and files."""

from pathlib import Path

import click

from ..config import Config
from ..exporting.everything import EVERYTHING, export_everything
from ..exporting.person import PERSON, export_person
from ..exporting.target import DirectoryTarget
from ..files.copies import held
from ..store.opening import snapshot
from .importing import progress_bar
from .settings import configured


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--person", metavar="NAME", help="Export what there is of one person.")
@configured
def export(config: Config, directory: Path, person: str | None) -> None:
    """Write all accounts, rooms, messages and files to the new directory DIR. The server may be
    running.

    `chatroom import DIR/export.jsonl` makes the same rooms elsewhere: docs/importing.md describes
    the records. Only you can read the files: they contain messages, also of private rooms.
    """
    name = EVERYTHING if person is None else PERSON
    with (
        held(config.files),
        snapshot(config.database, config.data) as connection,
        DirectoryTarget.made(directory, name, config.files) as target,
    ):
        if person is None:
            (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
            with progress_bar("exporting", messages) as progress:
                export_everything(connection, target, progress)
        else:
            export_person(connection, target, person)
    click.echo(f"{directory / name}: {target.records:,} records, {target.copied:,} files")
    if target.missing:
        click.echo(f"files that are not on the disk: {target.missing:,}", err=True)
