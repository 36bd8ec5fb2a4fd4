"""Servers under test: each is a process with its own core and data directory."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from chatroom.accounts.operators import MAX_PER_COMMIT
from chatroom.admin.control_socket import CONTROL, exchange
from chatroom.admin.lines import decode_reply, encode_request
from chatroom.admin.shapes import IssueTokens, NamedTokens

from .database import Database
from .dialect import JSON_RPC, SOCKET_IO, Dialect

ROOT: Final = Path(__file__).parent.parent
CORES: Final = tuple(sorted(os.sched_getaffinity(0)))
_SCHEDULER_CLOCK: Final = 2


@attrs.frozen
class Subject:
    """A server to measure. ``command`` accepts ``--data DIR`` and prints ``... http://HOST:PORT``."""

    name: str
    command: tuple[str, ...]
    dialect: Dialect = JSON_RPC
    needs: tuple[str, ...] = ()
    """Modules it requires."""
    accounts: bool = False
    """Whether people need tokens."""
    checkout: Path = ROOT
    """The directory to start it in."""
    database: Database | None = None
    """Where it gets an empty database; None: it has its own."""


CHATROOM: Final = Subject(
    "chatroom",
    (
        *(sys.executable, "-m", "chatroom.cli", "serve", "--listen", "127.0.0.1:0"),
        *("--rate-limits", "off", "--log-level", "warning"),
    ),
    accounts=True,
)
NAIVE: Final = Subject("naive", (sys.executable, "-m", "bench.naive"))
BASE: Final = "base"
ON_POSTGRES: Final = "postgres"
PEERS: Final = (
    Subject(
        "socketio",
        (sys.executable, "-m", "bench.peers.socketio_server"),
        dialect=SOCKET_IO,
        needs=("socketio", "uvicorn", "uvloop", "websockets"),
    ),
    Subject(
        "fastapi",
        (sys.executable, "-m", "bench.peers.fastapi_server"),
        needs=("fastapi", "uvicorn", "uvloop", "websockets"),
    ),
)


def base(checkout: Path) -> Subject:
    """Return the chatroom of another checkout, started by this Python."""
    return attrs.evolve(CHATROOM, name=BASE, checkout=checkout.absolute())


def on_postgres(database: Database) -> Subject:
    """Return chatroom on PostgreSQL."""
    return attrs.evolve(CHATROOM, name=ON_POSTGRES, database=database)


def commit(checkout: Path) -> str:
    """Return the commit of a checkout, or its name if there is none."""
    command = ("git", "-C", str(checkout), "describe", "--always", "--dirty")
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git alone
    return done.stdout.strip() or checkout.name


@attrs.frozen
class Server:
    """A running server. ``ready_s``: seconds from its start until it accepted connections."""

    subject: Subject
    host: str
    port: int
    pid: int
    data: Path
    ready_s: float = 0.0

    async def tokens(self, names: Sequence[str]) -> list[str]:
        """Return tokens in the order of the names, as ``chatroom token --create``, without starting
        a process. Creates accounts if the server has accounts."""
        if not self.subject.accounts:
            return ["nobody"] * len(names)
        tokens: list[str] = []
        for start in range(0, len(names), MAX_PER_COMMIT):
            some = tuple(names[start : start + MAX_PER_COMMIT])
            request = encode_request("issueTokens", IssueTokens(some, create=True))
            reply = await exchange(self.data / CONTROL, request)
            tokens += [token for _, token in decode_reply(reply, NamedTokens).tokens]
        return tokens

    def cpu_seconds(self) -> float:
        """CPU seconds used by the process, from the kernel's clock with ns resolution."""
        return time.clock_gettime((~self.pid << 3) | _SCHEDULER_CLOCK)

    def database_cpu_seconds(self) -> float:
        """CPU seconds used by the processes of PostgreSQL; 0 if it does not use that."""
        database = self.subject.database
        return 0.0 if database is None else database.cpu_seconds()

    def resident_kb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024


@contextmanager
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as path:
        yield Path(path)


def allow_files(count: int) -> None:
    """Raise the limit of open files for this process and its children.

    :raises RuntimeError: the system refuses.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), max(hard, count)))
    except (ValueError, OSError) as error:
        raise RuntimeError(f"{count} open files are needed (ulimit -n): {error}") from None


@contextmanager
def on_server_core() -> Iterator[None]:
    """Run this process and its children on the servers' core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def start_process(
    command: Sequence[str], checkout: Path, *, task_status: trio.TaskStatus[Any]
) -> None:
    """Run a process until it ends. Gives it to whoever starts this, with a pipe as ``stdout``."""
    await trio.run_process(
        command, stdout=subprocess.PIPE, cwd=checkout, check=False, task_status=task_status
    )


@asynccontextmanager
async def running(subject: Subject, data: Path | None = None) -> AsyncIterator[Server]:
    """Run a server with rate limits off and its normal durability. SIGTERM ends it.

    :param data: a prepared directory; None: a new one.
    """
    if data is None:
        with directory() as fresh:
            async with running(subject, fresh) as server:
                yield server
        return
    command = [*subject.command, "--data", str(data)]
    if subject.database is not None:
        command += ["--database", subject.database.empty()]
    async with trio.open_nursery() as nursery:
        began = time.monotonic()
        process = await nursery.start(start_process, command, subject.checkout)
        # The new process has only its main thread, from which later threads inherit the core. It
        # does not inherit our core, since Trio may start it from an older thread.
        os.sched_setaffinity(process.pid, CORES[:1])
        os.sched_setaffinity(0, CORES[1:] or CORES)
        try:
            with trio.fail_after(60):
                host, port = await _address(process.stdout)
            ready_s = time.monotonic() - began
            yield Server(subject, host, port, process.pid, data, ready_s)
        finally:
            process.terminate()
            os.sched_setaffinity(0, CORES)


def existing(url: str, data: Path) -> Server:
    """Return a server already running on this machine. Its lock file has the pid."""
    host, _, port = url.rstrip("/").rpartition("//")[2].rpartition(":")
    pid = int((data / "lock").read_text())
    return Server(CHATROOM, host.strip("[]"), int(port), pid, data)


async def _address(stream: trio.abc.ReceiveStream) -> tuple[str, int]:
    text = b""
    while b"\n" not in text:
        received = await stream.receive_some()
        if not received:
            raise RuntimeError("the server ended before it was ready")
        text += received
    address = text.decode().partition("http://")[2].split()[0]
    host, _, port = address.rpartition(":")
    return host, int(port)
