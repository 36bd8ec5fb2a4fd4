"""What happens on a day: people come, write, read and go, and an operator keeps the server."""

import random
import time
from pathlib import Path
from typing import Any, Final

import trio

from chatroom.cli.rotation import backups, remove_oldest
from chatroom.errors import Refused
from chatroom.model import direct_room
from chatroom.protocol import calls
from chatroom.store.administration import Act
from chatroom.store.sqlite.backup import back_up

from ..builders import Guest, House, accounts
from .machine import DAY_S, Machine
from .retention import SHORT_DAYS, SHORT_ROOM, Acknowledged

PEOPLE: Final = 200
ROOMS: Final = 20
COMING: Final = 12
"""People who come on a day. Most of the CPU of a day are their calls."""
CONTACTS: Final = 4
BACKUPS: Final = 4
EMOJI: Final = "\U0001f44d"


class Life:
    def __init__(self, machine: Machine, seed: int) -> None:
        self._machine = machine
        self._choose = random.Random(seed)  # noqa: S311 - to be repeated
        self._people = [f"person-{number}" for number in range(PEOPLE)]
        self._count = PEOPLE
        self.acknowledged = Acknowledged()
        self._day = 0
        self.refused = 0
        self.sent = 0

    async def begin(self, house: House) -> None:
        await house.store.add_accounts(accounts(*self._people))
        guest = await house.guest(self._people[0])
        await guest.join(SHORT_ROOM)
        house.leave(guest)
        act = Act(self._machine.wall(), None)
        assert await house.store.set_retention(SHORT_ROOM, SHORT_DAYS, None, act) is None

    async def day(self, house: House, day: int) -> None:
        """Let a day pass. The last hours are quiet."""
        self._day = day
        began = trio.current_time()
        for name in self._choose.sample(self._people, COMING):
            guest = await house.guest(name)
            await self._visit(guest)
            await trio.sleep(DAY_S / COMING / 2)
            house.leave(guest)
        await trio.sleep_until(began + DAY_S)

    async def _visit(self, guest: Guest) -> None:
        choose = self._choose
        for number in choose.sample(range(ROOMS), 2):
            room = f"room-{number}"
            await guest.join(room)
            await guest.subscribe(room)
            sent = await self._send(guest, room)
            thread = {"thread": sent} if sent else {}
            await self._send(guest, room, **thread)
            if sent:
                await guest.ask(room, calls.AddReaction, sent, EMOJI)
                await guest.ask(room, calls.MarkRead, sent)
            if sent and choose.random() < 0.2:
                await guest.ask(room, calls.EditMessage, sent, f"edited {self.sent}")
            if sent and choose.random() < 0.1:
                await guest.ask(room, calls.DeleteMessage, sent)
            if choose.random() < 0.1:
                await guest.ask(room, calls.LeaveRoom)
        await self._send(guest, direct_room(guest.user, self._contact(guest.user)))

    def _contact(self, name: str) -> str:
        """Return one of the few whom a person writes to. Rooms of pairs stay, so they are few."""
        place = self._people.index(name) + self._choose.randint(1, CONTACTS)
        return self._people[place % len(self._people)]

    async def _send(self, guest: Guest, room: str, **more: Any) -> int | None:
        text = f"number {self.sent} by {guest.user} for @{self._choose.choice(self._people)}"
        self.sent += 1
        done = await guest.ask(room, calls.SendMessage, text, f"id-{self.sent}", **more)
        if isinstance(done, Refused):
            self.refused += 1
            return None
        seq: int = done.seq
        self.acknowledged.add(done.room, self._day, seq)
        return seq

    async def month(self, house: House) -> None:
        """Somebody is erased, somebody else comes, and a room is made and deleted."""
        gone = self._people.pop(self._choose.randrange(len(self._people)))
        await house.node.accounts.erase(gone)
        self._count += 1
        self._people.append(f"person-{self._count}")
        await house.store.add_accounts(accounts(self._people[-1]))
        guest = await house.guest(self._people[0])
        name = f"project-{self._count}"
        await guest.join(name)
        await self._send(guest, name)
        house.leave(guest)
        await house.node.rooms.delete(name)
        self.acknowledged.rooms.pop(name, None)

    def back_up(self, directory: Path) -> int:
        """Make one more backup, and delete the oldest. Return how many there are."""
        directory.mkdir(exist_ok=True)
        now = time.gmtime(self._machine.wall() / 1000)
        target = directory / time.strftime("chatroom-%Y%m%dT%H%M%SZ.db", now)
        back_up(self._machine.data, target, force=False, progress=lambda done, total: None)
        remove_oldest(directory, BACKUPS)
        return len(backups(directory))
