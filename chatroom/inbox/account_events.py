"""Tell sessions of profiles and settings that were set, and of statuses that have ended.

A task reads what was set from the store, by number, so that several writes of one person in a short
time are told once. It tells those sessions to which presence is told, and the person's own.

With several nodes the numbers also count whatever ends tokens, or changes roles on the server. So a
node learns within a second of a log-out, another password or a disabled account on another node.
"""

import logging
from collections.abc import Callable, Collection
from typing import Any, Final

import attrs
import trio

from ..accounts.accounts import Accounts
from ..actors.supervisor import Supervisor
from ..errors import StorageFailed, StorageUnavailable
from ..hub.hub import Hub
from ..hub.profiles import Profiles
from ..model import User, direct_pair
from ..net.frames import text_frame
from ..protocol import events
from ..protocol.codec import encode_event
from ..store.people import PeopleStore, RoomsOf
from . import mail

INTERVAL_S: Final = 0.2
"""Minimum time between two reads."""
POLL_S: Final = 1.0
"""Maximum time between two reads for what other nodes have written."""
LONGEST_WAIT_S: Final = 60.0
"""Maximum time until the next end of a status is compared with the clock again."""
AFTER_NAMES: Final = "~"
"""Sorts after every name."""
MAX_READ: Final = 100
"""Accounts of one read."""

logger = logging.getLogger(__name__)


class AccountEvents:
    """The events of one node.

    :param clock: returns ms since the epoch.
    :param alone: no other node writes to the store.

    :ivar told: called after each write of a profile or of settings at this node.
    """

    def __init__(
        self,
        store: PeopleStore,
        hub: Hub,
        actors: Supervisor,
        clock: Callable[[], int],
        accounts: Accounts,
        *,
        alone: bool = True,
    ) -> None:
        self._store = store
        self._hub = hub
        self._profiles = Profiles(hub)
        self._actors = actors
        self._clock = clock
        self._accounts = accounts
        self._alone = alone
        self.told: Callable[[], object] = lambda: None
        self._woken = trio.Event()
        self._telling = trio.Lock()
        self._epoch = hub.channels.epoch
        # The last write that was told, and the end of the last status that was.
        self._number: int | None = None
        self._ended: tuple[int, str] = (0, "")
        self._next_end: int | None = None

    def set(self, user: str, *, renamed: bool = False) -> None:
        """Note that a profile or settings were set, before the call is answered."""
        if renamed:
            self._accounts.forget(user)
        self.look()
        self.told()

    def look(self) -> None:
        """Read soon what was set, here or by another node."""
        self._woken.set()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Tell until cancelled.

        :raises StorageFailed: the process must end.
        """
        self._ended = (self._clock(), "")
        if not self._alone:
            # Before the first session, of which a token may end on another node.
            self._number = await self._store.last_account_news()
        task_status.started()
        while True:
            try:
                await self._tell()
            except StorageFailed:
                raise
            except StorageUnavailable as error:
                logger.warning("telling of profiles waits: %s", error)
                await trio.sleep(POLL_S)
            except Exception:
                logger.exception("telling of profiles failed; retrying later")
                await trio.sleep(POLL_S)
            await trio.sleep(INTERVAL_S)
            with trio.move_on_after(self._wait_s()):
                await self._woken.wait()
            self._woken = trio.Event()

    def _wait_s(self) -> float:
        longest = LONGEST_WAIT_S if self._alone else POLL_S - INTERVAL_S
        if self._next_end is None:
            return longest
        return min(max((self._next_end - self._clock()) / 1000, 0), longest)

    async def _tell(self) -> None:
        if self._epoch != self._hub.channels.epoch:
            # The database may have lost its last commits, and their numbers.
            self._number, self._epoch = None, self._hub.channels.epoch
            await self._accounts.compare(list(self._hub.sessions.by_user))
        if self._number is None:
            self._number = await self._store.last_account_news()
        while news := await self._store.account_news(self._number, MAX_READ):
            for each in news:
                if each.kind == "settings":
                    await self._tell_settings(each.user)
            await self.tell_profiles([each.user for each in news if each.kind == "profile"])
            accesses = [each.user for each in news if each.kind == "access"]
            if accesses and not self._alone:
                await self._accounts.compare(accesses)
            self._number = news[-1].number
        await self._tell_ends()

    async def _tell_ends(self) -> None:
        now = self._clock()
        self._ended = min(self._ended, (now, ""))
        while True:
            ends = await self._store.status_ends(self._ended, MAX_READ)
            ended = [end for end in ends if end[0] <= now]
            await self.tell_profiles([user for _, user in ended])
            if len(ended) < MAX_READ:
                self._ended = (now, AFTER_NAMES)
                self._next_end = ends[len(ended)][0] if len(ends) > len(ended) else None
                return
            self._ended = ended[-1]

    async def _tell_settings(self, user: str) -> None:
        if not self._hub.sessions.connected(user):
            return
        settings = await self._store.settings(user)
        frame = text_frame(encode_event(events.SettingsChanged(settings.settings, settings.number)))
        for session in self._hub.sessions.of(user):
            session.outbox.push_latest("settings", frame)

    async def tell_profiles(self, users: Collection[str]) -> None:
        """Tell the profiles of these people to those who see them now."""
        if not users:
            return
        async with self._telling:
            await self._tell_now(users)

    async def _tell_now(self, users: Collection[str]) -> None:
        with self._profiles.noting_departures():
            for person in await self._store.rooms_of(users):
                if not self._alone:
                    self._accounts.forget(person.profile.name)
                self._tell_profile(person)
                await trio.lowlevel.checkpoint()

    def _tell_profile(self, person: RoomsOf) -> None:
        profile = person.profile.at(self._clock())
        fields: dict[str, Any] = attrs.asdict(profile, recurse=False)
        self._profiles.publish(events.UserChanged(**fields), person.rooms)
        shown = User(profile.name, profile.display_name, profile.lookalike)
        for room in person.rooms:
            if (pair := direct_pair(room)) is not None:
                partner = pair[0] if pair[1] == profile.name else pair[1]
                self._actors.push(mail.address(partner), mail.PartnerChanged(room, shown))
