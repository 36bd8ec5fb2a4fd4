"""No space: a full disk, a quota, a limit on the size of files. Writes are refused until there is
space, while reads succeed.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from ..client import Json
from ..server.commands import CommandResult
from ..server.process import PASSWORD, Server
from ..server.searching import found
from .disks import PAGE_BYTES, file_size_limited, full, over_quota, small_disk
from .failing_server import (
    ROOM,
    FailingServer,
    acknowledged,
    check_log,
    events,
    send_all,
    settle,
    strace_words,
)

DISK_KB = 4096
ROUNDS = 3
QUOTA, FILE_SIZE = "the disk is full (Disk quota exceeded)", "the disk is full (File too large)"


async def sign_up(server: Server, name: str) -> int:
    """Sign up, and return the status: 201, or 503 for a temporary refusal."""
    body = {"name": name, "password": PASSWORD}
    answer = await server.http("POST", "/api/signup", body)
    assert answer.status == 201 or answer.json["error"]["reason"] == "storage_full"
    return answer.status


async def test_full_disk_refuses_writes_until_there_is_space(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "data", DISK_KB) as disk,
        FailingServer(disk.path.parent, inside=disk.inside).running() as server,
    ):
        await refuse_and_go_on(server, partial(full, server.data), "the disk is full")


@pytest.mark.parametrize(
    ("limited", "why"),
    [
        pytest.param(over_quota, QUOTA, id="quota"),
        pytest.param(file_size_limited, FILE_SIZE, id="file size"),
    ],
)
async def test_quota_or_size_limit_refuses_writes(
    server: FailingServer,
    limited: Callable[[FailingServer], AbstractAsyncContextManager[None]],
    why: str,
) -> None:
    await refuse_and_go_on(server, partial(limited, server), why)


async def refuse_and_go_on(
    server: FailingServer, no_space: Callable[[], AbstractAsyncContextManager[None]], why: str
) -> None:
    """Check that inside ``no_space`` writes are refused and reads succeed, and that all succeeds
    afterwards. ``why`` is the reason that ``/healthz`` gives.
    """
    token, other = await server.sign_up("alice"), await server.sign_up("bob")
    places: dict[str, int] = {}
    numbers = count()
    async with server.session(token) as alice, server.session(other) as bob:
        for client in (alice, bob):
            await client.call("joinRoom", room=ROOM)
            await client.call("subscribe", room=ROOM)
        for turn in range(ROUNDS):
            texts = [f"{turn}-{number} {'x' * 2000}" for number in range(40)]
            answers = await send_all(alice, texts[:20])
            # No write of the index may be under way when the space comes back: if there is space by
            # the time that a failed commit is explained, the server takes the disk for broken.
            await found(alice, "x")
            async with no_space():
                answers |= await send_all(alice, texts[20:])
                refused = [text for text in texts if answers[text] == "storage_full"]
                assert refused
                assert all(isinstance(answers[text], dict) for text in texts[:20])
                places |= acknowledged(answers)
                # For existing sessions and for new ones.
                await check_log(bob, places)
                async with server.session(other) as later:
                    await check_log(later, places)
                    assert later.connected["inbox"]["rooms"][0]["headSeq"] == len(places)
                # Small writes may fit into the existing WAL for some time.
                while await sign_up(server, f"carol{next(numbers)}") == 201:
                    pass
                health = await server.http("GET", "/healthz")
                assert (health.status, health.json["reason"]) == (503, why)
            assert await settle(alice, answers, places) == 0
            assert (await server.http("GET", "/healthz")).status == 200
            await bob.call("markRead", room=ROOM, seq=len(places))
            assert await sign_up(server, f"carol{next(numbers)}") == 201
        seen = [event["params"] for event in events(bob, "newMessage")]
        assert {event["text"]: event["seq"] for event in seen} == places
        assert len(seen) == len(places)
        await server.kill()
    assert await server.try_command("check") == CommandResult(0, "ok\n", "")
    server.start()
    async with server.session(token) as alice:
        await check_log(alice, places)
        assert await settle(alice, dict.fromkeys(places), {}) == len(places)
        await check_log(alice, places)


async def test_start_on_a_full_disk(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "data", DISK_KB) as disk,
        FailingServer(disk.path.parent, inside=disk.inside).cleaned_up() as server,
    ):
        token, answers = await fill_and_kill(server)
        async with full(server.data):
            for _ in range(2):
                assert "the disk is full" in await server.refuses_to_start()
        await start_and_settle(server, token, answers)


@pytest.mark.parametrize("why", [QUOTA, FILE_SIZE])
async def test_start_over_quota_or_size_limit(tmp_path: Path, why: str) -> None:
    no_quota = strace_words("pwrite64:error=EDQUOT:when=1+", tmp_path / "calls.txt")
    under = no_quota if why == QUOTA else ["prlimit", f"--fsize={PAGE_BYTES}"]
    with FailingServer(tmp_path).cleaned_up() as server:
        assert why in await server.refuses_to_start(under=under)
        token, answers = await fill_and_kill(server)
        for _ in range(2):
            assert why in await server.refuses_to_start(under=under)
        await start_and_settle(server, token, answers)


async def fill_and_kill(server: FailingServer) -> tuple[str, dict[str, Json | str | None]]:
    """Fill the disk and kill the server. Return the token and the replies."""
    server.start()
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        answers = await send_all(alice, [f"{number} {'x' * 2000}" for number in range(200)])
        await server.kill()
    return token, answers


async def start_and_settle(
    server: FailingServer, token: str, answers: dict[str, Json | str | None]
) -> None:
    server.start()
    async with server.session(token) as alice:
        places: dict[str, int] = {}
        assert await settle(alice, answers, places) == 0
        await check_log(alice, places)


async def test_first_start_on_a_full_disk_can_be_repeated(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", DISK_KB) as disk,
        FailingServer(disk.path, inside=disk.inside).cleaned_up() as server,
    ):
        async with full(disk.path):
            done = await server.try_command("serve", "--listen", "127.0.0.1:0")
            assert (done.code, done.out) == (1, "")
            [line] = done.error.splitlines()
            assert "the disk is full" in line or "No space left" in line
        server.start()
        await server.sign_up("alice")
