"""Mutations of room deletions: the room still exists, or was deleted in part."""

from typing import Final

from .altered import Altered, Finished, NothingToAlter, spoils
from .deletions import DELETE
from .entries import Begin, Json, Saw, user_of
from .simulated import ATTIC, OPERATOR

BYSTANDER: Final = "alice#99"
FAR: Final = 1 << 20
IN_ATTIC: Final = {"room": ATTIC}
JOINED: Final = {
    "room": ATTIC,
    "visibility": "public",
    "readSeq": 0,
    "headSeq": 0,
    "role": "owner",
    "created": True,
}
LISTED: Final = {"room": ATTIC, "visibility": "public", "member": False}
HELLO: Final = {"room": ATTIC, "text": "hello?", "clientId": "hello?"}
SENT: Final = {"room": ATTIC, "seq": FAR, "rev": FAR, "timestamp": 1, "duplicate": False}
FIRST_PAGE: Final = {"room": ATTIC, "before": 1}
PAGE: Final[Json] = {"room": ATTIC, "firstSeq": 1, "headSeq": FAR, "messages": []}


class DeletionMutations(Altered):
    def _deletions(self) -> list[Finished]:
        """Return acknowledged deletions."""
        return self.calls(DELETE)

    def _later(self, *methods: str, outcome: str = "ok") -> list[Finished]:
        """Return calls that began after a deletion was acknowledged."""
        first = min((done.last for done in self._deletions()), default=len(self.entries))
        return [d for d in self.calls(*methods, outcome=outcome) if d.first > first]

    def _refused(self, *methods: str, reason: str) -> list[Finished]:
        """Return refused calls to the deleted room, after its deletion."""
        later = self._later(*methods, outcome="fail")
        return [d for d in later if d.args.get("room") == ATTIC and d.seen["reason"] == reason]

    def _answered(self, process: str) -> list[Finished]:
        methods = {e.call for e in self.entries if isinstance(e, Begin) and e.process == process}
        answers = self.calls(*methods) + self.calls(*methods, outcome="fail")
        return [done for done in answers if done.begin.process == process]

    def _inside(self, before: int) -> set[str]:
        """Return the users who were seen as members before a position."""
        used = self.calls("joinRoom", "subscribe", "getHistory", "markRead")
        return {d.user for d in used if d.args["room"] == ATTIC and d.last < before}

    def _does_not_find_it(self, user: str, index: int) -> None:
        args = {"room": ATTIC, "after": 0}
        self.ask(index, f"{user}#99", "getHistory", args, reason="not_found")

    # ---- the room still exists

    @spoils(
        "deleted_room",
        deleted_room_is_read=("getHistory", FIRST_PAGE, PAGE),
        deleted_room_accepts_a_message=("sendMessage", HELLO, SENT),
        deleted_room_is_joined=("joinRoom", IN_ATTIC, {**JOINED, "created": False}),
        name_is_reused_by_creating=("createRoom", IN_ATTIC | {"visibility": "public"}, JOINED),
        list_of_rooms_has_a_deleted_room=("listRooms", {}, {"rooms": [LISTED], "next": None}),
    )
    def _is_there(self, call: tuple[str, Json, Json]) -> None:
        self.ask(self.pick(self._deletions()).last, BYSTANDER, *call)

    @spoils("deleted_room")
    def name_is_reused_by_joining(self) -> None:
        done = self.pick(self._refused("joinRoom", reason="conflict"))
        self.replace(done.last, outcome="ok", seen=JOINED)

    @spoils("deleted_room")
    def room_is_deleted_twice(self) -> None:
        done = self.pick(self._refused(DELETE, reason="not_found"))
        self.replace(done.last, outcome="ok", seen={})

    @spoils("deleted_room")
    def interrupted_deletion_is_undone(self) -> None:
        """Only its retry, which found nothing to delete, shows that it was done."""
        first, done = self.pick(
            (first, done)
            for first in self._deletions()
            for done in self._refused(DELETE, reason="not_found")
            if any(first.last < start < done.first for start in self.starts())
            if not any(done.begin.at < begin.at < done.end.at for begin in self.begun(DELETE))
        )
        self.replace(first.last, outcome="info", seen={"reason": "no reply"})
        self.ask(done.last, BYSTANDER, "getHistory", FIRST_PAGE, PAGE)

    @spoils("deleted_room")
    def inbox_lists_a_deleted_room(self) -> None:
        done = self.pick(self._later("getInbox"))
        entry = {"room": ATTIC, "headSeq": 0, "readSeq": 0, "unread": 0, "mentions": 0}
        done.seen["rooms"].append(entry)

    # ---- the room had lost something before

    @spoils("stale")
    def last_message_is_lost_before_the_deletion(self) -> None:
        """Nobody reads the room at the end."""
        deletion = self.pick(self._deletions())
        sent, done = self.pick(
            (sent, done)
            for sent in self.calls("sendMessage")
            for done in self.calls("getHistory", "subscribe")
            if sent.args.get("room") == done.args["room"] == ATTIC
            if sent.last < done.first and done.last < deletion.first
        )
        done.seen["headSeq"] = sent.seen["seq"] - 1

    # ---- calls get a wrong reason

    @spoils(
        "deleted_room",
        deleted_name_seems_free=(["joinRoom"], "conflict", "not_found"),
        deleted_room_exists_for_non_members=(
            ["sendMessage", "getHistory", "subscribe"],
            *("not_found", "forbidden"),
        ),
    )
    def _has_a_wrong_reason(self, case: tuple[list[str], str, str]) -> None:
        methods, right, wrong = case
        self.refuse(self.pick(self._refused(*methods, reason=right)), wrong)

    # ---- events

    @spoils("deleted_room")
    def member_gets_no_event(self) -> None:
        """A member gets a reply after the deletion, but no event of it."""
        index = self.pick(
            index
            for done in self._deletions()
            for index, saw in self.events("memberChanged")
            if saw.value["room"] == ATTIC and saw.value["role"] is None
            if user_of(saw.process) in self._inside(done.first)
            if any(answer.last < done.first for answer in self._answered(saw.process))
            if any(answer.first > done.last for answer in self._answered(saw.process))
        )
        self.remove(index)

    @spoils(
        "deleted_room",
        watcher_gets_later_events=("newMessage", ["getHistory", "getInbox"]),
        inbox_counts_a_deleted_room=("unread", ["getInbox"]),
    )
    def _is_told_of(self, case: tuple[str, list[str]]) -> None:
        what, before = case
        saw = self.pick(e for _, e in self.events(what) if e.value["room"] == ATTIC)
        done = self.pick(self._later(*before))
        self.insert(done.last, Saw(what, 0, done.begin.process, saw.value))

    # ---- the deletion is partial, or was not requested

    @spoils("deleted_room")
    def interrupted_deletion_is_partial(self) -> None:
        """One member finds the room deleted, and another one uses it later."""
        start, user = self.pick(
            (start, user)
            for start in self.starts()
            for done in self.calls("getHistory", "markRead")
            if start < done.first and done.args["room"] == ATTIC
            for user in sorted(self._inside(start) - {done.user})
        )
        self._does_not_find_it(user, start)
        self.ask(start - 1, f"{OPERATOR}#99", DELETE, IN_ATTIC)

    @spoils("undone")
    def room_is_lost_without_a_deletion(self) -> None:
        done = self.pick(d for d in self.calls("joinRoom") if d.args["room"] == "lobby")
        self.ask(done.last, f"{OPERATOR}#99", DELETE, {"room": "lobby"}, reason="not_found")

    @spoils("undone")
    def room_is_refused_as_deleted_without_a_deletion(self) -> None:
        self.refuse(
            self.pick(d for d in self.calls("joinRoom") if d.args["room"] == "lobby"), "conflict"
        )

    @spoils("undone")
    def refused_deletion_removes_the_room(self) -> None:
        """The deletion was refused because the disk was full, but one member does not find the
        room."""
        refused = {d.begin.number for d in self.calls(DELETE, outcome="fail")}
        if len({begin.number for begin in self.begun(DELETE)} - refused) > 1:
            raise NothingToAlter  # an interrupted deletion would explain it
        done = self.pick(self._deletions())
        user = self.pick(sorted(self._inside(done.first)))
        self.refuse(done, "storage_full")
        self._does_not_find_it(user, done.last)
