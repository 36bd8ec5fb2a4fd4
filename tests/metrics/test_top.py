"""``chatroom top``: from the metrics of a server to a screen."""

from pathlib import Path

from chatroom.cli.top import Sample, quantile, sample, screen

from ..server.commands import run_command
from ..server.process import Server

BEFORE = """
chatroom_messages_posted_total 10.0
chatroom_calls_total{method="sendMessage"} 10.0
chatroom_calls_total{method="getHistory"} 5.0
chatroom_call_seconds_bucket{le="0.001",method="sendMessage"} 10.0
chatroom_call_seconds_bucket{le="0.1",method="sendMessage"} 10.0
chatroom_call_seconds_bucket{le="+Inf",method="sendMessage"} 10.0
"""
NOW = """
chatroom_messages_posted_total 30.0
chatroom_calls_total{method="sendMessage"} 30.0
chatroom_calls_total{method="getHistory"} 5.0
chatroom_call_seconds_bucket{le="0.001",method="sendMessage"} 15.0
chatroom_call_seconds_bucket{le="0.1",method="sendMessage"} 19.0
chatroom_call_seconds_bucket{le="+Inf",method="sendMessage"} 20.0
"""


def test_rates_and_times_are_of_what_happened_between_two_looks() -> None:
    lines = list(screen(sample(BEFORE, 100.0), sample(NOW, 110.0)))
    assert any("messages 2.0/s" in line for line in lines)
    table = lines[-1].splitlines()
    assert [line.split() for line in table] == [
        ["CALL", "RATE", "P50", "P99"],
        ["sendMessage", "2.0/s", "1", "ms", "longer"],
    ]


def test_the_first_look_shows_totals() -> None:
    lines = list(screen(Sample(100.0, {}), sample(NOW, 100.0)))
    assert lines[-1].splitlines()[1].split() == ["sendMessage", "30", "1", "ms", "longer"]


def test_a_node_of_several_is_named() -> None:
    several = 'chatroom_node_info{node="3"} 1.0\nchatroom_nodes 2.0\nchatroom_healthy 1.0\n'
    lines = list(screen(Sample(100.0, {}), sample(NOW + several, 100.0)))
    assert lines[0] == "chatroom ?, node 3, one of 2: commits get through"


def test_without_observations_there_is_no_quantile() -> None:
    now = sample(NOW, 1.0)
    assert quantile(now, now, "call_seconds", 0.5, method="sendMessage") is None
    assert quantile(now, now, "commit_seconds", 0.5) is None


async def test_a_running_server_is_looked_at(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with server.running():
        shown = await server.command("top", "--once")
        assert shown.startswith("chatroom ")
        assert "commits get through" in shown
        assert await server.stop() == 0
        done = await run_command("top", "--once", "--data", str(server.data))
        assert (done.code, done.error) == (
            1,
            "Error: no server runs on this data directory: start it first\n",
        )
