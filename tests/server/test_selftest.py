"""``chatroom selftest``: with a real server, which it kills."""

import os
from pathlib import Path

import pytest
import trio

from chatroom.cli import selftest
from chatroom.cli.selftest import SelftestFailed

from .commands import run_command


async def test_it_passes_and_leaves_nothing(tmp_path: Path) -> None:
    done = await run_command("selftest", "--directory", str(tmp_path))
    assert (done.code, done.error) == (0, "")
    assert done.out.startswith("300 messages arrived once each and in order, over a kill -9\n")
    assert os.listdir(tmp_path) == []


def test_a_message_that_is_lost_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATROOM_SIGNUP", "invite")  # meant for another server
    monkeypatch.setattr(selftest, "MESSAGES", 20)
    monkeypatch.setattr(selftest, "KILLED_AT", 10)

    async def send_too_few(chat: object, first: int, end: int) -> None:
        await send(chat, first + (first > 0), end)  # type: ignore[arg-type]

    send = selftest._send
    monkeypatch.setattr(selftest, "_send", send_too_few)
    with pytest.raises(BaseExceptionGroup) as raised:
        trio.run(selftest._tried, tmp_path)
    assert raised.group_contains(SelftestFailed, match="message 11 has the number 11")
