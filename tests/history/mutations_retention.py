"""Mutations of retention: too much or too little is removed, or something comes back."""

from .altered import Altered, Finished, spoils
from .retention import SET


class RetentionMutations(Altered):
    def _pages(self, *, final: bool = True) -> list[Finished]:
        """Return pages of rooms that have lost messages."""
        pages = self.calls("getHistory", after=self.final if final else -1)
        kept = {begin.args["room"] for begin in self.begun(SET)}
        return [d for d in pages if d.args["room"] in kept and d.seen["firstSeq"] > 1]

    @spoils("retention_wrong")
    def one_message_too_many_is_removed(self) -> None:
        least = {begin.args["room"]: begin.args["messages"] for begin in self.begun(SET)}
        for begin in self.begun(SET):
            room, messages = begin.args["room"], begin.args["messages"]
            least[room] = min(least[room], messages)
        page = self.pick(self._pages())
        page.seen["firstSeq"] = page.seen["headSeq"] - least[page.args["room"]] + 2

    @spoils("retention_wrong")
    def room_without_a_setting_is_pruned(self) -> None:
        kept = {begin.args["room"] for begin in self.begun(SET)}
        pages = self.calls("getHistory")
        page = self.pick(d for d in pages if d.args["room"] not in kept and d.seen["headSeq"] > 1)
        page.seen["firstSeq"] = 2

    @spoils("retention_wrong")
    def one_message_too_many_is_kept(self) -> None:
        last = {begin.args["room"]: begin.args["messages"] for begin in self.begun(SET)}
        page = self.pick(self._pages())
        page.seen["firstSeq"] = page.seen["headSeq"] - last[page.args["room"]]

    @spoils("retention_wrong")
    def removed_messages_come_back(self) -> None:
        pages = self._pages(final=False)
        earlier = self.pick(pages)
        later = self.pick(
            d for d in pages if d.first > earlier.last and d.args["room"] == earlier.args["room"]
        )
        later.seen["firstSeq"] = earlier.seen["firstSeq"] - 1
