"""``python -m bench attack``: measure people's latency while hostile clients attack the server."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import attrs
import click
import orjson
import trio

from .attack_kinds import KINDS, Order
from .attack_links import Target
from .attack_people import DELIVERY_TIMEOUT_S, People, Seen
from .load import Clock
from .prepared import prepare
from .server import CHATROOM, ROOT, Server, Subject, allow_files, directory, running
from .show import number

PEOPLE: Final = 100
RATE: Final = 20
"""Messages per second of all people together."""
ROOMS: Final = 20_000
"""Existing rooms, for the attack by listing."""
GOAL: Final = 3.0
"""Maximum ratio of the p99 under attack to the p99 without."""
ALL: Final = "all"

Answers: TypeAlias = dict[str, dict[str, int]]


@attrs.frozen
class Used:
    """CPU as shares of a core; maximum resident memory."""

    server_cpu: float
    load_cpu: float
    server_mb: float


@attrs.frozen
class Outcome:
    """``answers``: the server's answers to the attackers, by kind."""

    kind: str
    without: Seen
    beside: Seen
    calm: Used
    busy: Used
    answers: Answers

    @property
    def times(self) -> float:
        return self.beside.p99_ms / self.without.p99_ms if self.without.p99_ms else 0.0


@attrs.frozen
class Plan:
    kinds: Sequence[str]
    seconds: float
    scale: float
    attackers: int
    """Addresses of attackers."""
    forwarded: bool

    @property
    def settle_s(self) -> float:
        """Time between the start of the attack and the measurement under it."""
        return min(3.0, self.seconds)

    def scaled(self, number: int) -> int:
        return max(2, round(number * self.scale))

    def addresses(self, block: int, count: int) -> list[str]:
        """Return addresses of people (block 1) or attackers (2), of the loopback network or as
        forwarded by a proxy."""
        network = f"198.18.{block}" if self.forwarded else f"127.0.{block}"
        return [f"{network}.{1 + number % 250}" for number in range(count)]

    @property
    def subject(self) -> Subject:
        """The server with its limits on, unlike in the other benchmarks. Its log is not read."""
        proxies = ("--trusted-proxies", "127.0.0.1") if self.forwarded else ()
        command = [word for word in CHATROOM.command if word not in ("--rate-limits", "off")]
        command[command.index("--log-level") + 1] = "error"
        return attrs.evolve(CHATROOM, command=(*command, *proxies))


async def measure(kind: str, plan: Plan) -> Outcome:
    """Measure the same people on a fresh server without the attack, then under it."""
    with directory() as data:
        rooms = plan.scaled(ROOMS)
        await prepare(data, people=2, rooms=rooms, members=lambda _: [0], messages=1)
        async with running(plan.subject, data) as server:
            return await _measured(kind, plan, server)


async def _measured(kind: str, plan: Plan, server: Server) -> Outcome:
    target = Target(server.host, server.port, plan.forwarded)
    names = [f"person{number}" for number in range(plan.scaled(PEOPLE))]
    addresses = plan.addresses(1, len(names))
    people = People(target, await server.tokens(names), addresses)
    async with trio.open_nursery() as nursery:
        await nursery.start(people.stay)
        await people.talk(RATE, 1)  # warm-up
        without, calm = await _talk(people, server, plan.seconds)
        async with attacking(kind, plan, server, names) as answers:
            await trio.sleep(plan.settle_s)
            beside, busy = await _talk(people, server, plan.seconds)
        nursery.cancel_scope.cancel()
    people.close()
    return Outcome(kind, without, beside, calm, busy, answers)


async def _talk(people: People, server: Server, seconds: float) -> tuple[Seen, Used]:
    clock, peak = Clock(server), [server.resident_kb()]

    async def watch() -> None:
        while True:
            await trio.sleep(0.2)
            peak.append(server.resident_kb())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        seen = await people.talk(RATE, seconds)
        nursery.cancel_scope.cancel()
    stretch = clock.stop()
    return seen, Used(
        stretch.theirs / stretch.seconds, stretch.own / stretch.seconds, max(peak) / 1024
    )


