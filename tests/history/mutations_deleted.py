"""Mutations of room deletions: the room still exists, or was deleted in part."""

from typing import Any, Final

from .altered import Altered, Finished, Mutations
from .cursors import STARTED
from .deletions import DELETE
from .entries import Begin, End, Fact, Json, Saw, user_of
from .simulated import ATTIC, OPERATOR

DELETED: Final = Mutations()
BYSTANDER: Final = "alice#9"
NOT_FOUND: Final = {"reason": "not_found"}
NUMBER: Final = 1 << 20
"""A number of an operation that no history has."""


def _deletions(run: Altered) -> list[Finished]:
    """Return acknowledged deletions."""
    return run.calls(DELETE)


def _later(run: Altered, *methods: str, outcome: str = "ok") -> list[Finished]:
    """Return calls that began after a deletion was acknowledged."""
    first = min((done.last for done in _deletions(run)), default=len(run.entries))
    return [d for d in run.calls(*methods, outcome=outcome) if d.first > first]


def _refused(run: Altered, *methods: str, reason: str) -> list[Finished]:
    """Return refused calls to the deleted room, after its deletion."""
    later = _later(run, *methods, outcome="fail")
    return [d for d in later if d.args.get("room") == ATTIC and d.seen["reason"] == reason]


def _answered(run: Altered, process: str) -> list[Finished]:
    methods = {e.call for e in run.entries if isinstance(e, Begin) and e.process == process}
    answers = run.calls(*methods) + run.calls(*methods, outcome="fail")
    return [done for done in answers if done.begin.process == process]


def _inside(run: Altered, before: int) -> set[str]:
    """Return the users who were seen as members before a position."""
    used = run.calls("joinRoom", "subscribe", "getHistory", "markRead")
    return {d.user for d in used if d.args["room"] == ATTIC and d.last < before}


def _starts(run: Altered) -> list[int]:
    return [i for i, e in enumerate(run.entries) if isinstance(e, Fact) and e.what == STARTED]


def _find_gone(user: str) -> tuple[Begin, End]:
    begin = Begin(NUMBER, 0, f"{user}#9", "getHistory", {"room": ATTIC, "after": 0})
    return begin, End(NUMBER, 0, "fail", NOT_FOUND)


def _page() -> Json:
    return {"room": ATTIC, "firstSeq": 1, "headSeq": 1 << 20, "messages": []}


def _joined(**more: Any) -> Json:
    return {"room": ATTIC, "readSeq": 0, "headSeq": 0, "role": "owner", "created": True, **more}


# ---- the room still exists


@DELETED.of("deleted_room")
def deleted_room_is_read(run: Altered) -> None:
    done = run.pick(_deletions(run))
    run.ask(done.last, BYSTANDER, "getHistory", {"room": ATTIC, "before": 1}, _page())


@DELETED.of("deleted_room")
def deleted_room_accepts_a_message(run: Altered) -> None:
    done = run.pick(_deletions(run))
    sent = {"room": ATTIC, "seq": 1 << 20, "rev": 1 << 20, "timestamp": 1, "duplicate": False}
    args = {"room": ATTIC, "text": "hello?", "clientId": "hello?"}
    run.ask(done.last, BYSTANDER, "sendMessage", args, sent)


@DELETED.of("deleted_room")
def deleted_room_is_joined(run: Altered) -> None:
    done = run.pick(_deletions(run))
    seen = _joined(role="member", created=False)
    run.ask(done.last, BYSTANDER, "joinRoom", {"room": ATTIC}, seen)


@DELETED.of("deleted_room")
def name_is_reused_by_joining(run: Altered) -> None:
    done = run.pick(_refused(run, "joinRoom", reason="conflict"))
    run.replace(done.last, outcome="ok", seen=_joined())


@DELETED.of("deleted_room")
def name_is_reused_by_creating(run: Altered) -> None:
    done = run.pick(_deletions(run))
    args = {"room": ATTIC, "visibility": "private"}
    run.ask(done.last, BYSTANDER, "createRoom", args, _joined())


@DELETED.of("deleted_room")
def room_is_deleted_twice(run: Altered) -> None:
    done = run.pick(_refused(run, DELETE, reason="not_found"))
    run.replace(done.last, outcome="ok", seen={})


@DELETED.of("deleted_room")
def interrupted_deletion_is_undone(run: Altered) -> None:
    """Only its retry, which found nothing to delete, shows that it was done."""
    first, done = run.pick(
        (first, done)
        for first in _deletions(run)
        for done in _refused(run, DELETE, reason="not_found")
        if any(first.last < start < done.first for start in _starts(run))
    )
    run.replace(first.last, outcome="info", seen={"reason": "no reply"})
    run.ask(done.last, BYSTANDER, "getHistory", {"room": ATTIC, "before": 1}, _page())


