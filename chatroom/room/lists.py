"""Lists of a room, read from the store: its members, its pinned messages, and reactions."""

from collections.abc import Awaitable, Callable

from ..errors import Refused
from ..hub.channel import Channel
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol import results
from ..protocol.calls import ListBans, ListMembers, ListMutes, ListPins, ListReactions
from ..protocol.codec import message_size, parse_number
from ..store.news import FollowedRoomStore
from ..store.rooms import SanctionKind


class RoomLists:
    """:param reach: waits until the room has the version of what was read (I5)."""

    def __init__(
        self,
        channel: Channel,
        store: FollowedRoomStore,
        hub: Hub,
        reach: Callable[[int], Awaitable[None]],
    ) -> None:
        self._channel = channel
        self._room = channel.room
        self._store = store
        self._hub = hub
        self._reach = reach

    async def members(self, envelope: Envelope[ListMembers]) -> results.Members:
        call = envelope.call
        found = await self._store.members(
            self._room, call.after or "", call.limit, query=call.query, asker=envelope.user
        )
        await self._reach(found.version)
        return results.Members(
            members=tuple(
                results.ListedMember(
                    user=member.user,
                    display_name=member.display_name,
                    lookalike=member.lookalike,
                    role=member.role,
                    online=member.user in self._hub.online,
                )
                for member in found.members
            ),
            next=found.next,
        )

    async def bans(self, envelope: Envelope[ListBans]) -> results.Sanctions:
        return await self._sanctions("ban", envelope.call, envelope.user)

    async def mutes(self, envelope: Envelope[ListMutes]) -> results.Sanctions:
        return await self._sanctions("mute", envelope.call, envelope.user)

    async def _sanctions(
        self, kind: SanctionKind, call: ListBans | ListMutes, asker: str
    ) -> results.Sanctions:
        found = await self._store.sanctions(
            self._room, kind, call.after or "", call.limit, asker=asker
        )
        await self._reach(found.version)
        return results.Sanctions(
            sanctions=tuple(
                results.ListedSanction(
                    user=each.user,
                    by=each.by,
                    timestamp=each.at,
                    until=each.sanction.until,
                    reason=each.sanction.reason or None,
                )
                for each in found.sanctions
            ),
            next=found.next,
        )

    async def pins(self, envelope: Envelope[ListPins]) -> results.Pins:
        call = envelope.call
        before = None if call.after is None else parse_number(call.after)
        found = await self._store.pins(
            self._room, before, call.limit, size=message_size, asker=envelope.user
        )
        await self._reach(found.version)
        return results.Pins(
            epoch=self._channel.epoch,
            messages=found.messages,
            next=None if found.next is None else str(found.next),
            my_reactions=found.beside.own_reactions,
            quoted=found.beside.quoted,
            threads=found.beside.threads,
        )

    async def reactions(self, envelope: Envelope[ListReactions]) -> results.Reactions:
        call = envelope.call
        found = await self._store.reactions(
            self._room,
            call.seq,
            call.limit + 1,
            after=_parse_cursor(call.after),
            asker=envelope.user,
        )
        await self._reach(found.version)
        if not found.exists:
            raise Refused("not_found", "seq: there is no such message")
        page = found.reactions[: call.limit]
        return results.Reactions(
            reactions=tuple(results.ListedReaction(each.emoji, each.user) for each in page),
            next=f"{page[-1].rev}:{page[-1].emoji}" if len(found.reactions) > call.limit else None,
        )


def _parse_cursor(after: str | None) -> tuple[str, int]:
    """Return the emoji and rev of the last reaction of a page.

    :raises Refused: the cursor is not from a reply.
    """
    if after is None:
        return "", 0
    rev, _, emoji = after.partition(":")
    return emoji, parse_number(rev)
