"""Calls and faults in any order, on the real server and on the contract.

After each step all replies, all devices and all readable state must agree with the contract. If a
call was in progress during a failure, there are several contracts: the call was done completely, or
not at all. Everything observed then and later must agree with one of them.
"""

import copy
import itertools
import logging
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from hypothesis.stateful import RuleBasedStateMachine

from chatroom.model import Attachment, direct_room
from chatroom.store.files import OwnUpload

from ..client import Client
from ..following.two_nodes import Line
from ..session.node_harness import Port
from ..stored_uploads import add_upload
from .contract import Contract, expect, user_of
from .device import Call, Device, Pending, Reply
from .drawing import ALL, DEVICES, LATER
from .explaining import UNKNOWN, agreeing, different, do_all, outcomes
from .loop import Loop
from .moment import Moment
from .server import PASSWORD, Deletion, Place

LOBBY = "lobby"
MEMORY = Path("/dev/shm")  # noqa: S108 (a directory of our own is made in it)
_LISTS = ("getInbox", "listBlocked", "getThreads", "listPushEndpoints")
"""Calls by which each person reads what is no part of a room."""
DISABLING = ("disableAccount", "enableAccount")
RECOVER_S = 6
"""Virtual seconds until all events of a call have arrived, if a failed actor is restarted after the
longest pause."""


@attrs.frozen
class Saved:
    contracts: list[Contract]
    tokens: dict[str, str | None]


