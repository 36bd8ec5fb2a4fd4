"""The server, from its start to its end, and the contracts that agree with what is observed.

If a call was in progress during a failure, there are several contracts: the call was done
completely, or not at all. Everything observed then and later must agree with one of them.
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

from chatroom.model import Attachment
from chatroom.store.files import OwnUpload

from ..client import Client
from ..following.two_nodes import Line
from ..reference import wire
from ..stored_uploads import add_upload
from .calls import Call, Reply
from .contract import Contract, expect, user_of
from .device import Device
from .drawing import ALL, DEVICES, LATER
from .explaining import UNKNOWN, agreeing, do_all, outcomes
from .loop import Loop
from .moment import Moment
from .server import PASSWORD, Place

LOBBY = "lobby"
MEMORY = Path("/dev/shm")  # noqa: S108 (a directory of our own is made in it)
MESSAGING = frozenset(
    {
        *("sendMessage", "editMessage", "addReaction", "removeReaction", "markRead"),
        *("subscribe", "unsubscribe", "getHistory", "getMessage", "searchMessages"),
        *("followThread", "unfollowThread", "getThreads", "getInbox", "getUnread"),
    }
)
"""Calls that change and read messages, cursors and threads alone."""


@attrs.frozen
class Saved:
    contracts: list[Contract]
    tokens: dict[str, str | None]


class Agreement(RuleBasedStateMachine):
    """The server, the devices of people, and the contracts that agree with all that they saw."""

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

    def may_connect(self, device: Device) -> bool:
        chat = self.contract.chat
        return device.user in chat.users and device.user not in chat.disabled

    def cut(self, device: Device) -> set[str]:
        """Disconnect a device after it processed what it received. Returns the rooms it watched."""
        device.hear()
        watched = set(device.watching)
        device.cut()
        for contract in self.contracts:
            contract.went(device.name)
        return watched

    def _begin(self) -> None:
        self.place.faults.fired = None
        for contract in self.contracts:
            contract.clear()
        for device in self.devices.values():
            device.forget()

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

    async def check(self, rooms: Iterable[str], calls: Collection[Call] = ()) -> None:
        """Check all devices, and read these rooms; without any, all rooms.

        :param calls: what may have been changed since the last check. After messages alone, lists
            of other things are not read, which is half of the work: a change there is found when
            they are. Without any, all is read, and everybody searches.
        """
        messaging = bool(calls) and all(call.method in MESSAGING for call in calls)
        for device in self.devices.values():
            device.hear()
        with self.place.faults.spared():  # not for commits of housekeeping
            seen = await self._look(list(rooms) or list(self.contract.chat.rooms), messaging)
            if not calls:
                seen += await self._make(self._searches())

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

    async def _look(self, rooms: Sequence[str], messaging: bool) -> list[tuple[Call, Reply]]:
        """Read the rooms with one session of each person, member or not."""
        observers = {user_of(name): name for name in self.connected()}
        calls = [Call(name, "getInbox", {}) for name in observers.values()]
        calls += [Call(name, "getThreads", {}) for name in observers.values()]
        for room in rooms:
            params: dict[str, Any] = {"room": room, "after": 0, "limit": 200, "whole": True}
            calls += [Call(name, "getHistory", params) for name in observers.values()]
        if not messaging:
            calls += self._lists(observers, rooms)
        return await self._make(calls)

    def _searches(self) -> list[Call]:
        """Return a search by each person in all their rooms, which has hits in most rooms."""
        params = {"query": "hello", "limit": 200}
        observers = {user_of(name): name for name in self.connected()}
        return [Call(name, "searchMessages", params) for name in observers.values()]

    async def _make(self, calls: Sequence[Call]) -> list[tuple[Call, Reply]]:
        pending = [await self.devices[call.device].begin(call) for call in calls]
        return [(call, await each.wait()) for call, each in zip(calls, pending, strict=True)]

    def _lists(self, observers: Mapping[str, str], rooms: Sequence[str]) -> list[Call]:
        """Return the calls that read what is no message.

        :param observers: a device of each person.
        """
        calls = [Call(name, "listBlocked", {}) for name in observers.values()]
        calls += [Call(name, "listPushEndpoints", {}) for name in observers.values()]
        calls += [Call(name, "listInvitations", ALL) for name in observers.values()]
        admins = [user for user in observers if self.contract.chat.is_admin(user)]
        calls += [Call(observers[user], "listAudit", ALL) for user in admins]
        for room in rooms:
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
        return calls

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
        refused = {201: None, 403: "forbidden", 409: "conflict", 503: "read_only"}[answer.status]
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
            states = [wire(contract.chat.server_state) for contract in self.contracts]
            expect(connected["server"] in states, True, f"{connected['server']} is possible")
            admins = [device.user in contract.chat.admins for contract in self.contracts]
            is_admin = connected["serverRole"] == "admin"
            expect(is_admin in admins, True, f"the role of {device.user} is possible")
        for contract in self.contracts:
            contract.came(device.name)
        self._explain(
            [Call(device.name, "getInbox", {})], [Reply(connected["inbox"])], True, Moment(0, 0)
        )
