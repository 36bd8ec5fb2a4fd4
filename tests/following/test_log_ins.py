"""Failed log-ins at one node count at the other one too."""

from collections.abc import AsyncIterator
from typing import Final

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.accounts.passwords import PasswordHashing
from chatroom.errors import Refused

from ..builders import CONFIG, House
from .two_nodes import two_nodes

PASSWORD: Final = "a long one to guess"  # noqa: S105 - of a test
STRANGER: Final = "192.0.2.1"
BURST: Final = CONFIG.rates.log_in.burst


@pytest.fixture
async def nodes(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[House, House]]:
    """Two nodes, without threads that hash."""

    async def hash_(_: object, password: str, *__: object) -> str:
        return f"hash of {password}"

    async def verify(_: object, hashed: str, password: str, *__: object) -> bool:
        return hashed == f"hash of {password}"

    monkeypatch.setattr(PasswordHashing, "hash", hash_)
    monkeypatch.setattr(PasswordHashing, "verify", verify)
    monkeypatch.setattr(PasswordHashing, "outdated", lambda *_: False)
    async with two_nodes(config=attrs.evolve(CONFIG, rate_limits="on")) as (one, two):
        await one.node.accounts.set_password("alice", PASSWORD)
        yield one, two


async def outcome(house: House, password: str, address: str = STRANGER, user: str = "alice") -> str:
    """Return the reason of the refusal of a log-in, or ``ok``."""
    try:
        await house.node.authentication.log_in(user, password, address)
    except Refused as refused:
        return refused.reason
    finally:
        await trio.sleep(0.01)  # so that the other node hears of it
    return "ok"


async def test_an_address_has_one_bucket_at_both_nodes(nodes: tuple[House, House]) -> None:
    found = [
        await outcome(nodes[number % 2], "a guess", user=f"user{number}")
        for number in range(BURST + 2)
    ]
    assert found == ["unauthenticated"] * BURST + ["rate_limited"] * 2


async def test_failures_at_one_node_delay_attempts_at_the_other(
    nodes: tuple[House, House],
) -> None:
    one, two = nodes
    for _ in range(3):
        assert await outcome(one, "a guess") == "unauthenticated"
    assert await outcome(two, PASSWORD) == "rate_limited"
    await trio.sleep(1)
    assert await outcome(two, PASSWORD) == "ok"
    for house in nodes:  # the failures are forgotten at both
        assert await outcome(house, PASSWORD) == "ok"


async def test_an_address_that_is_known_at_one_node_is_known_at_the_other(
    nodes: tuple[House, House],
) -> None:
    one, two = nodes
    assert await outcome(one, PASSWORD, "198.51.100.7") == "ok"
    for number in range(200):
        await outcome(two, "a guess", f"203.0.113.{number}")
    assert await outcome(two, PASSWORD, "192.0.2.9") == "rate_limited"
    assert await outcome(two, PASSWORD, "198.51.100.7") == "ok"
