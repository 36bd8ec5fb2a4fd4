"""The benchmarks run. Their results depend on the machine, so they are not asserted."""

import json
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import trio

from bench.attack_kinds import KINDS
from bench.load import Result
from bench.plan import plan
from bench.plot import plot
from bench.report import BUSY, Measured, Report, Spread, goal_results, summed
from bench.server import CHATROOM, PEERS, ROOT, Subject, running
from bench.show import lines, markdown
from chatroom.accounts.operators import MAX_PER_COMMIT

ELSEWHERE = {"fanout-1", "fanout-16", "ingest-1", "ingest-16", "latency", "threads"}
"""Scenarios that other tests here run too."""
OTHERS = plan(1, 1).keys() - ELSEWHERE - {"growth"}


def bench(*arguments: str, seconds: float = 0.2, module: str = "tests.bench.forked") -> str:
    sizes = ["--seconds", str(seconds), "--scale", "0.02"]
    command = [sys.executable, "-m", module, *arguments, *sizes]
    done = subprocess.run(command, capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.long(50)
# In one process, since its start takes longer than most of them. A slow machine must do some work
# in each half of `growth`, because results are divisors of others.
@pytest.mark.parametrize(
    ("names", "seconds"), [({"growth"}, 1.0), (OTHERS, 0.2)], ids=["growth", "others"]
)
def test_the_scenarios_run_on_a_small_scale(names: set[str], seconds: float) -> None:
    options = "--alone", "--json", "-"
    told = bench(*names, *options, seconds=seconds)
    report = json.loads(told)
    rows = report["subjects"]["chatroom"]
    assert set(rows) == names
    for row in rows.values():
        assert row["figures"]
        for spread in row["figures"].values():
            assert spread["least"] <= spread["median"] <= spread["most"]
    assert not report["references"]


def test_the_plain_server_runs_beside_ours_and_both_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    told = bench("fanout-1", "ingest-16", "--runs", "2", "--markdown", "--json", str(file))
    assert "| `fanout-1`, deliveries/s |" in told
    report = json.loads(file.read_text())
    assert all(value > 0 for value in report["references"].values())
    subjects = report["subjects"]
    assert list(subjects) == ["chatroom", "naive"]
    assert all(list(rows) == ["fanout-1", "ingest-16"] for rows in subjects.values())


@pytest.mark.parametrize("arguments", [["all"], ["pings", "--behind-proxy"]])
def test_hostile_clients_attack_on_a_small_scale(arguments: list[str]) -> None:
    outcome, *_ = json.loads(bench("attack", *arguments, "--json", "-", module="bench"))
    assert outcome["without"]["sent"] == outcome["beside"]["sent"] == 4
    assert set(outcome["answers"]) == set(KINDS if arguments == ["all"] else arguments[:1])
    assert all(outcome["answers"].values())


@pytest.mark.parametrize("subject", PEERS, ids=lambda subject: subject.name)
def test_a_peer_runs(subject: Subject) -> None:
    names = ["fanout-16", "latency"]
    report = json.loads(bench(*names, "--peer", subject.name, "--json", "-"))
    assert list(report["subjects"][subject.name]) == names


def test_the_server_of_another_checkout_takes_turns_with_ours() -> None:
    names = ["ingest-1", "threads"]
    report = json.loads(bench(*names, "--base", str(ROOT), "--alone", "--runs", "2", "--json", "-"))
    # The other scenario needs calls that an older server does not have.
    assert {name: list(rows) for name, rows in report["subjects"].items()} == {
        "chatroom": names,
        "base": names[:1],
    }
    assert report["versions"]["base"] == report["versions"]["chatroom"]


def test_both_engines_take_turns() -> None:
    names = ["ingest-1", "trace"]
    told = bench(*names, "--database", "postgres", "--alone", "--json", "-", seconds=0.5)
    subjects = json.loads(told)["subjects"]
    # The other scenario prepares a file of SQLite.
    assert {name: list(rows) for name, rows in subjects.items()} == {
        "chatroom": names,
        "postgres": names[:1],
    }
    assert subjects["postgres"]["ingest-1"]["database_cpu"] > 0
    assert subjects["chatroom"]["ingest-1"]["database_cpu"] == 0


async def test_a_server_that_runs_already_can_be_measured() -> None:
    async with running(CHATROOM) as server:
        url = f"http://{server.host}:{server.port}"
        arguments = ["latency", "storm", "--url", url, "--data", str(server.data), "--alone"]
        told = await trio.to_thread.run_sync(lambda: bench(*arguments, "--json", "-"))
    # The other scenario needs a database of its own.
    assert list(json.loads(told)["subjects"]["chatroom"]) == ["latency"]


def a_report(acks: float, naive: float, load_cpu: float = 0.1) -> Report:
    def subject(figure: float) -> dict[str, Measured]:
        return {"ingest-1": Measured({"acks/s": Spread(figure, figure, figure)}, load_cpu, 1.0)}

    subjects = {"chatroom": subject(acks), "naive": subject(naive)}
    return Report("a machine", "a compiler", {}, 1, 1, 1, {"commits": 1000.0}, subjects)


async def test_more_people_get_tokens_than_one_call_issues() -> None:
    names = [f"p{number}" for number in range(MAX_PER_COMMIT + 1)]
    async with running(CHATROOM) as server:
        tokens = await server.tokens(names)
    assert len(set(tokens)) == len(names)


def test_a_goal_is_a_figure_or_a_ratio_to_a_reference_of_the_same_run() -> None:
    for acks, naive, met in ((12_000, 1200, [True, True]), (11_000, 1101, [False, False])):
        results = goal_results(a_report(acks, naive))
        assert [each.met for each in results] == met
        assert [each.ratio for each in results] == [acks / naive] * 2


def test_a_ratio_without_a_measured_base_is_left_out() -> None:
    report = a_report(12_000, 1200)
    ours = attrs.evolve(report, subjects={"chatroom": report.subjects["chatroom"]})
    assert [(each.goal.relative, each.ratio) for each in goal_results(ours)] == [(False, None)]


def test_a_load_that_measured_itself_is_said_so() -> None:
    assert not any("THE LOAD" in line for line in lines(a_report(1, 1, BUSY)))
    assert any("THE LOAD" in line for line in lines(a_report(1, 1, 0.95)))
    assert any("**no**" in line for line in markdown(a_report(1, 1)))


def test_of_several_runs_the_median_and_both_ends_are_kept() -> None:
    found = summed([Result({"acks/s": figure}, 0.5, 1.0) for figure in (3.0, 1.0, 2.5)])
    assert found.figures == {"acks/s": Spread(2.5, 1.0, 3.0)}


def test_a_plot_is_drawn(tmp_path: Path) -> None:
    plot(a_report(10_000, 1000), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
