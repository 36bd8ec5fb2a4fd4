"""A damaged page on the disk affects only those who need it. The store logs it once."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.config import Config
from chatroom.errors import CloseCode, StorageDamaged
from chatroom.model import Account, Token
from chatroom.node import Node
from chatroom.store.inboxes import RoomList

from ..memory_store import MemoryStore
from .node_harness import Port


class Damaged(MemoryStore):
    broken = False

    def _look(self) -> None:
        if self.broken:
            raise StorageDamaged("malformed")

    async def account(self, name: str) -> Account | None:
        self._look()
        return await super().account(name)

    async def token(self, digest: bytes) -> tuple[Token, Account] | None:
        self._look()
        return await super().token(digest)

    async def rooms(self, user: str, query: str | None, after: str, limit: int) -> RoomList:
        raise StorageDamaged("malformed")


async def test_damage_is_answered_and_not_logged_for_each_call(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with trio.open_nursery() as nursery:
        store = Damaged()
        node = Node(Config(rate_limits="off"), store)
        await nursery.start(node.run)
        port = Port(node, nursery)
        async with port.session("alice") as alice:
            await alice.call("joinRoom", room="general")
            await alice.call("sendMessage", room="general", text="hello")
            assert (await alice.refused("listRooms")).reason == "internal"
            store.broken = True
            body = {"name": "alice", "password": "long enough"}
            answer = await port.http("POST", "/api/login", body)
            assert (answer.status, answer.json["error"]["reason"]) == (500, "internal")
            async with port.socket() as other:
                refused = await other.refused("connect", token="unknown")
                assert refused.reason == "internal"
                assert await other.wait_closed() == CloseCode.RESTART  # the client reconnects later
            await alice.call("sendMessage", room="general", text="hello")
        nursery.cancel_scope.cancel()
    assert caplog.messages == []
