"""A server on storage that fails: by a full disk (:mod:`.disks`), by strace, or by damage to its
files.

Needs Linux and strace.
"""

import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import trio

from ..client import DEADLINE_S, CallFailed, Client, Json
from ..server.process import COMMAND, ENVIRONMENT, Done, Server, run_command

ROOM: Final = "general"


class DoomedServer(Server):
    """One that may end by itself.

    ``inside``: words before each command, for a disk that is seen whole only from inside.
    """

    def __init__(self, directory: Path, *options: str, inside: Sequence[str] = ()) -> None:
        super().__init__(directory, "--rate-limits", "off", *options)
        self._inside = inside

    def launch(self, *before: str, pass_fds: Sequence[int] = ()) -> None:
        super().launch(*self._inside, *before, pass_fds=pass_fds)

    async def ended(self) -> int:
        """The exit code, without a signal."""
        process = self._process
        assert process is not None
        code = await trio.to_thread.run_sync(process.wait, DEADLINE_S)
        self._forget()
        return code

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def refuses_to_start(self, *options: str, under: Sequence[str] = ()) -> str:
        """What it says, which is one line, and no traceback."""
        done = await serve(self.data, *options, under=[*self._inside, *under])
        assert (done.code, done.out) == (1, ""), done
        [line] = done.error.splitlines()
        assert line.startswith(f"Error: {self.data}/chatroom.db cannot be ")
        return line

    async def try_command(self, *arguments: str) -> Done:
        """Of another process on the same directory."""
        return await run_command(*arguments, "--data", str(self.data), before=self._inside)


async def serve(data: Path, *options: str, under: Sequence[str] = ()) -> Done:
    """Of a server that does not come to serve; ``under`` is a command that runs it."""
    command = [*under, *COMMAND, "serve", "--data", str(data), "--listen", "127.0.0.1:0", *options]
    with trio.fail_after(DEADLINE_S):
        done = await trio.run_process(
            command, env=ENVIRONMENT, capture_stdout=True, capture_stderr=True, check=False
        )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def doomed(directory: Path, *options: str, inside: Sequence[str] = ()) -> Iterator[DoomedServer]:
    """It is not started yet."""
    server = DoomedServer(directory, *options, inside=inside)
    try:
        yield server
    finally:
        server.log.touch()
        server.clean_up()


# ---- system calls that fail


def injecting(fault: str, calls: Path) -> list[str]:
    """:param fault: as for ``-e inject=``; ``calls`` gets what was called, and how it went."""
    call = fault.partition(":")[0]
    return ["strace", "-f", "-o", str(calls), "-e", f"trace={call}", "-e", f"inject={fault}"]


@asynccontextmanager
async def failing(server: DoomedServer, fault: str, *files: str) -> AsyncIterator[None]:
    """On those files of the data directory, or all. Numbers of calls (``when=``) are counted from
    here on, in each thread.
    """
    calls = server.log.with_name("calls.txt")
    paths = [option for name in files for option in ("-P", str(server.data / name))]
    command = [*injecting(fault, calls), *paths, "-p", str(server.pid)]
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


# ---- what is sent, and what must have become of it


def named(text: str) -> Json:
    """The params of sending it: its first word is the clientId."""
    return {"room": ROOM, "text": text, "clientId": text.partition(" ")[0]}


async def send_all(client: Client, texts: Sequence[str]) -> dict[str, Json | str | None]:
    """At once. By text: the result, the reason of the
    refusal, or None where no answer came before the end."""
    calls = [await client.begin("sendMessage", **named(text)) for text in texts]
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
    """The seqs by text."""
    return {text: answer["seq"] for text, answer in answers.items() if isinstance(answer, dict)}


def events(client: Client, method: str) -> list[Json]:
    return [frame for frame in client.frames if frame.get("method") == method]


async def read_log(client: Client) -> list[Json]:
    log: list[Json] = []
    while True:
        page = await client.call("getHistory", room=ROOM, after=len(log), limit=200)
        log += page["messages"]
        if not page["hasMoreAfter"]:
            return log


async def check_log(client: Client, places: dict[str, int]) -> None:
    """These texts at these seqs, and nothing else."""
    log = await read_log(client)
    assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
    assert {message["text"]: message["seq"] for message in log} == places
    assert len(log) == len(places)


async def settle(client: Client, answers: dict[str, Any], places: dict[str, int]) -> int:
    """Send again what was not acknowledged, one by one; ``places`` learns the seqs. Returns how
    many of these had been stored all the same."""
    stored = 0
    for text, answer in answers.items():
        again = await client.call("sendMessage", **named(text))
        if isinstance(answer, dict):
            assert (again["seq"], again["duplicate"]) == (answer["seq"], True)
        else:
            assert again["seq"] not in places.values()
            stored += again["duplicate"]
        places[text] = again["seq"]
    return stored
