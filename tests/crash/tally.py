"""Statistics of campaigns, as a table."""

from collections import Counter
from typing import Final

import attrs

from ..history.deletions import DELETE

CHANGES: Final = (
    *("joinRoom", "createRoom", "leaveRoom", "invite", "removeMember", "ban", "unban"),
    *("setNotifications", "blockUser", "unblockUser", "mute", "unmute", "setRole"),
)


@attrs.define
class Tally:
    """Counts of events. ``missed``: kills sent by the number of acknowledgements, because there
    were too few system calls. ``ready_s``: times from the start of a process until it accepted
    connections. ``unerased``: starts that found rows of a deleted room. ``done`` and ``refused``:
    calls of those who change memberships. ``consumed``: pages handed to the log consumer, and
    ``repeated``: messages handed to it again. ``files``: files read at the end. ``notified``:
    notifications of the device."""

    kills: Counter[str] = attrs.field(factory=Counter)
    at_start: Counter[str] = attrs.field(factory=Counter)
    missed: Counter[str] = attrs.field(factory=Counter)
    ready_s: list[float] = attrs.field(factory=list)
    acknowledged: int = 0
    retried: Counter[str] = attrs.field(factory=Counter)
    done: Counter[str] = attrs.field(factory=Counter)
    refused: Counter[str] = attrs.field(factory=Counter)
    deleted: int = 0
    unerased: int = 0
    duplicates: int = 0
    resumed: int = 0
    consumed: int = 0
    repeated: int = 0
    files: int = 0
    notified: int = 0
    resumed_uploads: int = 0

    def table(self) -> str:
        ready = sorted(self.ready_s)
        kills = (
            f"{what}: {count}, {self.at_start[what]} of them before it was ready, "
            f"{self.missed[what]} by number of acknowledgements"
            for what, count in sorted(self.kills.items())
        )
        changes = (
            f"{method}: {self.done[method]} done, {self.refused[method]} refused, "
            f"{self.retried[method]} sent again"
            for method in CHANGES
        )
        return "\n".join(
            (
                *kills,
                f"ready after {ready[len(ready) // 2]:.2f} s (median), {ready[-1]:.2f} s (longest)"
                f" of {len(ready)} starts",
                *changes,
                f"{self.deleted} rooms deleted, {self.retried[DELETE]} of them asked for again; "
                f"{self.unerased} starts found one that was not erased yet",
                f"{self.retried.total()} calls sent again after a kill, {self.duplicates} of them "
                "messages that had been committed without a reply",
                f"{self.consumed} pages consumed, {self.repeated} messages of them again",
                f"{self.files} files read, {self.resumed_uploads} uploads resumed",
                f"{self.notified} notifications",
                f"{self.resumed} messages resumed; {self.acknowledged} acknowledged",
            )
        )
