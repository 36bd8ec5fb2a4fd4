"""Mutations of inboxes: counts and read cursors."""

from typing import Final

from .altered import Altered, Mutations
from .entries import Json, user_of

INBOX: Final = Mutations()


# ---- unread_wrong


@INBOX.of("unread_wrong")
def one_unread_too_many(run: Altered) -> None:
    run.pick(run.inbox_entries())[1]["unread"] += 1


@INBOX.of("unread_wrong")
def one_unread_too_few(run: Altered) -> None:
    run.pick(e for _, e in run.inbox_entries() if e["unread"])["unread"] -= 1


@INBOX.of("unread_wrong")
def own_messages_count_as_unread(run: Altered) -> None:
    done, entry, own = run.pick(
        (done, entry, own)
        for done, entry in run.inbox_entries()
        if (own := _own_unread(run, done.user, entry))
    )
    entry["unread"] += own
    done.seen["unread"] += own


def _own_unread(run: Altered, user: str, entry: Json) -> int:
    log = run.log(entry["room"]).values()
    return sum(m["sender"] == user and m["seq"] > entry["readSeq"] for m in log)


@INBOX.of("unread_wrong")
def event_has_one_unread_too_many(run: Altered) -> None:
    deleted = [(begin.args["room"], begin.args["seq"]) for begin in run.begun("deleteMessage")]
    told = [
        e.value
        for _, e in run.events("unread")
        if not any(r == e.value["room"] and seq > e.value["readSeq"] for r, seq in deleted)
    ]
    run.pick(told)["unread"] += 1


@INBOX.of("unread_wrong")
def reply_to_mark_read_counts_read_messages(run: Altered) -> None:
    entry = run.pick(d.seen for d in run.calls("markRead") if d.seen["unread"])
    entry["unread"] = entry["headSeq"] + 1


@INBOX.of("unread_wrong")
def inbox_lacks_the_last_message(run: Altered) -> None:
    acked = {(d.seen["room"], d.seen["seq"]) for d in run.calls("sendMessage")}
    done, entry = run.pick(
        (done, entry)
        for done, entry in run.inbox_entries()
        if entry["unread"]
        and (entry["room"], entry["headSeq"]) in acked
        and run.log(entry["room"])[entry["headSeq"]]["sender"] != done.user
        and not run.log(entry["room"])[entry["headSeq"]].get("deleted")
    )
    for counts in (entry, done.seen):
        counts["unread"] -= 1
    entry["headSeq"] -= 1


@INBOX.of("unread_wrong")
def inbox_total_is_wrong(run: Altered) -> None:
    run.pick(run.inboxes()).seen["unread"] += 1


@INBOX.of("unread_wrong")
def one_mention_too_many(run: Altered) -> None:
    done, entry = run.pick(run.inbox_entries())
    for counts in (entry, done.seen):
        counts["mentions"] += 1


@INBOX.of("unread_wrong")
def cursor_without_a_call(run: Altered) -> None:
    done, entry = run.pick(
        (d, e) for d, e in run.inbox_entries() if e["unread"] and e["room"] == "lobby"
    )
    for what in ("unread", "mentions"):
        done.seen[what] -= entry[what]
        entry[what] = 0
    entry["readSeq"] = entry["headSeq"]


# ---- cursor_back


@INBOX.of("cursor_back")
def cursor_is_lower_at_the_end(run: Altered) -> None:
    _, entry = run.pick(
        (done, entry)
        for done, entry in run.inbox_entries()
        for read in run.calls("markRead")
        if read.user == done.user
        and read.args["room"] == entry["room"]
        and read.seen["readSeq"] == entry["readSeq"]
    )
    entry["readSeq"] -= 1


@INBOX.of("cursor_back")
def event_has_a_lower_cursor(run: Altered) -> None:
    one, other = run.pick(
        (run.entries[one], run.entries[other])
        for one, other in run.pairs("unread")
        if run.entries[one].value["readSeq"]  # type: ignore[union-attr]
    )
    other.value["readSeq"] = one.value["readSeq"] - 1  # type: ignore[union-attr]


@INBOX.of("cursor_back")
def mark_read_does_not_move_the_cursor(run: Altered) -> None:
    done = run.pick(run.calls("markRead"))
    done.seen["readSeq"] = done.args["seq"] - 1


@INBOX.of("cursor_back")
def joining_again_moves_the_cursor_back(run: Altered) -> None:
    done, room = run.pick(
        (done, done.args["room"]) for done in run.calls("markRead") if done.seen["readSeq"]
    )
    joined = {"room": room, "readSeq": 0, "headSeq": done.seen["headSeq"]}
    run.ask(done.last, f"{user_of(done.begin.process)}#9", "joinRoom", {"room": room}, joined)
