"""Lost connections: calls are repeated, and missed events are caught up with, once each."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.client import (
    ConnectionChanged,
    MemberChanged,
    Message,
    MessageChanged,
    NewMessage,
    RateLimited,
    Resynced,
    Unread,
)
from chatroom.limit_settings import Quotas, Rate, Rates

from ..faulty_store import FaultyStore
from .network import Network, StartNetwork, messages, next_of


@pytest.mark.parametrize("heard", [True, False])
async def test_a_send_that_was_interrupted_is_done_once(network: Network, heard: bool) -> None:
    """The client cannot know whether the server received it."""
    async with network.meet("alice") as [alice]:
        sent = []

        async def send(text: str) -> None:
            sent.append(await alice.send("general", text))

        async with trio.open_nursery() as nursery:
            network.wire.pause()
            if not heard:
                network.go_down()
            for text in ("one", "two", "three"):
                nursery.start_soon(send, text)
                await wait_all_tasks_blocked()
            network.down = False
            network.wire.cut()
        assert [(s.seq, s.duplicate) for s in sent] == [(1, heard), (2, heard), (3, heard)]
        assert [m.text for m in await messages(alice, 3)] == ["one", "two", "three"]
        assert [m.seq for m in (await alice.history("general")).messages] == [1, 2, 3]


async def test_each_missed_event_is_delivered_once(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        for number in range(3):
            await alice.send("general", f"{number}")
        assert [m.seq for m in await messages(bob, 3)] == [1, 2, 3]
        network.go_down()
        assert await next_of(bob, ConnectionChanged) == ConnectionChanged(connected=False)
        for number in range(3, 500):
            await alice.send("general", f"{number}")
        for seq in (1, 3, 4, 250, 500):
            await alice.edit("general", seq, f"edited {seq}")
        await alice.delete("general", 100)
        network.down = False
        seen, changed = list[Message](), list[Message]()
        while len(seen) < 497 or len(changed) < 2:
            match await anext(bob.events()):
                case NewMessage(message):
                    seen.append(message)
                case MessageChanged(message):
                    changed.append(message)
                case _:
                    pass  # not part of the log
        assert [m.seq for m in seen] == list(range(4, 501))
        assert {m.seq: m.text for m in seen if m.text != str(m.seq - 1)} == {
            4: "edited 4",
            100: "",
            250: "edited 250",
            500: "edited 500",
        }
        assert [(m.seq, m.text) for m in changed] == [(1, "edited 1"), (3, "edited 3")]
        assert len(network.dialled) > 2


async def test_unread_counts_come_after_an_outage(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        await bob.unsubscribe("general")
        network.go_down()
        await alice.send("general", "hello")
        await alice.send_to("bob", "hello")
        network.down = False
        unread = {"general": 0}
        while unread != {"general": 1, "@alice:bob": 1}:
            entry = (await next_of(bob, Unread)).entry
            unread[entry.room] = entry.unread
        assert bob.inbox.unread == 2


async def test_removal_during_an_outage_is_an_event(network: Network) -> None:
    async with network.meet("alice", "bob") as [alice, bob]:
        await alice.send("general", "hello")
        await messages(bob, 1)
        network.go_down()
        await alice.remove_member("general", "bob")
        network.down = False
        gone = MemberChanged("general", "bob", None)
        while await next_of(bob, MemberChanged) != gone:
            pass
        with pytest.raises(KeyError):
            bob.room("general")


async def test_a_restored_backup_resynchronizes_the_room(network: Network) -> None:
    async with network.meet("alice") as [chat]:
        room = chat.room("general")
        for number in range(3):
            await chat.send("general", f"{number}")
        await messages(chat, 3)
        restored = FaultyStore()
        restored.restart("restored")
        other = await Network.start(network.world.nursery, store=restored, rate_limits="off")
        tokens = await network.world.store.tokens("alice", 0, 10)
        await restored.add_accounts(await network.world.store.accounts(), tokens)
        async with other.meet("alice") as [before]:
            await before.send("general", "from the backup")
        network.peer = lambda _, stream: other.world.node.admission.handle(stream, "192.0.2.1")
        network.wire.cut()
        resynced = await next_of(chat, Resynced)
        assert resynced.reason == "epoch_changed"
        assert [m.text for m in resynced.messages] == ["from the backup"]
        assert [m.text for m in room.messages.values()] == ["from the backup"]
        assert (room.head_seq, room.last) == (1, resynced.messages[0])
        await chat.send("general", "and on")
        assert [m.seq for m in await messages(chat, 1)] == [2]


# ---- reconnecting


async def test_pauses_between_attempts_grow(network: Network) -> None:
    """The client survives an outage of an hour, and tries at most every few seconds."""
    async with network.meet("alice") as [chat]:
        network.go_down()
        await trio.sleep(3600)
        tries = len(network.dialled)
        assert 3600 / 16 < tries < 3600 / 4
        network.down = False
        await chat.send("general", "back")
        # Only the last state of the connection is reported.
        assert await next_of(chat, ConnectionChanged) == ConnectionChanged(connected=True)
        assert [m.text for m in await messages(chat, 1)] == ["back"]
        await trio.sleep(600)
        assert len(network.dialled) == tries + 1
        # After the next loss the pauses are short again.
        network.wire.cut()
        lost = trio.current_time()
        await chat.send("general", "again")
        assert trio.current_time() - lost < 0.3


async def test_an_outage_is_one_event(network: Network) -> None:
    async with network.chat() as chat:
        network.go_down()
        assert await next_of(chat, ConnectionChanged) == ConnectionChanged(connected=False)
        with trio.move_on_after(600) as waiting:
            await anext(chat.events())
        assert waiting.cancelled_caught
        network.down = False
        assert await next_of(chat, ConnectionChanged) == ConnectionChanged(connected=True)


async def test_a_slow_page_is_no_silence(network: Network) -> None:
    """The bytes of the page count as a sign of life, since the pong waits behind them."""
    async with network.meet("alice", buffer=None) as [alice]:
        await alice.unsubscribe("general")
        for _ in range(100):
            await alice.send("general", "x" * 4000)
        network.wire.bytes_per_s = 4000
        await alice.subscribe("general")
        assert trio.current_time() > 35
        assert len(network.wires) == 1
        # The client notices when they stop.
        network.wire.pause()
        await trio.sleep(45)
        assert len(network.wires) == 2


async def test_many_rooms_are_resumed_without_violations(start_network: StartNetwork) -> None:
    """There are far more rooms than the burst of calls."""
    network = await start_network(
        rates=Rates(joins=Rate(10_000, 10_000), violations_per_minute=500),
        quotas=Quotas(rooms_per_day=None),
    )
    async with network.chat("alice", patient=True) as alice:
        rooms = [f"room-{number}" for number in range(300)]
        for room in rooms:
            await alice.join(room)
        network.wire.cut()
        async with network.chat("bob", patient=True) as bob:
            for room in rooms:
                await bob.join(room)
                await bob.send(room, "hello")
        got = await messages(alice, len(rooms))
        assert sorted(m.room for m in got) == sorted(rooms)


# ---- rate limits


@pytest.mark.parametrize("patient", [True, False])
async def test_a_patient_client_waits_for_the_rate(
    start_network: StartNetwork, patient: bool
) -> None:
    """It sends a hundred messages at once, with a burst of twenty, without violations."""
    network = await start_network(rates=Rates(violations_per_minute=300))
    async with network.meet("alice", patient=patient) as [chat]:
        sent, refused = [], []

        async def send(number: int) -> None:
            try:
                sent.append((await chat.send("general", f"{number}")).seq)
            except RateLimited as error:
                refused.append(error)

        async with trio.open_nursery() as sending:
            for number in range(100):
                sending.start_soon(send, number)
        assert len(sent) == (100 if patient else 20)
        assert len(refused) == (0 if patient else 80)
        assert sorted(sent) == list(range(1, len(sent) + 1))
        assert len({m.text for m in await messages(chat, len(sent))}) == len(sent)
        if patient:
            assert trio.current_time() < 30, "not slower than it has to be"
            return
        retry_after_ms = refused[0].retry_after_ms
        assert retry_after_ms is not None
        await trio.sleep(retry_after_ms / 1000)
        assert (await chat.send("general", "in time")).seq == 21


async def test_a_later_call_waits_behind_those_that_wait(start_network: StartNetwork) -> None:
    network = await start_network()
    async with network.meet("alice", patient=True) as [chat], trio.open_nursery() as sending:
        for number in range(30):
            sending.start_soon(chat.send, "general", f"{number}")
        await trio.sleep(0.5)  # now two more are within the rate
        assert (await chat.send("general", "last")).seq == 31


async def test_a_patient_client_waits_to_subscribe(start_network: StartNetwork) -> None:
    network = await start_network(rates=Rates(calls=Rate(1, 60)))
    async with network.chat(patient=True) as chat:
        for room in ("one", "two", "three"):
            await chat.join(room)


async def test_a_draining_server_is_waited_out(network: Network) -> None:
    async with network.meet("alice") as [chat]:
        for session in network.world.node.sessions._live:
            session.draining = True

        async def restart() -> None:
            await trio.sleep(5)
            network.wire.cut()

        network.world.nursery.start_soon(restart)
        assert (await chat.send("general", "hello")).seq == 1
        assert trio.current_time() > 4
