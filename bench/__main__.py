"""``python -m bench``: runs scenarios against a server that it starts, and prints a table."""

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Awaitable, Callable
from functools import partial

import attrs
import click
import trio

from . import scenarios
from .references import commits_a_second, sends_a_second
from .scenarios import Result
from .server import Server, running_server

Scenario = Callable[[Server], Awaitable[Result]]


def plan(seconds: float, scale: float) -> dict[str, Scenario]:
    """The scenarios by name; ``scale`` makes them smaller, to see that they run."""

    def some(number: int) -> int:
        return max(2, int(number * scale))

    def fanout(window: int) -> Scenario:
        return partial(
            scenarios.fanout, members=some(200), senders=some(10), window=window, seconds=seconds
        )

    def ingest(window: int) -> Scenario:
        return partial(scenarios.ingest, rooms=some(100), window=window, seconds=seconds)

    return {
        "fanout-1": fanout(1),
        "fanout-16": fanout(16),
        "ingest-1": ingest(1),
        "ingest-16": ingest(16),
        "latency": partial(scenarios.latency, members=some(200), rate=50, seconds=seconds),
        "reconnect": partial(scenarios.reconnect, people=some(200), missed=some(500)),
    }


async def run(names: list[str], *, seconds: float, scale: float, runs: int) -> dict[str, object]:
    """Figures by scenario, the median of the runs; each run has a fresh server."""
    report: dict[str, object] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "references": {
            "synced commits/s, one message each": commits_a_second(min(seconds, 2)),
            "sends/s, one frame each": sends_a_second(min(seconds, 2)),
        },
    }
    for name in names:
        results = []
        for _ in range(runs):
            async with running_server() as server:
                results.append(await plan(seconds, scale)[name](server))
        report[name] = attrs.asdict(_median(results))
    return report


def _median(results: list[Result]) -> Result:
    figures = {
        key: statistics.median(result.figures[key] for result in results)
        for key in results[0].figures
    }
    return Result(
        figures,
        statistics.median(result.load_cpu for result in results),
        statistics.median(result.server_cpu for result in results),
    )


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*plan(1, 1), "all"]))
@click.option("--seconds", default=5.0, show_default=True, help="Of each measurement.")
@click.option("--scale", default=1.0, show_default=True, help="Fewer members, rooms, messages.")
@click.option("--runs", default=1, show_default=True, help="The median of so many is shown.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def main(names: tuple[str, ...], seconds: float, scale: float, runs: int, as_json: bool) -> None:
    """Measure NAMES (all of them, if none is given)."""
    chosen = list(plan(1, 1)) if not names or "all" in names else list(names)
    report = trio.run(partial(run, chosen, seconds=seconds, scale=scale, runs=runs))
    if as_json:
        print(json.dumps(report, indent=2))
        return
    print(report["machine"])
    for name, figure in dict(report["references"]).items():  # type: ignore[call-overload]
        print(f"{name:>12}: {figure:,.0f}" if isinstance(figure, float) else name)
    for name in chosen:
        result = report[name]
        assert isinstance(result, dict)  # noqa: S101 - attrs.asdict above
        cpu = f"(server {result['server_cpu']:.2f}, load {result['load_cpu']:.2f} of a core)"
        shown = ", ".join(_show(key, value) for key, value in result["figures"].items())
        print(f"{name:>12}: {shown}  {cpu}")


def _show(key: str, value: float) -> str:
    return f"{value:.1f} {key}" if key.endswith(" ms") else f"{value:,.0f} {key}"


if __name__ == "__main__":
    main()
