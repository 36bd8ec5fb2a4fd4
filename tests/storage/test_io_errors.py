"""I/O errors: a commit with an unknown outcome is never acknowledged, the process ends, and a retry
after the restart is answered."""

from typing import Any

import pytest

from chatroom.store.sqlite.commit_mark import MARK

from .failing_server import (
    ROOM,
    FailingServer,
    acknowledged,
    check_log,
    events,
    failing,
    send_all,
    settle,
    strace_words,
)

DATABASE, LOG = "chatroom.db", "chatroom.db-wal"
ENDING = [
    pytest.param("fdatasync:error=EIO:when=3", (LOG,), id="the third sync of the log"),
    pytest.param("fdatasync:error=EIO:when=1+", (), id="every sync"),
    pytest.param("pwrite64:error=EIO:when=9", (LOG,), id="the ninth write to the log"),
    pytest.param("pwrite64:error=EIO:when=1+", (), id="every write"),
]
HARMLESS = [
    pytest.param("fdatasync:error=EIO:when=1+", (DATABASE,), id="every sync of the database"),
    pytest.param("pwrite64:error=EIO:when=1+", (DATABASE, MARK), id="every write beside the log"),
]


@pytest.mark.parametrize(("fault", "files"), ENDING)
async def test_io_error_in_a_commit_ends_the_server_without_acknowledgement(
    server: FailingServer, fault: str, files: tuple[str, ...]
) -> None:
    token = await server.sign_up("alice")
    before = [f"before-{number}" for number in range(10)]
    after = [f"after-{number} {'x' * 1000}" for number in range(20)]
    async with server.session(token) as alice, server.session(token) as watcher:
        for client in (alice, watcher):
            await client.call("joinRoom", room=ROOM)
        await watcher.call("subscribe", room=ROOM)
        answers = await send_all(alice, before)
        assert all(isinstance(answer, dict) for answer in answers.values())
        async with failing(server, fault, *files):
            answers |= await send_all(alice, after[:1])
            if answers[after[0]] is not None:
                for text in after[1:]:
                    answers |= await send_all(alice, [text])
                    if answers[text] is None:
                        break
            assert await server.wait() == 1
        await watcher.wait_closed()
        heard = {event["params"]["text"] for event in events(watcher, "newMessage")}
    assert [answer for answer in answers.values() if not isinstance(answer, dict)] == [None]
    assert heard <= acknowledged(answers).keys()
    last = server.log.read_text().splitlines()[-1]
    assert last.startswith("Error: ")
    assert "disk I/O error" in last
    server.start()
    async with server.session(token) as alice:
        places: dict[str, int] = {}
        await settle(alice, answers, places)
        await check_log(alice, places)
    assert await server.command("check") == "ok\n"


@pytest.mark.parametrize(("fault", "files"), HARMLESS)
async def test_io_error_in_checkpoint_or_mark_is_tolerated(
    server: FailingServer, fault: str, files: tuple[str, ...]
) -> None:
    """Acknowledgements depend neither on checkpoints nor on the mark."""
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        async with failing(server, fault, *files):
            answers: dict[str, Any] = {}
            for turn in range(20):  # enough to trigger a checkpoint
                texts = [f"{turn}-{number} {'x' * 3900}" for number in range(60)]
                answers |= await send_all(alice, texts)
            places = acknowledged(answers)
            assert len(places) == len(answers)
            await server.kill()
    server.start()
    async with server.session(token) as alice:
        await check_log(alice, places)
        assert await settle(alice, dict.fromkeys(texts), {}) == len(texts)
    assert await server.command("check") == "ok\n"


async def test_start_on_a_failing_disk(server: FailingServer) -> None:
    token = await server.sign_up("alice")
    async with server.session(token) as alice:
        await alice.call("joinRoom", room=ROOM)
        answers = await send_all(alice, [f"text-{number}" for number in range(20)])
        await server.kill()
    assert "the disk cannot be read or written" in await server.refuses_to_start(
        under=strace_words("fdatasync:error=EIO:when=1+", server.log.with_name("calls.txt"))
    )
    server.start()
    async with server.session(token) as alice:
        await check_log(alice, acknowledged(answers))
