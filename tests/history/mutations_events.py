"""Mutations of events and pages: wrong order, missing ones, and leaks."""

from typing import Final

from .altered import (
    OUTSIDER,
    PRIVATE,
    Altered,
    Finished,
    Mutations,
    middle,
)
from .calls import direct
from .entries import Begin

EVENTS: Final = Mutations()
MESSAGES: Final = ("newMessage", "messageChanged")


# ---- duplicate, gap and inversion


@EVENTS.of("duplicate")
def message_event_is_duplicated(run: Altered) -> None:
    index, saw = run.pick(run.events("newMessage"))
    run.insert(index, saw)


@EVENTS.of("duplicate")
def change_event_is_duplicated(run: Altered) -> None:
    index, saw = run.pick(run.events("messageChanged"))
    run.insert(index, saw)


@EVENTS.of("duplicate")
def page_has_a_message_twice(run: Altered) -> None:
    done = run.pick(d for d in run.calls("getHistory", "subscribe") if d.seen["messages"])
    message = run.pick(done.seen["messages"])
    done.seen["messages"].insert(done.seen["messages"].index(message), message)


@EVENTS.of("gap")
def message_event_is_missing(run: Altered) -> None:
    index, _ = run.pick(run.pairs("newMessage"))
    run.remove(index)


@EVENTS.of("gap")
def change_event_is_missing(run: Altered) -> None:
    index, _ = run.pick(
        (one, other)
        for one, other in run.pairs(*MESSAGES)
        if run.entries[one] in [saw for _, saw in run.events("messageChanged")]
    )
    run.remove(index)


@EVENTS.of("gap")
def page_lacks_a_message(run: Altered) -> None:
    done = run.pick(d for d in run.calls("getHistory") if middle(d.seen["messages"]))
    done.seen["messages"].remove(run.pick(middle(done.seen["messages"])))


@EVENTS.of("gap")
def latest_page_is_stale(run: Altered) -> None:
    pages = [d for d in run.calls("getHistory") if "after" not in d.args and d.seen["messages"]]
    run.pick(pages).seen["messages"].pop()


@EVENTS.of("gap")
def resume_lacks_a_message(run: Altered) -> None:
    done, message = run.pick(
        (done, message)
        for done in run.calls("subscribe")
        for message in done.seen["messages"]
        if done.seen["recovered"]
        and run.log(done.args["room"]).get(message["seq"], {}).get("rev") == message["rev"]
    )
    done.seen["messages"].remove(message)


@EVENTS.of("gap")
def final_log_ends_before_its_head(run: Altered) -> None:
    for page in run.pages(run.pick(run.rooms())):
        page["headSeq"] += 1


@EVENTS.of("inversion")
def two_messages_are_swapped(run: Altered) -> None:
    _swap(run, *run.pick(run.pairs("newMessage")))


@EVENTS.of("inversion")
def message_and_change_are_swapped(run: Altered) -> None:
    one, other = run.pick(
        (one, other)
        for one, other in run.pairs(*MESSAGES)
        if getattr(run.entries[one], "what", "") != getattr(run.entries[other], "what", "")
    )
    _swap(run, one, other)


@EVENTS.of("inversion")
def page_is_reversed(run: Altered) -> None:
    run.pick(d for d in run.calls("getHistory") if middle(d.seen["messages"])).seen[
        "messages"
    ].reverse()


@EVENTS.of("inversion")
def resume_is_reversed(run: Altered) -> None:
    resumes = [d for d in run.calls("subscribe") if d.seen["recovered"]]
    run.pick(d for d in resumes if middle(d.seen["messages"])).seen["messages"].reverse()


@EVENTS.of("inversion")
def sends_of_a_session_are_reordered(run: Altered) -> None:
    """Both sends were in progress at once."""
    sent = run.sent()
    one, other = run.pick(
        (one, other)
        for one in sent
        for other in sent
        if one.begin.process == other.begin.process
        and one.beside(other)
        and one.first < other.first < one.last
    )
    _swap(run, one.first, other.first)


def _swap(run: Altered, one: int, other: int) -> None:
    first, second = run.entries[one], run.entries[other]
    for index, saw, at in ((one, second, first.at), (other, first, second.at)):
        run.entries[index] = saw
        run.replace(index, at=at)


# ---- leak


@EVENTS.of("leak")
def outsider_gets_message_of_private_room(run: Altered) -> None:
    _tell(run, PRIVATE, OUTSIDER)


@EVENTS.of("leak")
def outsider_gets_direct_message(run: Altered) -> None:
    _tell(run, direct("alice", "bob"), "carol")


def _tell(run: Altered, room: str, user: str) -> None:
    index, saw = run.pick((i, e) for i, e in run.events("newMessage") if e.value["room"] == room)
    run.insert(index, saw)
    run.replace(index + 1, process=f"{user}#1")


@EVENTS.of("leak")
def outsider_has_private_room_in_the_inbox(run: Altered) -> None:
    entry = run.pick(e for _, e in run.inbox_entries() if e["room"] == PRIVATE)
    inbox = run.pick(done for done in run.inboxes() if done.user == OUTSIDER)
    inbox.seen["rooms"].append(entry)


@EVENTS.of("leak")
def outsider_gets_unread_event_of_private_room(run: Altered) -> None:
    index, saw = run.pick((i, e) for i, e in run.events("unread") if e.value["room"] == PRIVATE)
    run.insert(index, saw)
    run.replace(index + 1, process=f"{OUTSIDER}#1")


@EVENTS.of("leak")
def outsider_subscribes(run: Altered) -> None:
    done = run.pick(d for d in run.calls("subscribe") if d.args["room"] == PRIVATE)
    seen = {**done.seen, "messages": [], "recovered": False, "hasMore": False}
    run.ask(done.last, f"{OUTSIDER}#1", "subscribe", {"room": PRIVATE}, seen)


@EVENTS.of("leak")
def removed_member_reads_later_messages(run: Altered) -> None:
    user, page = run.pick(
        (user, page)
        for removal, user in _removals(run)
        for page in run.calls("getHistory")
        if page.args["room"] == PRIVATE
        and page.first > removal.last
        and not _let_in(run, user, removal.first, page.last)
    )
    run.ask(page.last, f"{user}#1", "getHistory", page.args, page.seen)


@EVENTS.of("leak")
def removed_member_gets_later_messages(run: Altered) -> None:
    sent = {d.key: d.first for d in run.sent() if "clientId" in d.args}
    user, index = run.pick(
        (user, index)
        for removal, user in _removals(run)
        for index, saw in run.events("newMessage")
        if saw.value["room"] == PRIVATE
        and sent.get((saw.value["sender"], saw.value.get("clientId")), 0) > removal.last
        and not _let_in(run, user, removal.first, index)
    )
    run.insert(index, run.entries[index])
    run.replace(index + 1, process=f"{user}#1")


def _removals(run: Altered) -> list[tuple[Finished, str]]:
    removals = [d for d in run.calls("removeMember", "leaveRoom") if d.args["room"] == PRIVATE]
    return [(done, done.args.get("user", done.user)) for done in removals]


def _let_in(run: Altered, user: str, first: int, last: int) -> bool:
    """Return whether a call in progress between two positions may have added the user."""
    ended = {d.begin.number: d.last for d in run.calls("invite")}
    return any(
        isinstance(entry, Begin)
        and (entry.call, entry.args.get("user")) == ("invite", user)
        and ended.get(entry.number, last) > first
        for entry in run.entries[:last]
    )
