"""The server under systemd: it gets its sockets from it, and tells it how it is."""

import socket
from pathlib import Path

import trio

from ..client import DEADLINE_S, http
from .process import Server


async def test_a_restart_refuses_no_connection_and_the_manager_is_told(tmp_path: Path) -> None:
    told = tmp_path / "notify.sock"
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        trio.socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        Server(tmp_path).cleaned_up() as server,
    ):
        await manager.bind(str(told))
        given = listening.fileno()
        variables = f"LISTEN_PID=$$ LISTEN_FDS=1 NOTIFY_SOCKET='{told}' WATCHDOG_USEC=100000"
        as_systemd = ("bash", "-c", f'export {variables}; exec "$@" 3<&{given}', "bash")
        for _ in range(2):
            early = await trio.open_tcp_stream(*listening.getsockname())
            server.launch(*as_systemd, pass_fds=(given,))
            assert server.ready()
            assert server.address == listening.getsockname()
            assert (await http(early, "GET", "/healthz")).status == 200
            await _told(manager, "READY=1")
            await _told(manager, "WATCHDOG=1")
            assert await server.stop() == 0
            await _told(manager, "STOPPING=1")


async def _told(manager: trio.socket.SocketType, state: str) -> None:
    """Receive notifications up to one with the state."""
    with trio.fail_after(DEADLINE_S):
        while state not in (await manager.recv(4096)).decode().splitlines():
            pass


async def test_another_kind_of_socket_is_refused(tmp_path: Path) -> None:
    with Server(tmp_path).cleaned_up() as server:
        as_systemd = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3</dev/null'
        server.launch("sh", "-c", as_systemd, "sh")
        assert not server.ready()
        assert await server.wait() == 1
        assert "descriptor 3 of systemd is no socket for connections" in server.log.read_text()
