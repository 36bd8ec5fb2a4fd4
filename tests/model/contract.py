"""The reference model of the whole server, with what each session must receive.

The end of a page of a resume, and who is online, are taken from the server's reply. Everything else
follows from them.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Final, get_args

import attrs

from chatroom.model import Role
from chatroom.protocol.events import MemberChanged
from chatroom.store.events import MemberAdded, NotificationLevelSet, ReadCursorMoved

from ..client import Json
from ..reference import Change, ChatModel, Done, Refusal, SessionsModel, wire
from ..reference.endpoints import ENDPOINT_CALLS, EndpointsModel
from .moment import Moment, later

READS: Final = {
    *("listPushEndpoints", "listBans", "listMutes", "listInvitations", "listAudit"),
    *("subscribe", "unsubscribe", "getHistory", "getUnread", "listMembers", "getInbox"),
    *("listBlocked", "listReactions", "listPins", "getMessage", "getMentions", "searchMessages"),
    *("getThreads", "getUsers", "listUsers", "getSettings"),
}


def user_of(device: str) -> str:
    return device.partition(".")[0]


def expect(actual: object, expected: object, what: object) -> None:
    if expected != actual:
        raise AssertionError(f"{what}\n    should be {expected!r}\n    but is    {actual!r}")


@attrs.define
class Contract:
    """The model, and what each session must receive since the last :meth:`clear`.

    :ivar told: by session, changes of members and settings.
    :ivar added: by session, the rooms to which its owner was added.
    :ivar moved: by session, the rooms in which its owner's cursor or level has changed.
    """

    chat: ChatModel = attrs.Factory(lambda: ChatModel(epochs=[], later=later))
    sessions: SessionsModel = attrs.Factory(SessionsModel)
    endpoints: EndpointsModel = attrs.Factory(EndpointsModel)
    alone: bool = True
    """There is one node."""
    loses_news: bool = False
    told: dict[str, list[Change]] = attrs.Factory(dict)
    added: dict[str, set[str]] = attrs.Factory(dict)
    moved: dict[str, set[str]] = attrs.Factory(dict)

    def clear(self) -> None:
        for device in self.sessions.users:
            self._clear(device)

    def came(self, device: str) -> None:
        self.sessions.come(device, user_of(device))
        self._clear(device)

    def _clear(self, device: str) -> None:
        self.told[device], self.added[device], self.moved[device] = [], set(), set()

    def went(self, device: str) -> None:
        self.sessions.go(device)
        self.told.pop(device, None)
        self.added.pop(device, None)
        self.moved.pop(device, None)

    # ---- calls

    def answer(
        self, device: str, method: str, params: Json, actual: Json | None, now: Moment
    ) -> None:
        """Make a call in the model, and compare the reply.

        :param actual: the server's reply; None if it is unknown.
        :raises AssertionError: the reply is wrong.
        :raises Refusal: the call must be refused.
        """
        if method in ENDPOINT_CALLS:
            urls = self.endpoints.call(user_of(device), device, method, params)
            if actual is not None:
                shown = [each["endpoint"] for each in actual.get("endpoints", ())]
                expect(shown, urls, f"{device} {method} {params}")
            return
        done = self.chat.call(user_of(device), method, params, now, actual or {})
        if method in ("disableAccount", "eraseAccount"):
            self._log_out(params["user"])
        for each in (done, *done.handovers):
            self._tell(device, method, each)
        if method == "deleteRoom":
            self.chat.erase()  # the machine waits until the server has done so
        if actual is not None:
            self._compare(device, method, params, actual, done)

    def sign_up(
        self, device: str, code: str | None, refused: str | None, room: str | None, now: Moment
    ) -> None:
        """Sign somebody up in the model, and compare the reason of a refusal, and the room.

        :raises AssertionError: the answer is wrong.
        """
        what = f"signing up as {device} by {code}"
        if self.chat.server_state.read_only:
            expect(refused, "read_only", what)
            return
        try:
            done = self.chat.sign_up(user_of(device), code, now)
        except Refusal as refusal:
            expect(refused, refusal.reason, what)
        else:
            expect((refused, room), (None, done.room or None), what)
            self._tell(device, "signUp", done)

    def _log_out(self, user: str) -> None:
        """End all sessions and log-ins of an account."""
        for session in self.sessions.of(user):
            self.went(session)
        devices = [device for _, device in self.endpoints.added.values()]
        self.endpoints.log_out([device for device in devices if user_of(device) == user])

    def _tell(self, device: str, method: str, done: Done) -> None:
        for session, change in self.sessions.handle(device, method, done):
            self.told[session].append(change)
            match change:
                case MemberChanged(room=room, user=user, role=None) if user == user_of(session):
                    self.moved[session].discard(room)
                case _:
                    pass  # the room stays in the inbox
        for event in done.events:
            if isinstance(event, ReadCursorMoved | NotificationLevelSet):
                for session in self.sessions.of(event.user):
                    self.moved[session].add(done.room)
            elif isinstance(event, MemberAdded):
                for session in self.sessions.of(event.member.user):
                    self.added[session].add(done.room)

    def _compare(self, device: str, method: str, params: Json, actual: Json, done: Done) -> None:
        what = f"{device} {method} {params}"
        if method == "getInbox":
            self._check_order(user_of(device), actual)
        elif method == "listAudit":
            ids = [entry["id"] for entry in actual["entries"]]
            expect(ids, sorted(set(ids), reverse=True), f"{what}: the latest come first")
            # OPEN: when the server tells what it has pruned. tests/room/test_living.py looks at it.
            entries = [entry for entry in actual["entries"] if entry["act"] != "prune"]
            actual = {**actual, "entries": entries}
        elif method == "listInvitations":
            made = [(-each["timestamp"], each["id"]) for each in actual["invitations"]]
            expect(made, sorted(made), f"{what}: the latest come first")
        elif method == "subscribe":
            self._check_subscribed(device, params, actual)
        elif method == "searchMessages":
            _check_found(actual, wire(done.result), what)
            return
        expect(_normal(actual), _normal(wire(done.result)), what)

    def _check_order(self, user: str, inbox: Json) -> None:
        """Check that an inbox is by activity, as far as the times are known."""
        times = {room.room: room.active_at for room in self.chat.inbox(user)}
        rooms = [times[entry["room"]] for entry in inbox["rooms"] if entry["room"] in times]
        for newer, older in itertools.pairwise(rooms):
            assert isinstance(newer, Moment)
            assert isinstance(older, Moment)
            expect(newer.high >= older.low, True, f"{user}'s inbox is by activity: {inbox}")

    def _check_subscribed(self, device: str, params: Json, page: Json) -> None:
        room, online = self.chat.rooms[page["room"]], page["online"]
        expect(online["count"], len(online["users"]), "online")
        known = {user_of(device)} <= set(online["users"]) <= room.members.keys()
        expect(known, True, f"online are {online}")
        if page["recovered"]:
            since, end = params["sinceRev"], page["nextRev"]
            expect(since <= end <= room.head_rev, True, f"nextRev {end} after {since}")

    # ---- events

    def check_told(self, device: str, actual: Sequence[Change]) -> None:
        """Check the changes of members and settings of which a session was told.

        On several nodes, events of different rooms have no order. If news of it is lost, a session
        that does not watch the room hears of its owner's joining by ``unread`` alone.
        """
        due, what = self.told[device], f"changes told to {device}"
        if self.alone:
            expect(actual, due, what)
            return
        for room in {change.room for change in (*actual, *due)}:
            told, owed = ([each for each in some if each.room == room] for some in (actual, due))
            unsure = self.loses_news and room in self.added[device]
            if unsure and room not in self.sessions.watching[device]:
                added = [MemberChanged(room, user_of(device), role) for role in get_args(Role)]
                told, owed = ([e for e in some if e not in added] for some in (told, owed))
            expect(told, owed, what)

    # ---- state

    def entry(self, room: str, user: str) -> Json:
        """Return the room's entry in the user's inbox."""
        entry: Json = wire(self.chat.entry(room, user))
        return entry

    def threads_of(self, user: str) -> dict[tuple[str, int], Json]:
        """Return the threads that a user follows, as events tell of them."""
        return {
            (thread.room, thread.root): {
                "room": thread.room,
                "thread": thread.root,
                "readSeq": thread.read_seq,
                "unread": thread.unread,
                "mentions": thread.mentions,
                "following": True,
            }
            for room in self.chat.rooms.values()
            for thread in room.all_followed(user)
        }

    def rooms_of(self, user: str) -> set[str]:
        return {name for name, room in self.chat.rooms.items() if user in room.members}


# ---- what is open


def as_shown(message: Json) -> Json:
    """Normalize a message: the order of mentions is open, and an event has an epoch too."""
    shown = {name: value for name, value in message.items() if name != "epoch"}
    return shown | {"mentions": sorted(shown["mentions"])} if "mentions" in shown else shown


def as_entry(entry: Json) -> Json:
    last = entry.get("lastMessage")
    return entry if last is None else entry | {"lastMessage": as_shown(last)}


def as_listed(thread: Json) -> Json:
    """Normalize a thread, of a page or a list."""
    root = thread.get("message")
    return thread if root is None else thread | {"message": as_shown(root)}


def without_rev(entry: Json) -> Json:
    """Return an entry without the rev of its last message, since nobody is told of reactions."""
    last = entry.get("lastMessage")
    return entry if last is None else entry | {"lastMessage": last | {"rev": 0}}


def _check_found(actual: Json, expected: Json, what: str) -> None:
    """Check a search. Messages not indexed yet may be missing, and the order of times is known from
    the reply alone."""
    shown, all_ = _hits(actual), _hits(expected)
    expect(shown, {place: all_.get(place) for place in shown}, what)
    if not actual["pending"]:
        expect(shown.keys(), all_.keys(), what)
    places = [(-m["timestamp"], m["room"], -m["seq"]) for m in actual["messages"]]
    expect(places, sorted(places), what)


def _hits(found: Json) -> dict[tuple[str, int], Any]:
    return {
        (message["room"], message["seq"]): (as_shown(message), ranges)
        for message, ranges in zip(found["messages"], found["ranges"], strict=True)
    }


def _normal(result: Json) -> Json:
    """Normalize a result. The online users and the order of rooms are checked elsewhere."""
    normal: dict[str, Any] = as_entry(result) | {"online": None}
    if "messages" in result:
        normal["messages"] = [as_shown(message) for message in result["messages"]]
    if "members" in result:
        normal["members"] = [member | {"online": None} for member in result["members"]]
    if "threads" in result and isinstance(result["threads"], list):
        threads = [as_listed(thread) for thread in result["threads"]]
        normal["threads"] = sorted(threads, key=lambda each: (each.get("room", ""), str(each)))
    if "invitations" in result:
        normal["invitations"] = sorted(result["invitations"], key=lambda each: each["id"] or "")
    if "entries" in result:
        # Housekeeping says at its own time what it has pruned.
        entries = [entry | {"id": 0} for entry in result["entries"] if entry["act"] != "prune"]
        normal["entries"] = sorted(entries, key=lambda entry: str(entry.get("room", "")))
    if "users" in result:
        normal["users"] = [user | {"online": None} for user in result["users"]]
    if "rooms" in result:
        normal["rooms"] = sorted(map(as_entry, result["rooms"]), key=lambda entry: entry["room"])
    return normal
