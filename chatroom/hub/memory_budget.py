"""The memory limit for the outboxes of all sessions together.

It counts bytes that wait for a full network, and space reserved for pages that are being read. A
session whose network accepts everything at once holds nothing, and its messages cost no accounting.
"""

import heapq
from typing import Final, Protocol

import attrs
import trio

PAGES_SHARE: Final = 0.5
"""Share of the limit for pages. The rest is for events that arrive meanwhile."""
KEPT_SHARE: Final = 0.9
"""Share of the limit to which ending sessions reduces the total. The margin makes the search for
the fullest sessions rare."""


class Holder(Protocol):
    """An outbox."""

    user: str

    def give_up(self) -> None:
        """End the session as too slow. Its bytes have been freed already."""


@attrs.define(eq=False)
class _Person:
    user: str
    size: int = 0
    held: dict[Holder, "_Held"] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Held:
    person: _Person
    size: int = 0


@attrs.define(eq=False)
class _Waiting:
    holder: Holder
    size: int
    granted: trio.Event = attrs.field(factory=trio.Event)


class MemoryBudget:
    """Accounts for held bytes by session and by person.

    Above the limit, sessions are ended as too slow: each time the fullest session of the person who
    holds most.

    :param limit: the limit in bytes.
    """

    def __init__(self, limit: float) -> None:
        self.held = 0
        self.limit: Final = limit
        self._making_space = False
        self._held: dict[Holder, _Held] = {}
        self._people: dict[str, _Person] = {}
        # Both in order of arrival.
        self._waiting: dict[_Waiting, None] = {}
        self._waiting_of: dict[str, dict[_Waiting, None]] = {}

    @property
    def is_half_full(self) -> bool:
        return self.held >= self.limit * PAGES_SHARE

    def hold(self, holder: Holder, size: int) -> None:
        """Add ``size`` bytes. May end sessions, this one too."""
        if not size:
            return
        held = self._held.get(holder)
        if held is None:
            person = self._people.get(holder.user)
            if person is None:
                person = self._people[holder.user] = _Person(holder.user)
            held = self._held[holder] = person.held[holder] = _Held(person)
        held.size += size
        held.person.size += size
        self.held += size
        if self.held > self.limit and not self._making_space:
            self._make_space()

    def free(self, holder: Holder, size: int) -> None:
        """Subtract ``size`` bytes, or all that the holder has if that is less."""
        held = self._held.get(holder)
        if held is None:
            return
        size = min(size, held.size)
        person = held.person
        held.size -= size
        person.size -= size
        self.held -= size
        if not held.size:
            del self._held[holder], person.held[holder]
        if not person.held:
            del self._people[person.user]
        if self._waiting:
            self._grant(person)

    def free_all(self, holder: Holder) -> None:
        if (held := self._held.get(holder)) is not None:
            self.free(holder, held.size)

    async def hold_page(self, holder: Holder, size: int) -> None:
        """Wait for space for a page of ``size`` bytes, and hold it.

        Above half of the limit, a person who holds nothing gets one page at once. All others wait
        in order of arrival. So a slow reader delays mostly itself.
        """
        user = holder.user
        if user not in self._people or (not self._waiting and self._fits(size)):
            self.hold(holder, size)
            return
        waiting = _Waiting(holder, size)
        self._waiting[waiting] = None
        self._waiting_of.setdefault(user, {})[waiting] = None
        try:
            await waiting.granted.wait()
        except trio.Cancelled:
            if waiting.granted.is_set():
                self.free(holder, size)
            else:
                self._forget(waiting)
            raise

    def _fits(self, size: int) -> bool:
        return self.held + size <= self.limit * PAGES_SHARE

    def _grant(self, freed: _Person) -> None:
        """Grant space to waiting pages after the person ``freed`` has freed some."""
        granted: list[_Waiting] = []
        if not freed.held and (own := self._waiting_of.get(freed.user)):
            granted.append(next(iter(own)))
        space = self.limit * PAGES_SHARE - self.held - sum(each.size for each in granted)
        for waiting in self._waiting:
            if waiting in granted:
                continue
            space -= waiting.size
            if space < 0:
                break
            granted.append(waiting)
        for waiting in granted:
            self._forget(waiting)
            waiting.granted.set()
        for waiting in granted:
            self.hold(waiting.holder, waiting.size)

    def _forget(self, waiting: _Waiting) -> None:
        del self._waiting[waiting]
        own = self._waiting_of[waiting.holder.user]
        del own[waiting]
        if not own:
            del self._waiting_of[waiting.holder.user]

    def _make_space(self) -> None:
        self._making_space = True
        people = [(-person.size, user) for user, person in self._people.items()]
        heapq.heapify(people)
        while people and self.held > self.limit * KEPT_SHARE:
            _, user = heapq.heappop(people)
            if (person := self._people.get(user)) is None:
                continue
            fullest, _ = max(person.held.items(), key=lambda item: item[1].size)
            self.free_all(fullest)
            fullest.give_up()
            if person.held:
                heapq.heappush(people, (-person.size, user))
        self._making_space = False
