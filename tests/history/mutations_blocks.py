"""Mutations of blocks."""

from typing import Final

from .altered import Altered, Mutations
from .entries import Begin, End

BLOCKS: Final = Mutations()


def _may_be_lifted(run: Altered, user: str, other: str, first: int, last: int) -> bool:
    """Return whether an unblock is in progress at some time between two positions."""
    ended = {done.begin.number: done.last for done in run.calls("unblockUser")}
    return any(
        index < last and ended.get(entry.number, last) > first
        for index, entry in enumerate(run.entries)
        if isinstance(entry, Begin)
        and entry.call == "unblockUser"
        and entry.process.startswith(user)
        and entry.args["user"] == other
    )


@BLOCKS.of("undone")
def block_is_lost(run: Altered) -> None:
    done, listed = run.pick(
        (done, listed)
        for done in run.calls("listBlocked")
        for listed in done.seen["users"]
        for block in run.calls("blockUser")
        if (block.user, block.args["user"]) == (done.user, listed["name"])
        and block.last < done.first
        and not _may_be_lifted(run, done.user, listed["name"], block.first, done.last)
    )
    done.seen["users"].remove(listed)


@BLOCKS.of("undone")
def block_without_a_call(run: Altered) -> None:
    done = run.pick(run.calls("listBlocked"))
    done.seen["users"].append({"name": "nobody", "displayName": "nobody"})


@BLOCKS.of("undone")
def blocked_user_posts(run: Altered) -> None:
    """A message is sent right after its recipient has blocked the sender."""
    sent = run.pick(
        done
        for done in run.calls("sendMessage")
        if "to" in done.args
        and not done.seen["duplicate"]
        and not _may_be_lifted(run, done.args["to"], done.user, done.first, done.last)
    )
    number, process = 1 << 20, f"{sent.args['to']}#9"
    block = Begin(number, 0, process, "blockUser", {"user": sent.user})
    run.insert(sent.first - 1, block, End(number, 0, "ok", {}))


@BLOCKS.of("undone")
def refusal_without_a_block(run: Altered) -> None:
    """Remove the block from the history, but not the refusal."""
    refused = run.pick(
        d
        for d in run.calls("sendMessage", outcome="fail")
        if "to" in d.args and d.seen["reason"] == "forbidden"
    )
    numbers = {
        entry.number
        for entry in run.entries
        if isinstance(entry, Begin)
        and entry.call == "blockUser"
        and entry.process.startswith(refused.args["to"])
    }
    run.entries = [
        entry
        for entry in run.entries
        if not (isinstance(entry, Begin | End) and entry.number in numbers)
    ]
