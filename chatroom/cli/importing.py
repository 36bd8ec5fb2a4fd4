"""``import``: bring in what people wrote elsewhere."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import click
import trio

from ..admin.data_directory import lock_directory
from ..clock import wall_ms
from ..config import Config
from ..importing.export import Export, Progress, read_export
from ..importing.files import Files
from ..importing.importer import Importer, Summary
from ..importing.plan import Choices, make_plan, require_prefix
from ..importing.slack.converter import convert
from ..importing.slack.source import Source
from ..process import tune_gc
from ..store.clock_keeper import restored_clock
from ..store.sqlite import SqliteStore
from ..store.sqlite.startup import FILE, is_missing
from .settings import configured


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="Check FILE, and print what would be imported.")
@click.option("--prefix", default="", metavar="TEXT", help="Begin the names of all rooms so.")
@click.option("--skip-existing", is_flag=True, help="Leave out rooms whose names are taken.")
@click.option("--slack", is_flag=True, help="FILE is a Slack export: a ZIP file or a directory.")
@click.option(
    "--files",
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The files of a Slack export, which has none itself.",
)
@configured
def import_(
    config: Config,
    source: Path,
    dry_run: bool,
    prefix: str,
    skip_existing: bool,
    slack: bool,
    files: Path | None,
) -> None:
    """Import users, rooms, messages and files from FILE, which has a JSON object a line, or is a
    Slack export.

    docs/importing.md describes them. The server must not run. An import that was interrupted goes
    on when it is run again. Accounts are made without a password.
    """
    require_prefix(prefix)
    choices = Choices(prefix, skip_existing)
    if not slack:
        if files is not None:
            raise click.UsageError("--files needs --slack")
        _import_records(config, source, None, choices, dry_run=dry_run)
        return
    with tempfile.TemporaryDirectory(prefix="chatroom-import-") as directory:
        # Records are smaller than the export, and read twice.
        records, export = Path(directory) / "records.jsonl", Source(source)
        days = sum(map(len, export.days.values()))
        with progress_bar("converting", days) as progress:
            left_out = convert(export, records, config, files, prefix, progress)
        click.echo("".join(f"{line}\n" for line in left_out), nl=False)
        _import_records(config, records, files, choices, dry_run=dry_run)


def _import_records(
    config: Config, records: Path, files: Path | None, choices: Choices, *, dry_run: bool
) -> None:
    with progress_bar("reading", records.stat().st_size) as progress:
        export = read_export(records, config, wall_ms(), progress, files)
    if dry_run and is_missing(config.data / FILE):
        plan = trio.run(make_plan, export, None, choices, wall_ms())
        click.echo("\n".join(plan.report()))
        return
    with lock_directory(config.data) as found:
        store = SqliteStore.open(config.data, found)
        with closing(store):
            trio.run(partial(_import, config, store, export, choices, dry_run=dry_run))


async def _import(
    config: Config, store: SqliteStore, export: Export, choices: Choices, *, dry_run: bool
) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(store.run)
        clock = await restored_clock(store)
        plan = await make_plan(export, store, choices, clock())
        click.echo("\n".join(plan.report()))
        plan.require_possible(choices)
        if not dry_run:
            tune_gc()
            files = Files(config, store, clock, export.directory)
            with progress_bar("importing", plan.messages) as progress:
                summary = await Importer(plan, store, files, progress).run()
            _print(summary, files)
        nursery.cancel_scope.cancel()


def _print(summary: Summary, files: Files) -> None:
    click.echo(
        f"imported: {summary.accounts:,} accounts, {summary.rooms:,} rooms,"
        f" {summary.messages:,} messages; there already: {summary.there:,} messages"
    )
    if summary.later:
        click.echo(
            f"messages with a later time, since their room had later ones: {summary.later:,}"
        )
    for path in files.unreadable:
        click.echo(f"not a readable picture, so its name is in the text: {path}", err=True)


@contextmanager
def progress_bar(label: str, length: int) -> Iterator[Progress]:
    """Show a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda more: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update
