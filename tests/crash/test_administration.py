"""Kills while people come by links, and moderators act on them.

Each use counts once, and each act that changed something is in the audit once, in the same commit.
Everything is tried again until it is answered, as clients do.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import trio

from chatroom.store.sqlite.integrity import faults

from ..client import CallFailed, Client
from ..server.process import PASSWORD, Server

KILLS: Final = 3
PEOPLE: Final = 16
PLACES: Final = 10
"""People who may come by the link. The others are refused."""
SEED: Final = 1


class Crowd:
    """Tries again until the server has answered."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.up = trio.Event()
        self.up.set()

    async def until_answered(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        while True:
            await self.up.wait()
            try:
                with trio.fail_after(5):
                    return await attempt()
            except Exception:  # a lost connection, in any state of the protocol
                await trio.sleep(0.01)

    async def sign_up(self, name: str, code: str) -> int:
        """Return the status of the last answer: 409 if an earlier attempt was done."""
        body = {"name": name, "password": PASSWORD, "invitation": code}
        answer = await self.until_answered(lambda: self.server.http("POST", "/api/signup", body))
        return int(answer.status)

    async def call(self, token: str, method: str, **params: object) -> Any:
        async def attempt() -> Any:
            async with self.server.session(token) as client:
                return await answered(client, method, params)

        return await self.until_answered(attempt)


async def answered(client: Client, method: str, params: dict[str, object]) -> Any:
    try:
        return await client.call(method, **params)
    except CallFailed as failed:
        if failed.data["temporary"]:
            raise OSError from None
        return failed.reason


async def test_each_use_and_each_act_counts_once(tmp_path: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - to be repeated
    server = Server(tmp_path, "--rate-limits", "off", "--signup", "invite")
    with server.running():
        crowd = Crowd(server)
        root = await server.sign_up("root", invitation=server.admin_code)
        await crowd.call(root, "createRoom", room="den", visibility="private")
        made = await crowd.call(root, "createInvitation", room="den", server=True, maxUses=PLACES)
        statuses: Counter[int] = Counter()
        acts: Counter[str] = Counter()

        async def person(name: str) -> None:
            status = await crowd.sign_up(name, made["code"])
            statuses[status] += 1
            if status == 403:
                return
            for method in ("mute", "unmute", "mute"):
                assert await crowd.call(root, method, room="den", user=name) == {}
                acts[method] += 1

        async def people(names: list[str]) -> None:
            for name in names:
                await person(name)

        async with trio.open_nursery() as nursery:
            names = [f"person-{number}" for number in range(PEOPLE)]
            for start in range(8):
                nursery.start_soon(people, names[start::8])
            for _ in range(KILLS):
                await trio.sleep(dice.uniform(0.05, 0.6))
                crowd.up = trio.Event()
                await server.kill()
                server.start()
                crowd.up.set()
        assert statuses[201] + statuses[409] == PLACES
        assert statuses[403] == PEOPLE - PLACES
        [listed] = (await crowd.call(root, "listInvitations"))["invitations"]
        shown = await server.command("admin", "user", "list")
        accounts = sum(line.startswith("person-") for line in shown.splitlines())
        assert listed["uses"] == len(set(listed["users"])) == accounts == PLACES
        # A kill between the account and the room leaves the room to be entered by the same link.
        members = (await crowd.call(root, "listMembers", room="den", limit=200))["members"]
        assert {member["user"] for member in members} <= {"root", *listed["users"]}
        entries, after = [], None
        while True:
            page = await crowd.call(root, "listAudit", room="den", after=after, limit=200)
            entries += page["entries"]
            if (after := page["next"]) is None:
                break
        # A repeated call changes nothing, and so is told once.
        told = Counter((entry["act"], entry["user"]) for entry in entries)
        assert told == Counter(
            {
                (act, user): count
                for user in listed["users"]
                for act, count in (("mute", 2), ("unmute", 1))
            }
        )
        await server.stop()
    assert faults(server.data) == []
