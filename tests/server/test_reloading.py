"""SIGHUP: a real server reads its settings again."""

from pathlib import Path
from signal import SIGHUP

import trio

from ..client import DEADLINE_S
from .process import Server


async def test_a_signal_reloads_the_settings_and_names_those_that_need_a_restart(
    tmp_path: Path,
) -> None:
    file = tmp_path / "chatroom.toml"
    file.write_text('log_level = "error"\n')
    with Server(tmp_path, "--config", str(file)).running() as server:
        file.write_text("token_days = 0\n")
        await logged(server, "the settings are not reloaded", "token_days: must be at least 1")
        file.write_text('log_level = "info"\ntoken_days = 7\n')
        await logged(server, "some settings need a restart", "token_days")
        assert await server.stop() == 0
        assert "stopped" in server.log.read_text()  # at level info


async def logged(server: Server, *words: str) -> None:
    """Send the signal, and wait for a line with these words."""
    server.send_signal(SIGHUP)
    with trio.fail_after(DEADLINE_S):
        while not any(
            all(word in line for word in words) for line in server.log.read_text().splitlines()
        ):
            await trio.lowlevel.checkpoint()