class Machine(RuleBasedStateMachine):
    """The operations used by the rules in :mod:`.rules`."""

    def __init__(self) -> None:
        super().__init__()
        self.contracts = [Contract()]
        self.devices = {name: Device(name) for name in (*DEVICES, LATER)}
        self.sent: list[Call] = []
        self.uploads: dict[str, OwnUpload] = {}
        """All that were added at the start."""
        self.codes: list[str] = []
        """All codes of invitations, also those that a copy of the directory does not have."""
        self.saved: Saved | None = None
        self.loop = Loop()
        self._patch = pytest.MonkeyPatch()
        # A killed process leaves its writes in the files, synced or not. So memory can replace the
        # disk.
        self._directory = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None)
        self._sound = True
        self._ids = 0
        logging.getLogger("chatroom").setLevel(logging.CRITICAL + 1)  # the faults are intended

    # ---- queries of strategies

    @property
    def contract(self) -> Contract:
        """One of the possible contracts; nearly always there is only one."""
        return self.contracts[0]

    def connected(self) -> list[str]:
        return [name for name, device in self.devices.items() if device.client is not None]

    def _members(self, room: str) -> Collection[str]:
        rooms = self.contract.chat.rooms
        return rooms[room].members if room in rooms else ()

    def _is_owner(self, room: str, user: str) -> bool:
        return self.contract.chat.rooms[room].members[user].role == "owner"

    def new_client_id(self) -> str:
        return f"id-{self._ids}"

    # ---- beginning and end

    def place_in(self, directory: Path, lag: int, lines: Sequence[Line]) -> Place:
        return Place(directory, self._patch, lag, lines)

    def open(self, lag: int, lines: Sequence[Line] = ()) -> None:
        self.place = self.place_in(Path(self._directory.name), lag, lines)
        self.contracts = [Contract(alone=not lines, loses_news=any(line.lose for line in lines))]
        self.run(self._start_place)

    async def _start_place(self) -> None:
        await self.place.start(self.loop.nursery)
        for contract in self.contracts:
            contract.chat.restart(self.place.disk.epoch)
        if not self.uploads:
            await self._add_uploads()

    async def _add_uploads(self) -> None:
        """Add uploads of all people, which messages may take."""
        for number, device in enumerate([*DEVICES, *DEVICES]):
            user = user_of(device)
            upload = await add_upload(self.place.disk, user, number)
            attachment = Attachment(upload, "notes.txt", "text/plain", 5)
            self.uploads[upload] = OwnUpload(user, attachment)
        for contract in self.contracts:
            contract.chat.uploads.update(self.uploads)

    def teardown(self) -> None:
        try:
            if self._sound:
                self.run(self._close)
        finally:
            self.loop.close()
            self._patch.undo()
            self._directory.cleanup()
            logging.getLogger("chatroom").setLevel(logging.NOTSET)

    async def _close(self) -> None:
        """Connect everybody and check all state once more, then stop."""
        self.place.faults.armed = None
        for device in self.devices.values():
            if device.client is None and self.may_connect(device):
                await self.connect(device)
        await self.check(())

    def run(self, job: Callable[[], Awaitable[object]]) -> None:
        self._sound = False
        self.loop.run(job)
        self._sound = True

    # ---- calls

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
        disabling = any(call.method in DISABLING for call in calls)
        # The next start hands on the rooms that were not handed on before the kill.
        later_ms = RECOVER_S * 1000 if dead and disabling else 0
        now = Moment(low, self.place.clock() + later_ms)
        if dead or self.place.faults.fired:
            # Pruning has no reply, so it may have been done or not.
            replies = [each if by else Reply() for by, each in zip(pending, replies, strict=True)]
        self._explain(calls, replies, in_order, now)
        if disabling and not dead:
            await self._see_disabled()
        watched = await (self._restart() if dead else self._bring_back(killed))
        if any(call.method == "deleteRoom" for call in calls):
            with self.place.faults.spared():
                await self.place.erased()
        await self.check(_rooms_of(calls))
        for call, reply in zip(calls, replies, strict=True):
            if reply in UNKNOWN and "clientId" in call.params:
                await self._perform([call])
        for name, room in watched:
            await self._perform([self.resume_of(name, room)])

    def _begin(self) -> None:
        self.place.faults.fired = None
        for contract in self.contracts:
            contract.clear()
        for device in self.devices.values():
            device.forget()

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
        await self._see_disabled()
        back = {name: rooms for name, rooms in cut.items() if self.may_connect(self.devices[name])}
        for name in back:
            await self.connect(self.devices[name])
        return _to_resume(back)

    def may_connect(self, device: Device) -> bool:
        chat = self.contract.chat
        return device.user in chat.users and device.user not in chat.disabled

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

    # ---- a copy of the data directory

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

    def cut(self, device: Device) -> set[str]:
        """Disconnect a device after it processed what it received. Returns the rooms it watched."""
        device.hear()
        watched = set(device.watching)
        device.cut()
        for contract in self.contracts:
            contract.went(device.name)
        return watched

    def resume_of(self, name: str, room: str, limit: int | None = None) -> Call:
        """Return the call with which the device resumes a room."""
        view = self.devices[name].views[room]
        params = {"room": room, "epoch": view.epoch, "sinceRev": view.rev}
        return Call(name, "subscribe", params if limit is None else params | {"limit": limit})

    # ---- possible outcomes

    def _explain(
        self, calls: Sequence[Call], replies: Sequence[Reply], in_order: bool, now: Moment
    ) -> None:
        """Keep the contracts that agree with these replies."""
        given = list(zip(calls, replies, strict=True))
        results = (each.result or {} for each in replies)
        self.codes += [result["code"] for result in results if "code" in result]
        certain = len(self.contracts) == 1 and len(calls) == 1 and replies[0] not in UNKNOWN
        failing = self.place.faults.fired is not None
        self.contracts = agreeing(
            (
                contract if certain else copy.deepcopy(contract),
                partial(do_all, done=done, now=now),
            )
            for contract in self.contracts
            for order in ([given] if in_order else itertools.permutations(given))
            for done in outcomes(order, failing)
        )

    async def check(self, rooms: Iterable[str]) -> None:
        """Check all devices, and read these rooms; without any, all rooms."""
        for device in self.devices.values():
            device.hear()
        with self.place.faults.spared():  # not for commits of housekeeping
            seen = await self._look(list(rooms) or list(self.contract.chat.rooms))

        def observe(contract: Contract) -> None:
            do_all(contract, seen, Moment(0, 0))
            for name in self.connected():
                self.devices[name].check(contract)

        self.contracts = agreeing((contract, observe) for contract in self.contracts)
        for name in self.connected():
            self.devices[name].catch_up(self.contract)

    async def settle(self, room: str = LOBBY) -> None:
        """Wait until all events have arrived, and check."""
        with self.place.faults.spared():
            await trio.sleep(self.place.settle_s)
        await self.check([room])

    async def _look(self, rooms: Sequence[str]) -> list[tuple[Call, Reply]]:
        """Read the rooms with one session of each person, member or not."""
        observers = {user_of(name): name for name in self.connected()}
        calls = [Call(name, method, {}) for name in observers.values() for method in _LISTS]
        calls += [Call(name, "listInvitations", ALL) for name in observers.values()]
        admins = [user for user in observers if self.contract.chat.is_admin(user)]
        calls += [Call(observers[user], "listAudit", ALL) for user in admins]
        for room in rooms:
            params: dict[str, Any] = {"room": room, "after": 0, "limit": 200, "whole": True}
            calls += [Call(name, "getHistory", params) for name in observers.values()]
            members = [user for user in observers if user in self._members(room)]
            calls += [Call(observers[user], "listMembers", {"room": room}) for user in members[:1]]
            here = {"room": room, **ALL}
            calls += [Call(observers[user], "listAudit", here) for user in members[:1]]
            owners = [user for user in members if self._is_owner(room, user)]
            calls += [
                Call(observers[user], method, {"room": room})
                for user in owners[:1]
                for method in ("listBans", "listMutes")
            ]
        pending = [await self.devices[call.device].begin(call) for call in calls]
        return [(call, await each.wait()) for call, each in zip(calls, pending, strict=True)]

    # ---- accounts and sessions

    async def appoint(self, user: str) -> None:
        """Make somebody an admin of the server, as the operator."""
        low = self.place.clock()
        await self.place.turn().node.accounts.set_role(user, "admin")
        now = Moment(low, self.place.clock())
        for contract in self.contracts:
            params = {"user": user, "role": "admin"}
            contract.chat.call("", "setServerRole", params, copy.copy(now))

    async def sign_up(self, device: Device, code: str | None = None) -> str | None:
        """Sign somebody up. Return the room that they entered by the invitation."""
        body = {"name": device.user, "password": PASSWORD}
        low = self.place.clock()
        invited = {} if code is None else {"invitation": code}
        answer = await self.place.turn().http("POST", "/api/signup", body | invited)
        now = Moment(low, self.place.clock())
        refused = {201: None, 403: "forbidden", 409: "conflict"}[answer.status]
        room: str | None = answer.json.get("room")

        def observe(contract: Contract) -> None:
            contract.sign_up(device.name, code, refused, room, copy.copy(now))

        self.contracts = agreeing((contract, observe) for contract in self.contracts)
        if refused is None:
            device.token = answer.json["token"]
        return room

    async def connect(self, device: Device) -> None:
        """Connect a device, logging in first if needed."""
        if device.token is None:
            body = {"name": device.user, "password": PASSWORD}
            with self.place.faults.spared():
                answer = await self.place.turn().http("POST", "/api/login", body)
            expect(answer.status, 200, f"logging in as {device.user}")
            device.token = answer.json["token"]
        device.port = self.place.turn()
        client: Client = await self.loop.nursery.start(device.live, device.port.stream())
        connected = await client.connect(device.token)
        expect(connected["user"]["name"], device.user, "who one is")
        expect(connected["epoch"], self.contract.chat.epochs[-1], "the epoch")
        device.use(client)
        if self.contract.alone:
            admins = [device.user in contract.chat.admins for contract in self.contracts]
            is_admin = connected["serverRole"] == "admin"
            expect(is_admin in admins, True, f"the role of {device.user} is possible")
        for contract in self.contracts:
            contract.came(device.name)
        self._explain(
            [Call(device.name, "getInbox", {})], [Reply(connected["inbox"])], True, Moment(0, 0)
        )


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
