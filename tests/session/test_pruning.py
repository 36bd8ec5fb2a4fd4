"""Old messages are pruned, with a line in the log."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from .node_harness import EPOCH_MS, World

DAY_S = 200
"""Seconds of virtual time per day of :func:`fast`."""


def fast() -> int:
    return EPOCH_MS + round(trio.current_time() * 1000 * (24 * 60 * 60 / DAY_S))


@pytest.mark.parametrize(
    "case",
    [
        ({"keep_days": 1}, 0.5, ["new"]),
        ({"keep_messages": 1}, 0.5, ["new"]),
        ({}, 100, ["old", "new"]),
    ],
    ids=["a day", "one", "all"],
)
async def test_messages_are_kept_as_configured(
    nursery: trio.Nursery,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
    case: tuple[dict[str, Any], float, list[str]],
) -> None:
    settings, days, kept = case
    caplog.set_level("DEBUG", "chatroom")
    world = await World.start(nursery, clock=fast, token_days=1000, **settings)
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="old")
        await trio.sleep(DAY_S / 2)
        await alice.call("sendMessage", room="general", text="new")
        await trio.sleep(days * DAY_S + 62)
        page = await alice.call("getHistory", room="general")
        assert [message["text"] for message in page["messages"]] == kept
        assert (page["firstSeq"], page["headSeq"]) == (3 - len(kept), 2)
    logged = {r.message: vars(r) for r in caplog.records if "pruned" in r.message}
    if settings:
        assert logged["pruned old messages"]["rooms"] == 1
        about = logged["messages pruned"]
        assert (about["room"], about["through"]) == ("general", 1)
    else:
        assert not logged
