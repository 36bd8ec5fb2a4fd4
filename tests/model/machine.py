"""Calls and faults in any order, on the real server and on the contract.

After each step all replies, all devices and the state that can be read must agree with the
contract, and in the end all state.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import trio

from chatroom.model import direct_room

from ..session.node_harness import Port
from .agreement import LOBBY, Agreement, Saved
from .calls import Call, Pending, Reply
from .contract import Contract, expect, user_of
from .explaining import UNKNOWN, agreeing, different
from .moment import Moment
from .server import Deletion

DISABLING = ("disableAccount", "enableAccount")
ERASING = "eraseAccount"
RECOVER_S = 6
"""Virtual seconds until all events of a call have arrived, if a failed actor is restarted after the
longest pause."""


class Machine(Agreement):
    """The operations used by the rules in :mod:`.rules`. A restart is followed by a check of
    everything."""

    def perform(
        self,
        *calls: Call,
        in_order: bool = False,
        kill_after: int | None = None,
        killed: Port | None = None,
    ) -> None:
        """Make concurrent calls.

        :param in_order: the server must handle them in this order.
        :param kill_after: kill the server after this many turns of the loop.
        :param killed: kill only this node.
        """
        self.run(partial(self._perform, calls, in_order, kill_after, killed))

    async def _perform(
        self,
        calls: Sequence[Call],
        in_order: bool = True,
        kill_after: int | None = None,
        killed: Port | None = None,
    ) -> None:
        self._begin()
        low = self.place.clock()
        pending = [await self._start(call) for call in calls]
        for _ in range(kill_after or 0):
            await trio.lowlevel.checkpoint()
        if killed is not None and not self.place.dead:
            await self.place.replace(killed)
        if kill_after is None or killed is not None:
            replies = [await each.wait() if each else Reply({}) for each in pending]
            await trio.sleep(RECOVER_S if self.place.faults.fired else self.place.settle_s)
        else:
            replies = [each.now() if each else Reply() for each in pending]
        dead = (kill_after is not None and killed is None) or self.place.dead
        methods = {call.method for call in calls}
        disabling, erasing = not methods.isdisjoint(DISABLING), ERASING in methods
        if erasing and not dead:
            await self.place.people_erased()
        # The next start hands on the rooms that were not handed on before the kill.
        later_ms = RECOVER_S * 1000 if dead and disabling else 0
        now = Moment(low, self.place.clock() + later_ms)
        if dead or self.place.faults.fired:
            # Pruning has no reply, so it may have been done or not.
            replies = [each if by else Reply() for by, each in zip(pending, replies, strict=True)]
        self._explain(calls, replies, in_order, now)
        if (disabling or erasing) and not dead:
            await self._see_disabled()
        watched = await (self._restart() if dead else self._bring_back(killed))
        if "deleteRoom" in methods:
            with self.place.faults.spared():
                await self.place.erased()
        failed = dead or killed is not None or self.place.faults.fired is not None
        await self.check(_rooms_of(calls), () if failed else calls)
        for call, reply in zip(calls, replies, strict=True):
            if reply in UNKNOWN and "clientId" in call.params:
                await self._perform([call])
        for name, room in watched:
            await self._perform([self.resume_of(name, room)])

    async def _start(self, call: Call) -> Pending | Deletion | None:
        if call.method == "prune":
            await self.place.prune(**call.params)
            return None
        if call.method == "deleteRoom":
            return self.place.delete(**call.params)
        if "clientId" in call.params and call not in self.sent:
            self.sent.append(call)
            self._ids += 1
        return await self.devices[call.device].begin(call)

    async def _restart(self) -> list[tuple[str, str]]:
        """Restart the server from the disk after its end.

        Returns pairs of device and room to resume.
        """
        self.place.copy()
        return await self._live_again()

    async def _live_again(self) -> list[tuple[str, str]]:
        cut = {name: self.cut(self.devices[name]) for name in self.connected()}
        await self.place.bury()
        self.place.faults.armed = None
        for contract in self.contracts:
            contract.clear()
        self.contracts = different(self.contracts)
        await self._start_place()
        await self.place.handed_on()
        await self.place.people_erased()
        await self._see_disabled()
        back = {name: rooms for name, rooms in cut.items() if self.may_connect(self.devices[name])}
        for name in back:
            await self.connect(self.devices[name])
        return _to_resume(back)

    async def _see_disabled(self) -> None:
        """Keep the contracts with the accounts that are disabled. Cut their devices."""
        node = self.place.turn().node
        accounts = await node.store.accounts("", 100)
        disabled = {account.name for account in accounts if account.disabled}

        def observe(contract: Contract) -> None:
            expect(disabled, contract.chat.disabled, "disabled accounts")

        self.contracts = agreeing((contract, observe) for contract in self.contracts)
        for device in self.devices.values():
            if device.user in disabled:
                device.token = None
                if device.client is not None:
                    if self.contract.alone:  # tokens are revoked on one node only
                        code = await device.client.wait_closed()
                        expect(code, 4501, f"close code of {device.name}")
                    self.cut(device)

    async def _bring_back(self, killed: Port | None) -> list[tuple[str, str]]:
        """Reconnect devices that a failed room or a killed node has disconnected.

        Returns what they must resume.
        """
        cut = {}
        for name in self.connected():
            device = self.devices[name]
            if device.client is not None and device.client.closed_code is not None:
                if device.port is not killed:
                    expect(device.client.closed_code, 1012, f"close code of {name}")
                    failed = self.place.faults.fired in ("broken", "untold")
                    expect(failed, True, f"a room has failed, so that {name} is closed")
                cut[name] = self.cut(device)
        for name in cut:
            await self.connect(self.devices[name])
        return _to_resume(cut)

    def save(self) -> None:
        self.place.save()
        tokens = {name: device.token for name, device in self.devices.items()}
        self.saved = Saved(copy.deepcopy(self.contracts), tokens)

    async def put_back(self, writes: int = 0, again: bool = False) -> None:
        """Restart the server from the copy. Devices resume with state from the lost time.

        :param writes: number of messages to post before they resume.
        :param again: kill the server once more before they resume.
        """
        assert self.saved is not None
        self._begin()
        self.place.put_back()
        self.contracts = copy.deepcopy(self.saved.contracts)
        for contract in self.contracts:
            for name in self.devices:
                contract.went(name)
            for name in self.connected():
                contract.came(name)
        for name, device in self.devices.items():
            device.token = self.saved.tokens[name]
        watched = await self._live_again()
        await self.check(())
        members = self._members(LOBBY)
        for name in [name for name in self.connected() if user_of(name) in members][:1]:
            for _ in range(writes):
                await self._perform([Call(name, "sendMessage", {"room": LOBBY, "text": "hello"})])
        if again:
            self._begin()
            await self._restart()
        for name, room in watched:
            await self._perform([self.resume_of(name, room)])

    def resume_of(self, name: str, room: str, limit: int | None = None) -> Call:
        """Return the call with which the device resumes a room."""
        view = self.devices[name].views[room]
        params = {"room": room, "epoch": view.epoch, "sinceRev": view.rev}
        return Call(name, "subscribe", params if limit is None else params | {"limit": limit})


def _to_resume(cut: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Return what the cut devices resume by themselves: only phones do."""
    phones = [name for name in cut if name.endswith("phone")]
    return [(name, room) for name in phones for room in sorted(cut[name])]


def _rooms_of(calls: Iterable[Call]) -> list[str]:
    rooms = []
    for call in calls:
        if (to := call.params.get("to")) is not None:
            rooms.append(direct_room(user_of(call.device), to))
        elif (room := call.params.get("room")) is not None:
            rooms.append(room)
    return list(dict.fromkeys(rooms))
