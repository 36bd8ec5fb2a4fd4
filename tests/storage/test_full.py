"""A disk that is full: writes are refused, reads go on, and go on when there is space."""

from itertools import count
from pathlib import Path

from ..server.process import PASSWORD, Server
from .site import (
    ROOM,
    acknowledged,
    check_log,
    doomed,
    events,
    full,
    send_all,
    serve,
    settle,
    small_disk,
)

DISK_KB = 4096
ROUNDS = 3


async def sign_up(server: Server, name: str) -> int:
    """The status: 201, or 503 when it was refused for now."""
    body = {"name": name, "password": PASSWORD}
    answer = await server.http("POST", "/api/signup", body)
    assert answer.status == 201 or answer.json["error"]["reason"] == "storage_full"
    return answer.status


async def test_writes_are_refused_and_reads_go_on_until_there_is_space(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data", DISK_KB), doomed(tmp_path) as server:
        server.start()
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
                with full(server.data):
                    answers |= await send_all(alice, texts[20:])
                    refused = [text for text in texts if answers[text] == "storage_full"]
                    assert refused
                    assert all(isinstance(answers[text], dict) for text in texts[:20])
                    places |= acknowledged(answers)
                    # Those who are there, and those who come.
                    await check_log(bob, places)
                    async with server.session(other) as later:
                        await check_log(later, places)
                        assert later.connected["inbox"]["rooms"][0]["headSeq"] == len(places)
                    # What is small may fit into what the log has already, but not for long.
                    while await sign_up(server, f"carol{next(numbers)}") == 201:
                        pass
                    health = await server.http("GET", "/healthz")
                    assert (health.status, health.json["reason"]) == (503, "the disk is full")
                assert await settle(alice, answers, places) == 0
                assert (await server.http("GET", "/healthz")).status == 200
                await bob.call("markRead", room=ROOM, seq=len(places))
                assert await sign_up(server, f"carol{next(numbers)}") == 201
            seen = [event["params"] for event in events(bob, "newMessage")]
            assert {event["text"]: event["seq"] for event in seen} == places
            assert len(seen) == len(places)
            await server.kill()
        assert await server.command("check") == "ok\n"
        server.start()
        async with server.session(token) as alice:
            await check_log(alice, places)
            assert await settle(alice, dict.fromkeys(places), {}) == len(places)
            await check_log(alice, places)


async def test_a_start_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data", DISK_KB), doomed(tmp_path) as server:
        server.start()
        token = await server.sign_up("alice")
        async with server.session(token) as alice:
            await alice.call("joinRoom", room=ROOM)
            answers = await send_all(alice, [f"{number} {'x' * 2000}" for number in range(200)])
            await server.kill()
        with full(server.data):
            for _ in range(2):
                assert "the disk is full" in await server.refuses_to_start()
        server.start()
        async with server.session(token) as alice:
            places: dict[str, int] = {}
            assert await settle(alice, answers, places) == 0
            await check_log(alice, places)


async def test_a_first_start_on_a_full_disk_is_one_again_later(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, DISK_KB), doomed(disk) as server:
        with full(disk):
            done = await serve(server.data)
            assert (done.code, done.out) == (1, "")
            [line] = done.error.splitlines()
            assert "the disk is full" in line or "No space left" in line
        server.start()
        await server.sign_up("alice")
