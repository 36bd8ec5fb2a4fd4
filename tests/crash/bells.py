"""A client that sends direct messages, and one whose device is notified of those it has not read.

The sender waits until few messages are neither read nor notified, so that kills meet each step of a
notification. What the device got is checked in the end, by :mod:`tests.history.notifications`.
"""

import random
from collections.abc import Sequence
from typing import Final

import attrs
import trio

from ..history.calls import direct
from ..history.recorded import Recorded
from ..push.loopback import PushService
from .people import BURST, Call, Caller, Session, ask

MAX_UNHEARD: Final = 3


@attrs.define(eq=False)
class Sleeper:
    """Reads some of the messages at once.

    :ivar to_read: the seq that the last ``markRead`` had.
    :ivar ready: set when its device was added.
    :ivar rung: unparked when messages were acknowledged, up to ``head_seq``.
    """

    name: str
    other: str
    choose: random.Random
    device: PushService
    read_seq: int = 0
    to_read: int = 0
    head_seq: int = 0
    ready: trio.Event = attrs.field(factory=trio.Event)
    rung: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def listen(self, me: Recorded) -> None:
        """:raises Gone: always; the next session goes on."""
        await ask(me, "addPushEndpoint", **self.device.device.params)
        self.ready.set()
        while True:
            if self.to_read > self.read_seq:
                # Again if it was not answered: what is read already is not notified any more.
                room = direct(self.name, self.other)
                entry = await ask(me, "markRead", room=room, seq=self.to_read)
                self.read_seq = entry["readSeq"]
                self.device.news.unpark_all()
            await self.rung.park()
            if self.choose.random() < 0.3:
                self.to_read = self.head_seq

    def ring(self, seq: int) -> None:
        self.head_seq = max(seq, self.head_seq)
        self.rung.unpark_all()

    async def hear(self, room: str, seqs: Sequence[int]) -> None:
        """Wait until few of these messages are neither read nor notified."""
        while self._unheard(room, seqs) > MAX_UNHEARD:
            await self.device.news.park()

    def _unheard(self, room: str, seqs: Sequence[int]) -> int:
        heard = {text["id"] for text in self.device.got}
        unread = [seq for seq in seqs if seq > self.read_seq]
        return sum(f"{room}:{seq}:{self.name}" not in heard for seq in unread)


@attrs.define(eq=False, kw_only=True)
class Ringer(Caller):
    """Sends messages to a sleeper."""

    sleeper: Sleeper

    async def come(self, me: Session) -> None:
        await self.sleeper.ready.wait()

    def next(self) -> Sequence[Call]:
        where = {"to": self.sleeper.name}
        return [self.send(where) for _ in range(self.choose.randint(1, BURST))]

    async def settle(self, me: Session, most: int | None = None) -> None:
        await Caller.settle(self, me, most)
        room, head = self._own[-1]
        self.sleeper.ring(head)
        await self.sleeper.hear(room, [seq for _, seq in self._own])
