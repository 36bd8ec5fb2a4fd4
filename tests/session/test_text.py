"""Valid and invalid texts of messages, and how they are trimmed."""

from collections.abc import AsyncIterator

import pytest
import trio

from ..client import Client
from .node_harness import World

SPACE = " \t\r\n\u00a0\u2003\u2028\u3000\u0085"


@pytest.fixture
async def alice(world: World) -> AsyncIterator[Client]:
    async with world.session("alice") as alice:
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="first")
        yield alice


async def kept(client: Client, seq: int) -> str:
    page = await client.call("getHistory", room="general", around=seq, limit=1)
    return str(page["messages"][0]["text"])


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (f"{SPACE}hello{SPACE}world{SPACE}", f"hello{SPACE}world"),
        ("a", "a"),
        ("\u200b", "\u200b"),  # not white space in Unicode
        ("x" * 4000, "x" * 4000),
        (" " * 5000 + "x" * 4000 + " " * 5000, "x" * 4000),
        ("\U0001f600" * 4000, "\U0001f600" * 4000),  # 16,000 bytes; 8,000 UTF-16 units
        ("e\u0301 \u00e9", "e\u0301 \u00e9"),  # not normalized
        ("a\tb\nc\x01\x7f", "a\tb\nc\x01\x7f"),
        ("<b>&amp;</b> '; DROP TABLE messages; --", "<b>&amp;</b> '; DROP TABLE messages; --"),
        ("\ufffe\U0010ffff", "\ufffe\U0010ffff"),
    ],
)
async def test_good_texts(alice: Client, text: str, becomes: str) -> None:
    sent = await alice.call("sendMessage", room="general", text=text)
    assert await kept(alice, sent["seq"]) == becomes
    await alice.call("editMessage", room="general", seq=1, text=text)
    assert await kept(alice, 1) == becomes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "text_empty"),
        (SPACE, "text_empty"),
        ("x" * 4001, "text_too_long"),
        ("\U0001f600" * 4001, "text_too_long"),
        ("x" * 100_000, "text_too_long"),
    ],
)
async def test_bad_texts(alice: Client, text: str, reason: str) -> None:
    for failed in (
        await alice.refused("sendMessage", room="general", text=text),
        await alice.refused("editMessage", room="general", seq=1, text=text),
        await alice.refused("sendMessage", to="alice", text=text),
    ):
        assert (failed.reason, failed.data["temporary"]) == (reason, False)
    page = await alice.call("getHistory", room="general")
    assert [message["text"] for message in page["messages"]] == ["first"]
    assert (await alice.refused("getHistory", room="@alice:alice")).reason == "not_found"


async def test_bytes_are_limited_beside_characters(nursery: trio.Nursery) -> None:
    """With the default settings no text of 4,000 characters exceeds 16 KiB."""
    small = await World.start(nursery, text_chars=10, text_bytes=20)
    async with small.session("alice") as alice:
        limits = alice.connected["limits"]
        assert (limits["textChars"], limits["textBytes"]) == (10, 20)
        await alice.call("joinRoom", room="general")
        await alice.call("sendMessage", room="general", text="\u00e4" * 10)
        for text in ("\u20ac" * 7, "x" * 11):
            failed = await alice.refused("sendMessage", room="general", text=text)
            assert failed.reason == "text_too_long"
