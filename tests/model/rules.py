"""The rules of the state machine: actions of people, of the operator and of the disk."""

from functools import partial
from typing import Any

import trio
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ..following.two_nodes import Line
from . import member_strategies as members
from . import message_strategies as messages
from . import strategies as may
from .agreement import LOBBY
from .calls import Call
from .contract import expect, user_of
from .device import Device
from .disk import FAULTS, Fault
from .drawing import DEVICES, LATER
from .machine import Machine


def _somebody(chat: "Chat") -> bool:
    return bool(chat.connected())


def _in_order(chat: "Chat") -> bool:
    return chat.place.faults.armed is None


def _makes(*calls: st.SearchStrategy[Call]) -> Any:
    """Return a rule that makes one of these calls."""

    @precondition(_somebody)
    @rule(call=st.one_of(*calls))
    def perform(chat: Machine, call: Call) -> None:
        chat.perform(call)

    return perform


class Chat(Machine):
    """One node."""

    @initialize(lag=st.sampled_from((0, 1, 4)))
    def begin(self, lag: int) -> None:
        self.open(lag)
        self.meet()

    def meet(self) -> None:
        """Connect everybody except dave, in the lobby. The phones watch it. alice is an admin."""
        for name in DEVICES:
            self.run(partial(self._first, self.devices[name]))
        self.run(partial(self.appoint, "alice"))
        for device, method, params in (
            ("alice.phone", "joinRoom", {"room": "lobby"}),
            ("bob.phone", "joinRoom", {"room": "lobby"}),
            ("carol.phone", "joinRoom", {"room": "lobby"}),
            ("alice.phone", "subscribe", {"room": "lobby"}),
            ("bob.phone", "subscribe", {"room": "lobby"}),
        ):
            self.perform(Call(device, method, params))

    async def _first(self, device: Device) -> None:
        """Connect a device. alice has one token for all devices, bob one per device."""
        if device.user not in self.contract.chat.users:
            await self.sign_up(device)
        elif device.user == "alice":
            device.token = self.devices["alice.phone"].token
        await self.connect(device)

    # ---- calls

    send = _makes(messages.sends())
    answer = _makes(messages.answers())
    follow = _makes(messages.answers(), messages.follows())
    write_to = _makes(messages.direct_messages())
    send_again = _makes(messages.resends())
    send_something_else_under_its_id = _makes(messages.forgeries())
    edit = _makes(messages.edits())
    delete = _makes(messages.deletes())
    react = _makes(messages.reactions(), messages.pins())
    join = _makes(members.joins())
    turn_out = _makes(members.sanctions("ban"), members.moderations("removeMember", "unban"))
    silence = _makes(members.sanctions("mute"), members.moderations("unmute"))
    erase = _makes(members.moderations("deleteMessagesOf", since=st.just(0)))
    invite_or_leave = _makes(members.moderations("invite"), members.leaves())
    invite_by_link = _makes(members.invitations(), members.acceptances(), members.acceptances())
    promote = _makes(members.roles())
    administer = _makes(
        members.server_roles(), members.appearances(), members.entrances(), members.audits()
    )
    announce = _makes(members.announcements())
    set_room = _makes(members.settings())
    block = _makes(may.blocks())
    be_notified = _makes(may.endpoints())
    show = _makes(members.profiles())
    read = _makes(may.reads())
    look = _makes(may.levels(), may.pages(), may.sanction_lists())
    search = _makes(may.searches())
    listen = _makes(may.resumes(), may.subscribes(), may.unsubscribes())

    @precondition(_somebody)
    @rule(call=messages.sends(), times=st.integers(2, 4))
    def send_many(self, call: Call, times: int) -> None:
        """Send messages from one session to one room, in order, with a retry among them."""
        more = [Call(call.device, call.method, call.params | {"text": "hello"})] * (times - 1)
        self.perform(call, *more, in_order=True)

    @precondition(_somebody)
    @rule(calls=may.several())
    def at_once(self, calls: list[Call]) -> None:
        self.perform(*calls)

    @precondition(_somebody)
    @rule(close=members.closings(), calls=may.several())
    def try_while_read_only(self, close: Call, calls: list[Call]) -> None:
        self.perform(close)
        self.perform(*calls)
        self.perform(Call(close.device, "setServer", {"readOnly": ""}))

    # ---- sessions and accounts

    @rule(name=st.sampled_from((*DEVICES, LATER)))
    def come_or_go(self, name: str) -> None:
        device = self.devices[name]
        if device.client is not None:
            self.run(lambda: self._go(device))
        elif self.may_connect(device):
            self.run(lambda: self._come(device))

    async def _come(self, device: Device) -> None:
        self._begin()
        await self.connect(device)
        await self.settle()

    async def _go(self, device: Device) -> None:
        self._begin()
        self.cut(device)
        await self.settle()

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(call=members.disablings())
    def disable_or_enable(self, call: Call) -> None:
        self.perform(call)

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(call=members.disablings(), turns=st.integers(0, 40))
    def kill_while_somebody_is_disabled(self, call: Call, turns: int) -> None:
        self.perform(call, kill_after=turns)

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(dice=st.integers(0, 3), call=members.erasures(), others=may.several())
    def erase_person(self, dice: int, call: Call, others: list[Call]) -> None:
        """Erase a person during calls of others. Rarely, since nobody comes back from that."""
        if dice == 3:
            self.perform(call, *(e for e in others if user_of(e.device) != call.params["user"]))

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(call=members.erasures(), turns=st.integers(0, 40), dice=st.integers(0, 7))
    def kill_while_somebody_is_erased(self, call: Call, turns: int, dice: int) -> None:
        if dice == 7:
            self.perform(call, kill_after=turns)

    @precondition(_somebody)
    @rule(calls=members.abandonments())
    def abandon_a_room(self, calls: list[Call]) -> None:
        for call in calls:
            self.perform(call)

    @precondition(_in_order)
    @rule(name=st.sampled_from((LATER, "alice.phone")))
    def sign_up_as(self, name: str) -> None:
        self.run(lambda: self._sign_up(self.devices[name], None))

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(call=members.invitations())
    def sign_up_by_invitation(self, call: Call) -> None:
        """Sign up by the latest code, perhaps one that is made right before."""
        self.perform(call)
        code = self.codes[-1] if self.codes else "0"
        self.run(lambda: self._sign_up(self.devices[LATER], code))

    async def _sign_up(self, device: Device, code: str | None) -> None:
        self._begin()
        room = await self.sign_up(device, code)
        await self.settle(room or LOBBY)

    @precondition(_in_order)
    @rule(name=st.sampled_from(DEVICES))
    def log_out(self, name: str) -> None:
        if self.devices[name].token is not None:
            self.run(lambda: self._log_out(self.devices[name].token or ""))

    async def _log_out(self, token: str) -> None:
        """Log out: the token's sessions on that node end, and it is no longer valid there."""
        self._begin()
        port = self.place.turn()
        headers = {"Authorization": f"Bearer {token}"}
        answer = await port.http("POST", "/api/logout", headers=headers)
        expect(answer.status, 204, "logging out")
        theirs = [each.name for each in self.devices.values() if each.token == token]
        for contract in self.contracts:
            contract.endpoints.log_out(theirs)
        for device in self.devices.values():
            if device.token != token:
                continue
            device.token = None
            if device.client is not None:
                if device.port is port:
                    expect(await device.client.wait_closed(), 4501, f"close code of {device.name}")
                self.cut(device)
        async with port.socket() as client:
            refused = await client.refused("connect", token=token)
            expect(refused.reason, "unauthenticated", "why a revoked token is refused")
            expect(await client.wait_closed(), 4500, "its close code")
        await self.settle()

    # ---- time, the operator and the disk

    @precondition(lambda chat: bool(chat.contract.chat.rooms))
    @rule(call=may.prunings())
    def prune(self, call: Call) -> None:
        self.perform(call)

    @rule(dice=st.integers(0, 3), call=may.deletions(), others=may.several())
    def delete_room(self, dice: int, call: Call, others: list[Call]) -> None:
        """Delete a room during other calls. Rarely, since a deleted room never comes back."""
        if dice == 3:
            # While a message is being erased, its clientId may or may not be known.
            fresh = [each for each in others if each not in self.sent]
            self.perform(call, *fresh)

    @rule(call=may.deletions(), turns=st.integers(0, 40), dice=st.integers(0, 7))
    def kill_while_a_room_is_deleted(self, call: Call, turns: int, dice: int) -> None:
        if dice == 7:
            self.perform(call, kill_after=turns)

    @rule(set_back_ms=st.sampled_from((0, 300, 3_600_000)))
    def nap(self, set_back_ms: int) -> None:
        """Wait until rooms and inboxes sleep, then set the clock back."""
        self.run(self._nap)
        self.place.set_back_ms = set_back_ms

    async def _nap(self) -> None:
        self._begin()
        with self.place.faults.spared():  # not for commits of housekeeping
            await trio.sleep(40)
        await self.check(())

    @rule(fault=st.sampled_from(FAULTS), nth=st.integers(1, 3))
    def fail_commit(self, fault: Fault, nth: int) -> None:
        self.place.faults.arm(fault, nth)

    @precondition(_in_order)
    @rule()
    def copy_the_directory(self) -> None:
        self.save()

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(
        lost=st.lists(messages.sends(), min_size=1, max_size=4),
        writes=st.integers(0, 4),
        again=st.booleans(),
    )
    def lose_a_while(self, lost: list[Call], writes: int, again: bool) -> None:
        self.save()
        for call in lost:
            self.perform(call)
        self.run(partial(self.put_back, writes, again))

    @precondition(lambda chat: chat.saved is not None)
    @rule()
    def put_the_copy_back(self) -> None:
        self.run(self.put_back)

    @precondition(_somebody)
    @rule(calls=may.several(), turns=st.integers(0, 40))
    def kill(self, calls: list[Call], turns: int) -> None:
        """Kill the server ``turns`` turns of the loop after these calls."""
        self.perform(*calls, kill_after=turns)


class ChatOnTwoNodes(Chat):
    """Two nodes on one disk. Connections and the operator's calls go to each by turns."""

    @initialize(lag=st.sampled_from((0, 1, 4)), lines=st.tuples(may.lines(), may.lines()))
    def begin(self, lag: int, lines: tuple[Line, Line]) -> None:
        self.open(lag, lines)
        self.meet()

    @precondition(_somebody)
    @rule(calls=may.several(), turns=st.integers(0, 40))
    def kill_one_node(self, calls: list[Call], turns: int) -> None:
        self.perform(*calls, kill_after=turns, killed=self.place.turn())

    @precondition(lambda chat: _somebody(chat) and _in_order(chat))
    @rule(call=members.disablings(), turns=st.integers(0, 40))
    def kill_one_node_while_somebody_is_disabled(self, call: Call, turns: int) -> None:
        self.perform(call, kill_after=turns, killed=self.place.turn())
