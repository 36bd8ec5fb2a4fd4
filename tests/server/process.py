"""The server as a process, started as an operator does it, and used over real sockets."""

import os
import re
import secrets
import select
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self

import trio

from ..client import DEADLINE_S, Answer, Client, Json, http, websocket
from .commands import ENVIRONMENT, QUICK, Process, launched, run_command
from .forked import ForkedProcess

PASSWORD: Final = "correct horse"  # noqa: S105
_PORTS: Final = range(20_000, 30_000)
"""Below the range that Linux assigns to sockets without a fixed port."""


class Server:
    """One data directory and the process that serves it, which may be started many times."""

    def __init__(self, directory: Path, *options: str, command: Sequence[str] = QUICK) -> None:
        self.data: Final = directory / "data"
        self.log: Final = directory / "server.log"
        self.said = ""
        self._command = command
        self._options = options
        self._process: Process | None = None
        self._tracer: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it accepts connections."""
        self.launch()
        assert self.ready(), f"{self.said}{self.log.read_text()}"

    def launch(
        self, *before: str, traced: Sequence[str] = (), pass_fds: Sequence[int] = ()
    ) -> None:
        """Start the process without waiting for it.

        :param before: words before the command. The child process must still be the server.
        :param traced: words of ``strace``, which is attached before the server does anything.
        :param pass_fds: file descriptors to pass on.
        """
        assert self._process is None
        arguments = ["serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self._options]
        read, write = os.pipe()
        self._output = open(read, "rb", buffering=0)  # noqa: SIM115
        with (
            open(os.devnull, "rb") as nothing,
            open(write, "wb") as output,
            self.log.open("ab") as log,
        ):
            command = [*before, *self._command, *arguments]
            streams = nothing, output, log
            self._process = launched(
                command, ENVIRONMENT, streams, pass_fds=pass_fds, held=bool(traced)
            )
        if traced:
            assert isinstance(self._process, ForkedProcess)
            self._tracer = _attach(traced, self._process.pid)
            self._process.go_on()

    def ready(self) -> bool:
        """Wait until it accepts connections (True) or has ended (False)."""
        assert self._output is not None
        self.said = _read_until(self._output, "stops the server\n")
        return self.said.endswith("stops the server\n")

    @property
    def admin_code(self) -> str | None:
        """The code that makes the first admin, if the server has printed it."""
        found = re.search(r"/\?invitation=(\S+)", self.said)
        return found[1] if found else None

    @property
    def pid(self) -> int:
        """The process that was started, of which the one that serves may be a child."""
        assert self._process is not None
        return self._process.pid

    @property
    def address(self) -> tuple[str, int]:
        found = re.search(r"https?://([^ :]+):(\d+)[/ ]", self.said)
        assert found is not None
        return found[1], int(found[2])

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.send_signal(how)
        return await self.wait()

    async def kill(self) -> None:
        assert await self.stop(signal.SIGKILL) == -signal.SIGKILL

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal without waiting."""
        assert self._process is not None
        self._process.send_signal(how)

    async def wait(self, deadline_s: float = DEADLINE_S) -> int:
        """Wait until it has ended, and return the exit code."""
        process = self._process
        assert process is not None
        # send_signal() on an ended process reaps it, and the pid is lost.
        if process.poll() is None:
            with trio.fail_after(deadline_s), _ended(process) as ended:
                await trio.lowlevel.wait_readable(ended)
        code = process.wait()
        self._forget()
        return code

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Start it, and clean up at the end."""
        with self.cleaned_up():
            self.start()
            yield self

    @contextmanager
    def cleaned_up(self) -> Iterator[Self]:
        try:
            yield self
        finally:
            self.clean_up()

    def clean_up(self) -> None:
        """End the process in any state. Fail if it logged an error."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE_S)
            self._forget()
        self.log.touch()  # it may not have been started
        assert "Traceback" not in self.log.read_text(), self.log.read_text()

    def _forget(self) -> None:
        assert self._output is not None
        self._output.close()
        self._process = self._output = None
        if self._tracer is not None:
            self._tracer.communicate(timeout=DEADLINE_S)
            self._tracer = None

    async def command(self, *arguments: str, typed: str = "") -> str:
        """Run a command on the same directory, which must succeed. Return its standard output."""
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

    async def sign_up(self, name: str, **more: object) -> str:
        """Create an account, and return its token."""
        body = {"name": name, "password": PASSWORD, **more}
        answer = await self.http("POST", "/api/signup", body)
        assert answer.status == 201, answer
        return str(answer.json["token"])

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Client]:
        """Open a WebSocket without calling ``connect``."""
        stream = await trio.open_tcp_stream(*self.address)
        async with websocket(stream, **options) as client:
            yield client

    @asynccontextmanager
    async def session(self, token: str) -> AsyncIterator[Client]:
        async with self.socket() as client:
            await client.connect(token)
            yield client


def _attach(strace: Sequence[str], pid: int) -> subprocess.Popen[bytes]:
    """Attach strace, and return it."""
    # Both on one CPU, because switching to strace and back costs three times as much between two.
    cpu = max(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cpu})
    command = ["taskset", "--cpu-list", str(cpu), *strace, "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert tracer.stderr is not None
    said = b""
    while b"attached" not in said:
        more = os.read(tracer.stderr.fileno(), 4096)
        assert more, said
        said += more
    return tracer


@contextmanager
def _ended(process: Process) -> Iterator[int]:
    """Give a file descriptor that is readable once the process has ended."""
    if isinstance(process, ForkedProcess):
        yield process.ended
        return
    pidfd = os.pidfd_open(process.pid)
    try:
        yield pidfd
    finally:
        os.close(pidfd)


def _read_until(pipe: IO[bytes], last: str) -> str:
    """Read until the output ends with ``last``, or until the end of the pipe."""
    said = b""
    while not said.endswith(last.encode()):
        ready, _, _ = select.select([pipe], [], [], DEADLINE_S)
        data = os.read(pipe.fileno(), 4096) if ready else b""
        if not data:
            break
        said += data
    return said.decode()


def reserved_address() -> str:
    """Return an address for a server that is restarted. Its port is not assigned to others in
    between."""
    while True:
        port = secrets.choice(_PORTS)  # not `random`, which a test may have seeded
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return f"127.0.0.1:{port}"


def running(
    directory: Path, *options: str, command: Sequence[str] = QUICK
) -> AbstractContextManager[Server]:
    """Start a server without rate limits, and clean up at the end."""
    return Server(directory, "--rate-limits", "off", *options, command=command).running()


def settings(directory: Path, line: str) -> tuple[str, str]:
    """Return the options for a file with this line."""
    file = directory / "settings.toml"
    file.write_text(f"{line}\n")
    return "--config", str(file)


async def read_log(client: Client, room: str) -> list[Json]:
    """Return all messages of a room."""
    log: list[Json] = []
    while True:
        page = await client.call("getHistory", room=room, after=len(log), limit=200)
        log += page["messages"]
        if not page["hasMoreAfter"]:
            return log
