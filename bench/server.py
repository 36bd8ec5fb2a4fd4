"""The server under test: a process of its own, on a core of its own, on a fresh directory."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import trio


@attrs.frozen
class Server:
    host: str
    port: int
    pid: int
    data: Path

    async def tokens(self, names: Sequence[str]) -> dict[str, str]:
        """Tokens by name; accounts are made."""
        done = await trio.run_process(
            [*COMMAND, "token", "--create", "--data", str(self.data)],
            stdin="\n".join(names).encode(),
            capture_stdout=True,
        )
        return dict(line.split() for line in done.stdout.decode().splitlines())

    def cpu_seconds(self) -> float:
        """Used by the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


COMMAND = [sys.executable, "-m", "chatroom.cli"]


@asynccontextmanager
async def running_server(*arguments: str) -> AsyncIterator[Server]:
    """Rate limits are off; durability is what it always is. Ended by SIGTERM."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="chatroom-bench-") as directory:
        data = Path(directory)
        command = [*COMMAND, "serve", "--data", directory, "--listen", "127.0.0.1:0"]
        command += ["--rate-limits", "off", "--log-level", "warning", *arguments]
        async with trio.open_nursery() as nursery:
            process = await nursery.start(
                partial(trio.run_process, command, stdout=subprocess.PIPE)
            )
            if len(cores) > 1:
                os.sched_setaffinity(process.pid, cores[:1])
                os.sched_setaffinity(0, cores[1:])
            try:
                with trio.fail_after(20):
                    host, port = await _address(process.stdout)
                yield Server(host, port, process.pid, data)
            finally:
                process.terminate()
                os.sched_setaffinity(0, cores)


async def _address(stream: trio.abc.ReceiveStream) -> tuple[str, int]:
    text = b""
    while b"\n" not in text:
        text += await stream.receive_some()
    address = text.decode().partition("http://")[2].split()[0]
    host, _, port = address.rpartition(":")
    return host, int(port)
