"""Log records of sessions: account, address and close code, but never texts or tokens."""

import logging
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from ..client import CallFailed
from .node_harness import World


def records(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.getMessage() == message]


@pytest.fixture(autouse=True)
def _everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "chatroom")


async def test_a_session_begins_and_ends(
    world: World, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    token = await world.token("alice")
    async with world.socket() as alice:
        await alice.connect(token)
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="a secret", clientId="c1")
    await trio.sleep(1)
    [began], [ended] = records(caplog, "session began"), records(caplog, "session ended")
    for record in (began, ended):
        assert (record["user"], record["address"]) == ("alice", "192.0.2.1")
        assert record["session"] == alice.connected["sessionId"]
    assert ended["code"] == 1000
    written = " ".join(str(vars(record)) for record in caplog.records)
    assert "a secret" not in written
    assert token not in written


async def test_refusals_for_the_rate_are_one_line_a_minute(
    world: World, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        for count in (1, 2):
            calls = [await alice.begin("setTyping", room="general", typing=True) for _ in range(12)]
            for call in calls[-2:]:
                with pytest.raises(CallFailed, match="rate_limited"):
                    await alice.reply(call)
            logged = records(caplog, "calls are refused for their rate")
            assert len(logged) == count
            assert (logged[-1]["user"], logged[-1]["method"]) == ("alice", "setTyping")
            assert logged[-1]["session"] == alice.connected["sessionId"]
            await trio.sleep(61)
