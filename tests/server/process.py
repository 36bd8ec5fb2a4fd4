"""The server as its own process, started as an operator starts it, and met over real sockets."""

import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import attrs
import trio

import chatroom

from ..client import DEADLINE_S, Answer, Client, http, websocket

COMMAND: Final = [sys.executable, "-m", "chatroom.cli"]
ENVIRONMENT: Final = {
    **{name: value for name, value in os.environ.items() if not name.startswith("CHATROOM_")},
    "PYTHONPATH": str(Path(chatroom.__file__).parent.parent),
}
PASSWORD: Final = "correct horse"  # noqa: S105
_PORTS: Final = range(20_000, 30_000)
"""Linux gives them to nobody who asks for any port, nor to an outgoing connection."""


@attrs.frozen
class Done:
    """A command that has ended."""

    code: int
    out: str
    error: str


async def run_command(*arguments: str, typed: str = "", before: Sequence[str] = ()) -> Done:
    """:param before: words before the command, as of ``strace``."""
    run = partial(
        subprocess.run,
        [*before, *COMMAND, *arguments],
        env=ENVIRONMENT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    done = await trio.to_thread.run_sync(run)
    return Done(done.returncode, done.stdout, done.stderr)


class Server:
    """One data directory, and the process that serves it, again and again."""

    def __init__(self, directory: Path, *options: str, command: Sequence[str] = COMMAND) -> None:
        self.data: Final = directory / "data"
        self.log: Final = directory / "server.log"
        self.said = ""
        self._command = command
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it accepts connections."""
        self.launch()
        assert self.ready(), f"{self.said}{self.log.read_text()}"

    def launch(self, *before: str, pass_fds: Sequence[int] = ()) -> None:
        """Does not wait for anything.

        :param before: words before the command, such as those of ``strace -D``: the process has to
            be the server all the same.
        :param pass_fds: files that it gets as well.
        """
        assert self._process is None
        arguments = ["serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self._options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*before, *self._command, *arguments],
                env=ENVIRONMENT,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=pass_fds,
            )

    def ready(self) -> bool:
        """Waits until it accepts connections, or has ended (False)."""
        assert self._process is not None
        assert self._process.stdout is not None
        self.said = _read_lines(self._process.stdout, 3)
        return self.said.count("\n") == 3

    @property
    def address(self) -> tuple[str, int]:
        found = re.search(r"http://([^ :]+):(\d+) ", self.said)
        assert found is not None
        return found[1], int(found[2])

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        return await self._end(how)

    async def kill(self) -> None:
        assert await self._end(signal.SIGKILL) == -signal.SIGKILL

    async def _end(self, how: signal.Signals) -> int:
        self.send_signal(how)
        return await self.wait()

    def send_signal(self, how: signal.Signals) -> None:
        """Does not wait for what comes of it."""
        assert self._process is not None
        self._process.send_signal(how)

    async def wait(self, deadline_s: float = DEADLINE_S) -> int:
        """The exit code, when it has ended, told to or by itself."""
        process = self._process
        assert process is not None
        if process.poll() is None:  # a signal to one that has ended reaps it: no pid is left
            pidfd = os.pidfd_open(process.pid)
            try:
                with trio.fail_after(deadline_s):
                    await trio.lowlevel.wait_readable(pidfd)
            finally:
                os.close(pidfd)
        code = process.wait()
        self._forget()
        return code

    def clean_up(self) -> None:
        """Whatever state it is in. Nothing may have gone wrong inside."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE_S)
            self._forget()
        assert "Traceback" not in self.log.read_text(), self.log.read_text()

    def _forget(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        assert process.stdout is not None
        process.stdout.close()

    async def command(self, *arguments: str, typed: str = "") -> str:
        """Standard output of another process on the same directory, which must succeed."""
        done = await run_command(*arguments, "--data", str(self.data), typed=typed)
        assert (done.code, done.error) == (0, "")
        return done.out

    # ---- clients

    async def http(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        added = {} if token is None else {"Authorization": f"Bearer {token}"}
        stream = await trio.open_tcp_stream(*self.address)
        return await http(stream, method, path, body, {**added, **(headers or {})})

    async def sign_up(self, name: str) -> str:
        """The token."""
        body = {"name": name, "password": PASSWORD}
        answer = await self.http("POST", "/api/signup", body)
        assert answer.status == 201, answer
        return str(answer.json["token"])

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Client]:
        """A client that has not connected."""
        stream = await trio.open_tcp_stream(*self.address)
        async with websocket(stream, **options) as client:
            yield client

    @asynccontextmanager
    async def session(self, token: str) -> AsyncIterator[Client]:
        async with self.socket() as client:
            await client.connect(token)
            yield client


def _read_lines(pipe: IO[bytes], count: int) -> str:
    """Up to so many lines, as long as they come."""
    said = b""
    while said.count(b"\n") < count:
        ready, _, _ = select.select([pipe], [], [], DEADLINE_S)
        data = os.read(pipe.fileno(), 4096) if ready else b""
        if not data:
            break
        said += data
    return said.decode()


def lasting_address() -> str:
    """For a server that is started again: nobody else is given its port in between."""
    while True:
        port = secrets.choice(_PORTS)  # also where a test has seeded `random`
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return f"127.0.0.1:{port}"


@contextmanager
def running(directory: Path, *options: str, command: Sequence[str] = COMMAND) -> Iterator[Server]:
    """A server that has started, without rate limits; cleaned up in every case."""
    server = Server(directory, "--rate-limits", "off", *options, command=command)
    try:
        server.start()
        yield server
    finally:
        server.clean_up()
