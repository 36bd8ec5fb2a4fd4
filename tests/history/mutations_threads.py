"""Mutations of threads: their messages, summaries and counts."""

from collections.abc import Iterator

from .altered import Altered, Finished, spoils
from .entries import Json


class ThreadMutations(Altered):
    @spoils("thread_wrong")
    def main_page_has_a_message_of_a_thread(self) -> None:
        _, message = self.pick(
            (done, message)
            for done in self.calls("getHistory")
            if "thread" not in done.args and not done.args.get("whole")
            for message in done.seen["messages"]
        )
        message["thread"] = 1

    @spoils("gap")
    def main_page_lacks_a_message(self) -> None:
        done = self.pick(
            done
            for done in self.calls("getHistory", "subscribe")
            if "thread" not in done.args
            and not done.args.get("whole")
            and not done.seen.get("recovered")
            and len(done.seen["messages"]) > 2
        )
        del done.seen["messages"][1]

    @spoils("gap", thread_page_lacks_its_first=0, thread_page_lacks_its_last=-1)
    def page_of_a_thread_lacks_an_end(self, index: int) -> None:
        done = self.pick(
            done
            for done in self.calls("getHistory")
            if done.args.get("thread") is not None and done.seen["messages"]
            if not done.seen["hasMoreBefore" if index == 0 else "hasMoreAfter"]
        )
        del done.seen["messages"][index]

    @spoils("thread_wrong")
    def thread_counts_a_message_twice(self) -> None:
        _, thread = self.pick(self._summaries())
        thread["count"] += 1

    @spoils("thread_wrong")
    def thread_names_somebody_who_is_not_in_it(self) -> None:
        _, thread = self.pick(self._summaries())
        thread["users"].append("mallory")

    @spoils("thread_wrong")
    def event_counts_a_message_twice(self) -> None:
        _, saw = self.pick(self.events("threadUnread"))
        saw.value["unread"] += 100

    @spoils("thread_wrong")
    def list_has_one_unread_too_many(self) -> None:
        self.pick(each for _, each in self._listed())["unread"] += 100

    @spoils("thread_wrong")
    def inbox_counts_another_number_in_threads(self) -> None:
        self.pick(self.inboxes()).seen["threads"]["unread"] += 1

    @spoils("cursor_back")
    def cursor_of_a_thread_is_lower(self) -> None:
        each = self.pick(
            each
            for done, each in self._listed()
            for read in self.calls("markRead")
            if read.last < done.first
            and read.user == done.user
            and read.args.get("thread") == each["thread"]
            and read.args["room"] == each["room"]
            and read.args["seq"] > 0
        )
        each["readSeq"] = -1

    @spoils("stale")
    def page_lacks_the_last_message_of_a_thread(self) -> None:
        _, thread = self.pick(
            (done, thread)
            for done, thread in self._summaries()
            for sent in self.calls("sendMessage")
            if sent.last < done.first
            and sent.args.get("thread") == thread["root"]
            and sent.seen["room"] == done.args["room"]
            and sent.seen["seq"] == thread["lastSeq"]
        )
        thread["lastSeq"] -= 1

    # ---- places

    def _summaries(self) -> Iterator[tuple[Finished, Json]]:
        for done in self.calls("getHistory", "subscribe"):
            for thread in done.seen.get("threads", ()):
                yield done, thread

    def _listed(self) -> Iterator[tuple[Finished, Json]]:
        for done in self.calls("getThreads"):
            for thread in done.seen["threads"]:
                yield done, thread
