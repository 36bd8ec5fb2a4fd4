"""``chatroom import`` as a process, killed and run again."""

import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from chatroom.cli import main

from ..server.commands import COMMAND, ENVIRONMENT
from .exports import content, message, room, run_import, user, write_export

PEOPLE: Final = ("alice", "bob", "carol")
MESSAGES: Final = 6000
_PAUSE_S: Final = 0.01
"""Between two counts, so that they do not take the time of the import."""


def large(path: Path) -> Path:
    records = [user(name) for name in PEOPLE]
    records += [room(name, PEOPLE) for name in ("hall", "attic")]
    for number in range(MESSAGES):
        where = "hall" if number % 3 else "attic"
        more = {"thread": str(number - 3)} if number % 60 == 3 else {}
        records.append(message(str(number), where, PEOPLE[number % 2], number, **more))
    return write_export(path, records)


def count(data: Path) -> int:
    """Count the messages that are there; 0 while there is no database."""
    try:
        uri = f"{(data / 'chatroom.db').as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            (found,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    except sqlite3.Error:
        return 0
    return int(found)


def kill_past(messages: int, *arguments: str, data: Path) -> None:
    """Kill a command in the step after more than so many messages are there."""
    with subprocess.Popen(
        [*COMMAND, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL
    ) as process:
        while count(data) <= messages and process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PAUSE_S)
        process.kill()
        assert process.wait() in (-signal.SIGKILL, 0)  # 0: it was faster


@pytest.mark.long
async def test_killed_imports_go_on(tmp_path: Path) -> None:
    path, data, whole = large(tmp_path / "export.jsonl"), tmp_path / "data", tmp_path / "whole"
    for messages in (0, 2500):
        kill_past(messages, "import", str(path), "--data", str(data), data=data)
    await run_import(path, data)
    await run_import(path, whole)
    assert content(data) == content(whole)
    assert count(data) == MESSAGES


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    path, data = large(tmp_path / "export.jsonl"), tmp_path / "data"
    done = CliRunner().invoke(main, ["import", "--dry-run", str(path), "--data", str(data)])
    assert (done.exit_code, data.exists()) == (0, False)
    assert "messages: 6,000, of them in threads: 100" in done.output


def test_what_is_wrong_is_said_in_a_line(tmp_path: Path) -> None:
    path = write_export(tmp_path / "export.jsonl", [user("alice"), {"type": "user", "nme": "x"}])
    done = CliRunner().invoke(main, ["import", str(path), "--data", str(tmp_path / "data")])
    assert done.exit_code == 1
    assert done.output == f"Error: {path}, line 2: name: is missing\n"
