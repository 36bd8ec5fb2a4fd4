"""Mutations of memberships, bans, levels and owners."""

from collections.abc import Iterator
from typing import Final

from .altered import (
    OUTSIDER,
    PRIVATE,
    Altered,
    Finished,
    Mutations,
)
from .entries import Begin, Entry, Fact, Json, Saw
from .levels import LEVELS
from .owners import TICK_NS

MEMBERSHIP: Final = Mutations()
YARD: Final = "yard"
"""The room with most changes of membership."""
CHANGES: Final = ("joinRoom", "invite", "leaveRoom", "removeMember", "ban", "unban")
COMES: Final = ("joinRoom", "invite")
GOES: Final = ("leaveRoom", "removeMember", "ban")


def _target(begin: Begin) -> str:
    return str(begin.args.get("user", begin.process.partition("#")[0]))


def _alone(run: Altered, *methods: str, room: str = YARD) -> Iterator[tuple[Finished, str, int]]:
    """Yield acknowledged changes of a membership without concurrent ones, with the user and the
    position of the next request for a change."""
    done_or_not = run.calls(*CHANGES) + run.calls(*CHANGES, outcome="fail")
    ended = {done.begin.number: done.last for done in done_or_not}
    asked = [
        (index, entry)
        for index, entry in enumerate(run.entries)
        if isinstance(entry, Begin) and entry.call in CHANGES and entry.args["room"] == room
    ]
    for done in run.calls(*methods):
        if done.args["room"] != room:
            continue
        user = _target(done.begin)
        others = [(i, b) for i, b in asked if _target(b) == user and b.number != done.begin.number]
        if any(i < done.first and ended.get(b.number, done.last) > done.first for i, b in others):
            continue
        last = min((i for i, _ in others if i > done.first), default=len(run.entries))
        if last > done.last:
            yield done, user, last


def _lists(run: Altered, first: int, last: int) -> list[Finished]:
    """Return lists of the yard's members between two positions."""
    lists = [d for d in run.calls("listMembers") if d.args["room"] == YARD]
    return [done for done in lists if first < done.first and done.last < last]


def _row(done: Finished, user: str) -> Json | None:
    return next((row for row in done.seen["members"] if row["user"] == user), None)


def _process(user: str) -> str:
    return f"{user}#9"


def _sent(room: str) -> Json:
    return {"room": room, "seq": 1 << 20, "rev": 1 << 20, "timestamp": 1, "duplicate": False}


# ---- undone: memberships


@MEMBERSHIP.of("undone")
def inbox_lacks_a_room(run: Altered) -> None:
    done, entry = run.pick((d, e) for d, e in run.inbox_entries() if e["room"] == "lobby")
    done.seen["rooms"].remove(entry)
    for what in ("unread", "mentions"):
        done.seen[what] -= entry[what]


@MEMBERSHIP.of("undone")
def new_member_is_missing(run: Altered) -> None:
    shown, row = run.pick(
        (shown, row)
        for done, user, last in _alone(run, *COMES)
        for shown in _lists(run, done.last, last)
        if (row := _row(shown, user))
    )
    shown.seen["members"].remove(row)


@MEMBERSHIP.of("undone")
def removed_member_is_listed(run: Altered) -> None:
    shown, user = run.pick(
        (shown, user)
        for done, user, last in _alone(run, *GOES)
        for shown in _lists(run, done.last, last)
    )
    shown.seen["members"].append({"user": user, "role": "member"})


@MEMBERSHIP.of("undone")
def removed_member_has_the_room_in_the_inbox(run: Altered) -> None:
    shown = run.pick(
        shown
        for done, user, last in _alone(run, *GOES)
        for shown in run.calls("getInbox")
        if shown.user == user and done.last < shown.first and shown.last < last
    )
    entry = {"room": YARD, "headSeq": 0, "readSeq": 0, "unread": 0, "mentions": 0}
    shown.seen["rooms"].append(entry)


@MEMBERSHIP.of("undone")
def new_member_may_not_send(run: Altered) -> None:
    done, user, _ = run.pick(_alone(run, *COMES))
    args = {"room": YARD, "text": "hello", "clientId": "hello"}
    run.ask(done.last, _process(user), "sendMessage", args, {})
    run.replace(done.last + 2, outcome="fail", seen={"reason": "forbidden"})


@MEMBERSHIP.of("undone")
def removed_member_may_send(run: Altered) -> None:
    done, user, _ = run.pick(_alone(run, *GOES))
    args = {"room": YARD, "text": "hello", "clientId": "hello"}
    run.ask(done.last, _process(user), "sendMessage", args, _sent(YARD))


@MEMBERSHIP.of("undone")
def removed_member_of_private_room_may_send(run: Altered) -> None:
    done, user, _ = run.pick(_alone(run, "removeMember", "leaveRoom", room=PRIVATE))
    args = {"room": PRIVATE, "text": "hello", "clientId": "hello"}
    run.ask(done.last, _process(user), "sendMessage", args, _sent(PRIVATE))