@DELETED.of("deleted_room")
def inbox_lists_a_deleted_room(run: Altered) -> None:
    done = run.pick(_later(run, "getInbox"))
    entry = {"room": ATTIC, "headSeq": 0, "readSeq": 0, "unread": 0, "mentions": 0}
    done.seen["rooms"].append(entry)


@DELETED.of("deleted_room")
def list_of_rooms_has_a_deleted_room(run: Altered) -> None:
    done = run.pick(_deletions(run))
    run.ask(done.last, BYSTANDER, "listRooms", {}, {"rooms": [{"room": ATTIC}], "next": None})


# ---- the room had lost something before


@DELETED.of("stale")
def last_message_is_lost_before_the_deletion(run: Altered) -> None:
    """Nobody reads the room at the end."""
    deletion = run.pick(_deletions(run))
    sent, done = run.pick(
        (sent, done)
        for sent in run.calls("sendMessage")
        for done in run.calls("getHistory", "subscribe")
        if sent.args.get("room") == done.args["room"] == ATTIC
        if sent.last < done.first and done.last < deletion.first
    )
    done.seen["headSeq"] = sent.seen["seq"] - 1


# ---- calls get a wrong reason


@DELETED.of("deleted_room")
def deleted_name_seems_free(run: Altered) -> None:
    done = run.pick(_refused(run, "joinRoom", reason="conflict"))
    run.replace(done.last, seen=NOT_FOUND)


@DELETED.of("deleted_room")
def deleted_room_exists_for_non_members(run: Altered) -> None:
    done = run.pick(_refused(run, "sendMessage", "getHistory", "subscribe", reason="not_found"))
    run.replace(done.last, seen={"reason": "forbidden"})


# ---- events


@DELETED.of("deleted_room")
def member_gets_no_event(run: Altered) -> None:
    """A member gets a reply after the deletion, but no event of it."""
    index = run.pick(
        index
        for done in _deletions(run)
        for index, saw in run.events("memberChanged")
        if saw.value["room"] == ATTIC and saw.value["role"] is None
        if user_of(saw.process) in _inside(run, done.first)
        if any(answer.last < done.first for answer in _answered(run, saw.process))
        if any(answer.first > done.last for answer in _answered(run, saw.process))
    )
    run.remove(index)


@DELETED.of("deleted_room")
def watcher_gets_later_events(run: Altered) -> None:
    saw = run.pick(e for _, e in run.events("newMessage") if e.value["room"] == ATTIC)
    done = run.pick(_later(run, "getHistory", "getInbox"))
    run.insert(done.last, Saw(saw.what, 0, done.begin.process, saw.value))


@DELETED.of("deleted_room")
def inbox_counts_a_deleted_room(run: Altered) -> None:
    saw = run.pick(e for _, e in run.events("unread") if e.value["room"] == ATTIC)
    done = run.pick(_later(run, "getInbox"))
    run.insert(done.last, Saw("unread", 0, done.begin.process, saw.value))


# ---- the deletion is partial, or was not requested


@DELETED.of("deleted_room")
def interrupted_deletion_is_partial(run: Altered) -> None:
    """One member finds the room deleted, and another one uses it later."""
    start, user = run.pick(
        (start, user)
        for start in _starts(run)
        for done in run.calls("getHistory", "markRead")
        if start < done.first and done.args["room"] == ATTIC
        for user in sorted(_inside(run, start) - {done.user})
    )
    run.insert(start, *_find_gone(user))
    run.ask(start - 1, f"{OPERATOR}#9", DELETE, {"room": ATTIC}, {})
    run.remove(start + 1)  # it is not answered


@DELETED.of("undone")
def room_is_lost_without_a_deletion(run: Altered) -> None:
    done = run.pick(d for d in run.calls("joinRoom") if d.args["room"] == "lobby")
    run.ask(done.last, f"{OPERATOR}#9", DELETE, {"room": "lobby"}, {})
    run.replace(done.last + 2, outcome="fail", seen=NOT_FOUND)


@DELETED.of("undone")
def room_is_refused_as_deleted_without_a_deletion(run: Altered) -> None:
    done = run.pick(d for d in run.calls("joinRoom") if d.args["room"] == "lobby")
    run.replace(done.last, outcome="fail", seen={"reason": "conflict"})


@DELETED.of("undone")
def refused_deletion_removes_the_room(run: Altered) -> None:
    """The deletion was refused because the disk was full, but one member does not find the room."""
    done = run.pick(_deletions(run))
    user = run.pick(sorted(_inside(run, done.first)))
    run.replace(done.last, outcome="fail", seen={"reason": "storage_full"})
    run.insert(done.last, *_find_gone(user))
