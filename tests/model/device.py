"""One device of a person: what it received in all its sessions, checked against the contract.

It keeps what a client keeps: the messages of each room that it has watched, and the inbox.
"""

import copy
from contextlib import suppress

import attrs
import trio
from trio_websocket import ConnectionClosed

from chatroom.protocol.codec import decode_result
from chatroom.protocol.events import MemberChanged, MuteChanged, RoomChanged

from ..client import Client, Json, websocket
from ..reference import Change, wire
from ..session.node_harness import Port
from .calls import Call, Pending
from .contract import Contract, as_entry, as_shown, expect, user_of, without_rev


@attrs.define
class View:
    """A room as the device knows it. ``rev`` is the last one received, with its ``epoch``."""

    epoch: str
    rev: int
    head_seq: int
    messages: dict[int, Json]

    def hear(self, method: str, message: Json) -> None:
        expect(message["rev"], self.rev + 1, f"rev of {method} {message}")
        self.rev = message["rev"]
        if method == "newMessage":
            expect(message["seq"], self.head_seq + 1, f"seq of {message}")
            self.head_seq = message["seq"]
            self.messages[self.head_seq] = message
        elif message["seq"] in self.messages:
            self.messages[message["seq"]] = message

    def hear_reaction(self, change: Json) -> None:
        """Apply a change of a reaction to the message, as a client without its text must."""
        expect(change["rev"], self.rev + 1, f"rev of {change}")
        self.rev = change["rev"]
        if (message := self.messages.get(change["seq"])) is None:
            return
        reactions = {each["emoji"]: each for each in message.get("reactions", ())}
        emoji, user = change["emoji"], change["user"]
        known = reactions.get(emoji, {"emoji": emoji, "count": 0, "users": []})
        users = [each for each in known["users"] if each != user]
        if change["added"]:
            users.append(user)
        reactions[emoji] = {"emoji": emoji, "count": change["count"], "users": users}
        shown = [each for each in reactions.values() if each["count"]]
        others = {name: value for name, value in message.items() if name != "reactions"}
        changed = others | {"rev": self.rev} | ({"reactions": shown} if shown else {})
        self.messages[change["seq"]] = changed

    def resume(self, page: Json) -> None:
        """Apply a page of missed messages. The contract checks their order by rev."""
        for message in page["messages"]:
            self.messages[message["seq"]] = as_shown(message)
        self.epoch, self.rev = page["epoch"], page["nextRev"]
        self.head_seq = max(self.head_seq, *self.messages, 0)


