"""An actor that fails at once each time: the server ends, cleanly, and does not go in circles."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ..client import CallFailed, Client
from .planted import BITTER, POISON
from .process import Planted, running_planted

ALLOWED: Final = 5
"""Restarts within a minute."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Planted]:
    """Whose inboxes wake for each message, and not when they are asked: that would be refused."""
    settings = tmp_path / "settings.toml"
    settings.write_text("unread_interval_ms = 0\n")
    with running_planted(tmp_path, "--config", str(settings)) as server:
        yield server


@pytest.mark.parametrize(
    ("word", "actor", "reason"),
    [(POISON, "room north", "internal"), (BITTER, "userInbox bob", None)],
)
async def test_the_server_ends_when_an_actor_keeps_failing(
    server: Planted, word: str, actor: str, reason: str | None
) -> None:
    tokens = {name: await server.sign_up(name) for name in ("alice", "bob", "carol")}
    async with (
        server.session(tokens["alice"]) as alice,
        server.session(tokens["bob"]) as bob,
        server.session(tokens["carol"]) as carol,
    ):
        for client in (alice, bob):
            await client.call("joinRoom", room="north")
        await carol.call("joinRoom", room="south")
        for number in range(ALLOWED):
            assert await send(alice, f"{word} {number}") == reason
            # It is down, or back already; mail for it waits, and others notice nothing.
            sent = await carol.call("sendMessage", room="south", text=f"{number}")
            assert sent["seq"] == number + 1
            assert {entry["room"] for entry in (await bob.call("getInbox"))["rooms"]} == {"north"}
            assert (await alice.call("getHistory", room="north"))["headSeq"] == number + 1
        # Whether it still answers before it ends is not promised.
        await alice.begin("sendMessage", room="north", text=f"{word} {ALLOWED}")
        assert await server.wait() == 1
        for client in (alice, bob, carol):
            assert await client.wait_closed() == 1012
    log = server.take_log()
    assert log.splitlines()[-1] == f"Error: {actor} failed {ALLOWED + 1} times in 60 s"
    assert log.count(f"actor failed: {actor}") == ALLOWED + 1

    server.start()
    async with server.session(tokens["alice"]) as alice, server.session(tokens["carol"]) as carol:
        sent = await alice.call("sendMessage", room="north", text="again")
        assert sent["seq"] == ALLOWED + 2
        page = await carol.call("getHistory", room="south")
        assert [message["text"] for message in page["messages"]] == ["0", "1", "2", "3", "4"]


async def send(client: Client, text: str) -> str | None:
    """Why it was refused."""
    try:
        await client.call("sendMessage", room="north", text=text)
    except CallFailed as failed:
        return failed.reason
    return None
