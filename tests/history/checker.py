"""Checks a recorded run: START HERE.

``check(Recording(paths))`` reads a recording entry by entry, in O(n log n) for n entries. It needs
about a hundred bytes per message, whatever its length and the number of its readers. Kinds of
findings:

==============  =================================================================================
lost            acknowledged or shown, and at the end neither in the log nor pruned; an act of a
                moderator that is not in the audit; a file of a message
duplicate       one send at two places, two messages at one, or told twice to one session
gap             a session or a page leaves out a message or a change, or the final log does
inversion       a session or a page shows seqs or revs in descending order, or gives its sends so
divergent       two saw different text, sender or id for one seq at one rev
epoch           a life of the server has several, or that of another; a cursor is taken for good
                though what it has seen was undone, or it is refused though all is there
phantom         what was refused, or what nobody wrote, is there
leak            shown to who was no member of the private or direct room, in a list too
undone          a membership, role, ban, mute, level, block, profile or visibility is not as
                acknowledged or seen, by nobody's call; a room is gone that nobody deleted
deleted_room    a deleted room is used, shown or told of, its name is given again, or a member's
                session was not told that it was deleted
succession      a room's owner is not its longest-standing member, or there is none, or several
unread_wrong    an inbox says other than log, cursors and memberships
thread_wrong    a page, list or event says other than the messages of the threads
reaction_wrong  a message, page or event says other than the reactions that it shows
notification_   a device is not told of what was not read, or twice, or of anything else
wrong
not_erased      something of a person is shown who was erased
retention_      a room has lost more messages than it was set to, or fewer, or they are back
wrong
cursor_back     a read cursor moved backwards
real_time       sent after another was acknowledged, and placed before it
stale           read after something was acknowledged or seen, and older than that
==============  =================================================================================

This uses no code of the server. The rules are those of docs/protocol.md. Entries that are recorded
late, or operations with an unknown outcome, only weaken the conclusions. Only what was recorded is
checked.
"""

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from .audits import Audits
from .blocks import Blocks
from .calls import Call, Part
from .cursors import Cursors, undone
from .deletion_events import DeletionEvents
from .deletions import Deletions
from .entries import Begin, End, Entry, Fact, Saw
from .erasures import Erasures, WithErasures
from .files import Files
from .final_inboxes import FinalInboxes
from .findings import Finding, Report
from .inboxes import Inboxes
from .levels import Levels
from .log import Log
from .membership import Membership
from .moderation import Moderators, Mutes
from .notifications import Notifications
from .owners import Owners
from .pins import Pins
from .profiles import Profiles
from .quotes import Quotes
from .reactions import Reactions
from .received import Received
from .retention import Retention
from .sending import Sending
from .threads import Threads
from .visibility import Visibilities


def check(recording: Iterable[Entry]) -> list[Finding]:
    """Return all violations found. The recording is read twice, so it must not be an iterator.

    :raises ValueError: the recording has no :data:`.entries.FINAL`.
    """
    report = Report()
    deletions = Deletions(report)
    recording = WithErasures.of(recording)
    log = Log(report, deletions, recording.erased)
    membership = Membership(report, log, deletions)
    blocks = Blocks(report)
    cursors = Cursors(report)
    parts: tuple[Part, ...] = (
        deletions,
        log,
        Sending(report),
        Received(report, log),
        Reactions(report),
        Pins(report),
        Quotes(report, log),
        Mutes(report),
        Moderators(report),
        Audits(report),
        Inboxes(report, log),
        Threads(report, log),
        membership,
        DeletionEvents(report, membership, deletions),
        blocks,
        Visibilities(report, deletions),
        Owners(report, membership, blocks),
        Levels(report),
        Profiles(report, membership),
        Files(report, log, membership, deletions),
        Notifications(report, log, membership, deletions),
        cursors,
        FinalInboxes(report, log),
        Erasures(report),
        Retention(report),
    )
    all_parts, cursors_alone = _Handlers.of(parts), _Handlers.of((cursors,))
    undone_at = undone(recording)
    under_way: dict[int, Call] = {}
    for position, entry in enumerate(recording):
        # Only cursors reveal to clients that a restored copy has undone something.
        is_undone = undone_at and any(position in each for each in undone_at)
        handlers = cursors_alone if is_undone else all_parts
        match entry:
            case Begin():
                call = under_way[entry.number] = Call.of(position, entry)
                for began in handlers.began:
                    began(call)
            case End():
                call = under_way.pop(entry.number)
                call.finish(position, entry)
                for ended in handlers.ended:
                    ended(call)
            case Saw():
                for saw in handlers.saw:
                    saw(position, entry)
            case Fact():
                for fact in handlers.fact:
                    fact(entry)
    if not log.final:
        raise ValueError("nobody read everything in the end")
    for call in under_way.values():
        for part in parts:
            part.ended(call)
    for part in parts:
        part.finish()
    return report.findings(recording)


@attrs.frozen
class _Handlers:
    """The methods that some parts have for each kind of entry."""

    began: list[Callable[[Call], None]]
    ended: list[Callable[[Call], None]]
    saw: list[Callable[[int, Saw], None]]
    fact: list[Callable[[Fact], None]]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "_Handlers":
        def of_kind(name: str) -> list[Any]:
            nothing = getattr(Part, name)
            return [
                getattr(part, name) for part in parts if getattr(type(part), name) is not nothing
            ]

        return cls(*(of_kind(field.name) for field in attrs.fields(cls)))
