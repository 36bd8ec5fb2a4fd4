"""A block and a message in the same group commit."""

import threading
from functools import partial
from pathlib import Path

import trio

from chatroom.hub.envelope import Envelope
from chatroom.hub.pending_calls import Handled
from chatroom.inbox import mail as inbox
from chatroom.protocol import calls
from chatroom.protocol.field_types import UserName
from chatroom.room import mail
from chatroom.store.sql.jobs import Job

from ..builders import made, open_house, reason
from ..store.room_log import opened

ROUNDS = 12
"""Trio runs ready tasks in random order, so a wrong order shows in one of two rounds."""


async def test_no_message_is_acknowledged_after_the_block_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, open_house(store) as house:
        alice, bob = await house.guests("alice", "bob")
        await bob.send("@alice:bob")
        for number in range(ROUNDS):
            order: list[str] = []
            answered = trio.Event()

            def hear(
                what: str, result: object, order: list[str] = order, both: trio.Event = answered
            ) -> None:
                assert reason(result) is None
                order.append(what)
                if len(order) == 2:
                    both.set()

            free = threading.Event()
            writer = store._writer
            house.nursery.start_soon(writer.write, Job(lambda *_, free=free: free.wait()))
            while not writer.writing:
                await trio.lowlevel.checkpoint()
            to = bob.session.calls.add(Handled(partial(hear, "sent")))
            sent = made("bob", "@alice:bob", calls.SendMessage, f"number {number}")
            address = mail.address("@alice:bob")
            await house.node.actors.post(address, Envelope("bob", to, sent))
            while not writer._waiting:
                await trio.lowlevel.checkpoint()
            to, block = (
                alice.session.calls.add(Handled(partial(hear, "blocked"))),
                calls.BlockUser(UserName("bob")),
            )
            await house.node.actors.post(inbox.address("alice"), Envelope("alice", to, block))
            while len(writer._waiting) < 2:
                await trio.lowlevel.checkpoint()
            free.set()
            await answered.wait()
            assert order == ["sent", "blocked"]
            await alice.ask_inbox(calls.UnblockUser(UserName("bob")))
