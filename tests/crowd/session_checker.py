"""Check everything that a session received, in order, against a recount of all commits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from chatroom.model import Message
from chatroom.protocol import calls
from chatroom.store.events import MessageChanged, MessagePosted, RoomEvent

from ..builders import Json
from ..reference import ServerModel
from .people import Asked, Device

Commits: TypeAlias = Mapping[str, Sequence[Sequence[RoomEvent]]]
Count: TypeAlias = tuple[int, int, int, int, str]
"""Head seq, read cursor, unread, mentions, level."""


def count_of(entry: Json) -> Count:
    head, cursor, unread = entry["headSeq"], entry["readSeq"], entry["unread"]
    return head, cursor, unread, entry["mentions"], entry["notifications"]


def recount(name: str, commits: Iterable[Sequence[RoomEvent]], user: str) -> list[Count | None]:
    """Return the counts at the beginning and after each commit (I4); None for a non-member."""
    counts: list[Count | None] = [None]
    server = ServerModel()
    for entries in commits:
        server.commit(name, entries)
        room = server.rooms[name]
        if (member := room.members.get(user)) is None:
            counts.append(None)
        else:
            unread = room.unread(user)
            counts.append((room.head_seq, member.read_seq, *unread, member.level))
    return counts


@attrs.define(eq=False)
class SessionChecker:
    """Checks the frames of one session. Its attributes are what the client knows so far."""

    device: Device
    commits: Commits
    watching: dict[str, int] = attrs.Factory(dict)
    """Watched rooms with the last rev received."""
    outside: set[str] = attrs.Factory(set)
    known: dict[str, Count] = attrs.Factory(dict)
    online: dict[str, set[str]] = attrs.Factory(dict)
    _heard_own: set[tuple[str, int]] = attrs.Factory(set)
    _counts: dict[str, list[Count | None]] = attrs.Factory(dict)
    _at: dict[str, int] = attrs.Factory(lambda: defaultdict(int))

    @property
    def user(self) -> str:
        return self.device.guest.user

    def check(self) -> None:
        """:raises AssertionError: a frame is wrong, or was received at the wrong time."""
        answered = set()
        for frame in self.device.guest.heard:
            if "method" in frame:
                self._event(frame["method"], frame["params"])
            else:
                assert frame["id"] not in answered, f"a second answer: {frame}"
                answered.add(frame["id"])
                self._reply(self.device.asked[frame["id"]], frame.get("result"))
        if not self.device.over:
            assert answered == self.device.asked.keys(), "some calls have no answer"

    def check_end(self, members: Mapping[str, set[str]], online: set[str]) -> None:
        """Check that the last events received describe the final state."""
        assert self.device.guest.session.watching == self.watching.keys()
        for room, rev in self.watching.items():
            assert self.user in members[room]
            assert rev == _messages(self.commits[room])[-1].rev if rev else True
            assert self.online[room] & members[room] == online & members[room]
        for room, count in self.known.items():
            assert count == self._counts_in(room)[-1], f"told last of {room}"

    def _reply(self, asked: Asked, result: Any) -> None:
        room = asked.room or ""
        if asked.kind in (calls.Subscribe, calls.Unsubscribe):
            self.watching.pop(room, None)
        if result is None:
            return
        assert room not in self.outside or asked.kind is calls.JoinRoom, f"{asked} told {result}"
        match asked.kind:
            case calls.Subscribe:
                self.known.pop(room, None)
                self.online[room] = set(result["online"]["users"])
                if not result["hasMore"]:
                    self.watching[room] = result["headRev"]
            case calls.SendMessage:
                assert (room, result["seq"]) not in self._heard_own, "its event came first"
            case calls.MarkRead | calls.SetNotifications:
                self._entry(result)
            case calls.GetInbox:
                for entry in result["rooms"]:
                    assert entry["room"] not in self.outside
                    self._entry(entry)
            case _:
                pass  # nothing to check

    def _event(self, method: str, params: Json) -> None:
        room = params.get("room", "")
        assert room not in self.outside or method == "memberChanged", f"told of {params}"
        match method:
            case "newMessage" | "messageChanged":
                assert params["rev"] == self.watching[room] + 1
                self.watching[room] = params["rev"]
                message = _messages(self.commits[room])[params["rev"] - 1]
                assert (message.seq, message.text) == (params["seq"], params["text"])
                if method == "newMessage" and params["sender"] == self.user:
                    self._heard_own.add((room, params["seq"]))
            case "reactionsChanged":
                assert params["rev"] == self.watching[room] + 1
                self.watching[room] = params["rev"]
                message = _messages(self.commits[room])[params["rev"] - 1]
                counts = {each.emoji: each.count for each in message.reactions}
                assert message.seq == params["seq"]
                assert counts.get(params["emoji"], 0) == params["count"]
            case "unread":
                self._entry(params)
            case "typing":
                assert room in self.watching
                assert params["user"] != self.user
            case "presence":
                for users in self.online.values():
                    (users.add if params["online"] else users.discard)(params["user"])
            case "memberChanged" if params["user"] == self.user:
                if params["role"] is None:
                    self.outside.add(room)
                    self.watching.pop(room, None)
                    self.known.pop(room, None)
                else:
                    self.outside.discard(room)

    def _entry(self, entry: Json) -> None:
        """Find the commit after which the counts were so. No earlier counts may follow (I6)."""
        room, count, counts = entry["room"], count_of(entry), self._counts_in(entry["room"])
        assert count in counts[self._at[room] :], f"{count} of {room} after {counts}"
        self._at[room] = counts.index(count, self._at[room])
        if room not in self.watching:
            self.known[room] = count

    def _counts_in(self, room: str) -> list[Count | None]:
        if room not in self._counts:
            self._counts[room] = recount(room, self.commits[room], self.user)
        return self._counts[room]


def _messages(commits: Sequence[Sequence[RoomEvent]]) -> list[Message]:
    """Return the messages by rev, from 1 without a gap (I2)."""
    found = [
        e.message for es in commits for e in es if isinstance(e, MessagePosted | MessageChanged)
    ]
    assert [message.rev for message in found] == list(range(1, len(found) + 1))
    return found