@asynccontextmanager
async def attacking(
    kind: str, plan: Plan, server: Server, names: Sequence[str]
) -> AsyncIterator[Answers]:
    """Run one process per kind of attack. Yields when all have begun; the answers are complete at
    the end. The processes exit at the end of their input, so none outlives a killed benchmark."""
    kinds = list(KINDS) if kind == ALL else [kind]
    seconds = 2 * (plan.settle_s + plan.seconds + DELIVERY_TIMEOUT_S)
    answers: Answers = {}
    ended = trio.Event()

    async def attack(one: str, *, task_status: trio.TaskStatus[None]) -> None:
        accounts = [f"{one}{number}" for number in range(KINDS[one].accounts)]
        order = Order(
            kind=one,
            count=plan.scaled(KINDS[one].count),
            seconds=seconds,
            host=server.host,
            port=server.port,
            forwarded=plan.forwarded,
            addresses=plan.addresses(2, plan.attackers),
            names=names,
            tokens=await server.tokens(accounts) if accounts else [],
        )
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "bench.attack_kinds"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
        async with process.stdin, process.stdout:
            await process.stdin.send_all(orjson.dumps(attrs.asdict(order)) + b"\n")
            told = await process.stdout.receive_some()
            task_status.started()
            await ended.wait()
            await process.stdin.aclose()
            told += b"".join([chunk async for chunk in process.stdout])
        if await process.wait():
            raise RuntimeError(f"the attack {one} failed")
        answers[one] = orjson.loads(told.splitlines()[-1])

    async with trio.open_nursery() as nursery:
        async with trio.open_nursery() as beginning:
            for one in kinds:
                beginning.start_soon(nursery.start, attack, one)
        yield answers
        ended.set()


async def run(plan: Plan, step: Callable[[str], None]) -> list[Outcome]:
    allow_files(8192)
    outcomes = []
    for kind in plan.kinds:
        step(kind)
        outcomes.append(await measure(kind, plan))
    return outcomes


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Format the outcomes as Markdown."""
    yield (
        "| attack | p50 ms, without and with | p99 ms, without and with | times | server CPU |"
        " server MB | people cut off, unseen | met |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for each in outcomes:
        before, after = each.without, each.beside
        yield (
            f"| `{each.kind}` | {number(before.p50_ms)}, {number(after.p50_ms)}"
            f" | {number(before.p99_ms)}, {number(after.p99_ms)} | {number(each.times)}"
            f" | {each.calm.server_cpu:.2f}, {each.busy.server_cpu:.2f}"
            f" | {each.calm.server_mb:.0f}, {each.busy.server_mb:.0f}"
            f" | {sum(after.closed.values())}, {after.unseen}"
            f" | {'yes' if each.times <= GOAL else '**no**'} |"
        )
    yield ""
    for each in outcomes:
        for kind, tally in each.answers.items():
            told = ", ".join(f"{what} {count:,}" for what, count in sorted(tally.items()))
            yield f"- `{kind}`{' in all' if each.kind == ALL else ''}: {told or 'nothing'}"


@click.command()
@click.argument("kinds", nargs=-1, type=click.Choice([*KINDS, ALL]))
@click.option("--seconds", default=20.0, show_default=True, help="Duration of each measurement.")
@click.option("--scale", default=1.0, show_default=True, help="Fewer people, attackers, rooms.")
@click.option("--attackers", default=20, show_default=True, help="Addresses of the attackers.")
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="All connections come from 127.0.0.1, which the server trusts as a proxy.",
)
@click.option(
    "--json", "json_file", type=click.Path(), help="Write the outcomes as JSON; -: standard output."
)
def main(
    kinds: tuple[str, ...],
    seconds: float,
    scale: float,
    attackers: int,
    behind_proxy: bool,
    json_file: str | None,
) -> None:
    """Attack a server with KINDS of hostile clients, one kind after the other, while people chat.

    Without KINDS: each kind, then all at once."""
    plan = Plan(
        kinds=list(dict.fromkeys(kinds)) or [*KINDS, ALL],
        seconds=seconds,
        scale=scale,
        attackers=attackers,
        forwarded=behind_proxy,
    )
    outcomes = trio.run(run, plan, lambda kind: click.echo(kind, err=True))
    if json_file is not None:
        with click.open_file(json_file, "w") as file:
            file.write(json.dumps([attrs.asdict(each) for each in outcomes], indent=2) + "\n")
    if json_file != "-":
        for line in lines(outcomes):
            print(line)
