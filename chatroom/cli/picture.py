"""``picture``: the process in which the server reads one picture. Not for people."""

from pathlib import Path

import click

from ..files.picture_process import FORMATS, main


@click.command(hidden=True)
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("media_type", type=click.Choice(sorted(FORMATS)))
def picture(source: Path, directory: Path, media_type: str) -> None:
    """Write what is served of a picture to a directory."""
    main(source, directory, media_type)