@MEMBERSHIP.of("undone")
def interrupted_join_is_seen_and_undone(run: Altered) -> None:
    """The join was not acknowledged, but somebody has seen it."""
    done, user, one, other = run.pick(
        (done, user, one, other)
        for done, user, last in _alone(run, *COMES)
        for one in _lists(run, done.last, last)
        for other in _lists(run, one.last, last)
    )
    run.replace(done.last, outcome="info", seen={"reason": "no reply"})
    other.seen["members"] = [row for row in other.seen["members"] if row["user"] != user]
    assert _row(one, user)


@MEMBERSHIP.of("undone")
def interrupted_removal_is_done_after_the_restart(run: Altered) -> None:
    """The next server has shown the member before."""
    start, user, other, row = run.pick(
        (start, user, other, row)
        for start in _starts(run)
        for done, user, last in _alone(run, *COMES)
        for one in _lists(run, start, last)
        for other in _lists(run, one.last, last)
        if done.last < start and (row := _row(other, user)) and _row(one, user)
    )
    other.seen["members"].remove(row)
    args = {"room": YARD, "user": user}
    run.ask(start - 1, _process("alice"), "removeMember", args, {})
    run.remove(start + 1)  # it is not answered


@MEMBERSHIP.of("undone")
def member_without_a_call(run: Altered) -> None:
    index, saw = run.pick(run.events("memberChanged"))
    run.insert(index, saw)
    run.entries[index + 1].value.update(user="erin", role="member")  # type: ignore[union-attr]


@MEMBERSHIP.of("undone")
def removal_without_a_call(run: Altered) -> None:
    index, _ = run.pick(run.events("memberChanged"))
    value = {"room": "lobby", "user": "alice", "role": None}
    run.insert(index, Saw("memberChanged", 0, "alice#1", value))


@MEMBERSHIP.of("undone")
def former_member_gets_later_events(run: Altered) -> None:
    """A former member of a public room gets an event of a later message."""
    sent = {d.key: d.first for d in run.sent() if "clientId" in d.args}
    user, index = run.pick(
        (user, index)
        for done, user, last in _alone(run, *GOES)
        for index, saw in run.events("newMessage")
        if saw.value["room"] == YARD
        and sent.get((saw.value["sender"], saw.value.get("clientId")), 0) > done.last
        and index < last
    )
    run.insert(index, run.entries[index])
    run.replace(index + 1, process=_process(user))


@MEMBERSHIP.of("undone")
def room_is_created_again(run: Altered) -> None:
    first, *later = [d for d in run.calls("joinRoom") if d.args["room"] == YARD]
    run.pick(d for d in later if d.first > first.last).seen["created"] = True


# ---- undone: bans


@MEMBERSHIP.of("undone")
def ban_is_forgotten(run: Altered) -> None:
    done, user, _ = run.pick(_alone(run, "ban"))
    seen = {"room": YARD, "readSeq": 0, "headSeq": 0, "role": "member", "created": False}
    run.ask(done.last, _process(user), "joinRoom", {"room": YARD}, seen)


@MEMBERSHIP.of("undone")
def unban_is_forgotten(run: Altered) -> None:
    done, user, _ = run.pick(_alone(run, "unban"))
    run.ask(done.last, _process(user), "joinRoom", {"room": YARD}, {})
    run.replace(done.last + 2, outcome="fail", seen={"reason": "banned"})


@MEMBERSHIP.of("undone")
def member_is_banned_without_a_call(run: Altered) -> None:
    """A member is shown as banned, without a ban."""
    done, user, _ = run.pick(_alone(run, *COMES))
    args = {"room": YARD, "user": user}
    run.ask(done.last, _process("alice"), "invite", args, {})
    run.replace(done.last + 2, outcome="fail", seen={"reason": "banned"})


# ---- undone: levels


@MEMBERSHIP.of("undone")
def level_is_forgotten(run: Altered) -> None:
    """The level is replaced by one that the user had only when joining, if ever."""
    entry, level = run.pick(
        (entry, level)
        for done, entry in run.inbox_entries()
        for chosen in run.calls("setNotifications")
        if done.user == chosen.user and entry["room"] == chosen.args["room"] == "lobby"
        for level in LEVELS
        if level not in _chosen(run, done.user)
    )
    entry["notifications"] = level


@MEMBERSHIP.of("undone")
def level_without_a_call(run: Altered) -> None:
    entry = run.pick(
        entry
        for done, entry in run.inbox_entries()
        if entry["room"] == "lobby" and not _chosen(run, done.user)
    )
    entry["notifications"] = "mentions"


def _chosen(run: Altered, user: str) -> set[str]:
    """Return the levels that a user has set in the lobby."""
    return {
        begin.args["level"]
        for begin in run.begun("setNotifications")
        if _target(begin) == user and begin.args["room"] == "lobby"
    }


# ---- succession


@MEMBERSHIP.of("succession")
def room_has_no_owner(run: Altered) -> None:
    for row in run.pick(_several(run)).seen["members"]:
        row["role"] = "member"


