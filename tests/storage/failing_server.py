"""A server on failing storage: a full disk (:mod:`.disks`), system calls that fail by strace, or
damaged files.

Needs Linux and strace.
"""

import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import trio

from ..client import DEADLINE_S, CallFailed, Client, Json
from ..server.commands import CommandResult, run_command
from ..server.process import Server, read_log

ROOM: Final = "general"


class FailingServer(Server):
    """A server that may end by itself.

    ``inside``: words before each command, to run it in a disk's namespace.
    """

    def __init__(self, directory: Path, *options: str, inside: Sequence[str] = ()) -> None:
        super().__init__(directory, "--rate-limits", "off", *options)
        self._inside = inside

    def launch(
        self, *before: str, traced: Sequence[str] = (), pass_fds: Sequence[int] = ()
    ) -> None:
        super().launch(*self._inside, *before, traced=traced, pass_fds=pass_fds)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def refuses_to_start(self, *options: str, under: Sequence[str] = ()) -> str:
        """Start it, which must fail with one line of output. Return that line."""
        where = ("--data", str(self.data), "--listen", "127.0.0.1:0")
        done = await run_command("serve", *where, *options, before=[*self._inside, *under])
        assert (done.code, done.out) == (1, ""), done
        [line] = done.error.splitlines()
        assert line.startswith(f"Error: {self.data}/chatroom.db cannot be ")
        return line

    async def try_command(self, *arguments: str) -> CommandResult:
        """Run a command on the same directory, and return its result."""
        return await run_command(*arguments, "--data", str(self.data), before=self._inside)


# ---- system calls that fail


def strace_words(fault: str, calls: Path) -> list[str]:
    """Return strace's words for a fault.

    :param fault: the argument of ``-e inject=``.
    :param calls: the file to which strace writes the calls and their results.
    """
    call = fault.partition(":")[0]
    return ["strace", "-f", "-o", str(calls), "-e", f"trace={call}", "-e", f"inject={fault}"]


@asynccontextmanager
async def failing(server: FailingServer, fault: str, *files: str) -> AsyncIterator[None]:
    """Make system calls on these files of the data directory, or on all, fail during the block.
    Calls are counted (``when=``) from the start of the block, per thread.
    """
    calls = server.log.with_name("calls.txt")
    paths = [option for name in files for option in ("-P", str(server.data / name))]
    command = [*strace_words(fault, calls), *paths, "-p", str(server.pid)]
    strace = await trio.lowlevel.open_process(command, stderr=subprocess.PIPE)
    assert strace.stderr is not None
    try:
        said = b""
        with trio.fail_after(DEADLINE_S):
            while b"attached" not in said:
                more = await strace.stderr.receive_some()
                assert more, said
                said += more
        yield
    finally:
        strace.terminate()
        with trio.CancelScope(shield=True):
            await strace.stderr.aclose()
            await strace.wait()
    assert "(INJECTED)" in calls.read_text()


# ---- messages and their outcome


def send_params(text: str) -> Json:
    """Return the params of ``sendMessage`` for a text. Its first word is the clientId."""
    return {"room": ROOM, "text": text, "clientId": text.partition(" ")[0]}


async def send_all(client: Client, texts: Sequence[str]) -> dict[str, Json | str | None]:
    """Send texts at once. Return by text the result, the reason of a refusal, or None if the
    connection ended without a reply."""
    calls = [await client.begin("sendMessage", **send_params(text)) for text in texts]
    answers: dict[str, Json | str | None] = {}
    for text, call in zip(texts, calls, strict=True):
        try:
            answers[text] = await client.reply(call)
        except CallFailed as failed:
            answers[text] = failed.reason
        except AssertionError:
            assert client.closed_code is not None
            answers[text] = None
    return answers


def acknowledged(answers: Mapping[str, Json | str | None]) -> dict[str, int]:
    """Return the seqs of acknowledged texts."""
    return {text: answer["seq"] for text, answer in answers.items() if isinstance(answer, dict)}


def events(client: Client, method: str) -> list[Json]:
    return [frame for frame in client.frames if frame.get("method") == method]


async def check_log(client: Client, places: dict[str, int]) -> None:
    """Check that the log has exactly these texts at these seqs."""
    log = await read_log(client, ROOM)
    assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
    assert {message["text"]: message["seq"] for message in log} == places
    assert len(log) == len(places)


async def settle(client: Client, answers: dict[str, Any], places: dict[str, int]) -> int:
    """Send unacknowledged texts again, one by one, and add their seqs to ``places``. Return how
    many had been stored already."""
    stored = 0
    for text, answer in answers.items():
        again = await client.call("sendMessage", **send_params(text))
        if isinstance(answer, dict):
            assert (again["seq"], again["duplicate"]) == (answer["seq"], True)
        else:
            assert again["seq"] not in places.values()
            stored += again["duplicate"]
        places[text] = again["seq"]
    return stored
