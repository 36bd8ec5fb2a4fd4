"""``python -m tests.nodes``: servers on one PostgreSQL, people who write and read, and faults.

People are those of :mod:`tests.crash.campaign`. All that they did and saw is recorded, and judged
by :mod:`tests.history`. It is no part of ``tests/run``. The fault ``clock`` needs Debian's package
``faketime``; ``cable`` and ``postgres-full`` need root.
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
from ..push.loopback import LOOPBACK
from ..server.process import Server, reserved_address
from . import links
from .campaign import NodesCampaign
from .disk import DISK_MB, small_disk
from .faults import FAULTS, Fault
from .figures import FAULTS_BEGIN, FAULTS_END, figures
from .fleet import Fleet, Node
from .scene import ROLE, Scene

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
        f" of one who writes {seen.one_ms:.0f} ms; {seen.rate:.0f} a second, to who got the fewest"
        f" {seen.least_share:.2f} of the average; refused: {seen.refused or 'nothing'}"
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
        network = stack.enter_context(links.network(fault.nodes)) if fault.linked else None
        disk = directory / "disk"
        if fault.small:
            stack.enter_context(small_disk(disk, DISK_MB))
        port = reserved_address().rpartition(":")[2]
        settings = {}
        if fault.proxied:
            settings = {"listen_addresses": "127.0.0.1", "port": port}
        elif network is not None:
            rules = directory / "hba"
            rules.write_text("local all all trust\nhost all all samenet trust\n")
            settings = {"listen_addresses": network.postgres, "hba_file": str(rules)}
        elif fault.standby:
            settings = SYNCHRONOUS
        elif fault.small:
            settings = {"max_wal_size": "48MB", "min_wal_size": "32MB"}
        postgres = PostgresServer(settings, parent=disk if fault.small else None)
        stack.enter_context(closing(postgres))
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
        elif network is not None:
            urls = [f"postgresql://{ROLE}@{network.postgres}/{ROLE}"] * fault.nodes
        nodes = [_node(directory, number, each, fault, network) for number, each in enumerate(urls)]
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
            push_host=network.people if network is not None else LOOPBACK,
        )

        def note(what: str) -> None:
            recorder.fact(what)
            click.echo(f"    {what}", err=True)

        dice = random.Random(seed)  # noqa: S311 - to be repeated
        scene = Scene(
            *(fleet, postgres, standby, proxies, network, disk, dice, seconds),
            acknowledged=lambda: campaign.acknowledged,
            note=note,
        )
        await campaign.run()
        for node in nodes:
            assert await node.server.stop() == 0, node.server.log.read_text()


def _node(
    directory: Path, number: int, url: str, fault: Fault, network: links.Network | None
) -> Node:
    """Return a server that has the directory of files in common with the others."""
    own, files = directory / str(number), directory / "files"
    own.mkdir()
    command = (sys.executable, "-m", fault.command)
    options = ["--rate-limits", "off", "--database", url, *OPTIONS]
    options += ["--files-directory", str(files)]
    before = fault.ahead if number == fault.nodes - 1 else ()
    if network is not None:
        options += ["--listen", f"{network.address(number)}:8000"]
        before = network.inside(number)
    return Node(Server(own, *options, command=command), before)


if __name__ == "__main__":
    main()
