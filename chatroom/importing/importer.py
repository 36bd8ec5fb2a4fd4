"""START HERE: writes an export into the store, room by room, in batches.

A message has a clientId that follows from its id in the export. A batch looks these up in its own
transaction, and posts what is not there (I3). So an import that was killed goes on when it is run
again, and one that was complete changes nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

import attrs

from ..model import SendReceipt
from ..room.state import Person, RoomState
from ..store.room_log import Batch, Decision, Prefetched
from ..store.store import Store
from ..store.threads import WantedThread
from .export import Export, Progress
from .files import Files
from .names import client_id
from .plan import NAMES_AT_ONCE, Plan, PlannedRoom
from .records import FileRecord, MessageRecord
from .rules import Arrival, Known, Landed, decide, decide_read

BATCH_MESSAGES: Final = 2000


@attrs.define
class Summary:
    """What an import has done. ``later``: messages with a later time than in the export."""

    accounts: int = 0
    rooms: int = 0
    messages: int = 0
    there: int = 0
    later: int = 0


class Importer:
    """:param progress: is told how many messages more are done."""

    def __init__(self, plan: Plan, store: Store, files: Files, progress: Progress) -> None:
        self.summary = Summary()
        self._plan = plan
        self._store = store
        self._files = files
        self._progress = progress

    async def run(self) -> Summary:
        """:raises ImportFailed: the export contradicts what is there; run again after mending."""
        new = self._plan.new
        for start in range(0, len(new), NAMES_AT_ONCE):
            added = await self._store.add_accounts(new[start : start + NAMES_AT_ONCE])
            self.summary.accounts += len(added)
        for room in self._plan.rooms:
            await _RoomImport(self._plan, room, self._store, self._files, self._progress).run(
                self.summary
            )
        return self.summary


class _RoomImport:
    def __init__(
        self, plan: Plan, room: PlannedRoom, store: Store, files: Files, progress: Progress
    ) -> None:
        self._export: Export = plan.export
        self._accounts = plan.accounts
        self._room = room
        self._name = room.new.name
        self._store = store
        self._files = files
        self._progress = progress
        log = self._export.log(room.id)
        self._roots = frozenset(log.threads.values())
        self._referred = self._roots.union(log.quotes.values())
        self._owners: dict[str, str] = {}
        self._seqs: dict[str, int] = {}
        self._followers: dict[str, set[str]] = {}
        self._state = RoomState(self._name, None)
        self._last = 0
        self._resumes = False

    async def run(self, summary: Summary) -> None:
        self._state = RoomState(self._name, await self._store.room(self._name))
        await self._look_up([name for name, _ in self._room.new.members])
        self._resumes = self._state.room is not None
        summary.rooms += not self._resumes
        messages = self._export.read(self._room.id)
        if not self._resumes and not self._export.log(self._room.id).order:
            await self._post([], summary)
        while records := list(islice(messages, BATCH_MESSAGES)):
            await self._post(records, summary)
            self._progress(len(records))
        await self._mark_read()

    async def _look_up(self, names: Collection[str]) -> None:
        """Let the rules know people. All are kept while the room is imported."""
        people = self._state.people
        missing = [name for name in dict.fromkeys(names) if name not in people]
        for start in range(0, len(missing), NAMES_AT_ONCE):
            part = missing[start : start + NAMES_AT_ONCE]
            found = await self._store.people(self._name, part)
            for name in part:
                people[name] = Person(found.members.get(name), None, found.users.get(name))

    async def _post(self, records: Sequence[MessageRecord], summary: Summary) -> None:
        arrivals = list(self._arrivals(records))
        there = await self._look(arrivals) if self._resumes else frozenset()
        for number, record in enumerate(records):
            if record.files and record.id not in there:
                arrivals[number] = await self._with_files(arrivals[number], record.files)
        known = Known(self._seqs, self._followers)
        roots = {arrival.thread for arrival in arrivals if arrival.thread in self._seqs}
        decision = await self._commit(
            partial(decide, self._state, self._room.new, arrivals, known),
            client_ids=[(arrival.sender, arrival.client_id) for arrival in arrivals],
            uploads=[upload for arrival in arrivals for upload in arrival.uploads],
            roots=[self._seqs[root] for root in roots if root is not None],
        )
        landed: tuple[Landed, ...] = decision.outcomes
        for arrival, each in zip(arrivals, landed, strict=True):
            if arrival.id in self._referred:
                self._seqs[arrival.id] = each.seq
            if arrival.thread is not None:
                self._followers.setdefault(arrival.thread, set()).update(each.follows)
            self._last = max(self._last, each.seq)
            summary.messages += each.new
            summary.there += not each.new
            summary.later += each.later

    def _arrivals(self, records: Sequence[MessageRecord]) -> Iterator[Arrival]:
        accounts, owners = self._accounts, self._owners
        for record in records:
            sender = accounts[record.sender]
            if record.id in self._roots:
                owners[record.id] = sender
            yield Arrival(
                id=record.id,
                client_id=client_id(self._name, record.id),
                sender=sender,
                time=record.time,
                text=record.text,
                format=record.format,
                thread=record.thread,
                thread_owner=None if record.thread is None else owners[record.thread],
                reply_to=record.reply_to,
                type=record.type,
                data=record.data,
                deleted=record.deleted,
                edited_at=record.edited_at,
                pinned_by=None if record.pinned_by is None else accounts[record.pinned_by],
                reactions=tuple(
                    (each.emoji, tuple(accounts[user] for user in each.users))
                    for each in record.reactions
                ),
            )

    async def _look(self, arrivals: Sequence[Arrival]) -> frozenset[str]:
        """Return the ids of the messages that an earlier run has posted, and note their seqs."""

        def look(found: Prefetched) -> Decision:
            return Decision((), (found.originals,))

        keys = tuple((arrival.sender, arrival.client_id) for arrival in arrivals)
        decision = await self._store.commit(Batch(self._name, look, keys))
        originals: Mapping[tuple[str, str], SendReceipt] = decision.outcomes[0]
        there = set()
        for arrival, key in zip(arrivals, keys, strict=True):
            if (original := originals.get(key)) is not None and original.room == self._name:
                there.add(arrival.id)
                if arrival.id in self._referred:
                    self._seqs[arrival.id] = original.seq
        return frozenset(there)

    async def _with_files(self, arrival: Arrival, files: Sequence[FileRecord]) -> Arrival:
        """Upload the files of a message. One that cannot be a file here becomes a line of text."""
        uploads = await self._files.upload(arrival.sender, files)
        names = [
            f"[{file.name}]" for file, upload in zip(files, uploads, strict=True) if not upload
        ]
        return attrs.evolve(
            arrival,
            text="\n".join([*([arrival.text] if arrival.text else []), *names]),
            uploads=tuple(upload for upload in uploads if upload),
        )

    async def _commit(
        self,
        decide: Callable[[Prefetched], Decision],
        *,
        client_ids: Sequence[tuple[str, str]] = (),
        uploads: Sequence[str] = (),
        roots: Sequence[int] = (),
    ) -> Decision:
        batch = Batch(
            self._name,
            decide,
            tuple(client_ids),
            version=self._state.version,
            uploads=tuple(uploads),
            threads=tuple(WantedThread(root, ()) for root in roots),
        )
        decision = await self._store.commit(batch)
        self._state.apply(decision.entries)
        return decision

    async def _mark_read(self) -> None:
        """Let all messages of the import count as read by the members."""
        names = [name for name, _ in self._room.new.members]
        for start in range(0, len(names), NAMES_AT_ONCE):
            part = names[start : start + NAMES_AT_ONCE]
            await self._commit(partial(decide_read, self._state, part, self._last))
