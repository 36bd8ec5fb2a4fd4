"""Subscriptions: the log up to some rev, then the events after it, without a gap in between."""

from collections.abc import Awaitable, Callable
from typing import Final

from ..errors import Refused
from ..hub.envelope import AnyEnvelope, Envelope
from ..hub.hub import Hub
from ..model import Member, Room
from ..protocol import results
from ..protocol.calls import Subscribe
from ..store.news import FollowedRoomStore
from ..store.room_log import Changes, Page
from .log_reader import LogReader
from .replica import Replica

ATTEMPTS: Final = 5
"""Maximum number of reads for one subscription. It reads again if more events were published during
a read than the message cache holds."""

MAX_EPOCHS: Final = 64
"""Maximum number of earlier epochs whose last valid rev a room caches."""


class Subscriber:
    """:param reach: waits for a version of the room.
    :param require_member: returns the room and the member in the current step.
    """

    def __init__(
        self,
        replica: Replica,
        store: FollowedRoomStore,
        hub: Hub,
        log: LogReader,
        reach: Callable[[int], Awaitable[None]],
        require_member: Callable[[str], tuple[Room, Member]],
    ) -> None:
        self._state = replica.state
        self._channel = replica.channel
        self._store = store
        self._hub = hub
        self._log = log
        self._reach = reach
        self._require_member = require_member
        # By session: its latest ``subscribe`` call, while the log is being read for it.
        self._subscribing: dict[str, AnyEnvelope] = {}
        # By epoch. Only for epochs that have ended, whose last valid rev never changes.
        self._last_valid_revs: dict[str, int] = {}

    def begin(self, envelope: AnyEnvelope) -> None:
        """Note the latest call of a session, which alone lets it watch."""
        self._subscribing[envelope.reply_to.session] = envelope

    def end(self, envelope: AnyEnvelope) -> None:
        """Note that a call was answered."""
        if self._subscribing.get(envelope.reply_to.session) is envelope:
            del self._subscribing[envelope.reply_to.session]

    def stop_listening(self, envelope: AnyEnvelope) -> None:
        session_id = envelope.reply_to.session
        self._subscribing.pop(session_id, None)
        self._hub.detach_session(session_id, self._channel)

    async def subscribe(self, envelope: Envelope[Subscribe]) -> None:
        """Read the log up to some rev, then reply and let the session watch in one step.

        Events published since that rev follow the reply in the same step.
        """
        user, call = envelope.user, envelope.call
        reason = await self._refuse_resume(call)
        for _ in range(ATTEMPTS):
            page: Page | Changes
            if call.since_rev is None or reason is not None:
                page = await self._log.page(call.limit or results.PAGE, user)
                next_rev, recovered = page.head_rev, False
            else:
                limit = call.limit or results.MAX_PAGE
                page = await self._log.changes(call.since_rev, limit, asker=user)
                next_rev, recovered = page.next_rev, True
                if page.pruned:
                    reason = "pruned"
                    continue
            await self._reach(page.version)
            room, member = self._require_member(user)
            more = next_rev < page.head_rev
            missed = [] if more else self._channel.since(page.head_rev)
            if missed is None:
                continue
            reply = results.Subscribed(
                room=room.name,
                title=room.title,
                topic=room.topic,
                visibility=room.visibility,
                role=member.role,
                epoch=self._channel.epoch,
                first_seq=page.first_seq,
                head_seq=page.head_seq,
                head_rev=page.head_rev,
                read_seq=member.read_seq,
                recovered=recovered,
                reason=reason,
                messages=page.messages,
                my_reactions=page.beside.own_reactions,
                quoted=page.beside.quoted,
                threads=page.beside.threads,
                has_more=more,
                next_rev=next_rev,
                online=self._hub.online.of(self._channel),
                muted=self._muted(user),
                posting=room.policy.posting,
                inviting=room.policy.inviting,
                slow_mode_s=room.policy.slow_mode_s,
                archived=room.policy.archived,
            )
            self._hub.reply(envelope.reply_to, reply)
            superseded = self._subscribing.get(envelope.reply_to.session) is not envelope
            if not more and not superseded:
                self._hub.attach(envelope.reply_to.session, self._channel, missed)
            return
        raise Refused("busy", "the room is too busy to catch up with; try again")

    def _muted(self, user: str) -> results.Muted | None:
        mute = self._state.muted.get(user)
        return None if mute is None else results.Muted(mute.until, mute.reason or None)

    async def _refuse_resume(self, call: Subscribe) -> str | None:
        since, epoch = call.since_rev, call.epoch
        if since is None:
            return None
        if epoch == self._channel.epoch:
            return "ahead" if since > (self._channel.rev or 0) else None
        last = None if epoch is None else await self._last_valid_rev(epoch)
        return "epoch_changed" if last is None or since > last else None

    async def _last_valid_rev(self, epoch: str) -> int | None:
        """Return up to which rev cursors of an ended epoch are valid; None if it is unknown.

        The result is cached, since all clients ask for the same epoch after a restart. Unknown
        epochs are not cached.
        """
        last = self._last_valid_revs.get(epoch)
        if last is None:
            last = await self._store.last_valid_rev(self._state.name, epoch)
            if last is not None and epoch != self._hub.channels.epoch:
                if len(self._last_valid_revs) >= MAX_EPOCHS:
                    self._last_valid_revs.clear()
                self._last_valid_revs[epoch] = last
        return last
