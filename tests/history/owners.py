"""Owners of rooms, across crashes.

The creator of a room owns it, and so does a user who joins an empty one. When the owner leaves, the
longest-standing member becomes the owner. So a room with members, in which nobody sets roles, has
one owner, its longest-standing member, and an owner remains so until leaving.
"""

from collections import defaultdict
from typing import Final

import attrs

from .blocks import Blocks
from .calls import Call, Part
from .findings import Report, Timeline
from .membership import Membership, pair, whole_members

TICK_NS: Final = 1_000_000
"""The server's times are in ms. Of two who joined in the same one, either may be first."""
BY_OWNERS = frozenset({"invite", "removeMember", "ban", "unban", "mute", "unmute"})


@attrs.define(eq=False)
class Owners(Part):
    """``known``: by room and user, the times at which the user was known to be the owner.
    ``with_roles``: the rooms in which somebody sets roles."""

    report: Report
    membership: Membership
    blocks: Blocks
    known: dict[str, dict[str, Timeline]] = attrs.field(
        factory=lambda: defaultdict(lambda: defaultdict(Timeline))
    )
    with_roles: set[str] = attrs.field(factory=set)

    def began(self, call: Call) -> None:
        if call.method == "setRole":
            self.with_roles.add(call.room)

    def ended(self, call: Call) -> None:
        if call.room in self.with_roles or pair(call.room):
            return
        if call.outcome == "fail":
            forbidden = call.seen["reason"] == "forbidden"
            if call.method in ("invite", "unban") and forbidden and not self._blocked(call):
                self._is(call, call.user, False)
        elif call.outcome == "ok":
            self._check_reply(call)

    def _blocked(self, call: Call) -> bool:
        """Return whether a block may be the reason for the refusal of an invitation."""
        return call.method == "invite" and self.blocks.may_block(
            call.args["user"], call.user, call.start
        )

    def _check_reply(self, call: Call) -> None:
        if call.method in BY_OWNERS:
            self._is(call, call.user, True)
        elif call.method in ("joinRoom", "createRoom", "subscribe") and "role" in call.seen:
            self._is(call, call.user, call.seen["role"] == "owner")
        elif members := whole_members(call):
            for user, role in members.items():
                self._is(call, user, role == "owner")
            count = sum(role == "owner" for role in members.values())
            if count != 1:
                self.report.add("succession", f"{call.room} has {count} owners", call.begun)

    def _is(self, call: Call, user: str, owner: bool) -> None:
        """Note whether a user was the owner at some time during the call."""
        if not owner:
            self._check_lost(call, user)
            return
        for other in self.known[call.room]:
            if other != user:
                self._check_lost(call, other)
        self._check_longest(call, user)
        self.known[call.room][user].add(call.end, call.start, call.begun)

    def _check_lost(self, call: Call, user: str) -> None:
        """Check that a user may be no owner, or not the only one."""
        known, position = self.known[call.room][user].before(call.start)
        left = self.membership.inside[call.room][user].until(False)
        if position >= 0 and left < known:
            text = f"{call.room} is not {user}'s any more, who has not left it"
            self.report.add("succession", text, position, call.begun)

    def _check_longest(self, call: Call, owner: str) -> None:
        people = self.membership.inside[call.room]
        since = people[owner].not_before(call.start)
        for user in [user for user in people if user != owner]:
            if people[user].surely_since() + TICK_NS < since:
                text = f"{call.room} is {owner}'s, and {user} is in it for longer"
                self.report.add("succession", text, call.begun)
