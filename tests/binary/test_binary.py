"""The server as a single file, without Python: start, kill and restart."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from chatroom.admin.data_directory import LOCK
from chatroom.cli.commands import COMMAND_MODULES

from ..client import DEADLINE_S, Client
from ..files.pictures import picture
from ..files.tus import Sender, send_file
from ..server.commands import ENVIRONMENT
from ..server.process import Server
from .building import ROOT

pytestmark = pytest.mark.long(60)

JOIN = {"room": "general"}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files of started processes, in an otherwise empty environment."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    for name in list(ENVIRONMENT):
        monkeypatch.delitem(ENVIRONMENT, name)
    monkeypatch.setitem(ENVIRONMENT, "TMPDIR", str(directory))
    monkeypatch.setitem(ENVIRONMENT, "PATH", str(directory))
    return directory


async def kill(server: Server) -> None:
    """Kill the server. Returns when the serving process has ended, a child of the started one."""
    (pid,) = (server.data / LOCK).read_text().split()
    serving = os.pidfd_open(int(pid))
    try:
        await server.kill()
        with trio.fail_after(DEADLINE_S):
            await trio.lowlevel.wait_readable(serving)
    finally:
        os.close(serving)


async def test_it_serves_is_killed_and_goes_on(
    binary: Path, tmp_path: Path, temporary: Path
) -> None:
    server = Server(tmp_path, command=[str(binary)])
    try:
        server.start()
        listed = re.search(r"/assets/\w+/", (await server.http("GET", "/")).body.decode())
        assert listed is not None
        assets = (await server.http("GET", f"{listed[0]}files.json")).json
        assert len(assets) > 1
        for path in (*assets, "/asyncapi.json"):
            assert (await server.http("GET", path)).status == 200
        token = await server.sign_up("alice")
        async with server.session(token) as alice:
            epoch = alice.connected["epoch"]
            await alice.call("joinRoom", **JOIN)
            sent = await alice.call("sendMessage", **JOIN, text="one", clientId="1")
            await see_a_picture(server, alice, token)
        await kill(server)
        server.start()
        async with server.session(token) as alice:
            again = await alice.call("sendMessage", **JOIN, text="one", clientId="1")
            assert (again["duplicate"], again["seq"]) == (True, 1)
            await alice.call("sendMessage", **JOIN, text="two")
            missed = await alice.call("subscribe", **JOIN, epoch=epoch, sinceRev=sent["rev"])
            assert missed["recovered"]
            assert [message["text"] for message in missed["messages"]] == ["", "two"]
        assert "alice" in run(binary, "admin", "user", "list", "--data", str(server.data))
        copy = tmp_path / "copy.db"
        run(binary, "backup", str(copy), "--data", str(server.data))
        async with server.session(token) as alice:
            await alice.call("sendMessage", **JOIN, text="after the copy")
        assert await server.stop(signal.SIGTERM) == 0
        run(binary, "restore", str(copy), "--force", "--data", str(server.data))
        assert run(binary, "check", "--data", str(server.data)) == "ok\n"
        server.start()
        async with server.session(token) as alice:
            page = await alice.call("getHistory", **JOIN)
            assert [message["text"] for message in page["messages"]] == ["one", "", "two"]
        assert await server.stop(signal.SIGTERM) == 0
    finally:
        server.clean_up()
    assert os.listdir(temporary) == [], "what was unpacked is removed, after the kill too"


async def see_a_picture(server: Server, alice: Client, token: str) -> None:
    """The process that reads pictures is the binary too."""
    upload = await Sender(server.http, token).upload(picture("PNG", (400, 200)), "a.png")
    message = await send_file(alice, JOIN["room"], upload)
    [shown] = message["attachments"]
    assert (shown["type"], shown["width"], shown["height"]) == ("image/png", 400, 200)
    assert [each["part"] for each in shown["thumbnails"]] == ["small"]


async def test_systemd_hears_the_process_that_serves(binary: Path, tmp_path: Path) -> None:
    """It is a child of the process that systemd starts."""
    address = tmp_path / "notify.sock"
    variables = f"NOTIFY_SOCKET='{address}' WATCHDOG_PID=$$ WATCHDOG_USEC=100000"
    as_systemd = ("sh", "-c", f'export {variables}; exec "$@"', "sh", str(binary))
    with (
        trio.socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        Server(tmp_path, command=as_systemd).cleaned_up() as server,
    ):
        await manager.bind(str(address))
        manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        server.start()
        missing, senders = {b"READY=1", b"WATCHDOG=1"}, set[int]()
        with trio.fail_after(DEADLINE_S):
            while missing:
                said, ancillary, *_ = await manager.recvmsg(4096, 256)
                missing -= {*said.splitlines()}
                [(_, _, credentials)] = ancillary
                senders.add(int.from_bytes(credentials[:4], sys.byteorder))
        unit = (ROOT / "chatroom" / "cli" / "systemd" / "chatroom.service").read_text()
        assert senders == {server.pid} or "NotifyAccess=all" in unit.splitlines()
        assert await server.stop(signal.SIGTERM) == 0


def test_every_module_of_commands_is_in_it(binary: Path, temporary: Path) -> None:
    # The list has the first sentence of each command's help, so it imports them all.
    _, _, listed = run(binary, "--help").partition("Commands:\n")
    commands = {line.split()[0] for line in listed.splitlines()}
    assert commands >= COMMAND_MODULES.keys() - {"picture"}  # which is hidden
    assert run(binary, "--version").startswith("chatroom, version ")
    assert '"asyncapi"' in run(binary, "protocol")


def run(binary: Path, *arguments: str) -> str:
    done = subprocess.run(
        [binary, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