@MEMBERSHIP.of("succession")
def room_has_two_owners(run: Altered) -> None:
    rows = run.pick(_several(run)).seen["members"]
    run.pick(row for row in rows if row["role"] == "member")["role"] = "owner"


@MEMBERSHIP.of("succession")
def owner_changes_although_the_owner_stays(run: Altered) -> None:
    shown = run.pick(
        shown
        for joined, user, last in _alone(run, "joinRoom")
        for shown in _lists(run, joined.last, last)
        if joined.seen["role"] == "owner" and len(shown.seen["members"]) > 1
    )
    _give(run, shown)


@MEMBERSHIP.of("succession")
def owner_is_plain_member_at_the_end(run: Altered) -> None:
    shown = run.pick(d for d in _several(run) if d.first > run.final)
    owner = next(row["user"] for row in shown.seen["members"] if row["role"] == "owner")
    joined = {"room": YARD, "readSeq": 0, "headSeq": 0, "role": "member", "created": False}
    run.ask(shown.last, _process(owner), "joinRoom", {"room": YARD}, joined)


@MEMBERSHIP.of("succession")
def last_member_becomes_owner(run: Altered) -> None:
    """After the owner has left, only the order of joining shows that the new owner is wrong."""
    shown, heir = run.pick(
        (shown, heir)
        for one, longer, until in _alone(run, *COMES)
        for other, heir, last in _alone(run, *COMES)
        for shown in _lists(run, other.last, min(last, until))
        if one.last < other.first and other.begin.at > one.end.at + TICK_NS
        if (row := _row(shown, heir)) and row["role"] == "member" and _row(shown, longer)
        if not _owner_since(run, other.first, shown) and not _was_in(run, heir, other.first)
    )
    for row in shown.seen["members"]:
        row["role"] = "owner" if row["user"] == heir else "member"


def _was_in(run: Altered, user: str, before: int) -> bool:
    """Return whether the user's last change of membership was a join of the yard."""
    changes = [d for d in run.calls(*COMES, *GOES) if d.last < before and d.args["room"] == YARD]
    theirs = [done for done in changes if _target(done.begin) == user]
    return bool(theirs) and theirs[-1].begin.call in COMES


def _owner_since(run: Altered, first: int, shown: Finished) -> bool:
    """Return whether the same user was known to be the owner before."""
    owner = next(row["user"] for row in shown.seen["members"] if row["role"] == "owner")
    return not any(
        _target(begin) == owner and begin.args["room"] == YARD
        for begin in run.begun("leaveRoom")
        if run.entries.index(begin) > first
    )


def _several(run: Altered) -> list[Finished]:
    """Return lists of the yard's members that have several members."""
    return [d for d in _lists(run, -1, len(run.entries)) if len(d.seen["members"]) > 1]


def _give(run: Altered, shown: Finished) -> None:
    heir = run.pick(row for row in shown.seen["members"] if row["role"] == "member")
    for row in shown.seen["members"]:
        row["role"] = "owner" if row is heir else "member"


# ---- leak


@MEMBERSHIP.of("leak")
def outsider_gets_member_event_of_private_room(run: Altered) -> None:
    changes = run.events("memberChanged")
    index, saw = run.pick((i, e) for i, e in changes if e.value["room"] == PRIVATE)
    run.insert(index, saw)
    run.replace(index + 1, process=f"{OUTSIDER}#1")


@MEMBERSHIP.of("leak")
def outsider_lists_members_of_private_room(run: Altered) -> None:
    lists = run.calls("listMembers")
    done = run.pick(d for d in lists if d.args["room"] == PRIVATE)
    run.ask(done.last, f"{OUTSIDER}#1", "listMembers", done.args, done.seen)


@MEMBERSHIP.of("leak")
def interrupted_invitation_outlives_a_removal(run: Altered) -> None:
    """The invitation was open when the server was killed. Then the user was removed, which was
    acknowledged."""
    start, done, user = run.pick(
        (start, done, user)
        for start in _starts(run)
        for done, user, _ in _alone(run, "removeMember", "leaveRoom", room=PRIVATE)
        if start < done.first and not _invited(run, user, start, done.last)
    )
    page = {"room": PRIVATE, "firstSeq": 1, "headSeq": 1 << 20, "messages": []}
    run.ask(done.last, _process(user), "getHistory", {"room": PRIVATE, "before": 1}, page)
    run.ask(start - 1, _process("alice"), "invite", {"room": PRIVATE, "user": user}, {})
    run.remove(start + 1)  # it is not answered


def _starts(run: Altered) -> list[int]:
    return [i for i, e in enumerate(run.entries) if isinstance(e, Fact) and e.what == "started"]


def _invited(run: Altered, user: str, first: int, last: int) -> bool:
    def invites(entry: Entry) -> bool:
        return isinstance(entry, Begin) and entry.call == "invite" and _target(entry) == user

    return any(map(invites, run.entries[first:last]))
