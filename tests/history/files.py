"""Files: each message shows those that it was sent with, and members alone read them, as they were.

Two operations stand for requests over HTTP: ``uploadFile``, whose reply has ``id`` and ``digest``,
and ``readFile {room, seq, id}``, whose reply has ``digest``. The latter may use an older link.
"""

from typing import Final

import attrs

from .calls import Call, Part, shown_by
from .deletions import Deletions
from .entries import Json, Saw
from .findings import Report
from .log import Log
from .membership import Membership

UPLOAD: Final = "uploadFile"
READ: Final = "readFile"
OVER_HTTP: Final = frozenset({UPLOAD, READ})
WITH_MESSAGES: Final = frozenset({"getHistory", "getUnread", "subscribe"})


@attrs.define(eq=False)
class Files(Part):
    """``sent``: the ids of a message's files, with the position that shows them.

    ``unsure``: messages that may have been deleted; rooms of which several may be.
    """

    report: Report
    log: Log
    membership: Membership
    deletions: Deletions
    digests: dict[str, str] = attrs.field(factory=dict)
    sent: dict[tuple[str, int], tuple[tuple[str, ...], int]] = attrs.field(factory=dict)
    unsure: set[tuple[str, int]] = attrs.field(factory=set)
    missing: list[tuple[str, int, str, int]] = attrs.field(factory=list)

    def began(self, call: Call) -> None:
        if call.method == "deleteMessage":
            self.unsure.add((call.room, call.args["seq"]))
        elif call.method == "deleteMessagesOf":
            self.unsure.add((call.room, 0))

    def ended(self, call: Call) -> None:
        if call.method == READ and call.outcome == "fail":
            self._not_read(call)
        if call.outcome != "ok":
            return
        if call.method == UPLOAD:
            self.digests[call.seen["id"]] = call.seen["digest"]
        elif call.method == READ:
            self._read(call)
        elif call.method == "sendMessage":
            files = tuple(call.args.get("attachments", ()))
            self._has((call.room, call.seen["seq"]), files, call.begun)
        elif call.method in WITH_MESSAGES:
            for message in call.seen.get("messages", ()):
                self._shown(message, call.begun)

    def saw(self, position: int, saw: Saw) -> None:
        if saw.what in ("newMessage", "messageChanged"):
            for message in shown_by(saw):
                self._shown(message, position)

    def _shown(self, message: Json, position: int) -> None:
        if not message.get("deleted"):
            files = tuple(each["id"] for each in message.get("attachments", ()))
            self._has((message["room"], message["seq"]), files, position)

    def _has(self, place: tuple[str, int], files: tuple[str, ...], position: int) -> None:
        known, before = self.sent.setdefault(place, (files, position))
        if known != files:
            text = f"{place[0]} {place[1]} has the files {files}, and had {known}"
            self.report.add("lost", text, before, position)

    # ---- reading

    def _read(self, call: Call) -> None:
        self.membership.hears(call.user, call.room, call.start, call.begun)
        if self.digests.get(call.args["id"]) != call.seen["digest"]:
            text = f"{call.user} reads another file than was uploaded"
            self.report.add("divergent", text, call.begun)

    def _not_read(self, call: Call) -> None:
        files, _ = self.sent.get((call.room, call.args["seq"]), ((), 0))
        member = self.membership.inside[call.room][call.user]
        if call.args["id"] in files and member.against(False, call.start) is not None:
            self.missing.append((call.room, call.args["seq"], call.user, call.begun))

    def finish(self) -> None:
        """Check that each message whose file could not be read was deleted, or pruned."""
        for room, seq, user, position in self.missing:
            gone = self.deletions.may_be_gone(room) or seq < self.log.rooms[room].first
            if not gone and not {(room, seq), (room, 0)} & self.unsure:
                text = f"{user} cannot read a file of {room} {seq}"
                self.report.add("lost", text, position)
