"""``send``, ``tail``, ``history`` and ``chat --send``, as used by a shell or cron."""

import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import trio

from ..client import DEADLINE_S
from ..python_client.network import messages
from .server import Place


class Tail:
    """A running ``chatroom tail``, and the lines that it has printed."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._rest = b""

    async def until(self, count: int) -> None:
        """Wait until there are ``count`` lines."""
        assert self.process.stdout is not None
        with trio.fail_after(DEADLINE_S):
            while len(self.lines) < count:
                data = await self.process.stdout.receive_some()
                assert data, "it has ended"
                *whole, self._rest = (self._rest + data).split(b"\n")
                self.lines += [line.decode() for line in whole]

    async def ended(self) -> int:
        with trio.fail_after(DEADLINE_S):
            return await self.process.wait()


@asynccontextmanager
async def tail(place: Place, name: str, *arguments: str) -> AsyncIterator[Tail]:
    process = await place.open(name, "tail", *arguments, stdout=subprocess.PIPE)
    try:
        yield Tail(process)
    finally:
        process.kill()
        await process.wait()


def texts(lines: list[str]) -> list[str]:
    """Return the texts of printed messages."""
    return [line.split(": ", 1)[1] for line in lines]


# ---- send


async def test_send_prints_the_seq_of_each_line(place: Place) -> None:
    hall, bob = place.name("hall"), place.name("bob")
    assert await place.lines("alice", "send", "--join", hall, "two", "words") == ["1"]
    typed = "a\n\n  b  \n\nno newline"
    assert await place.lines("alice", "send", hall, typed=typed) == ["2", "3", "4"]
    for duplicate in (False, True):
        [sent] = await place.lines("alice", "send", "--json", hall, "x", "--client-id", "mine")
        receipt = json.loads(sent)
        assert (receipt["room"], receipt["seq"]) == (hall, 5)
        assert receipt["duplicate"] is duplicate
    said = await place.lines("alice", "history", hall)
    assert texts(said) == ["two words", "a", "b", "no newline", "x"]
    await place.token("bob")
    assert await place.lines("alice", "send", f"@{bob}", "psst") == ["1"]
    [line] = await place.lines("bob", "history", f"@{place.name('alice')}")
    assert line.endswith(f" #1 {place.name('alice')}: psst")


async def test_a_refusal_is_an_error_in_one_line(place: Place) -> None:
    hall = place.name("hall")
    await place.run("alice", "send", "--join", hall, "here")
    await place.token("bob")
    refused: list[tuple[list[str], str | bytes, str]] = [
        (["send", place.name("nowhere"), "x"], "", "room; create it with --join: 'x'"),
        (["send", hall, "x"], "", "not sent: room: join it first; join it with --join: 'x'"),
        (["send", "--join", "Bad Name", "x"], "", "room: must be"),
        (["send", f"@{place.name('nobody')}", "x"], "", "not sent: "),
        (["send", "--join", hall], f"{'x' * 4001}\nnever\n", "4000 characters"),
        (["send", hall], "nul \0\n", "not sent: "),
        (["send", hall], b"\xff\n", "not UTF-8"),
        (["send", hall], "x" * 200_000, "too long"),
        (["history", place.name("nowhere")], "", "no such room"),
        (["history", "--url", "http://127.0.0.1:1", hall], "", "ws://127.0.0.1:1/ws: "),
        (["send", "--url", "http://127.0.0.1:1", hall, "x"], "", "ws://127.0.0.1:1/ws: "),
        (["history", "--token", "nonsense", hall], "", "chatroom chat --login"),
        (["chat", "--room", "Bad Name", "--send"], "x\n", "room: must be"),
    ]

    for arguments, typed, said in refused:
        assert said in await place.refused("bob", *arguments, typed=typed)
    done = await place.run("bob", "tail", place.name("nowhere"), code=1)
    assert "no such room" in done.error
    done = await place.run(None, "history", hall, code=1)
    assert "not logged in at" in done.error


async def test_lines_piped_into_chat_are_sent_as_they_come(place: Place) -> None:
    hall = place.name("hall")
    process = await place.open("alice", "chat", "--room", hall, "--send", stdin=subprocess.PIPE)
    assert process.stdin is not None
    async with place.person("bob") as bob:
        await bob.join(hall)
        async with process.stdin:
            await process.stdin.send_all(b"now\n")
            assert [message.text for message in await messages(bob, 1)] == ["now"]
            await process.stdin.send_all(b"and later\n")
        assert await process.wait() == 0
        assert [message.text for message in await messages(bob, 1)] == ["and later"]


async def test_the_environment_is_not_taken_for_settings_of_a_server(place: Place) -> None:
    await place.run("alice", "config", "check")


# ---- history


async def test_history_from_a_moment_to_a_moment(place: Place) -> None:
    hall = place.name("hall")
    await place.fill("alice", hall, 230)
    got = [json.loads(line) for line in await place.lines("alice", "history", "--json", hall)]
    assert [message["seq"] for message in got] == list(range(1, 231))
    assert got[9]["sender"] == place.name("alice")
    assert got[9]["text"] == "line 10"

    async def seqs(*arguments: str) -> list[int]:
        found = await place.lines("alice", "history", "--json", hall, *arguments)
        return [json.loads(line)["seq"] for line in found]

    assert await seqs("--since", "10", "--until", "220") == list(range(10, 221))
    assert await seqs("--since", "231") == []
    assert await seqs("--since", "1h") == list(range(1, 231))
    assert await seqs("--until", "1h") == []
    middle = got[114]["timestamp"]
    when = datetime.fromtimestamp(middle / 1000, UTC)
    expected = [message["seq"] for message in got if message["timestamp"] >= middle]
    assert await seqs("--since", f"{when:%Y-%m-%dT%H:%M:%S.%f}") == expected  # TZ is UTC here
    expected = [message["seq"] for message in got if message["timestamp"] <= middle]
    assert await seqs("--until", when.isoformat()) == expected


async def test_edits_deletions_and_controls_in_a_line(place: Place) -> None:
    hall = place.name("hall")
    async with place.person("alice") as chat:
        await chat.join(hall)
        for text in ("one", "two", "three\nlines\nof it", "\x1b]2;PWNED\x07\x9b1m\u202e"):
            await chat.send(hall, text)
        await chat.edit(hall, 1, "uno")
        await chat.delete(hall, 2)
    lines = await place.lines("alice", "history", hall)
    assert texts(lines) == [
        "uno (edited)",
        "(deleted)",
        "three \u21b5 lines \u21b5 of it",
        "\ufffd]2;PWNED\ufffd\ufffd1m\ufffd",
    ]
    line = (await place.lines("alice", "history", "--json", hall))[-1]
    assert line.isascii()
    assert json.loads(line)["text"] == "\x1b]2;PWNED\x07\x9b1m\u202e"


async def test_history_ends_without_an_error_when_its_reader_does(place: Place) -> None:
    hall = place.name("hall")
    lines = "".join(f"line {number} {'x' * 900}\n" for number in range(210))
    await place.run("alice", "send", "--join", hall, typed=lines)
    process = await place.open(
        "alice", "history", hall, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with trio.fail_after(DEADLINE_S):
        assert await process.stdout.receive_some(100)
        await process.stdout.aclose()
        assert await process.wait() == 0
        assert await process.stderr.receive_some() == b""
        await process.stderr.aclose()


# ---- tail


async def test_tail_begins_with_the_last_and_follows(place: Place) -> None:
    hall = place.name("hall")
    await place.fill("bob", hall, 250)
    async with tail(place, "alice", "--join", hall, "-n", "230", "--json") as first:
        async with tail(place, "alice", "--join", hall, "-n", "0") as second:
            await first.until(230)
            await place.run("bob", "send", hall, "new")
            await first.until(231)
            while not second.lines:  # it may have started after that message
                await place.run("bob", "send", hall, "newer")
                with trio.move_on_after(1):
                    await second.until(1)
            assert texts(second.lines)[0] in ("new", "newer")
            second.process.send_signal(signal.SIGINT)
            assert await second.ended() == 0
        got = [json.loads(line)["seq"] for line in first.lines]
        assert got[:231] == list(range(21, 252))
        assert first.process.stdout is not None
        await first.process.stdout.aclose()  # it notices the end of its reader without a message
        assert await first.ended() == 0


async def test_tail_over_restarts_and_being_removed(own_place: Place) -> None:
    place = own_place
    async with place.person("bob") as bob:
        await bob.join("hall")
        await bob.send("hall", "1")
        async with tail(place, "alice", "--join", "hall", "--json") as followed:
            await followed.until(1)
            for round_of, how in enumerate([signal.SIGTERM, signal.SIGKILL]):
                await place.server.stop(how)
                place.server.start()
                for number in range(20):
                    await bob.send("hall", f"{round_of} {number}")
                await followed.until(21 + 20 * round_of)
            await bob.edit("hall", 1, "edited: not printed again")
            await bob.send("hall", "last")
            await followed.until(42)
            got = [json.loads(line)["seq"] for line in followed.lines]
            assert got == list(range(1, 43))
            await bob.remove_member("hall", "alice")
            assert await followed.ended() == 1
