"""Format a report for the terminal, and as Markdown for README.md."""

from collections.abc import Iterator

from .plan import plan
from .report import BUSY, GoalResult, Report, Spread, goal_results
from .server import ON_POSTGRES


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(value: Spread) -> str:
    shown = number(value.median)
    if value.least == value.most:
        return shown
    return f"{shown} ({number(value.least)}-{number(value.most)})"


def aim(result: GoalResult) -> str:
    goal = result.goal
    unit = f"x {goal.against}, {goal.figure}" if goal.relative else goal.figure
    return f"{goal.bound} {number(goal.value)} {unit}"


def ratio(result: GoalResult) -> str:
    if result.ratio is None:
        return "-"
    return f"{number(result.ratio)} x {result.goal.against}"


def lines(report: Report) -> Iterator[str]:
    """Format for a terminal."""
    yield report.machine
    yield f"Python built by {report.python_build}"
    yield ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield f"{report.seconds:g} s each, scale {report.scale:g}, median (min-max) of {report.runs}"
    yield ""
    for name, value in report.references.items():
        yield f"{name:>40}  {number(value)}"
    for subject, rows in report.subjects.items():
        yield ""
        yield subject
        for name, measured in rows.items():
            shown = ", ".join(f"{spread(v)} {key}" for key, v in measured.figures.items())
            yield f"{name:>16}  {shown}"
            note = f"  THE LOAD IS OVER {BUSY} OF A CORE" if measured.measured_itself else ""
            postgres = f"PostgreSQL {measured.database_cpu:.2f}, " if measured.database_cpu else ""
            cpu = f"server {measured.server_cpu:.2f}, {postgres}load {measured.load_cpu:.2f}"
            yield f"{'':>16}  {cpu} of a core{note}"
    yield from _engines(report)
    if results := goal_results(report):
        yield ""
        yield "goals"
    for result in results:
        met = "met" if result.met else "NOT MET"
        yield (
            f"{result.goal.row:>4} {result.goal.scenario:<15} {aim(result):<50}"
            f" {spread(result.measured):<32} {ratio(result):<42} {met}"
        )


def _engines(report: Report) -> Iterator[str]:
    """Compare the engines, of which the same run has measured both by turns."""
    rows = report.subjects.get(ON_POSTGRES, {})
    if rows:
        yield ""
        yield f"{'PostgreSQL against SQLite':>42}  {'figure':>8}  CPU of the server  of PostgreSQL"
    for name, measured in rows.items():
        on_sqlite = report.subjects["chatroom"][name]
        for key, figure in measured.figures.items():
            if (other := report.figure("chatroom", name, key)) is not None and other.median:
                times = f"{number(figure.median / other.median)} x"
                cpu = f"{on_sqlite.server_cpu:.2f} -> {measured.server_cpu:.2f}"
                yield f"{name:>16} {key:>25}  {times:>8}  {cpu:>17}  {measured.database_cpu:.2f}"


def markdown(report: Report) -> Iterator[str]:
    """Format as Markdown tables."""
    installed = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield f"{report.machine}; {installed};"
    yield f"Python built by {report.python_build}; median (min-max) of {report.runs} runs of"
    yield f"{report.seconds:g} s, server and load on a core each."
    yield ""
    abouts = {name: scenario.about for name, scenario in plan(1, 1).items()}
    yield "| | scenario | goal | measured | beside it | load CPU | met |"
    yield "|---|---|---|---|---|---|---|"
    for result in goal_results(report):
        name = result.goal.scenario
        load = report.subjects["chatroom"][name].load_cpu
        yield (
            f"| {result.goal.row} | `{name}`: {abouts[name]} | {aim(result)}"
            f" | {spread(result.measured)} | {ratio(result)} | {load:.2f}"
            f" | {'yes' if result.met else '**no**'} |"
        )
    yield ""
    yield from _side_by_side(report)
    yield ""
    yield "| the machine without a chat server | |"
    yield "|---|---|"
    for name, value in report.references.items():
        yield f"| {name} | {number(value)} |"


def _side_by_side(report: Report) -> Iterator[str]:
    """Compare all subjects in the plain scenarios."""
    subjects = list(report.subjects)
    yield f"| scenario | {' | '.join(subjects)} |"
    yield "|---|" + "---|" * len(subjects)
    for scenario, measured in report.subjects.get("chatroom", {}).items():
        if not any(scenario in report.subjects[subject] for subject in subjects[1:]):
            continue
        for figure in measured.figures:
            values = [report.figure(subject, scenario, figure) for subject in subjects]
            shown = " | ".join("-" if value is None else spread(value) for value in values)
            yield f"| `{scenario}`, {figure} | {shown} |"
