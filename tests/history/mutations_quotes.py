"""Mutations of what pages quote."""

from collections.abc import Iterator

from .altered import Altered, Finished, spoils
from .entries import Json

READS = ("getHistory", "subscribe")


class QuoteMutations(Altered):
    @spoils("divergent")
    def quote_has_another_text(self) -> None:
        _, quoted = self.pick(
            (done, quoted)
            for done, quoted in self._quoted()
            if self.log(done.args["room"]).get(quoted["seq"], {}).get("rev") == quoted["rev"]
        )
        quoted["text"] += "!"

    @spoils("gap")
    def quote_is_missing(self) -> None:
        self.pick(done for done, _ in self._quoted()).seen["quoted"].pop()

    @spoils("gap")
    def quote_is_of_a_message_that_nobody_answers(self) -> None:
        done = self.pick(done for done, _ in self._quoted())
        done.seen["quoted"].append(dict(done.seen["quoted"][-1], seq=99_999))

    @spoils("stale")
    def quote_is_of_an_earlier_rev(self) -> None:
        changed = {(begin.args["room"], begin.args["seq"]) for begin in self.begun("editMessage")}
        _, quoted = self.pick(
            (done, quoted)
            for done, quoted in self._quoted()
            if done.first > self.final and (done.args["room"], quoted["seq"]) in changed
        )
        quoted["rev"] = 0

    def _quoted(self) -> Iterator[tuple[Finished, Json]]:
        return (
            (done, quoted) for done in self.calls(*READS) for quoted in done.seen.get("quoted", ())
        )
