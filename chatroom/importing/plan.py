"""What an import will make: names, accounts and rooms, compared with what is there."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from ..accounts.name_rules import new_account
from ..model import Account, Role, is_name
from ..protocol.constraints import free_text
from ..store.conditions import Wanted
from ..store.room_log import Batch, Bounds, Decision, Prefetched
from ..store.store import Store
from .export import Export
from .names import account_names, client_id, group_name, room_names
from .records import MAX_TITLE_CHARS, ImportFailed, RoomRecord
from .rules import NewRoom

NAMES_AT_ONCE: Final = 1000
MAX_LISTED: Final = 20
"""How many names a line of the report has at most."""


@attrs.frozen
class Choices:
    """What the operator chose.

    ``prefix``: begins the names of all rooms. ``skip``: leave out rooms whose name is taken.
    """

    prefix: str = ""
    skip: bool = False


@attrs.frozen
class PlannedRoom:
    """``there``: an earlier run has made it."""

    id: str
    new: NewRoom
    there: bool


@attrs.define(eq=False)
class Plan:
    """:ivar accounts: names by the ids of users.
    :ivar new: accounts to make.
    :ivar taken: names of rooms that exist, and were not made by the same import.
    """

    export: Export
    accounts: Mapping[str, str]
    new: Sequence[Account]
    rooms: list[PlannedRoom] = attrs.field(factory=list)
    taken: list[str] = attrs.field(factory=list)
    renamed: list[str] = attrs.field(factory=list)

    @property
    def messages(self) -> int:
        return sum(len(self.export.log(room.id).times) for room in self.rooms)

    def require_possible(self, choices: Choices) -> None:
        """:raises ImportFailed: names of rooms are taken."""
        if self.taken and not choices.skip:
            raise ImportFailed(
                f"rooms that exist, and were not made by this import: {_some(self.taken)}; give"
                " --prefix to have other names, or --skip-existing to leave them out"
            )

    def report(self) -> list[str]:
        """Return lines for people."""
        export, logs = self.export, [self.export.log(room.id) for room in self.rooms]
        existing = sorted({*self.accounts.values()} - {account.name for account in self.new})
        kinds = [export.rooms[room.id].kind for room in self.rooms]
        lines = [
            f"users: {len(export.users):,}, of them new: {len(self.new):,}",
            f"rooms: {kinds.count('room'):,}, direct rooms: {kinds.count('direct'):,},"
            f" groups: {kinds.count('group'):,}",
            f"messages: {self.messages:,}, of them in threads:"
            f" {sum(len(log.threads) for log in logs):,}",
            f"reactions: {sum(log.reactions for log in logs):,},"
            f" pins: {sum(log.pins for log in logs):,},"
            f" files: {sum(log.files for log in logs):,}",
        ]
        if existing:
            lines.append(f"accounts that exist and get these messages: {_some(existing)}")
        if self.renamed:
            lines.append(f"names that change: {_some(self.renamed)}")
        if there := sum(room.there for room in self.rooms):
            lines.append(f"rooms that an earlier run has made: {there:,}")
        ownerless = [
            room.new.name
            for room in self.rooms
            if room.new.kind == "room" and not any(role == "owner" for _, role in room.new.members)
        ]
        if ownerless:
            lines.append(f"rooms without an owner, which an admin can enter: {_some(ownerless)}")
        if self.taken:
            lines.append(f"rooms whose name is taken: {_some(self.taken)}")
        return lines


async def make_plan(export: Export, store: Store | None, choices: Choices, now: int) -> Plan:
    """:param store: None: there is no database yet.
    :raises ImportFailed: a name is impossible.
    """
    accounts = account_names(export)
    names = room_names(export, accounts, choices.prefix)
    existing = set() if store is None else await _existing(store, list(accounts.values()))
    new = [
        new_account(accounts[user.id], None, _display_name(user.display_name or user.name), now)
        for user in export.users.values()
        if accounts[user.id] not in existing
    ]
    plan = Plan(export, accounts, new)
    for user in export.users.values():
        if accounts[user.id] != user.name:
            plan.renamed.append(f"{user.name[:64]!r} becomes {accounts[user.id]}")
    for record in export.rooms.values():
        if record.kind == "room" and names[record.id] != choices.prefix + record.name:
            plan.renamed.append(f"{record.name[:64]!r} becomes {names[record.id]}")
        room = _new_room(export, record, names[record.id], accounts)
        there = False if store is None else await _is_there(store, export, record.id, room)
        if there is None and record.kind == "direct" and choices.prefix and store is not None:
            # There is one direct room of two people: this one becomes a group.
            room = attrs.evolve(
                room,
                name=group_name(record, choices.prefix),
                kind="room",
                title=_title(f"{choices.prefix}{', '.join(name for name, _ in room.members)}"),
            )
            there = await _is_there(store, export, record.id, room)
        if there is None:
            plan.taken.append(room.name)
        else:
            plan.rooms.append(PlannedRoom(record.id, room, there))
    return plan


async def _existing(store: Store, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), NAMES_AT_ONCE):
        part = await store.existing_accounts(names[start : start + NAMES_AT_ONCE])
        found |= {account.name for account in part}
    return found


def _new_room(
    export: Export, record: RoomRecord, name: str, accounts: Mapping[str, str]
) -> NewRoom:
    roles: dict[str, Role] = {accounts[user]: "member" for user in record.members}
    roles |= {accounts[user]: "moderator" for user in record.moderators}
    roles |= {accounts[user]: "owner" for user in record.owners}
    title = record.title
    if record.kind == "direct":
        title = name
    elif title is None and record.kind == "group":
        users = export.users
        title = ", ".join(users[user].display_name or users[user].name for user in record.members)
    return NewRoom(
        name=name,
        kind="direct" if record.kind == "direct" else "room",
        visibility=record.visibility,
        title=_title(title or record.name, name),
        topic=record.topic,
        created_at=export.created_at(record.id),
        policy=record.policy,
        members=tuple(sorted(roles.items())),
    )


async def _is_there(store: Store, export: Export, room_id: str, new: NewRoom) -> bool | None:
    """Return whether an earlier run has made the room; None if the name is taken otherwise."""
    room = await store.room(new.name)
    if room is None:
        return None if await _is_retired(store, new.name) else False
    if room.created_at != new.created_at or room.kind != new.kind or room.first_seq > 1:
        return None
    first = next(export.read(room_id), None)
    page = await store.page(new.name, 1, Bounds(after=0, whole=True))
    if first is not None and page.messages:
        return page.messages[0].client_id == client_id(new.name, first.id) or None
    return True


async def _is_retired(store: Store, name: str) -> bool:
    """Return whether a room had the name and was deleted."""

    def look(found: Prefetched) -> Decision:
        return Decision((), (found.context.retired,))

    decision = await store.commit(Batch(name, look, wanted=Wanted(retired=True)))
    return bool(decision.outcomes[0])


def _display_name(text: str) -> str | None:
    try:
        return free_text(text, MAX_TITLE_CHARS, 1)
    except ValueError:
        return None


def _title(text: str, name: str = "") -> str:
    """Return a text as a title; ``name`` if it cannot be one."""
    short = text if len(text) <= MAX_TITLE_CHARS else f"{text[: MAX_TITLE_CHARS - 1]}\u2026"
    try:
        return free_text(short, MAX_TITLE_CHARS, 1)
    except ValueError:
        return name[:MAX_TITLE_CHARS]


def require_prefix(prefix: str) -> None:
    """:raises ImportFailed: no name can begin like that."""
    if prefix and not is_name(prefix):
        raise ImportFailed("--prefix: must consist of a-z, 0-9, '.', '_' and '-'")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_LISTED])
    rest = len(names) - MAX_LISTED
    return f"{shown} and {rest:,} more" if rest > 0 else shown
