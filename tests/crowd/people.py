"""People with several sessions each who make random calls concurrently, on a slow store."""

import random
from collections import defaultdict
from typing import Any, Final

import attrs
import trio

from chatroom.hub.envelope import Envelope
from chatroom.inbox import mail as inbox
from chatroom.model import Room
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.store.events import RoomEvent
from chatroom.store.room_log import Batch, Decision
from chatroom.store.rooms import People

from ..builders import Guest, House
from ..faulty_store import FaultyStore, Untellable

PEOPLE: Final = ("ann", "bob", "cat", "dan")
ROOMS: Final = ("lobby", "lobby", "lobby", "den", "den", "hall", "@ann:bob", "@bob:cat")
"""Repeated by weight. ``den`` is private."""
TEXTS: Final = ("hi", "yo @bob", "@room hey", "@ann and @dan", "@cat.")
DELAYS_S: Final = (0, 0, 0, 0.001, 0.005, 0.02)


class Restless(FaultyStore):
    """A slow store that records ``commits`` by room, in order.

    ``failures`` times, a room fails between a commit and its publication.
    """

    def __init__(self, dice: random.Random, failures: int) -> None:
        super().__init__()
        self.commits: dict[str, list[tuple[RoomEvent, ...]]] = defaultdict(list)
        self.failures = failures
        self._dice = dice

    async def _wait(self) -> None:
        self.read_delay, self.inbox_delay, self.commit_delay = self._dice.choices(DELAYS_S, k=3)
        await trio.sleep(self._dice.choice(DELAYS_S))

    async def commit(self, batch: Batch) -> Decision:
        await self._wait()
        decision = await super().commit(batch)
        if self.failures and decision.entries and self._dice.random() < 0.02:
            self.failures -= 1
            return attrs.evolve(decision, entries=Untellable(decision.entries))
        return decision

    def committed(self, room: str, decision: Decision) -> None:
        if decision.entries:
            self.commits[room].append(decision.entries)

    async def room(self, name: str) -> Room | None:
        await self._wait()
        return await super().room(name)

    async def people(self, room: str, names: Any) -> People:
        await self._wait()
        found: People = await super().people(room, names)
        return found


@attrs.frozen
class Asked:
    kind: type
    room: str | None


@attrs.define(eq=False)
class Device:
    """A session that makes calls without waiting, but only one subscription per room at a time."""

    guest: Guest
    asked: dict[int, Asked] = attrs.Factory(dict)
    over: bool = False

    def idle_in(self, room: str) -> bool:
        answered = {frame.get("id") for frame in self.guest.heard}
        return all(
            number in answered
            for number, asked in self.asked.items()
            if asked.room == room and asked.kind in (calls.Subscribe, calls.Unsubscribe)
        )

    def rev_in(self, room: str) -> int | None:
        revs = [e["rev"] for e in self.guest.events("newMessage") if e["room"] == room]
        return revs[-1] if revs else None

    async def ask(self, room: str, kind: type, *args: Any) -> None:
        number = len(self.asked) + 1
        self.asked[number] = Asked(kind, room)
        await self.guest.call(number, room, kind, *args)

    async def ask_inbox(self) -> None:
        number = len(self.asked) + 1
        self.asked[number] = Asked(calls.GetInbox, None)
        user = self.guest.user
        ask = Envelope(user, self.guest.session.calls.add(number), calls.GetInbox())
        await self.guest.node.actors.post(inbox.address(user), ask)


@attrs.define(eq=False)
class Crowd:
    house: House
    store: Restless
    dice: random.Random
    devices: list[Device] = attrs.Factory(list)

    async def live(self, user: str, until: float) -> None:
        dice = self.dice
        while trio.current_time() < until:
            device = Device(await self.house.guest(user))
            self.devices.append(device)
            end = trio.current_time() + dice.choice([0.05, 0.3, 1])
            while trio.current_time() < min(end, until) and device.guest.session.ending is None:
                for _ in range(dice.choice([1, 1, 2, 5])):
                    await self._act(device)
                await trio.sleep(dice.choice([0, 0, 0.005, 0.03]))
            if end < until or device.guest.session.ending is not None:
                self.end(device)
                await trio.sleep(dice.choice([0, 0.04, 0.3]))

    async def prune(self, until: float) -> None:
        while trio.current_time() < until:
            await trio.sleep(0.1)
            for room in self.store.commits:
                keep = mail.Prune(self.dice.choice([0, 5, 50]), None)
                await self.house.node.actors.post(mail.address(room), keep)

    def end(self, device: Device) -> None:
        device.over = True
        self.house.leave(device.guest)

    async def _act(self, device: Device) -> None:
        dice, room = self.dice, self.dice.choice(ROOMS)
        direct, other = room.startswith("@"), dice.choice(PEOPLE)
        commits = self.store.commits[room]
        seq = max(1, len(commits) // 2 + dice.randint(-3, 3))
        match dice.randrange(22):
            case 0 | 1 | 2 | 3 | 4 | 5:
                await device.ask(room, calls.SendMessage, dice.choice(TEXTS))
            case 6:
                await device.ask(room, calls.EditMessage, seq, dice.choice(TEXTS))
            case 7:
                await device.ask(room, calls.DeleteMessage, seq)
            case 8 | 9:
                await device.ask(room, calls.MarkRead, seq)
            case 10:
                await device.ask(room, calls.SetNotifications, dice.choice(["all", "none"]))
            case 11 if not direct:
                await device.ask(room, calls.JoinRoom, True)
            case 12:
                kind: type = dice.choice([calls.Invite, calls.Invite, calls.Unban])
                await device.ask(room, kind, other)
            case 13 if dice.random() < 0.3:
                await device.ask(room, dice.choice([calls.RemoveMember, calls.Ban]), other)
            case 14 if dice.random() < 0.3:
                await device.ask(room, calls.LeaveRoom)
            case 15 if device.idle_in(room):
                await device.ask(room, calls.Unsubscribe)
            case 16 | 17 | 18 if device.idle_in(room):
                since = dice.choice([None, device.rev_in(room)])
                epoch = None if since is None else self.store.epoch
                await device.ask(room, calls.Subscribe, epoch, since, dice.choice([None, 1, 200]))
            case 19:
                await device.ask_inbox()
            case 20 | 21:
                react = dice.choice([calls.AddReaction, calls.AddReaction, calls.RemoveReaction])
                await device.ask(room, react, seq, dice.choice(["\U0001f44d", "\u2764\ufe0f"]))
            case _:
                pass  # no call this time
