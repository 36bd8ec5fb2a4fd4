"""``python -m tests.nodes``: servers on one PostgreSQL, people who write and read, and faults.

People are those of :mod:`tests.crash.campaign`. All that they did and saw is recorded, and judged
by :mod:`tests.history`. It is no part of ``tests/run``. The fault ``clock`` needs Debian's package
``faketime``.
"""

import random
import shutil
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import click
import trio

from ..crash.tally import Tally
from ..history.checker import check
from ..history.cursors import SHARED_EPOCHS
from ..history.database import in_postgres
from ..history.devices import OPTIONS
from ..history.entries import Recording
from ..history.recorder import Recorder
from ..network.proxy import Proxy
from ..postgres_server import REPLICATED, SYNCHRONOUS, PostgresServer
from ..server.process import Server, reserved_address
from .campaign import NodesCampaign
from .faults import FAULTS, ROLE, Fault, Scene
from .figures import FAULTS_BEGIN, FAULTS_END, figures
from .fleet import Fleet, Node

KNOWN: Final = (" told ", " comes twice ")
"""In findings that are no faults: a server hears of another one's deletion of a room perhaps after
the reply, and two that believe to lead notify a device twice."""


@click.command()
@click.option("--fault", "names", multiple=True, type=click.Choice([*FAULTS]), help="Default: all.")
@click.option("--seconds", default=30.0, show_default=True, help="Duration of each fault.")
@click.option("--seed", default=1, show_default=True)
def main(names: tuple[str, ...], seconds: float, seed: int) -> None:
    """Let faults happen to several servers on one PostgreSQL, under load."""
    wrong = 0
    for name in names or FAULTS:
        directory = Path(tempfile.mkdtemp(prefix="chatroom-nodes-"))
        click.echo(f"--fault {name} --seconds {seconds:g} --seed {seed}")
        found = trio.run(run, FAULTS[name], seconds, seed, directory)
        for each in found:
            click.echo(f"  {each}")
        if found:
            wrong += 1
            click.echo(f"  see {directory}")
        else:
            shutil.rmtree(directory)
    sys.exit(1 if wrong else 0)


async def run(fault: Fault, seconds: float, seed: int, directory: Path) -> list[str]:
    """Run one fault, and print figures. Return what the checker has found."""
    record = directory / "record.jsonl"
    with Recorder(record) as recorder:
        recorder.fact(SHARED_EPOCHS)
        async with trio.open_nursery() as nursery:
            await _live(fault, seconds, seed, directory, recorder, nursery)
            nursery.cancel_scope.cancel()
    recording = Recording((record,))
    seen = figures(recording)
    click.echo(
        f"  {seen.acknowledged:,} messages acknowledged, p50 {seen.p50_ms:.0f} ms,"
        f" p99 {seen.p99_ms:.0f} ms; longest silence of all {seen.silence_ms:.0f} ms,"
        f" of one who writes {seen.one_ms:.0f} ms"
    )
    found = [str(each) for each in check(recording)]
    return [each for each in found if not any(text in each for text in KNOWN)]


async def _live(
    fault: Fault,
    seconds: float,
    seed: int,
    directory: Path,
    recorder: Recorder,
    nursery: trio.Nursery,
) -> None:
    with ExitStack() as stack:
        port = reserved_address().rpartition(":")[2]
        settings = {"listen_addresses": "127.0.0.1", "port": port} if fault.proxied else {}
        if fault.standby:
            settings |= SYNCHRONOUS
        postgres = stack.enter_context(closing(PostgresServer(settings)))
        await trio.to_thread.run_sync(postgres.start)
        standby = None
        if fault.standby:
            standby = stack.enter_context(closing(PostgresServer(REPLICATED, postgres)))
            await trio.to_thread.run_sync(standby.start)
        postgres.execute(f"CREATE ROLE {ROLE} LOGIN")
        postgres.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        url = postgres.url(ROLE, *([standby] if standby else []))
        url = url.replace("//chatroom@", f"//{ROLE}@")
        proxies = [Proxy(seed, upstream=("127.0.0.1", int(port))) for _ in range(fault.nodes)]
        urls = [url] * fault.nodes
        if fault.proxied:
            for number, proxy in enumerate(proxies):
                await nursery.start(proxy.run)
                urls[number] = f"postgresql://{ROLE}@{proxy.address}/{ROLE}"
        nodes = [_node(directory, number, each, fault) for number, each in enumerate(urls)]
        fleet = Fleet(nodes)
        stack.callback(fleet.clean_up)
        await nursery.start(fleet.run)
        scene: Scene

        async def happen() -> None:
            recorder.fact(FAULTS_BEGIN)
            await fault.happen(scene)
            recorder.fact(FAULTS_END)

        campaign = NodesCampaign(
            *(seed, nodes[0].server, in_postgres(url), recorder, (), 0, lambda: None, Tally()),
            fleet=fleet,
            fault=happen,
            hot=fault.hot,
        )

        def note(what: str) -> None:
            recorder.fact(what)
            click.echo(f"    {what}", err=True)

        dice = random.Random(seed)  # noqa: S311 - to be repeated
        scene = Scene(
            fleet, postgres, standby, proxies, dice, seconds, lambda: campaign.acknowledged, note
        )
        await campaign.run()
        for node in nodes:
            assert await node.server.stop() == 0, node.server.log.read_text()


def _node(directory: Path, number: int, url: str, fault: Fault) -> Node:
    """Return a server that has the directory of files in common with the others."""
    own, files = directory / str(number), directory / "files"
    files.mkdir(mode=0o700, exist_ok=True)
    (own / "data").mkdir(parents=True, mode=0o700)
    (own / "data" / "chatroom.files").symlink_to(files)
    command = (sys.executable, "-m", fault.command)
    options = "--rate-limits", "off", "--database", url, *OPTIONS
    last = number == fault.nodes - 1
    return Node(Server(own, *options, command=command), fault.ahead if last else ())


if __name__ == "__main__":
    main()
