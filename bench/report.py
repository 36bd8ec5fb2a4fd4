"""The results of a run: figures of every subject, references, and the goals met."""

import importlib.metadata
import os
import platform
import sqlite3
import statistics
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from .load import Result
from .plan import GOALS, Goal

_BUILD_VARIABLES = ("CONFIG_ARGS", "PY_CFLAGS", "PY_LDFLAGS")
BUSY = 0.9
"""A load that uses a larger share of its core may have measured itself."""


@attrs.frozen
class Spread:
    """A figure of several runs."""

    median: float
    least: float
    most: float


@attrs.frozen
class Measured:
    """One scenario of one subject."""

    figures: Mapping[str, Spread]
    load_cpu: float
    server_cpu: float
    database_cpu: float = 0.0

    @property
    def measured_itself(self) -> bool:
        return self.load_cpu > BUSY


@attrs.frozen
class Report:
    """``subjects``: by name, then by scenario."""

    machine: str
    python_build: str
    versions: Mapping[str, str]
    seconds: float
    scale: float
    runs: int
    references: Mapping[str, float]
    subjects: Mapping[str, Mapping[str, Measured]]

    def figure(self, subject: str, scenario: str, figure: str) -> Spread | None:
        measured = self.subjects.get(subject, {}).get(scenario)
        return None if measured is None else measured.figures.get(figure)


@attrs.frozen
class GoalResult:
    """A goal and the result. ``ratio``: to the goal's reference; None: not measured."""

    goal: Goal
    measured: Spread
    ratio: float | None
    met: bool


def goal_results(report: Report) -> list[GoalResult]:
    """Return the results of all goals whose scenarios were run."""
    results = []
    for goal in GOALS:
        measured = report.figure("chatroom", goal.scenario, goal.figure)
        if measured is None:
            continue
        ratio = _ratio(report, goal, measured.median)
        value = ratio if goal.relative else measured.median
        if value is None:
            continue
        met = value >= goal.value if goal.bound == ">=" else value <= goal.value
        results.append(GoalResult(goal, measured, ratio, met))
    return results


def _ratio(report: Report, goal: Goal, value: float) -> float | None:
    other = report.references.get(goal.against)
    if other is None:
        peer = report.figure(goal.against, goal.scenario, goal.figure)
        other = None if peer is None else peer.median
    return value / other if other else None


def summed(results: Sequence[Result]) -> Measured:
    """Combine the runs of one scenario."""
    figures = {}
    for name in results[0].figures:
        values = [result.figures[name] for result in results if name in result.figures]
        figures[name] = Spread(statistics.median(values), min(values), max(values))
    return Measured(
        figures,
        statistics.median(result.load_cpu for result in results),
        statistics.median(result.server_cpu for result in results),
        statistics.median(result.database_cpu for result in results),
    )


def machine() -> str:
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def python_build() -> str:
    """Describe how this Python was built, as far as it was recorded."""
    recorded = {name: str(sysconfig.get_config_var(name)) for name in _BUILD_VARIABLES}
    everything = " ".join(recorded.values())
    levels = [flag for flag in recorded["PY_CFLAGS"].split() if flag.startswith("-O")]
    pgo = any(flag in everything for flag in ("--enable-optimizations", "-fprofile-use"))
    lto = any(flag in everything for flag in ("--with-lto", "-flto"))
    shared = "libpython" in Path("/proc/self/maps").read_text()
    return ", ".join(
        (
            platform.python_compiler(),
            levels[-1] if levels else "no -O",
            "with PGO" if pgo else "no PGO recorded",
            "with LTO" if lto else "no LTO recorded",
            "a shared libpython" if shared else "no shared libpython",
        )
    )


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of Python, SQLite, and the installed ones of ``packages``."""
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    installed = {each.name: each.version for each in importlib.metadata.distributions()}
    return found | {name: installed[name] for name in packages if name in installed}
