"""Mutations of events and pages: wrong order, missing ones, and leaks."""

from typing import Final

from .altered import (
    OUTSIDER,
    PRIVATE,
    Altered,
    Finished,
    middle,
    spoils,
)
from .calls import direct
from .entries import Begin

MESSAGES: Final = ("newMessage", "messageChanged")


class EventMutations(Altered):
    # ---- duplicate, gap and inversion

    @spoils(
        "duplicate",
        message_event_is_duplicated="newMessage",
        change_event_is_duplicated="messageChanged",
    )
    def _is_duplicated(self, what: str) -> None:
        index, saw = self.pick(self.events(what))
        self.insert(index, saw)

    @spoils("duplicate")
    def page_has_a_message_twice(self) -> None:
        done = self.pick(d for d in self.calls("getHistory", "subscribe") if d.seen["messages"])
        message = self.pick(done.seen["messages"])
        done.seen["messages"].insert(done.seen["messages"].index(message), message)

    @spoils("gap")
    def message_event_is_missing(self) -> None:
        index, _ = self.pick(self.pairs("newMessage"))
        self.remove(index)

    @spoils("gap")
    def change_event_is_missing(self) -> None:
        changes = {index for index, _ in self.events("messageChanged")}
        self.remove(self.pick(one for one, _ in self.pairs(*MESSAGES) if one in changes))

    @spoils("gap")
    def page_lacks_a_message(self) -> None:
        done = self.pick(d for d in self.calls("getHistory") if middle(d.seen["messages"]))
        done.seen["messages"].remove(self.pick(middle(done.seen["messages"])))

    @spoils("gap")
    def latest_page_is_stale(self) -> None:
        pages = [d.seen["messages"] for d in self.calls("getHistory") if "after" not in d.args]
        self.pick(filter(None, pages)).pop()

    @spoils("gap")
    def latest_page_of_a_subscription_is_stale(self) -> None:
        pages = [d.seen["messages"] for d in self.calls("subscribe") if not d.seen["recovered"]]
        self.pick(filter(None, pages)).pop()

    @spoils("gap")
    def resume_lacks_a_message(self) -> None:
        done, message = self.pick(
            (done, message)
            for done in self.calls("subscribe")
            for message in done.seen["messages"]
            if done.seen["recovered"]
            and self.log(done.args["room"]).get(message["seq"], {}).get("rev") == message["rev"]
        )
        done.seen["messages"].remove(message)

    @spoils("gap")
    def final_log_ends_before_its_head(self) -> None:
        for page in self.pages(self.pick(self.rooms())):
            page["headSeq"] += 1

    @spoils("inversion")
    def two_messages_are_swapped(self) -> None:
        self._swap(*self.pick(self.pairs("newMessage")))

    @spoils("inversion")
    def message_and_change_are_swapped(self) -> None:
        one, other = self.pick(
            (one, other)
            for one, other in self.pairs(*MESSAGES)
            if getattr(self.entries[one], "what", "") != getattr(self.entries[other], "what", "")
        )
        self._swap(one, other)

    @spoils("inversion")
    def page_is_reversed(self) -> None:
        pages = [d.seen["messages"] for d in self.calls("getHistory")]
        self.pick(filter(middle, pages)).reverse()

    @spoils("inversion")
    def resume_is_reversed(self) -> None:
        pages = [d.seen["messages"] for d in self.calls("subscribe") if d.seen["recovered"]]
        self.pick(filter(middle, pages)).reverse()

    @spoils("inversion")
    def sends_of_a_session_are_reordered(self) -> None:
        """Both sends were in progress at once."""
        sent = self.sent()
        one, other = self.pick(
            (one, other)
            for one in sent
            for other in sent
            if one.begin.process == other.begin.process
            and one.beside(other)
            and one.first < other.first < one.last
        )
        self._swap(one.first, other.first)

    def _swap(self, one: int, other: int) -> None:
        first, second = self.entries[one], self.entries[other]
        for index, saw, at in ((one, second, first.at), (other, first, second.at)):
            self.entries[index] = saw
            self.replace(index, at=at)

    # ---- leak

    @spoils(
        "leak",
        outsider_gets_message_of_private_room=("newMessage", PRIVATE, OUTSIDER),
        outsider_gets_direct_message=("newMessage", direct("alice", "bob"), "carol"),
        outsider_gets_unread_event_of_private_room=("unread", PRIVATE, OUTSIDER),
        outsider_gets_member_event_of_private_room=("memberChanged", PRIVATE, OUTSIDER),
    )
    def _outsider_gets(self, case: tuple[str, str, str]) -> None:
        what, room, user = case
        index = self.pick(i for i, e in self.events(what) if e.value["room"] == room)
        self.tell(index, f"{user}#1")

    @spoils("leak")
    def outsider_has_private_room_in_the_inbox(self) -> None:
        entry = self.pick(e for _, e in self.inbox_entries() if e["room"] == PRIVATE)
        inbox = self.pick(done for done in self.inboxes() if done.user == OUTSIDER)
        inbox.seen["rooms"].append(entry)

    @spoils("leak")
    def outsider_subscribes(self) -> None:
        done = self.pick(d for d in self.calls("subscribe") if d.args["room"] == PRIVATE)
        seen = {**done.seen, "messages": [], "recovered": False, "hasMore": False}
        self.ask(done.last, f"{OUTSIDER}#1", "subscribe", {"room": PRIVATE}, seen)

    @spoils("leak")
    def removed_member_reads_later_messages(self) -> None:
        user, page = self.pick(
            (user, page)
            for removal, user in self._removals()
            for page in self.calls("getHistory")
            if page.args["room"] == PRIVATE
            and page.first > removal.last
            and not self._let_in(user, removal.first, page.last)
        )
        self.ask(page.last, f"{user}#1", "getHistory", page.args, page.seen)

    @spoils("leak")
    def removed_member_gets_later_messages(self) -> None:
        sent = {d.key: d.first for d in self.sent() if "clientId" in d.args}
        user, index = self.pick(
            (user, index)
            for removal, user in self._removals()
            for index, saw in self.events("newMessage")
            if saw.value["room"] == PRIVATE
            and sent.get((saw.value["sender"], saw.value.get("clientId")), 0) > removal.last
            and not self._let_in(user, removal.first, index)
        )
        self.tell(index, f"{user}#1")

    def _removals(self) -> list[tuple[Finished, str]]:
        removals = [d for d in self.calls("removeMember", "leaveRoom") if d.args["room"] == PRIVATE]
        return [(done, done.args.get("user", done.user)) for done in removals]

    def _let_in(self, user: str, first: int, last: int) -> bool:
        """Return whether a call in progress between two positions may have added the user."""
        ended = {d.begin.number: d.last for d in self.calls("invite")}
        return any(
            isinstance(entry, Begin)
            and (entry.call, entry.args.get("user")) == ("invite", user)
            and ended.get(entry.number, last) > first
            for entry in self.entries[:last]
        )
