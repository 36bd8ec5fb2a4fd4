"""Mutations of blocks."""

from .altered import Altered, spoils
from .entries import Begin, End


class BlockMutations(Altered):
    def _may_be_lifted(self, user: str, other: str, first: int, last: int) -> bool:
        """Return whether an unblock is in progress at some time between two positions."""
        ended = {done.begin.number: done.last for done in self.calls("unblockUser")}
        return any(
            index < last and ended.get(entry.number, last) > first
            for index, entry in enumerate(self.entries)
            if isinstance(entry, Begin)
            and entry.call == "unblockUser"
            and entry.process.startswith(user)
            and entry.args["user"] == other
        )

    @spoils("undone")
    def block_is_lost(self) -> None:
        done, listed = self.pick(
            (done, listed)
            for done in self.calls("listBlocked")
            for listed in done.seen["users"]
            for block in self.calls("blockUser")
            if (block.user, block.args["user"]) == (done.user, listed["name"])
            and block.last < done.first
            and not self._may_be_lifted(done.user, listed["name"], block.first, done.last)
        )
        done.seen["users"].remove(listed)

    @spoils("undone")
    def block_without_a_call(self) -> None:
        done = self.pick(self.calls("listBlocked"))
        done.seen["users"].append({"name": "nobody", "displayName": "nobody"})

    @spoils("undone")
    def blocked_user_posts(self) -> None:
        """A message is sent right after its recipient has blocked the sender."""
        sent = self.pick(
            done
            for done in self.calls("sendMessage")
            if "to" in done.args
            and not done.seen["duplicate"]
            and not self._may_be_lifted(done.args["to"], done.user, done.first, done.last)
        )
        process = f"{sent.args['to']}#99"
        self.ask(sent.first - 1, process, "blockUser", {"user": sent.user}, {})

    @spoils("undone")
    def refusal_without_a_block(self) -> None:
        """Remove the block from the history, but not the refusal."""
        refused = self.pick(
            d
            for d in self.calls("sendMessage", outcome="fail")
            if "to" in d.args and d.seen["reason"] == "forbidden"
        )
        numbers = {
            entry.number
            for entry in self.entries
            if isinstance(entry, Begin)
            and entry.call == "blockUser"
            and entry.process.startswith(refused.args["to"])
        }
        entries = enumerate(self.entries)
        self.remove(*(i for i, e in entries if isinstance(e, Begin | End) and e.number in numbers))
