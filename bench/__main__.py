"""``python -m bench``: start servers, run scenarios against them, and report the results."""

import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import click
import trio

from . import references
from .attack import main as attack
from .database import database
from .load import Result
from .nodes import main as nodes
from .plan import Scenario, plan
from .plot import plot
from .report import Measured, Report, machine, python_build, summed, versions
from .server import (
    BASE,
    CHATROOM,
    NAIVE,
    PEERS,
    Server,
    Subject,
    allow_files,
    base,
    commit,
    existing,
    on_postgres,
    running,
)
from .show import lines, markdown

PACKAGES: Final = (
    "trio", "trio-websocket", "wsproto", "orjson", "python-socketio", "fastapi", "uvicorn", "uvloop"
)  # fmt: skip


@attrs.frozen
class Options:
    names: Sequence[str]
    subjects: Sequence[Subject]
    seconds: float
    scale: float
    runs: int
    at: Server | None = None
    """A running server to measure, instead of starting servers."""


async def run(options: Options, step: Callable[[str], None]) -> Report:
    """Run every scenario on every subject, each on a fresh server. The subjects take turns, since
    machines are slower at times. ``step`` reports progress."""
    allow_files(4096)
    scenarios = plan(options.seconds, options.scale)
    found: dict[str, float] = {}
    if len(options.subjects) > 1:
        step("references")
        found = await references.measure(min(options.seconds / 2, 1.0))
    subjects: dict[str, dict[str, Measured]] = {subject.name: {} for subject in options.subjects}
    for name in options.names:
        fitting = [
            subject
            for subject in options.subjects
            if _fits(scenarios[name], subject, options.at is not None)
        ]
        results: dict[str, list[Result]] = {subject.name: [] for subject in fitting}
        for _ in range(options.runs):
            for subject in fitting:
                step(f"{subject.name} {name}")
                result = await _once(scenarios[name], subject, options.at)
                results[subject.name].append(result)
        for subject in fitting:
            subjects[subject.name][name] = summed(results[subject.name])
    checkouts = {each.name: commit(each.checkout) for each in options.subjects if each.accounts}
    return Report(
        machine(),
        python_build(),
        checkouts | versions(PACKAGES),
        options.seconds,
        options.scale,
        options.runs,
        found,
        subjects,
    )


def _fits(scenario: Scenario, subject: Subject, at_running: bool) -> bool:
    """Return whether a subject can run a scenario. A running server cannot use a prepared
    database."""
    if subject is CHATROOM:
        return not at_running or scenario.shared is not None
    if subject.database is not None:
        return scenario.shared is not None  # the others prepare files of SQLite
    return scenario.older if subject.name == BASE else scenario.plain


async def _once(scenario: Scenario, subject: Subject, at: Server | None) -> Result:
    if scenario.alone is not None:
        return await scenario.alone()
    assert scenario.shared is not None  # noqa: S101 - shared or alone
    if at is not None and subject is CHATROOM:
        return await scenario.shared(at)
    if scenario.files:
        allow_files(scenario.files)
    async with running(subject) as server:
        return await scenario.shared(server)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*plan(1, 1), "all"]))
@click.option("--seconds", default=5.0, show_default=True, help="Duration of each measurement.")
@click.option("--scale", default=1.0, show_default=True, help="Fewer people, rooms, messages.")
@click.option(
    "--runs", default=1, show_default=True, help="Runs; the report has median, minimum and maximum."
)
@click.option("--url", help="Measure a chatroom server already running on this machine.")
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Its data directory.")
@click.option(
    "--peer",
    "peers",
    multiple=True,
    type=click.Choice([subject.name for subject in PEERS]),
    help="Another server to compare with, if installed: pip install 'chatroom[bench]'.",
)
@click.option(
    "--base",
    "checkout",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A checkout of another version, whose server is measured too.",
)
@click.option("--alone", is_flag=True, help="Only chatroom, --base and --database if given.")
@click.option(
    "--database",
    "engine",
    type=click.Choice(["postgres"]),
    help="Measure chatroom on PostgreSQL too, by turns with SQLite.",
)
@click.option(
    "--json", "json_file", type=click.Path(), help="Write the report as JSON; -: standard output."
)
@click.option("--plot", "plot_file", type=click.Path(path_type=Path), help="Write a plot, .png.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables for README.md.")
def main(
    names: tuple[str, ...],
    seconds: float,
    scale: float,
    runs: int,
    url: str | None,
    data: Path | None,
    peers: tuple[str, ...],
    checkout: Path | None,
    alone: bool,
    engine: str | None,
    json_file: str | None,
    plot_file: Path | None,
    as_markdown: bool,
) -> None:
    """Run the scenarios NAMES (default: all) on this machine, over loopback."""
    if (url is None) != (data is None):
        raise click.UsageError("--url and --data are required together, for accounts and CPU time")
    if plot_file is not None and importlib.util.find_spec("matplotlib") is None:
        raise click.UsageError("--plot requires matplotlib: pip install 'chatroom[bench]'")
    others = [] if alone else [NAIVE, *_installed(peers)]
    if checkout is not None:
        others.insert(0, base(checkout))
    with ExitStack() as stack:
        if engine is not None:
            others.insert(0, on_postgres(stack.enter_context(database())))
        options = Options(
            names=list(plan(1, 1)) if not names or "all" in names else list(dict.fromkeys(names)),
            subjects=[CHATROOM, *others],
            seconds=seconds,
            scale=scale,
            runs=runs,
            at=existing(url, data) if url is not None and data is not None else None,
        )
        report = _with_progress(options)
    if json_file is not None:
        with click.open_file(json_file, "w") as file:
            file.write(json.dumps(attrs.asdict(report), indent=2) + "\n")
    if plot_file is not None:
        plot(report, plot_file)
    if json_file != "-":
        for line in (markdown if as_markdown else lines)(report):
            print(line)


def _installed(names: Sequence[str]) -> list[Subject]:
    chosen = [subject for subject in PEERS if subject.name in names]
    for subject in chosen:
        if missing := [name for name in subject.needs if importlib.util.find_spec(name) is None]:
            raise click.UsageError(
                f"--peer {subject.name} needs {', '.join(missing)}: pip install 'chatroom[bench]'"
            )
    return chosen


def _with_progress(options: Options) -> Report:
    """Show a progress bar if standard error is a terminal."""
    scenarios = plan(1, 1)
    length = (len(options.subjects) > 1) + options.runs * sum(
        _fits(scenarios[name], subject, options.at is not None)
        for name in options.names
        for subject in options.subjects
    )
    if not sys.stderr.isatty():
        return trio.run(partial(run, options, lambda _: None))
    with click.progressbar(length=length, file=sys.stderr, item_show_func=lambda item: item) as bar:
        return trio.run(partial(run, options, lambda what: bar.update(1, what)))


if __name__ == "__main__":
    # attack and nodes have their own options.
    if sys.argv[1:2] == ["attack"]:
        attack(sys.argv[2:], prog_name="python -m bench attack")
    if sys.argv[1:2] == ["nodes"]:
        nodes(sys.argv[2:], prog_name="python -m bench nodes")
    main()
