"""Events of a room's deletion: each session of a member is told that the user is no longer a
member, and gets nothing about the room afterwards."""

from collections import defaultdict

import attrs

from .calls import Call, Part
from .deletions import DELETE, Deletions
from .entries import Saw, user_of
from .files import OVER_HTTP
from .findings import Report
from .membership import Membership


@attrs.define(eq=False)
class DeletionEvents(Part):
    """``connected``: the time of each session's first reply. ``left``: the rooms for which its last
    event says that the user is no longer a member.

    ``due``: by session, the deleted rooms of which it must be told, with the position of the
    deletion. ``replied`` and ``read``: the start of the last call answered to a session, by
    anything or by its inbox.
    """

    report: Report
    membership: Membership
    deletions: Deletions
    connected: dict[str, int] = attrs.field(factory=dict)
    left: dict[str, set[str]] = attrs.field(factory=lambda: defaultdict(set))
    due: dict[str, dict[str, Call]] = attrs.field(factory=lambda: defaultdict(dict))
    replied: dict[str, int] = attrs.field(factory=dict)
    read: dict[str, int] = attrs.field(factory=dict)

    def ended(self, call: Call) -> None:
        if call.outcome == "info" or call.method in OVER_HTTP:
            return
        if call.method == DELETE and call.outcome == "ok":
            self._deleted(call)
        self._check_told(call)
        self.connected.setdefault(call.process, call.end)
        self.replied[call.process] = max(call.start, self.replied.get(call.process, 0))
        if call.method == "getInbox" and call.outcome == "ok":
            self.read[call.process] = max(call.start, self.read.get(call.process, 0))

    def _deleted(self, call: Call) -> None:
        """Members at the time of the request must be told before the next reply."""
        people = self.membership.inside[call.room]
        inside = {user for user in people if people[user].surely_since() < call.start}
        for process, since in self.connected.items():
            told = call.room in self.left[process]
            if user_of(process) in inside and since < call.start and not told:
                self.due[process][call.room] = call

    def _check_told(self, call: Call) -> None:
        """Frames of a session are in order, so the reply to a later call follows the event."""
        for room, deletion in list(self.due.get(call.process, {}).items()):
            if deletion.end < call.start:
                del self.due[call.process][room]
                text = f"{call.process} is not told that {room} was deleted"
                self.report.add("deleted_room", text, deletion.begun, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        if (room := saw.value.get("room")) is None:
            return
        answered = self.read if saw.what == "unread" else self.replied
        if self.deletions.acknowledged(room, answered.get(saw.process, 0)):
            text = f"{saw.process} is told of {room}, which was deleted"
            self.report.add("deleted_room", text, position)
        if saw.what == "memberChanged" and saw.value["user"] == user_of(saw.process):
            if saw.value["role"] is None:
                self.left[saw.process].add(room)
                self.due[saw.process].pop(room, None)
            else:
                self.left[saw.process].discard(room)