@attrs.define(eq=False)
class Device:
    """A device of one person.

    :ivar threads: by room and root, the threads that it was told to follow in rooms that it does
        not watch; None until it has caught up.
    :ivar current: rooms whose inbox entry it must know exactly; not the rooms that it watches.
    """

    name: str
    token: str | None = None
    revoked: list[str] = attrs.Factory(list)
    client: Client | None = None
    port: Port | None = None
    views: dict[str, View] = attrs.Factory(dict)
    watching: set[str] = attrs.Factory(set)
    entries: dict[str, Json] = attrs.Factory(dict)
    current: set[str] = attrs.Factory(set)
    threads: dict[tuple[str, int], Json] | None = None
    told: list[Change] = attrs.Factory(list)
    met: list[tuple[str, str]] = attrs.Factory(list)
    """Presence events received, as pairs of person and watched room."""
    news: set[str] = attrs.Factory(set)
    """Rooms whose unread counts it received."""
    profiles: list[Json] = attrs.Factory(list)
    states: list[Json] = attrs.Factory(list)
    """Profiles received."""
    settings: Json | None = None
    """The last settings received."""
    epoch: str = ""
    _asked: dict[int, Json] = attrs.Factory(dict)
    _read: int = 0
    _scope: trio.CancelScope = attrs.Factory(trio.CancelScope)

    @property
    def user(self) -> str:
        return user_of(self.name)

    # ---- its session

    async def live(self, stream: trio.abc.Stream, *, task_status: trio.TaskStatus[Client]) -> None:
        with trio.CancelScope() as self._scope:
            async with websocket(stream) as client:
                task_status.started(client)
                await trio.sleep_forever()

    def use(self, client: Client) -> None:
        """Use a client that has just connected."""
        self.client, self._read = client, len(client.frames)
        inbox = client.connected["inbox"]
        self.epoch = client.connected["epoch"]
        self.entries = {entry["room"]: as_entry(entry) for entry in inbox["rooms"]}
        self.current = set(self.entries)
        self.threads = None
        self.forget()

    def cut(self) -> None:
        """Cut the connection in this step, without a close frame."""
        self._scope.cancel()
        self.client = None
        self.watching.clear()
        self._asked.clear()

    async def begin(self, call: Call) -> "Pending":
        assert self.client is not None
        pending = Pending(self.client)
        with suppress(ConnectionClosed):
            pending.number = await self.client.begin(call.method, **call.params)
        if pending.number is not None and call.method in ("subscribe", "unsubscribe"):
            self._asked[pending.number] = {"method": call.method, **call.params}
        return pending

    # ---- receiving

    def forget(self) -> None:
        self.told.clear()
        self.met.clear()
        self.news.clear()
        self.profiles.clear()
        self.states.clear()
        self.settings = None

    def hear(self) -> None:
        """Process all frames since the last call, in order."""
        if self.client is None:
            return
        frames = self.client.frames
        while self._read < len(frames):
            frame = frames[self._read]
            self._read += 1
            if "method" in frame:
                self._event(frame["method"], frame["params"])
            elif (asked := self._asked.pop(frame["id"], None)) is not None and "result" in frame:
                self._listen(asked, frame["result"])

    def _listen(self, asked: Json, result: Json) -> None:
        room = asked["room"]
        if asked["method"] == "unsubscribe":
            self.watching.discard(room)
        elif result["recovered"]:
            self.views[room].resume(result)
        else:
            messages = {message["seq"]: as_shown(message) for message in result["messages"]}
            self.views[room] = View(result["epoch"], result["headRev"], result["headSeq"], messages)
        if asked["method"] == "subscribe" and not result["hasMore"]:
            self.watching.add(room)
        else:
            self.watching.discard(room)
        self.current.discard(room)

    def _event(self, method: str, params: Json) -> None:
        room = params.get("room", "")
        match method:
            case "newMessage" | "messageChanged":
                expect(room in self.watching, True, f"{self.name} watches {room}: {params}")
                expect(params["epoch"], self.epoch, f"epoch of {params}")
                self.views[room].hear(method, as_shown(params))
                self.current.discard(room)
            case "reactionsChanged":
                expect(room in self.watching, True, f"{self.name} watches {room}: {params}")
                expect(params["epoch"], self.epoch, f"epoch of {params}")
                self.views[room].hear_reaction(params)
                self.current.discard(room)
            case "unread":
                self.entries[room] = as_entry(params)
                self.current.add(room)
                self.news.add(room)
            case "threadUnread":
                if self.threads is not None and params["following"]:
                    self.threads[room, params["thread"]] = params
                elif self.threads is not None:
                    self.threads.pop((room, params["thread"]), None)
            case "memberChanged":
                user, role = params["user"], params["role"]
                self.told.append(MemberChanged(room, user, role))
                if user == self.user and role is None:
                    self.watching.discard(room)
                    self.current.discard(room)
                    self.entries.pop(room, None)
            case "muteChanged":
                self.told.append(decode_result(MuteChanged, params))
            case "roomChanged":
                self.told.append(decode_result(RoomChanged, params))
                self.current.discard(room)
            case "presence":
                self.met += [(params["user"], room) for room in self.watching or {""}]
            case "userChanged":
                self.profiles.append(params)
            case "settingsChanged":
                self.settings = params
            case "serverChanged":
                self.states.append(params)
            case _:
                raise AssertionError(f"{self.name}: unexpected {method} {params}")

    # ---- checking

    def check(self, contract: Contract) -> None:
        """:raises AssertionError: an event is missing, unexpected or wrong."""
        name = self.name
        contract.check_told(name, self.told)
        expect(self.watching, contract.sessions.watching[name], f"what {name} watches")
        for room in self.watching:
            self._check_view(room, contract)
        expect(contract.moved[name] - self.news, set(), f"cursors and levels not told to {name}")
        rooms = contract.rooms_of(self.user)
        expect(self.entries.keys() - rooms, set(), f"rooms that {name} may not know of")
        expect((rooms - self.watching) - self.entries.keys(), set(), f"rooms missing on {name}")
        self._check_threads(contract)
        for room in self.current - self.watching:
            entry = contract.entry(room, self.user)
            told = without_rev(self.entries[room])
            expect(told, without_rev(entry), f"what {name} was told of {room}'s unread")
        self._check_people(contract)
        for user in {user for user, _ in self.met}:
            rooms_met = {room for who, room in self.met if who == user}
            if not any(user in contract.chat.rooms[room].members for room in rooms_met if room):
                raise AssertionError(f"{name} was told of {user}'s presence")

    def _check_threads(self, contract: Contract) -> None:
        """Check what was told of threads in rooms that it knows and does not watch."""
        if self.threads is None:
            return
        rooms = self.current - self.watching
        told = {key: thread for key, thread in self.threads.items() if key[0] in rooms}
        followed = contract.threads_of(self.user)
        due = {key: thread for key, thread in followed.items() if key[0] in rooms}
        expect(told, due, f"the threads of {self.name}")

    def _check_people(self, contract: Contract) -> None:
        people = contract.chat.people
        had = [wire(profile) for profile in people.had]
        for told in self.profiles:
            expect(told in had, True, f"{self.name} was told of a profile that was: {told}")
        shown = [wire(state) for state in contract.chat.had_states]
        for told in self.states:
            expect(told in shown, True, f"{self.name} was told of a state that was: {told}")
        if self.settings is not None:
            known = wire(people.settings.get(self.user))
            expect(self.settings, known, f"settings told to {self.name}")

    def catch_up(self, contract: Contract) -> None:
        """Set the inbox as if it had been read now. The device must receive all later changes."""
        self.threads = contract.threads_of(self.user)
        for room in contract.rooms_of(self.user):
            if room not in self.watching and room not in self.current:
                self.entries[room] = copy.deepcopy(contract.entry(room, self.user))
                self.current.add(room)

    def _check_view(self, room: str, contract: Contract) -> None:
        model, view = contract.chat.rooms[room], self.views[room]
        head = model.head_rev, model.head_seq
        expect((view.rev, view.head_seq), head, f"{room} on {self.name}")
        seen = {seq: message for seq, message in view.messages.items() if seq >= model.first_seq}
        first = min(seen, default=model.head_seq + 1)
        # A page without the missed changes has no messages in threads.
        expected = {
            seq: wire(message)
            for seq, message in model.log.items()
            if seq >= first and (message.thread is None or seq in seen)
        }
        expect(seen, expected, f"the messages of {room} on {self.name}")
