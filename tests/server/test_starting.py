"""Starting the server: errors that prevent it are reported in one line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
import trio

from chatroom.store.sqlite import SqliteStore

from ..client import DEADLINE_S
from .commands import COMMAND, ENVIRONMENT, run_command
from .process import Server, running

# Root may ignore the modes of files, if it has the capability.
_POWERLESS: Final = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []
_NAMESPACE: Final = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount"]
_READ_ONLY: Final = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server that has run and was stopped."""
    with running(tmp_path) as server:
        assert await server.stop() == 0
        yield server


async def refused(directory: Path | str, *options: str, before: Sequence[str] = ()) -> str:
    """Run a server that fails to start, and return its error output."""
    where = ("--data", str(directory), "--listen", "127.0.0.1:0")
    done = await run_command("serve", *where, *options, before=before)
    assert (done.code, done.out) == (1, "")
    [line] = done.error.splitlines()
    return line


_DENIED: Final = "cannot be used: {} .* may this user read and write"


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("control.sock", None, "cannot create the socket .*control.sock: it exists and is not"),
        ("chatroom.db", 0, _DENIED.format("unable to open")),
        ("chatroom.db", 0o400, _DENIED.format("attempt to write")),
        (".", 0o500, _DENIED.format("attempt to write")),
        ("lock", 0, "the data directory .*: Permission denied"),
    ],
)
async def test_reasons_not_to_start_are_reported(
    server: Server, name: str, mode: int | None, said: str
) -> None:
    """A file is not accessible, or is a directory if ``mode`` is None."""
    path = server.data / name
    path.mkdir() if mode is None else path.chmod(mode)
    try:
        line = await refused(server.data, before=_POWERLESS)
    finally:
        server.data.chmod(0o700)
    assert re.match(f"Error: .*{said}", line), line


async def test_unwritable_directory_is_reported(tmp_path: Path) -> None:
    (tmp_path / "not mine").mkdir(mode=0o500)
    for name in ("not mine", "not mine/data"):
        line = await refused(name, before=["env", "-C", str(tmp_path), *_POWERLESS])
        assert line == f"Error: the data directory {name}: Permission denied"


async def test_unreadable_settings_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "chatroom.toml"
    file.touch(mode=0)
    line = await refused(tmp_path / "data", "--config", str(file), before=_POWERLESS)
    assert line == f"Error: {file}: Permission denied"


async def test_read_only_file_system_is_reported(server: Server) -> None:
    before = sorted(server.data.iterdir())
    for path in (server.data, server.data / "new"):
        read_only = [*_NAMESPACE, "sh", "-c", _READ_ONLY, str(server.data)]
        line = await refused(path, before=read_only)
        assert line == f"Error: the data directory {path}: Read-only file system"
    assert sorted(server.data.iterdir()) == before


@pytest.mark.parametrize("redirected", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>&1"])
async def test_server_runs_without_standard_output(tmp_path: Path, redirected: str) -> None:
    """Standard output and error may be closed, or be files on a full disk."""
    address = tmp_path / "chat.sock"
    with Server(tmp_path, "--listen", f"unix:{address}").cleaned_up() as server:
        # Output that cannot be written stays in Python's buffers.
        buffered = ("env", "-u", "PYTHONUNBUFFERED")
        server.launch(*buffered, "sh", "-c", f'exec "$@" {redirected}', "sh")
        with trio.fail_after(DEADLINE_S):
            # It exists once signals are heard.
            while not address.exists():  # noqa: ASYNC110 - another process
                await trio.sleep(0.01)
        added = await run_command("admin", "user", "list", "--json", "--data", str(server.data))
        assert (added.code, added.out) == (0, "[]\n")
        pid = int((server.data / "lock").read_text())
        for number, mark in enumerate(("<&-", ">&-", "2>&-")):
            if mark in redirected.split():
                assert os.readlink(f"/proc/{pid}/fd/{number}") == os.devnull
        assert await server.stop() == 0


def test_start_with_empty_environment_and_spaces_in_the_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "a link").symlink_to("real")
    where = ("--data", "a link/a directory", "--listen", "127.0.0.1:0", "--log-level", "error")
    with subprocess.Popen(
        [sys.executable, "-m", "chatroom", "serve", *where],
        env={"PYTHONPATH": ENVIRONMENT["PYTHONPATH"]},
        cwd=tmp_path,
        umask=0o077,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"chatroom is ready at http://127.0.0.1:" in process.stdout.readline()
        assert b"--data 'a link/a directory'" in process.stdout.readline()
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
    assert (tmp_path / "real" / "a directory" / "chatroom.db").exists()


async def test_first_start_prints_the_next_steps(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        address, people, admin, data = server.said.splitlines()
        assert f"http://{address.split('/')[2].split()[0]}/?invitation=" in admin
        assert "ws://{}:{}/ws".format(*server.address) in address
        assert f"chatroom admin user add NAME --data {server.data}" in people
        assert str(server.data) in data


async def test_address_in_use_is_reported(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        address = "{}:{}".format(*server.address)
        done = await run_command("serve", "--data", str(tmp_path / "b"), "--listen", address)
    [line] = done.error.splitlines()
    assert address in line
    assert done.code != 0


async def test_a_start_on_a_current_database_imports_only_what_it_needs(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path / "data").close()
    command = [sys.executable, "-X", "importtime", *COMMAND[1:]]
    with running(tmp_path, command=command) as server:
        assert await server.stop() == 0
    imported = {line.rpartition("|")[2].strip() for line in server.log.read_text().splitlines()}
    assert "chatroom.node" in imported
    unneeded = {
        "asyncio",
        "importlib.metadata",
        "prometheus_client",
        "prompt_toolkit",
        "sqlite_utils",
    }
    assert not imported & unneeded


async def test_start_and_stop_are_in_the_log(tmp_path: Path) -> None:
    with running(tmp_path, "--log-format", "json", "--keep-days", "9") as server:
        address = "{}:{}".format(*server.address)
        async with server.socket():  # that it answers is logged before
            pass
        assert await server.stop() == 0
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    told = [line for line in lines if line["event"] in {"started", "stopped"}]
    assert [line["event"] for line in told] == ["started", "stopped"]
    assert told[0]["address"] == address
    assert told[0]["version"] == version("chatroom")
    assert told[0]["settings"]["keep_days"] == 9
