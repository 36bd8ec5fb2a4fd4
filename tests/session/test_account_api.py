"""HTTP calls of an account about its password, tokens and sessions."""

import logging
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.clock import DAY_MS

from ..client import Answer
from .node_harness import World, now_ms

OLD, NEW, LABEL = "correct horse", "battery staple", "my laptop"


@attrs.define
class Wall:
    """A wall clock that can skip days."""

    skipped_ms: int = 0

    def __call__(self) -> int:
        return now_ms() + self.skipped_ms

    async def skip(self, days: float, seconds: int = 0) -> None:
        """Skip time. Returns when the timeouts of all sessions have been checked."""
        self.skipped_ms += round(days * DAY_MS) + seconds * 1000
        await trio.sleep(2)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def world(nursery: trio.Nursery, wall: Wall) -> World:
    return await World.start(nursery, clock=wall)


@attrs.frozen
class Person:
    """A person with a token who makes calls about their account."""

    world: World
    token: str

    def with_token(self, issued: dict[str, Any]) -> "Person":
        return Person(self.world, issued["token"])

    async def request(
        self, method: str, path: str, body: object = None, peer: str = "192.0.2.1"
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.world.http(method, path, body, headers=headers, peer=peer)

    async def status(self, peer: str = "192.0.2.1") -> int:
        """Return the status of a request that needs a valid token."""
        return (await self.request("GET", "/api/tokens", peer=peer)).status

    async def post(self, path: str, **body: object) -> Any:
        answer = await self.request("POST", f"/api/{path}", body)
        assert answer.status in (200, 201, 204), answer.body
        return answer.json if answer.body else None

    async def refused(self, path: str, **body: object) -> tuple[int, str]:
        answer = await self.request("POST", f"/api/{path}", body)
        return answer.status, answer.reason

    async def tokens(self) -> list[dict[str, Any]]:
        answer = await self.request("GET", "/api/tokens")
        assert answer.status == 200
        listed: list[dict[str, Any]] = answer.json["tokens"]
        return listed


@pytest.fixture
async def alice(world: World) -> Person:
    """A person without a password: hashing in a thread would not stop the virtual clock."""
    issue = world.node.accounts.issue_tokens
    [(_, token)] = await issue(["alice"], create=True, label=f" {LABEL} ")
    return Person(world, token)


@pytest.fixture
async def carol(world: World) -> Person:
    """A person who signed up with a password and a label."""
    body = {"name": "carol", "password": OLD, "label": f" {LABEL} "}
    return Person(world, (await world.http("POST", "/api/signup", body)).json["token"])


@pytest.fixture
async def bob(world: World) -> Person:
    return Person(world, await world.token("bob"))


async def test_calls_about_an_account_need_a_token(world: World) -> None:
    for path in ("password", "renew", "tokens", "tokens/revoke", "sessions/end"):
        for method in ("POST", "GET") if path == "tokens" else ("POST",):
            for headers in ({}, {"Authorization": "Bearer nonsense"}):
                body: dict[str, str] | None = {} if method == "POST" else None
                answer = await world.http(method, f"/api/{path}", body, headers=headers)
                assert (answer.status, answer.reason) == (401, "unauthenticated")


async def test_requests_are_limited_by_account_and_address(
    alice: Person, bob: Person, autojump_clock: MockClock
) -> None:
    """A thief of a token makes requests continuously. Its owner can end it from elsewhere."""
    stolen = await alice.post("tokens")
    thief, there = alice.with_token(stolen), "198.51.100.7"
    assert [await thief.status(there) for _ in range(20)] == [200] * 20
    answer = await thief.request("GET", "/api/tokens", peer=there)
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")
    assert await bob.status(there) == 200
    await trio.sleep(2)
    assert [await thief.status(there) for _ in range(2)] == [200, 429]
    await alice.post("tokens/revoke", id=stolen["id"])
    assert await thief.status(there) == 401


# ---- the password


async def test_a_new_password_ends_all_other_tokens(world: World, carol: Person) -> None:
    other = Person(world, await world.token("carol"))
    async with world.socket() as mine, world.socket() as theirs:
        await mine.connect(carol.token)
        await theirs.connect(other.token)
        issued = await carol.post("password", old=OLD, new=NEW)
        assert await theirs.wait_closed() == 4501
        await mine.call("getInbox")  # the session continues with the new token
        assert [await old.status() for old in (carol, other)] == [401, 401]
        [listed] = await carol.with_token(issued).tokens()
        assert (listed["id"], listed["label"]) == (issued["id"], LABEL)
        [session] = listed["sessions"]
        assert session["sessionId"] == mine.connected["sessionId"]
    for password, status in ((OLD, 401), (NEW, 200)):
        body = {"name": "carol", "password": password}
        assert (await world.http("POST", "/api/login", body)).status == status


async def test_the_old_password_is_required(
    carol: Person, bob: Person, caplog: pytest.LogCaptureFixture
) -> None:
    assert await carol.refused("password", old="wrong horse", new=NEW) == (403, "forbidden")
    assert "password change failed" in caplog.messages
    for new in ("short", "password", "carol123"):
        assert await carol.refused("password", old=OLD, new=new) == (400, "invalid_params")
    assert await bob.refused("password", old=OLD, new=NEW) == (403, "forbidden")  # he has none
    assert len(await carol.tokens()) == 1


# ---- tokens


async def test_tokens_are_listed_with_their_sessions(
    world: World, alice: Person, autojump_clock: MockClock
) -> None:
    start = now_ms()
    await trio.sleep(10)
    phone = alice.with_token(await alice.post("tokens", label="phone"))
    async with world.socket() as one, world.socket() as two:
        sessions = []
        for client, seconds in ((one, 12), (two, 15)):
            await trio.sleep(seconds - (now_ms() - start) / 1000)
            await client.connect(alice.token)
            session = {"sessionId": client.connected["sessionId"], "address": "192.0.2.1"}
            sessions.append(session | {"connectedAt": start + seconds * 1000})
        await trio.sleep(60)  # the day of the last use is written periodically
        latest, first = await alice.tokens()
        for token, label, created_at in ((latest, "phone", start + 10_000), (first, LABEL, start)):
            assert (token["label"], token["createdAt"]) == (label, created_at)
            assert token["expiresAt"] == created_at + 90 * DAY_MS
        assert (latest["sessions"], latest["current"]) == ([], False)
        assert "lastUsedAt" not in latest
        assert (first["sessions"], first["current"]) == (sessions, True)
        assert first["lastUsedAt"] == start + 10_000
        assert latest["id"] != first["id"]
        assert [token["current"] for token in await phone.tokens()] == [True, False]


async def test_a_renewed_token_takes_its_place(
    world: World, alice: Person, wall: Wall, autojump_clock: MockClock
) -> None:
    async with world.socket() as client:
        await client.connect(alice.token)
        await wall.skip(80)
        issued = await alice.post("renew")
        assert issued["expiresAt"] == wall() + 90 * DAY_MS
        assert issued["label"] == LABEL
        # The response may have been lost, so the old token is accepted for a while.
        again = await alice.post("renew")
        [listed] = await alice.tokens()
        assert (listed["id"], listed["current"]) == (again["id"], True)
        [session] = listed["sessions"]
        assert session["sessionId"] == client.connected["sessionId"]
        await wall.skip(0, seconds=5 * 60)
        assert await alice.status() == await alice.with_token(issued).status() == 401
        await wall.skip(80)
        assert client.pending("tokenExpiring") == []
        await client.call("getInbox")  # after the expiry of the old token
    async with world.socket() as client:
        connected = await client.connect(again["token"])
        assert connected["tokenExpiresAt"] == again["expiresAt"]


@pytest.mark.parametrize("path", ["logout", "tokens/revoke"])
async def test_ending_a_renewed_token_ends_the_new_one(alice: Person, path: str) -> None:
    """A thief of a token renews it continuously. Its owner knows the id that was listed."""
    stolen = await alice.post("tokens")
    thief = alice.with_token(stolen)
    renewed = await thief.post("renew")
    if path == "logout":
        await thief.post("logout")
    else:
        await alice.post("tokens/revoke", id=stolen["id"])
    assert await alice.with_token(renewed).status() == 401


async def test_a_token_of_chosen_life(alice: Person, autojump_clock: MockClock) -> None:
    await trio.sleep(1)
    issued = await alice.post("tokens", label="cron", days=7)
    assert (issued["label"], issued["expiresAt"] - now_ms()) == ("cron", 7 * DAY_MS)
    cron = alice.with_token(issued)
    assert [token["label"] for token in await cron.tokens()] == ["cron", LABEL]
    # A token cannot create one that expires later than itself, nor does renewal extend it.
    assert await cron.refused("tokens", days=8) == (400, "invalid_params")
    assert (await cron.post("tokens"))["expiresAt"] - now_ms() == 7 * DAY_MS
    assert (await cron.post("renew"))["expiresAt"] - now_ms() == 7 * DAY_MS
    bad: list[dict[str, object]] = [{"days": days} for days in (0, -1, 91, 10**9, "7", 1.5, True)]
    bad += [{"label": label} for label in ("a\nb", "x" * 81, "\u202e", 7)]
    for params in bad:
        assert await alice.refused("tokens", **params) == (400, "invalid_params"), params


@pytest.mark.parametrize("path", ["tokens/revoke", "sessions/end"])
async def test_only_its_owner_ends_a_token_or_a_session(
    world: World, alice: Person, bob: Person, path: str
) -> None:
    issued = await alice.post("tokens", label="cron")
    async with world.socket() as one, world.socket() as two:
        for client in (one, two):
            await client.connect(issued["token"])
        revokes = path == "tokens/revoke"
        ended = {"id": issued["id"]} if revokes else {"sessionId": one.connected["sessionId"]}
        assert await bob.refused(path, **ended) == (404, "not_found")
        await alice.post(path, **ended)
        assert await one.wait_closed() == 4501
        assert await alice.refused(path, **ended) == (404, "not_found")
        if revokes:
            assert await two.wait_closed() == 4501
        else:
            await two.call("getInbox")
    assert await alice.with_token(issued).status() == (401 if revokes else 200)
    assert len(await alice.tokens()) == (1 if revokes else 2)


async def test_tokens_are_limited_in_number(nursery: trio.Nursery) -> None:
    world = await World.start(nursery, max_tokens=3)
    body = {"name": "alice", "password": OLD}
    alice = Person(world, (await world.http("POST", "/api/signup", body)).json["token"])
    async with world.socket() as client:
        await client.connect(alice.token)
        for _ in range(2):
            await alice.post("tokens")
        assert await alice.refused("tokens") == (403, "quota_exceeded")
        # A log-in succeeds nevertheless, and revokes the oldest token.
        issued = (await world.http("POST", "/api/login", body)).json
        assert await client.wait_closed() == 4501
    assert await alice.status() == 401
    assert len(await alice.with_token(issued).tokens()) == 3


# ---- expiry


async def test_expiry_is_announced_daily_from_a_week_before(
    world: World,
    alice: Person,
    wall: Wall,
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with world.socket() as client:
        expires_at = (await client.connect(alice.token))["tokenExpiresAt"]
        assert expires_at == wall() + 90 * DAY_MS
        await wall.skip(83, seconds=-10)
        assert client.pending("tokenExpiring") == []
        for _ in range(7):
            await wall.skip(0, seconds=10)
            assert await client.event("tokenExpiring") == {"expiresAt": expires_at}
            await wall.skip(0.5)
            async with world.socket() as late:
                await late.connect(alice.token)
                assert await late.event("tokenExpiring") == {"expiresAt": expires_at}
            assert client.pending("tokenExpiring") == []
            await wall.skip(0.5)
        await wall.skip(0, seconds=10)
        assert await client.wait_closed() == 4500
    logged = [record.message for record in caplog.records if "token " in record.message]
    assert logged == ["token expires soon"] * 7 + ["token expired; ending the session"]


async def test_a_short_lived_token_is_warned_of_at_half(
    world: World, alice: Person, wall: Wall, autojump_clock: MockClock
) -> None:
    issued = await alice.post("tokens", days=1)
    async with world.socket() as client:
        await client.connect(issued["token"])
        await wall.skip(0.5, seconds=-10)
        assert client.pending("tokenExpiring") == []
        await wall.skip(0, seconds=10)
        assert await client.event("tokenExpiring") == {"expiresAt": issued["expiresAt"]}


async def test_no_warnings(nursery: trio.Nursery, wall: Wall, autojump_clock: MockClock) -> None:
    world = await World.start(nursery, clock=wall, token_warning_days=0)
    async with world.session("alice") as client:
        await wall.skip(90, seconds=-10)
        assert client.pending("tokenExpiring") == []
        await wall.skip(0, seconds=10)
        assert await client.wait_closed() == 4500
